"""A mailbox is searched, labelled, threaded and watched as at Google."""

from __future__ import annotations

import base64
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

DOMAIN = "blindados-demo.example.com"
SENDER, READER = f"notificaciones@{DOMAIN}", f"operaciones.uno@{DOMAIN}"
Service = Callable[..., Any]


class Post:
    """A reader's mailbox and somebody who writes to it."""

    def __init__(self, service: Service) -> None:
        client = service("gmail", "v1", READER)
        self.service, self.base, self.reader = service, client._baseUrl, client.users()
        self.writer = service("gmail", "v1", SENDER).users()

    def write(self, subject: str = "Hola", text: str = "Buenos días", file: str = "", **headers: str) -> str:
        """Send a mail to the reader; returns its id in the reader's mailbox."""
        message = EmailMessage()
        message["To"], message["Subject"] = READER, subject
        for name, value in headers.items():
            message[name] = value
        message.set_content(text)
        if file:
            message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=file)
        raw = base64.urlsafe_b64encode(message.as_bytes()).decode()
        self.writer.messages().send(userId="me", body={"raw": raw}).execute()
        return self.find()[0]

    def find(self, q: str = "", **query: Any) -> list[str]:
        """Ids of what a search in the reader's mailbox finds, newest first."""
        answer = self.reader.messages().list(userId="me", q=q, **query).execute()
        return [message["id"] for message in answer.get("messages", [])]

    def advance(self, seconds: float) -> None:
        """Move the Workspace clock."""
        requests.put(f"{self.base}_local/clock", json={"advance_s": seconds}, timeout=30)


@pytest.fixture
def post(service: Service) -> Post:
    """A fresh Workspace's mail."""
    return Post(service)


def status_of(call: Callable[[], Any]) -> int:
    """The status of a call that must fail."""
    with pytest.raises(HttpError) as caught:
        call()
    code: int = caught.value.status_code
    return code


def test_search_understands_gmails_language(post: Post) -> None:
    """Operators, phrases, negation, OR and braces choose as in Gmail."""
    paper = post.write("Cédula recibida", "Falta el aviso de operaciones", file="aviso.pdf")
    sheet = post.write("Hoja de control", "Su área puede confirmar")
    both = {
        "cedula": [paper],
        '"aviso de operaciones"': [paper],
        '"operaciones de aviso"': [],
        "has:attachment": [paper],
        "filename:pdf": [paper],
        "-has:attachment": [sheet],
        "subject:hoja": [sheet],
        "subject:(hoja control)": [sheet],
        "from:notificaciones": [sheet, paper],
        f"to:{READER} confirmar": [sheet],
        "confirmar OR aviso": [sheet, paper],
        "{confirmar nada}": [sheet],
        "confirmar aviso": [],
        "in:inbox is:unread": [sheet, paper],
        "is:read": [],
        "in:sent": [],
        "label:inbox -subject:hoja": [paper],
        "newer_than:1d": [sheet, paper],
        "older_than:1d": [],
        "after:2020/01/01 before:2020/02/01": [],
    }
    assert {q: post.find(q) for q in both} == both


def test_age_follows_the_workspace_clock(post: Post) -> None:
    """A mail grows old when the clock is moved."""
    old = post.write("Vieja")
    post.advance(3 * 86400)
    new = post.write("Nueva")
    assert post.find("older_than:2d") == [old]
    assert post.find("newer_than:2d") == [new]


def test_metadata_scope_neither_searches_nor_reads_bodies(post: Post) -> None:
    """Under gmail.metadata alone `q` and format full are refused, headers are not (google-apis 4)."""
    message_id = post.write()
    narrow = post.service("gmail", "v1", READER, "gmail.metadata").users().messages()
    assert status_of(narrow.list(userId="me", q="hola").execute) == 403
    assert status_of(narrow.get(userId="me", id=message_id).execute) == 403
    headers = narrow.get(userId="me", id=message_id, format="metadata").execute()["payload"]["headers"]
    assert {"name": "Subject", "value": "Hola"} in headers


def test_formats_show_what_they_should(post: Post) -> None:
    """Minimal has no payload, full has the text, raw the whole mail."""
    message_id = post.write(text="Línea <b>")
    get = post.reader.messages().get
    minimal = get(userId="me", id=message_id, format="minimal").execute()
    assert {"payload", "raw"}.isdisjoint(minimal)
    assert minimal["snippet"] == "Línea &lt;b&gt;"
    full = get(userId="me", id=message_id).execute()
    assert base64.urlsafe_b64decode(full["payload"]["body"]["data"]).decode().strip() == "Línea <b>"
    assert b"Subject: Hola" in base64.urlsafe_b64decode(get(userId="me", id=message_id, format="raw").execute()["raw"])
    assert status_of(get(userId="me", id="18c0000000000000").execute) == 404


