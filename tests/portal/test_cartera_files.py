"""The files of Cartera together: in which order they are taken, and how one that stopped is taken up again."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from expediente import __main__ as cli
from expediente import ledger, ledger_drop, ledger_files, ledger_template
from expediente.errors import DoubtfulError
from expediente.google.drive import Change
from tests.portal.import_kit import DAY, Drop, FileState, csv_of, invoice, payment
from tests.portal.portal_kit import PortalApp


@pytest.fixture
def client_id(app: PortalApp) -> str:
    """A client with an account."""
    return app.add_client("C01").client_id


def _open(app: PortalApp, client_id: str) -> dict[str, Decimal]:
    """What is open of the items of these tests, by number."""
    items = ledger.position(app, client_id, DAY).items
    return {item.number: item.balance for item in items if item.number.startswith("X-")}


def test_payments_that_come_before_their_invoices_are_taken_behind_them(app: PortalApp, client_id: str) -> None:
    """Cartera drops payments, a broken file and invoices at once, payments first in the feed: no row is answered as an error."""
    drop = Drop(app)
    names = {
        "1 pagos.csv": csv_of(payment("C01", "R-1", "100.00", Aplica_a="X-1"), payment("C01", "R-2", "30.00", Aplica_a="X-2")),
        "2 roto.csv": b"\x00",
        "3 facturas.csv": csv_of(invoice("C01", "X-1"), invoice("C01", "X-2")),
    }
    keys = {name: drop.put(name, data) for name, data in names.items()}
    ledger_files.work(app)
    files = {name: drop.file(key) for name, key in keys.items()}
    assert {file.state for file in files.values()} == {FileState.DONE}
    assert files["1 pagos.csv"].counts == {"new": 2}
    assert files["3 facturas.csv"].counts == {"new": 2}
    assert _open(app, client_id) == {"X-2": Decimal("70.00")}


def test_a_file_that_ends_the_process_is_parked_like_any_other(
    app: PortalApp, client_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file on which the process dies waits beside another one: its runs are counted, it is parked, and the other one is taken in."""
    drop = Drop(app)
    bad, good = drop.put("1 mala.csv", b"\x00"), drop.put("2 facturas.csv", csv_of(invoice("C01", "X-1")))
    download = drop.download

    def dies(file_id: str) -> bytes:
        if drop.file(bad).file_id == file_id:
            raise SystemExit
        return download(file_id)

    monkeypatch.setattr(drop, "download", dies)
    for _ in range(ledger_files.MAX_ATTEMPTS + 2):
        with suppress(SystemExit):
            ledger_files.work(app)
        app.hand_clock.at += timedelta(hours=1)
    assert drop.file(bad).state is FileState.PARKED
    assert drop.file(good).state is FileState.DONE
    assert _open(app, client_id) == {"X-1": Decimal("100.00")}


