"""Request bodies against Google's schemas: unknown names, wrong types and wrong enums are refused as Google refuses them.

Each schema is compiled once into a nest of small checkers. The path to a fault is put together only when there is one.
Bodies are normalised as Google's JSON reader does: nulls vanish (except in Drive, where they erase, and in free values),
numbers may be written as text, names may be written in snake_case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from emulator.kernel import Json

Checker = Callable[[Any], Any]

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\r\n]*={0,2}\s*")
_INTEGER = re.compile(r"-?\d+")
_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """`addProtectedRange` as Google's messages write it: `add_protected_range`."""
    return _HUMPS.sub("_", name).lower()


class Invalid(Exception):
    """A body that does not fit its schema. `where` grows while the checkers are left, outermost name first."""

    def __init__(self, kind: str, value: Any = None, *, name: str | None = None) -> None:
        super().__init__(kind)
        self.kind, self.value, self.name = kind, value, name
        self.where = ""

    def inside(self, name: str) -> Invalid:
        """The same fault, seen from the object that holds it under `name`."""
        glue = "" if not self.where or self.where.startswith("[") else "."
        self.where = snake(name) + glue + self.where
        return self

    def at_index(self, index: int) -> Invalid:
        """The same fault, seen from the list that holds it."""
        glue = "" if not self.where or self.where.startswith("[") else "."
        self.where = f"[{index}]{glue}{self.where}"
        return self

    def message(self) -> str:
        """The sentence that Google answers with."""
        if self.name is not None:
            place = f" at '{self.where}'" if self.where else ""
            return f'Invalid JSON payload received. Unknown name "{self.name}"{place}: {self.kind}'
        shown = json.dumps(self.value, ensure_ascii=False)
        return f"Invalid value at '{self.where}' ({self.kind}), {shown if len(shown) < 200 else shown[:200] + '…'}"


class BodySchemas:
    """The compiled schemas of one API."""

    def __init__(self, schemas: dict[str, Json], package: str, *, keeps_nulls: bool) -> None:
        self.schemas, self.package, self.keeps_nulls = schemas, package, keeps_nulls
        self._objects: dict[str, Checker] = {}

    def checker(self, ref: str) -> Checker:
        """The checker of a named schema; it returns the normalised value or raises Invalid."""
        if ref not in self._objects:
            # The place is taken before the fields are compiled, because schemas refer to themselves.
            holder: list[Checker] = []
            self._objects[ref] = lambda value: holder[0](value)
            holder.append(self._object(self.schemas[ref], f"type.googleapis.com/{self.package}.{ref}", ref))
            self._objects[ref] = holder[0]
        return self._objects[ref]

    def _compile(self, schema: Json, owner: str, name: str) -> Checker | None:
        """A checker for any schema, or None where everything is allowed."""
        if "$ref" in schema:
            return self.checker(schema["$ref"])
        kind = schema.get("type")
        if kind == "array":
            return _list_of(self._compile(schema["items"], owner, name), _type_name(schema["items"], self.package, owner, name))
        if kind == "object":
            if "additionalProperties" in schema:
                return self._map(schema["additionalProperties"], owner, name)
            if "properties" in schema:
                return self._object(schema, f"type.googleapis.com/{self.package}.{owner}", owner)
            return None
        if kind == "string":
            return _text(schema, self.package, owner, name)
        if kind == "integer":
            return _integer(schema.get("format", "int32"))
        return {"boolean": _boolean, "number": _number}.get(str(kind))

    def _object(self, schema: Json, type_name: str, owner: str) -> Checker:
        fields = {name: self._compile(part, owner, name) for name, part in schema.get("properties", {}).items()}
        if "additionalProperties" in schema:
            return self._map(schema["additionalProperties"], owner, "")
        aliases = {snake(name): name for name in fields}
        keeps_nulls = self.keeps_nulls

        def check(value: Any) -> Any:
            if type(value) is not dict:
                raise Invalid(type_name, value)
            nulls = []
            renamed = []
            for name, item in value.items():
                if name not in fields:
                    if name not in aliases:
                        raise Invalid("Cannot find field.", name=name)
                    renamed.append(name)
                    continue
                if item is None:
                    nulls.append(name)
                    continue
                checker = fields[name]
                if checker is not None:
                    value[name] = _inside(checker, item, name)
            for name in renamed:
                value[aliases[name]] = value.pop(name)
            if nulls and not keeps_nulls:
                for name in nulls:
                    del value[name]
            return check(value) if renamed else value

        return check

    def _map(self, schema: Json, owner: str, name: str) -> Checker:
        checker = self._compile(schema, owner, name)
        if checker is None:
            return _any_object
        each = checker

        def check(value: Any) -> Any:
            if type(value) is not dict:
                raise Invalid("TYPE_MESSAGE", value)
            for key, item in value.items():
                if item is not None:
                    value[key] = _inside(each, item, key)
            return value

        return check


