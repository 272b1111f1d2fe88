"""The rules that tie the tables of `process/` together: everything that one table names must stand in another.

Cheap enough to run at every start; schemas and templates are looked at by `checks.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from expediente.case_rules import case_rules
from expediente.findings import Finding, as_error, near
from expediente.findings import unknown as _unknown
from expediente.flowchart import of_dossiers
from expediente.help_rules import check_help
from expediente.process import Area, Condition, GrantRule, MailRule, MarkRule, Process, TaskRule
from expediente.process_rules_papers import check_papers

__all__ = ["Finding", "as_error", "check_rules", "near"]

# Conditions that the code knows: name -> number of arguments. A new one is a function with a name, then a line here.
MARK_CONDITIONS = {"mail_sent": 1, "document": 2, "field": 1, "mark": 2, "none_open": 1, "result_allows": 0, "resources": 0}
GRANT_CONDITIONS = ("paper_asked", "area_takes_part")
OPEN_KINDS = ("observation", "special")
DOCUMENT_STATES = ("delivered", "verified")
# The tasks that the code finds in a dossier (`follow_up.FINDERS`), and whom each may wait for.
TASKS = {
    "deliver_papers": "person",
    "renew_papers": "person",
    "complete_data": "person",
    "answer_observation": "person",
    "classify_files": "role",
    "verify_papers": "role",
    "check_papers": "role",
    "receive_dossier": "role",
    "review_lists": "role",
    "bring_report": "area",
    "confirm_marks": "area",
    "sign_marks": "area",
    "close_dossier": "role",
    "propose_withdrawal": "person",
    "sign_cancellation": "role",
    "settle_balance": "role",
    "decide_change": "area",
    "decide_legal_change": "role",
    "study_change": "area",
    "record_visit": "area",
    "call_back": "area",
    "settle_case": "area",
    "settle_role_case": "role",
}
TASK_NAMES = {"items": "", "area": "", "reason": ""}
CLIENT_TEXT_NAMES = {"contact": "", "client": "", "items": "", "vendedora": "", "company": ""}


def check_rules(process: Process) -> list[Finding]:
    """Every contradiction between the tables."""
    return [finding for rule in _RULES for finding in rule(process)]


def _role_keys(process: Process) -> tuple[str, ...]:
    return tuple(item.key for item in (*process.areas, *process.roles))


def _repeated(values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            yield value
        seen.add(value)


def _people(process: Process) -> Iterator[Finding]:
    company = process.company
    for person in company.people:
        place = f"people, {person.address}"
        yield from _unknown("company.yaml", place, person.roles, _role_keys(process), "un área o rol")
        yield from _unknown("company.yaml", place, person.head_of, _role_keys(process), "un área o rol")
        if person.address.lower() in _shared_mailboxes(process):
            yield Finding(
                "company.yaml", place, person.address, "un buzón compartido no es una persona y no firma", "Ponga a cada quien."
            )
        if person.substitute and company.person(person.substitute) is None:
            yield Finding(
                "company.yaml", place, person.substitute, "la persona que suple no está en la tabla", "Agréguela a people."
            )
        for first, last in person.absences:
            if first > last:
                yield Finding(
                    "company.yaml", place, f"{first} a {last}", "la ausencia termina antes de empezar", "Cambie el orden."
                )
    yield from _substitution_circles(process)


def _shared_mailboxes(process: Process) -> set[str]:
    """Addresses that several people read, or that only the program sends from."""
    company = process.company
    found = (*company.senders.values(), *company.groups.values(), *(item.group for item in (*process.areas, *process.roles)))
    return {address.lower() for address in found}


def _substitution_circles(process: Process) -> Iterator[Finding]:
    """A person may be another's substitute and the other way round; nobody may be their own."""
    for person in process.company.people:
        if person.substitute.lower() == person.address.lower():
            yield Finding(
                "company.yaml",
                f"people, {person.address}",
                person.substitute,
                "nadie se suple a sí mismo",
                "Ponga a otra persona.",
            )


