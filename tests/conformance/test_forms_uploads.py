"""File-upload questions: made by hand only, answered with files that become the form owner's."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from tests.conformance.conftest import Emulator
from tests.conformance.forms_kit import OWNER, SELLER, Desk, Service, edit, question, refusal, text_item

FORM = "application/vnd.google-apps.form"
MEGABYTE = 1024 * 1024


@pytest.fixture
def desk(service: Service) -> Desk:
    """A form with one text question, open to the seller."""
    made = Desk(service)
    made.build(text_item("Nombre", "00000001"))
    made.publish()
    return made


def by_hand(desk: Desk, title: str = "Cédula", **more: Any) -> requests.Response:
    """Add an upload question as a person does in the editor."""
    return requests.post(f"{desk.base}_local/forms/{desk.form_id}/upload-questions", json={"title": title} | more, timeout=30)


def file_named(name: str, data: bytes = b"%PDF", kind: str = "application/pdf") -> Any:
    """A file as an answer."""
    return {"file": {"name": name, "mimeType": kind, "base64": base64.b64encode(data).decode()}}


def uploads_of(form: Any) -> list[Any]:
    """The upload questions of a form."""
    questions = [item["questionItem"]["question"] for item in form["items"] if "questionItem" in item]
    return [one for one in questions if "fileUploadQuestion" in one]


def test_api_does_not_make_upload_questions(desk: Desk) -> None:
    """createItem with a file-upload question is refused, and so is an update into one (google-apis 1.1) (google-apis 8.4)."""
    item = question("Cédula", "00000002", fileUploadQuestion={"folderId": "x"})
    assert refusal(lambda: desk.build(item))[0] == 400
    change = {"item": item, "location": {"index": 0}, "updateMask": "questionItem.question"}
    code, message = refusal(lambda: edit(desk.forms, desk.form_id, {"updateItem": change}))
    assert code == 400
    assert "does not support creating file upload questions" in message


def test_question_made_by_hand_is_read_and_edited(desk: Desk) -> None:
    """The API reads it with its folder and limits, and may change its title and place (google-apis 1.1)."""
    question_id = by_hand(desk, required=True, maxFiles=5, maxFileSize=MEGABYTE, types=["PDF", "IMAGE"], index=0).json()[
        "questionId"
    ]
    form = desk.forms.get(formId=desk.form_id).execute()
    (asked,) = uploads_of(form)
    folder_id = asked["fileUploadQuestion"].pop("folderId")
    limits = {"types": ["PDF", "IMAGE"], "maxFiles": 5, "maxFileSize": "1048576"}
    assert asked == {"questionId": question_id, "required": True, "fileUploadQuestion": limits}
    drive = desk.service("drive", "v3", OWNER).files()
    assert drive.get(fileId=folder_id, fields="name,ownedByMe").execute() == {
        "name": "Cédula (File responses)",
        "ownedByMe": True,
    }
    rename = {"updateItem": {"item": {"title": "Aviso"}, "location": {"index": 0}, "updateMask": "title"}}
    edit(desk.forms, desk.form_id, rename, {"moveItem": {"originalLocation": {"index": 0}, "newLocation": {"index": 1}}})
    assert [item["title"] for item in desk.forms.get(formId=desk.form_id).execute()["items"]] == ["Nombre", "Aviso"]


def test_file_becomes_the_owners_and_the_answer_names_it(desk: Desk) -> None:
    """A file lies in the owner's My Drive under its sender's name; the response carries id, name and type (google-apis 1.4)."""
    question_id = by_hand(desk).json()["questionId"]
    assert desk.answer({"Cédula": file_named("cedula.pdf")}).ok
    (response,) = desk.responses()
    (answer,) = response["answers"][question_id]["fileUploadAnswers"]["answers"]
    assert set(answer) == {"fileId", "fileName", "mimeType"}
    drive = desk.service("drive", "v3", OWNER).files()
    file = drive.get(fileId=answer["fileId"], fields="name,mimeType,ownedByMe,parents").execute()
    (asked,) = uploads_of(desk.forms.get(formId=desk.form_id).execute())
    assert file == {
        "name": "cedula - Marisol Quintero Vega.pdf",
        "mimeType": "application/pdf",
        "ownedByMe": True,
        "parents": [asked["fileUploadQuestion"]["folderId"]],
    }
    assert (answer["fileName"], answer["mimeType"]) == (file["name"], file["mimeType"])
    assert drive.get_media(fileId=answer["fileId"]).execute() == b"%PDF"


@pytest.mark.parametrize(
    "files",
    [
        [file_named("a.pdf"), file_named("b.pdf")],
        file_named("a.png", kind="image/png"),
        file_named("a.pdf", b"x" * (MEGABYTE + 1)),
        "solo texto",
    ],
)
def test_files_beyond_the_limits_are_refused(desk: Desk, files: Any) -> None:
    """Too many, of another type, too large, or none at all: the page does not send them."""
    by_hand(desk, types=["PDF"], maxFileSize=MEGABYTE)
    assert desk.answer({"Cédula": files}).status_code == 400
    assert desk.responses() == []


def test_upload_needs_a_signed_in_person(desk: Desk) -> None:
    """A form with an upload question takes no answers from nobody, even where no address is collected (google-apis 1.3)."""
    change = {"settings": {"emailCollectionType": "DO_NOT_COLLECT"}, "updateMask": "emailCollectionType"}
    edit(desk.forms, desk.form_id, {"updateSettings": change})
    desk.publish({"type": "anyone"})
    assert desk.answer({"Nombre": "x"}, "").ok
    by_hand(desk)
    assert desk.answer({"Nombre": "x"}, "").status_code == 403
    assert desk.answer({"Nombre": "x"}, SELLER).ok


def test_form_in_a_shared_drive_takes_no_files(service: Service, desk: Desk) -> None:
    """Files need somebody's My Drive, which a form in a shared drive has not; a copy there loses the question (google-apis 1.3)."""
    by_hand(desk)
    drive = service("drive", "v3", OWNER)
    shared = drive.drives().create(requestId="formularios", body={"name": "Unidad"}).execute()["id"]
    files = drive.files()
    made = files.create(body={"name": "F", "mimeType": FORM, "parents": [shared]}, supportsAllDrives=True).execute()["id"]
    address = f"{desk.base}_local/forms/{made}/upload-questions"
    assert requests.post(address, json={"title": "Cédula"}, timeout=30).status_code == 400
    copied = files.copy(fileId=desk.form_id, body={"parents": [shared]}, supportsAllDrives=True).execute()["id"]
    assert uploads_of(desk.forms.get(formId=copied).execute()) == []


