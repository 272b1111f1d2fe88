"""Forms are made and changed as at Google, and refused as at Google."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from googleapiclient.errors import HttpError

OWNER = "formularios@blindados-demo.example.com"
OTHER = "empleado.sin.rol@blindados-demo.example.com"
ROBOT = "expediente-forms@expediente-demo.iam.gserviceaccount.com"
Service = Callable[..., Any]


@pytest.fixture
def forms(service: Service) -> Any:
    """The owner's Forms client on a fresh Workspace."""
    return service("forms", "v1", OWNER).forms()


def new_form(forms: Any, title: str = "Prueba", **query: Any) -> str:
    """A new form's id."""
    form_id: str = forms.create(body={"info": {"title": title}}, **query).execute()["formId"]
    return form_id


def edit(forms: Any, form_id: str, *batch: Any, **more: Any) -> Any:
    """Send a batch of requests."""
    return forms.batchUpdate(formId=form_id, body={"requests": list(batch)} | more).execute()


def text(title: str, index: int = 0, **ids: Any) -> Any:
    """A request that makes a short text question."""
    question = {"textQuestion": {}} | {key: value for key, value in ids.items() if key != "itemId"}
    item = {"title": title, "questionItem": {"question": question}}
    if "itemId" in ids:
        item["itemId"] = ids["itemId"]
    return {"createItem": {"item": item, "location": {"index": index}}}


def choice(title: str, kind: str, options: list[Any], index: int = 0) -> Any:
    """A request that makes a choice question."""
    question = {"choiceQuestion": {"type": kind, "options": options}}
    return {"createItem": {"item": {"title": title, "questionItem": {"question": question}}, "location": {"index": index}}}


def section(title: str, item_id: str, index: int) -> Any:
    """A request that makes a section."""
    item = {"title": title, "itemId": item_id, "pageBreakItem": {}}
    return {"createItem": {"item": item, "location": {"index": index}}}


def refusal(call: Callable[[], Any]) -> tuple[int, str]:
    """Status and message of a call that must fail."""
    with pytest.raises(HttpError) as caught:
        call()
    return caught.value.status_code, str(caught.value.reason)


def test_create_takes_titles_only(forms: Any) -> None:
    """Anything besides the two titles is refused with Google's sentence."""
    body = {"info": {"title": "A", "description": "B"}}
    code, message = refusal(lambda: forms.create(body=body).execute())
    assert code == 400
    assert message.startswith("Only info.title can be set when creating a form")


def test_created_form_names_itself_and_its_public_address(forms: Any) -> None:
    """The answer holds id, titles, revision and an address for responders that is not the form id."""
    form = forms.create(body={"info": {"title": "Alta", "documentTitle": "Archivo"}}).execute()
    assert form["info"] == {"title": "Alta", "documentTitle": "Archivo"}
    assert form["settings"] == {"emailCollectionType": "VERIFIED"}
    assert re.fullmatch(r"https://docs\.google\.com/forms/d/e/1FAIpQLS[\w-]+/viewform", form["responderUri"])
    assert form["formId"] not in form["responderUri"]
    assert "items" not in form


def test_form_is_born_open_unless_asked_otherwise(forms: Any, service: Service) -> None:
    """Without `unpublished` a form is published with a responder permission for anyone; with it, it is neither."""
    permissions = service("drive", "v3", OWNER).permissions()
    born_open, born_closed = new_form(forms), new_form(forms, unpublished=True)
    states = [forms.get(formId=one).execute()["publishSettings"]["publishState"] for one in (born_open, born_closed)]
    assert states == [{"isPublished": True, "isAcceptingResponses": True}, {}]
    shown = [
        permissions.list(fileId=one, includePermissionsForView="published", fields="permissions(id,type,view)").execute()
        for one in (born_open, born_closed)
    ]
    assert [[grant["id"] for grant in one["permissions"] if grant["type"] == "anyone"] for one in shown] == [
        ["anyoneWithLink"],
        [],
    ]
    permissions.delete(fileId=born_open, permissionId="anyoneWithLink").execute()