def _addresses(process: Process) -> Iterator[Finding]:
    company = process.company
    places = [("company.yaml", f"senders, {key}", value) for key, value in company.senders.items()]
    places += [("company.yaml", f"groups, {key}", value) for key, value in company.groups.items()]
    places += [("company.yaml", "people", person.address) for person in company.people]
    places += [("areas.yaml", f"{item.key}, group", item.group) for item in (*process.areas, *process.roles)]
    for file, key, value in places:
        if not value.lower().endswith(f"@{company.domain}"):
            yield Finding(file, key, value, f"el correo no es de {company.domain}", "Use un correo de la empresa.")
    for value in _repeated(person.address.lower() for person in company.people):
        yield Finding("company.yaml", "people", value, "la persona está dos veces", "Deje un solo renglón.")


def _staff(process: Process) -> Iterator[Finding]:
    for item in (*process.areas, *process.roles):
        if not process.company.with_role(item.key):
            yield Finding(
                "company.yaml",
                "people",
                "",
                f"nadie tiene el rol «{item.key}»",
                f"Agregue a una persona con roles: [{item.key}].",
            )


def _areas(process: Process) -> Iterator[Finding]:
    for key in _repeated(_role_keys(process)):
        yield Finding("areas.yaml", key, key, "la clave es de un área y también de un rol", "Cambie una de las dos.")
    for order in _repeated(str(area.order) for area in process.areas):
        yield Finding(
            "areas.yaml", "order", order, "dos áreas tienen el mismo orden de columna", "Dé a cada área su propio número."
        )
    for area in process.areas:
        yield from _unknown("areas.yaml", f"{area.key}, services", area.services, process.services, "un servicio")
        yield from _unknown("areas.yaml", f"{area.key}, reads", area.reads, process.fields, "un dato")
        yield from _area_mails(process, area)
        for mark in area.marks:
            yield from _mark(process, area, mark)


def _area_mails(process: Process, area: Area) -> Iterator[Finding]:
    for name, key in (("early_mail", area.early_mail), ("notice_mail", area.notice_mail)):
        if key:
            yield from _unknown("areas.yaml", f"{area.key}, {name}", [key], process.mails, "un correo")
    if area.early_mail and area.opens_at != "received":
        yield Finding(
            "areas.yaml",
            f"{area.key}, early_mail",
            area.early_mail,
            "un aviso temprano pide opens_at: received",
            "Cambie opens_at.",
        )


def _mark(process: Process, area: Area, mark: MarkRule) -> Iterator[Finding]:
    place = f"{area.key}, marks, {mark.key}"
    yield from _unknown("areas.yaml", f"{place}, depends_on", mark.depends_on, process.fields, "un dato")
    for path in mark.depends_on:
        if path in process.fields and not may_read(area, path):
            yield Finding(
                "areas.yaml", f"{place}, depends_on", path, "el área no lee ese dato", f"Agréguelo a reads de {area.key}."
            )
    for condition in mark.requires:
        yield from _condition(process, f"{place}, requires", condition)


def may_read(area: Area, path: str) -> bool:
    """Whether the area reads that field; whoever reads a point's frequency and window reads its days and its schedule too."""
    reads = set(area.reads)
    implied = {"points.days": {"points.frequency"}, "points.schedule": {"points.frequency", "points.window"}}
    return path in reads or (path in implied and implied[path] <= reads)


def _condition(process: Process, place: str, condition: Condition) -> Iterator[Finding]:
    count = MARK_CONDITIONS.get(condition.name)
    text = f"{condition.name}({', '.join(condition.args)})"
    if count is None:
        yield Finding("areas.yaml", place, text, "la condición no se conoce", near(condition.name, MARK_CONDITIONS))
        return
    if len(condition.args) != count:
        yield Finding("areas.yaml", place, text, f"la condición lleva {count} dato(s)", "Revise lo que va entre paréntesis.")
        return
    yield from _condition_target(process, place, condition)


