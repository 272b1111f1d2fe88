"""What each screen of the tour shows, where a visitor does the next act himself, and by what one sees that it has been done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from local.accounts import contact_of, incoming
from local.situation import Link, register_table
from local.tour_portal import number_of

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


def _page(tour: Tour, person: Person, path: str, label: str) -> Link:
    return Link(f"{label}, como {tour.cast.name(person.address).split()[0]}", person.address, path, signed=True)


def _own_page(tour: Tour, area: str) -> Link:
    """Where an area reviews and signs."""
    return _page(tour, tour.first(area), tour.way.signing_page(area), "Revisar y firmar")


def _register(tour: Tour) -> Link:
    """The register of Expedientes, where every client is a row."""
    book = register_table()["workbooks"]["expedientes"]["file_name"]
    (found,) = tour.way.encargado.files(f"name = '{book}'")
    return Link("Registro", tour.way.encargado.address, f"/desk/sheet/{found['id']}")


def _incoming(tour: Tour) -> Link:
    """Where Cartera drops what accounting exported."""
    person = tour.first("cartera")
    return Link("Carpeta", person.address, f"/desk/drive/folder/{incoming(person, tour.cast)}")


def _portal_mail(tour: Tour, words: str) -> Link:
    """The client's latest mail that says something. :raises StopIteration: there is none."""
    person = tour.stack.person(contact_of(tour.way.case))
    found = next(mail for mail in reversed(person.mails()) if words in mail.text)
    return Link("Correo", person.address, f"/desk/mail/t/{found.thread_id}")


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
    "record": lambda tour: _register(tour),
    "portal": lambda tour: _portal_mail(tour, "/entrar/"),
    "paid": lambda tour: _portal_mail(tour, number_of(tour)),
    "foreign": lambda tour: _portal_mail(tour, "/entrar/"),
}


# What else there is to see, beside what a screen shows: pages that let nobody put them into a frame.
ALSO: dict[str, Callable[[Tour], Link]] = {
    "dossier": lambda tour: _page(tour, tour.way.vendedora, tour.way.delivery_page, "Entregar documentos"),
    "papers": lambda tour: _page(tour, tour.way.vendedora, tour.way.delivery_page, "Entregar documentos"),
    "handover": lambda tour: _own_page(tour, tour.words["other"]),
    "confirmed": lambda tour: _own_page(tour, tour.words["other"]),
    "record": lambda tour: _page(tour, tour.way.encargado, f"/expediente/{tour.way.dossier_id}", "Página del expediente"),
}


# Where a visitor does himself what comes next, by the key of the screen that it leads to.
SELF: dict[str, Callable[[Tour], Link]] = {
    "correction": lambda tour: tour.form(),
    "dossier": lambda tour: tour.latest_mail(tour.way.vendedora),
    "papers": ALSO["papers"],
    "returned": LOOKS["papers"],
    "complete": ALSO["papers"],
    "handover": lambda tour: Link("", tour.first("cumplimiento").address, f"/cumplimiento/{tour.way.dossier_id}", signed=True),
    "refused": LOOKS["refused"],
    "confirmed": lambda tour: _own_page(tour, next(iter(tour.cast.areas))),
    "active": lambda tour: Link("", tour.way.encargado.address, f"/cierre/{tour.way.dossier_id}", signed=True),
    "record": ALSO["record"],
    "portal": lambda tour: _incoming(tour),
    "paid": LOOKS["portal"],
    "foreign": LOOKS["portal"],
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
    "papers": lambda tour: len(delivered(tour)) >= len(tour.way.papers),
    "returned": lambda tour: bool(states(tour, "returned")),
    "complete": all_verified,
    "handover": lambda tour: bool(tour.way.control_sheet()),
    "confirmed": lambda tour: not open_areas(tour),
    "active": lambda tour: tour.way.parent_name() == tour.cast.access["parents"]["active"]["name"],
}


def delivered(tour: Tour) -> list[Json]:
    """The rows of papers of which a file has come."""
    rows = tour.way.paper_rows()
    return [row for row in rows if str(row["files"]) not in ("", "0")]
