"""What Eva says of a client's account, and what she takes for it: refunds and credit. Every figure is the ledger's, to the cent."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal

from expediente import cases, credit
from expediente.cases import ACCOUNT
from expediente.eva_cases import NAMES, hand_over, no_room, told
from expediente.eva_rules import AskedField
from expediente.eva_scene import Asking, Doing, Reply, day_text
from expediente.eva_values import shown
from expediente.ids import case_id_of
from expediente.ledger import Position
from expediente.ledger_data import ZERO

_BY = re.compile(r"\ben\s+(?:B/?\.?|USD|\$)?\s*[0-9]|[0-9]\s*(?:m[aá]s|adicional)", re.IGNORECASE)
_BANK = ("bank", "account_kind", "account_number")
_AMOUNT = "amount"


# --- the account ---------------------------------------------------------------------------------------------------------------

STATEMENT: dict[str, tuple[str, ...]] = {
    "main": ("balance",),
    "clear": (),
    "overdue": ("overdue", "days"),
    "not_overdue": (),
    "ageing": ("ageing",),
    "age": ("range", "amount"),
    "next": ("number", "amount", "due"),
    "credit": ("credit",),
    "limit": ("limit", "usage"),
    **{f"age_{name}": () for name in ("1_30", "31_60", "61_90", "mas_90")},
}


def statement(asking: Asking) -> Reply:
    """Balance, what is overdue and how long, what is due next, credit in favour, limit and use."""
    position, money = asking.scene.position(), asking.scene.money
    if not position.owed:
        lines = [asking.reply("clear")]
    else:
        lines = [asking.reply("main", balance=money(max(position.balance, ZERO)))]
        if position.overdue:
            lines.append(asking.reply("overdue", overdue=money(position.overdue), days=str(position.max_days_late)))
            lines.append(asking.reply("ageing", ageing=_ageing(asking, position)))
        else:
            lines.append(asking.reply("not_overdue"))
        ahead = next((item for item in position.items if item.due_on >= asking.scene.day), None)
        if ahead is not None:
            lines.append(asking.reply("next", number=ahead.number, amount=money(ahead.balance), due=day_text(ahead.due_on)))
    if position.credit:
        lines.append(asking.reply("credit", credit=money(position.credit)))
    if position.usage is not None:
        lines.append(asking.reply("limit", limit=money(position.limit), usage=percent(position.usage)))
    return Reply("\n".join(lines))


def _ageing(asking: Asking, position: Position) -> str:
    """The ages that have something in them; keys of the ledger, names of the table."""
    parts = [
        asking.reply("age", range=asking.reply(f"age_{key.replace('-', '_')}"), amount=asking.scene.money(amount))
        for key, amount in position.buckets.items()
        if amount
    ]
    return "; ".join(parts)


def percent(share: Decimal) -> str:
    """A share as a percentage with two decimals."""
    return f"{share * 100:.2f}"


PAY: dict[str, tuple[str, ...]] = {"main": ("balance",), "overdue": ("overdue",), "clear": ()}


def pay(asking: Asking) -> Reply:
    """What can be paid now; the page of payments does the rest."""
    position, money = asking.scene.position(), asking.scene.money
    if not position.owed:
        return Reply(asking.reply("clear"), over=True)
    lines = [asking.reply("main", balance=money(position.owed))]
    if position.overdue:
        lines.append(asking.reply("overdue", overdue=money(position.overdue)))
    return Reply("\n".join(lines))


# --- refunds -------------------------------------------------------------------------------------------------------------------


def _refund_begins(asking: Asking) -> Reply:
    scene = asking.scene
    position, most = scene.position(), cases.refundable(scene.app, scene.dossier)
    if most <= ZERO:
        key = "none" if not position.credit else "none_debts" if position.owed else "none_asked"
        return Reply(asking.reply(key, credit=scene.money(position.credit), owed=scene.money(position.owed)), over=True)
    key = "after_debts" if position.owed else "main"
    return Reply(asking.reply(key, credit=scene.money(position.credit), owed=scene.money(position.owed), max=scene.money(most)))


def _refund_check(asking: Asking, asked: AskedField, value: str) -> str:
    most = cases.refundable(asking.scene.app, asking.scene.dossier)
    if asked.key == _AMOUNT and Decimal(value) > most:
        return asking.reply("too_much", max=asking.scene.money(most))
    return ""


def _knows_account(asking: Asking) -> bool:
    """Whether an account for refunds is approved or being looked at."""
    dossier = asking.scene.dossier
    return cases.account_in_force(dossier) is not None or any(one.kind == ACCOUNT for one in cases.open_cases(dossier))


def _refund_skips(asking: Asking) -> frozenset[str]:
    return frozenset(_BANK) if _knows_account(asking) else frozenset()


def _refund_values(asking: Asking) -> dict[str, str]:
    return {"max": asking.scene.money(cases.refundable(asking.scene.app, asking.scene.dossier))}


def _refund(asking: Asking) -> Reply:
    """The case for two persons; with it, where none is known yet, the one about the account to which it is paid."""
    scene, amount = asking.scene, Decimal(asking.said[_AMOUNT])
    if amount > cases.refundable(scene.app, scene.dossier):
        return Reply(asking.reply("too_much", **_refund_values(asking)), over=True)
    account = None
    if not _knows_account(asking):
        other = case_id_of(hashlib.sha256(f"account\n{asking.talk.case_id}".encode()).digest())
        account = hand_over(asking, bank_said(asking), kind=ACCOUNT, case_id=other)
        if account is None:
            return no_room(asking)
    handed = hand_over(asking, {"reason": asking.said.get("reason", "")}, amount)
    return told(asking, handed, before=account, amount=scene.money(amount))


def bank_said(asking: Asking) -> dict[str, str]:
    """An account as a case says it: it is in the client's own name, whatever is written."""
    company = asking.scene.app.process.company
    said = {key: shown(asking.asked(key), asking.said.get(key, ""), {}, company) for key in _BANK}
    return {**said, "account_holder": asking.scene.dossier.intake.client.legal_name}


