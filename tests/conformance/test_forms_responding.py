"""People answer forms along the branches they choose, and the API lists what they sent."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conformance.conftest import Emulator
from tests.conformance.forms_kit import OWNER, SELLER, STRANGER, Desk, Service, choice_item, question, refusal, text_item


@pytest.fixture
def desk(service: Service) -> Desk:
    """A new unpublished form on a fresh Workspace."""
    return Desk(service)


BRANCHED = (
    choice_item("Tipo", "00000001", "RADIO", {"value": "Persona", "goToSectionId": "00000a01"},
           {"value": "Empresa", "goToSectionId": "00000a02"}, {"value": "Nada", "goToAction": "SUBMIT_FORM"}),
    {"title": "Persona", "itemId": "00000a01", "pageBreakItem": {}},
    choice_item("Fin", "00000002", "DROP_DOWN", {"value": "Terminar", "goToAction": "SUBMIT_FORM"}, "Seguir"),
    {"title": "Empresa", "itemId": "00000a02", "pageBreakItem": {}},
    text_item("RUC", "00000003", required=True),
)  # fmt: skip


def build_branched(desk: Desk) -> None:
    """The form of BRANCHED: sections exist first, questions are put before and after them."""
    first, persona, fin, empresa, ruc = BRANCHED
    places = [(persona, 0), (empresa, 1), (fin, 1), (ruc, 3), (first, 0)]
    batch = [{"createItem": {"item": item, "location": {"index": index}}} for item, index in places]
    desk.forms.batchUpdate(formId=desk.form_id, body={"requests": batch}).execute()
    desk.publish()


def test_no_responses_is_an_empty_object(desk: Desk) -> None:
    """The list of a form without responses has no key at all (google-apis 1.4)."""
    assert desk.forms.responses().list(formId=desk.form_id).execute() == {}


def test_answer_arrives_by_question_id_with_the_verified_address(desk: Desk) -> None:
    """A response is keyed by question id, names its respondent and has an id like Google's (google-apis 1.4)."""
    desk.build(text_item("Nombre", "00000001", required=True), choice_item("Días", "00000002", "CHECKBOX", "lunes", "martes"))
    desk.publish()
    response_id = desk.answer({"Nombre": "ACME", "Días": ["lunes", "martes"]}).json()["responseId"]
    (response,) = desk.responses()
    assert response_id.startswith("ACYDB")
    assert response["respondentEmail"] == SELLER
    assert "formId" not in response
    assert response["answers"]["00000001"] == {"questionId": "00000001", "textAnswers": {"answers": [{"value": "ACME"}]}}
    assert [one["value"] for one in response["answers"]["00000002"]["textAnswers"]["answers"]] == ["lunes", "martes"]
    single = desk.forms.responses().get(formId=desk.form_id, responseId=response_id).execute()
    assert single == response | {"formId": desk.form_id}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"Apodo": "x", "Nombre": "x"}, "no question"),
        ({"Color": "rojo"}, "required"),
        ({"Nombre": "x", "Color": "verde"}, "not an option"),
        ({"Nombre": "x", "Color": ["rojo", "azul"]}, "takes one"),
        ({"Nombre": "x", "Fecha": "30/11/2026"}, "takes a date"),
        ({"Nombre": "x", "Nota": "9"}, "from 1 to 5"),
    ],
)
def test_page_refuses_what_a_person_could_not_send(desk: Desk, answers: Any, words: str) -> None:
    """Unknown titles, missing answers, options that are not there and malformed values do not get through."""
    date = {"title": "Fecha", "questionItem": {"question": {"dateQuestion": {"includeYear": True}}}}
    scale = {"title": "Nota", "questionItem": {"question": {"scaleQuestion": {"low": 1, "high": 5}}}}
    desk.build(
        text_item("Nombre", "00000001", required=True), choice_item("Color", "00000002", "RADIO", "rojo", "azul"), date, scale
    )
    desk.publish()
    refused = desk.answer(answers)
    assert refused.status_code == 400
    assert words in refused.text
    assert desk.responses() == []


