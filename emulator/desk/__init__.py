"""The desk: what people see of the local Workspace. Choose who you are, fill forms, open folders, tick sheets, read mail."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from emulator.desk import (
    asking,
    calls_page,
    discussion,
    drive_actions,
    drive_pages,
    form_editing,
    form_pages,
    mail_deeds,
    mail_pages,
    mail_writing,
    moving,
    people,
    sharing,
    sheet_pages,
    shortcuts,
)
from emulator.desk.web import Desk
from emulator.kernel import World
from emulator.ledger import Ledger

__all__ = ["routes"]

_PARTS = (
    asking,
    people,
    shortcuts,
    drive_pages,
    drive_actions,
    sharing,
    moving,
    discussion,
    sheet_pages,
    form_editing,
    form_pages,
    mail_deeds,
    mail_pages,
    mail_writing,
    calls_page,
)


def routes(app: web.Application, world: World, ledger: Ledger | None = None) -> None:
    """Put the desk into the application. Without a ledger the page of calls is empty."""
    desk = Desk(world, ledger or Ledger())
    app.router.add_static("/desk/static", Path(__file__).with_name("static"))
    for part in _PARTS:
        part.add_pages(desk, app)
    shortcuts.add_last_page(desk, app)
