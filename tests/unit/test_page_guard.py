"""What holds for every signed page: who may see it, what a browser may do with it, which forms are taken."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import pytest

from expediente import page_form
from expediente.errors import DoubtfulError
from expediente.model import State
from tests.unit.page_kit import (
    CLOSING,
    CUMPLIMIENTO,
    DOMAIN,
    DOSSIER,
    EXPEDIENTES,
    OPERACIONES,
    REVIEW,
    SALA,
    SEGURIDAD,
    SIGNING,
    VENDEDORA,
    Browser,
    collecting,
    complete,
    put,
    ticked,
    waiting_for_signature,
)

ROLES = {
    "servicio": f"servicio.uno@{DOMAIN}",
    "operaciones": OPERACIONES,
    "seguridad": SEGURIDAD,
    "sala": SALA,
    "expedientes": EXPEDIENTES,
    "cumplimiento": CUMPLIMIENTO,
    "cartera": f"cartera.uno@{DOMAIN}",
    "comercial": f"comercial.uno@{DOMAIN}",
    "gerencia": f"gerencia.uno@{DOMAIN}",
    "vendedora": VENDEDORA,
    "stranger": "alguien@otra-empresa.example.com",
}
MAY_SEE = {
    f"/confirmar/{DOSSIER}/servicio_al_cliente": {"servicio"},
    SIGNING: {"operaciones"},
    f"/confirmar/{DOSSIER}/seguridad": {"seguridad"},
    f"/confirmar/{DOSSIER}/sala_procesamiento": {"sala"},
    CLOSING: {"expedientes"},
    REVIEW: {"cumplimiento"},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", MAY_SEE)
def test_page_is_seen_by_its_role_alone(browser: Browser, path: str, role: str) -> None:
    """To everybody else a page that exists answers exactly as one that does not."""
    put(browser.app, waiting_for_signature())
    answer = browser.get(ROLES[role], path)
    assert answer.status_code == (200 if role in MAY_SEE[path] else 404)
    if answer.status_code == 404:
        nowhere = browser.get(ROLES[role], path.replace(DOSSIER, "EXP-00000000"))
        assert _without_nonce(answer.get_data(as_text=True)) == _without_nonce(nowhere.get_data(as_text=True))


def _without_nonce(html: str) -> str:
    return re.sub(r'nonce="[^"]+"', "", html)


@pytest.mark.parametrize(
    "path",
    [
        "/confirmar",
        f"/confirmar/{DOSSIER}",
        f"/confirmar/{DOSSIER}/cartera",
        f"/confirmar/{DOSSIER}/operaciones/x",
        f"/confirmar/{DOSSIER}/operaciones%0A",
        f"/confirmar/{DOSSIER.lower()}/operaciones",
        "/confirmar/../operaciones",
        "/confirmar/" + "A" * 2000 + "/operaciones",
        f"/CIERRE/{DOSSIER}",
        "/cierre/%00",
        "/.env",
    ],
)
def test_everything_else_is_not_found(browser: Browser, path: str) -> None:
    """Odd paths are 404, never an error."""
    put(browser.app, waiting_for_signature())
    assert browser.get(OPERACIONES, path).status_code == 404


@pytest.mark.parametrize("path", MAY_SEE)
def test_area_is_not_told_of_a_dossier_before_the_hand_over(browser: Browser, path: str) -> None:
    """While papers are collected there is no confirmation page."""
    put(browser.app, collecting())
    seen = {role for role, address in ROLES.items() if browser.get(address, path).status_code == 200}
    assert seen == (MAY_SEE[path] if path in (CLOSING, REVIEW) else set())


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ARCHIVED])
def test_closed_case_has_no_pages_but_cumplimientos(browser: Browser, state: State) -> None:
    """A dossier that was withdrawn or archived is nobody's task."""
    put(browser.app, waiting_for_signature(state=state))
    assert [browser.get(who, path).status_code for who, path in ((OPERACIONES, SIGNING), (EXPEDIENTES, CLOSING))] == [404, 404]


def test_area_that_does_not_take_part_has_no_page(browser: Browser) -> None:
    """Without its services, an area has nothing to confirm."""
    dossier = waiting_for_signature()
    order = replace(dossier.intake.order, services=("recoleccion",))
    put(browser.app, replace(dossier, intake=replace(dossier.intake, order=order)))
    assert browser.get(SALA, f"/confirmar/{DOSSIER}/sala_procesamiento").status_code == 404