def test_refusal_names_question_value_rule_and_remedy(desk: Desk) -> None:
    """Whoever reads the refusal knows what to write instead."""
    desk.build(choice_item("Color", "00000001", "RADIO", "rojo", "azul"))
    desk.publish()
    said = desk.answer({"Color": "verde"}).json()["error"]["message"]
    assert said == 'The question "Color" was answered with "verde", but it is not an option there. Give one of "rojo", "azul".'


def test_typed_address_must_look_like_one(desk: Desk) -> None:
    """Where the form asks to type an address it is required, and taken only in the shape of one."""
    desk.build(text_item("Nombre", "00000001"))
    change = {"updateSettings": {"settings": {"emailCollectionType": "RESPONDER_INPUT"}, "updateMask": "emailCollectionType"}}
    desk.forms.batchUpdate(formId=desk.form_id, body={"requests": [change]}).execute()
    desk.publish({"type": "anyone"})
    for nobody in ("", "vendedora"):
        refused = desk.answer({"Nombre": "a"}, nobody)
        assert (refused.status_code, "valid e-mail address" in refused.text) == (400, True)
    assert desk.answer({"Nombre": "a"}, "Ana@Otra.example").ok
    assert [one["respondentEmail"] for one in desk.responses()] == ["ana@otra.example"]


def test_other_takes_any_text(desk: Desk) -> None:
    """A question with an "other" option takes what is not in its list."""
    desk.build(choice_item("Color", "00000001", "RADIO", "rojo", {"isOther": True}))
    desk.publish()
    assert desk.answer({"Color": "verde"}).ok
    assert desk.responses()[0]["answers"]["00000001"]["textAnswers"]["answers"] == [{"value": "verde"}]


def test_required_question_counts_on_the_chosen_way_only(desk: Desk) -> None:
    """A required question of a section that is not reached is not asked."""
    build_branched(desk)
    assert desk.answer({"Tipo": "Persona", "Fin": "Terminar"}).ok
    assert desk.answer({"Tipo": "Nada"}).ok
    assert desk.answer({"Tipo": "Empresa", "RUC": "8-1-1"}).ok
    assert "required" in desk.answer({"Tipo": "Persona", "Fin": "Seguir"}).text
    assert "required" in desk.answer({"Tipo": "Empresa"}).text


def test_answer_off_the_way_is_refused(desk: Desk) -> None:
    """What the chosen branch never shows cannot be answered."""
    build_branched(desk)
    refused = desk.answer({"Tipo": "Nada", "RUC": "8-1-1"})
    assert refused.status_code == 400
    assert "not reached" in refused.text


def test_grid_answers_are_one_a_row(desk: Desk) -> None:
    """Each row of a grid is a question of its own (google-apis 1.4)."""
    rows = [
        {"questionId": "00000001", "rowQuestion": {"title": "Caja"}},
        {"questionId": "00000002", "rowQuestion": {"title": "Bolsa"}},
    ]
    columns = {"type": "RADIO", "options": [{"value": "sí"}, {"value": "no"}]}
    desk.build({"title": "Insumos", "questionGroupItem": {"questions": rows, "grid": {"columns": columns}}})
    desk.publish()
    assert desk.answer({"Insumos": {"Caja": "sí", "Bolsa": "no"}}).ok
    assert sorted(desk.responses()[0]["answers"]) == ["00000001", "00000002"]


def test_only_responders_may_answer(desk: Desk) -> None:
    """Who holds no responder permission is refused; members of a group that holds one are not (google-apis 1.2)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish({"type": "group", "emailAddress": "ventas@blindados-demo.example.com"})
    assert desk.answer({"Nombre": "x"}, STRANGER).status_code == 403
    assert desk.answer({"Nombre": "x"}).ok


def test_closed_form_takes_nothing(desk: Desk) -> None:
    """A published form that does not accept responses refuses them (google-apis 1.2)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish(accepting=False)
    refused = desk.answer({"Nombre": "x"})
    assert refused.status_code == 400
    assert "no longer accepting" in refused.text


