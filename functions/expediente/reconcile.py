"""The engine: compare what the process wants of a dossier with what its records say is done, and do the difference.

First run, retry, crash recovery and repair enter by `reconcile`. Source: docs/architecture.md, "Engine".
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import (
    access_audit,
    activate,
    acts,
    archive,
    cancel,
    case_papers,
    cases,
    change,
    change_traces,
    codec,
    compliance,
    confirm,
    control_sheet,
    cover_sheet,
    delivery,
    digest,
    documents,
    exchange,
    folder,
    follow_up,
    intake,
    issued_copy,
    kyc,
    made,
    notify,
    portal_access,
    portal_facts,
    protocol,
    reassign,
    renewal,
    request_mails,
    sealing,
    service_request,
    ways_out,
    welcome,
)
from expediente.errors import ConflictError, GoogleError, LeaseLostError, NotFoundError, RefusedError, RetryLaterError
from expediente.form_routing import DossierForm, route
from expediente.model import Dossier, Fact, StepRecord
from expediente.steps import Outcome, Step, Wave, retry_after_seconds
from expediente.store import Create, Delete
from expediente.welcome_data import RETURNED
from expediente.work import LEASE_SECONDS, View, Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
RUN_SECONDS = 120
CALL_RESERVE_SECONDS = 60
_CONFLICT_TRIES = 6
# Each may write several records, and a commit holds so many; what is left is folded by the next run, which is asked for at once.
MOST_FACTS = 50

# Each stage says which steps it wants now, in the order a client travels.
PLANS: tuple[Callable[[View], list[Step]], ...] = (
    folder.plan,
    delivery.plan,
    documents.plan,
    made.plan,
    control_sheet.plan,
    exchange.plan,
    protocol.plan,
    welcome.plan,
    confirm.plan,
    activate.plan,
    cover_sheet.plan,
    access_audit.plan,
    sealing.plan,
    ways_out.plan,
    archive.plan,
    change_traces.plan,
    issued_copy.plan,
    case_papers.plan,
)
# Forms of a dossier that exists: how a response finds it, and what it changes there. The intake form opens dossiers.
FORMS: dict[str, DossierForm] = {
    "change": DossierForm(change.judge, change.fold_form),
    request_mails.FORM: DossierForm(lambda asked: (), service_request.fold_form),
    kyc.FORM: DossierForm(kyc.judge, kyc.fold_form),
    "cancellation": DossierForm(lambda asked: tuple(cancel.judge(asked)), cancel.fold_form),
}


def _fold_form(work: Work, fact: Fact) -> None:
    form = FORMS.get(fact.payload["form"])
    fold = form.fold if form else intake.fold_response
    fold(work, fact)


FOLDS: dict[str, Callable[[Work, Fact], None]] = {
    "form_response": _fold_form,
    "file": documents.fold_file,
    "workbook": documents.fold_workbook,
    "signature": confirm.fold_signature,
    "closing": activate.fold_closing,
    "compliance": compliance.fold,
    "reminded": digest.fold,
    "act": acts.fold,
    "access": access_audit.fold,
    reassign.KIND: reassign.fold,
    delivery.HANDED_IN: delivery.fold_handed_in,
    delivery.TAKEN_BACK: delivery.fold_taken_back,
    RETURNED: welcome.fold,
    portal_facts.KIND: portal_facts.fold,
    "look": lambda work, fact: None,
}
# What a stage keeps of a finished step beside its record.
APPLIED: tuple[Callable[[Work, Step, dict[str, str]], None], ...] = (
    folder.applied,
    delivery.applied,
    documents.applied,
    control_sheet.applied,
    confirm.applied,
    archive.applied,
    issued_copy.applied,
    case_papers.applied,
)
# What time alone brings about, and when it does so next.
BY_TIME: tuple[Callable[[Work], None], ...] = (renewal.ask, ways_out.move_on, cancel.move_on, cases.move_on)
TIMERS: tuple[Callable[[View], datetime | None], ...] = (renewal.next_at, ways_out.next_at, cancel.next_at, change.next_look)
READS: dict[str, Callable[[Work], None]] = {
    "documents": documents.read,
    "control_sheet": confirm.read,
    "exchange": exchange.read,
    "access": access_audit.read,
}


def reconcile(app: App, dossier_id: str) -> None:
    """Bring a dossier to where its facts and the process want it; safe to call at any time, any number of times."""
    for _ in range(_CONFLICT_TRIES):
        try:
            _run(app, dossier_id)
            return
        except ConflictError:
            continue
        except LeaseLostError:
            return
        except GoogleError:
            raise
        except Exception as error:
            _count_failure(app, dossier_id, error)
            raise
    app.publish_work(dossier_id)


def _run(app: App, dossier_id: str) -> None:
    begun = time.monotonic()
    work, facts = _load(app, dossier_id)
    if work is None or work.held_by_other():
        return
    for fact in _at_once(facts):
        _fold(work, fact)
    if work.dossier.attempts >= MAX_ATTEMPTS and not work.dossier.parked:
        # Every run before this one died without a word.
        _park(work, "unforeseen", f"{work.dossier.attempts} attempts")
    wait_seconds = _advance(work, begun) if not work.dossier.parked else None
    _settle(work, wait_seconds)
    if app.store.query("inbox_of_dossier", equals=dossier_id, limit=1):
        app.publish_work(dossier_id)


def _load(app: App, dossier_id: str) -> tuple[Work | None, list[Fact]]:
    # The dossier before its inbox: what another worker folds in between is then gone from the inbox, not folded twice.
    found = app.store.get("dossier", dossier_id)
    facts = [
        codec.from_data(Fact, read.data) for read in app.store.query("inbox_of_dossier", equals=dossier_id, limit=MOST_FACTS)
    ]
    if found is not None:
        return Work(app, codec.from_data(Dossier, found.data), found.version), facts
    for fact in facts:
        if fact.kind == "form_response":
            # What else waits is folded by the next run, when the dossier is stored.
            return _open(app, fact), []
    return None, facts


def _open(app: App, fact: Fact) -> Work | None:
    """What becomes of a response without a dossier; one that cannot be read is put aside, else it would come again for ever."""
    try:
        if fact.payload["form"] == intake.FORM:
            return intake.open_dossier(app, fact)
        if fact.payload["form"] == request_mails.FORM:
            service_request.route(app, fact)
        else:
            route(app, fact, FORMS[fact.payload["form"]])
        return None
    except Exception as error:
        if _may_pass(error):
            raise
        _log.exception("response set aside", extra={"dossier": fact.dossier_id, "fact": fact.event_id, "alert": "poison"})
        aside = [] if app.store.get("poison", fact.event_id) else [_poison(fact, error)]
        app.store.commit([*aside, Delete("inbox", fact.event_id)])
        return None


def _may_pass(error: Exception) -> bool:
    """Whether the same fact may be taken another time: a record changed under us, or Google did not answer."""
    return isinstance(error, (ConflictError, GoogleError)) and not isinstance(error, (RefusedError, NotFoundError))


def _poison(fact: Fact, error: Exception) -> Create:
    return Create("poison", fact.event_id, {"fact": codec.to_data(fact), "reason": type(error).__name__})


def _at_once(facts: list[Fact]) -> list[Fact]:
    """Facts for one commit: of several versions of a response the oldest, because each rewrites the same records."""
    first = next((fact for fact in facts if fact.kind == "form_response"), None)
    return [fact for fact in facts if fact.kind != "form_response" or fact is first]


def _count_failure(app: App, dossier_id: str, error: Exception) -> None:
    """What nobody foresaw counts as an attempt too, so that it ends as parked with one alert and not in a loop."""
    found = app.store.get("dossier", dossier_id)
    if found is None:
        return
    work = Work(app, codec.from_data(Dossier, found.data), found.version)
    if work.held_by_other() or work.dossier.parked:
        return
    attempts = work.dossier.attempts + 1
    work.set(attempts=attempts, next_look_at=work.now + timedelta(seconds=min(2**attempts, 64)))
    if attempts >= MAX_ATTEMPTS:
        _park(work, "unforeseen", type(error).__name__)
    work.commit()


def _park(work: Work, step: str, reason: str) -> None:
    work.set(parked=f"{step}: {reason}", next_look_at=None)
    work.record("expediente", "parked", step=step)
    _log.error("dossier parked", extra={"dossier": work.dossier.dossier_id, "step": step, "alert": "parked"})


def _fold(work: Work, fact: Fact) -> None:
    """Apply one fact. A fact that cannot be read is put aside with its reason, so that it stops nothing else and stays visible."""
    before = work.dossier, list(work.writes)
    try:
        FOLDS[fact.kind](work, fact)
    except Exception as error:
        if _may_pass(error):
            raise
        _log.exception("fact set aside", extra={"dossier": fact.dossier_id, "fact": fact.event_id, "alert": "poison"})
        work.dossier, work.writes = before
        if work.store.get("poison", fact.event_id) is None:
            # A feed may tell the same fact again; it is put aside once.
            work.writes.append(_poison(fact, error))
            work.record("expediente", "fact_set_aside", event=fact.event_id, reason=type(error).__name__)
    work.forget_fact(fact.event_id)


def _advance(work: Work, begun: float) -> float | None:
    """Read, move, tell and do until nothing is wanted. Gives the seconds until the next try, or None when all is done."""
    while time.monotonic() - begun < RUN_SECONDS:
        try:
            _read_stale(work)
            for bring_about in BY_TIME:
                bring_about(work)
            # A change may void marks, and then the frozen sheet is opened again.
            change.move_on(work)
            activate.move_on(work)
            # After whatever may have changed state or contact.
            portal_access.keep(work)
            notify.tell(work)
            steps = _wanted(work.view)
            if not steps:
                _count_anew(work)
                return None
            failed = [outcome for outcome in _run_wave(work, steps) if outcome.error]
        except GoogleError as error:
            # A read failed, or new ids could not be had: nothing was changed outside, so it simply waits.
            failed = [Outcome(Step("read", "read"), "", {}, error)]
            work.set(attempts=work.dossier.attempts + 1)
        if failed:
            if all(isinstance(outcome.error, RetryLaterError) for outcome in failed):
                # To be asked to wait is no failure: a quota that is gone for a day must not park what is sound.
                work.set(attempts=max(work.dossier.attempts - 1, 0))
            _park_if_hopeless(work, failed)
            return retry_after_seconds(failed, work.dossier.attempts)
    work.app.publish_work(work.dossier.dossier_id)
    return 1.0


def _count_anew(work: Work) -> None:
    """Nothing is wanted any more, so the failures that led here are over."""
    if work.dossier.attempts:
        work.set(attempts=0)


def _read_stale(work: Work) -> None:
    for name in work.dossier.stale:
        READS[name](work)
    if work.dossier.stale:
        work.set(stale=(), stale_by={})


def _wanted(view: View) -> list[Step]:
    steps = [step for plan in PLANS for step in plan(view) if not view.dossier.done(step.key)]
    known = {step.key for step in steps}
    # A step may only come after steps of this wave or after finished ones; otherwise it is the next wave's.
    return [step for step in steps if all(key in known or view.dossier.done(key) for key in step.after)]


def _run_wave(work: Work, steps: list[Step]) -> list[Outcome]:
    """Store the intents, run the effects, keep the results in memory for the next commit."""
    records = dict(work.dossier.steps)
    doubtful = {step.key: _age_seconds(work, records[step.key]) for step in steps if step.key in records}
    fresh = [step for step in steps if step.wants_id and step.key not in records]
    ids = iter(work.app.google.drive.new_ids(len(fresh)) if fresh else ())
    for step in steps:
        if step.key not in records:
            file_id = next(ids) if step.wants_id else ""
            records[step.key] = StepRecord("intended", step.effect, file_id, at=work.now)
            if file_id:
                work.claim_drive_id(file_id, step.key)
    work.set(steps=records)
    work.take_lease()
    work.commit()
    ends = time.monotonic() + LEASE_SECONDS - CALL_RESERVE_SECONDS
    results = {key: {**record.result, "file_id": record.file_id} for key, record in records.items() if record.state == "done"}
    file_ids = {step.key: records[step.key].file_id for step in steps}
    wave = Wave(work.app.google, steps, file_ids, doubtful, results, lambda: time.monotonic() < ends)
    outcomes = wave.run()
    for outcome in outcomes:
        if outcome.error is None:
            _finish(work, outcome)
    _forget(work, wave.untouched)
    return outcomes


def _forget(work: Work, untouched: frozenset[str]) -> None:
    """Take back intents of what has certainly not happened: found by the next run, they would look doubtful and have to wait.

    An intent with a Drive id stays: its id is claimed, and settling it costs one read.
    """
    steps = {key: record for key, record in work.dossier.steps.items() if key not in untouched or record.file_id}
    if len(steps) < len(work.dossier.steps):
        work.set(steps=steps)


def _age_seconds(work: Work, record: StepRecord) -> float:
    return (work.now - record.at).total_seconds() if record.at else 0.0


def _finish(work: Work, outcome: Outcome) -> None:
    step = outcome.step
    known = work.dossier.steps[step.key].file_id
    record = StepRecord("done", step.effect, outcome.file_id, outcome.result, work.now)
    work.set(steps={**work.dossier.steps, step.key: record}, attempts=0)
    if outcome.file_id and not known and step.effect.startswith("create_"):
        work.claim_drive_id(outcome.file_id, step.key)
    for apply in APPLIED:
        apply(work, step, outcome.result)
    work.record("expediente", "step_done", step=step.key, file=outcome.file_id)


def _park_if_hopeless(work: Work, failed: list[Outcome]) -> None:
    refused = next((o for o in failed if isinstance(o.error, (RefusedError, NotFoundError))), None)
    if refused is None and work.dossier.attempts < MAX_ATTEMPTS:
        return
    culprit = refused or failed[0]
    _park(work, culprit.step.key, str(culprit.error))


def _settle(work: Work, wait_seconds: float | None) -> None:
    """Release the lease, set the only timer, store what the run has found."""
    due = min(_due(work, wait_seconds), default=None)
    if work.dossier.next_look_at != due:
        work.set(next_look_at=due)
    reminder = follow_up.next_reminder(work.app.process, work.dossier)
    if work.dossier.next_reminder != reminder:
        work.set(next_reminder=reminder)
    work.release_lease()
    work.commit()


def _due(work: Work, wait_seconds: float | None) -> Iterator[datetime]:
    """When the clock must look again: what a stage waits for, and the next try of what has failed."""
    if work.dossier.parked:
        return
    if wait_seconds is not None:
        yield work.now + timedelta(seconds=wait_seconds)
    view = work.view
    yield from (at for timer in TIMERS if (at := timer(view)) is not None)


def resume(app: App, dossier_id: str) -> None:
    """Take a parked dossier up again: clear its reason, count attempts anew and look at it.

    :raises KeyError: no dossier has that id.
    """
    found = app.store.get("dossier", dossier_id)
    if found is None:
        raise KeyError(dossier_id)
    work = Work(app, codec.from_data(Dossier, found.data), found.version)
    work.set(parked="", attempts=0, next_look_at=work.now)
    work.record("administrator", "resumed")
    work.commit()
    app.publish_work(dossier_id)
