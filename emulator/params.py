"""Query and path parameters: typed by the discovery document, refused in the words of the API that was called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.bodies import snake
from emulator.errors import invalid_argument
from emulator.kernel import ApiError, Json

_INTEGER = re.compile(r"-?\d{1,20}")
_TRUE, _FALSE = frozenset(("true", "1")), frozenset(("false", "0"))
_WHOLE = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1)}


class WrongValue(Exception):
    """A text that is no value of its parameter. `legacy`: the sentence of Drive; `type_name`: what google.rpc expected."""

    def __init__(self, legacy: str, type_name: str) -> None:
        super().__init__(legacy)
        self.legacy, self.type_name = legacy, type_name


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


def read_query(api: Any, known: dict[str, Parameter], required: tuple[str, ...], pairs: list[tuple[str, str]]) -> Json:
    """The typed query of a call; unknown names, wrong values and missing required ones are 400."""
    query: Json = {}
    for name, text in pairs:
        spec = known.get(name)
        if spec is None:
            raise _unknown(api, name)
        try:
            value = spec.convert(text)
        except WrongValue as fault:
            raise wrong_value(api, name, text, fault) from None
        if spec.repeated:
            query.setdefault(name, []).append(value)
        else:
            query[name] = value
    for name in required:
        if name not in query:
            raise ApiError(400, f"Required parameter: {name}", reason="required", location=name, location_type="parameter")
    return query


def wrong_value(api: Any, name: str, text: str, fault: WrongValue) -> ApiError:
    """400 for a value of the wrong type, out of range or outside the enum."""
    if api.name == "drive":
        return invalid_argument(api, fault.legacy, reason="invalidParameter", parameter=name)
    return invalid_argument(api, f"Invalid value at '{snake(name)}' ({fault.type_name}), \"{text}\"", field=snake(name))


def _unknown(api: Any, name: str) -> ApiError:
    message = (
        f'Invalid JSON payload received. Unknown name "{name}": '
        f"Cannot bind query parameter. Field '{name}' could not be found in request message."
    )
    return invalid_argument(api, message, parameter=name if api.name == "drive" else "")


def _converter(name: str, schema: Json) -> Callable[[str], Any]:
    kind = schema.get("type")
    if kind == "boolean":
        return _boolean
    if kind == "integer":
        return _integer(schema)
    if "enum" in schema:
        return _enum(name, schema["enum"])
    if schema.get("format") in ("int64", "uint64"):
        return _long
    return str


def _boolean(text: str) -> bool:
    low = text.lower()
    if low in _TRUE:
        return True
    if low in _FALSE:
        return False
    raise WrongValue(f"Invalid boolean value: '{text}'.", "TYPE_BOOL")


def _integer(schema: Json) -> Callable[[str], int]:
    form = schema.get("format", "int32")
    low, high = _WHOLE[form]
    low, high = int(schema.get("minimum", low)), int(schema.get("maximum", high))

    def convert(text: str) -> int:
        if _INTEGER.fullmatch(text) is None:
            raise WrongValue(f"Invalid value '{text}'. Values must be integers.", f"TYPE_{form.upper()}")
        number = int(text)
        if not low <= number <= high:
            raise WrongValue(f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]", f"TYPE_{form.upper()}")
        return number

    return convert


def _long(text: str) -> str:
    if _INTEGER.fullmatch(text) is None:
        raise WrongValue(f"Invalid value '{text}'. Values must be integers.", "TYPE_INT64")
    return text


def _enum(name: str, values: list[str]) -> Callable[[str], str]:
    allowed = frozenset(values)
    shown = ", ".join(values)

    def convert(text: str) -> str:
        if text not in allowed:
            raise WrongValue(f"Invalid string value: '{text}'. Allowed values: [{shown}]", name[:1].upper() + name[1:])
        return text

    return convert
