"""The pages of payments: what is open, what will be paid, how a payment stands, those that were made; and the door for notices.

No number of a card is ever typed here: the browser goes to the gateway. What comes back with the browser is not believed; a payment
stands as its record says, which notices and our own asking change.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.exceptions import HTTPException

from expediente import codec, ledger, payment_receipt, payments
from expediente.deadlines import local_day
from expediente.errors import ConflictError, ExpedienteError
from expediente.gateway import MOST_NOTICE_BYTES, GatewayError, NoticeRefusedError, Received, StartKind
from expediente.model import Fact
from expediente.page_render import redirect
from expediente.payment_choice import Choice, choose
from expediente.payment_means import means_of
from expediente.portal import PortalPage, PortalVisit
from expediente.portal_data import OrderState
from expediente.portal_documents import attached
from expediente.portal_session import WHOLE
from expediente.store import Create

if TYPE_CHECKING:
    from collections.abc import Mapping

    from expediente.payment_rules import MethodRule

_log = logging.getLogger(__name__)

_ITEM = "item_"
_CREDIT = "/pagos/saldo-a-favor"
_MOST_LISTED = 40
# The page of a payment looks again by itself, for as long as somebody may be waiting before it.
_REFRESH_SECONDS, _REFRESH_FOR = 8, timedelta(minutes=15)


def open_items(visit: PortalVisit) -> Response:
    """What is open, and how it may be paid."""
    return _list(visit, {}, "")


def use_credit(visit: PortalVisit) -> Response:
    """Settle the oldest due from what is in the client's favour; pressed twice it does so once."""
    visit.posted()
    dossier, now = visit.client.dossier, visit.app.clock.now()

    def told(used: Decimal, version: int) -> tuple[Create]:
        payload = {"what": "credit_used", "amount": str(used)}
        name = f"portal-{dossier.client_id}-credit-{version}"
        fact = Fact(name, dossier.dossier_id, payments.FACT_KIND, now, visit.client.session.address, payload)
        return (Create("inbox", fact.event_id, codec.to_data(fact)),)

    used = ledger.use_credit(visit.app, dossier.client_id, told)
    if used:
        try:
            visit.app.publish_work(dossier.dossier_id)
        except ExpedienteError:
            _log.warning("work was not published; the clock will", extra={"dossier": dossier.dossier_id})
    return _list(visit, {}, "", used=used)


def _list(visit: PortalVisit, said: Mapping[str, str], refused: str, status: int = 200, used: Decimal | None = None) -> Response:
    app, client_id = visit.app, visit.client.dossier.client_id
    rules, today = app.process.payments, local_day(app.process, app.clock.now())
    position = ledger.position(app, client_id, today)
    limits = {name: app.process.company.money(getattr(rules.limits, name)) for name in ("lowest", "highest")}
    return visit.show(
        "payments.html",
        status,
        position=position,
        shown=position.items[: rules.limits.most_shown],
        today=today,
        methods=payments.methods(app),
        on_the_way=[one for one in payments.orders_of(app, client_id, _MOST_LISTED) if one.state in payments.OPEN],
        said=said,
        used=used,
        credit_token=visit.token(_CREDIT),
        token=visit.token("/pagos"),
        refused=rules.refusals[refused].format(**limits) if refused else "",
    )


def review(visit: PortalVisit) -> Response:
    """What will be paid, before anything is begun; nothing is stored."""
    posted = visit.posted()
    said, numbers = posted.answers, _numbers(posted.answers)
    if posted.decision == "all":
        today = local_day(visit.app.process, visit.app.clock.now())
        items = ledger.position(visit.app, visit.client.dossier.client_id, today).items
        numbers, said = tuple(item.number for item in items), {**said, "amount": ""}
    return _reviewed(visit, said, numbers)


def _reviewed(visit: PortalVisit, said: Mapping[str, str], numbers: Sequence[str], *, changed: bool = False) -> Response:
    if not _all_own(visit, numbers):
        return visit.missing()
    choice, method = _choice(visit, said, numbers), _method(visit, said)
    if choice.refused or method is None:
        return _list(visit, said, choice.refused or "no_method", 422)
    gateway = visit.app.gateways.get(method.gateway)
    return visit.show(
        "payment_review.html",
        choice=choice,
        method=method,
        numbers=numbers,
        written=said.get("amount", ""),
        shown=_digest(choice),
        changed=changed,
        confirm=visit.token("/pagos/confirmar"),
        leads_to=gateway.hosts if gateway else (),
    )


def confirm(visit: PortalVisit) -> Response:
    """Begin the payment that was shown, and send the browser to its gateway."""
    said = visit.posted().answers
    numbers = _numbers(said)
    if not _all_own(visit, numbers):
        return visit.missing()
    choice, method = _choice(visit, said, numbers), _method(visit, said)
    if choice.refused or method is None:
        return _list(visit, said, choice.refused or "no_method", 422)
    if _digest(choice) != said.get("shown", ""):
        return _reviewed(visit, said, numbers, changed=True)
    try:
        order, start = payments.begin(visit.app, visit.client.dossier, method, choice)
    except payments.TooManyOrdersError:
        return _list(visit, said, "too_many", 429)
    except GatewayError as error:
        _log.warning("payment not begun", extra={"reason": error.what})
        return _list(visit, said, "gateway_down", 503)
    if start is None:
        return visit.go(f"/pagos/{order.order_id}")
    if start.kind is StartKind.BUTTON:
        hosts = visit.app.gateways[order.gateway].hosts
        return visit.show("payment_button.html", order=order, method=method, start=start, scripts_from=hosts)
    return redirect(start.address)


