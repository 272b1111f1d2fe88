"""Payments at a gateway: an order is begun, told of by notices in any order, asked for when none comes, and applied once.

Applied means: a movement in the ledger whose reference is the order's id, then one commit with the order's state, the receipt and a fact
for the dossier's chain. Whoever dies in between is followed by the next notice or the next look, which find the movement there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from expediente import codec, ledger, payment_receipt
from expediente.deadlines import local_day
from expediente.errors import ConflictError, DataError, ExpedienteError
from expediente.gateway import GatewayError, Notice, OrderTakenError, Start
from expediente.ids import new_order_id
from expediente.ledger_data import Movement, MovementKind
from expediente.model import Dossier, Fact
from expediente.portal_data import Order, OrderState
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.payment_choice import Choice
    from expediente.payment_rules import MethodRule, StateWords
    from expediente.process import Process

_log = logging.getLogger(__name__)

T = TypeVar("T")
FACT_KIND = "portal"
OPEN = frozenset({OrderState.STARTED, OrderState.PENDING})
_ENDS_UNPAID = (OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED)
_TRIES = 12
_MOST_NOTICES = 30
# How far back payments are looked through for those that have not ended.
_MOST_RECENT = 100
_ORDER = re.compile(r"[0-9A-Za-z]{1,15}")
# Beyond any time that a payment is made at.
_FAR_SECONDS = 99_999_999_999

# (where an order stands, what is said of it) -> where it stands then. What is not here changes nothing: money that came stays, and
# only money that comes changes an order that had ended.
MOVES: dict[tuple[OrderState, OrderState], OrderState] = {
    (OrderState.STARTED, OrderState.PENDING): OrderState.PENDING,
    **{(state, OrderState.APPLIED): OrderState.APPLIED for state in (*OPEN, *_ENDS_UNPAID)},
    **{(state, end): end for state in OPEN for end in _ENDS_UNPAID},
    (OrderState.EXPIRED, OrderState.REJECTED): OrderState.REJECTED,
    (OrderState.EXPIRED, OrderState.CANCELLED): OrderState.CANCELLED,
}


class Took(StrEnum):
    """What was done with a notice. KNOWN: it changed nothing."""

    APPLIED = "applied"
    CHANGED = "changed"
    KNOWN = "known"
    REFUSED = "refused"
    UNKNOWN_ORDER = "unknown_order"


class TooManyOrdersError(ExpedienteError):
    """A client has too many payments that have not ended. Example: a program that begins one after the other."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"{client_id} has too many open payments; wait until some have ended")


# --- beginning -----------------------------------------------------------------------------------------------------------------


def methods(app: App) -> tuple[MethodRule, ...]:
    """The ways to pay that this installation offers."""
    return tuple(rule for rule in app.process.payments.methods if not rule.gateway or rule.gateway in app.gateways)


def open_order(app: App, dossier: Dossier, method: MethodRule, choice: Choice) -> Order:
    """The order of a choice: the one that is open for the same choice, or a new one. A double click gives the same order twice.

    :raises TooManyOrdersError: the client has begun many and ended none.
    """
    claim = _claim(dossier.client_id, method, choice)
    return _again(lambda: _open_order(app, dossier, method, choice, claim))


def _open_order(app: App, dossier: Dossier, method: MethodRule, choice: Choice, claim: str) -> Order:
    found = app.store.get("unique", claim)
    known = order_of(app, found.data["order_id"]) if found else None
    if known is not None and known.state in OPEN:
        return known
    most = app.process.payments.limits.most_open
    if sum(order.state in OPEN for order in orders_of(app, dossier.client_id, _MOST_RECENT)) >= most:
        raise TooManyOrdersError(dossier.client_id)
    now = app.clock.now()
    order_id = new_order_id()
    order = Order(
        order_id=order_id,
        client_id=dossier.client_id,
        dossier_id=dossier.dossier_id,
        gateway=method.gateway,
        method=method.key,
        amount=choice.amount,
        currency=ledger.account_of(app, dossier.client_id).currency,
        at=now,
        place=place_of(now, order_id),
        chosen=choice.chosen,
        state=OrderState.STARTED if method.gateway else OrderState.PENDING,
        claim=claim,
        next_look_at=now + _pause(app, method.gateway, 0),
    )
    data = {"order_id": order_id}
    move: Write = Update("unique", claim, data, found.version) if found else Create("unique", claim, data)
    app.store.commit([Create("order", order_id, codec.to_data(order)), move])
    app.metrics.commits += 1
    return order


