"""Files that people hand in with a form. They become files of the form's owner, in a folder of the form.

Source: Google Forms help, "File upload"; the names of folders and files are those that Google is seen to give.
"""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from emulator.drive import files as drive_files
from emulator.forms import revisions, watches
from emulator.forms.access import document_title, owner_of
from emulator.forms.answers import Given, files_of
from emulator.forms.errors import invalid, not_found, unacceptable
from emulator.forms.items import assign_ids, cleaned
from emulator.forms.model import Form, forms, questions_of
from emulator.kernel import Json, World

if TYPE_CHECKING:
    from emulator.drive.files import File

_FOLDER = "application/vnd.google-apps.folder"
_OFFICE = "application/vnd.openxmlformats-officedocument."
# What the page lets through for a type, by the beginnings of MIME types.
TYPES: dict[str, tuple[str, ...]] = {
    "ANY": ("",),
    "DOCUMENT": (
        "application/vnd.google-apps.document",
        "application/msword",
        _OFFICE + "wordprocessingml",
        "text/",
        "application/rtf",
    ),
    "PRESENTATION": ("application/vnd.google-apps.presentation", "application/vnd.ms-powerpoint", _OFFICE + "presentationml"),
    "SPREADSHEET": ("application/vnd.google-apps.spreadsheet", "application/vnd.ms-excel", _OFFICE + "spreadsheetml", "text/csv"),
    "DRAWING": ("application/vnd.google-apps.drawing", "image/svg+xml"),
    "PDF": ("application/pdf",),
    "IMAGE": ("image/",),
    "VIDEO": ("video/",),
    "AUDIO": ("audio/",),
}
MOST_FILES = (1, 5, 10)
MEGABYTE = 1024 * 1024
MOST_BYTES = (MEGABYTE, 10 * MEGABYTE, 100 * MEGABYTE, 1024 * MEGABYTE, 10 * 1024 * MEGABYTE)


def add_upload_question(
    world: World,
    form_id: str,
    title: str,
    *,
    required: bool = False,
    max_files: int = 1,
    max_file_size_bytes: int = 10 * MEGABYTE,
    types: Sequence[str] = (),
    index: int | None = None,
) -> str:
    """Add a file-upload question by hand, as only a person in the editor can, and return its question id.

    max_files and max_file_size_bytes: one of those that the editor offers. types: names of `TYPES`, none for any.
    index: where, None for the end. 400 for other values, and when the form has no owner: files need somebody's My Drive.
    """
    form = forms(world).get(form_id)
    if form is None or form_id not in world.table(drive_files.FILES):
        raise not_found()
    place = len(form.items) if index is None else index
    if max_files not in MOST_FILES or max_file_size_bytes not in MOST_BYTES or set(types) - set(TYPES):
        raise invalid("The editor offers 1, 5 or 10 files of 1 MB, 10 MB, 100 MB, 1 GB or 10 GB, and fixed types.")
    if not 0 <= place <= len(form.items):
        raise invalid(f"The form has {len(form.items)} items.")
    folder_id = _question_folder(world, form, title)
    upload = {"folderId": folder_id, "types": list(types), "maxFiles": max_files, "maxFileSize": str(max_file_size_bytes)}
    question = {"required": required, "fileUploadQuestion": upload}
    item = cleaned({"title": title, "questionItem": {"question": question}})
    assign_ids(form, item)
    changed = copy.copy(form)
    changed.items = [*form.items[:place], item, *form.items[place:]]
    revisions.advance(world, form, changed)
    forms(world)[form_id] = changed
    drive_files.touch(world, form_id, str(owner_of(world, form_id)))
    watches.notify(world, form_id, "SCHEMA")
    return str(questions_of(item)[0]["questionId"])


