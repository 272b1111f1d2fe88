"""What a person of the company does: upload and open files, type into sheets, read mail, sign on the pages. Each call is hers."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import urllib3

from local.wire import Wire

Json = dict[str, Any]

FOLDER = "application/vnd.google-apps.folder"
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
# Where a form of a page takes a file: a photo, or any other.
FILE_FIELDS = ("photo", "file")
_AUTH = "https://www.googleapis.com/auth/"
_SCOPES = ",".join(_AUTH + name for name in ("drive", "spreadsheets", "gmail.modify"))
_SHARED = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true", "corpora": "allDrives"}
_FIELDS = "id,name,mimeType,parents,appProperties,webViewLink"
_POOL = urllib3.PoolManager(maxsize=8, retries=False, timeout=urllib3.Timeout(total=120))


@dataclass(frozen=True)
class Mail:
    """A mail in a mailbox. text: its plain part; html: its other one; to: addresses of To and Cc."""

    message_id: str
    thread_id: str
    subject: str
    sender: str
    to: str
    text: str
    html: str
    rfc_id: str
    attachments: tuple[str, ...]


@dataclass
class PageForm:
    """A form of a page. fields: what is filled in already; choices: name -> values that can be chosen or pressed."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page as it was shown."""

    url: str
    status: int
    html: str
    forms: tuple[PageForm, ...]

    @property
    def text(self) -> str:
        """Its words, without tags."""
        return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script).*?</\1>", " ", self.html)).split())


