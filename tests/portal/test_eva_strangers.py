"""Eva and strangers: visitors who have not entered, texts that want to break her, buttons that nobody offered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from expediente import codec, eva_visitor, portal_limits
from expediente.portal_data import Counter
from expediente.store import Create
from tests.portal.eva_kit import Talk
from tests.portal.portal_kit import NOW, PortalApp, Visitor

UNKNOWN = "asdkjh qwe"

# --- visitors ------------------------------------------------------------------------------------------------------------------

PROSPECT = ("Panadería Trigal", "155999-1-2020", "Ana Ruiz", "6612-3456", "ana@trigal.example.com", "Recogida diaria en David")


def registers(app: PortalApp, *said: str) -> str:
    """Somebody new registers; gives Eva's last words."""
    talk = Talk(app.visitor())
    talk.say("quiero ser cliente")
    for answer in said or PROSPECT:
        talk.say(answer)
    talk.press("Sí, de acuerdo")
    return talk.press("Sí, enviar")


def test_a_prospect_is_a_mail_to_sales_and_no_dossier(app: PortalApp) -> None:
    """Sales get what was said and what is due; no client and no dossier come of it."""
    assert "Comercial" in registers(app)
    (mail,) = app.mails()
    assert mail.to == ("comercial@blindados-demo.example.com",)
    for part in ("Panadería Trigal", "ana@trigal.example.com", "+507 6612-3456", "1 de julio"):
        assert part in mail.text
    assert not app.store.query("dossiers_by_state", equals="collecting")
    assert not app.facts()


def test_the_answer_does_not_tell_who_is_a_client(app: PortalApp) -> None:
    """A RUC that is a client's gets the very words that any other gets."""
    ruc = app.dossier(app.add_client("C01").dossier_id).intake.client.ruc
    assert registers(app, PROSPECT[0], ruc, *PROSPECT[2:]) == registers(app)


def test_visitors_together_may_do_so_much_in_an_hour(app: PortalApp) -> None:
    """When the hour is full the company's contact is told instead, and no mail goes out."""
    most = app.process.eva.limits.visitors_an_hour
    hour = portal_limits.hours(app, "eva-visitors")[0]
    app.store.commit([Create("counter", hour.key, codec.to_data(Counter(most, NOW + timedelta(hours=1))))])
    assert "no podemos tomar más solicitudes" in registers(app)
    assert not app.mails()
    app.hand_clock.at += timedelta(hours=1)
    assert "Comercial" in registers(app)


def test_without_consent_nothing_of_a_visitor_is_kept(app: PortalApp) -> None:
    """Who does not agree leaves no trace."""
    talk = Talk(app.visitor())
    talk.say("quiero ser cliente")
    for answer in PROSPECT:
        talk.say(answer)
    assert "Sin su permiso" in talk.press("No")
    assert not app.mails()


def test_a_visitors_conversation_is_in_a_cookie_that_cannot_be_altered(app: PortalApp) -> None:
    """An altered or old cookie begins anew; a long talk stays within what a browser keeps; the store holds nothing."""
    visitor = app.visitor()
    talk = Talk(visitor)
    name = eva_visitor.visitor_cookie(app)
    for number in range(30):
        talk.say(f"{UNKNOWN} {number} " + "".join(chr(0x3041 + (number * 7 + place) % 80) for place in range(300)))
        assert len(name) + len(visitor.cookies[name]) < 3900
    assert len(talk.page().lines) > 2
    value = visitor.cookies[name]
    for altered in (value[:-1] + ("0" if value[-1] != "0" else "1"), "x" + value, value.split(".")[0], ".", "é"):
        visitor.cookies[name] = altered
        assert len(talk.page().lines) == 1
    visitor.cookies[name] = value
    app.hand_clock.at += timedelta(minutes=app.process.eva.limits.visitor_minutes)
    assert len(talk.page().lines) == 1


