"""The minute that takes an edited workbook Ajustes in dies at any call or commit; the next one comes to the same end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from expediente import adjustments_book, codec, events, templates
from expediente.model import Event, Site
from expediente.store import Update
from tests.harness import DOMAIN, Death, Killed, Stack, cases
from tests.local_workspace import Workspace

GERENCIA = f"gerencia.uno@{DOMAIN}"
ONE, TWO = f"vendedora.uno@{DOMAIN}", f"vendedora.dos@{DOMAIN}"
CASE = "C01"
# Prime to the two sides of a call.
STRIDE = 3
SOAK_SECONDS = 3600


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """An open dossier, and Gerencia has just typed an absence, a telephone and a nonsense; nobody has looked yet."""
    workspace = Workspace.start()
    (folder / "adjustments").mkdir()
    made = Stack(workspace, folder / "adjustments")
    made.set_up()
    app = made.app
    file_id = adjustments_book.create(app)
    adjustments_book.build(app, file_id)
    app.google.drive.add_grant(file_id, f"gerencia@{DOMAIN}", "group", "writer")
    read = app.store.get("site", "main")
    assert read is not None
    site = replace(codec.from_data(Site, read.data), adjustments_id=file_id)
    app.store.commit([Update("site", "main", codec.to_data(site), read.version)])
    # The files of a store can only be put aside once nobody has them open.
    made._close_store()
    made.restart()
    made.send_form(cases()[CASE])
    made.live()
    cells = {
        "Ausencias!B4": "Marisol Quintero Vega",
        "Ausencias!C4": "01/03/2026",
        "Ausencias!D4": "20/03/2026",
        "Contacto!C5": "+507 200-0777",
        "Plazos!C4": "pronto",
    }
    workspace.type_in(GERENCIA, file_id, cells)
    made.keep("edited")
    yield made
    workspace.stop()


def _seen(stack: Stack) -> dict[str, Any]:
    """What everybody finds: the record, the chain, the sheet, who may write into the delivery folder, which phone mails bear."""
    record = adjustments_book.stored(stack.app)
    assert record is not None and not stack.pending()
    chain = [codec.from_data(Event, read.data) for read in stack.app.store.query("events_of_dossier", equals="adjustments")]
    assert not events.verify(chain, record.chain_head)
    book = stack.app.site.adjustments_id
    tabs = {tab: stack.workspace.rows(GERENCIA, book, tab) for tab in ("Contacto", "Ausencias", "Plazos", "Leer primero")}
    tabs["Leer primero"] = [row[:1] if row[0] == "state" else row for row in tabs["Leer primero"]]
    folder_id = stack.dossier(cases()[CASE]).file_id("folder/delivery")
    return {
        "version": record.version,
        "values": record.values,
        "events": [(event.seq, event.kind, event.data["version"]) for event in chain],
        "tabs": tabs,
        "grants": sorted(stack.workspace.grants(folder_id)),
        "phone": stack.app.process.company.customer_service_phone,
    }


def _play(stack: Stack, death: Death) -> dict[str, Any]:
    """The minutes after the edit, with a process that may die and one that follows it."""
    stack.take("edited", death)
    try:
        stack.live(3)
    except Killed:
        stack.bus.waiting.clear()
        stack.restart()
    # Whoever has lived so long dies no more; what the later minutes do is counted no more either.
    death.kind, counts = "", death.counts.copy()
    stack.live(4)
    death.counts = counts
    return _seen(stack)


def _play_deaths(stack: Stack, stride: int) -> None:
    first = Death()
    wanted = _play(stack, first)
    assert wanted["version"] == 1 and wanted["phone"] == "+507 200-0777" and len(wanted["events"]) == 1
    assert {TWO, ONE} <= {address for address, _ in wanted["grants"]}
    assert any("Debe ser un número entero" in cell for row in wanted["tabs"]["Plazos"] for cell in map(str, row))
    every = [
        (kind, nth, when)
        for kind in ("call", "commit")
        for nth in range(1, first.counts[kind] + 1)
        for when in ("before", "after")
    ]
    assert len(every) >= 20
    wrong = []
    for kind, nth, when in every[::stride]:
        seen = _play(stack, Death(kind, nth, when))
        wrong += [(kind, nth, when, name) for name in wanted if seen[name] != wanted[name]]
    assert not wrong


def test_adjustments_are_taken_in_once_whatever_dies(stack: Stack) -> None:
    """Before and after a third of the calls and commits: one version, one event, the same notices, the substitute in the folder."""
    _play_deaths(stack, STRIDE)


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS)
def test_adjustments_are_taken_in_once_wherever_it_dies(stack: Stack) -> None:
    """The same for all of them."""
    _play_deaths(stack, 1)


@pytest.mark.parametrize("method", ["values.batchGetByDataFilter", "values.batchUpdateByDataFilter"])
@pytest.mark.parametrize(("when", "what"), [("before", "500"), ("before", "429"), ("after", "close"), ("after", "cut")])
def test_adjustments_wait_for_google(stack: Stack, method: str, when: str, what: str) -> None:
    """Reading or answering that Google refuses or does not answer for is done by a later minute."""
    wanted = _play(stack, Death())
    stack.take("edited")
    stack.workspace.fault({"method": f"sheets.spreadsheets.{method}", "nth": 1, "when": when, "do": what})
    stack.live(4)
    assert _seen(stack) == wanted


def test_a_wish_to_go_back_is_taken_once_though_the_workbook_cannot_be_written(stack: Stack) -> None:
    """Version 2 is taken back; while Sheets refuses to write for some minutes nothing goes back and forth."""
    stack.take("edited")
    stack.live(4)
    book = stack.app.site.adjustments_id
    stack.workspace.type_in(GERENCIA, book, {"Contacto!C5": "+507 200-0888"})
    stack.live(3)
    assert stack.app.process.company.customer_service_phone == "+507 200-0888"
    rows = stack.workspace.rows(GERENCIA, book, "Leer primero")
    number = next(number for number, row in enumerate(rows, 1) if row and row[0] == "restore")
    texts = templates.adjustments(stack.app.tables.folder).texts
    stack.workspace.fault({"method": "sheets.spreadsheets.batchUpdate", "do": "503", "when": "before", "times": 5})
    stack.workspace.type_in(GERENCIA, book, {f"Leer primero!C{number}": texts["restore_previous"]})
    stack.live(8)
    stack.workspace.fault()
    stack.live(3)
    record = adjustments_book.stored(stack.app)
    assert record is not None and record.version == 3
    assert stack.app.process.company.customer_service_phone == "+507 200-0777"