def begin(app: App, dossier: Dossier, method: MethodRule, choice: Choice) -> tuple[Order, Start | None]:
    """Open an order and begin it at its gateway. None = there is nothing to go to: a transfer, or the gateway is already busy with it.

    :raises GatewayError: the gateway does not answer; the order stays and is asked for.
    :raises TooManyOrdersError: see `open_order`.
    """
    order = open_order(app, dossier, method, choice)
    if not order.gateway or order.state is OrderState.PENDING:
        return order, None
    try:
        return order, _start(app, order, method)
    except OrderTakenError:
        # That order was begun before, and what became of it will be told: another try is another order.
        let_go(app, dossier, method, choice)
        order = open_order(app, dossier, method, choice)
        return order, _start(app, order, method)


def _start(app: App, order: Order, method: MethodRule) -> Start:
    site = app.settings.portal_url
    return app.gateways[order.gateway].start(order, method, f"{site}/pagos/{order.order_id}", f"{site}/avisos/{order.gateway}")


def let_go(app: App, dossier: Dossier, method: MethodRule, choice: Choice) -> None:
    """Let the next order of the same choice be a new one; the old one goes on by itself."""
    found = app.store.get("unique", _claim(dossier.client_id, method, choice))
    if found is not None:
        app.store.commit([Update("unique", found.key, {"order_id": ""}, found.version)])


def _claim(client_id: str, method: MethodRule, choice: Choice) -> str:
    said = [client_id, method.key, str(choice.amount), *(f"{one.number}={one.amount}" for one in choice.pays)]
    return f"order/{codec.digest(chr(10).join(said))}"


def place_of(at: datetime, order_id: str) -> str:
    """The order of a payment in lists, the newest first: stores list upwards only."""
    return f"{_FAR_SECONDS - int(at.timestamp()):011d}/{order_id}"


# --- looking -------------------------------------------------------------------------------------------------------------------


def order_of(app: App, order_id: str) -> Order | None:
    """An order, or None."""
    read = app.store.get("order", order_id) if _ORDER.fullmatch(order_id) else None
    return codec.from_data(Order, read.data) if read else None


def own_order(app: App, client_id: str, order_id: str) -> Order | None:
    """An order of that client; None for another's, as for one that does not exist."""
    order = order_of(app, order_id)
    return order if order and order.client_id == client_id else None


def orders_of(app: App, client_id: str, limit: int) -> list[Order]:
    """The last orders of a client, the newest first."""
    reads = app.store.query("orders_of_client", equals=client_id, limit=limit)
    return [codec.from_data(Order, read.data) for read in reads]


def words(process: Process, order: Order) -> StateWords:
    """How a payment stands, as its client reads it."""
    rules = process.payments
    return rules.review if set(order.refused) & set(rules.reviews) else rules.states[order.state.value]


# --- notices -------------------------------------------------------------------------------------------------------------------


def take_notice(app: App, gateway: str, notice: Notice) -> Took:
    """Take in what a gateway said, its signature checked: once, in any order, for the order's amount alone.

    :raises ConflictError: the records change without end; whoever told tells again.
    """
    return _again(lambda: _take(app, gateway, notice))


def _take(app: App, gateway: str, notice: Notice) -> Took:
    read = app.store.get("order", notice.order_id) if _ORDER.fullmatch(notice.order_id) else None
    order = codec.from_data(Order, read.data) if read else None
    if read is None or order is None:
        return Took.UNKNOWN_ORDER
    reason = _mismatch(app, order, gateway, notice)
    if reason:
        return _refuse(app, read, order, reason)
    state = MOVES.get((order.state, notice.state))
    if state is None:
        reason = _after_paid(order, notice)
        return _refuse(app, read, order, reason) if reason else Took.KNOWN
    heard = (*order.notices, notice.notice_id)[-_MOST_NOTICES:]
    changed = replace(order, state=state, notices=heard, gateway_ref=notice.gateway_ref or order.gateway_ref)
    if state is OrderState.APPLIED:
        return _pay(app, read, changed)
    next_look = order.next_look_at if state in OPEN else None
    app.store.commit([Update("order", order.order_id, codec.to_data(replace(changed, next_look_at=next_look)), read.version)])
    app.metrics.commits += 1
    return Took.CHANGED


