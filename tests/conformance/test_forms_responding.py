"""People answer forms along the branches they choose, and the API lists what they sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

OWNER = "formularios@blindados-demo.example.com"
SELLER = "vendedora.uno@blindados-demo.example.com"
STRANGER = "empleado.sin.rol@blindados-demo.example.com"
Service = Callable[..., Any]


class Desk:
    """A form with its owner's client, and the means to answer it."""

    def __init__(self, service: Service) -> None:
        self.service, self.forms = service, service("forms", "v1", OWNER).forms()
        self.base = service("forms", "v1", OWNER)._baseUrl
        self.form_id: str = self.forms.create(body={"info": {"title": "Alta"}}, unpublished=True).execute()["formId"]

    def build(self, *items: Any) -> None:
        """Put items into the form, in order."""
        batch = [{"createItem": {"item": item, "location": {"index": place}}} for place, item in enumerate(items)]
        self.forms.batchUpdate(formId=self.form_id, body={"requests": batch}).execute()

    def publish(self, responder: Any = None, accepting: bool = True) -> None:
        """Open the form to one responder (the seller when none is named)."""
        grant = {"role": "reader", "view": "published"} | (responder or {"type": "user", "emailAddress": SELLER})
        drive = self.service("drive", "v3", OWNER)
        drive.permissions().create(fileId=self.form_id, body=grant, sendNotificationEmail=False).execute()
        state = {"isPublished": True, "isAcceptingResponses": accepting}
        body = {"publishSettings": {"publishState": state}, "updateMask": "publishState"}
        self.forms.setPublishSettings(formId=self.form_id, body=body).execute()

    def answer(self, answers: Any, respondent: str = SELLER, **more: Any) -> requests.Response:
        """Send the form in as somebody."""
        body = {"respondent": respondent, "answers": answers} | more
        return requests.post(f"{self.base}_local/forms/{self.form_id}/responses", json=body, timeout=30)

    def responses(self, **query: Any) -> list[Any]:
        """What the API lists."""
        answer = self.forms.responses().list(formId=self.form_id, **query).execute()
        found: list[Any] = answer.get("responses", [])
        return found


@pytest.fixture
def desk(service: Service) -> Desk:
    """A new unpublished form on a fresh Workspace."""
    return Desk(service)


def text(title: str, question_id: str, *, required: bool = False) -> Any:
    """A text question."""
    return {"title": title, "questionItem": {"question": {"questionId": question_id, "required": required, "textQuestion": {}}}}


def choice(title: str, question_id: str, kind: str, *options: Any) -> Any:
    """A choice question; options are texts or whole options."""
    listed = [{"value": option} if isinstance(option, str) else option for option in options]
    question = {"questionId": question_id, "choiceQuestion": {"type": kind, "options": listed}}
    return {"title": title, "questionItem": {"question": question}}


BRANCHED = (
    choice("Tipo", "00000001", "RADIO", {"value": "Persona", "goToSectionId": "00000a01"},
           {"value": "Empresa", "goToSectionId": "00000a02"}, {"value": "Nada", "goToAction": "SUBMIT_FORM"}),
    {"title": "Persona", "itemId": "00000a01", "pageBreakItem": {}},
    choice("Fin", "00000002", "DROP_DOWN", {"value": "Terminar", "goToAction": "SUBMIT_FORM"}, "Seguir"),
    {"title": "Empresa", "itemId": "00000a02", "pageBreakItem": {}},
    text("RUC", "00000003", required=True),
)  # fmt: skip


def build_branched(desk: Desk) -> None:
    """The form of BRANCHED: sections exist first, questions are put before and after them."""
    first, persona, fin, empresa, ruc = BRANCHED
    places = [(persona, 0), (empresa, 1), (fin, 1), (ruc, 3), (first, 0)]
    batch = [{"createItem": {"item": item, "location": {"index": index}}} for item, index in places]
    desk.forms.batchUpdate(formId=desk.form_id, body={"requests": batch}).execute()
    desk.publish()


