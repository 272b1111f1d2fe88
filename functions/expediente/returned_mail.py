"""Watched mails to clients that came back: the sender's inbox is looked into a few times after such a mail has left, and at no other time.

Google tells of a failure in a mail from mailer-daemon@googlemail.com with the header X-Failed-Recipients, within seconds for an
unknown address and after up to three days for a host that does not answer. Source: Gmail guide, "Resolve errors"; RFC 3464.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from expediente import codec, feeds
from expediente.model import Fact, OutgoingMail
from expediente.store import Create, Read, Update, Write
from expediente.welcome_data import RETURNED

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.gmail import FailureNotice

# When the inbox is looked into after a mail has left; the last is later than Google's last try.
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (2, 15, 120, 1_440, 4_500))
# A mail may have been in doubt for three days before it is watched.
_OLDEST = 2 * LOOKS[-1]
# Their clock and ours.
_SLACK = timedelta(minutes=1)


def _key(sender: str) -> str:
    return f"returned/{sender.lower()}"


def watch(app: App, sender: str, mails: Iterable[OutgoingMail]) -> list[Write]:
    """What is to be written along with the results of sending, so that these mails are watched; nothing for most mails."""
    sent = [mail for mail in mails if mail.sent_at and (rule := app.process.mails.get(mail.kind)) and rule.watched]
    if not sent:
        return []
    found = app.store.get("cursor", _key(sender))
    data: dict[str, Any] = dict(found.data) if found else {"seen": "", "watch": {}, "looks": []}
    now = app.clock.now()
    data["watch"] = {**data["watch"], **{mail.mail_id: codec.stamp(now) for mail in sent}}
    data["looks"] = sorted({*data["looks"], *(codec.stamp(now + after) for after in LOOKS)})
    return [Update("cursor", _key(sender), data, found.version) if found else Create("cursor", _key(sender), data)]


def due(app: App, senders: Sequence[str], now: datetime) -> list[str]:
    """The senders whose inbox is to be looked into now, in one read."""
    reads = app.store.get_many([("cursor", _key(sender)) for sender in senders])
    return [sender for sender, read in zip(senders, reads, strict=True) if read is not None and _is_due(read, now)]


def _is_due(cursor: Read, now: datetime) -> bool:
    return bool(cursor.data["looks"]) and cursor.data["looks"][0] <= codec.stamp(now)


def look(app: App, sender: str) -> None:
    """Where a look is due: one call, and one for each mail that has come in since the last; a fact for each mail that came back."""
    cursor, now = app.store.get("cursor", _key(sender)), app.clock.now()
    if cursor is None or not _is_due(cursor, now):
        return
    newest, notices = app.google.inbox(sender).failures_since(cursor.data["seen"], now - _OLDEST)
    facts = list(_facts(app, cursor, notices)) if notices else []
    feeds.store_facts(app, facts)
    oldest = codec.stamp(now - LOOKS[-1] - _SLACK)
    gone = {f"{fact.dossier_id}/{fact.payload['mail']}" for fact in facts}
    data = {
        "seen": newest,
        "watch": {key: at for key, at in cursor.data["watch"].items() if at > oldest and key not in gone},
        "looks": [at for at in cursor.data["looks"] if at > codec.stamp(now)],
    }
    app.store.commit([Update("cursor", cursor.key, data, cursor.version)])
    for dossier_id in sorted({fact.dossier_id for fact in facts}):
        app.publish_work(dossier_id)


def _facts(app: App, cursor: Read, notices: Sequence[FailureNotice]) -> Iterable[Fact]:
    for read in app.store.get_many([("outbox", mail_id) for mail_id in cursor.data["watch"]]):
        if read is None:
            continue
        mail = codec.from_data(OutgoingMail, read.data)
        failed = [one for one in notices if one.address in {to.lower() for to in mail.to} and _after(mail, one.at)]
        if failed:
            event_id = f"returned-{hashlib.sha256(mail.mail_id.encode()).hexdigest()[:24]}"
            payload = {"mail": mail.mail_id.partition("/")[2], "address": failed[0].address}
            yield Fact(event_id, mail.dossier_id, RETURNED, failed[0].at, "expediente", payload)


def _after(mail: OutgoingMail, at: datetime) -> bool:
    """Of a mail in doubt we know when it was seen to be gone, not when it left: it can only have come back once it was there."""
    return mail.sent_at is not None and at >= mail.created_at - _SLACK
