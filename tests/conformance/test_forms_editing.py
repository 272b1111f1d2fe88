"""Forms are made and changed as at Google, and refused as at Google."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.forms_kit import OWNER, ROBOT, STRANGER, Service, choice, edit, new_form, refusal, section, text


@pytest.fixture
def forms(service: Service) -> Any:
    """The owner's Forms client on a fresh Workspace."""
    return service("forms", "v1", OWNER).forms()


def test_create_takes_titles_only(forms: Any) -> None:
    """Anything besides the two titles is refused with Google's sentence (google-apis 1.1)."""
    body = {"info": {"title": "A", "description": "B"}}
    code, message = refusal(lambda: forms.create(body=body).execute())
    assert code == 400
    assert message.startswith("Only info.title can be set when creating a form")


def test_refusal_of_a_full_form_is_googles_sentence(forms: Any) -> None:
    """The refusal as the table of answers has it, whole (google-apis 8.4)."""
    said = "Only info.title can be set when creating a form. To add items and change settings, use batchUpdate."
    extras: list[Any] = [{"items": [{"textItem": {}}]}, {"settings": {"quizSettings": {"isQuiz": True}}}, {"linkedSheetId": "x"}]
    for more in extras:
        assert refusal(lambda more=more: forms.create(body={"info": {"title": "A"}} | more).execute()) == (400, said)


def test_created_form_names_itself_and_its_public_address(forms: Any) -> None:
    """The answer holds id, titles, revision and an address for responders that is not the form id."""
    form = forms.create(body={"info": {"title": "Alta", "documentTitle": "Archivo"}}).execute()
    assert list(form) == ["formId", "info", "settings", "revisionId", "responderUri", "publishSettings"]
    assert form["info"] == {"title": "Alta", "documentTitle": "Archivo"}
    assert form["settings"] == {"emailCollectionType": "VERIFIED"}
    assert re.fullmatch(r"https://docs\.google\.com/forms/d/e/1FAIpQLS[\w-]+/viewform", form["responderUri"])
    assert form["formId"] not in form["responderUri"]
    assert form["publishSettings"] == {"publishState": {"isPublished": True, "isAcceptingResponses": True}}


def test_document_title_is_the_name_in_drive(forms: Any, service: Service) -> None:
    """It is set at creation, "Untitled form" when left out, and changed in Drive only (google-apis 1.1)."""
    form_id = new_form(forms)
    files = service("drive", "v3", OWNER).files()
    assert files.get(fileId=form_id, fields="name,mimeType").execute() == {
        "name": "Untitled form",
        "mimeType": "application/vnd.google-apps.form",
    }
    change = {"info": {"documentTitle": "Archivo"}, "updateMask": "documentTitle"}
    assert refusal(lambda: edit(forms, form_id, {"updateFormInfo": change}))[0] == 400
    files.update(fileId=form_id, body={"name": "Archivo"}).execute()
    assert forms.get(formId=form_id).execute()["info"] == {"title": "Prueba", "documentTitle": "Archivo"}


def test_title_is_one_line_and_never_empty(forms: Any) -> None:
    """Neither a new form nor an edited one goes without a title; line breaks are refused (google-apis 1.1)."""
    form_id = new_form(forms)
    assert refusal(lambda: forms.create(body={"info": {"documentTitle": "A"}}).execute())[0] == 400
    assert refusal(lambda: forms.create(body={"info": {"title": "a\nb"}}).execute()) == (
        400,
        "Displayed text cannot contain newlines",
    )
    for title in ("", "a\nb"):
        change = {"updateFormInfo": {"info": {"title": title}, "updateMask": "title"}}
        assert refusal(lambda change=change: edit(forms, form_id, change))[0] == 400  # type: ignore[misc]