def test_a_file_without_a_known_tab_is_looked_at_once_for_its_place(
    app: PortalApp, client_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not downloaded again for its place; one that Google did not give is, and keeps its turn before the payments."""
    drop = Drop(app)
    drop.put("0 roto.csv", b"\x00")
    paid = drop.put("1 pagos.csv", csv_of(payment("C01", "R-1", "100.00", Aplica_a="X-1")))
    billed = drop.put("2 facturas.csv", csv_of(invoice("C01", "X-1")))
    asked: list[str] = []
    download = drop.download
    failures = iter([DoubtfulError("drive.files.get", 503, "backendError")])

    def first_fails(file_id: str) -> bytes:
        asked.append(file_id)
        if file_id == drop.file(billed).file_id and (failure := next(failures, None)):
            raise failure
        return download(file_id)

    monkeypatch.setattr(drop, "download", first_fails)
    now = app.clock.now()
    for _ in range(3):
        due = ledger_files._in_order(app, app.store.query("due_ledger_files", until=now), time.monotonic() + 60)
    assert asked == ["f0", "f1", "f2", "f2"]
    assert [read.key for read in due] == [billed, paid, next(read.key for read in due if read.data["file_id"] == "f0")]


def test_a_file_that_was_begun_is_finished_first(app: PortalApp, client_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time runs out in the middle of a file: the next run ends it before those that were dropped meanwhile, from its cursor on."""
    drop = Drop(app)
    template = ledger_template.template(app.process.folder)
    monkeypatch.setitem(template.limits, "rows_at_once", 1)
    monkeypatch.setattr(ledger_files, "RUN_SECONDS", 0.05)
    seconds = iter([0.0, 0.0, 0.0, *([1.0] * 50)])
    monkeypatch.setattr("expediente.ledger_files.time.monotonic", lambda: next(seconds))
    begun = drop.put("pagos.csv", csv_of(*(payment("C01", f"R-{n}", "10.00", Aplica_a="A favor") for n in range(3))))
    ledger_files.work(app)
    assert (drop.file(begun).state, drop.file(begun).cursor) == (FileState.TAKING, 1)
    monkeypatch.undo()
    later = [drop.put(f"{n}.csv", csv_of(invoice("C01", f"X-{n}"))) for n in (1, 2)]
    order: list[str] = []
    download = drop.download
    monkeypatch.setattr(drop, "download", lambda file_id: (order.append(file_id), download(file_id))[1])
    ledger_files.work(app)
    assert {drop.file(key).state for key in (begun, *later)} == {FileState.DONE}
    assert drop.file(begun).cursor == 3
    # Those that wait are looked at for their tabs; then the one that was begun comes.
    assert order == ["f1", "f2", "f0", "f1", "f2"]


def _parked(app: PortalApp, drop: Drop) -> str:
    """A payments file on which every run fails until it is parked; gives its key."""
    key = drop.put("abril.csv", csv_of(payment("C01", "R-1", "60.00", Aplica_a="X-1")))
    drop.broken["f0"] = ValueError("no one thought of this")
    for _ in range(5):
        app.hand_clock.at += timedelta(hours=1)
        ledger_files.work(app)
    assert drop.file(key).state is FileState.PARKED
    return key


def _mails(app: PortalApp) -> list[str]:
    return [mail.text for mail in app.mails() if "abril.csv" in mail.text]


def test_an_administrator_resumes_a_parked_file_by_the_key_in_its_mail(
    app: PortalApp, client_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mail says the key and what to do; `status --parked` lists the file; `resume` has it taken, and its own mail follows."""
    drop = Drop(app)
    drop.rows(invoice("C01", "X-1"))
    monkeypatch.setattr(cli, "_app", lambda: app)
    key = _parked(app, drop)
    (told,) = _mails(app)
    assert "dele esta clave: f0." in told
    assert "lo borra de Entrada y lo sube de nuevo" in told
    assert cli.main(["status", "--parked"]) == 0
    assert "abril.csv  parked  desde" in (shown := capsys.readouterr().out)
    assert "detenido: f0" in shown
    # Resumed too early, it is parked again and Cartera hears of it again.
    assert cli.main(["resume", "f0"]) == 0
    for _ in range(5):
        app.hand_clock.at += timedelta(hours=1)
        ledger_files.work(app)
    assert drop.file(key).state is FileState.PARKED
    assert len(_mails(app)) == 2
    drop.broken.clear()
    assert cli.main(["resume", "f0"]) == 0
    ledger_files.work(app)
    assert drop.file(key).state is FileState.DONE
    assert drop.file(key).refusals == ()
    assert _open(app, client_id) == {"X-1": Decimal("40.00")}
    assert len(_mails(app)) == 3
    capsys.readouterr()
    assert cli.main(["resume", "f0"]) == 1
    assert "ni archivo detenido" in capsys.readouterr().err
    assert cli.main(["status", "--parked"]) == 0
    assert "abril.csv" not in capsys.readouterr().out


def test_a_parked_file_that_is_dropped_anew_goes_on(app: PortalApp, client_id: str) -> None:
    """Cartera lets the same file replace itself in Entrada: what the feed told before is nothing new, what it tells now is."""
    drop = Drop(app)
    drop.rows(invoice("C01", "X-1"))
    key = _parked(app, drop)
    file = drop.file(key)
    drop.broken.clear()
    assert file.parked_at is not None
    again = Change(
        "f0", removed=False, at=file.at, name=file.name, mime_type="text/csv", parents=("entrada",), sha256=file.digest
    )
    for at, state in ((file.at, FileState.PARKED), (file.parked_at + timedelta(minutes=1), FileState.DONE)):
        ledger_drop.note(app, [replace(again, at=at)])
        ledger_files.work(app)
        assert drop.file(key).state is state
    assert _open(app, client_id) == {"X-1": Decimal("40.00")}