def test_edited_response_keeps_its_id_and_creation(desk: Desk) -> None:
    """An edit moves lastSubmittedTime and nothing else (google-apis 1.4)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    response_id = desk.answer({"Nombre": "a"}).json()["responseId"]
    (before,) = desk.responses()
    requests.put(f"{desk.base}_local/clock", json={"advance_s": 60}, timeout=30)
    assert desk.answer({"Nombre": "b"}, responseId=response_id).json() == {"responseId": response_id}
    (after,) = desk.responses()
    assert after["createTime"] == before["createTime"]
    assert after["lastSubmittedTime"] > before["lastSubmittedTime"]


def test_filter_compares_the_last_submission(desk: Desk) -> None:
    """`>=` takes the instant itself, `>` does not; any other grammar is refused (google-apis 1.4)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    desk.answer({"Nombre": "a"})
    last = desk.responses()[0]["lastSubmittedTime"]
    assert len(desk.responses(filter=f"timestamp >= {last}")) == 1
    assert desk.responses(filter=f"timestamp > {last}") == []
    assert len(desk.responses(filter="timestamp >= 2020-01-01T00:00:00.123456789Z")) == 1
    at_home = last.replace("Z", "-05:00")
    for wrong in (f"timestamp < {last}", "timestamp >= ayer", f"lastSubmittedTime >= {last}", f"timestamp >= {at_home}"):
        assert refusal(lambda wrong=wrong: desk.responses(filter=wrong))[0] == 400  # type: ignore[misc]


def test_pages_hold_every_response_once(desk: Desk) -> None:
    """Following nextPageToken gives all responses; a token does not fit another filter (google-apis 1.4)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    sent = {desk.answer({"Nombre": str(number)}).json()["responseId"] for number in range(5)}
    listing, seen = desk.forms.responses(), []
    request = listing.list(formId=desk.form_id, pageSize=2)
    while request is not None:
        answer = request.execute()
        seen += [response["responseId"] for response in answer["responses"]]
        token = answer.get("nextPageToken")
        request = listing.list(formId=desk.form_id, pageSize=2, pageToken=token) if token else None
    assert len(seen) == 5
    assert set(seen) == sent
    token = listing.list(formId=desk.form_id, pageSize=2).execute()["nextPageToken"]
    for wrong in ({"pageToken": token, "filter": "timestamp > 2020-01-01T00:00:00Z"}, {"pageToken": "x"}, {"pageSize": -1}):
        assert refusal(lambda wrong=wrong: desk.responses(**wrong))[0] == 400  # type: ignore[misc]
    assert len(desk.responses(pageSize=9000)) == 5


def test_address_is_absent_where_none_is_collected(desk: Desk) -> None:
    """DO_NOT_COLLECT leaves no trace of who answered (google-apis 1.1)."""
    desk.build(text_item("Nombre", "00000001"))
    change = {"updateSettings": {"settings": {"emailCollectionType": "DO_NOT_COLLECT"}, "updateMask": "emailCollectionType"}}
    desk.forms.batchUpdate(formId=desk.form_id, body={"requests": [change]}).execute()
    desk.publish()
    desk.answer({"Nombre": "a"})
    assert "respondentEmail" not in desk.responses()[0]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ({"dateQuestion": {}}, "05-19", "05-19"),
        ({"dateQuestion": {"includeYear": True}}, "1986-05-19", "1986-05-19"),
        ({"dateQuestion": {"includeTime": True}}, "05-19 14:51", "05-19 14:51"),
        ({"dateQuestion": {"includeYear": True, "includeTime": True}}, "1986-05-19T14:51", "1986-05-19 14:51"),
        ({"timeQuestion": {}}, "14:51", "14:51"),
        ({"scaleQuestion": {"low": 0, "high": 3}}, 0, "0"),
        ({"ratingQuestion": {"ratingScaleLevel": 5, "iconType": "HEART"}}, "4", "4"),
        ({"textQuestion": {"paragraph": True}}, "uno\ndos", "uno\ndos"),
    ],
)
def test_answers_are_texts_in_googles_format(desk: Desk, kind: Any, given: Any, kept: str) -> None:
    """Dates, times, scales and texts come as the reference writes them (google-apis 1.4)."""
    desk.build(question("P", "00000001", **kind), text_item("Sin respuesta", "00000002"))
    desk.publish()
    assert desk.answer({"P": given}).ok
    assert desk.responses()[0]["answers"] == {
        "00000001": {"questionId": "00000001", "textAnswers": {"answers": [{"value": kept}]}}
    }


def test_times_are_as_fine_as_googles(desk: Desk) -> None:
    """createTime has milliseconds, lastSubmittedTime microseconds, and they differ by the rest (google-apis 1.4)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    clock = requests.put(f"{desk.base}_local/clock", json={"now": "2026-11-03T10:00:00.123456Z", "frozen": True}, timeout=30)
    assert clock.ok
    desk.answer({"Nombre": "x"})
    (response,) = desk.responses()
    assert list(response) == ["responseId", "createTime", "lastSubmittedTime", "respondentEmail", "answers"]
    assert response["createTime"] == "2026-11-03T10:00:00.123Z"
    assert response["lastSubmittedTime"] == "2026-11-03T10:00:00.123456Z"


