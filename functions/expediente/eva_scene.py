"""What Eva's answers are made from and of: who asks, what was said so far, what is said back. Templates of the table, filled once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from expediente import ledger
from expediente.deadlines import local_day
from expediente.eva_rules import AskedField, EvaRules, Intent
from expediente.portal_data import Conversation, Offer

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.model import Dossier
    from expediente.portal_session import Entered

_NAME = re.compile(r"\{([a-z_]+)\}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """A sentence of the table with its `{names}` replaced, once: what a value holds is never looked at again.

    >>> fill("Caso {case}: {text}", {"case": "K1", "text": "{case}"})
    'Caso K1: {case}'
    """
    return _NAME.sub(lambda match: values.get(match[1], match[0]), template)


@dataclass(frozen=True)
class Scene:
    """Who talks with Eva and when. who: None = a visitor."""

    app: App
    who: Entered | None
    now: datetime

    @property
    def rules(self) -> EvaRules:
        """Her table."""
        return self.app.process.eva

    @property
    def dossier(self) -> Dossier:
        """The client's. :raises LookupError: a visitor has none."""
        if self.who is None:
            raise LookupError("a visitor has no dossier; the intent must say in `needs` who may ask")
        return self.who.dossier

    @property
    def day(self) -> date:
        """Today, where the company works."""
        return local_day(self.app.process, self.now)

    def position(self) -> ledger.Position:
        """What the client who has entered owes; never anybody else's."""
        return ledger.position(self.app, self.dossier.client_id, self.day)

    def money(self, amount: Decimal) -> str:
        """An amount as people write it."""
        return self.app.process.company.money(amount)

    @cached_property
    def common(self) -> dict[str, str]:
        """What any sentence may name."""
        company = self.app.process.company
        return {
            "company": company.short_name,
            "client": self.who.dossier.intake.client.legal_name if self.who else "",
            "privacy": company.privacy_notice,
            "customer_service_email": company.customer_service_email,
            "customer_service_phone": company.customer_service_phone,
            "customer_service_hours": company.customer_service_hours,
            "day": day_text(self.day),
        }

    def text(self, key: str, **values: str) -> str:
        """One of the sentences for any conversation."""
        return fill(self.rules.texts[key], {**self.common, **values})

    def offer(self, button: str, pick: str) -> Offer:
        """A button that says something to Eva."""
        return Offer(self.rules.buttons[button], pick)


COMMON = (
    "company",
    "client",
    "privacy",
    "customer_service_email",
    "customer_service_phone",
    "customer_service_hours",
    "day",
)


@dataclass(frozen=True)
class Asking:
    """A request that is being talked about. said: field -> value as `eva_values` keeps it; text: the message with which it began."""

    scene: Scene
    intent: Intent
    talk: Conversation
    text: str = ""

    @property
    def said(self) -> dict[str, str]:
        """What is known so far."""
        return self.talk.said

    def reply(self, key: str, **values: str) -> str:
        """One of the sentences of this request."""
        return fill(self.intent.replies[key], {**self.scene.common, **values})

    def asked(self, key: str) -> AskedField:
        """The field of that name. :raises KeyError: the request asks no such thing."""
        return next(one for one in (*self.intent.fields, *self.intent.visitor_fields) if one.key == key)


@dataclass(frozen=True)
class Reply:
    """What Eva says. offers: buttons before the usual ones; over: nothing more is asked, though fields are open; sent: something was sent."""

    text: str = ""
    offers: tuple[Offer, ...] = ()
    over: bool = False
    sent: bool = False


@dataclass(frozen=True)
class Doing:
    """The code behind `does` of an intent.

    finish: answers, and does what was asked; begin: what is said before the first question; check: why a value cannot stand ('' = it
    can); skips: fields that are not asked; values: what its questions may name, listed in names. adjust: a value as it is kept, from how
    it was read and the whole text; before: what happens before a field is asked for, a sentence = it cannot be, and the request is over.
    replies: its sentences and what each may name.
    """

    finish: Callable[[Asking], Reply]
    replies: dict[str, tuple[str, ...]]
    begin: Callable[[Asking], Reply] = lambda asking: Reply()
    check: Callable[[Asking, AskedField, str], str] = lambda asking, asked, value: ""
    skips: Callable[[Asking], frozenset[str]] = lambda asking: frozenset()
    values: Callable[[Asking], dict[str, str]] = lambda asking: {}
    adjust: Callable[[Asking, AskedField, str, str], str] = lambda asking, asked, value, text: value
    before: Callable[[Asking, AskedField], Conversation | str] = lambda asking, asked: asking.talk
    names: tuple[str, ...] = ()


def day_text(day: date) -> str:
    """A day in figures, as in Panama: `01/07/2027`."""
    return f"{day:%d/%m/%Y}"