def _condition_target(process: Process, place: str, condition: Condition) -> Iterator[Finding]:
    first = condition.args[0] if condition.args else ""
    if condition.name == "mail_sent":
        yield from _unknown("areas.yaml", place, [first], process.mails, "un correo")
    elif condition.name == "document":
        yield from _unknown("areas.yaml", place, [first], (rule.key for rule in process.documents), "un papel")
        yield from _unknown("areas.yaml", place, [condition.args[1]], DOCUMENT_STATES, "un estado de papel")
    elif condition.name == "field":
        yield from _unknown("areas.yaml", place, [first], process.fields, "un dato")
    elif condition.name == "none_open":
        yield from _unknown("areas.yaml", place, [first], OPEN_KINDS, "algo que pueda estar abierto")
    elif condition.name == "mark":
        marks = {f"{area.key}/{mark.key}" for area in process.areas for mark in area.marks}
        yield from _unknown("areas.yaml", place, ["/".join(condition.args)], marks, "una casilla")


def _mark_circles(process: Process) -> Iterator[Finding]:
    """Marks that wait for each other could never be ticked."""
    waits = {
        (area.key, mark.key): [(c.args[0], c.args[1]) for c in mark.requires if c.name == "mark" and len(c.args) == 2]
        for area in process.areas
        for mark in area.marks
    }
    for start, first in waits.items():
        reached, ahead = set(), list(first)
        while ahead:
            step = ahead.pop()
            if step not in reached:
                reached.add(step)
                ahead.extend(waits.get(step, []))
        if start in reached:
            place = f"{start[0]}, marks, {start[1]}, requires"
            yield Finding(
                "areas.yaml", place, "/".join(start), "la casilla se espera a sí misma", "Quite una de las condiciones mark(…)."
            )


def _fields(process: Process) -> Iterator[Finding]:
    yield from _unknown("process.yaml", "operational_secret", process.operational_secret, process.fields, "un dato")
    for aspect in process.aspects:
        place = f"aspects, {aspect.key}, shows"
        yield from _unknown("process.yaml", place, aspect.shows, process.fields, "un dato")
        for path in aspect.shows:
            blind = [area.label for area in process.areas if path in process.fields and not may_read(area, path)]
            if blind:
                yield Finding(
                    "process.yaml",
                    place,
                    path,
                    f"la hoja lo mostraría a {', '.join(blind)}, que no lo lee",
                    "Quítelo o dé reads.",
                )
            if path.startswith("points.") and aspect.per != "point":
                yield Finding("process.yaml", place, path, "es un dato de cada punto", "Use per: point en este aspecto.")


def _access(process: Process) -> Iterator[Finding]:
    access = process.access
    grants = [(f"folders, {f.key}", g) for f in access.folders for g in f.grants]
    grants += [(f"parents, {p.key}", g) for p in access.parents for g in p.grants]
    grants += [(f"drives, {d.key}", g) for d in access.drives for g in d.members]
    grants += [("control_sheet", g) for g in access.sheet_grants] + [
        (f"registers, {key}", g) for key, rules in access.register_grants.items() for g in rules
    ]
    grants += [("exchange_sheet", g) for g in access.exchange_grants]
    grants += [("adjustments", g) for g in access.adjustments_grants]
    grants += [("ledger", g) for g in access.ledger.grants]
    for place, grant in grants:
        everybody = ("areas:taking_part",) if place == "control_sheet" else ()
        yield from _principal(process, "access.yaml", place, grant.principal, ("vendedora",), *everybody)
        yield from _grant_condition(place, grant)
    for folder in access.folders:
        if folder.grants and not folder.limited and folder.drive == "dossiers":
            yield Finding(
                "access.yaml",
                f"folders, {folder.key}",
                "",
                "una carpeta con lista propia debe ser limitada",
                "Use limited: true.",
            )
    for state in _repeated(state for parent in access.parents for state in parent.states):
        yield Finding("access.yaml", "parents", state, "el estado está en dos carpetas madre", "Déjelo en una sola.")
    for key, areas in process.company.umbrellas.items():
        yield from _unknown("company.yaml", "umbrellas", [key], process.company.groups, "un grupo")
        yield from _unknown("company.yaml", f"umbrellas, {key}", areas, [area.key for area in process.areas], "un área")
    placed = [state for parent in access.parents for state in parent.states]
    yield from _unknown("access.yaml", "parents", placed, process.states, "un estado")
    for state in process.states:
        if state not in placed:
            yield Finding(
                "access.yaml", "parents", state, "ningún lugar guarda los expedientes en ese estado", "Agréguelo a states."
            )


