"""Query and path parameters: typed by the discovery document, refused in the words of the API that was called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.bodies import enum_name, snake
from emulator.errors import violations
from emulator.kernel import ApiError, Json

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
# The spellings that Google's reader takes for a boolean, in any case.
_TRUE, _FALSE = frozenset(("true", "t", "yes", "y", "1")), frozenset(("false", "f", "no", "n", "0"))
_UNKNOWN = (
    'Invalid JSON payload received. Unknown name "{name}": '
    "Cannot bind query parameter. Field '{name}' could not be found in request message."
)
_SHEETS = "type.googleapis.com/google.apps.sheets.v4."
_ENUMS = {
    "majorDimension": _SHEETS + "Dimension",
    "valueInputOption": _SHEETS + "ValueInputOption",
    "valueRenderOption": _SHEETS + "ValueRenderOption",
    "dateTimeRenderOption": _SHEETS + "DateTimeRenderOption",
    "responseValueRenderOption": _SHEETS + "ValueRenderOption",
    "responseDateTimeRenderOption": _SHEETS + "DateTimeRenderOption",
    "insertDataOption": _SHEETS + "AppendValuesRequest.InsertDataOption",
}
_WHOLE = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1)}


class WrongValue(Exception):
    """A text that is no value of its parameter. type_name: what was expected, as google.rpc says it."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name


class OutOfRange(Exception):
    """A number below the minimum or above the maximum that the document gives."""

    def __init__(self, number: int, low: object, high: object) -> None:
        super().__init__(number)
        self.number, self.low, self.high = number, low, high


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method."""

    name: str
    convert: Callable[[str], Any]
    repeated: bool
    required: bool


def parameter(name: str, schema: Json) -> Parameter:
    """Compile the discovery document's description of a parameter."""
    return Parameter(name, _converter(name, schema), bool(schema.get("repeated")), bool(schema.get("required")))


# Recorded: files.get takes the flag of files.list, which gspread always sends.
_EVERYWHERE = frozenset(("includeItemsFromAllDrives", "supportsAllDrives"))


def read_query(
    api: Any,
    known: dict[str, Parameter],
    required: tuple[str, ...],
    pairs: list[tuple[str, str]],
    *,
    ignores_unknown: bool = False,
) -> Json:
    """The typed query of a call; 400 tells every unknown name and wrong value, then a range, then what is missing."""
    query: Json = {}
    found: list[tuple[str, str]] = []
    out_of_range: ApiError | None = None
    for name, text in pairs:
        spec = known.get(name)
        if spec is None:
            if not ignores_unknown and not (name in _EVERYWHERE and api.name == "drive"):
                found.append(("", _UNKNOWN.format(name=name)))
            continue
        try:
            value = spec.convert(text)
        except OutOfRange as fault:
            out_of_range = out_of_range or _range_refusal(api, name, fault)
            continue
        except WrongValue as fault:
            found.append((snake(name), f"Invalid value at '{snake(name)}' ({fault.type_name}), \"{text}\""))
            continue
        if spec.repeated:
            query.setdefault(name, []).append(value)
        # Google reads texts, and all of Drive, from their first repeat and the rest from their last.
        elif name not in query or not (spec.convert is str or api.name == "drive"):
            query[name] = value
    if found:
        raise violations(found)
    if out_of_range is not None:
        raise out_of_range
    for name in required:
        if name not in query:
            raise ApiError(400, f"Required parameter: {name}", reason="required", location=name, location_type="parameter")
    return query


def wrong_value(name: str, text: str, fault: WrongValue) -> ApiError:
    """400 for a value in the path that is of the wrong type."""
    return violations([(snake(name), f"Invalid value at '{snake(name)}' ({fault.type_name}), \"{text}\"")])


def _range_refusal(api: Any, name: str, fault: OutOfRange) -> ApiError:
    low, high, place = fault.low, fault.high, name
    if api.name == "drive":
        low, high, place = f"value: {low}\n", f"value: {high}\n", snake(name)
    text = f"Invalid value '{fault.number}'. Values must be within the range: [{low}, {high}]"
    return ApiError(400, text, reason="invalidParameter", location=place, location_type="parameter")


def _converter(name: str, schema: Json) -> Callable[[str], Any]:
    kind = schema.get("type")
    if kind == "boolean":
        return _boolean
    if kind == "integer":
        return _integer(schema)
    if name == "alt":
        return _format
    if "enum" in schema:
        return _enum(_ENUMS.get(name, name[:1].upper() + name[1:]), schema["enum"])
    if schema.get("format") in ("int64", "uint64"):
        return _long
    return str


def _boolean(text: str) -> bool:
    low = text.lower()
    if low in _TRUE:
        return True
    if low in _FALSE:
        return False
    raise WrongValue("TYPE_BOOL")


def _integer(schema: Json) -> Callable[[str], int]:
    form = schema.get("format", "int32")
    least, most = _WHOLE[form]
    low, high = schema.get("minimum"), schema.get("maximum")

    def convert(text: str) -> int:
        if _INTEGER.fullmatch(text) is None or not least <= int(text) <= most:
            raise WrongValue(f"TYPE_{form.upper()}")
        number = int(text)
        if (low is not None and number < int(low)) or (high is not None and number > int(high)):
            raise OutOfRange(number, low or least, high or most)
        return number

    return convert


def _long(text: str) -> str:
    if _INTEGER.fullmatch(text) is None:
        raise WrongValue("TYPE_INT64")
    return text


def _format(text: str) -> str:
    """The value of `alt`: any case, and an empty one is no value."""
    low = text.lower() or "json"
    if low not in ("json", "media", "proto"):
        raise WrongValue("Alt")
    return low


def _enum(type_name: str, values: list[str]) -> Callable[[str], str]:
    names = tuple(values)

    def convert(text: str) -> str:
        found = enum_name(text, names)
        if found is None:
            raise WrongValue(type_name)
        return found

    return convert
