"""Cartera drops a workbook and the PDF of an invoice; the process dies at any call or commit, and the accounts come to the same end."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from expediente import codec, ledger, ledger_setup, status
from expediente.ledger_data import Movement, MovementKind
from expediente.model import Site
from expediente.store import Create, Update
from tests.harness import DOMAIN, Death, Killed, Stack
from tests.local_workspace import Workspace
from tests.staging_bucket import NAME, StagingBucket

CARTERA = f"cartera.uno@{DOMAIN}"
ONE, TWO = "155990008-2-2024", "155990016-2-2024"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY = date(2026, 3, 2)
INVOICE = ["RUC", "Factura", "Fecha", "Vence", "Subtotal", "ITBMS", "Total"]
PAYMENT = ["RUC", "Referencia", "Tipo", "Fecha", "Monto", "Aplica a"]
PDF = b"%PDF-1.4 factura uno"
BUSY = date(2026, 2, 1), date(2026, 3, 1)


def workbook(**sheets: list[list[Any]]) -> bytes:
    """A workbook as Excel saves it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


FIRST = workbook(
    Facturas=[
        INVOICE,
        *([ONE, f"FE-{n}", *BUSY, 100, 7, 107] for n in range(1, 6)),
        [ONE, "FE-6", *BUSY, 100, 7, 108],
        [TWO, "FE-7", *BUSY, 200, 14, 214],
        ["8-999-9999", "FE-8", *BUSY, 100, 7, 107],
    ],
    Pagos=[PAYMENT, [ONE, "ACH-1", "Pago", BUSY[1], 150, "FE-2: 107"], [TWO, "ACH-2", "Pago", BUSY[1], 300, None]],
    Clientes=[["RUC", "Cupo", "Plazo en días"], [ONE, 1000, 30]],
)


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """A company of two clients whose Cartera has just dropped a workbook and a PDF; nobody has looked yet."""
    workspace = Workspace.start()
    (folder / "ledger").mkdir()
    bucket = StagingBucket(folder / "ledger_bucket")
    made = Stack(workspace, folder / "ledger", bucket)
    made.settings = replace(made.settings, client_bucket=NAME)
    made.restart()
    made.set_up()
    app = made.app
    found = app.store.get("site", "main")
    assert found is not None
    site = codec.from_data(Site, found.data)

    def grants(file_id: str, _: str, rules: Any) -> None:
        for rule in rules:
            app.google.drive.add_grant(file_id, app.process.group_of(rule.principal.partition(":")[2]), "group", rule.role)

    run = ledger_setup.Run(app, lambda _, action: action() or "", lambda file_id: file_id, grants)
    site = replace(site, ledger=ledger_setup.folders(run, site))
    clients = [
        Create("unique", f"client/juridica:{ruc}", {"client_id": name}) for ruc, name in ((ONE, "CLI-ONE"), (TWO, "CLI-TWO"))
    ]
    app.store.commit([Update("site", "main", codec.to_data(site), found.version), *clients])
    # The files of a store can only be put aside once nobody has them open.
    made._close_store()
    made.restart()
    made.live()
    drop(made, "marzo.xlsx", FIRST)
    drop(made, "fe-1.pdf", PDF, "application/pdf")
    made.keep("dropped")
    yield made
    bucket.stop()
    workspace.stop()


def drop(stack: Stack, name: str, content: bytes, mime: str = XLSX) -> str:
    """Cartera drops a file into Entrada."""
    return stack.workspace.upload(CARTERA, stack.app.site.ledger["incoming"], name, mime, content)


def texts(stack: Stack) -> list[str]:
    """The mails that Cartera has got."""
    return [
        read.data["text"] for read in stack.app.store.query("outbox_by_state", equals="sent") if read.key.startswith("ledger/")
    ]