@pytest.mark.parametrize(
    ("responder", "stranger_may"),
    [
        ({"type": "user", "emailAddress": SELLER}, False),
        ({"type": "group", "emailAddress": "ventas@blindados-demo.example.com"}, False),
        ({"type": "domain", "domain": "blindados-demo.example.com"}, True),
        ({"type": "anyone"}, True),
    ],
)
def test_responders_are_permissions_of_the_published_view(desk: Desk, responder: Any, stranger_may: bool) -> None:
    """Users, groups, the domain and anyone may be responders, and they see nothing of the form itself (google-apis 1.2)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish(responder)
    assert desk.answer({"Nombre": "x"}, SELLER).ok
    assert desk.answer({"Nombre": "x"}, STRANGER).ok is stranger_may
    for reader in (SELLER, STRANGER):
        assert refusal(desk.service("forms", "v1", reader).forms().get(formId=desk.form_id).execute)[0] == 403
    assert len(desk.service("drive", "v3", OWNER).permissions().list(fileId=desk.form_id).execute()["permissions"]) == 1


def test_editors_answer_by_a_switch(desk: Desk, emulator: Emulator) -> None:
    """Whether an editor answers without being a responder is not documented: it is a switch."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    assert desk.answer({"Nombre": "x"}, OWNER).ok
    emulator.local("PUT", "behaviour", {"forms_editors_may_respond": False})
    assert desk.answer({"Nombre": "x"}, OWNER).status_code == 403


def test_unpublished_and_trashed_forms_take_nothing(desk: Desk) -> None:
    """An unpublished form is closed to everyone; one in the trash is not found (google-apis 1.2)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    state = {"isPublished": False, "isAcceptingResponses": False}
    body = {"publishSettings": {"publishState": state}, "updateMask": "publishState"}
    desk.forms.setPublishSettings(formId=desk.form_id, body=body).execute()
    assert desk.answer({"Nombre": "x"}).status_code == 400
    desk.service("drive", "v3", OWNER).files().update(fileId=desk.form_id, body={"trashed": True}).execute()
    assert desk.answer({"Nombre": "x"}).status_code == 404


def test_responses_of_strangers_and_unknown_ones_are_refused(desk: Desk) -> None:
    """Who has no role on the form reads no response; an unknown response is not found."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    response_id = desk.answer({"Nombre": "x"}).json()["responseId"]
    theirs = desk.service("forms", "v1", STRANGER).forms().responses()
    assert refusal(theirs.get(formId=desk.form_id, responseId=response_id).execute)[0] == 403
    assert refusal(theirs.list(formId=desk.form_id).execute)[0] == 403
    assert refusal(desk.forms.responses().get(formId=desk.form_id, responseId="ACYDB").execute)[0] == 404


def test_copy_has_no_responses(desk: Desk) -> None:
    """What was answered stays with the original (google-apis 1.3)."""
    desk.build(text_item("Nombre", "00000001"))
    desk.publish()
    desk.answer({"Nombre": "x"})
    copied = desk.service("drive", "v3", OWNER).files().copy(fileId=desk.form_id, body={}).execute()["id"]
    assert desk.forms.responses().list(formId=copied).execute() == {}
