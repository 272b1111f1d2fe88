"""Changes of a client whose areas have been asked: taken from the form, approved by who must, in force from their day on.

While the areas confirm, a change counts at once and only the marks that depend on it are asked again. Once the service is active it
waits for its approval, for the study that a new place needs, and for its day. The data before it are kept as a version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from expediente import amendments, change_mails, change_reading, codec, compliance, intake, marks, notify, points, request_token
from expediente.acts import Deed
from expediente.amendments import is_point, point_of_path
from expediente.change_data import Amendment, Change, ChangeState, DataVersion, StudyState, Suspension, overtaken, taken_back
from expediente.change_rules import change_rules, kind_of, open_state, waits
from expediente.deadlines import local_day
from expediente.form_routing import Asked, day_of, read_response
from expediente.ids import person_ref
from expediente.intake_data import Intake
from expediente.model import Confirmation, Dossier, Evidence, Fact, Problem, Rank, State, Submission
from expediente.point_data import PointState
from expediente.process import Process
from expediente.store import Create
from expediente.wanted import Wanted
from expediente.work import View, Work

PAUSES = change_reading.PAUSES


# --- what the form asks --------------------------------------------------------------------------------------------------------


def judge(asked: Asked) -> list[Problem]:
    """What is wrong with a response beside its dossier."""
    return change_reading.problems(asked)


def fold_form(work: Work, fact: Fact) -> None:
    """A response of the change form that has found its dossier: a new change, another wording of one that waits, or a repetition."""
    answers, problems = read_response(work.app, fact)
    asked = Asked(work.app.process, answers.definition, work.dossier, answers, day_of(work.app.process, fact))
    # The dossier may have changed since the response was let through.
    problems = (*problems, *judge(asked))
    kind = change_reading.kind_asked(asked)
    if kind is None or any(problem.rank is Rank.REFUSE for problem in problems):
        _ask_to_correct(work, fact, problems)
        return
    response_id = fact.payload["response_id"]
    known = next((one for one in work.dossier.changes.values() if one.submission_id == response_id), None)
    change_id = known.change_id if known else f"M{len(work.dossier.changes) + 1:02d}"
    change = change_reading.change_asked(asked, kind, change_id, fact.actor.lower(), response_id)
    study = StudyState.PENDING if kind.study_by and work.dossier.state is State.ACTIVE else StudyState.NONE
    change = replace(change, asked_at=fact.at, study=study)
    if known is not None:
        _reword(work, known, change)
    elif twin := _twin(work.app.process, work.dossier, change):
        _tell(work, replace(twin, asked_by=change.asked_by), response_id, "known_already")
    else:
        keep(work, change)
        work.record(person_ref(fact.actor), "change_requested", change=change_id)


def _ask_to_correct(work: Work, fact: Fact, problems: tuple[Problem, ...]) -> None:
    read = work.store.get("submission", fact.payload["response_id"])
    if read is not None:
        submission = codec.from_data(Submission, read.data)
        mail = notify.form_correction(work.app, submission, problems, work.now)
        work.send(f"correccion_formulario/{submission.submission_id}/{len(submission.versions)}", mail)


def _reword(work: Work, known: Change, change: Change) -> None:
    """An edited response: it says what is asked now, as long as nobody has decided; later only a new form does."""
    if open_state(work.app.process, known) is not ChangeState.REQUESTED:
        _tell(work, known, change.submission_id, "too_late")
        return
    # A study of the same place still counts; one of another place does not.
    same = known.amendments == change.amendments
    study = (known.study, known.study_by, known.study_at, known.study_conditions) if same else (change.study, "", None, ())
    keep(
        work,
        replace(
            change,
            asked_at=known.asked_at,
            reworded_at=known.reworded_at if same else change.asked_at,
            round=known.round + 1,
            study=study[0],
            study_by=study[1],
            study_at=study[2],
            study_conditions=study[3],
        ),
    )
    work.record(person_ref(change.asked_by), "change_reworded", change=change.change_id)


def _tell(work: Work, change: Change, submission_id: str, text: str) -> None:
    """Nothing new comes of a response: whoever sent it hears why, and how the change stands."""
    read = work.store.get("submission", submission_id)
    times = len(read.data["versions"]) if read else 1
    context = change_mails.told(work.view, change, (change_rules(work.app.process.folder).texts[text],))
    key = f"{change_mails.ASKER}/{submission_id}/{text}/{times}"
    notify.queue(work, Wanted(key, change_mails.ASKER, context, author=change_mails.asker(work.view, change)))
    work.record(person_ref(change.asked_by), f"change_{text}", change=change.change_id)


def _twin(process: Process, dossier: Dossier, change: Change) -> Change | None:
    """A change that waits and asks for the very same."""

    def asks(one: Change) -> object:
        return one.kind, one.point, {_asked_for(a) for a in one.amendments}, one.valid_from, one.until

    waiting = (one for one in dossier.changes.values() if waits(process, one))
    return next((one for one in waiting if asks(one) == asks(change)), None)


def _asked_for(one: Amendment) -> tuple[str, str]:
    """A value that is asked for. The code of a new point is ours: asked again it would be the next."""
    if one.old is None and is_point(one.path):
        return "", repr({**one.new, "code": "", "contact": {**one.new["contact"], "role": ""}})
    return one.path, repr(one.new)


def keep(work: Work, change: Change) -> None:
    """Store a change under its id."""
    work.set(changes={**work.dossier.changes, change.change_id: change})


# --- what is decided -----------------------------------------------------------------------------------------------------------


def decide(work: Work, change: Change, deed: Deed, *, approved: bool, reason: str) -> None:
    """Keep what was decided. What an approval puts in force is done by `move_on`."""
    state = ChangeState.APPROVED if approved else ChangeState.REFUSED
    keep(work, replace(change, state=state, decided_by=deed.actor.address, decided_at=deed.at, decided_reason=reason))


def withdraw(work: Work, change: Change, deed: Deed) -> None:
    """A change is taken back before it is in force."""
    keep(work, taken_back(change, deed.at, deed.actor.address))


def keep_study(work: Work, change: Change, deed: Deed, result: StudyState, conditions: tuple[str, ...]) -> None:
    """The result of the study of a new place."""
    by, at = deed.actor.address, deed.at
    keep(work, replace(change, study=result, study_by=by, study_at=at, study_conditions=conditions))


def _amended(dossier: Dossier, change: Change) -> Intake:
    return amendments.amended(dossier.intake, change.amendments)


# --- what is in force ----------------------------------------------------------------------------------------------------------


def begins_at(process: Process, change: Change) -> datetime | None:
    """When an approved change comes into force by itself: its day begins; None = at once."""
    return _midnight(process, change.valid_from) if change.valid_from else None


def _midnight(process: Process, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(process.company.timezone))


def is_due(process: Process, dossier: Dossier, change: Change, now: datetime) -> bool:
    """Whether a change counts from now on: while areas confirm at once, later when it is approved and its day has come."""
    if dossier.state is State.CONFIRMING:
        return change.state is ChangeState.REQUESTED
    begins = begins_at(process, change)
    return dossier.state is State.ACTIVE and change.state is ChangeState.APPROVED and (begins is None or begins <= now)


def move_on(work: Work) -> None:
    """Put in force what is due, end suspensions whose last day has passed, forget marks that were signed again."""
    process = work.app.process
    _ask_for_studies(work)
    due = [one for one in work.dossier.changes.values() if is_due(process, work.dossier, one, work.now)]
    before = work.dossier.intake
    for change in due:
        _put_in_force(work, change)
    if work.dossier.intake != before:
        compliance_kept(work)
        if (before.client.contact, before.client.email) != (work.dossier.intake.client.contact, work.dossier.intake.client.email):
            # Whoever was the contact keeps no way in.
            request_token.revoke(work)
        intake.keep_client(work)
    _end_suspensions(work)
    _forget_signed(work)


def lacks_study(process: Process, change: Change) -> bool:
    """Whether nobody has been asked yet to inspect the place that it needs inspected."""
    return bool(kind_of(process, change).study_by) and change.study is StudyState.NONE


def _ask_for_studies(work: Work) -> None:
    """A change that came while the areas still confirmed, and was overtaken by the closing, needs its study as well."""
    for change in list(work.dossier.changes.values()):
        waiting = work.dossier.state is State.ACTIVE and change.state is ChangeState.REQUESTED
        if waiting and lacks_study(work.app.process, change):
            keep(work, replace(change, study=StudyState.PENDING))


def compliance_kept(work: Work) -> None:
    """In an active dossier Cumplimiento decided about the new people with the change; before, it is asked again."""
    if work.dossier.state is State.ACTIVE:
        work.set(compliance_of=compliance.subjects_hash(work.dossier.intake))
    else:
        compliance.reconsider(work)


def _put_in_force(work: Work, change: Change) -> None:
    dossier, new = work.dossier, _amended(work.dossier, change)
    number = 0
    if takes_last_point(dossier, change):
        keep(work, overtaken(change, work.now))
        work.record("expediente", "change_closed", change=change.change_id)
        return
    _settle_points(work, change)
    if new != dossier.intake:
        number = dossier.data_version + 1
        old = DataVersion(dossier.dossier_id, dossier.data_version, dossier.intake, work.now, change.change_id)
        key = version_key(dossier.dossier_id, dossier.data_version)
        work.writes.append(Create("version", key, codec.to_data(old)))
        work.set(intake=new, data_version=number)
        begun = {point_of_path(a.path) for a in change.amendments if a.old is None and is_point(a.path)}
        ask_again(work, change.change_id, begun)
    keep(work, replace(change, state=ChangeState.IN_FORCE, in_force_at=work.now, data_version=number))
    _suspend(work, change)
    work.record("expediente", "change_in_force", change=change.change_id, version=str(work.dossier.data_version))


def takes_last_point(dossier: Dossier, *changes: Change) -> bool:
    """Whether these changes together would leave no point: the end of the whole service is a cancellation."""
    removed = {point_of_path(a.path) for one in changes for a in one.amendments if a.new is None and is_point(a.path)}
    return bool(removed) and not set(points.standing(dossier)) - removed


def version_key(dossier_id: str, number: int) -> str:
    """Where a version of the data that was replaced is kept."""
    return f"{dossier_id}/{number:04d}"


def ask_again(work: Work, by: str, begun: Collection[str] = ()) -> None:
    """The marks whose ground has changed need a new signature; those of a new point, which the sheet lacks, their first.

    by: the change, or what else made the new version of the data; begun: codes of new points.
    """
    process, dossier = work.app.process, work.dossier
    again, asked = dict(dossier.marks), dict(dossier.asked_again)
    for slot in marks.all_slots(process, dossier):
        known = dossier.marks.get(slot.key)
        new = slot.point is not None and slot.point.code in begun
        if not new and (known is None or not known.ticked or known.depends_hash == marks.read_hash(process, dossier, slot)):
            continue
        if known is not None:
            again[slot.key] = Confirmation(True, Evidence.NONE, "", work.now, known.depends_hash)
        asked[slot.key] = by
        work.record("expediente", "mark_asked_again", mark=slot.key, change=by)
    work.set(marks=again, asked_again=asked)


def _forget_signed(work: Work) -> None:
    process, dossier = work.app.process, work.dossier
    slots = {slot.key: slot for slot in marks.all_slots(process, dossier)} if dossier.asked_again else {}
    left = {
        key: change_id
        for key, change_id in dossier.asked_again.items()
        if key in slots and not marks.is_confirmed(process, dossier, slots[key])
    }
    if left != dossier.asked_again:
        work.set(asked_again=left)


def _settle_points(work: Work, change: Change) -> None:
    """A point that comes is asked for like any other; one that goes, or is not served for a while, is asked for nothing."""
    dossier = work.dossier
    codes = {point_of_path(a.path): a for a in change.amendments if is_point(a.path)}
    # Points of a dossier that was closed before they had records keep theirs.
    settled = points.changed(dossier, [one.code for one in dossier.intake.points], work.now)
    for code, amendment in codes.items():
        if code:
            state = PointState.REMOVED if amendment.new is None else PointState.PENDING
            settled = points.changed(replace(dossier, points=settled), [code], work.now, state=state)
    if change.kind in PAUSES and change.point:
        state = PointState.SUSPENDED if change.kind == "suspension" else _served(dossier, change.point)
        if change.point in points.standing(dossier):
            settled = points.changed(replace(dossier, points=settled), [change.point], work.now, state=state)
    if settled != dossier.points:
        work.set(points=settled)


def _served(dossier: Dossier, code: str) -> PointState:
    """Where a point goes on after a suspension: served, or on its way where it never was."""
    return PointState.ACTIVE if points.point_of(dossier, code).closing else PointState.PENDING


def _suspend(work: Work, change: Change) -> None:
    """A suspension begins or ends; of a point alone, or of the whole client under ''."""
    # A point that has ended is not suspended, and does not come back.
    there = {"", *points.standing(work.dossier)}
    known = {code: one for code, one in work.dossier.suspensions.items() if code in there}
    if change.kind == "suspension" and change.point in there:
        since = change.valid_from or local_day(work.app.process, work.now)
        known[change.point] = Suspension(since, change.until, change.change_id)
    elif change.kind == "resumption":
        known.pop(change.point, None)
    if known != work.dossier.suspensions:
        work.set(suspensions=known)


def _end_suspensions(work: Work) -> None:
    today = local_day(work.app.process, work.now)
    over = {key for key, one in work.dossier.suspensions.items() if one.until and one.until < today}
    if over:
        back = [code for code in points.standing(work.dossier) if code in over]
        states = {code: _served(work.dossier, code) for code in back}
        for code in back:
            work.set(points=points.changed(work.dossier, [code], work.now, state=states[code]))
        work.set(suspensions={key: one for key, one in work.dossier.suspensions.items() if key not in over})
        work.record("expediente", "suspension_over", points=",".join(sorted(over)) or "all")


def next_look(view: View) -> datetime | None:
    """When the next approved change begins or the next suspension ends."""
    return min(_instants(view.process, view.dossier), default=None)


def _instants(process: Process, dossier: Dossier) -> Iterator[datetime]:
    if dossier.state is not State.ACTIVE:
        return
    for change in dossier.changes.values():
        begins = begins_at(process, change)
        if change.state is ChangeState.APPROVED and begins is not None:
            yield begins
    for suspension in dossier.suspensions.values():
        if suspension.until:
            yield _midnight(process, date.fromordinal(suspension.until.toordinal() + 1))