def _inside(checker: Checker, item: Any, name: str) -> Any:
    try:
        return checker(item)
    except Invalid as fault:
        if fault.kind.startswith("Proto field") and not fault.where and fault.name is None:
            fault.name = name
            raise
        raise fault.inside(name) from None


def _list_of(each: Checker | None, type_name: str) -> Checker:
    def check(value: Any) -> Any:
        if type(value) is not list:
            raise Invalid(type_name, value)
        if each is None:
            return value
        index = 0
        try:
            for index, item in enumerate(value):
                value[index] = each(item)
        except Invalid as fault:
            raise fault.at_index(index) from None
        return value

    return check


def _any_object(value: Any) -> Any:
    if type(value) is not dict:
        raise Invalid("TYPE_MESSAGE", value)
    return value


def _type_name(schema: Json, package: str, owner: str, name: str) -> str:
    if "$ref" in schema:
        return f"type.googleapis.com/{package}.{schema['$ref']}"
    if "enum" in schema:
        return f"type.googleapis.com/{package}.{owner}.{name[:1].upper()}{name[1:]}"
    kind = schema.get("type")
    if kind == "string":
        return "TYPE_INT64" if schema.get("format") == "int64" else "TYPE_STRING"
    return {"integer": "TYPE_INT32", "boolean": "TYPE_BOOL", "number": "TYPE_DOUBLE"}.get(str(kind), "TYPE_MESSAGE")


def _scalar(value: Any) -> None:
    if type(value) is list:
        raise Invalid("Proto field is not repeating, cannot start list.")


def _text(schema: Json, package: str, owner: str, name: str) -> Checker:
    if "enum" in schema:
        return _enum(frozenset(schema["enum"]), _type_name(schema, package, owner, name))
    form = schema.get("format")
    if form in ("int64", "uint64"):
        return _long(form)
    pattern = {
        "date-time": (_TIMESTAMP, "type.googleapis.com/google.protobuf.Timestamp"),
        "google-datetime": (_TIMESTAMP, "type.googleapis.com/google.protobuf.Timestamp"),
        "google-duration": (_DURATION, "type.googleapis.com/google.protobuf.Duration"),
        "date": (_DATE, "TYPE_STRING"),
        "byte": (_BASE64, "TYPE_BYTES"),
    }.get(str(form))
    if pattern is None:
        return _plain_text
    return _formed_text(*pattern)


def _plain_text(value: Any) -> Any:
    if type(value) is not str:
        _scalar(value)
        raise Invalid("TYPE_STRING", value)
    return value


def _formed_text(pattern: re.Pattern[str], type_name: str) -> Checker:
    def check(value: Any) -> Any:
        if type(value) is not str or pattern.fullmatch(value) is None:
            _scalar(value)
            raise Invalid(type_name, value)
        return value

    return check


def _enum(names: frozenset[str], type_name: str) -> Checker:
    def check(value: Any) -> Any:
        if type(value) is not str or value not in names:
            _scalar(value)
            raise Invalid(type_name, value)
        return value

    return check


def _long(form: str) -> Checker:
    whole = _integer(form)

    def check(value: Any) -> Any:
        whole(value)
        return value

    return check


def _integer(form: str) -> Checker:
    low, high = _RANGES.get(form, _RANGES["int32"])
    type_name = f"TYPE_{form.upper()}"

    def check(value: Any) -> Any:
        number = value
        if type(number) is str and _INTEGER.fullmatch(number) or type(number) is float and number.is_integer():
            number = int(number)
        if type(number) is not int or not low <= number <= high:
            _scalar(value)
            raise Invalid(type_name, value)
        return number

    return check


def _boolean(value: Any) -> Any:
    if type(value) is bool:
        return value
    if value in ("true", "false"):
        return value == "true"
    _scalar(value)
    raise Invalid("TYPE_BOOL", value)


def _number(value: Any) -> Any:
    if type(value) in (int, float):
        return value
    if type(value) is str:
        try:
            return float(value)
        except ValueError:
            pass
    _scalar(value)
    raise Invalid("TYPE_DOUBLE", value)
