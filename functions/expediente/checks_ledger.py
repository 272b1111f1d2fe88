"""What can be wrong in `sheets_templates/ledger.yaml`: columns that the program does not know, headings that mean two things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from expediente.errors import ConfigurationError
from expediente.findings import near
from expediente.ledger_rows import Said
from expediente.ledger_template import CLIENTS, DEBIT_NOTES, INVOICES, MOVEMENTS, LedgerTemplate, template
from expediente.process import Process
from expediente.process_rules import Finding
from expediente.texts import fold_name

_FILE = "sheets_templates/ledger.yaml"
# Without these a row of the tab says nothing.
_NEEDED = {
    CLIENTS: ("limit", "terms_days"),
    INVOICES: ("number", "issued_on", "due_on", "subtotal", "tax", "total"),
    DEBIT_NOTES: ("number", "issued_on", "due_on", "subtotal", "tax", "total"),
    MOVEMENTS: ("number", "movement", "issued_on", "amount"),
}


def check_ledger(process: Process) -> Iterator[Finding]:
    """Every contradiction; nothing when the template cannot be read, which is told elsewhere."""
    try:
        held = template(process.folder)
    except ConfigurationError:
        return
    known = [one.name for one in fields(Said)]
    names = [fold_name(text) for text in (*(tab.tab for tab in held.tabs.values()), held.guide.tab)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Finding(_FILE, "tabs", name, "dos pestañas se llaman igual", "Dé a cada una su nombre.")
    for key, tab in held.tabs.items():
        for name in tab.columns:
            if name not in known:
                yield Finding(_FILE, f"tabs, {key}", name, "el programa no conoce esa columna", near(name, known))
        for name in _NEEDED[key]:
            if name not in tab.columns or not tab.columns[name].required:
                remedy = "Agréguela con required: true."
                yield Finding(_FILE, f"tabs, {key}", name, "falta esa columna, o puede faltar", remedy)
        if not {"code", "ruc"} <= set(tab.columns):
            yield Finding(_FILE, f"tabs, {key}", "", "sin código ni RUC no se sabe de quién es la fila", "Agregue code y ruc.")
        yield from _headings(held, key)
    yield from _words(held)
    yield from _orders(process, held)


def _orders(process: Process, held: LedgerTemplate) -> Iterator[Finding]:
    """A row may name an order of as long ago as rows are taken in; the order that is gone would be a payment that nobody knows."""
    kept, least = process.portal.kept.order, 365 * held.limits["years_back"]
    if kept < least:
        problem = f"una fila puede nombrar una orden de hace {least} días, que ya no estaría"
        remedy = f"Escriba {least} o más, o baje years_back en {_FILE}."
        yield Finding("process/portal.yaml", "kept, order", str(kept), problem, remedy)


def _headings(held: LedgerTemplate, key: str) -> Iterator[Finding]:
    said = [fold_name(text) for column in held.tabs[key].columns.values() for text in (column.label, *column.also)]
    for text in sorted({text for text in (*said, fold_name(held.result)) if [*said, fold_name(held.result)].count(text) > 1}):
        yield Finding(_FILE, f"tabs, {key}", text, "ese título sirve para dos columnas", "Deje cada título en una sola.")


def _words(held: LedgerTemplate) -> Iterator[Finding]:
    for name, choices in (("status", held.choices.status), ("movement", held.choices.movement)):
        words = [fold_name(word) for one in choices.values() for word in one]
        for word in sorted({word for word in words if words.count(word) > 1}):
            yield Finding(_FILE, f"choices, {name}", word, "esa palabra quiere decir dos cosas", "Déjela en una sola clave.")
