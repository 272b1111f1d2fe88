"""What the portal leaves behind is removed by the nightly job once its days are over, and what must be kept stays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from expediente import codec, feeds, ledger, ledger_files
from expediente.ledger_file_data import FileState, batch_key
from expediente.portal_data import Conversation
from expediente.store import Create, Update
from local.person import forms_of
from tests.portal.eva_kit import Talk
from tests.portal.import_kit import DAY, Drop, csv_of, invoice
from tests.portal.payment_kit import Counter, begin, sent_to
from tests.portal.portal_kit import PortalApp
from tests.portal.test_eva_strangers import registers


@pytest.fixture
def nights(app: PortalApp) -> PortalApp:
    """A portal whose nightly job has no forms to watch."""
    app.__dict__["site"] = replace(app.site, forms={})
    return app


def night(app: PortalApp, days: int) -> None:
    """So many days pass, and the nightly job runs."""
    app.hand_clock.at += timedelta(days=days)
    feeds.nightly(app)


def settle_mails(app: PortalApp, state: str = "sent", but: Collection[str] = ()) -> None:
    """Every mail that waits has been sent, or given up. but: keys of those that have not."""
    for mail in app.mails():
        if mail.mail_id in but:
            continue
        read = app.store.get("outbox", mail.mail_id)
        assert read is not None
        app.store.commit([Update("outbox", mail.mail_id, codec.to_data(replace(mail, state=state)), read.version)])


def test_what_a_stranger_said_goes_with_its_mail(nights: PortalApp) -> None:
    """Who asked to become a client is forgotten after the days of the table: record and mail; another one a day later is not yet."""
    app, days = nights, nights.process.portal.kept.prospect
    registers(app)
    settle_mails(app)
    app.hand_clock.at += timedelta(days=1)
    registers(app, "Librería Sol", "155999-2-2020", "Eva Díaz", "6612-3457", "eva@sol.example.com", "Recogida")
    night(app, days - 2)
    assert len(app.store.query("old_prospects")) == 2
    night(app, 1)
    (left,) = app.store.query("old_prospects")
    assert "Librería Sol" in left.data["said"].values()
    (mail,) = app.mails()
    assert "Librería Sol" in mail.text
    # While its mail is still to be sent both stay; they are found again by the night after it was.
    night(app, 1)
    assert len(app.store.query("old_prospects")) == len(app.mails()) == 1
    settle_mails(app)
    night(app, 1)
    assert (app.store.query("old_prospects"), app.mails()) == ([], [])


def test_a_mail_that_could_not_be_sent_goes_with_what_a_stranger_said(nights: PortalApp) -> None:
    """A parked mail bears a name and a telephone as a sent one does: it goes with the record."""
    app = nights
    registers(app)
    settle_mails(app, "parked")
    night(app, app.process.portal.kept.prospect + 1)
    assert (app.store.query("old_prospects"), app.mails()) == ([], [])


def test_one_that_stays_holds_up_no_other(nights: PortalApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest stranger's mail is not sent yet: the night goes on behind it, page by page."""
    app = nights
    monkeypatch.setattr("expediente.portal_cleaning._PAGE", 1)
    registers(app)
    waiting = {mail.mail_id for mail in app.mails()}
    app.hand_clock.at += timedelta(hours=1)
    registers(app, "Librería Sol", "155999-2-2020", "Eva Díaz", "6612-3457", "eva@sol.example.com", "Recogida")
    settle_mails(app, but=waiting)
    night(app, app.process.portal.kept.prospect + 1)
    (left,) = app.store.query("old_prospects")
    assert "Librería Sol" not in left.data["said"].values()
    assert {mail.mail_id for mail in app.mails()} == waiting