def seen(stack: Stack) -> dict[str, Any]:
    """What everybody finds: accounts, the answer cell by cell, where the files lie, the bucket, Cartera's mailbox."""
    app, ids = stack.app, stack.app.site.ledger
    assert not stack.pending()
    folders = {ids[key]: key for key in ids}
    files = [file for file in stack.workspace.files() if not file.get("trashed")]
    lying = sorted((folders[file["parents"][0]], file["name"]) for file in files if file.get("parents", [""])[0] in folders)
    answers = {}
    for file in files:
        if file.get("parents", [""])[0] == ids["answered"]:
            book = openpyxl.load_workbook(io.BytesIO(app.google.drive.download(file["id"])))
            answers[file["name"]] = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    one, two = (ledger.position(app, client_id, DAY) for client_id in ("CLI-ONE", "CLI-TWO"))
    items = ledger.items_between(app, "CLI-ONE", date.min)
    copies = {item.number: item.pdf for item in items if item.pdf}
    for copy in copies.values():
        assert len(copy.name) > 30
        assert app.google.storage.read(NAME, copy.name) == PDF
    return {
        "lying": lying,
        "answers": answers,
        "one": (one.owed, one.credit, one.limit, [(item.number, item.balance) for item in one.items]),
        "two": (two.owed, two.credit),
        "versions": [app.store.get("account", name).data["version"] for name in ("CLI-ONE", "CLI-TWO")],
        "copies": {number: copy.sha256 for number, copy in copies.items()},
        "objects": len(stack.bucket.names(NAME)),
        "mail": sorted(text.splitlines()[0] for text in stack.workspace.inbox(CARTERA)),
    }


def _play(stack: Stack, death: Death) -> dict[str, Any]:
    """The minutes after the drop, with a process that may die and one that follows it."""
    stack.take("dropped", death)
    try:
        stack.live(3)
    except Killed:
        stack.bus.waiting.clear()
        stack.restart()
    # Whoever has lived so long dies no more; what the later minutes do is counted no more either.
    death.kind, counts = "", death.counts.copy()
    stack.live(6)
    death.counts = counts
    return seen(stack)


def test_a_dropped_file_is_taken_in_once_whatever_dies(stack: Stack) -> None:
    """Before and after a third of all calls and commits: same accounts, same answer, one mail, one object that counts."""
    first = Death()
    wanted = _play(stack, first)
    assert wanted["one"][:3] == (428, 43, 1000)
    assert wanted["one"][3][0] == ("FE-1", 107)
    assert wanted["two"] == (0, 86)
    assert wanted["lying"] == [
        ("answered", "marzo · revisado.xlsx"),
        ("done", "fe-1.pdf"),
        ("done", "marzo.xlsx"),
        ("root", "Entrada"),
        ("root", "Plantilla de cartera.xlsx"),
        ("root", "Procesado"),
        ("root", "Revisado"),
    ]
    told = wanted["answers"]["marzo · revisado.xlsx"]["Facturas"]
    assert told[0][:2] == ["Resultado", "RUC"]
    assert told[1][:3] == ["Registrada", ONE, "FE-1"]
    assert "no es subtotal más ITBMS (107.00)" in told[6][0]
    assert "no es de ningún cliente" in told[8][0]
    assert wanted["answers"]["marzo · revisado.xlsx"]["Pagos"][2][0] == "Registrada; queda a favor 86.00"
    assert list(wanted["copies"]) == ["FE-1"]
    assert len(wanted["mail"]) == 1
    wrong, played = [], 0
    for kind in ("call", "commit"):
        for nth in range(1, first.counts[kind] + 1):
            for place, when in enumerate(("before", "after")):
                if (nth + place) % 3:
                    continue
                found = _play(stack, Death(kind, nth, when))
                played += 1
                # An object whose ledger died with it is there and means nothing: nobody knows its name.
                wrong += [(kind, nth, when, name) for name in wanted if name != "objects" and found[name] != wanted[name]]
                assert found["objects"] <= 2
    assert played >= 15 and not wrong