def test_mask_is_required_everywhere_and_a_star_is_all(forms: Any) -> None:
    """updateFormInfo, updateSettings and updateItem need a mask; `*` stands for every member (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A"))
    changes: list[Any] = [
        {"updateFormInfo": {"info": {"title": "T", "description": "D"}}},
        {"updateSettings": {"settings": {"emailCollectionType": "RESPONDER_INPUT"}}},
        {"updateItem": {"item": {"title": "B", "textItem": {}}, "location": {"index": 0}}},
    ]
    for change in changes:
        assert refusal(lambda change=change: edit(forms, form_id, change))[0] == 400  # type: ignore[misc]
        next(iter(change.values()))["updateMask"] = "*"
    edit(forms, form_id, *changes)
    form = forms.get(formId=form_id).execute()
    assert form["info"] == {"title": "T", "description": "D", "documentTitle": "Untitled form"}
    assert form["settings"] == {"emailCollectionType": "RESPONDER_INPUT"}
    assert (form["items"][0]["title"], form["items"][0]["textItem"]) == ("B", {})


def test_location_needs_its_index(forms: Any) -> None:
    """An index that is left out is not zero, and one beyond the items is refused (google-apis 1.1)."""
    form_id = new_form(forms)
    item = {"title": "A", "textItem": {}}
    for location in ({}, {"index": 1}, {"index": -1}):
        request = {"createItem": {"item": item, "location": location}}
        assert refusal(lambda request=request: edit(forms, form_id, request))[0] == 400  # type: ignore[misc]
    assert refusal(lambda: edit(forms, form_id, {"deleteItem": {"location": {"index": 0}}}))[0] == 400


@pytest.mark.parametrize("kind", ["DO_NOT_COLLECT", "VERIFIED", "RESPONDER_INPUT"])
def test_addresses_are_collected_as_set(forms: Any, kind: str) -> None:
    """Each way of collecting addresses is a setting; a company's form begins with VERIFIED (google-apis 1.1)."""
    form_id = new_form(forms)
    assert forms.get(formId=form_id).execute()["settings"]["emailCollectionType"] == "VERIFIED"
    edit(forms, form_id, {"updateSettings": {"settings": {"emailCollectionType": kind}, "updateMask": "emailCollectionType"}})
    assert forms.get(formId=form_id).execute()["settings"]["emailCollectionType"] == kind


def test_form_is_born_published_unless_asked_otherwise(forms: Any, emulator: Emulator) -> None:
    """Without `unpublished` a form is born published and accepting, as was measured; a switch makes it as announced (google-apis 1.2)."""
    born_open, born_closed = new_form(forms), new_form(forms, unpublished=True)
    states = [forms.get(formId=one).execute()["publishSettings"]["publishState"] for one in (born_open, born_closed)]
    assert states == [{"isPublished": True, "isAcceptingResponses": True}, {}]
    emulator.local("PUT", "behaviour", {"forms_born_published": False})
    assert forms.get(formId=new_form(forms)).execute()["publishSettings"] == {"publishState": {}}


def test_new_form_and_copy_carry_the_permission_of_anyone(forms: Any, service: Service, emulator: Emulator) -> None:
    """A new form, published or not, and a copy are open to anyone with the link until that permission is removed (google-apis 1.2)."""
    drive = service("drive", "v3", OWNER)

    def responders(form_id: str) -> list[str]:
        asked = drive.permissions().list(fileId=form_id, includePermissionsForView="published", fields="permissions(id,view)")
        return [grant["id"] for grant in asked.execute()["permissions"] if grant.get("view") == "published"]

    closed = new_form(forms, unpublished=True)
    assert responders(new_form(forms)) == responders(closed) == ["anyoneWithLink"]
    drive.permissions().delete(fileId=closed, permissionId="anyoneWithLink").execute()
    assert responders(closed) == []
    assert responders(drive.files().copy(fileId=closed, body={}).execute()["id"]) == ["anyoneWithLink"]
    emulator.local("PUT", "behaviour", {"forms_born_open_to_anyone": False})
    assert responders(new_form(forms)) == []


def test_legacy_form_has_no_publish_settings(forms: Any, emulator: Emulator) -> None:
    """A form from before publish settings shows none and takes none (google-apis 1.2)."""
    emulator.local("PUT", "behaviour", {"forms_born_legacy": True})
    form_id = new_form(forms)
    assert "publishSettings" not in forms.get(formId=form_id).execute()
    body = {"publishSettings": {"publishState": {"isPublished": False, "isAcceptingResponses": False}}}
    assert refusal(lambda: forms.setPublishSettings(formId=form_id, body=body).execute())[0] == 400


def test_bare_service_account_gets_an_internal_error(service: Service) -> None:
    """A service account that acts for nobody owns no forms (google-apis 1.3)."""
    robot = service("forms", "v1", ROBOT).forms()
    assert refusal(lambda: robot.create(body={"info": {"title": "A"}}).execute())[0] == 500