@pytest.mark.parametrize(
    "who, path", [(OPERACIONES, SIGNING), (EXPEDIENTES, "/"), (VENDEDORA, "/"), (VENDEDORA, CLOSING), (None, "/")]
)
def test_headers_let_a_browser_load_and_keep_nothing(browser: Browser, who: str | None, path: str) -> None:
    """Every answer, the refusals too, forbids storing, framing, sniffing, and everything that is not in the page."""
    put(browser.app, waiting_for_signature())
    answer = browser.get(who, path)
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce and f'<style nonce="{nonce[1]}">' in answer.get_data(as_text=True)
    assert policy.startswith("default-src 'none'; style-src 'nonce-")
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
    wanted = {"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff"}
    assert dict(answer.headers) | wanted | {"Referrer-Policy": "same-origin"} == dict(answer.headers)
    assert "Set-Cookie" not in answer.headers


def test_nonce_is_new_each_time(browser: Browser) -> None:
    """A nonce that is seen once is worth nothing."""
    policies = {browser.get(VENDEDORA, "/").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


@pytest.mark.parametrize(
    "who, path", [(OPERACIONES, SIGNING), (EXPEDIENTES, CLOSING), (CUMPLIMIENTO, REVIEW), (OPERACIONES, "/")]
)
def test_page_asks_for_nothing_outside(browser: Browser, who: str, path: str) -> None:
    """No script, image, font, style sheet or inline style."""
    put(browser.app, waiting_for_signature())
    html = browser.get(who, path).get_data(as_text=True)
    assert not re.search(r"<script|<img|<link|<iframe|\sstyle=|\son\w+=|@import|url\(", html)
    assert '<html lang="es">' in html and "<h1>" in html


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("who, path", [(OPERACIONES, SIGNING), (EXPEDIENTES, CLOSING), (CUMPLIMIENTO, REVIEW)])
def test_looking_stores_nothing(browser: Browser, who: str, path: str, method: str) -> None:
    """A mail scanner that opens every link, even with a form's fields in it, signs nothing."""
    put(browser.app, complete() if path == CLOSING else waiting_for_signature() if path == SIGNING else collecting())
    fields = browser.form(who, path) | {"decision": "passed"}
    before = browser.dossier()
    assert browser.get(who, path, method, query_string=fields).status_code == 200
    assert (browser.inbox(), browser.app.published, browser.dossier()) == ([], [], before)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(browser: Browser, method: str) -> None:
    """Only GET, HEAD and POST are known."""
    put(browser.app, waiting_for_signature())
    answer = browser.get(OPERACIONES, SIGNING, method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_list_of_tasks_takes_no_form(browser: Browser) -> None:
    """Nothing can be sent to the list."""
    assert browser.post(OPERACIONES, "/", {}).status_code == 405


# --- forms of others -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ready(browser: Browser) -> Browser:
    """A browser before a dossier that waits for the signature of Operaciones."""
    put(browser.app, waiting_for_signature())
    return browser


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://malo.example.com"},
        {"Origin": "null"},
        {"Origin": "http://paginas.blindados-demo.example.com"},
        {"Origin": "https://paginas.blindados-demo.example.com.malo.example.com"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
    ],
    ids=repr,
)
def test_form_from_another_site_is_refused(ready: Browser, headers: dict[str, str]) -> None:
    """Even with every field right, the browser's word about where it came from decides."""
    assert ready.post(OPERACIONES, SIGNING, ready.form(OPERACIONES, SIGNING), **headers).status_code == 400
    assert not ready.inbox()


def test_browser_that_tells_no_origin_is_believed_by_its_token(ready: Browser) -> None:
    """Old browsers send neither header."""
    fields = ready.form(OPERACIONES, SIGNING)
    answer = ready.ask(OPERACIONES, method="POST", path=SIGNING, data=fields)
    assert (answer.status_code, len(ready.inbox())) == (303, 1)


def _tamper(fields: dict[str, str], how: str, ready: Browser) -> dict[str, str]:
    colleague = f"operaciones.dos@{DOMAIN}"
    other = replace(ready.dossier(), dossier_id="EXP-OTRO0001")
    if how == "other dossier":
        put(ready.app, other)
    changes: dict[str, Any] = {
        "no token": lambda: {"token": ""},
        "wrong token": lambda: {"token": "0" * 64},
        "cut token": lambda: {"token": fields["token"][:-1]},
        "odd token": lambda: {"token": "ñ" * 64},
        "other content": lambda: {"hash": "0" * 64},
        "colleague's form": lambda: ready.form(colleague, SIGNING),
        "other dossier": lambda: ready.form(OPERACIONES, SIGNING.replace(DOSSIER, "EXP-OTRO0001")),
        "guessed secret": lambda: {"token": page_form.token(b"x" * 32, OPERACIONES, SIGNING, fields["hash"])},
    }
    return fields | changes[how]()


@pytest.mark.parametrize(
    "how",
    ["no token", "wrong token", "cut token", "odd token", "other content", "colleague's form", "other dossier", "guessed secret"],
)
def test_form_that_we_did_not_make_is_refused(ready: Browser, how: str) -> None:
    """The token binds person, page and content."""
    fields = _tamper(ready.form(OPERACIONES, SIGNING), how, ready)
    answer = ready.post(OPERACIONES, SIGNING, fields)
    assert answer.status_code == 400
    assert "No se registró nada" in answer.get_data(as_text=True)
    assert not ready.inbox()


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "application/xml"]
)
def test_only_forms_are_read(ready: Browser, content_type: str) -> None:
    """What a page of another site could send without asking, or a program would send, is not taken."""
    answer = ready.ask(OPERACIONES, method="POST", path=SIGNING, data=b"a=b", content_type=content_type)
    assert (answer.status_code, ready.inbox()) == (415, [])


