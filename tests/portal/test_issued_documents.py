"""Statement, certificates and paz y salvo: what they say is the ledger to the cent; numbered, kept, told to the dossier once."""

from __future__ import annotations

import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from expediente import issued, ledger
from expediente.case_data import Case, CaseState
from expediente.errors import DoubtfulError, GoogleError, RefusedError, RetryLaterError
from expediente.issued import Wanted
from expediente.issued_asking import Refusal
from expediente.issued_copy import object_of
from expediente.issued_facts import Asked, months_before, months_between
from expediente.issued_layout import pdf_of
from expediente.issued_rules import issued_common, issued_rules
from expediente.ledger_data import Item
from expediente.model import State
from expediente.portal_data import Issued
from expediente.store import Delete, Update
from tests.portal.issued_kit import PERIOD, ask, issue, record
from tests.portal.portal_kit import NOW, PortalApp, Visitor, account_case, put_item, put_payment

KINDS = ("estado_de_cuenta", "paz_y_salvo", "certificado_compras", "certificacion_comercial")
BANK = "Banco Imaginario del Istmo, S.A."


def page(text: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def late(app: PortalApp) -> Visitor:
    """The contact of a client with everything overdue."""
    return app.entered(app.add_client("C13"))


def test_r101_the_statement_says_what_the_ledger_says_to_the_cent(app: PortalApp) -> None:
    """Clients of four accounts download their statement: open invoices, payments, ageing and balance are those of the ledger."""
    for case_id in ("C01", "C02", "C13"):
        who, expected = app.entered(app.add_client(case_id)), account_case(case_id)["esperado"]
        said = issue(who, "estado_de_cuenta", {"since": "2027-01-01", "until": "2027-06-30"}).text
        client = who.app.dossier(_dossier_id(who)).client_id
        position = ledger.position(app, client, date(2027, 6, 30))
        told = ledger.statement(app, client, date(2027, 1, 1), date(2027, 6, 30))
        assert f"Saldo por pagar B/. {Decimal(expected['saldo']):,.2f}" in said
        assert f"De eso, vencido B/. {Decimal(expected['vencido']):,.2f}" in said
        for item in position.items:
            assert f"{app.process.company.money(item.total)} {app.process.company.money(item.balance)}" in said
        for line in told.lines:
            assert f"{line.on:%d/%m/%Y} {line.reference}" in said
            assert f"{app.process.company.money(line.charge or line.payment)} {app.process.company.money(line.balance)}" in said
        assert told.closing == position.balance == Decimal(expected["saldo"])
        for words, key in (
            ("De 1 a 30 días", "1-30"),
            ("De 31 a 60 días", "31-60"),
            ("De 61 a 90", "61-90"),
            ("Más de 90", "mas_90"),
        ):
            if position.overdue:
                assert re.search(rf"{words}(?: días)? B/\. {Decimal(expected['antiguedad'][key]):,.2f}", said)


def _dossier_id(who: Visitor) -> str:
    (read,) = who.app.store.query("dossiers_of_contact", equals=who.address)
    return read.key


def test_r101_what_was_paid_too_much_stands_in_the_statement(app: PortalApp) -> None:
    """A client who paid 635 for an invoice of 535 reads 100 in its favour, and a net balance of -100."""
    dossier = app.add_client("C05")
    put_item(app, dossier.client_id, account_case("C16")["facturas"][0])
    put_payment(app, dossier.client_id, "ACH-00077", date(2027, 4, 30), Decimal("635.00"), {"FE-0000130": Decimal("535.00")})
    said = issue(app.entered(dossier), "estado_de_cuenta", PERIOD).text
    assert "Saldo por pagar B/. 0.00" in said
    assert "Saldo a su favor B/. 100.00" in said
    assert "Saldo neto -B/. 100.00" in said
    assert "ACH-00077 Pago B/. 635.00 -B/. 100.00" in said


def test_r110_the_certificate_of_purchases_sums_the_ledger_by_month(two: Visitor) -> None:
    """Client C02 certifies its second quarter: three invoices, B/. 8,346.00, month by month, with code and QR."""
    made = issue(two, "certificado_compras", PERIOD)
    assert "Facturas 3 Base B/. 7,800.00 ITBMS B/. 546.00 Total B/. 8,346.00" in made.text
    assert "abril de 2027 1 B/. 2,500.00 B/. 175.00 B/. 2,675.00" in made.text
    assert "junio de 2027 1 B/. 2,700.00 B/. 189.00 B/. 2,889.00" in made.text
    assert issued.apart(made.code) in made.text
    kept = record(two, made)
    assert ("code", f"{two.app.settings.portal_url}/verificar/{made.code}", kept.serial) in [row[:3] for row in kept.rows]


def test_r110_only_what_lies_in_the_period_counts(two: Visitor) -> None:
    """One month alone, both its days included; a period without invoices gives no certificate."""
    made = issue(two, "certificado_compras", {"since": "2027-05-01", "until": "2027-05-01"})
    assert "Total B/. 2,782.00" in made.text
    refused = ask(two, "certificado_compras", {"since": "2027-05-02", "until": "2027-05-31"})
    assert refused.status_code == 409
    assert "No se le facturó nada en ese período" in page(refused.get_data(as_text=True))


def test_r111_the_trade_certificate_is_written_from_the_record(one: Visitor) -> None:
    """Client C01, a year and three months old and always on time, gets a certificate for the bank it names."""
    said = issue(one, "certificacion_comercial", {"addressee": BANK}).text
    assert f"Dirigida a {BANK}" in said
    assert "es su cliente desde el 06/03/2026 (1 año y 3 meses)" in said
    assert "Promedio mensual de compras B/. 62.42" in said
    assert "Forma de pago puntual" in said
    assert "Límite de crédito B/. 1,000.00 Plazo de pago 30 días" in said


@pytest.mark.parametrize(("days", "words"), [(-9, "puntual"), (0, "puntual"), (5, "muy buena"), (6, "buena"), (10, "buena")])
def test_r111_the_habit_is_told_by_the_rules_of_the_table(app: PortalApp, days: int, words: str) -> None:
    """Two invoices paid so many days late are told in the words of the table, up to their very limits."""
    who = _paid_late(app, days)
    assert f"Forma de pago {words} " in issue(who, "certificacion_comercial", {"addressee": BANK}).text


def test_r111_later_than_the_last_automatic_rule_people_decide(app: PortalApp) -> None:
    """Eleven days late on average are too many for a certificate that nobody has looked at."""
    answer = ask(_paid_late(app, 11), "certificacion_comercial", {"addressee": BANK})
    assert answer.status_code == 409
    assert "Cartera revisa su solicitud" in page(answer.get_data(as_text=True))


def _paid_late(app: PortalApp, days: int) -> Visitor:
    dossier = app.add_client("C05")
    for number, due in (("A-1", date(2027, 3, 1)), ("A-2", date(2027, 4, 1))):
        row = {"numero": number, "fecha": str(due - timedelta(days=30)), "vence": str(due), "subtotal": "100.00", "itbms": "7.00"}
        paid = {"total": "107.00", "saldo": "0.00", "cufe": "", "pagada_el": str(due + timedelta(days=days))}
        put_item(app, dossier.client_id, row | paid)
    account = ledger.account_of(app, dossier.client_id)
    assert account.since is None
    return app.entered(app.change(dossier.dossier_id, closed_at=NOW - timedelta(days=400)))


def test_r111_whoever_pays_late_is_decided_by_a_person(app: PortalApp) -> None:
    """Client C13 owes: no certificate is made, Cartera gets a case, and once it has said yes the certificate is issued."""
    who = late(app)
    answer = page(ask(who, "certificacion_comercial", {"addressee": BANK}).get_data(as_text=True))
    (fact,) = app.facts()
    said = fact.payload
    assert (said["what"], said["kind"], said["said"]) == ("case", "certificacion_comercial", {"addressee": BANK})
    assert f"Su solicitud es la {said['case_id']}" in answer
    assert app.published == [_dossier_id(who)]
    waiting = Case(said["case_id"], said["kind"], said["said"], NOW)
    app.change(_dossier_id(who), cases={waiting.case_id: waiting})
    assert said["case_id"] in page(ask(who, "certificacion_comercial", {"addressee": BANK}).get_data(as_text=True))
    assert len(app.facts()) == 1
    app.change(_dossier_id(who), cases={waiting.case_id: replace(waiting, state=CaseState.DONE, closed_at=NOW)})
    assert "Forma de pago irregular" in issue(who, "certificacion_comercial", {"addressee": BANK}).text
    # The word that was given counts for this addressee alone.
    assert ask(who, "certificacion_comercial", {"addressee": "Otro Banco"}).status_code == 409


def test_r112_a_paz_y_salvo_lists_what_is_not_due_yet(one: Visitor) -> None:
    """Client C01 owes an invoice that falls due tomorrow: the paz y salvo is issued and lists it."""
    said = issue(one, "paz_y_salvo", {"purpose": "Trámite de visa"}).text
    assert said.count("Paz y salvo comercial") >= 1
    assert "no tiene saldos vencidos con la empresa al 30/06/2027 17:00" in said
    assert "FE-0000204 01/06/2027 01/07/2027 B/. 321.00" in said
    assert "Para, según el cliente Trámite de visa" in said
    assert "Sirve hasta el 30/07/2027" in said


def test_r112_with_something_overdue_it_is_refused_with_the_list_and_a_way_to_pay(app: PortalApp) -> None:
    """Client C13 reads what is overdue, B/. 4,010.00 in three invoices, and a link to pay; nothing is issued."""
    who = late(app)
    refused = ask(who, "paz_y_salvo")
    text = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "B/. 4,010.00" in page(text)
    for number, balance in (("FE-0000090", "1,605.00"), ("FE-0000120", "1,605.00"), ("FE-0000170", "800.00")):
        assert re.search(rf"{number} Venció el \S+ B/\. {balance}", page(text))
    assert 'href="/pagos"' in text
    assert app.facts() == []
    assert app.store.query("issued_of_client", equals=app.dossier(_dossier_id(who)).client_id) == []


def test_r112_without_any_balance_it_says_so(app: PortalApp) -> None:
    """A client who owes nothing reads `sin saldo alguno`, one whose service ended `relación terminada sin saldos`."""
    dossier = app.add_client("C05")
    assert "está sin saldo alguno por pagar" in issue(app.entered(dossier), "paz_y_salvo").text
    ended = app.entered(app.change(dossier.dossier_id, state=State.ARCHIVED))
    assert "relación terminada sin saldos" in issue(ended, "paz_y_salvo").text


# --- numbers, records, facts ---------------------------------------------------------------------------------------------------


def test_serials_have_no_gaps_and_no_doubles_whoever_asks_at_once(app: PortalApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve requests at once for two clients get the numbers 1 to 12, each with its fact; no lock is shared, as between processes."""
    monkeypatch.setattr(issued, "_ISSUING", nullcontext())
    clients = [app.add_client("C01"), app.add_client("C02")]
    rule = issued_rules(app.process.folder)["paz_y_salvo"]

    def one_more(number: int) -> Issued | Refusal:
        dossier = clients[number % 2]
        return issued.issue(app, Wanted(dossier, rule, Asked(), "a@b.example", f"form {number}"))

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(one_more, range(12)))
    serials = sorted(one.serial for one in made if isinstance(one, Issued))
    assert serials == [f"PS-2027-{number:06d}" for number in range(1, 13)]
    assert sorted(fact.payload["code"] for fact in app.facts()) == sorted(one.code for one in made if isinstance(one, Issued))


def test_a_new_year_begins_at_one(app: PortalApp) -> None:
    """The year is that of Panama: an hour before midnight it is still the old one."""
    who = app.entered(app.add_client("C05"))
    app.hand_clock.at = NOW.replace(month=12, day=31, hour=23)
    who = app.entered(app.dossier(_dossier_id(who)))
    assert "PS-2027-000001" in issue(who, "paz_y_salvo").text
    app.hand_clock.at = NOW.replace(year=2028, month=1, day=1, hour=6)
    who = app.entered(app.dossier(_dossier_id(who)))
    assert "PS-2028-000001" in issue(who, "paz_y_salvo").text


def test_the_same_form_twice_is_one_document(one: Visitor) -> None:
    """A double click gives one document, one number and one fact; another purpose is another document."""
    (form,) = one.forms("/documentos/pedir/paz_y_salvo")
    first, second = (one.post(form.action, form.fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(one.app.facts()) == 1
    other = one.post(form.action, {**form.fields, "f_purpose": "Otra cosa"})
    assert other.headers["Location"] != first.headers["Location"]


def test_two_clicks_on_either_side_of_a_full_minute_are_one_document(one: Visitor) -> None:
    """At 10:00:59 and at 10:01:00 it is the same document, the same number and one of the month; minutes later it is another."""
    one.app.hand_clock.at = NOW.replace(second=59)
    (form,) = one.forms("/documentos/pedir/paz_y_salvo")
    first = one.post(form.action, form.fields).headers["Location"]
    one.app.hand_clock.at += timedelta(seconds=1)
    assert one.post(form.action, form.fields).headers["Location"] == first
    assert len(one.app.facts()) == 1
    one.app.hand_clock.at += timedelta(minutes=2)
    assert one.post(form.action, form.fields).headers["Location"] != first
    assert "PS-2027-000002" in one.text("/documentos")


@pytest.mark.parametrize("state", ["waiting", "open", "closed"])
def test_two_clicks_on_either_side_of_a_full_minute_are_one_case(app: PortalApp, state: str) -> None:
    """People get one case, whether its fact still waits, has become a case, or the case was closed within the minute."""
    who = late(app)
    (form,) = who.forms("/documentos/pedir/certificacion_comercial")
    fields = {**form.fields, "f_addressee": BANK}
    app.hand_clock.at = NOW.replace(second=59)
    said = page(who.post(form.action, fields).get_data(as_text=True))
    (fact,) = app.facts()
    case_id = str(fact.payload["case_id"])
    assert case_id in said
    if state != "waiting":
        closed = {"state": CaseState.REFUSED, "closed_at": app.hand_clock.at} if state == "closed" else {}
        case = replace(Case(case_id, "certificacion_comercial", {"addressee": BANK}, NOW), **closed)
        app.change(_dossier_id(who), cases={case_id: case})
        app.store.commit([Delete("inbox", fact.event_id)])
    app.hand_clock.at += timedelta(seconds=1)
    assert case_id in page(who.post(form.action, fields).get_data(as_text=True))
    assert len(app.facts()) == (1 if state == "waiting" else 0)
    app.hand_clock.at += timedelta(minutes=2)
    again = page(who.post(form.action, fields).get_data(as_text=True))
    assert (case_id in again) == (state == "open")


@pytest.mark.parametrize("kind", KINDS)
def test_the_pdf_is_made_of_the_record_alone(one: Visitor, kind: str) -> None:
    """Whatever has changed since, the record gives the bytes whose hash it keeps."""
    made = issue(one, kind, {**PERIOD, "addressee": BANK} if kind == "certificacion_comercial" else PERIOD)
    kept = record(one, made)
    put_item(one.app, kept.client_id, account_case("C02")["facturas"][2])
    one.app.hand_clock.at = NOW + timedelta(hours=3)
    assert hashlib.sha256(made.content).hexdigest() == kept.sha256
    from expediente.made_pdf import made_pdf

    made_pdf.cache_clear()
    assert pdf_of(kept) == made.content == one.get(f"{made.path}/pdf").get_data()


def test_other_bytes_than_those_whose_hash_is_kept_are_told(one: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """Should another version of the program draw it otherwise before it is kept, the client gets a sentence and no other document."""
    made = issue(one, "paz_y_salvo")
    read = one.app.store.get("issued", made.code)
    assert read is not None
    one.app.store.commit([Update("issued", read.key, {**read.data, "sha256": "0" * 64}, read.version)])
    with caplog.at_level(logging.ERROR):
        answer = one.get(f"{made.path}/pdf")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "no está disponible en este momento. Avise a" in answer.get_data(as_text=True)
    assert "PS-2027-000001" in answer.get_data(as_text=True)
    assert [getattr(line, "alert", "") for line in caplog.records] == ["issued"]


def test_a_download_gives_the_bytes_that_were_kept(
    one: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A later version of the program draws otherwise: the client gets what it got before. Kept bytes that somebody altered are not handed out."""
    made = issue(one, "paz_y_salvo")
    name = object_of(made.code)
    one.app.objects[name] = made.content
    monkeypatch.setattr("expediente.issued.pdf_of", lambda record: b"%PDF-1.4 of another version")
    assert one.get(f"{made.path}/pdf").get_data() == made.content
    assert not caplog.records
    one.app.objects[name] = made.content + b" "
    assert one.get(f"{made.path}/pdf").status_code == 503
    # Neither source gives it: told once.
    assert [getattr(line, "alert", "") for line in caplog.records] == ["issued"]
    monkeypatch.undo()
    assert one.get(f"{made.path}/pdf").get_data() == made.content


@pytest.mark.parametrize(
    "failure",
    [
        RefusedError("storage.objects.get", 403, "forbidden"),
        RetryLaterError("storage.objects.get", 429, "rateLimitExceeded", 1.0),
        DoubtfulError("storage.objects.get", 503, "backendError"),
    ],
)
def test_a_download_waits_for_no_bucket(
    one: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: GoogleError
) -> None:
    """The bucket refuses, or cannot be asked: the client gets the document all the same, and what failed is told; other bytes are not handed out."""

    def fails(*_: object) -> bytes:
        raise failure

    made = issue(one, "paz_y_salvo")
    monkeypatch.setattr(one.app.google.storage, "read", fails)
    assert one.get(f"{made.path}/pdf").get_data() == made.content
    (line,) = caplog.records
    assert (line.__dict__["method"], line.__dict__["reason"]) == ("storage.objects.get", failure.reason)
    assert "alert" not in line.__dict__
    monkeypatch.setattr("expediente.issued.pdf_of", lambda record: b"%PDF-1.4 of another version")
    assert one.get(f"{made.path}/pdf").status_code == 503


def test_a_download_is_kept_by_nobody_and_guessed_by_no_browser(one: Visitor) -> None:
    """The PDF comes as an attachment with its own name, of a type that is not sniffed, and is not stored on the way."""
    made = issue(one, "paz_y_salvo")
    headers = one.get(f"{made.path}/pdf").headers
    assert headers["Content-Disposition"].startswith('attachment; filename="Paz y salvo comercial PS-2027-000001.pdf"')
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert headers["Content-Type"].split(";")[0] == "application/pdf"


def test_another_client_finds_no_document_of_mine(app: PortalApp) -> None:
    """Page and PDF of another client's document answer like those of a code that does not exist."""
    mine, other = app.entered(app.add_client("C01")), app.entered(app.add_client("C02"))
    made = issue(mine, "paz_y_salvo")
    for path in (made.path, f"{made.path}/pdf"):
        there, nowhere = other.get(path), other.get(path.replace(made.code, "0" * 20))
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert _same(there.get_data(as_text=True)) == _same(nowhere.get_data(as_text=True))
    assert made.code not in other.text("/documentos")


def _same(text: str) -> str:
    return re.sub(r'nonce="[^"]+"|nonce-[\w-]+', "", text)


def test_what_was_issued_is_listed_the_last_one_first_page_by_page(app: PortalApp) -> None:
    """Twelve documents stand on two pages, the newest on top, each with how it stands today."""
    who = app.entered(app.add_client("C05"))
    serials = []
    for number in range(12):
        app.hand_clock.at = NOW + timedelta(minutes=number)
        serials.append(re.findall(r"PS-\d{4}-\d{6}", issue(who, "paz_y_salvo").text)[0])
    first = who.text("/documentos")
    found = re.findall(r"comercial (PS-\d{4}-\d{6})", first)
    assert found == serials[:1:-1]
    more = re.findall(r'href="(/documentos\?desde=[^"]+)"', first)[0]
    assert re.findall(r"comercial (PS-\d{4}-\d{6})", who.text(more)) == serials[1::-1]
    assert who.get("/documentos?desde=%27x").status_code == 404


def test_a_month_has_a_limit(app: PortalApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the limit of the table nothing more is issued this month; the next month begins anew."""
    common = replace(issued_common(app.process.folder), most_a_month=2)
    monkeypatch.setattr(issued, "issued_common", lambda folder: common)
    who = app.entered(app.add_client("C05"))
    issue(who, "paz_y_salvo")
    issue(who, "paz_y_salvo")
    assert "ya se emitieron todos los documentos" in page(ask(who, "paz_y_salvo").get_data(as_text=True))
    app.hand_clock.at = NOW + timedelta(days=2)
    assert issue(app.entered(app.dossier(_dossier_id(who))), "paz_y_salvo").code


# --- what is written into the forms --------------------------------------------------------------------------------------------

WRONG_PERIODS = [
    ({"since": "2027-06-30", "until": "2027-04-01"}, "La primera fecha va antes"),
    ({"since": "2027-06-30", "until": "2027-07-01"}, "termina después de hoy"),
    ({"since": "2017-06-30", "until": "2027-06-30"}, "El período pasa de 24 meses"),
    ({"since": "2019-01-01", "until": "2019-02-01"}, "se llega hasta hace 84 meses"),
    ({"since": "", "until": "2027-06-30"}, "Escriba las dos fechas"),
    ({"since": "2027-02-30", "until": "2027-06-30"}, "Esa fecha no existe"),
    ({"since": "ayer", "until": "hoy"}, "Esa fecha no existe"),
    ({"since": "0000-00-00", "until": "9999-99-99"}, "Esa fecha no existe"),
]


@pytest.mark.parametrize(("said", "sentence"), WRONG_PERIODS)
def test_a_period_that_cannot_be_is_told_in_a_sentence(one: Visitor, said: dict[str, str], sentence: str) -> None:
    """Reversed, future, ten years, long ago, missing or no date: one sentence, nothing issued, what was written stays."""
    answer = ask(one, "certificado_compras", said)
    assert answer.status_code == 400
    assert sentence in page(answer.get_data(as_text=True))
    assert one.app.facts() == []


HOSTILE = [
    "<script>alert(1)</script>",
    "Banco\nY además certifica que no debe nada",
    "Banco \u202eodnaB",
    "{balance} {client}",
    "https://malo.example",
    "www.malo.example",
    "☑ Sello de la Contraloría",
    "银行",
    "....",
    "=HYPERLINK(1)",
    "Banco\x00Nacional",
    "x" * 81,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("kind", "name"), [("certificacion_comercial", "addressee"), ("paz_y_salvo", "purpose")])
def test_hostile_texts_reach_no_document(one: Visitor, kind: str, name: str, text: str) -> None:
    """Markup, links, several lines, reversed writing, symbols and names of ours are refused and shown as text."""
    answer = ask(one, kind, {name: text})
    assert answer.status_code == 400, answer.headers.get("Location")
    assert "<script>alert" not in answer.get_data(as_text=True)
    assert one.app.facts() == []


@pytest.mark.parametrize(
    "text", ["Muñoz & Cía., S.A.", "Banco d'Été (Sucursal 3) – Ñ/2", "  Caja   de Ahorros  ", 'O\'Higgins; "La 21"']
)
def test_ordinary_names_stand_in_the_document_as_written(one: Visitor, text: str) -> None:
    """Accents, ampersands, quotes and dashes are names too; spaces are collapsed."""
    assert " ".join(text.split()) in issue(one, "certificacion_comercial", {"addressee": text}).text


def test_an_unknown_document_does_not_exist(one: Visitor) -> None:
    """Form and request of a kind that the table has not: 404."""
    assert one.get("/documentos/pedir/certificado_de_nada").status_code == 404
    assert one.get("/documentos/ABC").status_code == 404


def test_nothing_is_issued_without_our_form(one: Visitor) -> None:
    """A form without its proof, or from another site, issues nothing."""
    path = "/documentos/pedir/paz_y_salvo"
    assert one.post(path, {"f_purpose": ""}).status_code == 400
    (form,) = one.forms(path)
    assert one.post(path, form.fields, {"Origin": "https://malo.example"}).status_code == 400
    assert one.app.facts() == []


def test_a_client_with_hundreds_of_open_invoices_reads_how_many_are_left_out(app: PortalApp) -> None:
    """A statement lists as many rows as the table allows, says how many more there are, and its totals count them all."""
    dossier = app.add_client("C05")
    items: list[Item] = []
    for number in range(450):
        row = {"numero": f"F-{number:04d}", "fecha": "2027-06-01", "vence": "2027-07-01", "subtotal": "1.00", "itbms": "0.07"}
        items.append(put_item(app, dossier.client_id, row | {"total": "1.07", "saldo": "1.07", "cufe": ""}))
    said = issue(app.entered(dossier), "estado_de_cuenta", PERIOD).text
    assert "F-0399" in said
    assert "y 50 más" in said
    assert f"Saldo por pagar {app.process.company.money(sum((one.balance for one in items), Decimal(0)))}" in said


def test_months_are_counted_as_people_do() -> None:
    """The 31st minus a month is the last day of a shorter one; a month is whole on its day."""
    assert months_before(date(2027, 3, 31), 1) == date(2027, 2, 28)
    assert months_before(date(2028, 1, 15), 1) == date(2027, 12, 15)
    assert months_between(date(2026, 3, 6), date(2027, 6, 30)) == 15
    assert months_between(date(2027, 6, 30), date(2027, 7, 29)) == 0