def test_stranger_sees_nothing_and_unknown_form_is_not_found(forms: Any, service: Service) -> None:
    """No role on the file: 403; no such form: 404."""
    form_id = new_form(forms)
    stranger = service("forms", "v1", STRANGER).forms()
    assert refusal(lambda: stranger.get(formId=form_id).execute()) == (403, "The caller does not have permission")
    assert refusal(lambda: forms.get(formId="no-such-form").execute()) == (404, "Requested entity was not found.")


def test_batch_answers_in_order_and_keeps_own_ids(forms: Any) -> None:
    """Replies stand in the order of the requests; ids that were sent are the ids that come back (google-apis 1.1)."""
    form_id = new_form(forms)
    info = {"updateFormInfo": {"info": {"description": "D"}, "updateMask": "description"}}
    answer = edit(forms, form_id, text("A", itemId="0a0b0c01", questionId="0a0b0c02"), info, includeFormInResponse=True)
    assert answer["replies"] == [{"createItem": {"itemId": "0a0b0c01", "questionId": ["0a0b0c02"]}}, {}]
    assert answer["form"]["info"]["description"] == "D"
    assert answer["form"]["items"][0]["questionItem"]["question"] == {"questionId": "0a0b0c02", "textQuestion": {}}
    assert answer["writeControl"]["requiredRevisionId"] == answer["form"]["revisionId"]


def test_batch_is_all_or_nothing(forms: Any) -> None:
    """One bad request undoes the whole batch and is named by its number (google-apis 1.1)."""
    form_id = new_form(forms)
    code, message = refusal(lambda: edit(forms, form_id, text("A"), text("B", index=5)))
    assert code == 400
    assert message.startswith("Invalid requests[1]: ")
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
    """Each thing that Google refuses in an item is a 400 that says why (google-apis 1.1)."""
    form_id = new_form(forms)
    code, message = refusal(lambda: edit(forms, form_id, request_body))
    assert code == 400
    assert words in message


