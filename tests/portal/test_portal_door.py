"""The door of the portal: who may enter, with what, for how long, and what everybody else is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Response

from expediente import codec, portal_cleaning, portal_session
from expediente.bootstrap import App
from expediente.model import Client, Dossier, State
from expediente.portal_data import LoginLink
from expediente.store import Create, Update
from tests.portal.portal_kit import PortalApp, Visitor

STRANGER = "nadie@desconocido.example.com"


def asked(app: PortalApp, address: str) -> Response:
    """What whoever asks for a link with that address is answered."""
    return app.visitor(address).send("/entrar", {"address": address})


def link_for(app: PortalApp, dossier: Dossier) -> tuple[Visitor, str]:
    """The contact of a client, and the newest link in her mailbox."""
    person = app.visitor(dossier.portal_email or "")
    person.send("/entrar", {"address": person.address})
    return person, person.links()[-1]


def without_proof(page: Response) -> str:
    """A page without what is new each time."""
    return re.sub(r'nonce="[^"]*"', "", page.get_data(as_text=True))


# --- links ---------------------------------------------------------------------------------------------------------------------


def test_whoever_has_not_entered_is_sent_to_the_login(app: PortalApp) -> None:
    """Without a session the account leads to the page that asks for an address."""
    answer = app.visitor().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/entrar")


def test_a_link_opens_the_account_once(app: PortalApp) -> None:
    """The registered contact asks, gets a link by mail, presses the button and is inside; the same link leads nowhere afterwards."""
    dossier = app.add_client("C01")
    person, link = link_for(app, dossier)
    assert dossier.intake.client.legal_name not in person.text(link)
    inside = person.follow(person.send(link))
    assert inside.status_code == 200
    assert dossier.intake.client.legal_name in inside.get_data(as_text=True)
    other = app.visitor(person.address)
    assert other.get(link).status_code == 404


def test_opening_a_link_does_not_use_it_up(app: PortalApp) -> None:
    """A mailbox that opens every link to look for harm leaves the link as good as it was."""
    person, link = link_for(app, app.add_client("C01"))
    for method in ("GET", "HEAD", "GET"):
        assert app.visitor().get(link, method).status_code == 200
    assert person.send(link).headers["Location"] == "/"


def test_a_link_is_good_for_its_minutes_and_not_one_more(app: PortalApp) -> None:
    """Just before its end a link opens the account; at its end the page says that another one must be asked for."""
    dossier, minutes = app.add_client("C01"), timedelta(minutes=app.process.portal.link.minutes)
    person, link = link_for(app, dossier)
    asked_at = app.clock.now()
    app.hand_clock.at = asked_at + minutes - timedelta(seconds=1)
    assert person.get(link).status_code == 200
    form = person.forms(link)[0]
    app.hand_clock.at = asked_at + minutes
    for answer in (person.get(link), person.post(link, form.fields)):
        assert answer.status_code == 404
        assert "Pedir otro enlace" in answer.get_data(as_text=True)
    assert not person.cookies


def test_of_two_who_press_at_once_one_enters(app: PortalApp) -> None:
    """Two browsers press the button of one link in the same instant: one is inside, the other is told to ask for another link."""
    _, link = link_for(app, app.add_client("C01"))
    people = [app.visitor(), app.visitor()]
    forms = [person.forms(link)[0].fields for person in people]
    together, answers = Barrier(2), dict[int, int]()

    def press(number: int) -> None:
        together.wait()
        answers[number] = people[number].post(link, forms[number]).status_code

    threads = [Thread(target=press, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [303, 404]
    assert sorted(len(person.cookies) for person in people) == [0, 1]


def test_the_loser_of_a_race_learns_it_from_the_store(app: PortalApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has read a link as good while another used it up opens no session."""
    person, link = link_for(app, app.add_client("C01"))
    form, begin = person.forms(link)[0], portal_session.begin

    def late(app: App, dossier: Dossier, address: str, lasts: timedelta, also: Any = ()) -> str:
        key = portal_session.hashed(link.rpartition("/")[2])
        read = app.store.get("login", key)
        assert read is not None
        used = replace(codec.from_data(LoginLink, read.data), used_at=app.clock.now())
        app.store.commit([Update("login", key, codec.to_data(used), read.version)])
        return begin(app, dossier, address, lasts, also)

    monkeypatch.setattr(portal_session, "begin", late)
    answer = person.post(link, form.fields)
    assert (answer.status_code, person.cookies) == (404, {})
    assert app.store.query("old_sessions") == []