@pytest.mark.parametrize("told", [True, False])
def test_large_body_is_refused(ready: Browser, told: bool) -> None:
    """Whether or not the length is told beforehand."""
    body = b"hash=" + b"a" * 100_000
    more: dict[str, Any] = {} if told else {"environ_overrides": {"wsgi.input_terminated": True}, "content_length": None}
    stream = body if told else io.BytesIO(body)
    kind = "application/x-www-form-urlencoded"
    answer = ready.ask(OPERACIONES, method="POST", path=SIGNING, content_type=kind, **_body(stream, more))
    assert answer.status_code == 413
    assert not ready.inbox()


def _body(stream: Any, more: dict[str, Any]) -> dict[str, Any]:
    return {"input_stream": stream, **more} if isinstance(stream, io.BytesIO) else {"data": stream, **more}


def test_doubled_field_is_refused(ready: Browser) -> None:
    """Two values for one field are nobody's form."""
    fields = ready.form(OPERACIONES, SIGNING)
    body = f"hash={fields['hash']}&token={fields['token']}&token=x&since=0".encode()
    answer = ready.ask(OPERACIONES, method="POST", path=SIGNING, data=body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, ready.inbox()) == (400, [])


# --- when something is broken --------------------------------------------------------------------------------------------------


def test_topic_that_cannot_be_reached_loses_nothing(ready: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fact is stored; the clock finds it in the inbox."""

    def fail(dossier_id: str) -> None:
        raise DoubtfulError("pubsub.projects.topics.publish", 0, "closed")

    monkeypatch.setattr(ready.app, "publish_work", fail)
    assert ready.sign(OPERACIONES, SIGNING).status_code == 303
    assert len(ready.inbox()) == 1


def test_fault_is_told_without_its_inside(ready: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person reads a sentence and a reference, and the log has the same reference."""
    logged: dict[str, Any] = {}
    monkeypatch.setattr("expediente.page._log.exception", lambda message, extra: logged.update(extra))
    ready.app.store.commit([])
    ready.change(marks={"operaciones/recibido": "not a confirmation"})
    answer = ready.get(OPERACIONES, SIGNING)
    html = answer.get_data(as_text=True)
    assert (answer.status_code, logged) == (500, {"reference": ANY})
    assert logged["reference"] in html and "Traceback" not in html and "marks" not in html


def test_hostile_names_are_shown_as_text(browser: Browser) -> None:
    """What a stranger wrote into the form is never markup, nor turns the writing around."""
    nasty = '<script>alert(1)</script>"><b onmouseover=x>\u202eS.A.{{ 7*7 }}'
    dossier = waiting_for_signature()
    client = replace(dossier.intake.client, legal_name=nasty, trade_name=nasty)
    point = replace(dossier.intake.points[0], name=nasty, access_notes=nasty)
    bad = replace(
        dossier.intake, client=client, points=(point,), representative=replace(dossier.intake.representative, name=nasty)
    )
    put(browser.app, ticked(replace(dossier, intake=bad), next(iter(dossier.marks.values())).evidence, areas=("operaciones",)))
    for who, path in ((OPERACIONES, SIGNING), (EXPEDIENTES, CLOSING), (CUMPLIMIENTO, REVIEW), (OPERACIONES, "/")):
        html = browser.get(who, path).get_data(as_text=True)
        assert "&lt;script&gt;" in html
        assert "<script" not in html and "<b onmouseover" not in html and "\u202e" not in html
        assert "{{ 7*7 }}" in html


@pytest.mark.parametrize("prefix", ["", "/paginas"])
def test_pages_may_be_published_under_a_prefix(browser: Browser, prefix: str) -> None:
    """Links and forms lead back to where the pages are."""
    put(browser.app, waiting_for_signature())
    site = f"https://paginas.blindados-demo.example.com{prefix}"
    browser.app.settings = replace(browser.app.settings, page_url=site)
    assert f'href="{prefix}{SIGNING}"' in browser.get(OPERACIONES, f"{prefix}/").get_data(as_text=True)
    assert f'action="{prefix}{SIGNING}"' in browser.get(OPERACIONES, prefix + SIGNING).get_data(as_text=True)
    assert browser.sign(OPERACIONES, prefix + SIGNING).headers["Location"].startswith(prefix + SIGNING)
