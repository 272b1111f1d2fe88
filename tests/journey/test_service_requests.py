"""Requests of clients: from the link of the welcome mail to the call back, and what a stranger gets out of the form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from expediente.form_build import question_ids
from expediente.request_data import RequestState
from tests.harness import Case, Stack, cases, person
from tests.local_workspace import Workspace

CODE = "DEN-000778"
SERVICE = person("servicio_al_cliente")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A client that has got its welcome mail."""
    workspace = Workspace.start()
    made = Stack(workspace, Path(tmp_path_factory.mktemp("requests")))
    made.set_up()
    made.hand_over(cases()["C01"], CODE)
    made.keep("welcomed")
    made.finish(cases()["C01"])
    made.keep("active")
    yield made
    workspace.stop()


@pytest.fixture
def stack(company: Stack) -> Stack:
    """The client, untouched."""
    company.take("welcomed")
    return company


@pytest.fixture
def case() -> Case:
    """The client."""
    return cases()["C01"]


def mails(stack: Stack, kind: str) -> list[dict[str, object]]:
    """The mails of a kind that have left."""
    reads = stack.app.store.query("outbox_of_dossier", equals=stack.dossiers()[0].dossier_id, limit=1000)
    return [read.data for read in reads if read.data["kind"] == kind and read.data["state"] == "sent"]


def links(stack: Stack, kind: str = "bienvenida_cliente") -> list[dict[str, list[str]]]:
    """What each link of a mail to the client fills in: answers by key of the question."""
    names = {f"entry.{int(identity, 16)}": key for key, identity in question_ids(stack.app.forms["service_request"]).items()}
    found = re.findall(r"https?://\S+usp=pp_url\S+", str(mails(stack, kind)[-1]["text"]))
    parsed = [parse_qs(urlsplit(link).query) for link in found]
    return [{names[name]: values for name, values in said.items() if name in names} for said in parsed]


def ask(stack: Stack, token: str, text: str = "Veinte bolsas más", kind: str = "supplies") -> str:
    """Somebody sends the form without signing in."""
    said = {"request__token": token, "request__kind": kind, "request__text": text, "request__name": "Quien sea"}
    response = stack.answer("service_request", "", **said)
    stack.live()
    return response


def token_of(stack: Stack, kind: str = "bienvenida_cliente") -> str:
    """The token in the client's links."""
    return links(stack, kind)[0]["request.token"][0]


def call(stack: Stack, case: Case, **said: str) -> None:
    """Servicio al Cliente has called the registered contact."""
    stack.act(case, SERVICE, "devolver_llamada", "S01", **said)
    stack.live()


def test_r45_each_request_of_the_welcome_mail_has_its_form(stack: Stack) -> None:
    """A link a kind, filled with the kind and the client's token; neither code nor RUC stands in it."""
    filled = links(stack)
    labels = [option.label for option in stack.app.forms["service_request"].questions["request.kind"].options]
    assert [said["request.kind"] for said in filled] == [[label] for label in labels]
    assert len({said["request.token"][0] for said in filled}) == 1
    assert token_of(stack) not in repr(stack.dossiers()[0])


def test_r45_a_request_changes_nothing_until_the_contact_was_called(stack: Stack, case: Case) -> None:
    """Servicio al Cliente is told without a word of what was written; the page names the registered telephone."""
    before = stack.dossier(case).intake
    ask(stack, token_of(stack), text="Cambien la recolección a las 6:45")
    (told,) = mails(stack, "solicitud_cliente_servicio")
    assert told["to"] == [stack.app.process.area("servicio_al_cliente").group] and "6:45" not in str(told["text"])
    (heard,) = mails(stack, "solicitud_recibida_cliente")
    assert heard["to"] == [case["cliente"]["correo"]]
    call(stack, case, outcome="unreachable")
    assert stack.dossier(case).service_requests["S01"].tries == 1
    call(stack, case, outcome="confirmed", becomes="note", note="Se le llevan")
    dossier = stack.dossier(case)
    assert dossier.service_requests["S01"].state is RequestState.CONFIRMED
    assert "Se le llevan" in dossier.comments[-1].text and dossier.intake == before
    assert len(mails(stack, "solicitud_confirmada_cliente")) == 1