@pytest.mark.parametrize("method", ["drive.files.get", "drive.files.create", "drive.files.update"])
@pytest.mark.parametrize(("when", "what"), [("before", "500"), ("after", "close")])
def test_a_dropped_file_waits_for_google(stack: Stack, method: str, when: str, what: str) -> None:
    """What Google refuses, or does not answer for, is done by a later minute."""
    wanted = _play(stack, Death())
    stack.take("dropped")
    stack.workspace.fault({"method": method, "nth": 1, "when": when, "do": what})
    stack.live(6)
    assert seen(stack) == wanted


def test_the_same_file_again_changes_nothing_and_a_corrected_one_replaces(stack: Stack) -> None:
    """The second time every row was there already; the third, two rows have other values and the accounts follow."""
    before = _play(stack, Death())
    drop(stack, "marzo otra vez.xlsx", FIRST)
    stack.live(6)
    again = seen(stack)
    assert [again[name] for name in ("one", "two", "versions", "copies")] == [
        before[name] for name in ("one", "two", "versions", "copies")
    ]
    told = again["answers"]["marzo otra vez · revisado.xlsx"]
    assert {row[0] for row in (*told["Facturas"][1:6], *told["Pagos"][1:], *told["Clientes"][1:])} == {"Ya estaba igual"}
    facts = [[ONE, "FE-2", *BUSY, 50, 3.5, 53.5], [ONE, "FE-6", *BUSY, 100, 7, 107]]
    fixed = workbook(Facturas=[INVOICE, *facts], Pagos=[PAYMENT, [TWO, "ACH-2", "Pago", BUSY[1], 214, None]])
    drop(stack, "marzo corregido.xlsx", fixed)
    stack.live(6)
    after = seen(stack)
    told = after["answers"]["marzo corregido · revisado.xlsx"]
    assert [row[0] for row in told["Facturas"][1:]] == ["Reemplazó a la anterior", "Registrada"]
    assert after["two"] == (0, 0)
    assert after["one"][:2] == (before["one"][0] + 107, Decimal("96.50"))
    assert len(after["mail"]) == 3


@pytest.mark.parametrize(
    "who", ["encargado.uno", "vendedora.uno", "operaciones.uno", "servicio.uno", "gerencia.uno", "cumplimiento.uno"]
)
def test_nobody_but_cartera_sees_what_is_dropped(stack: Stack, who: str) -> None:
    """For Expedientes, sales, areas, Gerencia and Cumplimiento the folder, the answer and the file do not exist."""
    _play(stack, Death())
    ids = stack.app.site.ledger
    files = [file["id"] for file in stack.workspace.files() if file.get("parents", [""])[0] in ids.values()]
    assert len(files) == 7
    for file_id in (ids["root"], *files):
        path = f"/drive/v3/files/{file_id}?supportsAllDrives=true&fields=id"
        assert stack.workspace.request(CARTERA, "GET", path)["id"] == file_id
        with pytest.raises(AssertionError, match="404"):
            stack.workspace.request(f"{who}@{DOMAIN}", "GET", path)


def test_a_copy_waits_for_its_invoice_and_is_asked_for_once(stack: Stack) -> None:
    """A PDF named by a column, a false PDF, an XML nobody names: linked later, answered at once, asked for after a day and only once."""
    _play(stack, Death())
    drop(stack, "Factura de abril.pdf", PDF, "application/pdf")
    drop(stack, "nadie.xml", b"<factura/>", "text/xml")
    drop(stack, "FE-2.pdf", b"<html>no soy un PDF</html>", "application/pdf")
    stack.live(4)
    waiting = seen(stack)
    assert ("incoming", "Factura de abril.pdf") in waiting["lying"]
    assert len(waiting["mail"]) == 2
    fixed = workbook(Facturas=[[*INVOICE, "Archivo PDF"], [ONE, "FE-3", *BUSY, 100, 7, 107, "factura de ABRIL.pdf"]])
    drop(stack, "abril.xlsx", fixed)
    for _ in range(3):
        stack.minute(6 * 3600.0)
    assert sorted(seen(stack)["copies"]) == ["FE-1", "FE-3"]
    for _ in range(9):
        stack.minute(6 * 3600.0)
    (mail,) = [text for text in texts(stack) if "nadie.xml" in text]
    assert "abril" not in mail
    assert ("incoming", "nadie.xml") in seen(stack)["lying"]


