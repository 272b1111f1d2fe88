"""Mail as real programs write it: large, inline pictures, odd names, groups, tags; and mail that comes back."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from email.header import Header
from typing import Any

import pytest
from googleapiclient.http import MediaIoBaseUpload

from tests.conformance.gmail_kit import CLIENT, READER, WRITER, Emulator, Mailbox, address, decoded, mail, raw


@pytest.fixture
def writer(emulator: Emulator) -> Mailbox:
    """The sender's mailbox."""
    return Mailbox(emulator, WRITER)


def _inbox(emulator: Emulator, who: str, q: str = "in:inbox") -> list[str]:
    return Mailbox(emulator, who).find(q)


def test_large_mail_goes_up_in_pieces(emulator: Emulator, writer: Mailbox) -> None:
    """Six megabytes by a resumable upload arrive whole (google-apis 4)."""
    message = mail(CLIENT)
    paper = bytes(range(256)) * 24_000
    message.add_attachment(paper, maintype="application", subtype="pdf", filename="Contrato firmado.pdf")
    media = MediaIoBaseUpload(io.BytesIO(message.as_bytes()), "message/rfc822", chunksize=1 << 20, resumable=True)
    sent = writer.users.messages().send(userId="me", body={}, media_body=media).execute()
    assert sent["labelIds"] == ["SENT"]
    client = Mailbox(emulator, CLIENT)
    (arrived,) = client.find()
    part = client.get(arrived)["payload"]["parts"][1]
    got = client.users.messages().attachments().get(userId="me", messageId=arrived, id=part["body"]["attachmentId"]).execute()
    assert (part["filename"], part["body"]["size"], decoded(got["data"])) == ("Contrato firmado.pdf", len(paper), paper)


def test_inline_pictures_and_alternatives_keep_their_order(writer: Mailbox) -> None:
    """multipart/related within alternative: text first, then HTML with its picture, which is fetched by id."""
    message = mail(READER, text="Bienvenido")
    message.add_alternative('<p>Bienvenido <img src="cid:logo"></p>', subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG\r\n", "image", "png", cid="<logo>")  # type: ignore[union-attr,index]
    payload = writer.get(writer.send(message)["id"])["payload"]
    assert payload["mimeType"] == "multipart/alternative"
    plain, related = payload["parts"]
    assert (plain["partId"], plain["mimeType"], related["partId"]) == ("0", "text/plain", "1")
    page, picture = related["parts"]
    assert [page["partId"], picture["partId"], page["mimeType"]] == ["1.0", "1.1", "text/html"]
    assert {"name": "Content-ID", "value": "<logo>"} in picture["headers"]
    assert set(picture["body"]) == {"attachmentId", "size"}


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-8"])
def test_every_charset_is_read_as_utf8(writer: Mailbox, charset: str) -> None:
    """The body of a text part is UTF-8 whatever it was sent in."""
    message = mail(READER)
    message.set_content("Señal de ñandú: áéí", charset=charset, cte="base64")
    body = writer.get(writer.send(message)["id"])["payload"]["body"]
    assert decoded(body["data"]).decode().strip() == "Señal de ñandú: áéí"


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename*=UTF-8''Cotizaci%C3%B3n%20a%C3%B1o.pdf",
        "attachment; filename*0*=UTF-8''Cotizaci%C3%B3n; filename*1*=%20a%C3%B1o.pdf",
        'attachment; filename="=?UTF-8?B?Q290aXphY2nDs24gYcOxby5wZGY=?="',
    ],
)
def test_names_of_files_are_decoded(writer: Mailbox, disposition: str) -> None:
    """RFC 2231 with and without pieces, and RFC 2047 within quotes."""
    head = f"To: {READER}\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Disposition: {disposition}\r\n"
    sent = writer.users.messages().send(userId="me", body=raw(f"{head}\r\nhola".encode())).execute()
    assert writer.get(sent["id"])["payload"]["filename"] == "Cotización año.pdf"


