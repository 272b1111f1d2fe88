"""A response of a form that belongs to a dossier: it finds its dossier by code and RUC together, or one mail says what to correct.

A response says whose it is only by what it holds, so it is read before it has a dossier. Whoever may not ask for that client, and
whoever writes a code and a RUC that do not belong together, gets the same words: they tell nothing of other clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import acts, codec, identifiers, notify
from expediente.answers import Answers
from expediente.form_definition import FormDefinition
from expediente.intake_rules import judge as judge_alone
from expediente.model import Dossier, Fact, Problem, Rank, Submission
from expediente.process import Process
from expediente.store import Create, Delete, Update, Write
from expediente.work import Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

# Rules that every form of a dossier has; their texts stand in its table.
PAIR, NOT_TAKEN = "codigo_y_ruc", "expediente_no_admite"


@dataclass(frozen=True)
class Asked:
    """A response beside its dossier. day: when it was sent, in Panama."""

    process: Process
    definition: FormDefinition
    dossier: Dossier
    answers: Answers
    day: date

    def problem(self, code: str, key: str, detail: str = "") -> Problem:
        """A broken rule of the form that only the dossier shows."""
        return problem_of(self.definition, self.answers, code, key, detail)


@dataclass(frozen=True)
class DossierForm:
    """What a stage does with a form. judge: what is wrong with a response beside its dossier; fold: what it changes there."""

    judge: Callable[[Asked], Sequence[Problem]]
    fold: Callable[[Work, Fact], None]


def problem_of(definition: FormDefinition, answers: Answers, code: str, key: str, detail: str = "") -> Problem:
    """A broken rule at a question, with the words of the form's table."""
    rule, question = definition.rules[code], definition.questions[key]
    written = ", ".join(question.label(value) for value in answers.all(key))[:200]
    expected = rule.expected.replace("{detail}", detail)
    return Problem(code, rule.rank, key, question.title, written, expected, rule.example or question.example)


def earlier_versions(app: App, fact: Fact) -> tuple[Submission | None, str]:
    """What is kept of a response and the version of that record; None and '' when it comes for the first time."""
    read = app.store.get("submission", fact.payload["response_id"])
    return (codec.from_data(Submission, read.data), read.version) if read else (None, "")


def kept(submission: Submission, version: str) -> Write:
    """The write that keeps a response. version: as `earlier_versions` gives it."""
    key, data = submission.submission_id, codec.to_data(submission)
    return Update("submission", key, data, version) if version else Create("submission", key, data)


def route(app: App, fact: Fact, form: DossierForm) -> None:
    """Hand the response to its dossier, or answer it with one mail; either in one commit with the removal of the fact."""
    known, version = earlier_versions(app, fact)
    if known and fact.payload["version"] in known.versions:
        app.store.commit([Delete("inbox", fact.event_id)])
        return
    answers, problems = read_response(app, fact)
    dossier = _dossier_of(app, answers, fact.actor)
    if dossier is None or (known and known.outcome == "accepted" and known.dossier_id != dossier.dossier_id):
        problems = (*_wrong_pair(answers), *problems)
    else:
        asked = Asked(app.process, answers.definition, dossier, answers, day_of(app.process, fact))
        problems = (*_not_taken(asked), *problems, *form.judge(asked))
    refused = dossier is None or any(problem.rank is Rank.REFUSE for problem in problems)
    submission = _submission(fact, answers, problems, known, dossier, refused=refused)
    record = kept(submission, version)
    if refused or dossier is None:
        mail = notify.form_correction(app, submission, _once_a_field(problems), app.clock.now())
        app.store.commit([record, Create("outbox", mail.mail_id, codec.to_data(mail)), Delete("inbox", fact.event_id)])
        app.publish_mail(mail.sender)
    else:
        hand_over(app, fact, dossier, record)
        return
    app.metrics.commits += 1