def test_an_old_order_goes_with_its_claim_and_the_payment_stays(nights: PortalApp) -> None:
    """Two payments of the same choice, years apart: the first order goes, the second keeps its claim, the ledger keeps both."""
    app, days = nights, nights.process.portal.kept.order
    dossier = app.add_client("C01")
    counter = Counter(app)
    numbers = ("FE-0000204",)
    paid = [sent_to(begin(app.entered(dossier), numbers))["order"]]
    claim = counter.order(paid[0]).claim
    assert app.store.get("unique", claim)
    counter.tell(paid[0], "approved", str(counter.order(paid[0]).amount))
    other = sent_to(begin(app.entered(dossier), amount="5.00"))["order"]
    other_claim = counter.order(other).claim
    counter.tell(other, "rejected", "5.00")
    app.hand_clock.at += timedelta(days=10)
    later = sent_to(begin(app.entered(dossier), amount="5.00"))["order"]
    assert later != other
    assert counter.order(later).claim == other_claim
    night(app, days - 10)
    assert app.store.get("order", paid[0]) is None
    assert app.store.get("unique", claim) is None
    assert app.store.get("movement", f"{dossier.client_id}/{paid[0]}") is not None
    assert app.store.get("order", other) is None
    held = app.store.get("unique", other_claim)
    assert held is not None
    assert held.data == {"order_id": later}


def test_what_was_said_of_a_file_of_cartera_goes_and_its_rows_stay(nights: PortalApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record and results of a file that was taken go; its invoices stay, one that waits stays, and the same file dropped again changes nothing."""
    app, days = nights, nights.process.portal.kept.ledger_file
    client_id = app.add_client("C01").client_id
    drop = Drop(app)
    data = csv_of(*(invoice("C01", f"X-{number}") for number in range(3)))
    monkeypatch.setattr("expediente.portal_cleaning._AT_ONCE", 1)
    done = drop.drop("facturas.csv", data)
    waiting = drop.put("X-9.pdf", b"%PDF-1.4")
    owed = ledger.position(app, client_id, DAY).owed
    night(app, days - 1)
    assert app.store.get("ledger_file", batch_key(done.key, 1)) is not None
    night(app, 1)
    assert app.store.get("ledger_file", done.key) is None
    assert app.store.get("ledger_file", batch_key(done.key, 1)) is None
    assert drop.file(waiting).state is FileState.WAITING
    again = drop.drop("facturas.csv", data)
    ledger_files.work(app)
    assert drop.file(again.key).counts == {"same": 3}
    assert ledger.position(app, client_id, DAY).owed == owed


def test_a_conversation_whose_session_has_gone_goes_too(nights: PortalApp) -> None:
    """Somebody leaves while the last line is still being stored: the line is removed by the night after the session would have ended."""
    app = nights
    person = app.entered(app.add_client("C01"))
    Talk(person).say("hola")
    (session,) = app.store.query("old_sessions")
    found = app.store.get("conversation", session.key)
    assert found is not None
    leave = next(form for form in forms_of(person.text("/")) if form.action == "/salir")
    person.post("/salir", leave.fields)
    assert app.store.get("conversation", session.key) is None
    late = codec.from_data(Conversation, found.data)
    app.store.commit([Create("conversation", session.key, codec.to_data(late))])
    night(app, 2)
    assert app.store.get("conversation", session.key) is None


def test_the_serial_of_documents_outlives_the_count_of_a_month(nights: PortalApp) -> None:
    """How many documents a client had in a month is forgotten months later; the number that no document may have twice is not."""
    app = nights
    app.hand_clock.at = app.hand_clock.at.replace(day=2)
    dossier = app.add_client("C01")
    person, client_id = app.entered(dossier), dossier.client_id
    person.send("/documentos/pedir/estado_de_cuenta", {})
    serial, month = f"issued/EC/{DAY.year}", f"issued/{client_id}/{DAY:%Y-%m}"
    assert app.store.get("counter", serial)
    assert app.store.get("counter", month)
    # Within the month the count goes on.
    night(app, 28)
    assert f"{app.hand_clock.at:%Y-%m-%d}" == str(DAY)
    assert app.store.get("counter", month)
    night(app, 60)
    assert app.store.get("counter", serial)
    assert app.store.get("counter", month) is None
