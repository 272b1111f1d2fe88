"""What is wrong with `process/eva.yaml` besides its shape: names that nothing fills, intents that nothing does, buttons that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expediente.case_rules import case_rules
from expediente.cases import ACCOUNT
from expediente.errors import ConfigurationError
from expediente.eva_requests import DOINGS
from expediente.eva_rules import AskedField, EvaRules, Intent
from expediente.eva_scene import COMMON, Doing
from expediente.form_definition import load_forms
from expediente.issued_rules import issued_rules
from expediente.process import Process
from expediente.process_rules import Finding, near

_FILE = "eva.yaml"
_NAME = re.compile(r"\{([^{}]*)\}")
# The sentences that name more than the common ones.
_TEXTS = {
    "confirm": ("summary",),
    "rate": ("case", "label"),
    "papers": ("case",),
    "paper_required": ("paper", "asks"),
    "paper_wished": ("paper", "asks"),
}
_ERRORS = {"too_long": ("max",)}
_BUTTONS = {"correct": ("label",)}
# Requests whose answers are kept under other names than those of cases.yaml.
_OWN_FIELDS = frozenset({"contact"})


def check_eva(process: Process) -> Iterator[Finding]:
    """Every problem of the table beside the others."""
    rules = process.eva
    yield from _menu(rules)
    for group, known in ((rules.texts, _TEXTS), (rules.errors, _ERRORS), (rules.buttons, _BUTTONS)):
        for key, text in group.items():
            yield from _names(key, text, (*COMMON, *known.get(key, ())))
    for intent in rules.intents.values():
        yield from _intent(process, intent)
    yield from _visitors(process)


def _wrong(path: str, value: str, rule: str, remedy: str) -> Finding:
    return Finding(_FILE, path, value, rule, remedy)


def _names(path: str, text: str, known: tuple[str, ...]) -> Iterator[Finding]:
    if text.count("{") != text.count("}"):
        yield _wrong(path, text[:40], "una llave no se cierra", "Escriba {nombre} completo.")
    for name in _NAME.findall(text):
        if name not in known:
            yield _wrong(path, name, "el sistema no pone ese nombre", near(name, known))


def _menu(rules: EvaRules) -> Iterator[Finding]:
    shown = [key for group in rules.menu for key in group.intents]
    for key in shown:
        if key not in rules.intents:
            yield _wrong("menu", key, "no existe esa solicitud", near(key, rules.intents))
    for key, intent in rules.intents.items():
        if intent.listed and key not in shown:
            yield _wrong("menu", key, "la solicitud no está en el menú", "Póngala en un grupo, o escriba listed: false.")
    for needed in ("signed_in", "visitor"):
        if not any(one.strong and one.listed and one.allows(entered=needed == "signed_in") for one in rules.intents.values()):
            yield _wrong(
                "menu", needed, "no hay manera de hablar con una persona", "Deje en el menú una solicitud con strong: true."
            )


def _intent(process: Process, intent: Intent) -> Iterator[Finding]:
    doing = DOINGS.get(intent.does)
    if doing is None:
        yield _wrong(f"{intent.key}, does", intent.does, "el sistema no sabe hacer eso", near(intent.does, DOINGS))
        return
    yield from _replies(intent, doing)
    for key in intent.buttons:
        if key not in process.eva.intents:
            yield _wrong(f"{intent.key}, buttons", key, "no existe esa solicitud", near(key, process.eva.intents))
    if not intent.words and not intent.phrases:
        yield _wrong(f"{intent.key}, words", "", "nada de lo que se escriba la dice", "Agregue palabras o frases.")
    kinds = case_rules(process.folder).kinds
    if intent.case and intent.case not in kinds:
        yield _wrong(f"{intent.key}, case", intent.case, "no existe ese caso en cases.yaml", near(intent.case, kinds))
    needs_case = intent.does in ("case", "refund", "credit", "contact") or (intent.does == "person" and intent.needs != "visitor")
    if needs_case and (not intent.case or ACCOUNT not in kinds):
        yield _wrong(f"{intent.key}, case", "", "falta el caso que abre", "Escriba en case una clave de cases.yaml.")
    if intent.document and intent.document not in issued_rules(process.folder):
        known = issued_rules(process.folder)
        yield _wrong(f"{intent.key}, document", intent.document, "no existe ese documento", near(intent.document, known))
    if intent.does in ("document", "issue", "invoice") and not (intent.path and intent.path_label):
        yield _wrong(f"{intent.key}, path", "", "falta la página y su botón", "Escriba path y path_label.")
    yield from _pages(intent)
    for asked in (*intent.fields, *intent.visitor_fields):
        yield from _field(process, intent, doing, asked)


def _pages(intent: Intent) -> Iterator[Finding]:
    from expediente.portal_pages import PAGES  # it brings every page along

    for path in (*intent.links, intent.path):
        if path and not any(page.get and page.pattern.fullmatch(path) for page in PAGES):
            yield _wrong(f"{intent.key}, links", path, "el portal no tiene esa página", "Corrija la dirección.")


def _replies(intent: Intent, doing: Doing) -> Iterator[Finding]:
    for key in sorted(set(doing.replies) - set(intent.replies) - ({"done_visitor"} if intent.needs == "signed_in" else set())):
        yield _wrong(f"{intent.key}, replies", key, "falta lo que se contesta", "Escriba ese texto.")
    for key, text in intent.replies.items():
        if key not in doing.replies:
            yield _wrong(f"{intent.key}, replies", key, "el sistema no dice nunca ese texto", near(key, doing.replies))
        else:
            yield from _names(f"{intent.key}, {key}", text, (*COMMON, *doing.replies[key]))


def _field(process: Process, intent: Intent, doing: Doing, asked: AskedField) -> Iterator[Finding]:
    path = f"{intent.key}, {asked.key}"
    for text in (asked.asks, asked.help, asked.error):
        yield from _names(path, text, (*COMMON, *doing.names, "max"))
    if asked.kind == "choice" and len(asked.choices) < 2:
        yield _wrong(path, "", "una lista necesita al menos dos opciones", "Agregue choices con clave y texto.")
    if asked.must and (asked.must not in asked.choices or not asked.error):
        yield _wrong(
            path, asked.must, "must no es una opción, o falta error", "Escriba una clave de choices y lo que se dice si no."
        )
    fields = case_rules(process.folder).fields
    if intent.does == "case" and asked.key not in fields:
        yield _wrong(path, asked.key, "cases.yaml no tiene nombre para ese dato", near(asked.key, fields))
    if intent.does in _OWN_FIELDS and asked.key == "path":
        changeable = case_rules(process.folder).changeable
        for key in sorted(set(asked.choices) - set(changeable)):
            yield _wrong(path, key, "cases.yaml no deja cambiar ese dato", near(key, changeable))


def _visitors(process: Process) -> Iterator[Finding]:
    rules = process.eva
    for key in ("registration", "person"):
        rule = rules.visitors[key]
        if rule.deadline not in process.deadlines:
            yield _wrong(f"visitors, {key}", rule.deadline, "no existe ese plazo", near(rule.deadline, process.deadlines))
        if rule.mail not in process.mails:
            yield _wrong(f"visitors, {key}", rule.mail, "no existe ese correo", near(rule.mail, process.mails))
        elif not process.mails[rule.mail].to.startswith(("role:", "area:")):
            yield _wrong(f"visitors, {key}", rule.mail, "ese correo no va a un área ni a un rol", "Corrija to en mails.yaml.")
    asked = {one.key for intent in rules.intents.values() if intent.does == "prospect" for one in intent.fields}
    try:
        form = load_forms(process.folder)[rules.prospect_form.form]
    except (KeyError, ConfigurationError):
        yield _wrong(
            "prospect_form", rules.prospect_form.form, "no existe ese formulario", "Escriba el nombre de un archivo de forms/."
        )
        return
    for question, name in rules.prospect_form.questions.items():
        if question not in form.questions:
            yield _wrong("prospect_form", question, "el formulario no tiene esa pregunta", near(question, form.questions))
        if name not in asked:
            yield _wrong("prospect_form", name, "el registro no pregunta eso", near(name, asked))
