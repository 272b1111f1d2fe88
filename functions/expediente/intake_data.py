"""What the intake form says of a client: frozen, typed, without input or output. The records of the store stand in `model.py`.

Keys that stand for business things (services, kinds of person, days) are strings whose meaning lives in `process/`; amounts are
`Decimal` in the company's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Address:
    """A place in Panama; district belongs to province (checked at intake)."""

    province: str = ""
    district: str = ""
    corregimiento: str = ""
    line: str = ""
    reference: str = ""

    def one_line(self) -> str:
        """The address as people write it on one line."""
        return ", ".join(part for part in (self.line, self.corregimiento, self.district, self.province, self.reference) if part)


@dataclass(frozen=True)
class Contact:
    """A person at the client, by role (`main` or the code of a service point). Phone in E.164 where it could be read."""

    role: str
    name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Identity:
    """A natural or legal person with an identity document. id_kind: cedula | pasaporte | ruc."""

    name: str
    id_kind: str
    id_number: str
    position: str = ""
    nationality: str = ""
    politically_exposed: bool = False


@dataclass(frozen=True)
class Shareholder:
    """A share of the client or, with `through`, of the company shareholder of that name. share: per cent."""

    person: Identity
    share: Decimal
    is_company: bool = False
    through: str = ""


@dataclass(frozen=True)
class Schedule:
    """When a point is served: day keys (LU..DO) and a window HH:MM-HH:MM of Panama."""

    days: tuple[str, ...]
    window_from: str
    window_to: str
    on_holidays: bool = False


@dataclass(frozen=True)
class ServicePoint:
    """One place that is served. code: P01, P02 …; values in the company's currency; supplies: pieces a month by key."""

    code: str
    name: str
    address: Address
    contact: Contact
    schedule: Schedule
    mean_value: Decimal
    insured_value: Decimal
    value_kinds: tuple[str, ...] = ()
    supplies: dict[str, int] = field(default_factory=dict)
    access_notes: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class Order:
    """The Orden de Trabajo: services (keys of process.yaml), wished start, exchange and processing where contracted."""

    number: str
    services: tuple[str, ...]
    desired_start: date | None
    needs: str = ""
    conditions: str = ""
    exchange_weekly_amount: Decimal | None = None
    exchange_denominations: str = ""
    processing_bank: str = ""
    processing_account_ending: str = ""
    processing_crediting: str = ""
    special_description: str = ""
    special_equipment: str = ""


@dataclass(frozen=True)
class ClientData:
    """Who the client is. kind: juridica | natural | juridica_nt | natural_nt; ruc normalised, dv two digits."""

    kind: str
    legal_name: str
    trade_name: str
    ruc: str
    dv: str
    activity: str
    business_notice: str
    registry_folio: str
    email: str
    phone: str
    address: Address
    contact: Contact

    @property
    def key(self) -> str:
        """What makes two submissions the same client: the RUC normalised, with its kind."""
        return f"{self.kind}:{self.ruc}"


@dataclass(frozen=True)
class Intake:
    """All that one response of the intake form says, read and normalised."""

    client: ClientData
    representative: Identity
    shareholders: tuple[Shareholder, ...]
    order: Order
    points: tuple[ServicePoint, ...]