def test_folded_headers_are_unfolded(writer: Mailbox) -> None:
    """A long subject of encoded words and a long list of recipients come back on one line."""
    subject = "Expediente número " + " ".join(f"señal{number}" for number in range(30))
    people = ", ".join(f"{Header(f'Persona Ñ {number}', 'utf-8').encode()} <p{number}@otra.example>" for number in range(20))
    head = f"To: {people}\nSubject: {Header(subject, 'utf-8').encode()}\n\nhola\n".replace(", ", ",\n ")
    sent = writer.users.messages().send(userId="me", body=raw(head.encode())).execute()
    headers = {one["name"]: one["value"] for one in writer.get(sent["id"])["payload"]["headers"]}
    assert headers["Subject"] == subject
    assert "\n" not in headers["To"] and "Persona Ñ 19 <p19@otra.example>" in headers["To"]


def test_each_person_gets_one_copy(emulator: Emulator, writer: Mailbox) -> None:
    """Groups, groups in groups, a direct address in capitals, an alias of a tag: one copy for each person."""
    writer.send(mail(f"{address('areas')}, {READER.upper()}", cc=address("operaciones"), bcc=READER))
    assert len(_inbox(emulator, READER)) == 1
    assert len(_inbox(emulator, address("seguridad.dos"))) == 1
    assert _inbox(emulator, address("sala.uno")) == []


def test_tag_after_a_plus_goes_to_the_person(emulator: Emulator, writer: Mailbox) -> None:
    """name+anything within the domain is delivered to name; an unknown name bounces with it."""
    writer.send(mail(address("operaciones.uno+facturas"), "Con etiqueta"))
    (arrived,) = _inbox(emulator, READER)
    headers = {one["name"]: one["value"] for one in Mailbox(emulator, READER).get(arrived)["payload"]["headers"]}
    assert headers["To"] == address("operaciones.uno+facturas")
    writer.send(mail(address("nadie+facturas")))
    (bounce,) = writer.find("from:mailer-daemon")
    assert writer.stored(bounce)["X-Failed-Recipients"] == address("nadie+facturas")


