"""Mail leaves under the sender's name, gets Gmail's Message-ID, and arrives where it should."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from tests.conformance.gmail_kit import mail, raw

DOMAIN = "blindados-demo.example.com"
SENDER = f"notificaciones@{DOMAIN}"
ANA, EVA = f"operaciones.uno@{DOMAIN}", f"operaciones.dos@{DOMAIN}"
CLIENT = "cliente@otra-empresa.example"
ROBOT = "expediente-mail@expediente-demo.iam.gserviceaccount.com"
Service = Callable[..., Any]


@pytest.fixture
def post(service: Service) -> Service:
    """Gmail clients (`users()`) on a fresh Workspace."""
    return lambda actor, scopes=None: service("gmail", "v1", actor, scopes).users()


def send(users: Any, message: EmailMessage, **more: Any) -> Any:
    """Send a mail."""
    return users.messages().send(userId="me", body=raw(message) | more).execute()


def stored(users: Any, message_id: str) -> Any:
    """The mail as it lies in a mailbox, parsed."""
    answer = users.messages().get(userId="me", id=message_id, format="raw").execute()
    return message_from_bytes(base64.urlsafe_b64decode(answer["raw"]), policy=policy.default)


def found(users: Any, q: str = "", **query: Any) -> list[str]:
    """Ids of the messages that a search finds, newest first."""
    answer = users.messages().list(userId="me", q=q, **query).execute()
    return [message["id"] for message in answer.get("messages", [])]


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, reason and message of a call that must fail."""
    with pytest.raises(HttpError) as caught:
        call()
    error = json.loads(caught.value.content)["error"]
    return caught.value.status_code, error["errors"][0]["reason"], error["message"]


def test_sent_mail_lies_in_both_mailboxes(post: Service) -> None:
    """The sender has it under SENT, the recipient unread under INBOX (google-apis 4)."""
    answer = send(post(SENDER), mail())
    assert answer["labelIds"] == ["SENT"]
    assert answer["threadId"] == answer["id"]
    (message_id,) = found(post(ANA), "in:inbox is:unread")
    assert stored(post(ANA), message_id)["Subject"] == "Hola"


def test_message_id_is_replaced(post: Service) -> None:
    """The Message-ID that we set is gone; Gmail's stands in both copies and is found by it (google-apis 4) (google-apis 8.4)."""
    users = post(SENDER)
    answer = send(users, mail(Message_ID="<propio@expediente>"))
    shown = users.messages().get(userId="me", id=answer["id"], format="metadata", metadataHeaders=["message-id"]).execute()
    (header,) = shown["payload"]["headers"]
    assert header["value"].endswith("@mail.gmail.com>")
    assert found(users, f"rfc822msgid:{header['value']}") == [answer["id"]]
    assert found(users, "rfc822msgid:propio@expediente") == []
    assert stored(post(ANA), found(post(ANA))[0])["Message-ID"] == header["value"]


def test_foreign_from_is_rewritten(post: Service) -> None:
    """A From that is no send-as address becomes the account's; the account's own is kept with its name (google-apis 4)."""
    users = post(SENDER)
    assert SENDER in stored(users, send(users, mail(From="jefe@banco.example"))["id"])["From"]
    assert stored(users, send(users, mail(From=f"Avisos <{SENDER}>"))["id"])["From"] == f"Avisos <{SENDER}>"


def test_bcc_arrives_unseen(post: Service) -> None:
    """The blind copy arrives, and no copy but the sender's tells of it."""
    users = post(SENDER)
    answer = send(users, mail(bcc=EVA))
    assert stored(users, answer["id"])["Bcc"] == EVA
    for reader in (ANA, EVA):
        assert stored(post(reader), found(post(reader))[0])["Bcc"] is None


def test_group_mail_reaches_every_member_once(post: Service) -> None:
    """A group and a member of it named together make one copy for the member."""
    send(post(SENDER), mail(to=f"areas@{DOMAIN}, {ANA}"))
    assert [len(found(post(reader))) for reader in (ANA, EVA, f"seguridad.uno@{DOMAIN}")] == [1, 1, 1]
    assert found(post(f"gerencia.uno@{DOMAIN}")) == []


def test_outside_address_gets_a_mailbox(post: Service) -> None:
    """A client is read by the client's own token; the mailbox is an ordinary account's, empty before the first mail."""
    assert found(post(CLIENT)) == []
    send(post(SENDER), mail(to=CLIENT))
    assert len(found(post(CLIENT), "in:inbox")) == 1


def test_unknown_address_of_the_domain_bounces(post: Service) -> None:
    """Mail to nobody comes back from the mailer daemon and names the address (google-apis 4)."""
    users = post(SENDER)
    answer = send(users, mail(to=f"nadie@{DOMAIN}, {ANA}"))
    (bounce,) = found(users, 'from:mailer-daemon@googlemail.com "Delivery Status Notification"')
    assert stored(users, bounce)["X-Failed-Recipients"] == f"nadie@{DOMAIN}"
    assert stored(users, bounce)["In-Reply-To"] == stored(users, answer["id"])["Message-ID"]
    assert len(found(post(ANA))) == 1


