"""Documents issued to a client: gathered, numbered without gaps, kept as a record with the hash of its PDF; whether they are in force.

Record, number and the fact for the dossier are one commit, so there is no document without its copy and no number without its
document. The PDF is drawn from the record whenever it is wanted.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from expediente import cases, codec, ids
from expediente.case_data import CaseState
from expediente.deadlines import local_day
from expediente.errors import ConflictError, ExpedienteError, GoogleError, NotFoundError, RetryLaterError
from expediente.issued_asking import Refusal
from expediente.issued_copy import object_of
from expediente.issued_facts import HOLDS, Asked, Gathered, Gathering, gather
from expediente.issued_layout import Piece, fill, pdf_of, pieces
from expediente.issued_rules import IssuedRule, issued_common, issued_rules
from expediente.model import Dossier, Fact, State
from expediente.portal_data import Issued, SerialCounter
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)
_TRIES = 20
_PAUSE_MS = 100
_ISSUING = threading.Lock()
_GROUP = 5
_MINUTE = timedelta(minutes=1)
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wanted:
    """A document that is asked for. actor: address of whoever asks; once: something random from the form, so that sent twice is one."""

    dossier: Dossier
    rule: IssuedRule
    asked: Asked
    actor: str
    once: str


def issue(app: App, wanted: Wanted) -> Issued | Refusal:
    """Issue a document, or say why not. The same `once` again gives the document that it gave before.

    :raises RetryLaterError: too many are issued at this moment.
    """
    for attempt in range(_TRIES):
        # Whoever draws a PDF meanwhile has read the same number: within a process one after the other, between processes by chance.
        with _ISSUING:
            made = _try(app, wanted)
        if made is not None:
            return made
        time.sleep(secrets.randbelow(1 + _PAUSE_MS * min(attempt + 1, 5)) / 1000)
    raise RetryLaterError("issued", 409, "too many at once", 1.0)


def _try(app: App, wanted: Wanted) -> Issued | Refusal | None:
    """Issue it on the ledger of this moment; None = somebody else took the number meanwhile."""
    now, common = app.clock.now(), issued_common(app.process.folder)
    before, code = _codes(app, wanted, now)
    for read in app.store.get_many([("issued", before), ("issued", code)]):
        if read is not None:
            return codec.from_data(Issued, read.data)
    gathered = gather(Gathering(app, wanted.dossier, wanted.rule, wanted.asked, now))
    if gathered.refused and not _is_approved(app, wanted, gathered.refused):
        return _refusal(app, wanted, gathered)
    numbers = _Numbers.read(app, wanted, now)
    if numbers.this_month > common.most_a_month:
        return Refusal("most_a_month", common.sentences["most_a_month"])
    record = _record(app, wanted, gathered, code, numbers.serial, now)
    fact = Fact(f"portal-issued-{code}", record.dossier_id, "portal", now, wanted.actor, {"what": "issued", "code": code})
    writes = [Create("issued", code, codec.to_data(record)), *numbers.writes, Create("inbox", fact.event_id, codec.to_data(fact))]
    try:
        app.store.commit(writes)
    except ConflictError:
        return None
    _wake(app, record.dossier_id)
    return record


def _codes(app: App, wanted: Wanted, now: datetime) -> tuple[str, str]:
    """What the form gave had it been sent a minute ago, and what it gives now: two clicks may lie on either side of a full minute."""
    return _code(app, wanted, now - _MINUTE), _code(app, wanted, now)


def _code(app: App, wanted: Wanted, at: datetime) -> str:
    """The same for the same form within a minute of the clock; a page that was left open gives a document of its own."""
    asked, minute = wanted.asked, at.isoformat(timespec="minutes")
    texts = [f"{name}={text}" for name, text in sorted(asked.texts.items())]
    said = [wanted.dossier.client_id, wanted.rule.key, wanted.once, minute, str(asked.since), str(asked.until), *texts]
    return ids.issued_code(app.portal_secret, "\n".join(said))


def find(app: App, code: str) -> Issued | None:
    """The document of that code."""
    read = app.store.get("issued", code)
    return codec.from_data(Issued, read.data) if read else None


def content(app: App, record: Issued) -> bytes | None:
    """The PDF of a document: the bytes that were kept or, until they are, drawn. None = neither is what was issued, which is told."""
    for bytes_of in (_kept, lambda _, record: pdf_of(record)):
        found = bytes_of(app, record)
        if found is not None and hashlib.sha256(found).hexdigest() == record.sha256:
            return found
    _log.error("an issued document gives other bytes now", extra={"dossier": record.dossier_id, "alert": "issued"})
    return None


def _kept(app: App, record: Issued) -> bytes | None:
    """What the bucket holds; None where it holds nothing or cannot be asked: what is drawn must be the same bytes anyway."""
    bucket = app.settings.client_bucket
    try:
        return app.google.storage.read(bucket, object_of(record.code)) if bucket else None
    except NotFoundError:
        return None
    except GoogleError as error:
        _log.warning(
            "kept document not read, so drawn",
            extra={"dossier": record.dossier_id, "method": error.method, "reason": error.reason},
        )
        return None


def of_client(app: App, client_id: str, behind: str = "", limit: int = 10) -> list[Issued]:
    """The documents of a client, the last one first. behind: order of the last one seen, to go on."""
    reads = app.store.query("issued_of_client", equals=client_id, limit=limit, since=behind or None)
    return [codec.from_data(Issued, read.data) for read in reads]


def order_of(at: datetime, code: str) -> str:
    """What brings the last one first: the time that is left until a far day."""
    return f"{int((_FAR - at).total_seconds() * 1000):016d}/{code}"


def apart(code: str) -> str:
    """A code in groups, as it stands on paper."""
    return "-".join(code[n : n + _GROUP] for n in range(0, len(code), _GROUP))


@dataclass(frozen=True)
class _Numbers:
    """The next serial, how many this client then has this month, and the writes that take both."""

    serial: str
    this_month: int
    writes: tuple[Write, ...]

    @classmethod
    def read(cls, app: App, wanted: Wanted, now: datetime) -> _Numbers:
        day = local_day(app.process, now)
        keys = (f"issued/{wanted.rule.prefix}/{day.year}", f"issued/{wanted.dossier.client_id}/{day:%Y-%m}")
        last = datetime(day.year, day.month, monthrange(day.year, day.month)[1], tzinfo=UTC)
        reads = app.store.get_many([("counter", key) for key in keys])
        counted = [_next(key, read, until) for key, read, until in zip(keys, reads, (None, last), strict=True)]
        (number, _), (this_month, _) = counted
        return cls(f"{wanted.rule.prefix}-{day.year}-{number:06d}", this_month, tuple(write for _, write in counted))


def _next(key: str, read: Read | None, until: datetime | None) -> tuple[int, Write]:
    count = (codec.from_data(SerialCounter, read.data).count if read else 0) + 1
    data = codec.to_data(SerialCounter(count, until))
    return count, Update("counter", key, data, read.version) if read else Create("counter", key, data)


def _record(app: App, wanted: Wanted, gathered: Gathered, code: str, serial: str, now: datetime) -> Issued:
    rule, dossier, common = wanted.rule, wanted.dossier, issued_common(app.process.folder)
    page = f"{app.settings.portal_url}/verificar"
    names = {**gathered.names, "serial": serial, "code_apart": apart(code), "verify_page": page}
    title = fill(rule.title, names)
    names["title"] = title
    seal: Piece = ("code", f"{page}/{code}", serial, fill(common.caption, names))
    plain = Issued(
        code=code,
        serial=serial,
        kind=rule.key,
        client_id=dossier.client_id,
        dossier_id=dossier.dossier_id,
        at=now,
        facts={
            "company": app.process.company.name,
            "title": title,
            "subtitle": fill(rule.subtitle, names),
            "foot": fill(common.foot, names),
            "page": app.process.labels["page"],
            "file_name": fill(rule.file_name, names),
            "client": dossier.intake.client.legal_name,
            "since": names["since"],
            "until": names["until"],
        },
        rows=(*pieces(rule, replace(gathered, names=names), common.blank), seal),
        sha256="",
        order=order_of(now, code),
        valid_until=local_day(app.process, now) + timedelta(days=rule.valid_days) if rule.valid_days else None,
    )
    return replace(plain, sha256=hashlib.sha256(pdf_of(plain)).hexdigest())


def _wake(app: App, dossier_id: str) -> None:
    try:
        app.publish_work(dossier_id)
    except ExpedienteError:
        _log.warning("work was not published; the clock will", extra={"dossier": dossier_id})


# --- refusals ------------------------------------------------------------------------------------------------------------------


def _refusal(app: App, wanted: Wanted, gathered: Gathered) -> Refusal:
    """Why a document is not issued; where people must decide, their case is opened, once for what is asked."""
    rule, reason = wanted.rule, gathered.refused
    sentence = fill(rule.refused[reason], gathered.names)
    overdue = tuple(row for row in gathered.tables.get("open_items", ()) if row.get("days_late"))
    told = Refusal(reason, sentence, pay=reason in rule.pay_for, items=overdue)
    if reason not in rule.case_for:
        return told
    shut = no_case(app, wanted.dossier)
    return replace(told, sentence=shut) if shut else replace(told, case_id=_ask_people(app, wanted))


def no_case(app: App, dossier: Dossier) -> str:
    """Why a client can open no case now, in a sentence; '' = it can."""
    sentences = issued_common(app.process.folder).sentences
    if dossier.state is not State.ACTIVE:
        return sentences["no_case"]
    return "" if cases.has_room(app.process, dossier) else sentences["no_room"]


def _ask_people(app: App, wanted: Wanted) -> str:
    """The case in which people decide; one that is open already for the same words is not opened again."""
    for case_id, case in wanted.dossier.cases.items():
        if case.kind == wanted.rule.case_kind and case.said == wanted.asked.texts and case.closed_at is None:
            return case_id
    before, once = _codes(app, wanted, app.clock.now())
    opened = _case_id(app, before)
    # Read in this order: a fact leaves the inbox in the commit that puts its case into the dossier.
    if app.store.get("inbox", _case_fact(opened)) is not None:
        return opened
    read = app.store.get("dossier", wanted.dossier.dossier_id)
    if read is not None and opened in codec.from_data(Dossier, read.data).cases:
        return opened
    return open_case(app, wanted.dossier, wanted.actor, wanted.rule.case_kind, wanted.asked.texts, once)


def _case_id(app: App, once: str) -> str:
    return ids.case_id_of(hmac.digest(app.portal_secret, f"case\n{once}".encode(), "sha256"))


def _case_fact(case_id: str) -> str:
    return f"portal-case-{case_id}"


def _is_approved(app: App, wanted: Wanted, reason: str) -> bool:
    """Whether people have said lately that this document may be issued all the same."""
    if reason not in wanted.rule.case_for:
        return False
    least = local_day(app.process, app.clock.now()) - timedelta(days=wanted.rule.valid_days)
    return any(
        case.kind == wanted.rule.case_kind
        and case.said == wanted.asked.texts
        and case.state in (CaseState.APPROVED, CaseState.DONE)
        and case.closed_at is not None
        and local_day(app.process, case.closed_at) >= least
        for case in wanted.dossier.cases.values()
    )


def open_case(app: App, dossier: Dossier, actor: str, kind: str, said: Mapping[str, str], once: str) -> str:
    """Open a case of a client and give its id; the same `once` opens the same one."""
    case_id = _case_id(app, once)
    payload: dict[str, object] = {
        "what": "case",
        "case_id": case_id,
        "kind": kind,
        "said": dict(said),
        "amount": None,
        "transcript": [],
    }
    _keep(app, dossier, actor, _case_fact(case_id), payload)
    return case_id


def keep_fact(app: App, dossier: Dossier, actor: str, name: str, payload: Mapping[str, object]) -> None:
    """Store a fact of the portal for a dossier, once under its name, and wake the dossier."""
    _keep(app, dossier, actor, f"portal-{name}", payload)


def _keep(app: App, dossier: Dossier, actor: str, event_id: str, payload: Mapping[str, object]) -> None:
    from expediente import page_facts

    page_facts.keep(app, Fact(event_id, dossier.dossier_id, "portal", app.clock.now(), actor, dict(payload)))


# --- in force ------------------------------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """Whether a document is in force today: it is, people have annulled it, its days are over, or what it says holds no more."""

    IN_FORCE = "in_force"
    ANNULLED = "annulled"
    EXPIRED = "expired"
    CHANGED = "changed"


def standing(app: App, record: Issued, day: date, known: dict[str, bool] | None = None) -> Standing:
    """How a document stands on a day. known: what was found of the same client's other documents."""
    if record.annulled_at is not None:
        return Standing.ANNULLED
    if record.valid_until is not None and day > record.valid_until:
        return Standing.EXPIRED
    rule = issued_rules(app.process.folder).get(record.kind)
    name = rule.holds_while if rule else ""
    if not name:
        return Standing.IN_FORCE
    found = {} if known is None else known
    if name not in found:
        found[name] = HOLDS[name](app, record.client_id, day)
    return Standing.IN_FORCE if found[name] else Standing.CHANGED


def masked(name: str, letters: int, rest: str) -> str:
    """A name of which a stranger learns nothing and whoever holds the paper can tell that it is the one on it."""
    return " ".join(word if len(word) <= letters else word[:letters] + rest for word in name.split())
