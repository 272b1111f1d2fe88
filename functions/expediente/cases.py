"""Cases: what a client asks in the portal, kept in its dossier until a person has settled it. Table: `process/cases.yaml`.

A case comes as a fact and is judged again here, on the ledger of that moment. Who settles it stands in `case_acts.py`, who hears of
it in `case_mails.py`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from expediente import case_papers, change_rules, credit, ledger
from expediente.amendments import amended
from expediente.case_data import OPEN_CASES, Case, CaseState, Decision, Turn
from expediente.case_rules import CHANGE, CREDIT, CaseKind, CaseRules, case_rules, known_cases
from expediente.change_data import Amendment, Change, ChangeState
from expediente.codec import to_data
from expediente.deadlines import local_day
from expediente.errors import DataError
from expediente.ids import case_id_of, is_case_id
from expediente.ledger_data import ZERO
from expediente.model import Dossier, Fact, State
from expediente.process import Process
from expediente.quantities import amount as amount_of
from expediente.texts import clean_text
from expediente.work import Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

SYSTEM = "expediente"
REFUSED, APPROVED, DONE = "refused", "approved", "done"
# The kind whose last approved case says where refunds are paid.
ACCOUNT = "actualizacion_datos_bancarios"
# The kind that the portal opens by itself.
PAYMENT = "pago_por_revisar"
_SHOWN = ("bank", "account_kind", "account_number", "account_holder")


def new_case_id() -> str:
    """A number for a case that cannot be guessed."""
    return case_id_of(secrets.token_bytes(8))


def kind_of(process: Process, case: Case) -> CaseKind:
    """The kind of a case. :raises KeyError: the table has it no more."""
    return case_rules(process.folder).kinds[case.kind]


def open_cases(dossier: Dossier) -> tuple[Case, ...]:
    """The cases that wait for a person, the oldest first."""
    return tuple(one for one in dossier.cases.values() if one.state in OPEN_CASES)


def has_room(process: Process, dossier: Dossier) -> bool:
    """Whether the client may ask for one more thing before something that waits is settled."""
    return len(open_cases(dossier)) < case_rules(process.folder).limits.open_per_client


def refundable(app: App, dossier: Dossier, but: str = "") -> Decimal:
    """What may still be given back today: the credit after what is owed, less what other open cases ask. but: id of a case left out."""
    asked = (
        one.amount or ZERO
        for kind, one in known_cases(app.process, dossier)
        if one.case_id != but and kind.amount == CREDIT and (one.state in OPEN_CASES or is_to_pay(kind, one))
    )
    return max(_position(app, dossier).refundable - sum(asked, ZERO), ZERO)


def _position(app: App, dossier: Dossier) -> ledger.Position:
    return ledger.position(app, dossier.client_id, local_day(app.process, app.clock.now()))


def is_paid(app: App, dossier: Dossier, case: Case) -> bool:
    """Whether the refund of a case is in the ledger already."""
    return app.store.get("movement", f"{dossier.client_id}/{case.case_id}") is not None


def is_to_pay(kind: CaseKind, case: Case) -> bool:
    """Whether an approved refund is not in the ledger yet."""
    return kind.amount == CREDIT and case.state is CaseState.APPROVED


def account_in_force(dossier: Dossier) -> Case | None:
    """The last account of the client's that was approved for refunds."""
    approved = [one for one in dossier.cases.values() if one.kind == ACCOUNT and one.state is CaseState.APPROVED]
    # Of two of the same instant the one that was asked last.
    return max(reversed(approved), key=lambda one: one.closed_at or one.at, default=None)


def account_text(process: Process, case: Case | None) -> str:
    """An account on one line."""
    texts = case_rules(process.folder).texts
    if case is None:
        return texts["no_account"]
    return texts["bank_line"].format(**{key: case.said.get(key, texts["none"]) for key in _SHOWN})