@pytest.mark.parametrize("link", ["/entrar/" + "A" * 43, "/entrar/" + "x-_" * 10, "/entrar/corto", "/entrar/" + "A" * 400])
def test_a_made_up_link_opens_nothing(app: PortalApp, link: str) -> None:
    """A link that nobody was sent answers 404 to whoever opens it and to whoever posts to it."""
    app.add_client("C01")
    assert app.visitor().get(link).status_code == 404
    form = app.visitor().forms("/entrar")[0].fields
    assert app.visitor().post(link, form).status_code in (400, 404)


def test_the_store_holds_no_link_and_no_cookie(app: PortalApp) -> None:
    """Records of links and sessions bear hashes: whoever reads them cannot enter with what they say."""
    dossier = app.add_client("C01")
    person, link = link_for(app, dossier)
    person.send(link)
    secrets = [link.rpartition("/")[2], *(value.partition(".")[0] for value in person.cookies.values())]
    assert len(secrets) == 2
    for kind in ("old_logins", "old_sessions"):
        for read in app.store.query(kind):
            assert not [secret for secret in secrets if secret in f"{read.key} {read.data}"]


# --- the same answer for everybody ---------------------------------------------------------------------------------------------


class Counted:
    """A store that notes what was asked of it."""

    def __init__(self, store: Any) -> None:
        self._store, self.asked = store, list[str]()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def noted(*args: Any, **options: Any) -> Any:
            self.asked.append(f"{name} {args[0] if name == 'query' else ''}".strip())
            return method(*args, **options)

        return noted


def test_a_stranger_is_answered_as_a_contact_is(app: PortalApp) -> None:
    """Whether an address is registered shows neither in the page nor in its headers, and costs the same reads, commits and messages."""
    known, seen = app.add_client("C01").portal_email or "", {}
    store = app.store
    for address in (known, STRANGER):
        person = app.visitor(address)
        form = person.forms("/entrar")[0].fields
        app.__dict__["store"] = counted = Counted(store)
        answer = person.post("/entrar", {**form, "f_address": address})
        app.__dict__["store"] = store
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Security-Policy"}
        seen[address] = (answer.status_code, without_proof(answer), headers, counted.asked)
    assert seen[known] == seen[STRANGER]
    assert len(app.mail_for) == 2
    assert [mail.to for mail in app.mails()] == [(known,)]


def test_an_address_gets_no_more_than_its_links_an_hour_and_is_not_told(app: PortalApp) -> None:
    """The sixth request of an hour looks like the first and sends nothing; the next hour begins anew."""
    dossier, most = app.add_client("C01"), app.process.portal.link.most_an_hour
    address = dossier.portal_email or ""
    pages = {without_proof(asked(app, address)) for _ in range(most + 3)}
    assert len(pages) == 1
    assert len(app.visitor(address).links()) == most
    app.hand_clock.at += timedelta(hours=1)
    asked(app, address)
    assert len(app.visitor(address).links()) == most + 1


def limited(app: PortalApp, in_all: int) -> None:
    """Let strangers ask no more than this an hour."""
    rules = app.process.portal
    app.__dict__["process"] = replace(app.process, portal=replace(rules, link=replace(rules.link, most_an_hour_in_all=in_all)))