def order_page(visit: PortalVisit, order_id: str) -> Response:
    """How a payment stands; of one that was applied, its receipt."""
    app = visit.app
    order = payments.own_order(app, visit.client.dossier.client_id, order_id)
    if order is None:
        return visit.missing()
    rules, paid = app.process.payments, payment_receipt.paid_by(app, order)
    # What the ledger has is paid, though the order may learn of it later.
    state = OrderState.APPLIED if paid.there else order.state
    words = payments.words(app.process, replace(order, state=state))
    fresh = app.clock.now() - order.at < _REFRESH_FOR
    awaited = not order.gateway and state is OrderState.PENDING
    return visit.show(
        "payment.html",
        order=order,
        words=words,
        explains=rules.transfers.explains if awaited else words.explains,
        method=app.process.payments.method(order.method),
        paid=paid,
        means=means_of(app.process) if awaited else None,
        refresh=_REFRESH_SECONDS if order.gateway and state in payments.OPEN and fresh else 0,
        again=state in (OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED) and visit.client.may == WHOLE,
    )


def receipt(visit: PortalVisit, order_id: str) -> Response:
    """The receipt of a payment that is in the ledger, as PDF."""
    app, dossier = visit.app, visit.client.dossier
    order = payments.own_order(app, dossier.client_id, order_id)
    if order is None or not payment_receipt.paid_by(app, order).there:
        return visit.missing()
    name = f"{app.process.payments.receipt['title']} {order.order_id}.pdf"
    return attached(payment_receipt.pdf_of(app, order, dossier), "application/pdf", name)


def made(visit: PortalVisit) -> Response:
    """The payments that were made here, the newest first."""
    orders = payments.orders_of(visit.app, visit.client.dossier.client_id, _MOST_LISTED)
    rules = visit.app.process.payments
    words = {order.order_id: payments.words(visit.app.process, order) for order in orders}
    return visit.show("payments_made.html", orders=orders, words=words, methods={one.key: one for one in rules.methods})


def means(visit: PortalVisit) -> Response:
    """The company's account with its check value; for everybody, so that whoever got a mail can compare."""
    return visit.show("payment_means.html", means=means_of(visit.app.process))


def notice(visit: PortalVisit, gateway: str) -> Response:
    """A gateway's notice. By GET too where its published rules say so: the one place where a GET changes something.

    Answers 200 once it is taken in, known or not believed for its contents; 401 for a wrong signature; 503 = tell again later.
    """
    app, request = visit.app, visit.request
    found = app.gateways.get(gateway)
    if found is None:
        return visit.missing()
    if request.method != found.tells_by:
        return _told(405)
    request.max_content_length = MOST_NOTICE_BYTES
    try:
        body = request.get_data(cache=False)
    except HTTPException:
        return _told(413)
    received = Received(
        request.method, request.args.to_dict(), {name.lower(): value for name, value in request.headers.items()}, body
    )
    try:
        took = payments.take_notice(app, gateway, found.read_notice(received))
    except NoticeRefusedError as error:
        _log.warning("notice not believed", extra={"gateway": gateway, "reason": error.reason})
        payments.refuse(app, gateway, error.order_id, error.reason)
        return _told(401)
    except (GatewayError, ConflictError):
        _log.warning("notice not taken in", exc_info=True)
        return _told(503)
    return _told(404 if took is payments.Took.UNKNOWN_ORDER else 200)


def _told(status: int) -> Response:
    return Response("", status, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}, mimetype="text/plain")


def _numbers(said: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name.removeprefix(_ITEM) for name in said if name.startswith(_ITEM))


def _all_own(visit: PortalVisit, numbers: Sequence[str]) -> bool:
    """Whether all of them are items of this client; another's is as one that does not exist."""
    client_id = visit.client.dossier.client_id
    today = local_day(visit.app.process, visit.app.clock.now())
    owed = {item.number for item in ledger.position(visit.app, client_id, today).items}
    return all(number in owed or ledger.item(visit.app, client_id, number) is not None for number in numbers)


def _choice(visit: PortalVisit, said: Mapping[str, str], numbers: Sequence[str]) -> Choice:
    app = visit.app
    position = ledger.position(app, visit.client.dossier.client_id, local_day(app.process, app.clock.now()))
    return choose(position, numbers, said.get("amount", ""), app.process.payments.limits)


def _method(visit: PortalVisit, said: Mapping[str, str]) -> MethodRule | None:
    return next((rule for rule in payments.methods(visit.app) if rule.key == said.get("method", "")), None)


def _digest(choice: Choice) -> str:
    """What makes two choices the same to a reader."""
    lines = [f"{one.number}={one.amount}" for one in choice.pays]
    return codec.digest("\n".join((str(choice.amount), str(choice.excess), *lines)))


_ORDER = r"/pagos/(?P<order_id>[0-9A-Z]{15})"
PAGES = (
    PortalPage(re.compile("/pagos"), open_items, review, may=(WHOLE,)),
    PortalPage(re.compile("/pagos/confirmar"), post=confirm, may=(WHOLE,)),
    PortalPage(re.compile(_CREDIT), post=use_credit, may=(WHOLE,)),
    PortalPage(re.compile("/pagos/hechos"), made),
    PortalPage(re.compile("/pagos/medios"), means, may=()),
    PortalPage(re.compile(_ORDER), order_page),
    PortalPage(re.compile(_ORDER + "/recibo"), receipt),
    PortalPage(re.compile(r"/avisos/(?P<gateway>[a-z][a-z0-9_]{0,30})"), notice, notice, may=()),
)