def told(process: Process, case: Case) -> str:
    """What the client reads of a case as it stands."""
    rules, kind = case_rules(process.folder), kind_of(process, case)
    last = case.decisions[-1] if case.decisions else None
    if last is not None and last.by == SYSTEM and last.reason in rules.refusals:
        return rules.refusals[last.reason]
    if case.state is CaseState.WITHDRAWN:
        return rules.refusals["ended"]
    words = {CaseState.APPROVED: kind.approved, CaseState.REFUSED: kind.refused, CaseState.DONE: kind.done}
    return words.get(case.state) or kind.opened


def said_to_client(process: Process, case: Case) -> str:
    """What the person who settled a case wrote to the client; '' = nothing."""
    texts, last = case_rules(process.folder).texts, case.decisions[-1] if case.decisions else None
    if last is None or last.by == SYSTEM or not last.reason or case.state in OPEN_CASES:
        return ""
    return last.reason if case.state is CaseState.DONE else texts["because"].format(reason=last.reason)


def state_text(process: Process, case: Case) -> str:
    """The state of a case in words. What one of two persons has signed is no news for the client: see `for_client`."""
    return case_rules(process.folder).states[case.state.value]


def state_for_client(process: Process, case: Case) -> str:
    """The same as the client reads it."""
    state = CaseState.WAITING if case.state in OPEN_CASES else case.state
    return case_rules(process.folder).states[state.value]


# --- facts ---------------------------------------------------------------------------------------------------------------------


def fold(work: Work, fact: Fact) -> None:
    """A client asks. payload: see `portal_facts.py`. The same case again changes nothing."""
    rules = case_rules(work.app.process.folder)
    case_id, kind = str(fact.payload.get("case_id", "")), rules.kinds.get(str(fact.payload.get("kind", "")))
    if kind is None or not is_case_id(case_id) or work.dossier.state not in (State.ACTIVE, State.ARCHIVED):
        work.record("client", "case_not_taken", fact=fact.event_id)
        return
    if case_id in work.dossier.cases:
        return
    case = Case(
        case_id=case_id,
        kind=kind.key,
        said=_said(rules, fact.payload.get("said") or {}),
        at=fact.at,
        contact=fact.actor,
        amount=_amount(fact.payload.get("amount")) if kind.amount else None,
        transcript=_transcript(rules, fact.payload.get("transcript") or []),
    )
    if not has_room(work.app.process, work.dossier):
        # The client has read its number: it hears what became of it.
        _keep(work, _ended(case, CaseState.REFUSED, "too_many", work.now))
        work.record("client", "case_beyond", case=case_id)
        return
    _keep(work, _judged(work, rules, kind, case))
    work.record("client", "case_opened", case=case_id)


def _said(rules: CaseRules, said: dict[str, Any]) -> dict[str, str]:
    most = rules.limits
    texts = {str(key)[:40]: clean_text(str(value), multiline=True)[: most.letters] for key, value in said.items()}
    return dict([(key, text) for key, text in texts.items() if text][: most.fields])


def _transcript(rules: CaseRules, turns: list[dict[str, Any]]) -> tuple[Turn, ...]:
    known = msgspec.convert(turns[-rules.limits.turns :], tuple[Turn, ...])
    return tuple(replace(one, text=clean_text(one.text, multiline=True)[: rules.limits.letters]) for one in known)


def _amount(written: object) -> Decimal | None:
    found = amount_of(str(written)) if written is not None else None
    return found.quantize(Decimal("0.01")) if found is not None and found > 0 else None


def _judged(work: Work, rules: CaseRules, kind: CaseKind, case: Case) -> Case:
    """The case as it begins: waiting, with what the rules say of it, or ended at once with its reason."""
    if work.dossier.state is not State.ACTIVE:
        return _ended(case, CaseState.WITHDRAWN, "ended", work.now)
    if kind.amount:
        return _judged_amount(work, kind, case)
    if kind.way == CHANGE:
        change = _change(work, rules, kind, case)
        if change is None:
            return _ended(case, CaseState.REFUSED, "no_field", work.now)
        work.set(changes={**work.dossier.changes, change.change_id: change})
        work.record("client", "change_requested", change=change.change_id)
        return replace(case, change_id=change.change_id)
    return case