def _grant_condition(place: str, grant: GrantRule) -> Iterator[Finding]:
    if grant.only_while:
        yield from _unknown("access.yaml", f"{place}, only_while", [grant.only_while], GRANT_CONDITIONS, "una condición")


def _principal(
    process: Process, file: str, place: str, principal: str, persons: tuple[str, ...], *others: str
) -> Iterator[Finding]:
    known = {
        *(f"area:{area.key}" for area in process.areas),
        *(f"role:{role.key}" for role in process.roles),
        *(f"group:{key}" for key in process.company.groups),
        *(f"person:{key}" for key in persons),
        *others,
    }
    if principal not in known:
        yield Finding(file, place, principal, "no se sabe a quién nombra", near(principal, known))


def _mails(process: Process) -> Iterator[Finding]:
    for rule in process.mails.values():
        yield from _unknown("mails.yaml", f"{rule.key}, sender", [rule.sender], process.company.senders, "un remitente")
        for name, principal in (("to", rule.to), ("cc", rule.cc)):
            if principal or name == "to":
                place = f"{rule.key}, {name}"
                yield from _principal(
                    process,
                    "mails.yaml",
                    place,
                    principal,
                    ("vendedora", "author", "each"),
                    *("client:contact", "client:point", "client:portal"),
                    "area:concerned",
                )
        yield from _button(rule)


def _button(rule: MailRule) -> Iterator[Finding]:
    if bool(rule.action) != bool(rule.action_label):
        yield Finding(
            "mails.yaml", rule.key, rule.action or rule.action_label, "un botón lleva action y action_label", "Escriba los dos."
        )


def _deadlines(process: Process) -> Iterator[Finding]:
    if "confirm" not in process.deadlines:
        yield Finding(
            "deadlines.yaml", "deadlines", "", "falta el plazo «confirm»", "Escríbalo: vale para las áreas sin plazo propio."
        )
    for key in process.deadlines:
        if key.startswith("confirm_"):
            yield from _unknown("deadlines.yaml", key, [key.removeprefix("confirm_")], (a.key for a in process.areas), "un área")
    yield from _unknown("deadlines.yaml", "calendar", process.calendar.working_days, process.days, "un día")
    if process.calendar.from_hour >= process.calendar.to_hour:
        yield Finding(
            "deadlines.yaml", "calendar", process.calendar.from_hour, "la jornada termina antes de empezar", "Cambie las horas."
        )


def _follow_up(process: Process) -> Iterator[Finding]:
    rules, follow = process.tasks, process.follow_up
    yield from _unknown("deadlines.yaml", "tasks", rules, TASKS, "una tarea")
    for key in TASKS:
        if key not in rules:
            yield Finding("deadlines.yaml", "tasks", key, "falta la tarea", "Escríbala: sin ella nadie recibe ese recordatorio.")
    for rule in rules.values():
        yield from _task(process, rule)
    for principal in follow.escalates_to:
        if principal != "head":
            roles = (f"role:{key}" for key in _role_keys(process))
            yield from _unknown("deadlines.yaml", "follow_up, escalates_to", [principal], roles, "un rol")
    if follow.escalates_from_reminder and not follow.escalates_to:
        yield Finding(
            "deadlines.yaml", "follow_up, escalates_to", "", "nadie recibe lo que se escala", "Nombre a alguien, o ponga 0."
        )
    used = {rule.deadline for rule in rules.values()} | {kind.deadline for kind in case_rules(process.folder).kinds.values()}
    for key, deadline in process.deadlines.items():
        if deadline.reminders_on_working_days and key not in used and key.partition("_")[0] != "confirm":
            found = "ninguna tarea usa ese plazo: sus recordatorios no saldrían"
            yield Finding(
                "deadlines.yaml", f"deadlines, {key}", "", found, "Quite reminders_on_working_days o nómbrelo en tasks."
            )
    yield from _fills("follow_up, client_text", follow.client_text, CLIENT_TEXT_NAMES)
    yield from _heads(process)