def test_labels_come_and_go(post: Post) -> None:
    """An own label is made, put on, searched by name, counted and deleted; a twin is refused."""
    message_id, labels = post.write(), post.reader.labels()
    label = labels.create(userId="me", body={"name": "Por hacer"}).execute()
    assert status_of(labels.create(userId="me", body={"name": "por hacer"}).execute) == 409
    body = {"addLabelIds": [label["id"]], "removeLabelIds": ["UNREAD"]}
    marked = post.reader.messages().modify(userId="me", id=message_id, body=body).execute()
    assert label["id"] in marked["labelIds"]
    assert post.find("label:por-hacer is:read") == [message_id]
    assert labels.get(userId="me", id=label["id"]).execute()["messagesTotal"] == 1
    labels.delete(userId="me", id=label["id"]).execute()
    assert post.find("in:inbox") == [message_id]
    wrong = post.reader.messages().modify(userId="me", id=message_id, body={"addLabelIds": ["Label_99"]})
    assert status_of(wrong.execute) == 400


def test_trash_hides_until_asked(post: Post) -> None:
    """What is in the trash is found with in:trash or includeSpamTrash only."""
    message_id = post.write()
    post.reader.messages().trash(userId="me", id=message_id).execute()
    assert post.find() == []
    assert post.find("in:trash") == post.find(includeSpamTrash=True) == [message_id]
    post.reader.messages().untrash(userId="me", id=message_id).execute()
    assert post.find() == [message_id]
    post.reader.messages().delete(userId="me", id=message_id).execute()
    assert post.find(includeSpamTrash=True) == []


def test_pages_hold_every_message_once(post: Post) -> None:
    """Mail that comes in between shifts no page."""
    sent = [post.write(f"Número {number}") for number in range(5)]
    first = post.reader.messages().list(userId="me", maxResults=3).execute()
    post.write("Entre medio")
    second = post.reader.messages().list(userId="me", maxResults=3, pageToken=first["nextPageToken"]).execute()
    seen = [message["id"] for message in first["messages"] + second["messages"]]
    assert seen == sent[::-1]
    assert "nextPageToken" not in second


def test_thread_shows_its_messages_in_order(post: Post) -> None:
    """Mails that share a reference and a subject are one thread of the reader."""
    first = post.write("Expediente 7", References="<exp-7@blindados>")
    second = post.write("Re: Expediente 7", References="<exp-7@blindados>")
    other = post.write("Expediente 8", References="<exp-7@blindados>")
    thread_id = post.reader.messages().get(userId="me", id=first, format="minimal").execute()["threadId"]
    thread = post.reader.threads().get(userId="me", id=thread_id, format="minimal").execute()
    assert [message["id"] for message in thread["messages"]] == [first, second]
    assert len(post.reader.threads().list(userId="me").execute()["threads"]) == 2
    assert other not in [message["id"] for message in thread["messages"]]
    post.reader.threads().modify(userId="me", id=thread_id, body={"removeLabelIds": ["UNREAD"]}).execute()
    assert post.find("is:unread") == [other]


def test_history_tells_what_happened_since(post: Post) -> None:
    """History holds additions and label changes after its start, and can be narrowed."""
    start = post.reader.getProfile(userId="me").execute()["historyId"]
    message_id = post.write()
    post.reader.messages().modify(userId="me", id=message_id, body={"removeLabelIds": ["UNREAD"]}).execute()
    history = post.reader.history()
    lines = history.list(userId="me", startHistoryId=start).execute()["history"]
    assert [sorted(set(line) - {"id", "messages"}) for line in lines] == [["messagesAdded"], ["labelsRemoved"]]
    added = history.list(userId="me", startHistoryId=start, historyTypes=["messageAdded"]).execute()["history"]
    assert [line["messagesAdded"][0]["message"]["id"] for line in added] == [message_id]
    now = post.reader.getProfile(userId="me").execute()["historyId"]
    assert history.list(userId="me", startHistoryId=now).execute() == {"historyId": now}


def test_inserted_mail_is_not_sent(post: Post) -> None:
    """insert and import put mail into the own box and into no other."""
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = SENDER, "x@otra.example", "Vieja"
    message["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
    body = {"raw": base64.urlsafe_b64encode(message.as_bytes()).decode(), "labelIds": ["INBOX"]}
    post.reader.messages().import_(userId="me", body=body).execute()
    (message_id,) = post.find("before:2026/02/01")
    assert post.reader.messages().get(userId="me", id=message_id, format="minimal").execute()["labelIds"] == ["INBOX"]
    assert post.writer.messages().list(userId="me").execute() == {"resultSizeEstimate": 0}


def test_primary_address_is_a_send_as_address(post: Post) -> None:
    """The account's own address is listed as primary and default."""
    send_as = post.reader.settings().sendAs()
    (primary,) = send_as.list(userId="me").execute()["sendAs"]
    assert (primary["sendAsEmail"], primary["isPrimary"], primary["isDefault"]) == (READER, True, True)
    assert send_as.get(userId="me", sendAsEmail=READER).execute() == primary
    assert status_of(send_as.get(userId="me", sendAsEmail="x@otra.example").execute) == 404


def test_watch_lives_seven_days(post: Post) -> None:
    """watch answers the history id and its end; stop ends it."""
    answer = post.reader.watch(userId="me", body={"topicName": "projects/demo/topics/correo"}).execute()
    assert answer["historyId"] == post.reader.getProfile(userId="me").execute()["historyId"]
    assert int(answer["expiration"]) > 0
    assert post.reader.stop(userId="me").execute() == ""
    assert status_of(post.reader.watch(userId="me", body={"topicName": "correo"}).execute) == 400
