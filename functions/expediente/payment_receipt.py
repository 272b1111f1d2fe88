"""The receipt of a payment: what it paid, as a mail to the client's contact and as lines of a page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import codec
from expediente.deadlines import local_day
from expediente.ledger_data import Allocation, Movement
from expediente.mails import Line, MailContext, Table, outgoing
from expediente.model import Dossier, OutgoingMail
from expediente.portal_data import Order
from expediente.texts import clean_text

if TYPE_CHECKING:
    from expediente.bootstrap import App

MAIL = "pago_recibido"
_LABEL_MM, _LINE_MM, _PAD_MM = 60.0, 5.5, 2.0


@dataclass(frozen=True)
class Paid:
    """What a payment settled. rest: what is credit in the client's favour; there: whether the ledger has the payment at all."""

    allocations: tuple[Allocation, ...]
    rest: Decimal
    there: bool = True


def paid_by(app: App, order: Order) -> Paid:
    """What the ledger says that this payment settled; nothing while it is not there, or for an amount that was not asked for."""
    read = app.store.get("movement", f"{order.client_id}/{order.order_id}")
    movement = codec.from_data(Movement, read.data) if read else None
    if movement is None or movement.voided or movement.amount != order.amount:
        return Paid((), Decimal(0), there=False)
    return Paid(movement.allocations, movement.rest)


def pdf_of(app: App, order: Order, dossier: Dossier) -> bytes:
    """The receipt as PDF, the same bytes each time for the same ledger."""
    from expediente.pdf_page import LetterPage  # fpdf is heavy, and needed for this alone

    process, words = app.process, app.process.payments.receipt
    client, money, paid = dossier.intake.client, process.company.money, paid_by(app, order)
    method = process.payments.method(order.method)
    lines = [
        (words["client"], client.legal_name),
        (words["ruc"], f"{client.ruc} DV {client.dv}" if client.dv else client.ruc),
        (words["date"], local_day(process, order.at).strftime("%d/%m/%Y")),
        (words["method"], method.label if method else order.method),
        (words["reference"], order.order_id),
        (words["amount"], money(order.amount)),
        *((f"{words['item']} {one.number}", money(one.amount)) for one in paid.allocations),
        *([(words["credit"], money(paid.rest))] if paid.rest > 0 else []),
    ]
    pdf = LetterPage(words["foot"].format(company=process.company.name), process.labels["page"], words["title"], order.at)
    pdf.band(process.company.short_name, order.order_id, words["title"])
    pdf.ln(4)
    for label, value in lines:
        pdf.row(clean_text(label), clean_text(value), label_mm=_LABEL_MM, line_mm=_LINE_MM, pad_mm=_PAD_MM)
    return bytes(pdf.output())


def mail_of(app: App, order: Order) -> OutgoingMail | None:
    """The receipt to the contact in force; None when the client has none any more."""
    read = app.store.get("dossier", order.dossier_id)
    dossier = codec.from_data(Dossier, read.data) if read else None
    if dossier is None or not dossier.portal_email:
        return None
    process, money, now = app.process, app.process.company.money, app.clock.now()
    paid = paid_by(app, order)
    method = process.payments.method(order.method)
    words = process.payments.receipt
    facts = (
        Line(words["amount"], money(order.amount)),
        Line(words["method"], method.label if method else order.method),
        Line(words["reference"], order.order_id),
    )
    rows = [(one.number, money(one.amount)) for one in paid.allocations]
    rows += [(words["credit"], money(paid.rest))] if paid.rest > 0 else []
    context = MailContext(
        dossier_id=dossier.dossier_id,
        client_name=dossier.intake.client.legal_name,
        code=dossier.denarius_code or "",
        day=local_day(process, now),
        link=f"{app.settings.portal_url}/pagos/{order.order_id}",
        facts=facts,
        table=Table((words["item"], words["paid"]), tuple(rows)),
    )
    return outgoing(process, MAIL, f"receipt/{order.order_id}", dossier.portal_email, context, now, dossier_id=dossier.dossier_id)