def test_a_visitor_gets_a_person_with_the_conversation(app: PortalApp) -> None:
    """Servicio al Cliente reads who calls, and all that was said; the visitor is told until when."""
    talk = Talk(app.visitor())
    talk.say("cómo puedo pagar")
    talk.press("Hablar con una persona")
    for answer in ("Quiero saber de un pago", "Ana Ruiz", "6612-3456"):
        talk.say(answer)
    assert "01/07/2027" in talk.press("Sí, de acuerdo")
    (mail,) = app.mails()
    assert mail.to == ("servicio.cliente@blindados-demo.example.com",)
    assert "cómo puedo pagar" in mail.text


# --- hostile texts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{client} {company} {customer_service_phone}",
        "{{ 7*7 }}{% for x in y %}",
        "<script>alert(1)</script>",
        "\x00\u202ehola\ufeff",
        "%s %(client)s ${client}",
        "'\"><img src=x onerror=alert(1)>",
        "a" * 9000,
        "é" * 5000,
        "😀" * 900,
    ],
    ids=range(9),
)
def test_hostile_text_is_shown_as_text_and_nothing_else(app: PortalApp, one: Visitor, text: str) -> None:
    """Whatever is written, also as an answer, is never a template, never markup, never more than a line of the conversation."""
    talk = Talk(one)
    talk.press("Reclamo o soporte")
    if "Omitir" in talk.buttons:
        talk.press("Omitir")
    talk.send(text=text)
    html = one.text("/eva")
    assert "<script>" not in html
    assert "onerror=alert(1)>" not in html
    assert "49" not in talk.said.replace(text, "")
    assert "Minisúper" not in talk.said
    stored = app.store.get("conversation", next(iter(_sessions(app))))
    assert stored
    assert all(len(turn["text"]) <= 1200 for turn in stored.data["turns"])


def _sessions(app: PortalApp) -> list[str]:
    return [read.key for read in app.store.query("old_sessions", until=NOW + timedelta(days=30))]


def test_a_body_too_large_is_refused_and_the_conversation_stays(app: PortalApp, one: Visitor) -> None:
    """A form of megabytes gets a sentence, not a fault."""
    talk = Talk(one)
    talk.say("hola")
    before = len(talk.page().lines)
    assert talk.send(text="x" * 2_000_000).status_code == 413
    assert len(talk.page().lines) == before


def test_a_conversation_keeps_so_many_lines(app: PortalApp, one: Visitor) -> None:
    """The oldest lines go; the record stays small however long somebody talks."""
    talk = Talk(one)
    for _ in range(app.process.eva.limits.turns):
        talk.send(text=UNKNOWN)
    assert len(talk.page().lines) == app.process.eva.limits.turns


@pytest.mark.parametrize(
    "pick", ["i:nada", "v:x", "c:yes", "f:amount", "x:y", ":", "i:registro_nuevo_cliente", "i:", "c:menu" * 50]
)
def test_a_button_that_nobody_offered_does_nothing(app: PortalApp, one: Visitor, pick: str) -> None:
    """Invented buttons are told apart; a visitor's request is refused to a client."""
    talk = Talk(one)
    talk.send(pick=pick)
    texts = app.process.eva.texts
    assert talk.said in (texts["old_button"], texts["only_visitor"])
    assert not app.facts()


def test_a_form_without_its_proof_says_nothing_to_eva(app: PortalApp, one: Visitor) -> None:
    """Another site cannot talk in the client's name."""
    assert one.post("/eva", {"token": "x", "f_text": "cuánto debo"}).status_code == 400
    assert one.post("/eva", {"f_text": "hola"}, {"Origin": "https://otro.example.com"}).status_code == 400
    assert len(Talk(one).page().lines) == 1


def test_reading_the_page_writes_nothing(app: PortalApp, one: Visitor) -> None:
    """A look at Eva leaves no record."""
    one.text("/eva")
    assert app.store.get("conversation", next(iter(_sessions(app)))) is None
