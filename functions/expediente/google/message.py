"""A mail as bytes: text, HTML, files, and headers in which nothing of what a client wrote can do harm. Source: RFC 5322, 2046."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage

from expediente.errors import RefusedError

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
_ADDRESS = re.compile(f"{_LOCAL}@{_DOMAIN}")
_LONGEST_HEADER = 250
# Python folds encoded words at 78 and loses a blank between two of them now and then (seen in 3.11.7); unfolded it loses none.
_UNFOLDED = policy.SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class MailFile:
    """A file that goes with a mail."""

    name: str
    mime_type: str
    data: bytes


def build_message(
    *,
    sender: str,
    to: Sequence[str],
    subject: str,
    text: str,
    html: str,
    from_name: str = "",
    cc: Sequence[str] = (),
    reply_to: str = "",
    thread: str = "",
    files: Sequence[MailFile] = (),
) -> bytes:
    """The mail as bytes with CRLF line ends. thread: mails of one key fall into one conversation; '' = one of its own.

    :raises RefusedError: (400 `address`) an address is not exactly one address; its text is not repeated.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = _mailbox(sender, header_text(from_name))
    mail["To"] = [_mailbox(address) for address in to]
    if cc:
        mail["Cc"] = [_mailbox(address) for address in cc]
    if reply_to:
        mail["Reply-To"] = _mailbox(reply_to)
    mail["Subject"] = header_text(subject)
    if thread:
        # Gmail replaces our Message-ID, so the conversation hangs on an id that no mail bears.
        mail["In-Reply-To"] = mail["References"] = thread_reference(thread, sender)
    # Machines that answer by themselves leave such mails alone (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_body(text), subtype="plain", charset="utf-8", cte="quoted-printable")
    if html:
        mail.add_alternative(_body(html), subtype="html", charset="utf-8", cte="quoted-printable")
    for file in files:
        main, _, sub = file.mime_type.partition("/")
        mail.add_attachment(file.data, maintype=main, subtype=sub or "octet-stream", filename=_file_name(file.name))
    return mail.as_bytes(policy=_UNFOLDED)


def thread_reference(thread: str, sender: str) -> str:
    """The id to which all mails of a conversation refer: always the same for the same key, and telling nothing of it."""
    digest = hashlib.sha256(thread.encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def header_text(text: str) -> str:
    """One line without control, format or broken characters, at most 250 long.

    Encoded words (RFC 2047) that somebody typed are taken apart: `EmailMessage` would decode them, line breaks and all.
    """
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(kept.replace("=?", "= ?").split())[:_LONGEST_HEADER]


def _mailbox(address: str, name: str = "") -> Address:
    local, at, domain = address.strip().rpartition("@")
    try:
        plain = f"{local}{at}{domain.encode('idna').decode('ascii')}"
        if not _ADDRESS.fullmatch(plain):
            raise ValueError
        return Address(display_name=name, addr_spec=plain)
    except (ValueError, HeaderParseError) as error:
        raise RefusedError("gmail.users.drafts.create", 400, "address") from error


def _body(text: str) -> str:
    """Text that can be encoded: broken halves of characters become a question mark, control characters vanish."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", whole)


def _file_name(name: str) -> str:
    return re.sub(r'[/\\:*?"<>|]', "-", header_text(name)) or "archivo"
