"""What comes in from Google: form responses and Drive changes since a cursor, turned into facts in the inbox.

A cursor advances only after its facts are stored. A fact is created under an id made of what it reports, so a change that is
listed twice is one fact; a fact that was folded already changes nothing when it is folded again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import access_watch, adjustments_book, anchors, codec, health, ledger_drop, lifecycle, portal_cleaning
from expediente.errors import ConflictError, DoubtfulError, GoogleError, RetryLaterError
from expediente.ids import dossier_id_of_response
from expediente.model import Fact, FormSite
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.drive import Change
    from expediente.google.forms import FormResponse

_log = logging.getLogger(__name__)

# Responses may become listable a little after their own timestamp: look back this far, and remember what was seen there.
OVERLAP = timedelta(minutes=5)
# A commit has limits of its own, and a response may be long.
FACTS_AT_ONCE = 50
# Pages of a feed that one look follows; the next minute takes the rest.
_MOST_PAGES = 10


def read_form(app: App, form: str) -> set[str]:
    """Store the responses of a form since the last look as facts. Gives the ids of the dossiers that have news."""
    site = app.site.forms[form]
    key = f"form/{site.form_id}"
    cursor = app.store.get("cursor", key)
    seen: list[str] = cursor.data["seen"] if cursor else []
    since = codec.unstamp(cursor.data["since"]) if cursor and cursor.data["since"] else None
    responses = app.google.forms.responses_since(site.form_id, since)
    facts = [_response_fact(form, site, response) for response in responses]
    fresh = [fact for fact in facts if fact.event_id not in seen]
    if fresh:
        newest = max(response.last_submitted_at for response in responses)
        _take(app, fresh, key, cursor, _form_cursor(facts, newest))
    return {fact.dossier_id for fact in fresh}


def _form_cursor(facts: Sequence[Fact], newest: datetime) -> dict[str, object]:
    since = newest - OVERLAP
    return {"since": codec.stamp(since), "seen": [fact.event_id for fact in facts if fact.at >= since]}


def _response_fact(form: str, site: FormSite, response: FormResponse) -> Fact:
    """payload: form, response_id, version (its lastSubmittedTime), answers (question id -> texts)."""
    version = codec.stamp(response.last_submitted_at)
    payload = {"form": form, "response_id": response.response_id, "version": version, "answers": response.answers}
    dossier_id = dossier_id_of_response(site.form_id, response.response_id)
    event_id = f"form-{response.response_id}-{version}"
    return Fact(event_id, dossier_id, "form_response", response.last_submitted_at, response.respondent, payload)


def read_drive(app: App, drive_id: str) -> set[str]:
    """Store what people changed in a shared drive since the last look as facts. Gives the ids of the dossiers that have news.

    A drive has a feed of its own: a member's feed need not show what lies on shared drives.
    """
    news: set[str] = set()
    for _ in range(_MOST_PAGES):
        key = f"drive/{drive_id}"
        cursor = app.store.get("cursor", key)
        if cursor is None:
            _advance(app, key, None, {"token": app.google.drive.start_page_token(drive_id)})
            return news
        page = app.google.drive.changes(cursor.data["token"], drive_id)
        adjustments_book.note(app, page.items)
        ledger_drop.note(app, page.items)
        facts = _facts_of_changes(app, page.items)
        news |= {fact.dossier_id for fact in facts}
        if page.cursor != cursor.data["token"]:
            _take(app, facts, key, cursor, {"token": page.cursor})
        if not page.more:
            break
    return news


def _facts_of_changes(app: App, changes: Sequence[Change]) -> list[Fact]:
    """Facts of the changes that concern a dossier and that are not our own doing."""
    return [*_facts_of_edits(app, changes), *access_watch.facts_of_changes(app, changes)]


def _facts_of_edits(app: App, changes: Sequence[Change]) -> list[Fact]:
    theirs = [change for change in changes if change.removed or not change.by_us]
    if not theirs:
        return []
    keys = [("unique", f"drive/{file_id}") for change in theirs for file_id in (change.file_id, *change.parents[:1])]
    found = dict(zip(keys, app.store.get_many(keys), strict=True))
    facts = []
    for change in theirs:
        own = found[("unique", f"drive/{change.file_id}")]
        parent = found.get(("unique", f"drive/{change.parents[0]}")) if change.parents else None
        facts += _facts_of_change(change, own, parent)
    return facts


def _facts_of_change(change: Change, own: Read | None, parent: Read | None) -> list[Fact]:
    """A workbook was edited; a file came, changed or went. One that went from a dossier to another is told to both."""
    event_id = f"drive-{change.file_id}-{codec.stamp(change.at)}"
    role = own.data["role"] if own else ""
    if own and role.endswith("/create"):
        payload = {"workbook": role.removesuffix("/create")}
        return [Fact(event_id, own.data["dossier_id"], "workbook", change.at, change.by, payload)]
    if own and not role.startswith("file/"):
        return []
    here = parent if parent and parent.data["role"].startswith("folder/") else None
    facts = [_file_fact(event_id, change, here)] if here else []
    if own and (here is None or here.data["dossier_id"] != own.data["dossier_id"]):
        facts.append(_file_fact(f"{event_id}-gone", change, own, gone=True))
    return facts


def _file_fact(event_id: str, change: Change, where: Read, *, gone: bool = False) -> Fact:
    """where: the claim of the folder that holds the file, or the file's own when it has left."""
    payload = {
        "file_id": change.file_id,
        "name": change.name,
        "mime_type": change.mime_type,
        "size_bytes": change.size_bytes,
        "place": where.data["role"].partition("/")[2],
        "gone": gone or change.removed or change.trashed,
    }
    return Fact(event_id, where.data["dossier_id"], "file", change.at, change.by, payload)


