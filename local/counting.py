"""Rómpalo's count: how many folders, workbooks and mails of a client people see, in Drive and in their mailboxes."""

from __future__ import annotations

from dataclasses import dataclass

from local.cast import Cast
from local.person import FOLDER, SPREADSHEET, Person
from local.situation import Link
from local.stack import Stack
from local.travel import TravelError
from local.way import Way


@dataclass(frozen=True)
class Found:
    """One line of the count: how many, of what, where to look."""

    count: int
    what: str
    link: Link


def count_all(stack: Stack, cast: Cast, way: Way) -> list[Found]:
    """What Drive and the mailboxes hold of this client."""
    name, keeper = way.case["cliente"]["razon_social"], way.encargado
    folders = keeper.files(f"name contains '{name}' and mimeType = '{FOLDER}' and trashed = false")
    if not folders:
        raise TravelError("no hay ninguna carpeta de este cliente")
    way.seen()
    legal = [folder for top in folders for folder in keeper.children(top["id"]) if folder["name"] == cast.folder_name("legal")]
    books = [item for folder in legal for item in keeper.children(folder["id"]) if item["mimeType"] == SPREADSHEET]
    found = [
        Found(
            len(folders),
            f"carpeta «{folders[0]['name']}»",
            Link("", keeper.address, f"/desk/drive/folder/{folders[0]['id']}"),
        ),
        Found(len(books), "libro Documentos", Link("", keeper.address, f"/desk/sheet/{books[0]['id']}" if books else "")),
    ]
    return found + [_mails(cast, person, role, name) for role, person in _told(stack, cast, way)]


def _told(stack: Stack, cast: Cast, way: Way) -> list[tuple[str, Person]]:
    """Whom a new client is told to, by what they are in the process."""
    roles = [*[area for area in cast.areas if cast.areas[area].get("early_mail")], "cumplimiento"]
    greeted = next(iter(cast.areas))
    people = {role: stack.person(cast.first(role)) for role in dict.fromkeys([greeted, *roles])}
    return [("vendedora", way.vendedora), *people.items()]


def _mails(cast: Cast, person: Person, role: str, name: str) -> Found:
    mails = [mail for mail in person.mails(f'"{name}"') if name in mail.text]
    path = f"/desk/mail/t/{mails[0].thread_id}" if mails else "/desk/mail"
    if role == "vendedora":
        # Her receipt alone: a form that comes again is answered, and rightly so, with another mail.
        mails = [mail for mail in mails if mail.text == mails[0].text]
    label = {**cast.areas, **cast.roles}[role]["label"]
    what = "recibo" if role == "vendedora" else "correo"
    return Found(len(mails), f"{what} a {cast.name(person.address)} ({label})", Link("", person.address, path))
