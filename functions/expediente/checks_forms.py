"""What can be wrong in `forms/` and `process/changes.yaml`: names that mean nothing to the process. Part of `expediente check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from expediente import change_reading, fields
from expediente.change_rules import HOLDERS, ChangeKind, change_rules
from expediente.errors import ConfigurationError
from expediente.form_definition import ANYONE, FormDefinition, load_forms
from expediente.form_routing import NOT_TAKEN, PAIR
from expediente.intake_rules import rule_faults
from expediente.model import State
from expediente.process import Process
from expediente.process_rules import Finding, near

_CHANGES = "process/changes.yaml"


def check_forms(process: Process) -> Iterator[Finding]:
    """Everything that is wrong with the forms, and with the kinds of change that one of them offers."""
    try:
        forms = load_forms(process.folder)
        rules = change_rules(process.folder)
    except (ConfigurationError, KeyError) as error:
        yield Finding("forms", str(getattr(error, "where", "")), "", str(error), "Compárelo con los bloques vecinos.")
        return
    for definition in forms.values():
        for look in _LOOKS:
            yield from look(process, definition)
    for kind in rules.kinds.values():
        yield from _kind(process, kind)
    for key in sorted(change_reading.unknown_kinds(process)):
        yield Finding(_CHANGES, f"kinds, {key}", key, "el programa no conoce ese tipo", "Use uno de los que ya están.")
    question = forms["change"].questions.get(change_reading.KIND) if "change" in forms else None
    offered = {option.key for option in question.options} if question else set(rules.kinds)
    for key in sorted(offered ^ set(rules.kinds)):
        yield Finding(_CHANGES, f"kinds, {key}", key, "el formulario y la tabla no tienen los mismos tipos", "Iguálelos.")


def _finding(definition: FormDefinition, key: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding(f"forms/{definition.key}.yaml", key, value, problem, remedy)


def _rules(process: Process, definition: FormDefinition) -> Iterator[Finding]:
    for fault in rule_faults(definition, process):
        yield _finding(definition, "rules", "", fault, "Corrija el formulario o process.yaml.")


def _respondents(process: Process, definition: FormDefinition) -> Iterator[Finding]:
    known = [role.key for role in (*process.areas, *process.roles)]
    for principal in definition.respondents:
        name = principal.partition(":")[2]
        if principal != ANYONE and name not in known:
            yield _finding(definition, "respondents", principal, "no existe un rol con esa clave", near(name, known))


def _dossier(process: Process, definition: FormDefinition) -> Iterator[Finding]:
    keys, states = definition.dossier, [state.value for state in State]
    for state in keys.states if keys else ():
        if state not in states:
            yield _finding(definition, "dossier, states", state, "no existe ese estado", near(state, states))
    for code in (PAIR, NOT_TAKEN) if keys and keys.code else ():
        if code not in definition.rules:
            yield _finding(definition, "rules", code, "falta la regla", "Cópiela de otro formulario de expediente.")


def _kind(process: Process, kind: ChangeKind) -> Iterator[Finding]:
    place = f"kinds, {kind.key}"
    areas, folders = [area.key for area in process.areas], [folder.key for folder in process.access.folders]
    roles = [role.key for role in (*process.areas, *process.roles)]
    act = process.acts.rules.get("decidir_modificacion_legal" if kind.confidential else "decidir_modificacion")
    for value, known, what in (
        (kind.approved_by, roles, "un área o rol"),
        (kind.study_by or areas[0], areas, "un área"),
        (kind.place, folders, "una carpeta"),
        (kind.notice_mail, list(process.mails), "un correo"),
    ):
        if value not in known:
            yield Finding(_CHANGES, place, value, f"no existe {what} con esa clave", near(value, known))
    if act is None or f"role:{kind.approved_by}" not in act.who:
        yield Finding(
            _CHANGES, place, kind.approved_by, "quien aprueba no puede firmar el acto", "Agréguelo en who de acts.yaml."
        )
    known_paths = {*process.fields, *fields.TO_SIGN_PATHS, HOLDERS}
    for path in kind.shows:
        if path not in known_paths:
            yield Finding(_CHANGES, f"{place}, shows", path, "ese dato no se conoce", near(path, known_paths))


_LOOKS: tuple[Callable[[Process, FormDefinition], Iterator[Finding]], ...] = (_rules, _respondents, _dossier)