def test_no_responses_is_an_empty_object(desk: Desk) -> None:
    """The list of a form without responses has no key at all."""
    assert desk.forms.responses().list(formId=desk.form_id).execute() == {}


def test_answer_arrives_by_question_id_with_the_verified_address(desk: Desk) -> None:
    """A response is keyed by question id, names its respondent and has an id like Google's."""
    desk.build(text("Nombre", "00000001", required=True), choice("Días", "00000002", "CHECKBOX", "lunes", "martes"))
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
    desk.build(text("Nombre", "00000001", required=True), choice("Color", "00000002", "RADIO", "rojo", "azul"), date, scale)
    desk.publish()
    refused = desk.answer(answers)
    assert refused.status_code == 400
    assert words in refused.text
    assert desk.responses() == []


def test_other_takes_any_text(desk: Desk) -> None:
    """A question with an "other" option takes what is not in its list."""
    desk.build(choice("Color", "00000001", "RADIO", "rojo", {"isOther": True}))
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
    """Each row of a grid is a question of its own."""
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
    """Who holds no responder permission is refused; members of a group that holds one are not."""
    desk.build(text("Nombre", "00000001"))
    desk.publish({"type": "group", "emailAddress": "ventas@blindados-demo.example.com"})
    assert desk.answer({"Nombre": "x"}, STRANGER).status_code == 403
    assert desk.answer({"Nombre": "x"}).ok


def test_closed_form_takes_nothing(desk: Desk) -> None:
    """A published form that does not accept responses refuses them."""
    desk.build(text("Nombre", "00000001"))
    desk.publish(accepting=False)
    refused = desk.answer({"Nombre": "x"})
    assert refused.status_code == 400
    assert "no longer accepting" in refused.text


def test_edited_response_keeps_its_id_and_creation(desk: Desk) -> None:
    """An edit moves lastSubmittedTime and nothing else."""
    desk.build(text("Nombre", "00000001"))
    desk.publish()
    response_id = desk.answer({"Nombre": "a"}).json()["responseId"]
    (before,) = desk.responses()
    requests.put(f"{desk.base}_local/clock", json={"advance_s": 60}, timeout=30)
    assert desk.answer({"Nombre": "b"}, responseId=response_id).json() == {"responseId": response_id}
    (after,) = desk.responses()
    assert after["createTime"] == before["createTime"]
    assert after["lastSubmittedTime"] > before["lastSubmittedTime"]


def test_filter_compares_the_last_submission(desk: Desk) -> None:
    """`>=` takes the instant itself, `>` does not; any other grammar is refused."""
    desk.build(text("Nombre", "00000001"))
    desk.publish()
    desk.answer({"Nombre": "a"})
    last = desk.responses()[0]["lastSubmittedTime"]
    assert len(desk.responses(filter=f"timestamp >= {last}")) == 1
    assert desk.responses(filter=f"timestamp > {last}") == []
    for wrong in (f"timestamp < {last}", "timestamp >= ayer", f"lastSubmittedTime >= {last}"):
        with pytest.raises(HttpError) as caught:
            desk.responses(filter=wrong)
        assert caught.value.status_code == 400


def test_pages_hold_every_response_once(desk: Desk) -> None:
    """Following nextPageToken gives all responses; a token does not fit another filter."""
    desk.build(text("Nombre", "00000001"))
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


def test_address_is_absent_where_none_is_collected(desk: Desk) -> None:
    """DO_NOT_COLLECT leaves no trace of who answered."""
    desk.build(text("Nombre", "00000001"))
    change = {"updateSettings": {"settings": {"emailCollectionType": "DO_NOT_COLLECT"}, "updateMask": "emailCollectionType"}}
    desk.forms.batchUpdate(formId=desk.form_id, body={"requests": [change]}).execute()
    desk.publish()
    desk.answer({"Nombre": "a"})
    assert "respondentEmail" not in desk.responses()[0]
