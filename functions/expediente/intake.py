"""From a response of the intake form to a client and a dossier, or to one mail that says what to correct.

A response is looked at once per version (its lastSubmittedTime). The same client in any spelling of its RUC never opens a second
dossier while one is open or active. Source: process/, forms/intake.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import codec, compliance, lifecycle, notify
from expediente.ids import new_client_id
from expediente.intake_data import Contact, Intake
from expediente.intake_rules import Assessment, assess, differences
from expediente.model import Client, ComplianceState, Dossier, Fact, OutgoingMail, Problem, Rank, State, Submission
from expediente.store import Create, Delete, Update, Write
from expediente.work import Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

# Name of the form that opens dossiers; all others belong to one that exists.
FORM = "intake"


@dataclass(frozen=True)
class _Known:
    """A client that exists, with its newest dossier."""

    client: Client
    version: str
    dossier: Dossier


def open_dossier(app: App, fact: Fact) -> Work | None:
    """What becomes of a response that has no dossier yet: a `Work` with the new dossier, or None when it opened none.

    Writes, when it opens none: the submission, its mail, and the removal of the fact, in one commit.
    """
    earlier = app.store.get("submission", fact.payload["response_id"])
    submission = codec.from_data(Submission, earlier.data) if earlier else None
    if submission and fact.payload["version"] in submission.versions:
        app.store.commit([Delete("inbox", fact.event_id)])
        return None
    found = _assess(app, fact)
    draft = _submission(fact, found, submission)
    version = earlier.version if earlier else None
    if found.intake is None:
        mail = notify.correction(app, draft, found.answers, app.clock.now())
        _conclude(app, fact, replace(draft, outcome="refused"), version, mail)
        return None
    known = _known_client(app, found.intake)
    if known is not None and known.dossier.state not in lifecycle.ENDED:
        outcome, mail = _already_known(app, fact, draft, found.intake, known)
        _conclude(app, fact, replace(draft, outcome=outcome), version, mail)
        return None
    return _open(app, fact, replace(draft, outcome="accepted"), version, found.intake, known)


def _assess(app: App, fact: Fact) -> Assessment:
    site = app.site.forms[fact.payload["form"]]
    today = fact.at.astimezone(ZoneInfo(app.process.company.timezone)).date()
    keys = {question_id: key for key, question_id in site.question_ids.items()}
    answers = {keys[question_id]: texts for question_id, texts in fact.payload["answers"].items() if question_id in keys}
    return assess(app.intake_form, app.process, answers, today)


def _submission(fact: Fact, found: Assessment, earlier: Submission | None) -> Submission:
    versions = (*(earlier.versions if earlier else ()), fact.payload["version"])
    return Submission(
        submission_id=fact.payload["response_id"],
        form=fact.payload["form"],
        respondent=fact.actor.lower(),
        dossier_id=fact.dossier_id,
        outcome="",
        problems=found.problems,
        versions=versions,
        answers=found.answers,
    )


def _known_client(app: App, intake: Intake) -> _Known | None:
    claim = app.store.get("unique", f"client/{intake.client.key}")
    if claim is None:
        return None
    read = app.store.get("client", claim.data["client_id"])
    if read is None:
        return None
    client = codec.from_data(Client, read.data)
    newest = app.store.get("dossier", client.dossier_ids[-1])
    return _Known(client, read.version, codec.from_data(Dossier, newest.data)) if newest else None


def _already_known(app: App, fact: Fact, submission: Submission, intake: Intake, known: _Known) -> tuple[str, OutgoingMail]:
    """The outcome and the mail for a client that has an open or active dossier. Another vendedora learns nothing of it."""
    now = app.clock.now()
    if known.client.vendedora != submission.respondent:
        return "other_vendedora", notify.other_vendedora(app, submission, now)
    if known.dossier.state is State.ACTIVE:
        return "active", notify.already_active(app, submission, known.dossier, now)
    changed = differences(known.dossier.intake, intake, app.intake_form)
    return "in_process", notify.already_in_process(app, submission, known.dossier, changed, now)


def _conclude(app: App, fact: Fact, submission: Submission, version: str | None, mail: OutgoingMail) -> None:
    data = codec.to_data(submission)
    key = submission.submission_id
    record: Write = Update("submission", key, data, version) if version else Create("submission", key, data)
    app.store.commit([record, Create("outbox", mail.mail_id, codec.to_data(mail)), Delete("inbox", fact.event_id)])
    app.metrics.commits += 1
    app.publish_mail(mail.sender)


def _open(app: App, fact: Fact, submission: Submission, version: str | None, intake: Intake, known: _Known | None) -> Work:
    now = app.clock.now()
    client_id = known.client.client_id if known else new_client_id()
    dossier = Dossier(
        dossier_id=fact.dossier_id,
        client_id=client_id,
        client_key=intake.client.key,
        state=State.COLLECTING,
        vendedora=submission.respondent,
        opened_at=fact.at,
        state_since=now,
        intake=intake,
        submission_id=submission.submission_id,
        problems=_open_problems(submission),
        previous_dossier_id=known.dossier.dossier_id if known else "",
        form_returns=len(submission.versions) - 1,
    )
    work = Work(app, dossier, version="")
    work.save(submission, "submission", submission.submission_id, version)
    work.forget_fact(fact.event_id)
    client = _client(client_id, dossier, known)
    work.save(client, "client", client_id, known.version if known else None)
    if known is None:
        work.writes.append(Create("unique", f"client/{intake.client.key}", {"client_id": client_id}))
    work.record("vendedora", "dossier_opened", submission=submission.submission_id, client=client_id)
    return work


def _client(client_id: str, dossier: Dossier, known: _Known | None) -> Client:
    ids = (*(known.client.dossier_ids if known else ()), dossier.dossier_id)
    intake = dossier.intake
    return Client(client_id, intake.client.key, intake.client, _contacts(intake), ids, dossier.vendedora)


def _contacts(intake: Intake) -> tuple[Contact, ...]:
    points = tuple(replace(point.contact, role=point.code) for point in intake.points)
    return (replace(intake.client.contact, role="main"), *points)


def _open_problems(submission: Submission) -> tuple[Problem, ...]:
    return tuple(problem for problem in submission.problems if problem.rank is not Rank.REFUSE)


def fold_response(work: Work, fact: Fact) -> None:
    """An edited response of an open dossier: a new version of its data until hand-over, a word to the vendedora afterwards."""
    read = work.store.get("submission", fact.payload["response_id"])
    submission = codec.from_data(Submission, read.data) if read else None
    if read is None or submission is None or fact.payload["version"] in submission.versions:
        return
    found = _assess(work.app, fact)
    edited = replace(_submission(fact, found, submission), outcome=submission.outcome)
    number = len(edited.versions)
    if found.intake is None:
        work.set(form_returns=work.dossier.form_returns + 1)
        work.send(f"correccion/{number}", notify.correction(work.app, edited, found.answers, work.now))
    elif work.dossier.state is not State.COLLECTING:
        changed = differences(work.dossier.intake, found.intake, work.app.intake_form)
        mail = notify.already_in_process(work.app, edited, work.dossier, changed, work.now)
        work.send(f"ya_en_proceso/{number}", mail)
    elif found.intake.client.key != work.dossier.client_key:
        # Another RUC is another client: the dossier keeps its own, and the vendedora opens a new one with a new response.
        mail = notify.already_in_process(work.app, edited, work.dossier, (), work.now)
        work.send(f"otro_ruc/{number}", mail)
    else:
        _take_version(work, found.intake, edited)
    work.save(edited, "submission", edited.submission_id, read.version)


def _take_version(work: Work, intake: Intake, submission: Submission) -> None:
    version = work.dossier.data_version + 1
    work.set(intake=intake, problems=_open_problems(submission), data_version=version)
    compliance.reconsider(work)
    keep_client(work)
    work.record("vendedora", "data_changed", version=str(version))


def keep_client(work: Work) -> None:
    """Let the client's record say what the dossier says now; at most once a commit."""
    intake, found = work.dossier.intake, work.store.get("client", work.dossier.client_id)
    if found is not None:
        client = replace(codec.from_data(Client, found.data), data=intake.client, contacts=_contacts(intake))
        work.save(client, "client", client.client_id, found.version)


def review_state(dossier: Dossier) -> ComplianceState:
    """What people outside Cumplimiento may know of the screening: under review until passed, whatever was found."""
    return ComplianceState.PASSED if dossier.compliance is ComplianceState.PASSED else ComplianceState.UNDER_REVIEW
