"""The first page of the portal: the account at a glance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import ledger
from expediente.deadlines import local_day
from expediente.portal import PortalPage, PortalVisit
from expediente.portal_session import WHOLE

if TYPE_CHECKING:
    from flask import Response

    from expediente.ledger import Position


@dataclass(frozen=True)
class Age:
    """A part of what is owed. key: '' = not due yet, or of `ledger.AGEING`; begins, width: of its stretch in a bar of 100."""

    key: str
    shade: int
    amount: Decimal
    begins: Decimal
    width: Decimal


def home(visit: PortalVisit) -> Response:
    """How the client stands, and what it may do here."""
    if visit.client.may != WHOLE:
        return visit.show("home.html", position=None, ages=[])
    app = visit.app
    position = ledger.position(app, visit.client.session.client_id, local_day(app.process, app.clock.now()))
    return visit.show("home.html", position=position, ages=ages(position))


def ages(position: Position) -> list[Age]:
    """What is owed by its age, the youngest first; ages without anything are left out."""
    amounts = {"": position.owed - position.overdue, **position.buckets}
    found: list[Age] = []
    begins = Decimal(0)
    for shade, (key, amount) in enumerate(amounts.items()):
        if amount > 0:
            width = (amount * 100 / position.owed).quantize(Decimal("0.01"))
            found.append(Age(key, shade, amount, begins, width))
            begins += width
    return found


PAGES = (PortalPage(re.compile("/"), home),)