def test_service_account_without_a_subject_has_no_mailbox(post: Service) -> None:
    """A bare service account is refused with the sentence that Google gives (google-apis 4) (google-apis 8.4)."""
    refused = refusal(lambda: send(post(ROBOT), mail()))
    assert refused == (400, "failedPrecondition", "Precondition check failed.")


def test_mail_without_recipient_or_content_is_refused(post: Service) -> None:
    """No recipient, no raw, broken base64: 400 invalidArgument."""
    users = post(SENDER)
    nobody = EmailMessage()
    nobody["Subject"] = "A nadie"
    assert refusal(lambda: send(users, nobody)) == (400, "invalidArgument", "Recipient address required")
    assert refusal(users.messages().send(userId="me", body={}).execute)[:2] == (400, "invalidArgument")
    assert refusal(users.messages().send(userId="me", body={"raw": "%%%"}).execute)[0] == 400
    many = ", ".join(f"c{number}@otra.example" for number in range(101))
    assert refusal(lambda: send(users, mail(to=many)))[0] == 400
    assert found(users) == []


def test_somebody_elses_mailbox_is_refused(post: Service) -> None:
    """A user id other than the caller's own is 403 (google-apis 4)."""
    request = post(SENDER).messages().list(userId=ANA)
    assert refusal(request.execute)[0] == 403


def test_media_upload_keeps_the_attachment(post: Service) -> None:
    """A mail sent as media arrives with its attachment, byte by byte (google-apis 4)."""
    message = mail()
    message.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="cédula.pdf")
    media = MediaIoBaseUpload(io.BytesIO(message.as_bytes()), "message/rfc822")
    post(SENDER).messages().send(userId="me", media_body=media).execute()
    reader = post(ANA).messages()
    full = reader.get(userId="me", id=found(post(ANA), "has:attachment")[0]).execute()
    assert full["payload"]["mimeType"] == "multipart/mixed"
    part = full["payload"]["parts"][1]
    assert part["filename"] == "cédula.pdf"
    got = reader.attachments().get(userId="me", messageId=full["id"], id=part["body"]["attachmentId"]).execute()
    assert base64.urlsafe_b64decode(got["data"]) == bytes(range(256)) * 40
    assert got["size"] == part["body"]["size"] == 10240


def test_body_is_not_touched(post: Service) -> None:
    """What was signed or encoded in the body arrives as it left."""
    message = mail(subject="Año nuevo: ¿señas?", text="ñ" * 300)
    send(post(SENDER), message)
    got = stored(post(ANA), found(post(ANA))[0])
    assert got.get_content() == message.get_content()
    assert got["Subject"] == "Año nuevo: ¿señas?"


def test_reply_joins_the_thread_only_when_all_agrees(post: Service) -> None:
    """threadId, References and the same subject: all three, or a new thread begins (google-apis 4)."""
    users = post(SENDER)
    first = send(users, mail())
    gmail_id = stored(users, first["id"])["Message-ID"]
    joined = send(users, mail(subject="Re: Hola", References=gmail_id), threadId=first["threadId"])
    assert joined["threadId"] == first["threadId"]
    for message, more in (
        (mail(subject="Re: Hola"), {"threadId": first["threadId"]}),
        (mail(subject="Otro", References=gmail_id), {"threadId": first["threadId"]}),
        (mail(subject="Re: Hola", References=gmail_id), {}),
    ):
        alone = send(users, message, **more)
        assert alone["threadId"] == alone["id"]
    assert refusal(lambda: send(users, mail(), threadId="18c0000000000000"))[0] == 404
    # The recipient's side threads by references and subject alone.
    threads = post(ANA).threads().list(userId="me").execute()["threads"]
    assert len(threads) == 3


def test_draft_is_gone_once_sent(post: Service) -> None:
    """Sending makes a new message and deletes the draft: `drafts.get` tells the two apart (google-apis 4) (google-apis 8.4)."""
    users = post(SENDER, "gmail.compose")
    draft = users.drafts().create(userId="me", body={"message": raw(mail())}).execute()
    assert draft["message"]["labelIds"] == ["DRAFT"]
    assert users.drafts().get(userId="me", id=draft["id"]).execute()["message"]["id"] == draft["message"]["id"]
    sent = users.drafts().send(userId="me", body={"id": draft["id"]}).execute()
    assert sent["id"] != draft["message"]["id"]
    gone = refusal(users.drafts().get(userId="me", id=draft["id"]).execute)
    assert gone == (404, "notFound", "Requested entity was not found.")
    assert refusal(users.drafts().send(userId="me", body={"id": draft["id"]}).execute)[0] == 404
    assert len(found(post(ANA))) == 1


