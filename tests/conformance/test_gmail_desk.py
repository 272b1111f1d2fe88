"""Mailboxes as the desk reads them, and odd mail that must not break them."""

from __future__ import annotations

import pickle
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emulator import gmail, seed
from emulator.clock import Clock
from emulator.directory import Directory
from emulator.gmail import mailbox, rfc822, search
from emulator.kernel import World

DOMAIN = "blindados-demo.example.com"
SENDER, READER = f"bienvenida@{DOMAIN}", f"operaciones.uno@{DOMAIN}"
CLIENT = "cliente@otra-empresa.example"


@pytest.fixture
def world() -> World:
    """The invented company, in this process."""
    assert gmail
    made = World(Clock(), Directory())
    seed.plant(made, None)
    return made


def mail(to: str, subject: str = "Bienvenida") -> bytes:
    """A mail with text, HTML and an attachment."""
    message = EmailMessage()
    message["To"], message["Subject"] = to, subject
    message.set_content("Hola, señora")
    message.add_alternative("<p>Hola, <b>señora</b></p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="guía.pdf")
    return message.as_bytes()


def test_letter_shows_all_that_a_reader_needs(world: World) -> None:
    """Subject, people, date, both bodies and attachments are there, decoded."""
    mailbox.deliver(world, mail(CLIENT), SENDER)
    (letter,) = mailbox.inbox(world, CLIENT)
    assert (letter.subject, letter.to, letter.unread) == ("Bienvenida", CLIENT, True)
    assert SENDER in letter.sender
    assert letter.text.strip() == "Hola, señora"
    assert "<b>señora</b>" in letter.html
    assert [(one.filename, one.data) for one in letter.attachments] == [("guía.pdf", b"%PDF")]


def test_opening_marks_as_read(world: World) -> None:
    """A mail that was opened is not unread any more, and can be made unread again."""
    mailbox.deliver(world, mail(READER), SENDER)
    message_id = mailbox.inbox(world, READER)[0].message_id
    assert mailbox.unread_count(world, READER) == 1
    assert not mailbox.read(world, READER, message_id).unread
    assert mailbox.unread_count(world, READER) == 0
    mailbox.mark_read(world, READER, message_id, unread=True)
    assert mailbox.inbox(world, READER)[0].unread


def test_clients_reply_reaches_the_sender(world: World) -> None:
    """An outside address answers from its own mailbox, in the thread."""
    mailbox.deliver(world, mail(CLIENT), SENDER)
    received = mailbox.inbox(world, CLIENT)[0]
    reply = EmailMessage()
    reply["To"], reply["Subject"] = SENDER, "Re: Bienvenida"
    reply["In-Reply-To"] = rfc822.parse(_raw(world, CLIENT, received.message_id)).header("Message-ID")
    reply.set_content("Gracias")
    mailbox.deliver(world, reply.as_bytes(), CLIENT)
    (answer,) = mailbox.inbox(world, SENDER)
    assert answer.thread_id == mailbox.letters(world, SENDER, "SENT")[0].thread_id


def _raw(world: World, address: str, message_id: str) -> bytes:
    raw: bytes = world.table(f"gmail.messages:{address}")[message_id].raw
    return raw


def test_mail_to_oneself_is_one_message(world: World) -> None:
    """Who writes to the own address has one mail, sent and received."""
    mailbox.deliver(world, mail(SENDER), SENDER)
    (letter,) = mailbox.inbox(world, SENDER)
    assert set(letter.labels) == {"SENT", "INBOX", "UNREAD"}


def test_suspended_person_gets_nothing_and_the_sender_is_told(world: World) -> None:
    """Mail to a suspended account bounces."""
    mailbox.deliver(world, mail(f"exempleado@{DOMAIN}"), SENDER)
    assert mailbox.inbox(world, f"exempleado@{DOMAIN}") == []
    assert mailbox.inbox(world, SENDER)[0].subject == "Delivery Status Notification (Failure)"


def test_everything_can_be_kept(world: World) -> None:
    """Every record of a mailbox survives pickling, as a state folder needs."""
    mailbox.deliver(world, mail(READER), SENDER)
    tables = {name: table.rows for name, table in world.tables.items() if name.startswith("gmail.")}
    assert pickle.loads(pickle.dumps(tables)).keys() == tables.keys()


def test_encoded_comma_in_a_name_makes_no_second_recipient() -> None:
    """Addresses are taken apart before their names are decoded."""
    parsed = rfc822.parse(b"To: =?utf-8?q?P=C3=A9rez=2C_Ana?= <ana@x.example>\r\n\r\n")
    assert parsed.addresses("To") == [("Pérez, Ana", "ana@x.example")]


@given(some.lists(some.sampled_from([
    b"To: a@b.c\r\n", b"Subject: =?bad?q?x?=\r\n", b"Subject: \xff\xc3\xb1\r\n", b"\r\n", b"\n", b"--x\r\n", b"--x--\r\n",
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Type: text/plain; charset=nope\r\n", b" folded\r\n",
    b"Content-Type: message/rfc822; name=a.eml\r\n", b"Content-Transfer-Encoding: base64\r\n", b"=C3\x00\r\n", b"NoColon\r\n",
]), max_size=12))  # fmt: skip
def test_odd_mail_is_read_all_the_same(lines: list[bytes]) -> None:
    """No sequence of lines, however broken, stops the reader; taking it apart and putting it together loses no line."""
    raw = rfc822.crlf(b"".join(lines))
    fields, rest = rfc822.split(raw)
    whole = rfc822.join(fields, rest)
    assert [line for line in whole.split(b"\r\n") if line] == [line for line in raw.split(b"\r\n") if line]
    rfc822.parse(whole).addresses("To")


@given(some.text(alphabet='(){}-":/ azOR19m', max_size=20))
def test_no_search_is_malformed(text: str) -> None:
    """Whatever is typed is a search."""
    search.compile_query(text)
