"""A dossier in the hands of one worker: the frozen record, what has changed, and the one commit that makes it last."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import codec, events
from expediente.errors import ConflictError, LeaseLostError
from expediente.evidence import events_of
from expediente.form_definition import FormDefinition
from expediente.model import Client, Dossier, Event, Lease, OutgoingMail, Site, Submission
from expediente.portal_data import Issued
from expediente.process import Process
from expediente.store import Create, Delete, Store, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App

LEASE_SECONDS = 180


def place_of_role(dossier_id: str, role: str) -> dict[str, str]:
    """The claim that leads from a Drive id back to its dossier (`unique/drive/<id>`)."""
    return {"dossier_id": dossier_id, "role": role}


@dataclass(frozen=True)
class View:
    """What the stages plan from: tables, site, the dossier as it stands, the instant.

    page_url: where the signed-in pages live; robot: our own address; archive_bucket: '' = keep no copy outside Drive;
    forms: what each form asks, for links that open it filled.
    staging_bucket: where what is handed in on the page waits, '' = nothing is handed in there; portal_url: '' = there is no portal.
    client_bucket: where the bytes of issued documents are kept, '' = nowhere.
    chain: the audit events of the dossier, those of the coming commit included. issued: the record of a document by its code.
    """

    process: Process
    site: Site
    dossier: Dossier
    now: datetime
    page_url: str
    robot: str
    archive_bucket: str
    forms: Mapping[str, FormDefinition] = field(default_factory=dict)
    chain: Callable[[], Sequence[Event]] = tuple
    staging_bucket: str = ""
    portal_url: str = ""
    issued: Callable[[str], Issued | None] = lambda code: None
    client_bucket: str = ""


@dataclass
class Work:
    """The changes of one run. `version` is '' while the dossier has never been stored."""

    app: App
    dossier: Dossier
    version: str
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)
    writes: list[Write] = field(default_factory=list)
    senders: set[str] = field(default_factory=set)
    _changed: bool = False

    @property
    def store(self) -> Store:
        """The store of this installation."""
        return self.app.store

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.app.clock.now()

    @property
    def view(self) -> View:
        """The dossier as it stands now, for the stages."""
        settings = self.app.settings
        return View(
            self.app.process,
            self.app.site,
            self.dossier,
            self.now,
            settings.page_url,
            settings.service_account,
            settings.archive_bucket,
            self.app.forms,
            chain=self._chain,
            staging_bucket=settings.staging_bucket,
            portal_url=settings.portal_url,
            issued=self._issued,
            client_bucket=settings.client_bucket,
        )

    def _issued(self, code: str) -> Issued | None:
        read = self.store.get("issued", code)
        return codec.from_data(Issued, read.data) if read else None

    def _chain(self) -> list[Event]:
        """What is stored and what the next commit adds, so that a plan says the same whether or not that commit has passed."""
        added = [write for write in self.writes if isinstance(write, Create) and write.kind == "event"]
        return [*events_of(self.store, self.dossier.dossier_id), *(codec.from_data(Event, write.data) for write in added)]

    def set(self, **changes: object) -> None:
        """Replace fields of the dossier; nothing is stored until `commit`."""
        self.dossier = replace(self.dossier, **changes)  # type: ignore[arg-type]
        self._changed = True

    def record(self, actor: str, kind: str, **data: str) -> None:
        """Append an audit event to the chain. data: ids, keys and hashes only, never personal data."""
        seq = self.dossier.event_count + 1
        event = events.next_event(self.dossier.dossier_id, seq, self.dossier.chain_head, self.now, actor, kind, data)
        self.writes.append(Create("event", f"{event.dossier_id}/{seq:06d}", codec.to_data(event)))
        self.set(event_count=seq, chain_head=event.hash)

    def send(self, key: str, mail: OutgoingMail) -> None:
        """Put a mail into the outbox under a key that makes it once for this dossier."""
        self.writes.append(Create("outbox", mail.mail_id, codec.to_data(mail)))
        self.senders.add(mail.sender)
        self.set(notices={**self.dossier.notices, key: mail.mail_id})
        self.record("expediente", "mail_queued", mail=key)

    def claim_drive_id(self, file_id: str, role: str) -> None:
        """Make a Drive id lead back to this dossier; role: step key of the folder or workbook."""
        self.writes.append(Create("unique", f"drive/{file_id}", place_of_role(self.dossier.dossier_id, role)))

    def save(self, record: Client | Submission, kind: str, key: str, version: str | None) -> None:
        """Write a record beside the dossier in the same commit; version None = it must not exist."""
        data = codec.to_data(record)
        self.writes.append(Create(kind, key, data) if version is None else Update(kind, key, data, version))

    def forget_fact(self, event_id: str) -> None:
        """Remove a folded fact from the inbox with the next commit."""
        self.writes.append(Delete("inbox", event_id))

    # --- lease and commit ------------------------------------------------------------------------------------------------------

    def held_by_other(self) -> bool:
        """Whether another worker holds a lease that has not run out."""
        lease = self.dossier.lease
        return lease is not None and lease.owner != self.owner and lease.until > self.now

    def take_lease(self) -> None:
        """Take or prolong the lease; should this worker die, the clock looks again when it has run out."""
        lease, until = self.dossier.lease, self.now + timedelta(seconds=LEASE_SECONDS)
        if lease is not None and lease.owner == self.owner:
            self.set(lease=replace(lease, until=until), next_look_at=until)
            return
        epoch = (lease.epoch if lease else 0) + 1
        self.set(lease=Lease(self.owner, epoch, until), attempts=self.dossier.attempts + 1, next_look_at=until)

    def release_lease(self) -> None:
        """Give the lease back but keep its epoch, so that an older holder can never write again."""
        lease = self.dossier.lease
        if lease is not None and lease.owner == self.owner:
            self.set(lease=replace(lease, until=datetime.fromtimestamp(0, tz=self.now.tzinfo)))

    def commit(self) -> None:
        """Store the dossier and everything beside it, or nothing.

        :raises ConflictError: somebody wrote the dossier before us and we hold no lease: read again.
        :raises LeaseLostError: the same while we held the lease.
        """
        if not self._changed and not self.writes:
            return
        self.set(changed_at=self.now)
        data = codec.to_data(self.dossier)
        key = self.dossier.dossier_id
        mine: Write = Update("dossier", key, data, self.version) if self.version else Create("dossier", key, data)
        had_lease = self._lease_is_stored
        try:
            versions = self.store.commit([mine, *self.writes])
        except ConflictError as error:
            if had_lease:
                raise LeaseLostError(key) from error
            raise
        self.version, self.writes, self._changed = versions[0], [], False
        self._lease_is_stored = self.dossier.lease is not None and self.dossier.lease.owner == self.owner
        self.app.metrics.commits += 1
        self.publish_senders()

    _lease_is_stored: bool = False

    def publish_senders(self) -> None:
        """Wake the outbox of every sender that has got new mail."""
        for sender in sorted(self.senders):
            self.app.publish_mail(sender)
        self.senders.clear()
