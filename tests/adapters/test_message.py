"""Mails as bytes: what a client wrote stays what it is and harms nothing."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expediente.errors import RefusedError
from expediente.google.message import MailFile, build_message, header_text

SENDER = "notificaciones@blindados.example"


def read(**fields: Any) -> EmailMessage:
    """The mail built from these fields, parsed again."""
    usual: dict[str, Any] = {
        "sender": SENDER,
        "to": ["ana@x.example"],
        "subject": "Hola",
        "text": "Buenos días",
        "html": "<p>Buenos días",
    }
    mail = message_from_bytes(build_message(**(usual | fields)), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_text_html_and_files_arrive() -> None:
    """The alternative first, files behind, names as written."""
    mail = read(files=[MailFile("Ficha «Ñandú»/2.pdf", "application/pdf", b"%PDF")], from_name="Blindados Ñ")
    assert mail["From"] == f"Blindados Ñ <{SENDER}>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and plain.get_content().strip() == "Buenos días"
    assert html is not None and html.get_content().strip() == "<p>Buenos días"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Ficha «Ñandú»-2.pdf", b"%PDF")


def test_a_conversation_hangs_on_one_id() -> None:
    """Same key, same reference; the key itself is not told."""
    first, second = read(thread="EXP-1/ana@x.example"), read(thread="EXP-1/ana@x.example", subject="Otra")
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert "EXP-1" not in first["References"]
    assert read()["References"] is None


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_subject_opens_another_header(subject: str) -> None:
    """Line breaks, control and broken characters of any kind end as one line of the subject."""
    mail = read(subject=f"{subject}\r\nBcc: espia@x.example\r\n\r\n<b>", from_name=subject)
    assert set(mail.keys()) <= {"From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert str(mail["Subject"]) == header_text(f"{subject}\r\nBcc: espia@x.example\r\n\r\n<b>")


@pytest.mark.parametrize("field", ["subject", "from_name"])
def test_an_encoded_word_that_somebody_typed_opens_no_header(field: str) -> None:
    """A client's name such as `=?utf-8?q?x=0D=0ABcc:_...?=` would be decoded, line break and all; it stays text."""
    for word in ("=?utf-8?q?Tienda=0D=0ABcc:_espia@x.example?=", "=?utf-8?b?eA0KQmNjOiBlc3BpYUB4LmV4YW1wbGU=?="):
        mail = read(**{field: word})
        assert set(mail.keys()) <= {"From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"}


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_sent(text: str) -> None:
    """Also halves of characters and control characters."""
    assert read(text=text, html=f"<p>{text}</p>").get_body(("plain",)) is not None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: x@y.example",
        "Ana <a@b.example>",
        "a b@c.example",
        "a@b",
        "a@-b.example",
        "ñ@b.example",
        "a@" + "b" * 70 + ".example",
        "\ud800@b.example",
        "a@b..example",
    ],
)
def test_what_is_not_one_address_is_refused(address: str) -> None:
    """Nobody but the one who was meant gets a mail."""
    with pytest.raises(RefusedError, match="address") as told:
        read(to=[address])
    assert address == "" or address not in str(told.value)


def test_a_domain_with_accents_is_written_for_machines() -> None:
    """`peña.example` travels as its ASCII form."""
    assert read(to=["ana@peña.example"])["To"] == "ana@xn--pea-8ma.example"


@given(
    st.lists(
        st.sampled_from("Confirmación de la recepción según señor Ñandú, S.A. Peñón próxima además x: 12".split()),
        min_size=3,
        max_size=17,
    )
)
def test_no_blank_of_a_subject_is_lost(words: list[str]) -> None:
    """However many accented words a subject has, it arrives as it was written."""
    subject = " ".join(words)
    assert read(subject=subject)["Subject"] == subject