def store_facts(app: App, facts: Sequence[Fact]) -> None:
    """Create the facts that are not there yet: some in one commit, or one by one when one of them is."""
    for first in range(0, len(facts), FACTS_AT_ONCE):
        writes: list[Write] = [_creation(fact) for fact in facts[first : first + FACTS_AT_ONCE]]
        try:
            app.store.commit(writes)
        except ConflictError:
            for write in writes:
                try:
                    app.store.commit([write])
                except ConflictError:
                    _log.debug("fact known already")
        app.metrics.commits += 1


def _creation(fact: Fact) -> Create:
    return Create("inbox", fact.event_id, codec.to_data(fact))


def _take(app: App, facts: Sequence[Fact], key: str, cursor: Read | None, data: dict[str, object]) -> None:
    """Store facts and move the cursor behind them: together where that can be, else the facts first."""
    if 0 < len(facts) <= FACTS_AT_ONCE:
        try:
            app.store.commit([*map(_creation, facts), _move(key, cursor, data)])
        except ConflictError:
            _log.debug("a fact is known already, or the cursor has moved")
        else:
            app.metrics.commits += 1
            return
    store_facts(app, facts)
    _advance(app, key, cursor, data)


def _move(key: str, cursor: Read | None, data: dict[str, object]) -> Write:
    return Update("cursor", key, data, cursor.version) if cursor else Create("cursor", key, data)


def _advance(app: App, key: str, cursor: Read | None, data: dict[str, object]) -> None:
    try:
        app.store.commit([_move(key, cursor, data)])
    except ConflictError:
        _log.info("another look has advanced the cursor; its facts and ours are the same")


# --- the clock's minute --------------------------------------------------------------------------------------------------------

DUE_LIMIT = 200
LOST_AFTER = timedelta(seconds=60)
MINUTE_HELD = timedelta(seconds=50)
# What the feed of Drive is called where the feeds are told apart; the others bear the name of their form.
DRIVE_FEED = "drive"


def tick(app: App) -> None:
    """One minute: read the feeds, then publish what is due, what was stored but never looked at, and senders with waiting mail."""
    from expediente import payments, returned_mail  # they store facts, as this module does

    minute = _take_minute(app)
    if minute is None:
        return
    news, failing = _read_feeds(app)
    now = app.clock.now()
    _note_failing(app, minute, failing, now)
    due = app.store.query("due_dossiers", until=codec.stamp(now), limit=DUE_LIMIT)
    news |= {read.key for read in due}
    lost = app.store.query("waiting_facts", until=codec.stamp(now - LOST_AFTER), limit=DUE_LIMIT)
    news |= {read.data["dossier_id"] for read in lost}
    for dossier_id in sorted(news)[:DUE_LIMIT]:
        app.publish_work(dossier_id)
    senders = list(dict.fromkeys(app.process.company.senders.values()))
    looks = returned_mail.due(app, senders, now)
    for sender in senders:
        if sender in looks or app.store.query("outbox_of_sender", equals=sender, until=codec.stamp(now), limit=1):
            app.publish_mail(sender)
    payments.wake(app)
    if ledger_drop.is_due(app):
        app.publish_ledger()
    adjustments_book.refresh(app)


