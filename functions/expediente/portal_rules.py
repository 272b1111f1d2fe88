"""The table of the portal, `process/portal.yaml`, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expediente.tables import typed


@dataclass(frozen=True)
class LinkRule:
    """Links to enter. minutes: how long one is good; most_an_hour: to one address; most_an_hour_in_all: asked for by everybody together."""

    minutes: int
    most_an_hour: int
    most_an_hour_in_all: int


@dataclass(frozen=True)
class SessionRule:
    """How long a session lasts, in hours."""

    hours: int


@dataclass(frozen=True)
class KeptRule:
    """How many days records stay behind their end; session: with its conversation, order: behind its beginning, prospect: with its mail."""

    login: int
    session: int
    counter: int
    prospect: int
    order: int
    ledger_file: int


@dataclass(frozen=True)
class PortalRules:
    """The whole table."""

    link: LinkRule
    session: SessionRule
    kept: KeptRule


def portal_rules_of(table: dict[str, Any]) -> PortalRules:
    """The typed table. :raises ConfigurationError: a block has not the expected shape."""
    return typed(table, PortalRules, "portal.yaml")