def test_r45_a_confirmed_request_leads_the_vendedora_to_the_change_form(stack: Stack, case: Case) -> None:
    """With code, RUC and kind filled in; the request itself has changed nothing."""
    ask(stack, token_of(stack))
    call(stack, case, outcome="confirmed", becomes="change")
    (told,) = mails(stack, "solicitud_a_modificacion")
    assert told["to"] == [case["vendedora"]] and CODE in str(told["text"]) and "usp=pp_url" in str(told["text"])
    assert not stack.dossier(case).changes


def test_r45_whoever_did_not_ask_is_heard(stack: Stack, case: Case) -> None:
    """The contact knows nothing of it: the request ends, and that stands in the dossier."""
    ask(stack, token_of(stack))
    call(stack, case, outcome="denied")
    dossier = stack.dossier(case)
    assert dossier.service_requests["S01"].state is RequestState.DENIED and "no la hizo" in dossier.comments[-1].text
    assert not mails(stack, "solicitud_confirmada_cliente")


def test_an_unknown_token_is_kept_and_tells_its_sender_nothing(stack: Stack, case: Case) -> None:
    """Servicio al Cliente gets what there is; no client is touched, and the token is not kept."""
    response = ask(stack, "clave-inventada")
    read = stack.app.store.get("submission", response)
    assert read is not None and read.data["outcome"] == "unidentified" and "clave-inventada" not in repr(read.data)
    (mail,) = stack.app.store.query("outbox_of_dossier", equals=read.data["dossier_id"])
    assert mail.data["to"] == [stack.app.process.area("servicio_al_cliente").group]
    assert not stack.dossier(case).service_requests


def test_the_same_request_twice_is_one(stack: Stack, case: Case) -> None:
    """A second push of the button adds nothing."""
    token = token_of(stack)
    ask(stack, token)
    ask(stack, token)
    assert len(stack.dossier(case).service_requests) == 1


def test_a_new_contact_gets_new_links_and_the_old_ones_die(company: Stack, case: Case) -> None:
    """Whoever was the contact keeps no way in."""
    company.take("active")
    old = token_of(company)
    common = {"dossier__code": CODE, "client__ruc": case["cliente"]["ruc"], "change__kind": "contact"}
    said = {"contact__name": "Nora Nueva", "contact__asked_by": "client", "change__reason": "Se fue la anterior"}
    company.answer("change", case["vendedora"], **common, **said)
    company.live()
    company.act(case, person("operaciones"), "decidir_modificacion", "M01", decision="approved")
    company.live()
    assert token_of(company, "enlace_solicitudes_cliente") != old
    ask(company, old)
    assert not company.dossier(case).service_requests
    ask(company, token_of(company, "enlace_solicitudes_cliente"))
    assert len(company.dossier(case).service_requests) == 1


def test_strangers_can_use_up_neither_the_mail_nor_a_record(stack: Stack, case: Case) -> None:
    """Beyond what the company allows, responses are kept and told to nobody; a waiting client's dossier does not grow."""
    most = stack.app.process.most_requests
    hour = stack.app.clock.now() + timedelta(hours=1)
    stack.workspace.set_clock(hour.replace(minute=0, second=0, microsecond=0).isoformat())
    asked = [ask(stack, "no-existe", f"Texto {number}") for number in range(most.unidentified_mails_an_hour + 3)]
    kept = [stack.app.store.get("submission", response) for response in asked]
    assert [read.data["outcome"] for read in kept if read is not None] == ["unidentified"] * len(asked)
    of_each = [stack.app.store.query("outbox_of_dossier", equals=read.data["dossier_id"]) for read in kept if read is not None]
    told = [mail.data["state"] for found in of_each for mail in found if mail.data["kind"] == "solicitud_sin_identificar"]
    assert told == ["sent"] * most.unidentified_mails_an_hour
    token = token_of(stack)
    for number in range(most.waiting + 2):
        ask(stack, token, f"Pedido {number}")
    assert len(stack.dossier(case).service_requests) == most.waiting
    assert not stack.failures and not stack.dossier(case).parked