@pytest.mark.parametrize(("who", "status"), [("nadie", "5.1.1"), ("exempleado", "5.2.1")])
def test_undeliverable_mail_comes_back_as_google_sends_it(writer: Mailbox, who: str, status: str) -> None:
    """The notification is a report with related text and HTML, the fields of RFC 3464 and the mail that failed (google-apis 4)."""
    sent = writer.stored(writer.send(mail(address(who), "Bienvenida", references="<antes@mail.gmail.com>"))["id"])
    (bounce,) = writer.find("in:inbox")
    report = writer.stored(bounce)
    assert [str(report[name]) for name in ("From", "Subject", "Auto-Submitted", "Return-Path")] == [
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "auto-replied",
        "<>",
    ]
    assert report["X-Failed-Recipients"] == address(who)
    assert report["In-Reply-To"] == sent["Message-ID"]
    assert str(report["References"]).split() == ["<antes@mail.gmail.com>", sent["Message-ID"]]
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    told, fields, returned = report.iter_parts()
    assert [part.get_content_type() for part in told.walk()] == [
        "multipart/related", "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    about_mail, about_recipient = fields.iter_parts()
    assert about_mail["Reporting-MTA"] == "dns; googlemail.com"
    assert about_mail["X-Original-Message-ID"] == sent["Message-ID"]
    assert about_recipient["Final-Recipient"] == f"rfc822; {address(who)}"
    assert (about_recipient["Action"], about_recipient["Status"]) == ("failed", status)
    assert str(about_recipient["Diagnostic-Code"]).startswith(f"smtp; 550 {status} The email account that you tried to reach")
    assert returned.get_content_type() == "message/rfc822"
    assert next(returned.iter_parts())["Message-ID"] == sent["Message-ID"]


def test_report_is_read_through_the_api(writer: Mailbox) -> None:
    """The parts of a notification: fields as a text, the returned mail by an id, its parts below it."""
    writer.send(mail(address("nadie"), "Bienvenida", "Texto de bienvenida"))
    (bounce,) = writer.find("in:inbox")
    message = writer.get(bounce)
    assert message["snippet"].startswith("** Address not found ** Your message wasn&#39;t delivered to")
    told, fields, returned = message["payload"]["parts"]
    assert (told["mimeType"], fields["mimeType"]) == ("multipart/related", "message/delivery-status")
    assert b"Final-Recipient: rfc822; " + address("nadie").encode() in decoded(fields["body"]["data"])
    fetched = writer.users.messages().attachments()
    whole = fetched.get(userId="me", messageId=bounce, id=returned["body"]["attachmentId"]).execute()
    back: Any = message_from_bytes(decoded(whole["data"]), policy=policy.default)
    assert (back["Subject"], returned["parts"][0]["mimeType"]) == ("Bienvenida", "text/plain")


def test_large_mail_comes_back_without_its_body(writer: Mailbox) -> None:
    """Of a large mail the notification returns the headers alone."""
    message = mail(address("nadie"), "Pesado")
    message.add_attachment(b"x" * 300_000, maintype="application", subtype="pdf", filename="a.pdf")
    writer.send(message)
    (bounce,) = writer.find("in:inbox")
    assert writer.get(bounce, "minimal")["sizeEstimate"] < 20_000
    assert b"Message truncated" in decoded(writer.get(bounce, "raw")["raw"])


def test_outside_addresses_bounce_by_a_switch(emulator: Emulator, writer: Mailbox) -> None:
    """An address outside is delivered unless it is listed; hosts of .invalid never are."""
    writer.send(mail(CLIENT))
    assert writer.find("in:inbox") == []
    emulator.local("PUT", "behaviour", {"bouncing_addresses": [CLIENT]})
    writer.send(mail(CLIENT))
    writer.send(mail("ana@empresa.invalid"))
    said = [writer.get(one)["snippet"] for one in writer.find("in:inbox")]
    assert len(said) == 2
    assert "the domain empresa.invalid couldn&#39;t be found" in said[0]


def test_reply_to_and_bcc_stand_where_they_should(emulator: Emulator, writer: Mailbox) -> None:
    """Reply-To reaches the reader as written, Bcc only the sender's copy."""
    sent = writer.send(mail(READER, reply_to=f"Ventas <{address('ventas')}>", bcc=CLIENT))
    (arrived,) = _inbox(emulator, READER)
    got = Mailbox(emulator, READER).stored(arrived)
    assert (got["Reply-To"], got["Bcc"]) == (f"Ventas <{address('ventas')}>", None)
    assert writer.stored(sent["id"])["Bcc"] == CLIENT
    assert len(_inbox(emulator, CLIENT)) == 1


def test_history_and_counts_follow_every_step(emulator: Emulator, writer: Mailbox) -> None:
    """Sent, answered, read, thrown away: one line of history each, and the label's counts with it."""
    reader = Mailbox(emulator, READER)
    start = reader.history_id()
    sent = writer.stored(writer.send(mail(READER, "Caso"))["id"])
    (arrived,) = reader.find()
    counts = reader.users.labels().get(userId="me", id="INBOX").execute()
    assert (counts["messagesTotal"], counts["messagesUnread"], counts["threadsUnread"]) == (1, 1, 1)
    reader.users.messages().modify(userId="me", id=arrived, body={"removeLabelIds": ["UNREAD"]}).execute()
    answer = mail(WRITER, "Re: Caso", in_reply_to=sent["Message-ID"], references=sent["Message-ID"])
    reader.send(answer, threadId=reader.get(arrived, "minimal")["threadId"])
    reader.users.messages().trash(userId="me", id=arrived).execute()
    lines = reader.users.history().list(userId="me", startHistoryId=start).execute()["history"]
    kinds = [next(kind for kind in line if kind not in ("id", "messages")) for line in lines]
    assert kinds == ["messagesAdded", "labelsRemoved", "messagesAdded", "labelsRemoved", "labelsAdded"]
    (thread,) = writer.users.threads().list(userId="me").execute()["threads"]
    assert len(writer.users.threads().get(userId="me", id=thread["id"]).execute()["messages"]) == 2