REFUND = Doing(
    _refund,
    {
        "main": ("credit",),
        "none": (),
        "none_debts": ("credit", "owed"),
        "none_asked": ("credit",),
        "after_debts": ("credit", "owed", "max"),
        "too_much": ("max",),
        "done": (*NAMES, "amount"),
    },
    begin=_refund_begins,
    check=_refund_check,
    skips=_refund_skips,
    values=_refund_values,
    names=("max",),
)


# --- credit --------------------------------------------------------------------------------------------------------------------


def _credit_begins(asking: Asking) -> Reply:
    """The present limit and how much of it is used."""
    position, money = asking.scene.position(), asking.scene.money
    if position.usage is None:
        return Reply(asking.reply("no_limit"))
    used = max(position.balance, ZERO)
    return Reply(asking.reply("main", limit=money(position.limit), used=money(used), usage=percent(position.usage)))


def _credit_adjusted(asking: Asking, asked: AskedField, value: str, text: str) -> str:
    """`en 500` and `500 más` ask for so much more; an amount alone is the new limit."""
    if asked.key == _AMOUNT and _BY.search(text[:500]):
        return f"{asking.scene.position().limit + Decimal(value):.2f}"
    return value


def _credit_check(asking: Asking, asked: AskedField, value: str) -> str:
    limit = asking.scene.position().limit
    if asked.key == _AMOUNT and Decimal(value) <= limit:
        return asking.reply("too_little", limit=asking.scene.money(limit))
    return ""


def _credit(asking: Asking) -> Reply:
    """What the rules say, at once and with their reasons; a person confirms it."""
    scene, wanted = asking.scene, Decimal(asking.said[_AMOUNT])
    limit = scene.position().limit
    if wanted <= limit:
        return Reply(asking.reply("too_little", limit=scene.money(limit)), over=True)
    rules, found = credit.credit_rules(scene.app.process.folder), credit.preapproval(scene.app, scene.dossier, wanted - limit)
    said = {"limit": scene.money(limit), "wanted": scene.money(wanted), "purpose": asking.said.get("purpose", "")}
    handed = hand_over(asking, said, wanted - limit)
    result = rules.results[found.result]
    reasons = " ".join(rules.sentence(reason) for reason in found.reasons)
    return told(asking, handed, outcome=result.label, reasons=reasons, amount=scene.money(wanted - limit))


CREDIT = Doing(
    _credit,
    {
        "main": ("limit", "used", "usage"),
        "no_limit": (),
        "too_little": ("limit",),
        "done": (*NAMES, "outcome", "reasons", "amount"),
    },
    begin=_credit_begins,
    check=_credit_check,
    adjust=_credit_adjusted,
)