def test_bare_service_account_gets_an_internal_error(service: Service) -> None:
    """A service account that acts for nobody owns no forms."""
    robot = service("forms", "v1", ROBOT).forms()
    assert refusal(lambda: robot.create(body={"info": {"title": "A"}}).execute())[0] == 500


def test_stranger_sees_nothing_and_unknown_form_is_not_found(forms: Any, service: Service) -> None:
    """No role on the file: 403; no such form: 404."""
    form_id = new_form(forms)
    stranger = service("forms", "v1", OTHER).forms()
    assert refusal(lambda: stranger.get(formId=form_id).execute()) == (403, "The caller does not have permission")
    assert refusal(lambda: forms.get(formId="no-such-form").execute()) == (404, "Requested entity was not found.")


def test_batch_answers_in_order_and_keeps_own_ids(forms: Any) -> None:
    """Replies stand in the order of the requests; ids that were sent are the ids that come back."""
    form_id = new_form(forms)
    info = {"updateFormInfo": {"info": {"description": "D"}, "updateMask": "description"}}
    answer = edit(forms, form_id, text("A", itemId="0a0b0c01", questionId="0a0b0c02"), info, includeFormInResponse=True)
    assert answer["replies"] == [{"createItem": {"itemId": "0a0b0c01", "questionId": ["0a0b0c02"]}}, {}]
    assert answer["form"]["info"]["description"] == "D"
    assert answer["form"]["items"][0]["questionItem"]["question"] == {"questionId": "0a0b0c02", "textQuestion": {}}
    assert answer["writeControl"]["requiredRevisionId"] == answer["form"]["revisionId"]


def test_batch_is_all_or_nothing(forms: Any) -> None:
    """One bad request undoes the whole batch and is named by its number."""
    form_id = new_form(forms)
    code, message = refusal(lambda: edit(forms, form_id, text("A"), text("B", index=5)))
    assert code == 400
    assert message.startswith("Invalid requests[1].createItem")
    assert "items" not in forms.get(formId=form_id).execute()


@pytest.mark.parametrize(
    ("request_body", "words"),
    [
        (text("dos\nlíneas"), "Displayed text cannot contain newlines"),
        (choice("A", "RADIO", [{"value": "a\nb"}]), "Displayed text cannot contain newlines"),
        (choice("A", "RADIO", [{"value": "x", "isOther": True}]), "Cannot set option.value when isOther is true"),
        (choice("A", "CHECKBOX", [{"value": "x", "goToAction": "SUBMIT_FORM"}]), "navigation"),
        (choice("A", "RADIO", [{"value": "x", "goToSectionId": "00000abc"}]), "no section"),
        (text("A", grading={"pointValue": 1}), "Invalid grading"),
        (text("A", itemId="not hex"), "Invalid item ID"),
        ({"createItem": {"item": {"title": "A", "questionItem": {"question": {"fileUploadQuestion": {}}}}, "location": {"index": 0}}},
         "does not support creating file upload questions"),
        ({"createItem": {"item": {"title": "A", "textItem": {}}, "location": {}}}, "index is required"),
        ({}, "request kind was not provided"),
    ],
)  # fmt: skip
def test_item_that_google_refuses_is_refused(forms: Any, request_body: Any, words: str) -> None:
    """Each thing that Google refuses in an item is a 400 that says why."""
    form_id = new_form(forms)
    code, message = refusal(lambda: edit(forms, form_id, request_body))
    assert code == 400
    assert words in message


