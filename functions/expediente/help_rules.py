"""What the clients' help page says, `process/portal_help.yaml`, as typed values; the words that are filled into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from expediente.findings import Finding, near
from expediente.tables import keyed

if TYPE_CHECKING:
    from expediente.process import Process

_FILE = "portal_help.yaml"


@dataclass(frozen=True)
class HelpTask:
    """How something is done in the portal. steps: in order, with the words of `words`; path: page of its button, '' = it has none."""

    key: str
    title: str
    steps: tuple[str, ...]
    note: str = ""
    path: str = ""
    button: str = ""


def help_of(table: dict[str, Any]) -> tuple[HelpTask, ...]:
    """The tasks in the order in which they are read. :raises ConfigurationError: one has not the expected shape."""
    return keyed(table["tasks"], HelpTask, _FILE)


def words(process: Process) -> dict[str, str]:
    """What the texts may name, as it stands in the other tables."""
    company, portal = process.company, process.portal
    return {
        "company": company.short_name,
        "minutes": str(portal.link.minutes),
        "hours": str(portal.session.hours),
        "email": company.customer_service_email,
        "phone": company.customer_service_phone,
        "attention": company.customer_service_hours,
    }


def check_help(process: Process) -> Iterator[Finding]:
    """A word in braces that nobody fills in, or a brace that is left open."""
    known = words(process)
    for task in process.help:
        for text in (*task.steps, task.note):
            try:
                named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
            except ValueError:
                yield Finding(_FILE, f"tasks, {task.key}", text, "una llave quedó sin cerrar", "Escriba {nombre} completo.")
                continue
            for name in named:
                if name not in known:
                    yield Finding(_FILE, f"tasks, {task.key}", name, "no hay esa palabra", near(name, known))