def _read_feeds(app: App) -> tuple[set[str], set[str]]:
    """All feeds side by side: the dossiers that have news, and the feeds (`drive` or a form) that did not answer.

    Cumplimiento's drive is not followed: it is looked into when Cumplimiento decides.
    """
    with ThreadPoolExecutor(1 + len(app.site.forms)) as pool:
        looks = {DRIVE_FEED: pool.submit(read_drive, app, app.site.dossier_drive_id)}
        looks |= {form: pool.submit(read_form, app, form) for form in app.site.forms}
    news = {name: _news_of(look) for name, look in looks.items()}
    return {dossier_id for found in news.values() for dossier_id in found or ()}, {
        n for n, found in news.items() if found is None
    }


def _news_of(look: Future[set[str]]) -> set[str] | None:
    """What a feed told; None when Google does not answer for it: it keeps its cursor for the next minute and holds up nothing else."""
    try:
        return look.result()
    except GoogleError as error:
        hopeless = {} if isinstance(error, (DoubtfulError, RetryLaterError)) else {"alert": "feed"}
        _log.warning("feed not read", extra={"method": error.method, "reason": error.reason, **hopeless})
        return None


def _note_failing(app: App, minute: Read, failing: set[str], now: datetime) -> None:
    """Keep since when each feed has not answered, beside the lease of the minute; written only when that changes."""
    known: dict[str, str] = minute.data.get("failing", {})
    wanted = {name: known.get(name, codec.stamp(now)) for name in sorted(failing)}
    if wanted != known:
        try:
            app.store.commit([Update("cursor", "tick", {**minute.data, "failing": wanted}, minute.version)])
        except ConflictError:
            _log.info("the minute was taken again meanwhile; the next one keeps the note")


def _take_minute(app: App) -> Read | None:
    """One tick at a time: the lease ends with its minute. Gives its record, None when another tick has the minute."""
    now = app.clock.now()
    found = app.store.get("cursor", "tick")
    if found is not None and found.data["until"] > codec.stamp(now):
        return None
    data = {**(found.data if found else {}), "until": codec.stamp(now + MINUTE_HELD)}
    try:
        (version,) = app.store.commit([_move("tick", found, data)])
    except ConflictError:
        return None
    return Read("cursor", "tick", data, version)


WATCH_RENEW_BEFORE = timedelta(days=2)


def nightly(app: App) -> None:
    """Once a night: renew or remake the forms' watches, anchor the chains, look at all that is open and at the access of some."""
    watches = {}
    for form, site in app.site.forms.items():
        until = app.clock.now() + WATCH_RENEW_BEFORE
        watch = app.google.forms.ensure_watch(site.form_id, app.settings.forms_topic, until)
        watches[form] = codec.stamp(watch.expires_at)
    anchors.anchor(app)
    access_watch.nightly(app)
    publish_open(app)
    portal_cleaning.clean(app)
    health.note(app, "nightly", watches=watches)


def publish_open(app: App) -> int:
    """Say "look at it" of every open dossier, page by page; gives how many."""
    count = 0
    for page in _open_pages(app):
        for dossier_id in page:
            app.publish_work(dossier_id)
        count += len(page)
    return count


def look_at_open(app: App, because: str) -> None:
    """Have every open dossier looked at, even if what is published now is lost: a fact each says so. because: makes it once."""
    for page in _open_pages(app):
        now = app.clock.now()
        store_facts(app, [Fact(f"{because}-{dossier_id}", dossier_id, "look", now, "expediente", {}) for dossier_id in page])
        for dossier_id in page:
            app.publish_work(dossier_id)


def _open_pages(app: App) -> Iterator[list[str]]:
    for state in sorted(lifecycle.OPEN):
        since = None
        while page := app.store.query("dossiers_by_state", equals=state.value, since=since, limit=DUE_LIMIT):
            yield [read.key for read in page]
            since = page[-1].data["opened_at"]
