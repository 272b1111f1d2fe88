"""What can be wrong in `process/cases.yaml` and `process/credit.yaml` beside the other tables. Part of `expediente check`."""

from __future__ import annotations

from collections.abc import Iterator

from expediente import sniff, templates
from expediente.case_data import CaseState
from expediente.case_rules import ANSWER, CASE_ACTS, CHANGE, DECIDE, CaseKind, CaseRules, case_rules
from expediente.change_rules import change_rules
from expediente.credit import credit_rules
from expediente.errors import ConfigurationError
from expediente.process import Process
from expediente.process_rules import Finding, near

_FILE, _CREDIT = "process/cases.yaml", "process/credit.yaml"
_TASK = "settle_role_case"


def check_cases(process: Process) -> Iterator[Finding]:
    """Every contradiction; nothing when a table cannot be read, which is told elsewhere."""
    try:
        rules, credit = case_rules(process.folder), credit_rules(process.folder)
        changes = change_rules(process.folder)
        register = templates.register(process.folder)
    except ConfigurationError:
        return
    for kind in rules.kinds.values():
        yield from _role(process, kind)
        yield from _names(process, kind, set(changes.kinds))
        yield from _words(kind)
        yield from _papers(process, rules, kind)
    yield from _states(rules)
    for mime in set(rules.papers.mime_types) - set(sniff.SUFFIXES):
        yield Finding(_FILE, "papers, mime_types", mime, "ese tipo no se sabe reconocer", near(mime, sniff.SUFFIXES))
    for principal in rules.readers:
        if principal.startswith("role:") and principal[5:] not in _roles(process):
            yield Finding(_FILE, "readers", principal, "no existe esa área o rol", near(principal[5:], _roles(process)))
    shown = {path for kind in rules.kinds.values() if kind.change in changes.kinds for path in changes.kinds[kind.change].shows}
    for path in rules.changeable:
        if path.count(".") != 1:
            yield Finding(_FILE, f"changeable, {path}", path, "no es un dato suelto", "Use uno como client.activity.")
        if path not in shown and not path.startswith("representative."):
            yield Finding(_FILE, f"changeable, {path}", path, "ninguna modificación muestra ese dato", near(path, shown))
    if register.cases_of not in _roles(process):
        remedy = near(register.cases_of, _roles(process))
        yield Finding("sheets_templates/register.yaml", "cases_of", register.cases_of, "no existe esa área o rol", remedy)
    for key, text in credit.reasons.items():
        try:
            credit.sentence(key)
        except (KeyError, IndexError, ValueError):
            yield Finding(
                _CREDIT, f"reasons, {key}", text, "no se conoce lo que va entre llaves", near(text, credit.rules.__dict__)
            )


def _roles(process: Process) -> list[str]:
    return [item.key for item in (*process.areas, *process.roles)]


def _role(process: Process, kind: CaseKind) -> Iterator[Finding]:
    """Somebody is reminded of every case, and may sign it."""
    place = f"kinds, {kind.key}, role"
    if kind.role not in _roles(process):
        yield Finding(_FILE, place, kind.role, "no existe esa área o rol", near(kind.role, _roles(process)))
        return
    if kind.way not in CASE_ACTS:
        return
    reminded = process.tasks[_TASK].waits_for.partition(":")[2] if _TASK in process.tasks else ""
    if not process.has_area(kind.role) and kind.role != reminded:
        yield Finding(_FILE, place, kind.role, "a ese rol nadie le recuerda casos", f"Use un área, o «{reminded}».")
    act = process.acts.rules.get(CASE_ACTS[kind.way])
    if act is not None and f"role:{kind.role}" not in act.who:
        yield Finding(_FILE, place, kind.role, f"ese rol no puede firmar «{act.label}»", "Agréguelo a who en acts.yaml.")
    if kind.signatures > len(process.company.with_role(kind.role)):
        yield Finding(
            _FILE,
            f"kinds, {kind.key}, signatures",
            str(kind.signatures),
            "ese rol no tiene tantas personas",
            "Agregue otra a people.",
        )


def _names(process: Process, kind: CaseKind, changes: set[str]) -> Iterator[Finding]:
    place = f"kinds, {kind.key}"
    if kind.deadline not in process.deadlines:
        yield Finding(_FILE, f"{place}, deadline", kind.deadline, "no existe ese plazo", near(kind.deadline, process.deadlines))
    for name in filter(None, (kind.change, kind.becomes)):
        if name not in changes:
            yield Finding(_FILE, place, name, "no existe esa modificación", near(name, changes))


def _papers(process: Process, rules: CaseRules, kind: CaseKind) -> Iterator[Finding]:
    """What a case wants exists, and whoever settles it reads the folder where it lies, which inherits nobody."""
    place = f"kinds, {kind.key}, papers"
    for wanted in kind.papers:
        if wanted.key not in rules.papers.kinds:
            yield Finding(_FILE, place, wanted.key, "no existe ese papel", near(wanted.key, rules.papers.kinds))
        if wanted.required_from is not None and not kind.amount:
            yield Finding(_FILE, place, wanted.key, "ese caso no lleva monto", "Use required: true, o quite required_from.")
    if kind.papers and kind.way != DECIDE:
        yield Finding(_FILE, place, kind.way, "solo lo que se decide pide papeles", "Use way: decide.")
    folders = {one.key: one for one in process.access.folders if one.drive == "dossiers"}
    folder = folders.get(rules.papers.place)
    if folder is None:
        yield Finding(_FILE, "papers, place", rules.papers.place, "no existe esa carpeta", near(rules.papers.place, folders))
    elif kind.papers and (not folder.limited or f"role:{kind.role}" not in {grant.principal for grant in folder.grants}):
        remedy = "Use una carpeta con limited: true y ese rol en grants (access.yaml)."
        yield Finding(_FILE, place, kind.role, "quien decide no puede leer los papeles, o los leen otros", remedy)


def _words(kind: CaseKind) -> Iterator[Finding]:
    """Each way of settling a case has its words, and what belongs to it."""
    place = f"kinds, {kind.key}"
    needed = {DECIDE: ("approved",), ANSWER: ("done",), CHANGE: ("approved", "change")}[kind.way]
    for name in needed:
        if not getattr(kind, name):
            yield Finding(
                _FILE, f"{place}, {name}", "", "falta para esa manera de atender", "Escríbalo como en los bloques vecinos."
            )
    if kind.amount and kind.way != DECIDE:
        yield Finding(_FILE, f"{place}, amount", kind.amount, "solo se revisa el monto de lo que se decide", "Use way: decide.")
    if kind.signatures > 1 and kind.way != DECIDE:
        yield Finding(
            _FILE, f"{place}, signatures", str(kind.signatures), "solo lo que se decide lleva dos firmas", "Use way: decide."
        )
    if kind.confidential and kind.way != CHANGE:
        yield Finding(_FILE, f"{place}, confidential", "true", "solo una modificación se decide en reserva", "Use way: change.")


def _states(rules: CaseRules) -> Iterator[Finding]:
    for key in sorted({state.value for state in CaseState} ^ set(rules.states)):
        yield Finding(_FILE, f"states, {key}", key, "los estados son los del programa", "Iguálelos con la versión anterior.")
