"""Files that people hand in with a form. They become files of the form's owner, in a folder of the form."""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePosixPath

from emulator.drive import files as drive_files
from emulator.forms.access import document_title, owner_of
from emulator.forms.answers import Given, files_of
from emulator.forms.errors import invalid
from emulator.forms.model import Form, forms, new_hex_id
from emulator.kernel import Json, World

_FOLDER = "application/vnd.google-apps.folder"


def add_upload_question(world: World, form_id: str, title: str, *, required: bool = False, max_files: int = 1) -> str:
    """Add a file-upload question by hand, as only a person in the editor can, and return its question id.

    400 when the form has no owner: files need somebody's My Drive.
    """
    form = forms(world)[form_id]
    owner = owner_of(world, form_id)
    if owner is None:
        raise invalid("File upload questions are not available for forms in shared drives.")
    name = f"{document_title(world, form_id)} (File responses)"
    folder = drive_files.create_file(world, owner, name=name, mime_type=_FOLDER, parents=[])
    question_id = new_hex_id(set())
    upload: Json = {"folderId": folder.id, "maxFiles": max_files, "maxFileSize": "10485760"}
    question: Json = {"questionId": question_id, "fileUploadQuestion": upload}
    if required:
        question["required"] = True
    form.items.append({"itemId": new_hex_id(set()), "title": title, "questionItem": {"question": question}})
    form.revision += 1
    forms(world)[form_id] = form
    return question_id


def store(world: World, form: Form, respondent: str, given: dict[str, tuple[Json, Given]]) -> Json:
    """Keep the files and return the answers to their questions, by question id. Everything is checked before anything is kept."""
    checked = {question_id: _checked(question, value) for question_id, (question, value) in given.items()}
    answers: Json = {}
    for question_id, files in checked.items():
        folder_id = given[question_id][0]["fileUploadQuestion"]["folderId"]
        stored = [_store_one(world, form, respondent, folder_id, name, kind, data) for name, kind, data in files]
        answers[question_id] = {"questionId": question_id, "fileUploadAnswers": {"answers": stored}}
    return answers


def _checked(question: Json, given: Given) -> list[tuple[str, str, bytes]]:
    entries, rule = files_of(given), question["fileUploadQuestion"]
    if not entries:
        raise invalid("A file upload question takes files.")
    if len(entries) > int(rule.get("maxFiles", 1)):
        raise invalid(f"The question takes {rule.get('maxFiles', 1)} file(s) at most.")
    try:
        found = [
            (str(entry.get("name", "file")), entry.get("mimeType", "application/octet-stream"),
             base64.b64decode(entry.get("base64", ""), validate=True))
            for entry in entries
        ]
    except (binascii.Error, ValueError) as error:
        raise invalid("A file is not valid base64.") from error
    limit_bytes = int(rule.get("maxFileSize", 0))
    if limit_bytes and any(len(data) > limit_bytes for _, _, data in found):
        raise invalid(f"A file is larger than {limit_bytes} bytes.")
    return found


def _store_one(world: World, form: Form, respondent: str, folder_id: str, name: str, kind: str, data: bytes) -> Json:
    owner = owner_of(world, form.form_id)
    assert owner is not None
    path = PurePosixPath(name.replace("/", "_"))
    shown = f"{path.stem} - {world.directory.display_name(respondent)}{path.suffix}"
    file = drive_files.create_file(world, owner, name=shown, mime_type=kind, parents=[folder_id], content=data)
    return {"fileId": file.id, "fileName": shown, "mimeType": kind}