def test_draft_that_cannot_be_sent_stays(post: Service) -> None:
    """A draft without recipient is refused at sending and can be mended."""
    users = post(SENDER)
    nobody = EmailMessage()
    nobody["Subject"] = "A nadie"
    draft = users.drafts().create(userId="me", body={"message": raw(nobody)}).execute()
    assert refusal(users.drafts().send(userId="me", body={"id": draft["id"]}).execute)[2] == "Recipient address required"
    users.drafts().update(userId="me", id=draft["id"], body={"message": raw(mail())}).execute()
    listed = users.drafts().list(userId="me").execute()["drafts"]
    assert [one["id"] for one in listed] == [draft["id"]]
    users.drafts().send(userId="me", body={"id": draft["id"]}).execute()
    assert users.drafts().list(userId="me").execute() == {"resultSizeEstimate": 0}


def test_header_cannot_be_smuggled_in(post: Service) -> None:
    """A line break in a header value of hostile raw text ends there: what follows is a header or body, never a recipient."""
    hostile = b"To: " + ANA.encode() + b"\r\nSubject: Hola\r\n\r\nBcc: " + EVA.encode() + b"\r\n\r\nfin"
    post(SENDER).messages().send(userId="me", body={"raw": base64.urlsafe_b64encode(hostile).decode()}).execute()
    assert found(post(EVA)) == []
    assert len(found(post(ANA))) == 1


def test_malformed_address_is_named_by_its_header(post: Service) -> None:
    """An address without @ is refused with the name of its header; nothing is sent."""
    users = post(SENDER)
    assert refusal(lambda: send(users, mail(to="nadie"))) == (400, "invalidArgument", "Invalid To header")
    assert refusal(lambda: send(users, mail(cc="nadie"))) == (400, "invalidArgument", "Invalid Cc header")
    assert found(users) == []


def test_least_scopes(post: Service) -> None:
    """gmail.send sends and does nothing else; drafts need gmail.compose, which reads no labels (google-apis 4)."""
    sender, composer = post(SENDER, "gmail.send"), post(SENDER, "gmail.compose")
    send(sender, mail())
    body = {"message": raw(mail())}
    for request in (sender.messages().list(userId="me"), sender.drafts().create(userId="me", body=body)):
        assert refusal(request.execute) == (403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    composer.drafts().create(userId="me", body=body).execute()
    assert refusal(composer.labels().list(userId="me").execute)[0] == 403


def test_date_is_set_when_there_is_none(post: Service) -> None:
    """A mail without Date gets one; a Date that was written stays."""
    users = post(SENDER)
    assert stored(users, send(users, mail())["id"])["Date"]
    written = "Mon, 05 Jan 2026 10:00:00 -0500"
    assert stored(users, send(users, mail(Date=written))["id"])["Date"] == written


def test_mail_of_html_alone_has_a_snippet(post: Service) -> None:
    """Without a text part the words of the HTML are shown and searched, its tags and styles are not."""
    message = EmailMessage()
    message["To"], message["Subject"] = ANA, "Sola"
    message.set_content("<style>p {color: red}</style><p>Solo&nbsp;<b>HTML</b> aquí</p>", subtype="html")
    send(post(SENDER), message)
    reader = post(ANA)
    (message_id,) = found(reader, "html aqui")
    assert reader.messages().get(userId="me", id=message_id, format="minimal").execute()["snippet"] == "Solo HTML aquí"
    assert found(reader, "color") == []


def test_headers_of_mail_that_came_through_the_api(post: Service) -> None:
    """Received stands at the top, what was written follows in its order, then From if it was missing, Date and Message-Id."""
    users = post(SENDER)
    message_id = send(users, mail())["id"]
    shown = users.messages().get(userId="me", id=message_id).execute()
    names = [header["name"] for header in shown["payload"]["headers"]]
    written = ["To", "Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert names == ["Received", *written, "From", "Date", "Message-Id"]
    assert "gmailapi.google.com with HTTPREST" in shown["payload"]["headers"][0]["value"]
    assert int(shown["internalDate"]) % 1000 == 0
    draft = users.drafts().create(userId="me", body={"message": raw(mail(From=SENDER))}).execute()
    kept = users.drafts().get(userId="me", id=draft["id"], format="metadata").execute()["message"]["payload"]["headers"]
    assert [header["name"] for header in kept] == ["Received", *written[:2], "From", *written[2:], "Date", "Message-Id"]


def test_mail_to_oneself_is_one_message_with_three_labels(post: Service) -> None:
    """Who writes to the own address has one mail: sent, in the inbox and unread."""
    users = post(SENDER)
    assert send(users, mail(to=SENDER))["labelIds"] == ["UNREAD", "SENT", "INBOX"]
    assert len(found(users)) == 1