@dataclass(frozen=True)
class Person:
    """Somebody with an address; workspace and page are where the stack answers."""

    address: str
    workspace: str
    page_url: str

    @property
    def wire(self) -> Wire:
        """Google's APIs as this person."""
        return Wire(self.workspace, f"{self.address}|{_SCOPES}")

    # --- Drive -----------------------------------------------------------------------------------------------------------------

    def upload(self, folder_id: str, name: str, mime: str, data: bytes) -> str:
        """Put a file into a folder; gives its id."""
        meta = json.dumps({"name": name, "parents": [folder_id], "mimeType": mime}).encode()
        line = b"--parte-de-la-carga"
        head = b"\r\nContent-Type: "
        body = b"".join(
            [line, head, b"application/json; charset=UTF-8\r\n\r\n", meta, b"\r\n", line, head, mime.encode(), b"\r\n\r\n", data]
        )
        query = {"uploadType": "multipart", "supportsAllDrives": "true", "fields": "id"}
        kind = "multipart/related; boundary=parte-de-la-carga"
        sent = self.wire.send("POST", "/upload/drive/v3/files", body + b"\r\n" + line + b"--", kind, query)
        return str(json.loads(sent)["id"])

    def files(self, query: str) -> list[Json]:
        """Files that match a Drive query and that this person can see."""
        asked = {"q": query, "pageSize": 1000, "fields": f"files({_FIELDS})", "orderBy": "createdTime", **_SHARED}
        found: list[Json] = self.wire.ask("GET", "/drive/v3/files", query=asked)["files"]
        return found

    def children(self, folder_id: str) -> list[Json]:
        """What lies in a folder, oldest first."""
        return self.files(f"'{folder_id}' in parents and trashed=false")

    def files_under(self, root_id: str) -> Iterator[Json]:
        """The files in a folder and in all that lie below it, as this person finds them."""
        folders = [root_id]
        while folders:
            for item in self.children(folders.pop()):
                if item["mimeType"] == FOLDER:
                    folders.append(item["id"])
                else:
                    yield item

    def file(self, file_id: str) -> Json:
        """One file. :raises HttpError: 404 when this person may not see it."""
        found: Json = self.wire.ask("GET", f"/drive/v3/files/{file_id}", query={"supportsAllDrives": "true", "fields": _FIELDS})
        return found

    def folder(self, parent_id: str, name: str) -> str:
        """Id of the folder of that name in another, '' when this person sees none."""
        found = [item["id"] for item in self.children(parent_id) if item["name"] == name and item["mimeType"] == FOLDER]
        return str(found[0]) if found else ""

    def drive_id(self, name: str) -> str:
        """Id of the shared drive of that name. :raises StopIteration: this person is no member."""
        return str(next(item["id"] for item in self.wire.ask("GET", "/drive/v3/drives")["drives"] if item["name"] == name))

    def grants(self, file_id: str) -> list[Json]:
        """Permissions on a file, inherited ones too."""
        fields = "permissions(id,type,role,emailAddress,domain,view,permissionDetails)"
        query = {"supportsAllDrives": "true", "fields": fields, "pageSize": 100}
        found: list[Json] = self.wire.ask("GET", f"/drive/v3/files/{file_id}/permissions", query=query)["permissions"]
        return found

    # --- Sheets ----------------------------------------------------------------------------------------------------------------

    def tab(self, sheet_id: str, tab: str, render: str = "FORMATTED_VALUE") -> list[list[Any]]:
        """The cells of a tab, row by row, as shown; ragged as Google gives them."""
        query = {"valueRenderOption": render}
        found = self.wire.ask("GET", f"/v4/spreadsheets/{sheet_id}/values/{quote(_range(tab))}", query=query)
        rows: list[list[Any]] = found.get("values", [])
        return rows

    def type_into(self, sheet_id: str, tab: str, cells: Mapping[tuple[int, int], Any]) -> None:
        """Type into cells (row and column from 0), all in one go, as a person types. :raises HttpError: a cell is protected."""
        data = [{"range": _range(tab, row, column), "values": [[value]]} for (row, column), value in cells.items()]
        body = {"valueInputOption": "USER_ENTERED", "data": data}
        self.wire.ask("POST", f"/v4/spreadsheets/{sheet_id}/values:batchUpdate", body)

    # --- Gmail -----------------------------------------------------------------------------------------------------------------

    def mails(self, query: str = "in:inbox") -> list[Mail]:
        """The mails that match a search, oldest first."""
        told = self.wire.ask("GET", "/gmail/v1/users/me/messages", query={"q": query, "maxResults": 500})
        return [self._mail(item["id"]) for item in reversed(told.get("messages", []))]

    def mail(self, message_id: str) -> Mail:
        """One mail by its id in this mailbox."""
        return self._mail(message_id)

    def read(self, query: str) -> None:
        """Have read what matches a search."""
        told = self.wire.ask("GET", "/gmail/v1/users/me/messages", query={"q": f"is:unread {query}", "maxResults": 500})
        if found := [item["id"] for item in told.get("messages", [])]:
            body = {"ids": found, "removeLabelIds": ["UNREAD"]}
            self.wire.ask("POST", "/gmail/v1/users/me/messages/batchModify", body)

    def _mail(self, message_id: str) -> Mail:
        told = self.wire.ask("GET", f"/gmail/v1/users/me/messages/{message_id}", query={"format": "raw"})
        raw = base64.urlsafe_b64decode(told["raw"] + "==")
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        return Mail(
            message_id=message_id,
            thread_id=told.get("threadId", ""),
            subject=str(message["Subject"] or ""),
            sender=str(message["From"] or ""),
            to=", ".join(str(message[name]) for name in ("To", "Cc") if message[name]),
            text=plain.get_content() if plain else "",
            html=html.get_content() if html else "",
            rfc_id=str(message["Message-ID"] or ""),
            attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
        )

    # --- pages -----------------------------------------------------------------------------------------------------------------

    def open(self, path: str) -> Page:
        """A page behind the gate, by its path or whole address."""
        return self._page("GET", urljoin(self.page_url, path), None)

    def send(self, page: Page, form: PageForm, choices: Mapping[str, str] | None = None) -> Page:
        """Send a form of a page with what stands in it and what is chosen; gives the page that is shown afterwards."""
        body = urlencode({**form.fields, **(choices or {})}).encode()
        return self._page("POST", urljoin(page.url, form.action), body)

    def send_file(self, page: Page, form: PageForm, name: str, mime: str, data: bytes) -> Page:
        """Send a file by a form of a page; gives the page that is shown afterwards."""
        said = {key: value for key, value in form.fields.items() if key not in FILE_FIELDS}
        fields: dict[str, str | tuple[str, bytes, str]] = {**said, FILE_FIELDS[-1]: (name, data, mime)}
        body, kind = urllib3.encode_multipart_formdata(fields)
        return self._page("POST", urljoin(page.url, form.action), body, kind)

    def _page(self, method: str, url: str, body: bytes | None, kind: str = "application/x-www-form-urlencoded") -> Page:
        headers = {"X-Local-User": self.address}
        if body is not None:
            headers |= {"Content-Type": kind, "Origin": self.page_url, "Sec-Fetch-Site": "same-origin"}
        answer = _POOL.request(method, url, body=body, headers=headers, redirect=False)
        where = answer.headers.get("Location")
        if where and answer.status in (302, 303):
            return self._page("GET", urljoin(url, where), None)
        text = answer.data.decode("utf-8", "replace")
        return Page(url, answer.status, text, tuple(forms_of(text)))


def _range(tab: str, row: int | None = None, column: int | None = None) -> str:
    name = "'" + tab.replace("'", "''") + "'"
    return name if row is None or column is None else f"{name}!{_letter(column)}{row + 1}"


def _letter(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "form":
            self.forms.append(PageForm(said.get("action", "")))
        elif not self.forms:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self.forms[-1].choices.setdefault(self._select, []).append(said.get("value", ""))
            if "selected" in said:
                self.forms[-1].fields[self._select] = said.get("value", "")
        elif tag == "textarea" and name:
            self._text = name
            self.forms[-1].fields[name] = ""
        elif tag in ("input", "button") and name:
            kind = said.get("type", "text" if tag == "input" else "submit")
            if kind in ("radio", "submit", "checkbox"):
                self.forms[-1].choices.setdefault(name, []).append(said.get("value", ""))
            else:
                self.forms[-1].fields[name] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1].fields[self._text] += data


def forms_of(text: str) -> list[PageForm]:
    """The forms of a page in HTML. A list to choose from is a choice; what a browser would send unasked is filled in where it is marked."""
    reader = _FormReader()
    reader.feed(text)
    return reader.forms