def test_a_flood_of_strangers_is_asked_to_wait_and_shuts_out_no_client(app: PortalApp) -> None:
    """Past the limit of all together the page asks everybody to wait, keeps no more records, and a contact gets her link all the same."""
    dossier = app.add_client("C01")
    limited(app, 3)
    first = [asked(app, f"nadie{number}@otra.example.com").status_code for number in range(3)]
    kept = len(app.store.query("old_logins")), len(app.store.query("old_counters"))
    woken = len(app.mail_for)
    later = [asked(app, f"mas{number}@otra.example.com") for number in range(3)]
    assert first == [200] * 3
    assert {answer.status_code for answer in later} == {429}
    assert {answer.headers["Retry-After"] for answer in later} == {"600"}
    assert (len(app.store.query("old_logins")), len(app.store.query("old_counters"))) == kept
    client = asked(app, dossier.portal_email or "")
    assert without_proof(client) == without_proof(later[0])
    # The clock wakes the sender within a minute; a flood does not wake it each time.
    assert len(app.mail_for) == woken
    assert len(app.visitor(dossier.portal_email or "").links()) == 1


@pytest.mark.parametrize(
    "written",
    [
        "",
        "sin arroba",
        "a@",
        "@b.c",
        "dos@x.com,otro@x.com",
        "a\x00b@x.com",
        "ñandú@empresa.com",
        "a" * 300 + "@x.com",
        "a@x.com\nBcc: b@x.com",
    ],
)
def test_what_is_no_address_is_said_and_looked_up_nowhere(app: PortalApp, written: str) -> None:
    """An incomplete address is answered with a sentence that says how to write it."""
    answer = asked(app, written)
    assert answer.status_code == 422
    assert "Escriba el correo completo" in answer.get_data(as_text=True)
    assert app.mails() == []


def test_an_address_is_known_in_any_case_and_with_blanks(app: PortalApp) -> None:
    """What a phone's keyboard makes of an address still finds its client."""
    dossier = app.add_client("C01")
    asked(app, f"  {(dossier.portal_email or '').upper()} ")
    assert len(app.visitor(dossier.portal_email or "").links()) == 1


# --- several clients of one address --------------------------------------------------------------------------------------------


def test_the_contact_of_two_clients_gets_one_link_and_chooses(app: PortalApp) -> None:
    """One mail comes; behind it both companies stand, and the chosen one opens. Without a choice nothing is used up."""
    one = app.add_client("C01")
    two = app.add_client("C02", portal_email=one.portal_email)
    person, link = link_for(app, one)
    page = person.text(link)
    assert len(person.links()) == 1
    assert one.intake.client.legal_name in page
    assert two.intake.client.legal_name in page
    assert person.send(link).status_code == 422
    assert person.follow(person.send(link, {"client": two.dossier_id})).status_code == 200
    assert two.intake.client.legal_name in person.text("/")
    assert one.intake.client.legal_name not in person.text("/")


def test_a_link_enters_for_none_but_its_own_clients(app: PortalApp) -> None:
    """Naming another client's dossier in the form of one's own link opens nothing."""
    one, other = app.add_client("C01"), app.add_client("C02")
    person, link = link_for(app, one)
    assert person.send(link, {"client": other.dossier_id}).status_code == 422
    assert not person.cookies
    assert person.send(link).status_code == 303


# --- sessions ------------------------------------------------------------------------------------------------------------------


def test_a_session_ends_after_its_hours(app: PortalApp) -> None:
    """Inside until the last second of the session, outside from its end on."""
    person = app.entered(app.add_client("C01"))
    begun = app.clock.now()
    app.hand_clock.at = begun + timedelta(hours=app.process.portal.session.hours, seconds=-1)
    assert person.get("/").status_code == 200
    app.hand_clock.at = begun + timedelta(hours=app.process.portal.session.hours)
    assert person.get("/").headers["Location"] == "/entrar"


def test_leaving_ends_the_session_for_every_copy_of_the_cookie(app: PortalApp) -> None:
    """After Salir the browser has no cookie, and a copy of it opens nothing."""
    person = app.entered(app.add_client("C01"))
    copy = replace(person, cookies=dict(person.cookies))
    form = next(form for form in portal_forms(person) if form.action == "/salir")
    assert person.post("/salir", form.fields).headers["Location"] == "/entrar"
    assert person.cookies == {}
    assert copy.get("/").headers["Location"] == "/entrar"


def portal_forms(person: Visitor) -> list[Any]:
    """Every form of the first page."""
    from local.person import forms_of

    return forms_of(person.text("/"))


