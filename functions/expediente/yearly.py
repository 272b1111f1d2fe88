"""The report of a year: every client that was served for at least a day of it, with its services, points and days.

For the authority that asks for clients and services each January. The tab of the register shows the same by a formula; this reads
the dossiers themselves, page by page, and is asked for by an administrator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from expediente import codec, templates, xlsx
from expediente.model import Dossier, State
from expediente.register_layout import ended_on, served_points, services_of, started_on
from expediente.texts import fold_name

if TYPE_CHECKING:
    from expediente.bootstrap import App

_PAGE = 200
# Pixels of a sheet's column to characters of Excel's.
_PIXELS_A_LETTER = 7


@dataclass(frozen=True)
class Served:
    """A client of the year. points: at how many places; ended: None = the service runs."""

    client: str
    ruc: str
    services: str
    points: int
    started: date
    ended: date | None


def report(app: App, year: int) -> list[Served]:
    """Whoever was served in a year, by name. Reads every dossier that is or was active."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = [one for one in _served(app) if one.started <= last and (one.ended is None or one.ended >= first)]
    return sorted(found, key=lambda one: (fold_name(one.client), one.started))


def _served(app: App) -> Iterator[Served]:
    for state in State:
        since = None
        while page := app.store.query("dossiers_by_state", equals=state.value, since=since, limit=_PAGE):
            for read in page:
                dossier = codec.from_data(Dossier, read.data)
                started, client = started_on(app.process, dossier), dossier.intake.client
                if started is not None:
                    ruc = " ".join(filter(None, (client.ruc, client.dv)))
                    services = services_of(app.process, dossier)
                    ended = ended_on(app.process, dossier)
                    yield Served(client.legal_name, ruc, services, served_points(dossier), started, ended)
            since = page[-1].data["opened_at"]


def as_excel(app: App, year: int, rows: list[Served]) -> bytes:
    """The report as a file for Excel, with the headings of the register's tab."""
    rule = templates.register(app.process.folder).tabs["yearly"]
    columns = [(column.label, max(12, column.width // _PIXELS_A_LETTER)) for column in rule.columns.values()]
    cells = [(one.client, one.ruc, one.services, one.points, one.started, one.ended) for one in rows]
    return xlsx.table(f"{rule.tab} {year}", columns, cells)
