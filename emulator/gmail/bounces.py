"""Mail that cannot be delivered comes back to its sender from mailer-daemon@googlemail.com."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid

from emulator.gmail import rfc822
from emulator.kernel import World

_NOT_FOUND = "550 5.1.1 The email account that you tried to reach does not exist."
_DISABLED = "550 5.2.1 The email account that you tried to reach is inactive."
_NO_HOST = "550 5.1.2 DNS Error: the domain name was not found."


def reason_for(world: World, address: str) -> str | None:
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
    return _NO_HOST if address.endswith(".invalid") or directory.is_service_account(address) else None


def notice(world: World, raw: bytes, sender: str, address: str, reason: str) -> bytes:
    """The "Delivery Status Notification (Failure)" to the sender, with the headers of the mail that failed."""
    original = rfc822.parse(raw)
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"] = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
    report["To"] = sender
    report["Subject"] = "Delivery Status Notification (Failure)"
    report["Date"] = format_datetime(world.clock.now())
    report["Message-ID"] = make_msgid(domain="mx.google.com")
    for name in ("In-Reply-To", "References"):
        report[name] = original.header("Message-ID")
    report["X-Failed-Recipients"] = address
    report["Auto-Submitted"] = "auto-replied"
    title = "Address not found" if reason != _DISABLED else "Message not delivered"
    report.attach(MIMEText(f"** {title} **\n\nYour message wasn't delivered to {address}.\n\nThe response was:\n\n{reason}\n"))
    report.attach(_status(address, reason))
    report.attach(MIMEText(_head(raw), "rfc822-headers"))
    # Unfolded: a Message-ID on a line of its own is read differently by different parsers.
    return rfc822.crlf(report.as_bytes(policy=policy.compat32.clone(max_line_length=0)))


def _status(address: str, reason: str) -> MIMEMessage:
    fields = EmailMessage()
    fields["Final-Recipient"] = f"rfc822; {address}"
    fields["Action"] = "failed"
    fields["Status"] = reason.split()[1]
    fields["Diagnostic-Code"] = f"smtp; {reason}"
    part = MIMEMessage(fields)
    part.set_type("message/delivery-status")
    return part


def _head(raw: bytes) -> str:
    return rfc822.join(rfc822.split(raw)[0], b"").decode("utf-8", "replace")