def test_id_in_use_is_refused(forms: Any) -> None:
    """A second item under the same id makes a second run recognizable (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A", itemId="0a0b0c01"))
    assert "Duplicate item ID" in refusal(lambda: edit(forms, form_id, text("A", itemId="0a0b0c01")))[1]


def test_branch_needs_its_section_beforehand(forms: Any) -> None:
    """A section made earlier in the same batch may be the target; one made later may not (google-apis 1.1)."""
    form_id = new_form(forms)
    branch = choice("A", "RADIO", [{"value": "x", "goToSectionId": "00000abc"}, {"value": "y"}])
    assert refusal(lambda: edit(forms, form_id, branch, section("S", "00000abc", 1)))[0] == 400
    edit(forms, form_id, section("S", "00000abc", 0), branch)
    items = forms.get(formId=form_id).execute()["items"]
    assert items[0]["questionItem"]["question"]["choiceQuestion"]["options"][0]["goToSectionId"] == items[1]["itemId"]


def test_update_changes_what_the_mask_names(forms: Any) -> None:
    """updateItem leaves alone what is not in its mask, and refuses to run without one (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A", questionId="0a0b0c02"))
    change = {"item": {"title": "B", "questionItem": {"question": {"required": True}}}, "location": {"index": 0}}
    assert refusal(lambda: edit(forms, form_id, {"updateItem": change}))[0] == 400
    edit(forms, form_id, {"updateItem": change | {"updateMask": "title,questionItem.question.required"}})
    item = forms.get(formId=form_id).execute()["items"][0]
    assert item["title"] == "B"
    assert item["questionItem"]["question"] == {"questionId": "0a0b0c02", "required": True, "textQuestion": {}}


def test_items_move_and_go(forms: Any) -> None:
    """moveItem and deleteItem work on places that are valid at that moment (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A"), text("B", 1), text("C", 2))
    move = {"moveItem": {"originalLocation": {"index": 2}, "newLocation": {"index": 0}}}
    edit(forms, form_id, move, {"deleteItem": {"location": {"index": 1}}})
    assert [item["title"] for item in forms.get(formId=form_id).execute()["items"]] == ["C", "B"]


def test_settings_are_set_and_false_is_left_out(forms: Any) -> None:
    """Quiz and e-mail collection are settings; what is false or zero does not appear in answers (google-apis 1.1)."""
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
    """Accepting without being published is an error; closing keeps the form published (google-apis 1.2)."""
    form_id = new_form(forms, unpublished=True)

    def publish(**state: bool) -> Any:
        body = {"publishSettings": {"publishState": state}, "updateMask": "publishState"}
        return forms.setPublishSettings(formId=form_id, body=body).execute()

    assert refusal(lambda: publish(isPublished=False, isAcceptingResponses=True))[0] == 400
    assert refusal(lambda: publish(isPublished=True))[0] == 400
    closed = publish(isPublished=True, isAcceptingResponses=False)
    assert closed == {"formId": form_id, "publishSettings": {"publishState": {"isPublished": True}}}


@pytest.mark.parametrize("mask", ["publishState", "publish_state", "*", "", "publishState.isPublished"])
def test_publish_mask(forms: Any, mask: str) -> None:
    """The mask names publish_state or everything; left out it is everything (google-apis 1.2)."""
    form_id = new_form(forms)
    body = {"publishSettings": {"publishState": {"isPublished": False, "isAcceptingResponses": False}}, "updateMask": mask}
    assert forms.setPublishSettings(formId=form_id, body=body).execute() == {
        "formId": form_id,
        "publishSettings": {"publishState": {}},
    }
    body["updateMask"] = "info"
    assert refusal(lambda: forms.setPublishSettings(formId=form_id, body=body).execute())[0] == 400


def test_copy_keeps_ids_and_comes_unpublished(forms: Any, service: Service) -> None:
    """A copy made by Drive has the same items, ids and settings, and neither the responders nor the published state (google-apis 1.3)."""
    form_id = new_form(forms)
    quiz = {"quizSettings": {"isQuiz": True}, "emailCollectionType": "DO_NOT_COLLECT"}
    info = {"updateFormInfo": {"info": {"description": "D"}, "updateMask": "description"}}
    edit(forms, form_id, text("A", questionId="0a0b0c02"), {"updateSettings": {"settings": quiz, "updateMask": "*"}}, info)
    drive = service("drive", "v3", OWNER)
    grant = {"type": "user", "role": "reader", "view": "published", "emailAddress": STRANGER}
    drive.permissions().create(fileId=form_id, body=grant, sendNotificationEmail=False).execute()
    copied = drive.files().copy(fileId=form_id, body={"name": "Copia"}).execute()["id"]
    original, copy = (forms.get(formId=one).execute() for one in (form_id, copied))
    assert copy["info"] == original["info"] | {"documentTitle": "Copia"}
    assert (copy["items"], copy["settings"]) == (original["items"], quiz)
    assert copy["publishSettings"] == {"publishState": {}}
    assert copy["responderUri"] != original["responderUri"]
    shown = (
        drive.permissions()
        .list(fileId=copied, includePermissionsForView="published", fields="permissions(emailAddress)")
        .execute()
    )
    assert {"emailAddress": STRANGER} not in shown["permissions"]


def test_drive_makes_a_form_with_one_empty_question(forms: Any, service: Service) -> None:
    """A form made by files.create is unpublished, has an untitled question and lies where it was asked for (google-apis 1.3)."""
    drive = service("drive", "v3", OWNER)
    shared = drive.drives().create(requestId="formularios", body={"name": "Unidad"}).execute()["id"]
    body = {"name": "Encuesta", "mimeType": "application/vnd.google-apps.form", "parents": [shared]}
    file = drive.files().create(body=body, supportsAllDrives=True, fields="id,driveId").execute()
    assert file["driveId"] == shared
    form = forms.get(formId=file["id"]).execute()
    assert (form["info"], form["publishSettings"]) == ({"documentTitle": "Encuesta"}, {"publishState": {}})
    (item,) = form["items"]
    assert "title" not in item
    assert item["questionItem"]["question"]["choiceQuestion"] == {"type": "RADIO", "options": [{"value": "Option 1"}]}


def test_unknown_field_is_refused(forms: Any) -> None:
    """A field that Google's schema does not know is a 400."""
    form_id = new_form(forms)
    assert refusal(lambda: edit(forms, form_id, {"createItem": {"itme": {}}}))[0] == 400
