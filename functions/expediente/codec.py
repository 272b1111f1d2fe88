"""Records to plain JSON and back: what the stores keep and what the audit chain hashes.

Decimals, dates and datetimes become strings. A datetime is always UTC with six decimals and `Z`, so that the order of the strings
is the order of the times. Reading ignores keys it does not know, so that a record written by a newer program of the same `schema`
can still be read; a higher `schema` is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import is_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from expediente.errors import ConfigurationError
from expediente.model import SCHEMA

__all__ = ["digest", "from_data", "stamp", "to_data", "unstamp"]

T = TypeVar("T")


def stamp(at: datetime) -> str:
    """A time as it stands in the store, such as `2026-03-10T14:05:00.000000Z`.

    :raises ValueError: the time bears no zone; it could be an hour of Panama or of UTC.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored; use datetime.now(UTC) or the clock of settings")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def unstamp(text: str) -> datetime:
    """The time that `stamp` wrote."""
    return datetime.fromisoformat(text)


def to_data(record: object) -> dict[str, Any]:
    """A record of `model.py` as plain JSON: dicts with string keys, lists, strings, numbers, booleans, None.

    :raises TypeError: the record is no dataclass, or holds a value that has no plain form.
    :raises ValueError: it holds a time without a zone.
    """
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"{type(record).__name__} is no record; only dataclasses are stored")
    data: dict[str, Any] = _plain(msgspec.to_builtins(record, str_keys=True, builtin_types=(datetime,)))
    return data


def from_data(cls: type[T], data: dict[str, Any]) -> T:
    """The record that `to_data` made plain. Absent keys take their defaults, unknown keys are passed over.

    :raises ConfigurationError: the data come from a newer schema than this program knows, or are not those of `cls`.
    """
    schema = data.get("schema", SCHEMA)
    if not isinstance(schema, int) or schema > SCHEMA:
        raise ConfigurationError(
            f"store, {cls.__name__}",
            f"the record has schema {schema!r} and this program reads up to {SCHEMA}",
            "Deploy the newer version of the program; nothing was changed.",
        )
    try:
        return msgspec.convert(data, cls)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"store, {cls.__name__}", f"the stored record does not fit: {error}", "Restore the record or migrate it."
        ) from error


def _plain(value: Any) -> Any:
    """Times stamped and tuples as lists; msgspec has already turned everything else into plain values."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return stamp(value)
    return value


def digest(text: str) -> str:
    """A short hash of a text, for noticing that something has changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
