"""A library that others wrote for Gmail, simplegmail, works on the local Workspace as it does on Google's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import simplegmail.gmail
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from simplegmail import Gmail, label
from simplegmail.query import construct_query

from tests.conformance.gmail_kit import CLIENT, READER, Emulator, address

WRITER = address("bienvenida")


@pytest.fixture
def gmail(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`gmail(account)`: simplegmail, as it is, on its own transport, acting as an account."""
    document = json.loads(get_static_doc("gmail", "v1"))
    document["rootUrl"] = emulator.url + "/"
    document.pop("mtlsRootUrl", None)
    made: list[Any] = []

    def build(*names: str, credentials: Any, **options: Any) -> Any:
        made.append(build_from_document(document, credentials=credentials))
        return made[-1]

    monkeypatch.setattr(simplegmail.gmail, "build", build)
    yield lambda account: Gmail(credentials=Credentials(token=f"local:{account}"))  # type: ignore[no-untyped-call]
    for service in made:
        service.close()


def write(writer: Any, **options: Any) -> Any:
    """Send a mail from WRITER to READER."""
    mail = {"subject": "Hola", "msg_plain": "Buenos días", "msg_html": "<p>Buenos <b>días</b></p>"} | options
    return writer.send_message(sender=WRITER, to=READER, **mail)


def test_mail_is_sent_and_read_with_its_attachment(gmail: Any, tmp_path: Path) -> None:
    """Text, HTML, copies, headers and the file arrive; the attachment is downloaded by its id."""
    paper = tmp_path / "cédula.pdf"
    paper.write_bytes(b"%PDF" * 1000)
    sent = write(gmail(WRITER), cc=[CLIENT], attachments=[str(paper)])
    assert [one.upper() for one in sent.label_ids] == ["SENT"]
    (got,) = gmail(READER).get_unread_inbox(attachments="reference")
    assert (got.subject, got.sender, got.cc) == ("Hola", WRITER, [CLIENT])
    assert (got.plain.strip(), "<b>días</b>" in got.html, got.snippet) == ("Buenos días", True, "Buenos días")
    (attachment,) = got.attachments
    attachment.save(filepath=str(tmp_path / "copia.pdf"))
    assert (tmp_path / "copia.pdf").read_bytes() == paper.read_bytes()


def test_labels_are_put_on_and_taken_off(gmail: Any) -> None:
    """Every marking of a message ends as the library expects it, else it raises."""
    write(gmail(WRITER))
    mailbox = gmail(READER)
    (message,) = mailbox.get_messages()
    own = mailbox.create_label("Propia")
    message.mark_as_read()
    message.star()
    message.mark_as_important()
    message.add_label(own)
    message.archive()
    assert set(message.label_ids) == {label.STARRED, label.IMPORTANT, own}
    message.mark_as_spam()
    assert [one.id for one in mailbox.get_spam_messages()] == [message.id]
    message.mark_as_not_spam()
    message.remove_label(own)
    message.unstar()
    message.move_to_inbox()
    message.mark_as_unread()
    message.trash()
    assert [one.id for one in mailbox.get_trash_messages()] == [message.id]
    message.untrash()
    assert own in mailbox.list_labels()
    mailbox.delete_label(own)
    assert own not in mailbox.list_labels()


def test_drafts_aliases_and_signature(gmail: Any, emulator: Emulator) -> None:
    """A draft is listed among drafts; the signature of the send-as address is put under the mail."""
    send_as = emulator.service("gmail", "v1", WRITER).users().settings().sendAs()
    send_as.patch(userId="me", sendAsEmail=WRITER, body={"signature": "<i>Saludos</i>"}).execute()
    writer = gmail(WRITER)
    draft = writer.create_draft(sender=WRITER, to=READER, subject="Borrador", msg_plain="x")
    assert [one.id for one in writer.get_drafts()] == [draft["message"]["id"]]
    write(writer, signature=True)
    (got,) = gmail(READER).get_messages()
    assert "<i>Saludos</i>" in got.html
    assert len(writer.get_sent_messages()) == 1


def test_reply_lands_in_the_thread(gmail: Any) -> None:
    """A reply that the library makes joins the thread on both sides."""
    first = write(gmail(WRITER))
    mailbox = gmail(READER)
    (message,) = mailbox.get_messages()
    reply = mailbox.send_message(sender=READER, to=WRITER, subject="Hola", msg_plain="Gracias", reply_to=message)
    assert reply.thread_id == message.thread_id
    (answer,) = gmail(WRITER).get_unread_inbox()
    assert answer.thread_id == first.thread_id


def test_queries_that_the_library_builds_are_understood(gmail: Any) -> None:
    """Each of its search terms finds the mail that it should."""
    write(gmail(WRITER), subject="Hoja de control", bcc=[CLIENT])
    mailbox = gmail(READER)
    for query in (
        construct_query(sender=WRITER, unread=True, newer_than=(1, "day")),
        construct_query(subject="Hoja de control", recipient=READER),
        construct_query({"sender": "nadie"}, {"labels": ["inbox"]}),
        construct_query(exact_phrase="Buenos días", exclude_attachment=True),
        construct_query(after="2020/01/01", before="2100/01/01", smaller="1M", delivered_to=READER),
    ):
        assert len(mailbox.get_messages(query=query)) == 1, query
    assert mailbox.get_messages(query=construct_query(older_than=(1, "day"))) == []
    assert len(gmail(WRITER).get_sent_messages(query=construct_query(bcc=CLIENT))) == 1


def test_many_messages_are_read_page_by_page_in_parallel(gmail: Any) -> None:
    """More than one page and more than one worker: every message once."""
    writer = gmail(WRITER)
    for number in range(25):
        write(writer, subject=f"Número {number}")
    found = gmail(READER).get_messages(max_results=23)
    assert [one.subject for one in found] == [f"Número {number}" for number in range(24, 1, -1)]
