"""Mail as one configured sender: a draft first, then sent, because only a draft tells after a lost answer whether it has left.

Source: Gmail API v1, "Create and send draft emails"; quota units and threading rules of the same guide.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from importlib import import_module
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from expediente.errors import NotFoundError, RefusedError
from expediente.google.message import MailFile, build_message

if TYPE_CHECKING:
    from expediente.google.clients import Resources
    from expediente.model import OutgoingMail

MAX_BYTES = 36_700_160
_JSON_BYTES = 1_000_000
_CREATE = "gmail.users.drafts.create"
_DAEMONS = ("mailer-daemon@googlemail.com", "mailer-daemon@google.com")


class Gmail:
    """The mailbox of one sender. Every method may raise a `GoogleError`; only what is special is said below."""

    def __init__(self, api: Resources, sender: str) -> None:
        self._api = api
        self.sender = sender

    def build(self, mail: OutgoingMail, from_name: str = "") -> bytes:
        """The mail as it will travel. from_name: what people see as its sender.

        :raises RefusedError: (`address`, `attachment`) it cannot be sent as it stands, whoever tries.
        """
        try:
            files = [
                MailFile(item.name, item.mime_type, base64.b64decode(item.content, validate=True)) for item in mail.attachments
            ]
        except binascii.Error as error:
            raise RefusedError(_CREATE, 400, "attachment") from error
        return build_message(
            sender=self.sender,
            from_name=from_name,
            to=mail.to,
            cc=mail.cc,
            reply_to=mail.reply_to,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            thread=mail.thread,
            files=files,
        )

    def create_draft(self, raw: bytes, thread_id: str | None = None) -> str:
        """Store a draft and give its id; large ones go by the upload path. A thread that is gone is no reason not to write.

        :raises RefusedError: (413 `too_large`) above what Gmail takes.
        """
        if len(raw) > MAX_BYTES:
            raise RefusedError(_CREATE, 413, "too_large")
        try:
            return self._create_draft(raw, thread_id)
        except NotFoundError:
            if thread_id is None:
                raise
            return self._create_draft(raw, None)

    def send_draft(self, draft_id: str) -> tuple[str, str]:
        """Send a draft and give ids of message and thread. :raises NotFoundError: no such draft: sent already, or deleted."""
        answer = self._api.execute(self._api.drafts.send(userId="me", body={"id": draft_id}))
        return str(answer["id"]), str(answer["threadId"])

    def draft_exists(self, draft_id: str) -> bool:
        """Whether the draft is still there; sending it removes it."""
        try:
            self._api.execute(self._api.drafts.get(userId="me", id=draft_id, format="minimal", fields="id"))
        except NotFoundError:
            return False
        return True

    def delete_draft(self, draft_id: str) -> None:
        """Throw a draft away; one that is gone already is fine."""
        try:
            self._api.execute(self._api.drafts.delete(userId="me", id=draft_id))
        except NotFoundError:
            return

    def _create_draft(self, raw: bytes, thread_id: str | None) -> str:
        message: dict[str, Any] = {"threadId": thread_id} if thread_id else {}
        if len(raw) <= _JSON_BYTES:
            body = {"message": message | {"raw": base64.urlsafe_b64encode(raw).decode()}}
            return str(self._api.execute(self._api.drafts.create(userId="me", body=body, fields="id"))["id"])
        media = import_module("googleapiclient.http").MediaIoBaseUpload(io.BytesIO(raw), "message/rfc822", resumable=False)
        request = self._api.drafts.create(userId="me", body={"message": message}, media_body=media, fields="id")
        return str(self._api.execute(request)["id"])


@dataclass(frozen=True)
class FailureNotice:
    """What mailer-daemon says of a mail that could not be delivered. address: in small letters."""

    address: str
    at: datetime


class Inbox:
    """The headers of what came to a sender; no text of any mail can be read with its scope."""

    def __init__(self, api: Resources) -> None:
        self._api = api

    def failures_since(self, seen: str, since: datetime) -> tuple[str, list[FailureNotice]]:
        """The newest message's id, and what tells of an address for good: newest first, back to the message `seen` or to `since`.

        A call for each hundred messages, and one for each new one; the scope allows no search by date.
        """
        newest, found = "", list[FailureNotice]()
        for message_id in takewhile(lambda one: one != seen, self._newest_first()):
            at, notices = self._read(message_id)
            newest = newest or message_id
            if at < since:
                break
            found += notices
        return newest or seen, found

    def _newest_first(self) -> Iterator[str]:
        page: dict[str, str] = {}
        while True:
            wanted = {"labelIds": ["INBOX"], "maxResults": 100, "fields": "nextPageToken,messages(id)", **page}
            listed = self._api.execute(self._api.messages.list(userId="me", **wanted))
            yield from (str(item["id"]) for item in listed.get("messages", []))
            if not listed.get("nextPageToken"):
                return
            page = {"pageToken": str(listed["nextPageToken"])}

    def _read(self, message_id: str) -> tuple[datetime, list[FailureNotice]]:
        wanted = ["From", "Subject", "X-Failed-Recipients"]
        told = self._api.execute(
            self._api.messages.get(
                userId="me", id=message_id, format="metadata", metadataHeaders=wanted, fields="internalDate,payload(headers)"
            )
        )
        headers = {one["name"].lower(): str(one["value"]) for one in told.get("payload", {}).get("headers", [])}
        ours = parseaddr(headers.get("from", ""))[1].lower() in _DAEMONS and "(failure)" in headers.get("subject", "").lower()
        at = datetime.fromtimestamp(int(told["internalDate"]) / 1000, UTC)
        addresses = headers.get("x-failed-recipients", "").split(",") if ours else []
        return at, [FailureNotice(address.strip().lower(), at) for address in addresses if address.strip()]