def test_copy_keeps_upload_questions_with_folders_of_their_own(desk: Desk, emulator: Emulator) -> None:
    """A copy asks for the same files and keeps them apart; a switch lets it lose the questions (google-apis 1.3)."""
    question_id = by_hand(desk).json()["questionId"]
    copy = desk.service("drive", "v3", OWNER).files().copy
    (before,) = uploads_of(desk.forms.get(formId=desk.form_id).execute())
    (after,) = uploads_of(desk.forms.get(formId=copy(fileId=desk.form_id, body={}).execute()["id"]).execute())
    assert after["questionId"] == question_id
    assert after["fileUploadQuestion"]["folderId"] != before["fileUploadQuestion"]["folderId"]
    emulator.local("PUT", "behaviour", {"forms_copies_keep_uploads": False})
    bare = desk.forms.get(formId=copy(fileId=desk.form_id, body={}).execute()["id"]).execute()
    assert [item["title"] for item in bare["items"]] == ["Nombre"]


@pytest.mark.parametrize("more", [{"maxFiles": 3}, {"maxFileSize": 5}, {"types": ["ZIP"]}, {"index": 9}, {"folderId": "x"}])
def test_editor_offers_fixed_limits(desk: Desk, more: Any) -> None:
    """What the editor does not offer cannot be made by hand either."""
    assert by_hand(desk, **more).status_code == 400