def test_entering_again_ends_the_session_before(app: PortalApp) -> None:
    """A browser that enters a second time keeps one session: the old cookie is worth nothing."""
    dossier = app.add_client("C01")
    person = app.entered(dossier)
    old = app.visitor()
    old.cookies = dict(person.cookies)
    asked(app, dossier.portal_email or "")
    assert person.send(person.links()[-1]).status_code == 303
    assert person.get("/").status_code == 200
    assert old.get("/").headers["Location"] == "/entrar"


def test_the_cookie_of_a_session_bears_every_mark_of_care(app: PortalApp) -> None:
    """Only over https, for this host alone, out of the reach of scripts, not sent by other sites, and gone when the session is."""
    person, link = link_for(app, app.add_client("C01"))
    said = person.send(link).headers["Set-Cookie"]
    assert said.startswith("__Host-expediente=")
    parts = {part.strip() for part in said.split(";")[1:]}
    hours = app.process.portal.session.hours
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={hours * 3600}"} <= parts
    assert not [part for part in parts if part.startswith("Domain")]
    form = next(form for form in portal_forms(person) if form.action == "/salir")
    left = person.post("/salir", form.fields).headers["Set-Cookie"]
    assert left.startswith("__Host-expediente=;")
    assert {"Secure", "Path=/"} <= {part.strip() for part in left.split(";")}


def altered(value: str) -> list[str]:
    """A cookie's value in every way in which it may be wrong."""
    token, _, signature = value.partition(".")
    turned = "".join(chr(ord(letter) ^ 1) for letter in token[:1]) + token[1:]
    return [
        "", ".", "x", token, f"{token}.", f".{signature}", f"{turned}.{signature}", f"{token}.{signature[:-1]}0z",
        f"{token}.{signature.upper()}", f"{token}.{'0' * 64}", f"{token}.{signature}.{signature}", "é" * 20, "%00", "A" * 5000,
    ]  # fmt: skip


def test_an_altered_cookie_opens_nothing_and_breaks_nothing(app: PortalApp) -> None:
    """Whatever a browser sends for a cookie that is not ours is nobody, and is sent to the login."""
    person = app.entered(app.add_client("C01"))
    (name,) = person.cookies
    good = person.cookies[name]
    for value in altered(good):
        person.cookies[name] = value
        answer = person.get("/")
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/entrar"), value
    person.cookies[name] = good
    assert person.get("/").status_code == 200


# --- forms, methods, headers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://otro.example.com"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(app: PortalApp, headers: dict[str, str]) -> None:
    """Neither the login nor an account takes a form whose browser says that it stood on another site."""
    dossier = app.add_client("C01")
    person = app.entered(dossier)
    for path, who in (("/entrar", app.visitor()), ("/salir", person)):
        form = next(form for form in portal_forms(person) if form.action == "/salir") if path == "/salir" else who.forms(path)[0]
        answer = who.post(path, {**form.fields, "f_address": dossier.portal_email or ""}, headers)
        assert answer.status_code == 400
        assert "No se registró nada" in answer.get_data(as_text=True)
    assert app.mails() == []
    assert person.get("/").status_code == 200


def test_a_form_that_does_not_say_where_it_stood_is_refused(app: PortalApp) -> None:
    """A program without the headers of a browser cannot press the button of a link, though it knows the form."""
    person, link = link_for(app, app.add_client("C01"))
    form = person.forms(link)[0]
    bare = person._ask(
        link, "POST", f"token={form.fields['token']}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert bare.status_code == 400
    assert person.send(link).status_code == 303


def test_the_proof_of_one_session_is_worth_nothing_in_another(one: Visitor, two: Visitor) -> None:
    """A form that was made for another client, for another page or for nobody is refused."""
    foreign = next(form for form in portal_forms(one) if form.action == "/salir").fields["token"]
    nobodys = two.app.visitor().forms("/entrar")[0].fields["token"]
    for token in (foreign, nobodys, "", "0" * 64):
        assert two.post("/salir", {"token": token}).status_code == 400
    assert two.get("/").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_other_methods_are_refused(one: Visitor, method: str) -> None:
    """The first page is read and nothing else; the answer says which methods it takes."""
    answer = one.get("/", method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_an_answer_bears_every_header_of_care(one: Visitor) -> None:
    """Browsers are told to keep nothing, load nothing, frame nothing, index nothing and come back over https only."""
    answer = one.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "//otro.example.com",
        "/\\otro.example.com",
        "/entrar?ir=https://otro.example.com",
        "/%2f%2fotro.example.com",
        "/salir/../entrar",
    ],
)
def test_no_address_leads_to_another_site(one: Visitor, path: str) -> None:
    """Whatever stands in the address, the portal sends nobody away from itself."""
    for who in (one, one.app.visitor()):
        answer = who.get(path)
        assert "otro.example.com" not in answer.headers.get("Location", "")
        assert answer.status_code in (200, 303, 404)


