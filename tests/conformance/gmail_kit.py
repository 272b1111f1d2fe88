"""Mails and mailboxes for the tests of Gmail."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from googleapiclient.errors import HttpError

DOMAIN = "blindados-demo.example.com"
# The fixture `emulator` of conftest.py, which no test imports.
Emulator = Any


def address(name: str) -> str:
    """The address of somebody of the seed."""
    return f"{name}@{DOMAIN}"


READER, WRITER = address("operaciones.uno"), address("notificaciones")
CLIENT = "cliente@otra-empresa.example"
BASE = "/gmail/v1/users/me/"


def mail(to: str = READER, subject: str = "Hola", text: str = "Buenos días", **headers: str) -> EmailMessage:
    """A mail; keyword `cc="…"` adds a header, `in_reply_to` becomes In-Reply-To."""
    message = EmailMessage()
    message["To"], message["Subject"] = to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def raw(message: EmailMessage | bytes) -> dict[str, Any]:
    """The mail as a request body."""
    data = message if isinstance(message, bytes) else message.as_bytes()
    return {"raw": base64.urlsafe_b64encode(data).decode()}


def decoded(data: str) -> bytes:
    """Base64url as bytes."""
    return base64.urlsafe_b64decode(data)


class Ear:
    """A push address of a topic that remembers what it was told."""

    def __init__(self, emulator: Emulator, topic: str) -> None:
        bodies: list[Any] = []
        self.emulator, self.bodies = emulator, bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *parts: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        emulator.local("PUT", "subscriptions", {topic: f"http://127.0.0.1:{self.server.server_address[1]}/"})

    def heard(self) -> list[dict[str, Any]]:
        """The data of every message, when everything due has been delivered."""
        self.emulator.local("POST", "settle")
        return [json.loads(base64.b64decode(body["message"]["data"])) for body in self.bodies]


class Mailbox:
    """Google's client acting as one account of a running Workspace."""

    def __init__(self, emulator: Emulator, account: str = READER, scopes: str | None = None) -> None:
        self.emulator, self.account, self.scopes = emulator, account, scopes
        self.users = emulator.service("gmail", "v1", account, scopes).users()
        self.settings = self.users.settings()

    def send(self, message: EmailMessage, **more: Any) -> dict[str, Any]:
        """Send a mail."""
        answer: dict[str, Any] = self.users.messages().send(userId="me", body=raw(message) | more).execute()
        return answer

    def get(self, message_id: str, form: str = "full", **query: Any) -> dict[str, Any]:
        """Read a message."""
        answer: dict[str, Any] = self.users.messages().get(userId="me", id=message_id, format=form, **query).execute()
        return answer

    def stored(self, message_id: str) -> Any:
        """The mail as it lies in the mailbox, parsed."""
        return message_from_bytes(decoded(self.get(message_id, "raw")["raw"]), policy=policy.default)

    def find(self, q: str = "", **query: Any) -> list[str]:
        """Ids of what a search finds, newest first."""
        answer = self.users.messages().list(userId="me", q=q, **query).execute()
        return [message["id"] for message in answer.get("messages", [])]

    def labels(self, message_id: str) -> list[str]:
        """The labels of a message."""
        return list(self.get(message_id, "minimal").get("labelIds", []))

    def history_id(self) -> str:
        """Where the mailbox's history stands."""
        return str(self.users.getProfile(userId="me").execute()["historyId"])

    def advance(self, seconds: float) -> None:
        """Move the Workspace clock."""
        self.emulator.local("PUT", "clock", {"advance_s": seconds})


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, reason and message of a call that must fail."""
    with pytest.raises(HttpError) as caught:
        call()
    error = json.loads(caught.value.content)["error"]
    return caught.value.status_code, error["errors"][0]["reason"], error["message"]