def _judged_amount(work: Work, kind: CaseKind, case: Case) -> Case:
    """What the ledger of this moment says of the amount."""
    amount = case.amount
    if amount is None:
        return _ended(case, CaseState.REFUSED, "amount", work.now)
    if kind.amount == CREDIT:
        position = _position(work.app, work.dossier)
        case = replace(case, account={"credit": position.credit, "balance": position.balance})
        beyond = amount > refundable(work.app, work.dossier)
        return _ended(case, CaseState.REFUSED, "beyond_credit", work.now) if beyond else case
    facts = credit.facts_of(work.app, work.dossier, amount)
    found = credit.judge(work.app.process, facts)
    usage = {} if found.usage is None else {"usage": found.usage}
    account = {"limit": facts.limit, "balance": facts.balance, **usage}
    return replace(case, account=account, preapproval=found.result, reasons=found.reasons)


def _change(work: Work, rules: CaseRules, kind: CaseKind, case: Case) -> Change | None:
    """The change of data that a case opens: every value by its path, beside what stands there today; None = nothing that differs."""
    old = to_data(work.dossier.intake)
    found = []
    for path, value in case.said.items():
        if path in rules.changeable:
            group, name = path.split(".")
            if old[group][name] != value:
                found.append(Amendment(path, old[group][name], clean_text(value)))
    if not found:
        return None
    amended(work.dossier.intake, found)
    number = len(work.dossier.changes) + 1
    return Change(f"M{number:02d}", kind.change, "", tuple(found), case.said.get("reason", ""), case.contact, case.at, "")


def _keep(work: Work, case: Case) -> None:
    kept = _thinned(work, {**work.dossier.cases, case.case_id: case})
    work.set(cases=kept, **case_papers.kept_files(work.dossier, kept))


def _thinned(work: Work, cases: dict[str, Case]) -> dict[str, Case]:
    """What a dossier can hold: of those that ended the last ones, and of fewer still their conversations."""
    limits = case_rules(work.app.process.folder).limits
    ended = sorted((one for one in cases.values() if one.state not in OPEN_CASES), key=lambda one: one.closed_at or one.at)
    account = account_in_force(replace(work.dossier, cases=cases))
    gone = {one.case_id for one in ended[: max(len(cases) - limits.kept, 0)]} - ({account.case_id} if account else set())
    silent = {one.case_id for one in ended[: max(len(ended) - limits.transcripts, 0)]}
    return {
        key: replace(one, transcript=()) if key in silent and one.transcript else one
        for key, one in cases.items()
        if key not in gone
    }


def fold_satisfaction(work: Work, fact: Fact) -> None:
    """The optional question: 1 to 5 about a case that has ended, the first answer counts."""
    case, score = work.dossier.cases.get(str(fact.payload.get("case_id", ""))), fact.payload.get("score")
    if case is None or case.state in OPEN_CASES or case.satisfaction or score not in (1, 2, 3, 4, 5):
        return
    _keep(work, replace(case, satisfaction=score))
    work.record("client", "case_rated", case=case.case_id)


def fold_eva_rated(work: Work, fact: Fact) -> None:
    """How well Eva has answered alone, 1 to 5: only the sums of the month are kept."""
    score = fact.payload.get("score")
    if score not in (1, 2, 3, 4, 5):
        return
    month = local_day(work.app.process, fact.at).isoformat()[:7]
    count, total = work.dossier.eva_ratings.get(month, (0, 0))
    work.set(eva_ratings={**work.dossier.eva_ratings, month: (count + 1, total + score)})
    work.record("client", "eva_rated")


