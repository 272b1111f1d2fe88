"""What each screen of the tour shows, where a visitor does the next act himself, and by what one sees that it has been done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from local.situation import Link

if TYPE_CHECKING:
    from local.person import Person
    from local.tour import Tour

Json = dict[str, Any]


def _folder(tour: Tour, key: str = "") -> Link:
    keeper, folder_id = tour.way.encargado, tour.way.root_id
    return Link("Carpeta", keeper.address, f"/desk/drive/folder/{tour.way.folder(key) if key else folder_id}")


def _sheet(tour: Tour, person: Person, area: str = "") -> Link:
    """The control sheet, at the last box of an area's own where one is named."""
    sheet_id, cell = tour.way.control_sheet(), ""
    if area:
        rows, columns = tour.way.control_rows(sheet_id, person)
        own = [number for number, row in enumerate(rows) if _is_box(row, columns[area])]
        cell = f"?cell={chr(ord('A') + columns[area])}{own[-1] + 1}"
    return Link("Hoja de control", person.address, f"/desk/sheet/{sheet_id}{cell}")


def _is_box(row: list[Any], column: int) -> bool:
    return len(row) > column and str(row[0]).startswith("mark:") and isinstance(row[column], bool)


LOOKS: dict[str, Callable[[Tour], Link]] = {
    "start": lambda tour: tour.form(),
    "correction": lambda tour: tour.latest_mail(tour.way.vendedora),
    "dossier": _folder,
    "papers": lambda tour: Link("Libro Documentos", tour.way.encargado.address, f"/desk/sheet/{tour.way.workbook()}"),
    "returned": lambda tour: tour.latest_mail(tour.way.vendedora),
    "complete": lambda tour: _folder(tour, "legal"),
    "handover": lambda tour: tour.latest_mail(tour.first(tour.words["other"])),
    "refused": lambda tour: _sheet(tour, tour.first(tour.words["intruder"]), tour.words["other"]),
    "confirmed": lambda tour: _sheet(tour, tour.way.encargado, next(iter(tour.cast.areas))),
    "active": lambda tour: tour.latest_mail(tour.client),
}


# Where a visitor does himself what comes next, by the key of the screen that it leads to.
SELF: dict[str, Callable[[Tour], Link]] = {
    "correction": lambda tour: tour.form(),
    "dossier": lambda tour: tour.latest_mail(tour.way.vendedora),
    "papers": lambda tour: Link("", tour.way.vendedora.address, f"/desk/drive/folder/{tour.way.delivery_folder()}"),
    "returned": LOOKS["papers"],
    "complete": lambda tour: Link("", tour.way.vendedora.address, f"/desk/drive/folder/{tour.way.delivery_folder()}"),
    "handover": lambda tour: Link("", tour.first("cumplimiento").address, f"/cumplimiento/{tour.way.dossier_id}", signed=True),
    "refused": LOOKS["refused"],
    "confirmed": lambda tour: _sheet(tour, tour.first(next(iter(tour.cast.areas))), next(iter(tour.cast.areas))),
    "active": lambda tour: Link("", tour.way.encargado.address, f"/cierre/{tour.way.dossier_id}", signed=True),
}


# --- what has been done --------------------------------------------------------------------------------------------------------


def states(tour: Tour, state: str) -> list[Json]:
    """The rows of papers in a state, by its key."""
    word = tour.cast.documents_sheet["states"][state]
    return [row for row in tour.way.paper_rows() if row["state"] == word]


def open_areas(tour: Tour) -> list[str]:
    """Areas that still have something to confirm."""
    texts = tour.cast.control_sheet["texts"]
    done = (texts["state_done"], texts["not_applicable"])
    return [area for area, state in tour.way.area_states().items() if state not in done]


def all_verified(tour: Tour) -> bool:
    """Whether no paper of the vendedora is open any more."""
    return len(states(tour, "verified")) == len(tour.way.paper_rows())


DONE: dict[str, Callable[[Tour], bool]] = {
    "correction": lambda tour: bool(tour.mails_about(tour.way.vendedora)),
    "dossier": lambda tour: tour.way.seen(),
    "papers": lambda tour: len(_delivered(tour)) >= len(tour.way.papers),
    "returned": lambda tour: bool(states(tour, "returned")),
    "complete": all_verified,
    "handover": lambda tour: bool(tour.way.control_sheet()),
    "confirmed": lambda tour: not open_areas(tour),
    "active": lambda tour: tour.way.parent_name() == tour.cast.access["parents"]["active"]["name"],
}


def _delivered(tour: Tour) -> list[Json]:
    rows = tour.way.paper_rows()
    return [row for row in rows if str(row["files"]) not in ("", "0")]