def _pay(app: App, read: Read, order: Order) -> Took:
    """Put a payment into the ledger and settle its order; a look finds it there should we die in between."""
    if order.next_look_at is None:
        before = replace(codec.from_data(Order, read.data), next_look_at=app.clock.now())
        (version,) = app.store.commit([Update("order", order.order_id, codec.to_data(before), read.version)])
        read = Read(read.kind, read.key, codec.to_data(before), version)
    _apply(app, order)
    found = _in_ledger(app, order)
    if found is None or found.amount != order.amount:
        return _refuse(app, read, replace(order, state=OrderState.EXPIRED, next_look_at=None), "monto_no_coincide")
    _settle(app, read, order)
    return Took.APPLIED


def _after_paid(order: Order, notice: Notice) -> str:
    """What is wrong with a notice about a payment that is in the ledger: it was taken back, or taken twice; '' = nothing."""
    if order.state is not OrderState.APPLIED:
        return ""
    if notice.state in _ENDS_UNPAID:
        return "reverso_tras_pago"
    another = notice.gateway_ref and order.gateway_ref and notice.gateway_ref != order.gateway_ref
    return "segundo_cobro" if notice.state is OrderState.APPLIED and another else ""


def _mismatch(app: App, order: Order, gateway: str, notice: Notice) -> str:
    if order.gateway != gateway:
        return "pasarela_no_coincide"
    if notice.amount is not None and notice.amount != order.amount:
        return "monto_no_coincide"
    if notice.currency and notice.currency != app.process.payments.gateway_currency:
        return "moneda_no_coincide"
    return ""


def refuse(app: App, gateway: str, order_id: str, reason: str) -> None:
    """Write down that a notice of an order was not believed: once for each reason, however often it comes."""

    def once() -> Took:
        read = app.store.get("order", order_id)
        order = codec.from_data(Order, read.data) if read else None
        return _refuse(app, read, order, reason) if read and order and order.gateway == gateway else Took.UNKNOWN_ORDER

    if _ORDER.fullmatch(order_id):
        _again(once)


def _refuse(app: App, read: Read, order: Order, reason: str) -> Took:
    """Keep an order with the reason for which something of it was not believed, told to the chain once for each reason."""
    fresh = reason not in order.refused
    changed = replace(order, refused=(*order.refused, reason)) if fresh else order
    writes: list[Write] = []
    if changed != codec.from_data(Order, read.data):
        writes.append(Update("order", order.order_id, codec.to_data(changed), read.version))
    if fresh:
        payload: dict[str, object] = {"what": "payment_refused", "order_id": order.order_id, "reason": reason}
        writes.append(_fact(app, order, f"refused-{reason}", payload))
    if writes:
        app.store.commit(writes)
        app.metrics.commits += 1
    if fresh:
        _log.warning("notice refused", extra={"order": order.order_id, "reason": reason, "alert": "payment"})
        _wake(app, order, "")
    return Took.REFUSED


# --- applying ------------------------------------------------------------------------------------------------------------------


def _apply(app: App, order: Order) -> None:
    """Put the payment into the ledger unless it is there."""
    today = local_day(app.process, app.clock.now())
    label = getattr(app.process.payments.method(order.method), "label", order.method)
    kind = MovementKind.PAYMENT
    movement = Movement(order.client_id, order.order_id, kind, today, order.amount, order.currency, note=label)
    try:
        ledger.apply_movement(app, movement, order.chosen)
    except DataError:
        # What was chosen has been annulled meanwhile; the money came all the same and pays the oldest.
        ledger.apply_movement(app, movement)


def _settle(app: App, read: Read, order: Order) -> None:
    """Store that an order is paid, with its receipt and the fact for the chain, in one commit."""
    settled = replace(order, next_look_at=None)
    writes: list[Write] = [Update("order", order.order_id, codec.to_data(settled), read.version)]
    writes.append(_fact(app, order, "paid", {"what": "paid", "order_id": order.order_id}))
    mail = payment_receipt.mail_of(app, settled)
    if mail is not None:
        writes.append(Create("outbox", mail.mail_id, codec.to_data(mail)))
    app.store.commit(writes)
    app.metrics.commits += 1
    _wake(app, order, mail.sender if mail else "")