def fold_payment(work: Work, fact: Fact) -> None:
    """A payment of which something was not believed: recorded, and where a person must look at it, a case of its own."""
    reason, order_id = str(fact.payload.get("reason", ""))[:60], str(fact.payload.get("order_id", ""))[:60]
    work.record("client", "payment_refused", order_id=order_id, reason=reason)
    why = work.app.process.payments.reviews.get(reason)
    case_id = case_id_of(hashlib.sha256(fact.event_id.encode()).digest())
    if why is None or case_id in work.dossier.cases:
        return
    _keep(work, Case(case_id, PAYMENT, {"order": order_id, "reason": why}, fact.at, work.dossier.portal_email or ""))
    work.record("client", "case_opened", case=case_id)


# --- what is decided -----------------------------------------------------------------------------------------------------------


def decided(work: Work, case: Case, decision: Decision, state: CaseState) -> None:
    """Keep what somebody said about a case. What an approval brings about is done by `move_on`."""
    ends = state not in OPEN_CASES
    answered = case.answered_at or (decision.at if decision.by != SYSTEM else None)
    closed = decision.at if ends else None
    kept = replace(case, state=state, decisions=(*case.decisions, decision), answered_at=answered, closed_at=closed)
    _keep(work, kept)


def _ended(case: Case, state: CaseState, reason: str, now: datetime) -> Case:
    decision = Decision(SYSTEM, now, REFUSED, reason)
    return replace(case, state=state, decisions=(*case.decisions, decision), closed_at=now)


# --- time passes ---------------------------------------------------------------------------------------------------------------


def move_on(work: Work) -> None:
    """Pay approved refunds into the ledger, follow the changes that cases have opened, end what waits when the service has ended."""
    for kind, case in known_cases(work.app.process, work.dossier):
        if is_to_pay(kind, case):
            _pay(work, case)
        elif case.state in OPEN_CASES and work.dossier.state is State.ARCHIVED:
            _end(work, case, CaseState.WITHDRAWN, "ended")
        elif case.state in OPEN_CASES and case.change_id in work.dossier.changes:
            _follow(work, case, work.dossier.changes[case.change_id])


def _pay(work: Work, case: Case) -> None:
    """The refund enters the ledger under the number of its case, so that it does so once whatever dies."""
    day, amount = local_day(work.app.process, case.closed_at or work.now), case.amount or ZERO
    if not is_paid(work.app, work.dossier, case):
        try:
            ledger.refund(work.app, work.dossier.client_id, case.case_id, amount, day)
        except DataError:
            # Between the second signature and now the credit has paid something else.
            _end(work, case, CaseState.REFUSED, "credit_gone")
            return
    _keep(work, replace(case, state=CaseState.DONE))
    work.record(SYSTEM, "case_paid", case=case.case_id)


def _follow(work: Work, case: Case, change: Change) -> None:
    """A case whose change was decided ends with it; what was refused in confidence goes on waiting for everybody else."""
    state = change_rules.open_state(work.app.process, change)
    ends = {
        ChangeState.IN_FORCE: CaseState.APPROVED,
        ChangeState.REFUSED: CaseState.REFUSED,
        ChangeState.WITHDRAWN: CaseState.REFUSED,
    }
    if state in ends:
        approved = ends[state] is CaseState.APPROVED
        at = change.decided_at or work.now
        kept = replace(case, state=ends[state], answered_at=case.answered_at or at, closed_at=work.now)
        decision = Decision(SYSTEM, work.now, APPROVED if approved else REFUSED)
        _keep(work, replace(kept, decisions=(*case.decisions, decision)))
        work.record(SYSTEM, "case_closed", case=case.case_id)


def _end(work: Work, case: Case, state: CaseState, reason: str) -> None:
    _keep(work, _ended(case, state, reason, work.now))
    work.record(SYSTEM, "case_closed", case=case.case_id)
