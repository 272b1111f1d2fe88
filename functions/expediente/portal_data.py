"""Records of the portal itself: links to enter, sessions, conversations, orders of payment, issued documents, prospects. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from expediente.case_data import Turn
from expediente.ledger_data import Allocation
from expediente.model import SCHEMA


@dataclass(frozen=True)
class LoginLink:
    """A link to enter, sent by mail; record `login`, key = SHA-256 of its token.

    address: of the mailbox; for which client it enters is chosen when it is used. '' = asked for by an address that enters nowhere.
    used_at: None = not yet; it is used once. Removed by night, with its mail.
    """

    address: str
    until: datetime
    used_at: datetime | None = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Counter:
    """How often something was asked in an hour; record `counter`, key `what/hash/hour`. until: end of the hour, when it may go."""

    count: int
    until: datetime
    schema: int = SCHEMA


@dataclass(frozen=True)
class Session:
    """Somebody who has entered; record `session`, key = SHA-256 of the id in the cookie. bound: hash of who may act for the client then."""

    dossier_id: str
    client_id: str
    address: str
    bound: str
    begun: datetime
    until: datetime
    schema: int = SCHEMA


@dataclass(frozen=True)
class Offer:
    """A button below what Eva said last. pick: what it says to her, '' = it leads to `path`, a page of the portal."""

    label: str
    pick: str = ""
    path: str = ""


@dataclass(frozen=True)
class Conversation:
    """What was said to Eva and what she asks now; record `conversation`, key = key of the session. asks: a field, '' = nothing.

    intent: the request that is being filled in; said: its answers; begun: when; case_id: the number that it will have, so that
    sending it twice sends it once. misses: how often in a row nothing was understood, or an answer refused. answered: Eva has settled
    something alone; rated: the client has said how well. proof: of the code that was sent to a new address, good until `proof_until`.
    until: end of its session, or of a visitor's cookie.
    """

    dossier_id: str
    turns: tuple[Turn, ...] = ()
    intent: str = ""
    asks: str = ""
    said: dict[str, str] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    case_id: str = ""
    begun: datetime | None = None
    misses: int = 0
    answered: bool = False
    rated: bool = False
    proof: str = ""
    proof_until: datetime | None = None
    until: datetime | None = None
    schema: int = SCHEMA


class OrderState(StrEnum):
    """Where a payment stands. pending: the gateway has said that it will know later; applied: in the ledger, once."""

    STARTED = "started"
    PENDING = "pending"
    APPLIED = "applied"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Order:
    """A payment at a gateway; record `order`, key = order_id: 15 letters and digits, never used again. amount = sum of what is chosen.

    chosen: what it is to pay; the rest of an amount goes to the oldest items when it is applied. notices: ids of those taken in.
    refused: reasons for which notices of it were not believed; asked: how often it was looked for. next_look_at: when it is looked for
    again, None = settled; claim: key of the `unique` that holds the choice for it; place: order in lists, the newest first (`payments.place_of`).
    """

    order_id: str
    client_id: str
    dossier_id: str
    gateway: str
    method: str
    amount: Decimal
    currency: str
    at: datetime
    place: str
    chosen: tuple[Allocation, ...] = ()
    state: OrderState = OrderState.STARTED
    gateway_ref: str = ""
    notices: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    asked: int = 0
    claim: str = ""
    next_look_at: datetime | None = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Issued:
    """A document that was made for a client; record `issued`, key = code. It says all that is needed to make the same bytes again.

    code: cannot be guessed, leads to the public page; serial: for people, `PS-2027-000123`; kind: key of process/issued_documents/.
    facts: what stands around the text (`issued_layout.document`) and whom it names; rows: the text, as pieces of `issued_layout`;
    valid_until: None = no end; sha256: of the PDF; order: the last one first (`issued.order_of`).
    annulled_at, annulled_for: when and why people have annulled it.
    """

    code: str
    serial: str
    kind: str
    client_id: str
    dossier_id: str
    at: datetime
    facts: dict[str, str]
    rows: tuple[tuple[str, ...], ...]
    sha256: str
    order: str
    valid_until: date | None = None
    annulled_at: datetime | None = None
    annulled_for: str = ""
    schema: int = SCHEMA


@dataclass(frozen=True)
class SerialCounter:
    """How many of something there are; record `counter`, changed in the commit that makes one more, so that no number is left out.

    until: when it may go, None = never.
    """

    count: int
    until: datetime | None = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Prospect:
    """Who wants to become a client, or to be called; record `prospect`. Never a dossier by itself: sales open the intake form from its mail.

    Removed by night, with its mail.
    """

    prospect_id: str
    at: datetime
    said: dict[str, str]
    schema: int = SCHEMA
