"""Mail that cannot be delivered comes back to its sender from mailer-daemon@googlemail.com.

Structure, headers and fields are those of a notification of 2025 that a public mailing list keeps.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape

from emulator.gmail import rfc822
from emulator.kernel import World

_MOST_BYTES_BACK = 50_000


@dataclass(frozen=True)
class Failure:
    """Why mail to an address fails. `status`: the enhanced code; `title`, `because`: what the notice says of it."""

    status: str
    response: str
    title: str
    because: str


_NOT_FOUND = Failure(
    "5.1.1",
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email "
    "address for typos or unnecessary spaces. For more information, go to https://support.google.com/mail/?p=NoSuchUser",
    "Address not found",
    "because the address couldn't be found, or is unable to receive mail.",
)
_DISABLED = Failure(
    "5.2.1",
    "550 5.2.1 The email account that you tried to reach is inactive. For more information, go to "
    "https://support.google.com/mail/?p=DisabledUser",
    "Address not found",
    "because the address couldn't be found, or is unable to receive mail.",
)


def _no_host(host: str) -> Failure:
    return Failure(
        "5.1.2",
        f"DNS Error: DNS type 'mx' lookup of {host} responded with code NXDOMAIN Domain name not found: {host}",
        "Address not found",
        f"because the domain {host} couldn't be found. Check for typos or unnecessary spaces and try again.",
    )


def reason_for(world: World, address: str) -> Failure | None:
    """Why mail to this address fails, None when it arrives.

    An address of the company's domain must be a person who is not suspended, or a group. Hosts under `.invalid` and
    service accounts take no mail. Behaviour `bouncing_addresses` lists others that fail.
    """
    directory = world.directory
    if directory.is_group(address):
        return None
    if address in world.behaviour.get("bouncing_addresses", []):
        return _NOT_FOUND
    if address in directory.people:
        return _DISABLED if directory.people[address].suspended else None
    if directory.in_domain(address):
        return _NOT_FOUND
    host = address.partition("@")[2]
    return _no_host(host) if host.endswith(".invalid") or directory.is_service_account(address) else None


def notice(world: World, raw: bytes, sender: str, address: str, failure: Failure) -> bytes:
    """The "Delivery Status Notification (Failure)" to the sender: a text, the fields for programs, the mail that failed."""
    original = rfc822.parse(raw)
    message_id, now = original.header("Message-ID"), format_datetime(world.clock.now())
    outer, related, inner = (f"000000000000{secrets.token_hex(14)}"[:28] for _ in range(3))
    references = " ".join(dict.fromkeys([*rfc822.message_ids(original.header("References")), message_id]))
    head = [
        f'Content-Type: multipart/report; boundary="{outer}"; report-type=delivery-status',
        f"To: {sender}",
        "Auto-Submitted: auto-replied",
        f"Message-ID: <{secrets.token_hex(4)}.{secrets.token_hex(4)}.{secrets.token_hex(3)}.{secrets.token_hex(2)}.GMR@mx.google.com>",
        f"Date: {now}",
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Subject: Delivery Status Notification (Failure)",
        f"References: {references}",
        f"In-Reply-To: {message_id}",
        f"X-Failed-Recipients: {address}",
    ]
    told = f'Content-Type: multipart/related; boundary="{related}"\n\n--{related}\n'
    told += f'Content-Type: multipart/alternative; boundary="{inner}"\n\n'
    told += _multipart(inner, _text(address, failure), _html(address, failure)) + f"--{related}--\n"
    parts = (told, _status(sender, address, failure, message_id, now), "Content-Type: message/rfc822\n\n")
    before, last = _multipart(outer, *parts).rsplit(f"\n--{outer}--\n", 1)[0], f"\r\n--{outer}--\r\n"
    text = "\n".join(head) + "\n\n" + before
    return rfc822.crlf(text.encode("utf-8")) + _returned(raw) + last.encode()


def _multipart(boundary: str, *parts: str) -> str:
    return "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"


def _text(address: str, failure: Failure) -> str:
    said = f"\n** {failure.title} **\n\nYour message wasn't delivered to {address} {failure.because}\n\n"
    return f'Content-Type: text/plain; charset="UTF-8"\n\n{said}The response was:\n\n{failure.response}\n'


def _html(address: str, failure: Failure) -> str:
    said = (
        f"<h2>{failure.title}</h2>\n<p>Your message wasn't delivered to <b>{escape(address)}</b> {escape(failure.because)}</p>\n"
    )
    said += f'<p>The response was:</p>\n<p style="font-family:monospace">{escape(failure.response)}</p>\n'
    return f'Content-Type: text/html; charset="UTF-8"\n\n<html>\n<body>\n{said}</body>\n</html>\n'


def _status(sender: str, address: str, failure: Failure, message_id: str, now: str) -> str:
    """The part that programs read, as RFC 3464 has it."""
    return (
        "Content-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; googlemail.com\nReceived-From-MTA: dns; {sender}\nArrival-Date: {now}\n"
        f"X-Original-Message-ID: {message_id}\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: {failure.status}\n"
        f"Diagnostic-Code: smtp; {failure.response}\nLast-Attempt-Date: {now}\n"
    )


def _returned(raw: bytes) -> bytes:
    """The mail that failed; of a large one its headers."""
    if len(raw) <= _MOST_BYTES_BACK:
        return raw
    return rfc822.join(rfc822.split(raw)[0], b"\r\n----- Message truncated -----\r\n")