def _question_folder(world: World, form: Form, title: str) -> str:
    """A new folder for the files of one question, inside the form's own folder in its owner's My Drive."""
    owner = owner_of(world, form.form_id)
    if owner is None:
        raise invalid("File upload questions are not available for forms in shared drives.")
    if form.upload_folder_id not in world.table(drive_files.FILES):
        name = f"{document_title(world, form.form_id)} (File responses)"
        form.upload_folder_id = drive_files.create_file(world, owner, name=name, mime_type=_FOLDER, parents=[]).id
    name = f"{title or 'Untitled Question'} (File responses)"
    return drive_files.create_file(world, owner, name=name, mime_type=_FOLDER, parents=[form.upload_folder_id]).id


def copied_items(world: World, form: Form, original: Form, file: File) -> list[Json]:
    """The items of a copy. Upload questions get folders of their own, and are left out where nobody owns the copy.

    Whether Google copies them is not documented: behaviour `forms_copies_keep_uploads` (on).
    """
    keep = file.owner is not None and world.behaviour.get("forms_copies_keep_uploads", True)
    items: list[Json] = []
    for item in copy.deepcopy(original.items):
        asked = [question["fileUploadQuestion"] for question in questions_of(item) if "fileUploadQuestion" in question]
        for upload in asked if keep else []:
            upload["folderId"] = _question_folder(world, form, item.get("title", ""))
        if keep or not asked:
            items.append(item)
    return items


def store(world: World, form: Form, respondent: str, given: dict[str, tuple[Json, Given, str]]) -> Json:
    """Keep the files and return the answers to their questions, by question id. Everything is checked before anything is kept."""
    checked = {question_id: _checked(*asked) for question_id, asked in given.items()}
    answers: Json = {}
    for question_id, files in checked.items():
        folder_id = given[question_id][0]["fileUploadQuestion"]["folderId"]
        stored = [_store_one(world, form, respondent, folder_id, name, kind, data) for name, kind, data in files]
        answers[question_id] = {"questionId": question_id, "fileUploadAnswers": {"answers": stored}}
    return answers


def _checked(question: Json, given: Given, title: str) -> list[tuple[str, str, bytes]]:
    entries, rule = files_of(given), question["fileUploadQuestion"]
    if not entries:
        raise unacceptable(title, given, "takes files", 'Give {"file": {"name", "mimeType", "base64"}}')
    if len(entries) > int(rule.get("maxFiles", 1)):
        most = rule.get("maxFiles", 1)
        raise unacceptable(title, [entry.get("name") for entry in entries], f"takes {most} file(s) at most", "Leave some out")
    try:
        found = [
            (
                str(entry.get("name", "file")),
                entry.get("mimeType", "application/octet-stream"),
                base64.b64decode(entry.get("base64", ""), validate=True),
            )
            for entry in entries
        ]
    except (binascii.Error, ValueError) as error:
        raise unacceptable(title, "a file", "takes files in base64", "Encode the bytes anew") from error
    accepted = [start for name in rule.get("types", ["ANY"]) for start in TYPES[name]]
    for name, kind, _ in found:
        if not kind.startswith(tuple(accepted)):
            kinds = ", ".join(rule.get("types", ["ANY"]))
            raise unacceptable(title, name, f"is of a type ({kind}) that the question does not take", f"Give one of {kinds}")
    limit_bytes = int(rule.get("maxFileSize", 0))
    for name, _, data in found:
        if limit_bytes and len(data) > limit_bytes:
            raise unacceptable(title, name, f"is larger than {limit_bytes} bytes", "Give a smaller file")
    return found


def _store_one(world: World, form: Form, respondent: str, folder_id: str, name: str, kind: str, data: bytes) -> Json:
    owner = owner_of(world, form.form_id)
    assert owner is not None
    path = PurePosixPath(name.replace("/", "_"))
    shown = f"{path.stem} - {world.directory.display_name(respondent)}{path.suffix}"
    file = drive_files.create_file(world, owner, name=shown, mime_type=kind, parents=[folder_id], content=data)
    return {"fileId": file.id, "fileName": shown, "mimeType": kind}
