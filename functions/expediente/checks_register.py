"""What can be wrong between the register's template and the other tables. Part of `expediente check`."""

from __future__ import annotations

from collections.abc import Iterator

from expediente import templates
from expediente.errors import ConfigurationError
from expediente.process import Process
from expediente.process_rules import Finding, near
from expediente.templates import RegisterTemplate

_FILE = "sheets_templates/register.yaml"
# What a column or tab is worked out from: its formula reads those columns of the same workbook.
_NEEDS = {"days": ("since",), "yearly": ("client", "ruc", "services", "served", "started", "ended")}


def check_register(process: Process) -> Iterator[Finding]:
    """Every contradiction; nothing when the template cannot be read, which is told elsewhere."""
    try:
        template = templates.register(process.folder)
    except ConfigurationError:
        return
    yield from _audiences(process, template)
    yield from _formulas(template)
    for key, span in template.stages.items():
        for state in (span.begins, span.ends):
            if state not in process.states:
                yield Finding(_FILE, f"stages, {key}", state, "no existe ese estado", near(state, process.states))


def _audiences(process: Process, template: RegisterTemplate) -> Iterator[Finding]:
    """A workbook that nobody may open, a grant on a workbook that is not there, one that lets people write."""
    granted = process.access.register_grants
    for audience in template.workbooks:
        if audience not in granted:
            yield Finding(
                _FILE, f"workbooks, {audience}", "", "nadie puede abrir ese libro", "Agréguelo a registers en access.yaml."
            )
    for audience, rules in granted.items():
        if audience not in template.workbooks:
            remedy = near(audience, template.workbooks)
            yield Finding(
                "process/access.yaml", f"registers, {audience}", audience, "no existe ese libro en register.yaml", remedy
            )
        for rule in rules:
            if rule.role != "reader":
                yield Finding(
                    "process/access.yaml", f"registers, {audience}", rule.role, "el registro solo se lee", "Escriba role: reader."
                )
    names = [book.file_name for book in template.workbooks.values()]
    for name in {name for name in names if names.count(name) > 1}:
        yield Finding(_FILE, "workbooks", name, "dos libros se llaman igual", "Dé a cada libro su nombre.")


def _formulas(template: RegisterTemplate) -> Iterator[Finding]:
    for audience, book in template.workbooks.items():
        for key, needed in _NEEDS.items():
            missing = [column for column in needed if column not in book.columns]
            if key in (*book.columns, *book.tabs) and missing:
                problem = f"«{key}» se calcula con columnas que el libro no tiene"
                yield Finding(_FILE, f"workbooks, {audience}", ", ".join(missing), problem, "Agréguelas a columns.")
