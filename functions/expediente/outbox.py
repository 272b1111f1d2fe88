"""The outbox of one sender: every mail is drafted, recorded, sent, recorded; so that each leaves once, whatever dies in between.

A draft that is gone after a recorded attempt to send has been sent; a draft gone without one is doubtful and waits for a person.
Source: Gmail guide, "Create and send draft emails".
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from expediente import codec, returned_mail
from expediente.errors import (
    ConflictError,
    DoubtfulError,
    ExpedienteError,
    GoogleError,
    NotFoundError,
    RefusedError,
    RetryLaterError,
)
from expediente.model import OutgoingMail
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.gmail import Gmail

_log = logging.getLogger(__name__)

T = TypeVar("T")
BATCH = 20
RUN_SECONDS = 120
LEASE_SECONDS = 180
MAX_ATTEMPTS = 8
# Longer than a day, for which a mail may have waited for its quota.
GIVE_UP_AFTER = timedelta(hours=72)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)


def drain(app: App, sender: str) -> None:
    """Send what waits for this sender, oldest first, within its quota; what cannot leave now keeps the instant of its next try.

    :raises ConfigurationError: the address is not one of the company's senders.
    """
    gmail = app.google.gmail(sender)
    begun = time.monotonic()
    # Looked at again after each release: what came in meanwhile has found the lease taken and gone away.
    while time.monotonic() - begun < RUN_SECONDS and _waiting(app, sender, 1):
        lease = _take_lease(app, sender)
        if lease is None:
            return
        try:
            if not _send_batch(app, gmail, lease, _waiting(app, sender, BATCH)):
                return
        finally:
            lease.release()
    _look_for_returned(app, sender)


def _look_for_returned(app: App, sender: str) -> None:
    """Under the lease too, since what is sent meanwhile is to be watched."""
    if returned_mail.due(app, [sender], app.clock.now()):
        lease = _take_lease(app, sender)
        if lease is not None:
            try:
                returned_mail.look(app, sender)
            except GoogleError as error:
                # The mails have left; the look stays due and the next minute asks for it again.
                _log.warning("inbox not read", extra={"method": error.method, "reason": error.reason, "alert": "inbox"})
            finally:
                lease.release()


def _waiting(app: App, sender: str, limit: int) -> list[Read]:
    return app.store.query("outbox_of_sender", equals=sender, until=codec.stamp(app.clock.now()), limit=limit)


@dataclass
class _Lease:
    """The right to send as that sender. version: of its record, '' once it was given back."""

    app: App
    sender: str
    key: str
    owner: str
    version: str

    def giving_back(self) -> Update:
        """The write that gives it back; it goes along with the last results."""
        return Update("cursor", self.key, {"owner": self.owner, "until": ""}, self.version)

    def release(self) -> None:
        """Give it back unless that was done."""
        if self.version:
            try:
                self.app.store.commit([self.giving_back()])
            except ExpedienteError:
                _log.warning("lease of a sender not released; it runs out by itself", extra={"sender_lease": self.key[-12:]})


class _Batch:
    """Mails of one batch with their versions; each commit writes those that changed."""

    def __init__(self, app: App, reads: Sequence[Read]) -> None:
        self.app = app
        self.mails = {read.key: codec.from_data(OutgoingMail, read.data) for read in reads}
        self.versions = {read.key: read.version for read in reads}
        self.stored = dict(self.mails)

    def changed(self) -> list[OutgoingMail]:
        """The mails that the next commit writes."""
        return [mail for key, mail in self.mails.items() if mail != self.stored[key]]

    def commit(self, *along: Write) -> None:
        changed = [mail.mail_id for mail in self.changed()]
        writes: list[Write] = [Update("outbox", key, codec.to_data(self.mails[key]), self.versions[key]) for key in changed]
        if not writes and not along:
            return
        versions = self.app.store.commit([*writes, *along])
        for key, version in zip(changed, versions, strict=False):
            self.versions[key], self.stored[key] = version, self.mails[key]

    def each(self, wanted: Callable[[OutgoingMail], bool], work: Callable[[OutgoingMail], OutgoingMail]) -> None:
        """Do `work` for the wanted mails side by side; a failed one keeps its state and gets an instant for its next try."""
        mails = [mail for mail in self.mails.values() if wanted(mail)]
        with ThreadPoolExecutor(8) as pool:
            for mail in pool.map(lambda mail: _guarded(self.app, mail, work), mails):
                self.mails[mail.mail_id] = mail


def _send_batch(app: App, gmail: Gmail, lease: _Lease, reads: Sequence[Read]) -> bool:
    """One batch through both phases. Gives False when Google or the quota asked to wait."""
    batch = _Batch(app, reads)
    doubtful = frozenset(key for key, mail in batch.mails.items() if mail.send_attempts > 0)
    batch.each(lambda mail: mail.mail_id in doubtful, lambda mail: _settle_doubt(app, gmail, mail))
    now = app.clock.now()
    batch.each(lambda mail: _ready(mail, now) and not mail.draft_id, lambda mail: _draft(app, gmail, mail))
    batch.mails = {
        key: replace(mail, send_attempts=mail.send_attempts + 1) if _ready(mail, now) and mail.draft_id else mail
        for key, mail in batch.mails.items()
    }
    # What doubt has shown to be sent is watched like what is sent below.
    batch.commit(*returned_mail.watch(app, lease.sender, batch.changed()))
    batch.each(lambda mail: _ready(mail, now) and bool(mail.draft_id), lambda mail: _send(app, gmail, mail))
    batch.commit(*returned_mail.watch(app, lease.sender, batch.changed()), lease.giving_back())
    lease.version = ""
    return all(mail.waiting_for is None or not _postponed(mail, now) for mail in batch.mails.values())


def _ready(mail: OutgoingMail, now: datetime) -> bool:
    return mail.waiting_for is not None and not _postponed(mail, now)


def _postponed(mail: OutgoingMail, now: datetime) -> bool:
    return mail.next_try_at is not None and mail.next_try_at > now


def _guarded(app: App, mail: OutgoingMail, work: Callable[[OutgoingMail], OutgoingMail]) -> OutgoingMail:
    try:
        return work(mail)
    except RetryLaterError as error:
        return replace(mail, next_try_at=app.clock.now() + timedelta(seconds=error.after_seconds))
    except DoubtfulError:
        waited = app.clock.now() - mail.created_at
        if mail.send_attempts >= MAX_ATTEMPTS or waited > GIVE_UP_AFTER:
            return _parked(mail, "doubtful" if mail.send_attempts else "not_drafted")
        # As long again as it has waited already: soon after a hiccup, seldom while Gmail is down.
        return replace(mail, next_try_at=app.clock.now() + min(max(waited, SHORTEST_PAUSE), LONGEST_PAUSE))
    except RefusedError as error:
        return _parked(mail, error.reason or "refused")


def _draft(app: App, gmail: Gmail, mail: OutgoingMail) -> OutgoingMail:
    raw = gmail.build(mail, app.process.company.short_name)
    return replace(mail, draft_id=gmail.create_draft(raw, mail.thread_id or None), state="drafted")


def _send(app: App, gmail: Gmail, mail: OutgoingMail) -> OutgoingMail:
    try:
        message_id, thread_id = gmail.send_draft(mail.draft_id)
    except NotFoundError:
        # Our first attempt found no draft: a person has deleted or sent it by hand. Never send again by ourselves.
        return _parked(mail, "doubtful")
    return _sent(app, replace(mail, message_id=message_id, thread_id=thread_id))


def _settle_doubt(app: App, gmail: Gmail, mail: OutgoingMail) -> OutgoingMail:
    """An attempt was recorded and its answer is unknown: the draft still there = not sent, gone = sent."""
    if gmail.draft_exists(mail.draft_id):
        return mail
    return _sent(app, mail)


def _sent(app: App, mail: OutgoingMail) -> OutgoingMail:
    return replace(mail, state="sent", waiting_for=None, sent_at=app.clock.now(), next_try_at=mail.next_try_at)


def _parked(mail: OutgoingMail, reason: str) -> OutgoingMail:
    _log.error("mail parked", extra={"mail": mail.mail_id, "reason": reason, "alert": "mail_parked"})
    return replace(mail, state="parked", waiting_for=None, parked=reason)


# --- one drain at a time per sender --------------------------------------------------------------------------------------------


def _take_lease(app: App, sender: str) -> _Lease | None:
    owner, now = uuid.uuid4().hex, app.clock.now()
    key = f"sender/{sender}"
    data = {"owner": owner, "until": codec.stamp(now + timedelta(seconds=LEASE_SECONDS))}
    found = app.store.get("cursor", key)
    if found is not None and found.data["until"] > codec.stamp(now):
        return None
    try:
        (version,) = app.store.commit([Update("cursor", key, data, found.version) if found else Create("cursor", key, data)])
    except ConflictError:
        return None
    return _Lease(app, sender, key, owner, version)