def test_what_fails_is_told_with_a_reference_and_no_detail(one: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours shows a sentence and a reference; neither a traceback nor data of the client stands in it."""
    monkeypatch.setattr(portal_session, "rights_now", lambda app, dossier: dict[str, str]()["secret"])
    answer = one.get("/")
    assert answer.status_code == 500
    assert "Referencia para soporte" in answer.get_data(as_text=True)
    assert "secret" not in answer.get_data(as_text=True)


# --- who may enter at all ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.COLLECTING, State.CONFIRMING, State.WITHDRAWN])
def test_a_client_that_is_not_active_has_no_portal(app: PortalApp, state: State) -> None:
    """Before the service is active, and after a sale came to nothing, no link is sent and an open session is over."""
    dossier = app.add_client("C01")
    person = app.entered(dossier)
    app.change(dossier.dossier_id, state=state)
    assert person.get("/").headers["Location"] == "/entrar"
    asked(app, person.address)
    assert person.links() == []


def test_after_a_cancellation_documents_are_left(app: PortalApp) -> None:
    """The contact of a client that has cancelled still enters, and may do less."""
    dossier = app.add_client("C09")
    app.change(dossier.dossier_id, state=State.ARCHIVED)
    person, link = link_for(app, dossier)
    assert person.follow(person.send(link)).status_code == 200
    (name,) = person.cookies
    entered = portal_session.entered(app, person.cookies[name], app.clock.now())
    assert entered is not None
    assert entered.may == portal_session.DOCUMENTS


def test_a_client_that_came_back_is_entered_by_its_new_contact_alone(app: PortalApp) -> None:
    """When the same company is active again with another contact, the one of the cancelled service is outside."""
    old = app.add_client("C01")
    app.change(old.dossier_id, state=State.ARCHIVED)
    person = app.entered(app.dossier(old.dossier_id))
    assert person.get("/").status_code == 200
    new = replace(old, dossier_id="EXP-NUEVO123", portal_email="nueva@laesquina.example.com")
    read = app.store.get("client", old.client_id)
    assert read is not None
    client = codec.from_data(Client, read.data)
    more = replace(client, dossier_ids=(*client.dossier_ids, new.dossier_id))
    app.store.commit(
        [
            Create("dossier", new.dossier_id, codec.to_data(new)),
            Update("client", old.client_id, codec.to_data(more), read.version),
        ]
    )
    assert person.get("/").headers["Location"] == "/entrar"
    asked(app, old.portal_email or "")
    assert person.links() == []
    assert app.entered(new).get("/").status_code == 200


def test_another_contact_or_representative_ends_every_session(app: PortalApp) -> None:
    """Whoever was inside for a client is outside as soon as its contact or its legal representative is somebody else."""
    dossier = app.add_client("C01")
    other = replace(dossier.intake.representative, id_number="8-9999-9999")
    for change in ({"portal_email": "otra@laesquina.example.com"}, {"intake": replace(dossier.intake, representative=other)}):
        person = app.entered(app.dossier(dossier.dossier_id))
        assert person.get("/").status_code == 200
        app.change(dossier.dossier_id, **change)
        assert person.get("/").headers["Location"] == "/entrar"


def test_a_link_for_an_address_that_is_no_longer_the_contact_opens_nothing(app: PortalApp) -> None:
    """A link that was sent before the contact changed is worth nothing after it."""
    dossier = app.add_client("C01")
    person, link = link_for(app, dossier)
    app.change(dossier.dossier_id, portal_email="otra@laesquina.example.com")
    assert person.get(link).status_code == 404


# --- what is left behind -------------------------------------------------------------------------------------------------------


def test_by_night_what_is_over_for_a_day_is_removed_and_nothing_else(app: PortalApp) -> None:
    """Links with their mails, sessions with their conversations and counters go a day after their end; what is good stays."""
    dossier = app.add_client("C01")
    for _ in range(3):
        person, link = link_for(app, dossier)
    person.send(link)
    for mail in app.mails():
        read = app.store.get("outbox", mail.mail_id)
        assert read is not None
        sent = replace(mail, state="sent", waiting_for=None)
        app.store.commit([Update("outbox", mail.mail_id, codec.to_data(sent), read.version)])
    assert portal_cleaning.clean(app) == 0
    assert person.get("/").status_code == 200
    app.hand_clock.at += timedelta(days=2)
    newest = app.entered(dossier)
    # Three links, one session, one counter of an hour.
    assert portal_cleaning.clean(app) == 5
    assert app.mails() == []
    assert newest.get("/").status_code == 200
    assert portal_cleaning.clean(app) == 0


def test_a_mail_that_could_not_be_sent_stays_for_whoever_looks_after_it(app: PortalApp) -> None:
    """A parked mail of a link is not swept away with its link."""
    _, _link = link_for(app, app.add_client("C01"))
    app.hand_clock.at += timedelta(days=2)
    portal_cleaning.clean(app)
    assert [mail.state for mail in app.mails()] == ["new"]


@pytest.mark.parametrize("case_id", ["C01", "C02", "C09", "C13", "C16", "C21"])
def test_each_sample_account_has_a_client_that_can_enter(app: PortalApp, case_id: str) -> None:
    """Every account of the sample cases belongs to a client whose contact can enter."""
    dossier = app.add_client(case_id)
    person, link = link_for(app, dossier)
    assert person.follow(person.send(link)).status_code == 200
    assert app.store.get("account", dossier.client_id) is not None


# --- the first page ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case_id", "says"),
    [
        ("C01", ["Saldo por pagar", "B/. 321.00", "jueves 1 de julio", "FE-0000204"]),
        ("C13", ["B/. 4,010.00", "91 días", "B/. 800.00", "B/. 1,605.00", "FE-0000090"]),
        ("C16", ["Saldo a su favor", "B/. 100.00"]),
    ],
)
def test_the_first_page_says_how_the_account_stands(app: PortalApp, case_id: str, says: list[str]) -> None:
    """Balance, what is overdue by age, and the next day to pay stand on the first page as in the account."""
    page = app.entered(app.add_client(case_id)).text("/")
    assert [words for words in says if words not in page] == []


def test_the_stretches_of_the_ages_fill_their_bar(app: PortalApp) -> None:
    """The parts of what is owed follow each other without a gap and end where the bar ends."""
    page = app.entered(app.add_client("C13")).text("/")
    bars = [(float(x), float(width)) for x, width in re.findall(r'<rect class="a\d" x="([\d.]+)" y="0" width="([\d.]+)"', page)]
    assert bars[0][0] == 0
    assert [begins for begins, _ in bars[1:]] == pytest.approx([x + width for x, width in bars[:-1]])
    assert sum(bars[-1]) == pytest.approx(100, abs=0.05)


def test_the_menu_offers_what_the_client_may_use(app: PortalApp) -> None:
    """An active client finds Eva, Documentos and Pagos; one that has cancelled finds Documentos alone."""
    dossier = app.add_client("C01")
    person = app.entered(dossier)

    def menu() -> list[str]:
        nav = person.text("/").partition('<nav class="sections"')[2].partition("</nav>")[0]
        return re.findall(r'<a href="([^"]*)"', nav)

    assert menu() == ["/eva", "/documentos", "/pagos"]
    app.change(dossier.dossier_id, state=State.ARCHIVED)
    assert menu() == ["/documentos"]
    assert "B/. 321.00" not in person.text("/")
