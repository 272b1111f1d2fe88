"""The table of the ways out, `process/endings.yaml`, as typed values, and what ties it to the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expediente.tables import typed

if TYPE_CHECKING:
    from expediente.process import DocumentRule


@dataclass(frozen=True)
class WithdrawalRule:
    """When a still dossier is proposed to be withdrawn, and when the papers of a withdrawn one are removed."""

    proposed_after_working_days: int
    papers_removed_after_days: int


@dataclass(frozen=True)
class UrgencyRule:
    """The periods of an urgent dossier. share_of_hours: per cent of the ordinary period."""

    share_of_hours: int
    reminders_on_working_days: tuple[int, ...]


@dataclass(frozen=True)
class RetentionRule:
    """How long the retained copy is kept. years: after the last service."""

    years: int


@dataclass(frozen=True)
class CancellationRule:
    """Which last day of service a cancellation may name, in days before and after the day on which it is asked."""

    last_service_days_back: int
    last_service_days_ahead: int


@dataclass(frozen=True)
class Endings:
    """The whole table."""

    withdrawal: WithdrawalRule
    urgency: UrgencyRule
    retention: RetentionRule
    cancellation: CancellationRule


def endings_of(table: dict[str, Any]) -> Endings:
    """The typed table. :raises ConfigurationError: a block has not the expected shape."""
    return typed(table, Endings, "endings.yaml")


def unwaivable(documents: tuple[DocumentRule, ...]) -> Iterator[tuple[str, str, str]]:
    """Papers that say they can be waived and never can: key, rule, remedy. Only what the vendedora brings can be waived."""
    for rule in documents:
        if rule.waivable and (rule.internal or rule.given_by != "vendedora"):
            yield (
                rule.key,
                "solo se dispensa un papel que trae la vendedora; las listas y la inspección, nunca",
                "Quite waivable.",
            )
