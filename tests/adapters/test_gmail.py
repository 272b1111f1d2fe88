"""Gmail's adapter against the local Workspace."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import DOMAIN, SENDER, Workspace

from expediente.errors import ConfigurationError, DoubtfulError, NotFoundError, RefusedError
from expediente.google.gmail import MAX_BYTES, Gmail
from expediente.model import Attachment, OutgoingMail

VENDEDORA = f"vendedora.uno@{DOMAIN}"


@pytest.fixture
def gmail(workspace: Workspace) -> Gmail:
    """The mailbox that sends notices."""
    return workspace.google.gmail(SENDER)


def mail(**fields: Any) -> OutgoingMail:
    """A mail to the vendedora."""
    usual: dict[str, Any] = {
        "mail_id": "EXP-1/recibo",
        "dossier_id": "EXP-1",
        "kind": "recibo",
        "sender": SENDER,
        "to": (VENDEDORA,),
        "subject": "ACME · EXP-1",
        "text": "Recibido",
        "html": "<p>Recibido</p>",
        "thread": f"EXP-1/{VENDEDORA}",
        "created_at": datetime(2026, 11, 2, tzinfo=UTC),
    }
    return OutgoingMail(**(usual | fields))


def test_a_draft_is_sent_once_and_then_gone(gmail: Gmail) -> None:
    """Gone says that it was sent; sending it again says so too."""
    draft = gmail.create_draft(gmail.build(mail()))
    assert gmail.draft_exists(draft)
    message, thread = gmail.send_draft(draft)
    assert message and thread
    assert not gmail.draft_exists(draft)
    with pytest.raises(NotFoundError):
        gmail.send_draft(draft)


def test_a_lost_answer_of_sending_is_settled_by_a_look(workspace: Workspace, gmail: Gmail) -> None:
    """The mail left once."""
    draft = gmail.create_draft(gmail.build(mail()))
    workspace.fault("gmail.users.drafts.send", "close", when="after")
    with pytest.raises(DoubtfulError):
        gmail.send_draft(draft)
    assert not gmail.draft_exists(draft)
    assert workspace.methods().count("gmail.users.drafts.send") == 1


def test_mails_of_one_thread_stay_together(gmail: Gmail) -> None:
    """The second goes into the conversation of the first; one that is gone does not stop it."""
    _, thread = gmail.send_draft(gmail.create_draft(gmail.build(mail())))
    _, same = gmail.send_draft(gmail.create_draft(gmail.build(mail(text="Otro")), thread))
    assert same == thread
    _, new = gmail.send_draft(gmail.create_draft(gmail.build(mail()), "7fffffffffffffff"))
    assert new != "7fffffffffffffff"


def test_a_large_mail_goes_by_the_upload_path(gmail: Gmail) -> None:
    """Four megabytes of attachment arrive; above Gmail's limit nothing is sent."""
    file = Attachment("grande.pdf", "application/pdf", base64.b64encode(b"x" * 4_000_000).decode())
    assert gmail.draft_exists(gmail.create_draft(gmail.build(mail(attachments=(file,)))))
    with pytest.raises(RefusedError, match="too_large"):
        gmail.create_draft(b"x" * (MAX_BYTES + 1))


def test_an_orphan_draft_can_be_thrown_away(gmail: Gmail) -> None:
    """Twice is fine."""
    draft = gmail.create_draft(gmail.build(mail()))
    gmail.delete_draft(draft)
    gmail.delete_draft(draft)
    assert not gmail.draft_exists(draft)


def test_only_configured_senders_write(workspace: Workspace) -> None:
    """No mail in the name of a person."""
    with pytest.raises(ConfigurationError, match="SENDERS"):
        workspace.google.gmail(f"gerencia.uno@{DOMAIN}")


def test_a_broken_attachment_is_refused(gmail: Gmail) -> None:
    """Before anything is sent."""
    with pytest.raises(RefusedError, match="attachment"):
        gmail.build(mail(attachments=(Attachment("x", "text/plain", "no es base64"),)))