@pytest.mark.parametrize(
    ("name", "content", "mime", "said"),
    [
        ("marzo.xlsx", b"PK\x03\x04 roto", XLSX, "dañado"),
        ("marzo.docx", b"PK\x03\x04", XLSX, "no es .xlsx ni .csv"),
        ("notas.csv", b"a;b\n1;2", "text/csv", "Plantilla de cartera"),
        ("facturas.csv", b"RUC;Factura;Fecha;Vence;Subtotal;ITBMS\n", "text/csv", "faltan las columnas Total"),
    ],
)
def test_a_file_that_is_not_taken_is_answered_by_mail(stack: Stack, name: str, content: bytes, mime: str, said: str) -> None:
    """Cartera reads why and what to do; the file leaves Entrada; no account changes."""
    before = _play(stack, Death())
    drop(stack, name, content, mime)
    stack.live(4)
    after = seen(stack)
    assert after["one"] == before["one"]
    (mail,) = [text for text in texts(stack) if said in text]
    assert name in mail
    assert not [name for place, name in after["lying"] if place == "incoming"]


def test_a_file_changed_while_it_waits_is_taken_as_it_is_now(stack: Stack) -> None:
    """The bytes that were noted first are gone: only what lies there is taken, and told once."""
    before = _play(stack, Death())
    line = f"RUC;Factura;Fecha;Vence;Subtotal;ITBMS;Total\n{ONE};FE-9;01/02/2026;01/03/2026;{{}};0;{{}}\n"
    file_id = drop(stack, "abril.csv", line.format(10, 10).encode(), "text/csv")
    stack.on_tick()
    path = f"/upload/drive/v3/files/{file_id}?uploadType=media&supportsAllDrives=true"
    stack.workspace.request(CARTERA, "PATCH", path, raw=line.format(20, 20).encode(), mime="text/csv")
    stack.live(6)
    after = seen(stack)
    assert after["one"][0] == before["one"][0] + 20
    assert len(after["mail"]) == len(before["mail"]) + 1


def test_a_long_file_goes_on_in_the_next_run_while_a_client_pays(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run has time for one batch; a payment in between is neither lost nor done twice."""
    _play(stack, Death())
    seconds = itertools.count(step=30)
    monkeypatch.setattr("expediente.ledger_files.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    lines = [f"{TWO};M-{n};01/02/2026;01/03/2026;10;0;10" for n in range(900)]
    drop(stack, "muchas.csv", "\n".join(["RUC;Factura;Fecha;Vence;Subtotal;ITBMS;Total", *lines]).encode(), "text/csv")
    stack.workspace.advance(61)
    stack.on_tick()
    runs = 0
    while stack.bus.waiting:
        stack.deliver(*stack.bus.next())
        runs += 1
        told = status.ledger_files(stack.app)
        if runs == 1:
            assert told[0]["file"] == "muchas.csv"
            assert 0 < told[0]["rows"] < told[0]["of"] == 900
            movement = Movement("CLI-TWO", "PORTAL1", MovementKind.PAYMENT, DAY, Decimal("25.00"), "B/.")
            assert ledger.apply_movement(stack.app, movement)
    assert runs > 2
    stack.live(3)
    position = ledger.position(stack.app, "CLI-TWO", DAY)
    assert (position.owed, position.credit) == (Decimal("8975.00"), Decimal("86.00"))
