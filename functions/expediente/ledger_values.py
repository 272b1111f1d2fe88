"""What stands in a cell of Cartera's files, as a value of the kind that its column asks for; every refusal names a problem of ledger.yaml.

What has two readings is refused, never guessed: `1.800` could be one thousand eight hundred or one and a bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from expediente import quantities
from expediente.ledger_book import MOST
from expediente.ledger_data import ZERO, MovementKind
from expediente.ledger_template import LedgerTemplate
from expediente.texts import clean_text, fold_name, has_control_characters
from expediente.xlsx_reading import Odd, Value

# Of an item: its number and how much of it, None = as much as is owed.
Settles = tuple[tuple[str, Decimal | None], ...]

_NUMBER = re.compile(r"[^\W_][\w .\-/#]*")
_FILE = re.compile(r"[^/\\:*?\"<>|]+\.(pdf|xml)", re.IGNORECASE)
_SIGN = re.compile(r"[-\u2212\u2013]")
_MARKS = re.compile(r"(?:B/\.?|US\$|USD|PAB|\$)", re.IGNORECASE)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?")
_PLAIN = re.compile(r"([0-9]*)(?:[.,]([0-9]*))?")
_MOST_SHOWN = 60
_SHOWN = {Odd.FORMULA: "=…", Odd.ERROR: "#…", Odd.ENCODING: "?"}


class WrongValueError(Exception):
    """A cell that cannot be taken. key: of `problems`; value: as shown, None = the whole cell."""

    def __init__(self, key: str, value: str | None = None, **facts: object) -> None:
        super().__init__(key)
        self.key, self.value, self.facts = key, value, facts


@dataclass(frozen=True)
class Look:
    """With what cells are read. today: for days that cannot be; currency: of the company."""

    template: LedgerTemplate
    currency: str
    today: date

    def limit(self, name: str) -> int:
        """A limit of the table."""
        return self.template.limits[name]


def shown(cell: Value) -> str:
    """A cell as people see it."""
    if isinstance(cell, Odd):
        return _SHOWN[cell]
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell


def _clean(text: str) -> str:
    """As `clean_text`; most cells are plain, and a file has a million of them."""
    return " ".join(text.split()) if text.isascii() and text.isprintable() else clean_text(text)


def short(text: str) -> str:
    """A value as it is repeated in a sentence."""
    line = _clean(text)
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1] + "…"


def value_of(look: Look, kind: str, cell: Value) -> Any:
    """The value of a cell that is not empty. :raises WrongValueError: it is none of that kind."""
    if isinstance(cell, Odd):
        raise WrongValueError(cell.value)
    if isinstance(cell, str) and not cell.isprintable() and has_control_characters(cell):
        raise WrongValueError("bad_text")
    return _KINDS[kind](look, cell)


def is_empty(cell: Value) -> bool:
    """Whether nothing was written."""
    return isinstance(cell, str) and (not cell or cell.isspace())


def _text(look: Look, cell: Value) -> str:
    text = _clean(shown(cell))
    if len(text) > look.limit("text"):
        raise WrongValueError("too_long", limit=look.limit("text"))
    return text


def _number(look: Look, cell: Value) -> str:
    text = _clean(shown(cell)).upper()
    if len(text) > look.limit("number"):
        raise WrongValueError("too_long", limit=look.limit("number"))
    if isinstance(cell, date) or (isinstance(cell, Decimal) and cell != cell.to_integral_value()) or not _NUMBER.fullmatch(text):
        raise WrongValueError("bad_number")
    return text


def _code(look: Look, cell: Value) -> str:
    return "".join(_text(look, cell).split()).upper()


def _file(look: Look, cell: Value) -> str:
    text = _clean(shown(cell))
    if not _FILE.fullmatch(text) or text.startswith(".") or len(text) > look.limit("file"):
        raise WrongValueError("bad_file")
    return text


def _day(_: Look, cell: Value) -> date:
    found = cell if isinstance(cell, date) else _day_of_text(cell) if isinstance(cell, str) else None
    if found is None:
        raise WrongValueError("bad_day")
    return found


@lru_cache(maxsize=4096)
def _day_of_text(text: str) -> date | None:
    """Kept, because a file repeats its days."""
    return quantities.day(text)


def _days(look: Look, cell: Value) -> tuple[date, ...]:
    if not isinstance(cell, str):
        return (_day(look, cell),)
    return tuple(sorted({_day(look, part) for part in re.split(r"[;,\n]", cell) if part.strip()}))


def _amount(_: Look, cell: Value) -> Decimal:
    return money(cell)


def money(cell: Value) -> Decimal:
    """An amount from 0 on with two decimals. :raises WrongValueError: none, ambiguous, negative, huge, or finer than a cent."""
    value = cell if isinstance(cell, Decimal) else _money_of_text(cell) if isinstance(cell, str) else None
    if value is None:
        raise WrongValueError("bad_amount")
    if value < 0:
        raise WrongValueError("negative")
    if value > MOST:
        raise WrongValueError("huge")
    if value != round(value, 2):
        raise WrongValueError("decimals")
    return round(value, 2)


def _money_of_text(text: str) -> Decimal | None:
    packed = _MARKS.sub("", "".join(_clean(text).split()))
    if packed.startswith("(") and packed.endswith(")"):
        packed = "-" + packed[1:-1]
    bare = _SIGN.sub("", packed, count=1)
    negative = bare != packed and (_SIGN.match(packed) or _SIGN.match(packed[-1:]))
    if len(bare) > 30 or not bare or (bare != packed and not negative):
        return None
    value = _unsigned(bare)
    return -value if value is not None and negative else value


def _unsigned(text: str) -> Decimal | None:
    if text.count(",") + text.count(".") <= 1:
        match = _PLAIN.fullmatch(text)
        if not match or not (match[1] or match[2]):
            return None
        whole, part = match[1], match[2] or ""
        if len(part) == 3 and 1 <= len(whole) <= 3 and whole.strip("0"):
            raise WrongValueError("ambiguous")
        return Decimal(f"{whole or 0}.{part or 0}")
    if not _GROUPED.fullmatch(text):
        return None
    last = max(text.rfind(","), text.rfind("."))
    if text.count(text[last]) > 1:
        return Decimal(re.sub(r"[.,]", "", text))
    return Decimal(re.sub(r"[.,]", "", text[:last]) + "." + (text[last + 1 :] or "0"))


def _count(look: Look, cell: Value) -> int:
    value = cell if isinstance(cell, Decimal) else quantities.count(cell) if isinstance(cell, str) else None
    if value is None or not 0 <= value <= look.limit("terms_days") or value != int(value):
        raise WrongValueError("bad_count", limit=look.limit("terms_days"))
    return int(value)


def _currency(look: Look, cell: Value) -> str:
    said = "".join(shown(cell).split()).casefold()
    if said not in {"".join(word.split()).casefold() for word in (look.currency, *look.template.currencies)}:
        raise WrongValueError("currency", currency=look.currency)
    return look.currency


def _status(look: Look, cell: Value) -> str:
    return _chosen(look.template.choices.status, cell)


def _movement(look: Look, cell: Value) -> MovementKind:
    return MovementKind(_chosen({kind.value: words for kind, words in look.template.choices.movement.items()}, cell))


def _chosen(choices: dict[str, tuple[str, ...]], cell: Value) -> str:
    said = fold_name(shown(cell))
    for key, words in choices.items():
        if said in map(fold_name, words):
            return key
    raise WrongValueError("bad_choice", allowed=" o ".join(words[0] for words in choices.values()))


def _settles(look: Look, cell: Value) -> Settles:
    text = shown(cell)
    if fold_name(text) in map(fold_name, look.template.settles_nothing):
        return ()
    found: list[tuple[str, Decimal | None]] = []
    for part in (part for part in re.split(r"[;\n|]", text) if part.strip()):
        number, colon, amount = (piece.strip() for piece in part.replace("=", ":").partition(":"))
        try:
            value = money(amount) if colon else None
            named = _number(look, number)
        except WrongValueError as error:
            raise WrongValueError("settles_form", part) from error
        if value == ZERO or named in (known for known, _ in found):
            raise WrongValueError("settles_form", part)
        found.append((named, value))
    if len(found) > look.limit("settles"):
        raise WrongValueError("settles_many", limit=look.limit("settles"))
    return tuple(found)


_KINDS: dict[str, Callable[[Look, Value], Any]] = {
    "text": _text,
    "ruc": _text,
    "code": _code,
    "number": _number,
    "file": _file,
    "day": _day,
    "days": _days,
    "amount": _amount,
    "limit": _amount,
    "count": _count,
    "currency": _currency,
    "status": _status,
    "movement": _movement,
    "settles": _settles,
}