def test_id_in_use_is_refused(forms: Any) -> None:
    """A second item under the same id makes a second run recognizable."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A", itemId="0a0b0c01"))
    assert "Duplicate item ID" in refusal(lambda: edit(forms, form_id, text("A", itemId="0a0b0c01")))[1]


def test_branch_needs_its_section_beforehand(forms: Any) -> None:
    """A section made earlier in the same batch may be the target; one made later may not."""
    form_id = new_form(forms)
    branch = choice("A", "RADIO", [{"value": "x", "goToSectionId": "00000abc"}, {"value": "y"}])
    assert refusal(lambda: edit(forms, form_id, branch, section("S", "00000abc", 1)))[0] == 400
    edit(forms, form_id, section("S", "00000abc", 0), branch)
    items = forms.get(formId=form_id).execute()["items"]
    assert items[0]["questionItem"]["question"]["choiceQuestion"]["options"][0]["goToSectionId"] == items[1]["itemId"]


def test_stale_revision_is_refused(forms: Any) -> None:
    """`requiredRevisionId` of an older state stops the batch."""
    form_id = new_form(forms)
    old = forms.get(formId=form_id).execute()["revisionId"]
    edit(forms, form_id, text("A"), writeControl={"requiredRevisionId": old})
    assert refusal(lambda: edit(forms, form_id, text("B"), writeControl={"requiredRevisionId": old}))[0] == 400


def test_update_changes_what_the_mask_names(forms: Any) -> None:
    """updateItem leaves alone what is not in its mask, and refuses to run without one."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A", questionId="0a0b0c02"))
    change = {"item": {"title": "B", "questionItem": {"question": {"required": True}}}, "location": {"index": 0}}
    assert refusal(lambda: edit(forms, form_id, {"updateItem": change}))[0] == 400
    edit(forms, form_id, {"updateItem": change | {"updateMask": "title,questionItem.question.required"}})
    item = forms.get(formId=form_id).execute()["items"][0]
    assert item["title"] == "B"
    assert item["questionItem"]["question"] == {"questionId": "0a0b0c02", "required": True, "textQuestion": {}}


def test_items_move_and_go(forms: Any) -> None:
    """moveItem and deleteItem work on places that are valid at that moment."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A"), text("B", 1), text("C", 2))
    move = {"moveItem": {"originalLocation": {"index": 2}, "newLocation": {"index": 0}}}
    edit(forms, form_id, move, {"deleteItem": {"location": {"index": 1}}})
    assert [item["title"] for item in forms.get(formId=form_id).execute()["items"]] == ["C", "B"]


def test_settings_are_set_and_false_is_left_out(forms: Any) -> None:
    """Quiz and e-mail collection are settings; what is false or zero does not appear in answers."""
    form_id = new_form(forms)
    settings = {"quizSettings": {"isQuiz": True}, "emailCollectionType": "DO_NOT_COLLECT"}
    edit(forms, form_id, {"updateSettings": {"settings": settings, "updateMask": "*"}})
    assert forms.get(formId=form_id).execute()["settings"] == settings
    scale = {"scaleQuestion": {"low": 0, "high": 5}, "required": False}
    edit(forms, form_id, {"createItem": {"item": {"title": "A", "questionItem": {"question": scale}}, "location": {"index": 0}}})
    question = forms.get(formId=form_id).execute()["items"][0]["questionItem"]["question"]
    assert question["scaleQuestion"] == {"high": 5}
    assert "required" not in question


def test_publishing_needs_both_switches(forms: Any) -> None:
    """Accepting without being published is an error; closing keeps the form published."""
    form_id = new_form(forms, unpublished=True)

    def publish(**state: bool) -> Any:
        body = {"publishSettings": {"publishState": state}, "updateMask": "publishState"}
        return forms.setPublishSettings(formId=form_id, body=body).execute()

    assert refusal(lambda: publish(isPublished=False, isAcceptingResponses=True))[0] == 400
    assert refusal(lambda: publish(isPublished=True))[0] == 400
    closed = publish(isPublished=True, isAcceptingResponses=False)
    assert closed == {"formId": form_id, "publishSettings": {"publishState": {"isPublished": True}}}


def test_copy_keeps_ids_and_comes_unpublished(forms: Any, service: Service) -> None:
    """A copy made by Drive has the same question ids and neither responders nor a published state."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A", questionId="0a0b0c02"))
    copied = service("drive", "v3", OWNER).files().copy(fileId=form_id, body={"name": "Copia"}).execute()["id"]
    copy = forms.get(formId=copied).execute()
    assert copy["info"]["documentTitle"] == "Copia"
    assert copy["items"][0]["questionItem"]["question"]["questionId"] == "0a0b0c02"
    assert copy["publishSettings"] == {"publishState": {}}


def test_unknown_field_is_refused(forms: Any) -> None:
    """A field that Google's schema does not know is a 400."""
    form_id = new_form(forms)
    assert refusal(lambda: edit(forms, form_id, {"createItem": {"itme": {}}}))[0] == 400