def hand_over(app: App, fact: Fact, dossier: Dossier, record: Write) -> None:
    """Put a response into the inbox of the dossier that it belongs to, with the record of what became of it."""
    event_id = f"{fact.event_id}-{dossier.dossier_id}"
    handed = Fact(event_id, dossier.dossier_id, fact.kind, fact.at, fact.actor, fact.payload)
    app.store.commit([record, Create("inbox", event_id, codec.to_data(handed)), Delete("inbox", fact.event_id)])
    app.metrics.commits += 1
    app.publish_work(dossier.dossier_id)


def read_response(app: App, fact: Fact) -> tuple[Answers, tuple[Problem, ...]]:
    """The answers of a response by field, and what is wrong with them by themselves."""
    form = fact.payload["form"]
    keys = {question_id: key for key, question_id in app.site.forms[form].question_ids.items()}
    said = {keys[question_id]: texts for question_id, texts in fact.payload["answers"].items() if question_id in keys}
    return judge_alone(app.forms[form], app.process, said, day_of(app.process, fact))


def day_of(process: Process, fact: Fact) -> date:
    """The day of Panama on which a response was sent."""
    return fact.at.astimezone(ZoneInfo(process.company.timezone)).date()


def may_answer(process: Process, dossier: Dossier, respondents: Sequence[str], address: str, now: datetime) -> bool:
    """Whether a person may send a form about this dossier. respondents: as the form's table names them."""
    person = process.company.person(address)
    return person is not None and any(acts.means(process, dossier, person, principal, now) for principal in respondents)


def _dossier_of(app: App, answers: Answers, respondent: str) -> Dossier | None:
    """The dossier whose code (or id, as links have it before there is one) and RUC were both written, by somebody who may ask for it."""
    keys = answers.definition.dossier
    code = "".join(answers.text(keys.code).split()).upper() if keys else ""
    claim = app.store.get("unique", f"denarius/{code}") if code else None
    name = str(claim.data["dossier_id"]) if claim else code
    read = app.store.get("dossier", name) if name else None
    if read is None or keys is None:
        return None
    dossier = codec.from_data(Dossier, read.data)
    client, written = dossier.intake.client, answers.text(keys.ruc)
    found = identifiers.ruc(written, client.kind)
    same = client.ruc in (written, found.number if found else "")
    allowed = may_answer(app.process, dossier, answers.definition.respondents, respondent, app.clock.now())
    return dossier if same and allowed else None


def _wrong_pair(answers: Answers) -> Iterator[Problem]:
    keys = answers.definition.dossier
    for key in (keys.code, keys.ruc) if keys else ():
        yield problem_of(answers.definition, answers, PAIR, key)


def _not_taken(asked: Asked) -> Iterator[Problem]:
    keys = asked.definition.dossier
    if keys and asked.dossier.state.value not in keys.states:
        yield asked.problem(NOT_TAKEN, keys.code)


def _once_a_field(problems: Sequence[Problem]) -> list[Problem]:
    """What weighs most of each field; notices ask for nothing."""
    found: dict[str, Problem] = {}
    for problem in problems:
        if problem.rank is not Rank.NOTICE:
            found.setdefault(problem.field, problem)
    return list(found.values())


def _submission(
    fact: Fact,
    answers: Answers,
    problems: Sequence[Problem],
    known: Submission | None,
    dossier: Dossier | None,
    *,
    refused: bool,
) -> Submission:
    accepted_before = known is not None and known.outcome == "accepted"
    return Submission(
        submission_id=fact.payload["response_id"],
        form=fact.payload["form"],
        respondent=fact.actor.lower(),
        # A response keeps the dossier that took it, whatever is written over it later.
        dossier_id=known.dossier_id if known and accepted_before else dossier.dossier_id if dossier else fact.dossier_id,
        outcome="accepted" if accepted_before or not refused else "refused",
        problems=tuple(problems),
        versions=(*(known.versions if known else ()), fact.payload["version"]),
        answers={key: list(texts) for key, texts in answers.written.items()},
    )


__all__ = ["Asked", "DossierForm", "day_of", "hand_over", "may_answer", "problem_of", "read_response", "route"]