def _fact(app: App, order: Order, name: str, payload: dict[str, object]) -> Create:
    fact = Fact(f"portal-{order.order_id}-{name}", order.dossier_id, FACT_KIND, app.clock.now(), "expediente", payload)
    return Create("inbox", fact.event_id, codec.to_data(fact))


def _wake(app: App, order: Order, sender: str) -> None:
    """Publish what waits; that Pub/Sub cannot be reached is no failure, the clock finds it."""
    try:
        app.publish_work(order.dossier_id)
        if sender:
            app.publish_mail(sender)
    except ExpedienteError:
        _log.warning("work was not published; the clock will", extra={"dossier": order.dossier_id})


# --- asking --------------------------------------------------------------------------------------------------------------------


def wake(app: App) -> None:
    """The clock's minute: have those orders looked at that are due, so many a minute."""
    most = app.process.payments.asking.most_a_minute
    for read in app.store.query("due_orders", until=codec.stamp(app.clock.now()), limit=most):
        app.publish_order(read.key)


def look(app: App, order_id: str) -> None:
    """Find out what became of an order that is due: in the ledger, then at its gateway; else look again later, or give up."""
    _again(lambda: _look(app, order_id))


def _look(app: App, order_id: str) -> None:
    read = app.store.get("order", order_id)
    order = codec.from_data(Order, read.data) if read else None
    now = app.clock.now()
    if read is None or order is None or order.next_look_at is None or order.next_look_at > now:
        return
    found = _in_ledger(app, order)
    if found is not None and found.amount == order.amount:
        _settle(app, read, replace(order, state=OrderState.APPLIED))
        return
    if found is not None:
        # What came is in the ledger; that it is not what was asked for is for a person to see.
        ended = replace(order, state=OrderState.EXPIRED, next_look_at=None)
        _refuse(app, read, ended, "monto_no_coincide")
        return
    notice = _asked(app, order)
    if notice is not None and take_notice(app, order.gateway, notice) is not Took.KNOWN:
        read = app.store.get("order", order_id)
        order = codec.from_data(Order, read.data) if read else None
        if read is None or order is None or order.next_look_at is None:
            return
    later = now + _pause(app, order.gateway, order.asked + 1)
    changed = replace(order, asked=order.asked + 1, next_look_at=later)
    if now >= _gives_up(app, order):
        changed = replace(changed, state=OrderState.EXPIRED, next_look_at=None)
        _log.warning("payment given up", extra={"order": order_id, "alert": "payment"})
    app.store.commit([Update("order", order_id, codec.to_data(changed), read.version)])
    app.metrics.commits += 1


def _in_ledger(app: App, order: Order) -> Movement | None:
    """The payment that the accounting system, or a life of ours that died, has put into the ledger under the order's id."""
    read = app.store.get("movement", f"{order.client_id}/{order.order_id}")
    found = codec.from_data(Movement, read.data) if read else None
    return found if found is not None and found.kind is MovementKind.PAYMENT and not found.voided else None


def _asked(app: App, order: Order) -> Notice | None:
    gateway = app.gateways.get(order.gateway)
    try:
        return gateway.ask(order) if gateway else None
    except GatewayError as error:
        _log.warning("gateway not asked", extra={"order": order.order_id, "reason": error.what})
        return None


def _pause(app: App, gateway: str, asked: int) -> timedelta:
    rules = app.process.payments
    if not gateway:
        return timedelta(minutes=rules.transfers.look_every_minutes)
    pauses = (rules.asking.first_after_minutes, *rules.asking.pauses_minutes)
    return timedelta(minutes=pauses[min(asked, len(pauses) - 1)])


def _gives_up(app: App, order: Order) -> datetime:
    rules = app.process.payments
    waits = (
        timedelta(hours=rules.asking.give_up_after_hours) if order.gateway else timedelta(days=rules.transfers.give_up_after_days)
    )
    return order.at + waits


def _again(work: Callable[[], T]) -> T:
    """Do it, from the start when a record has changed meanwhile. :raises ConflictError: it changes all the time."""
    for _ in range(_TRIES - 1):
        try:
            return work()
        except ConflictError:
            continue
    return work()
