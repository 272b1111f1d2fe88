"""The signed acts of cases: deciding, with a second signature where the table asks for it, answering, taking a signature back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from expediente import case_papers, cases
from expediente.acts import ActRefusedError, Deed, Handler
from expediente.case_data import OPEN_CASES, Case, CaseState, Decision
from expediente.case_rules import ANSWER, CASE_ACTS, CREDIT, DECIDE, LIMIT, CaseKind, case_rules, known_cases
from expediente.credit import credit_rules
from expediente.deadlines import local_day
from expediente.google.clients import file_link
from expediente.ids import person_ref
from expediente.mails import Line
from expediente.process import Person, Process
from expediente.work import View, Work

_MONEY = ("credit", "limit", "balance")
DECIDING, ANSWERING, TAKING_BACK = CASE_ACTS[DECIDE], CASE_ACTS[ANSWER], "retirar_firma_caso"


def _of_way(way: str) -> Callable[[View], Sequence[str]]:
    def subjects(view: View) -> Sequence[str]:
        return [
            one.case_id for kind, one in known_cases(view.process, view.dossier) if kind.way == way and one.state in OPEN_CASES
        ]

    return subjects


def _with_one_signature(view: View) -> Sequence[str]:
    return [one.case_id for one in cases.open_cases(view.dossier) if one.state is CaseState.FIRST_SIGNED]


def _is_theirs(view: View, subject: str, person: Person) -> bool:
    """A case is settled by the people of its role; a signature is taken back by whoever gave it."""
    return cases.kind_of(view.process, view.dossier.cases[subject]).role in person.roles


def _is_their_signature(view: View, subject: str, person: Person) -> bool:
    return view.dossier.cases[subject].decisions[-1].by.lower() == person.address.lower()


# --- what is done --------------------------------------------------------------------------------------------------------------


def _decide(work: Work, deed: Deed) -> None:
    """An approval counts once as many persons have signed as the table asks for; a refusal at once."""
    case, reason = work.dossier.cases[deed.subject], deed.answers.text("reason")
    kind = cases.kind_of(work.app.process, case)
    if case.state is CaseState.FIRST_SIGNED and case.decisions[-1].by.lower() == deed.actor.address.lower():
        raise ActRefusedError("same_signer")
    if deed.answers.text("decision") == cases.REFUSED:
        if not reason:
            raise ActRefusedError("reason_needed")
        _say(work, case, deed, Decision(deed.actor.address, deed.at, cases.REFUSED, reason), CaseState.REFUSED)
        return
    if kind.amount == CREDIT:
        _judge_refund(work, case)
    waived = _judge_papers(work, case, deed)
    last = kind.signatures == 1 or case.state is CaseState.FIRST_SIGNED
    decision = Decision(deed.actor.address, deed.at, cases.APPROVED, reason, waived)
    _say(work, case, deed, decision, CaseState.APPROVED if last else CaseState.FIRST_SIGNED)


def _judge_papers(work: Work, case: Case, deed: Deed) -> str:
    """Why this person approves without a required paper, '' when each can be opened; every signature says it for itself."""
    absent = case_papers.missing(case_papers.of_case(work.app.process, work.dossier, case))
    if not absent:
        return ""
    waived = deed.answers.text("waived")
    if not waived:
        raise ActRefusedError("papers_missing")
    names = ",".join(slot.key for slot in absent)
    work.record(person_ref(deed.actor.address), "case_papers_waived", case=case.case_id, papers=names)
    return waived


def _judge_refund(work: Work, case: Case) -> None:
    """Never more than the credit of this moment, and only to an account that two persons have approved."""
    if cases.account_in_force(work.dossier) is None:
        raise ActRefusedError("account_missing")
    known = cases.is_paid(work.app, work.dossier, case)
    if not known and (case.amount is None or case.amount > cases.refundable(work.app, work.dossier, but=case.case_id)):
        raise ActRefusedError("beyond_credit")


def _answer(work: Work, deed: Deed) -> None:
    """Words to the client, and the case is settled."""
    case, done = work.dossier.cases[deed.subject], deed.answers.text("outcome") == cases.DONE
    outcome, state = (cases.DONE, CaseState.DONE) if done else (cases.REFUSED, CaseState.REFUSED)
    _say(work, case, deed, Decision(deed.actor.address, deed.at, outcome, deed.answers.text("text")), state)


def _take_back(work: Work, deed: Deed) -> None:
    """The first of two signatures counts no more; that it was given stays in the chain."""
    case = work.dossier.cases[deed.subject]
    waiting = replace(case, state=CaseState.WAITING, decisions=case.decisions[:-1])
    work.set(cases={**work.dossier.cases, case.case_id: waiting})
    work.record(person_ref(deed.actor.address), "case_signature_taken_back", case=case.case_id)


def _say(work: Work, case: Case, deed: Deed, decision: Decision, state: CaseState) -> None:
    cases.decided(work, case, decision, state)
    work.record(person_ref(deed.actor.address), "case_decided", case=case.case_id, outcome=decision.outcome)


# --- what is shown -------------------------------------------------------------------------------------------------------------


def _shows(view: View, subject: str) -> tuple[Line, ...]:
    """What was asked, what the rules say of it, and what was said to Eva before."""
    return tuple(line for line in _lines(view.process, view, view.dossier.cases[subject]) if line.value)


def _lines(process: Process, view: View, case: Case) -> Iterator[Line]:
    rules, kind = case_rules(process.folder), cases.kind_of(process, case)
    texts = rules.texts
    yield Line(texts["case"], case.case_id)
    yield Line(texts["kind"], kind.label)
    yield Line(texts["asked"], local_day(process, case.at).strftime("%d/%m/%Y"))
    yield Line(texts["contact"], case.contact)
    if case.amount is not None:
        yield Line(texts["amount"], process.company.money(case.amount))
    yield from (Line(rules.fields.get(key, key), value) for key, value in case.said.items())
    if kind.amount == CREDIT:
        yield Line(texts["account"], cases.account_text(process, cases.account_in_force(view.dossier)))
    if case.kind == cases.ACCOUNT:
        yield Line(
            texts["before"].format(label=texts["account"]), cases.account_text(process, cases.account_in_force(view.dossier))
        )
    yield from _of_credit(process, kind, case)
    yield from _papers(process, view, case)
    if case.state is CaseState.FIRST_SIGNED:
        person = process.company.person(case.decisions[-1].by)
        yield Line(texts["signed"], person.name if person else case.decisions[-1].by)
        yield Line(texts["waived"], case.decisions[-1].waived)
    turns = (texts["turn"].format(who=texts[turn.who], text=turn.text) for turn in case.transcript if turn.who in texts)
    yield Line(texts["conversation"], "\n".join(turns))


def _papers(process: Process, view: View, case: Case) -> Iterator[Line]:
    """What is missing, then each paper with its files. The instant of each stands there, so that the signature covers which ones."""
    texts, zone = case_rules(process.folder).texts, ZoneInfo(process.company.timezone)
    found = case_papers.of_case(process, view.dossier, case)

    def told(text: str, *, saving: bool) -> str:
        return texts["paper_saving"].format(text=text) if saving else text

    missing = [told(slot.label, saving=bool(slot.files)) for slot in case_papers.missing(found)]
    yield Line(texts["papers_missing"], "\n".join(missing))
    for slot in found:
        said = []
        for one in slot.files:
            text = texts["paper_file"].format(
                name=one.name,
                size=f"{max(Decimal(one.size_bytes) / 1024 / 1024, Decimal('0.1')):.1f}",
                at=one.at.astimezone(zone).strftime("%d/%m/%Y %H:%M:%S"),
            )
            said.append(told(text, saving=not one.file_id))
        links = tuple((texts["paper_open"].format(name=one.name), file_link(one.file_id)) for one in slot.files if one.file_id)
        label = texts["paper_required" if slot.required else "paper_wished"].format(label=slot.label)
        yield Line(label, "\n".join(said) or texts["paper_absent"], links)


def _of_credit(process: Process, kind: CaseKind, case: Case) -> Iterator[Line]:
    texts = case_rules(process.folder).texts
    yield from (
        Line(texts[name], process.company.money(case.account[name])) for name in _MONEY if case.account.get(name, -1) >= 0
    )
    if kind.amount == LIMIT and case.preapproval:
        known = credit_rules(process.folder)
        yield Line(texts["preapproval"], known.results[case.preapproval].label)
        yield Line(texts["reasons"], "\n".join(known.sentence(reason) for reason in case.reasons))
        if "usage" in case.account:
            yield Line(texts["usage"], f"{case.account['usage'] * 100:.2f} %")


HANDLERS: dict[str, Handler] = {
    DECIDING: Handler(_decide, _of_way(DECIDE), _shows, _is_theirs),
    ANSWERING: Handler(_answer, _of_way(ANSWER), _shows, _is_theirs),
    TAKING_BACK: Handler(_take_back, _with_one_signature, _shows, _is_their_signature),
}