def _task(process: Process, rule: TaskRule) -> Iterator[Finding]:
    place, kind = f"tasks, {rule.key}", TASKS.get(rule.key, "")
    if kind and not rule.waits_for.startswith(f"{kind}:"):
        yield Finding("deadlines.yaml", f"{place}, waits_for", rule.waits_for, f"esta tarea espera a {kind}:…", "Cámbielo.")
    yield from _principal(process, "deadlines.yaml", f"{place}, waits_for", rule.waits_for, ("vendedora",), "area:concerned")
    if rule.deadline or kind != "area":
        yield from _unknown("deadlines.yaml", f"{place}, deadline", [rule.deadline], process.deadlines, "un plazo")
    yield from _fills(f"{place}, asks", rule.asks, TASK_NAMES)
    if rule.confidential:
        role = rule.waits_for.partition(":")[2]
        for person in process.company.with_role(role):
            substitute = process.company.person(person.substitute) if person.substitute else None
            if substitute is not None and role not in substitute.roles:
                remedy = f"Nombre a alguien con el rol {role}."
                found = "lo confidencial no lo suple quien no es de ese rol"
                yield Finding("company.yaml", f"people, {person.address}", person.substitute, found, remedy)


def _fills(place: str, text: str, names: dict[str, str]) -> Iterator[Finding]:
    """A text whose names in braces are known."""
    try:
        text.format(**names)
    except (KeyError, IndexError, ValueError) as error:
        yield Finding("deadlines.yaml", place, str(error), "no se conoce lo que va entre llaves", near(str(error), names))


def _heads(process: Process) -> Iterator[Finding]:
    """Where the head alone is told, every area and role with a task needs one."""
    if process.follow_up.escalates_from_reminder and process.follow_up.escalates_to == ("head",):
        led = {role for person in process.company.people for role in person.head_of}
        named = [rule.waits_for.partition(":")[2] for rule in process.tasks.values() if TASKS.get(rule.key) != "area"]
        for key in dict.fromkeys([*(area.key for area in process.areas), *named]):
            if key not in led:
                yield Finding(
                    "company.yaml", "people, head_of", key, "nadie dirige esa área o rol", "Ponga head_of a una persona."
                )


def _flow(process: Process) -> Iterator[Finding]:
    for file, drawn in (("process.yaml", of_dossiers(process)), ("receivables.yaml", process.receivables)):
        nodes = [node.key for node in drawn.nodes]
        who = (*_role_keys(process), "areas", *(drawn.others or {}))
        after = [drawn.new_areas_after] if drawn.new_areas_after else []
        yield from _unknown(file, "new_areas_after", after, nodes, "un paso")
        yield from _unknown(file, "lanes", drawn.lanes, who, "un área o rol")
        for node in drawn.nodes:
            where = f"flow_nodes, {node.key}"
            yield from _unknown(file, where, [*node.accountable, *node.consulted, *node.informed], who, "un área o rol")
            yield from _unknown(file, where, [node.lane], drawn.lanes or who, "una columna")
            yield from _unknown(file, f"{where}, stage", [node.stage], (s.key for s in drawn.stages), "una etapa")
        for edge in drawn.edges:
            yield from _unknown(file, "flow_edges", [edge.source, edge.target], nodes, "un paso")
    if len(process.months) != 12:
        yield Finding("process.yaml", "months", str(len(process.months)), "el año tiene doce meses", "Complete la lista.")


def _zone(process: Process) -> Iterator[Finding]:
    try:
        ZoneInfo(process.company.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding("company.yaml", "timezone", process.company.timezone, "no es una zona horaria", "Escriba America/Panama.")


_RULES: tuple[Callable[[Process], Iterator[Finding]], ...] = (
    _zone,
    _people,
    _addresses,
    _staff,
    _areas,
    _mark_circles,
    _fields,
    check_papers,
    _access,
    _mails,
    _deadlines,
    _follow_up,
    _flow,
    check_help,
)
