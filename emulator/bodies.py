"""Request bodies against Google's schemas: unknown names, wrong types and wrong enums are refused as Google refuses them.

Each schema is compiled once into a nest of small checkers. The path to a fault is put together only when there is one.
Bodies are normalised as Google's JSON reader does: nulls vanish (except in Drive, where they erase, and in free values),
numbers may be written as text, names may be written in snake_case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
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
# Names of Drive's version 2 that version 3 passes over without a word: `title` makes an untitled file, gspread sends `withLink`.
_V2 = frozenset(("title", "withLink", "value", "additionalRoles"))
# Parameters that clients of the live service put into bodies, where version 3 passes over them too.
_RETIRED = frozenset(("enforceSingleParent", "supportsTeamDrives", "supportsAllDrives", "includeTeamDriveItems"))
_LIST_VALUE = "type.googleapis.com/google.protobuf.ListValue"
_NO_LIST = "Proto field is not repeating, cannot start list."
# Enums of Sheets that more than one schema has. Source: error messages in public logs; the documents do not name enums.
_SHARED_ENUMS = {
    "majorDimension": "Dimension",
    "dimension": "Dimension",
    "shiftDimension": "Dimension",
    "horizontalAlignment": "HorizontalAlign",
    "verticalAlignment": "VerticalAlign",
    "sortOrder": "SortOrder",
    "pasteType": "PasteType",
    "valueInputOption": "ValueInputOption",
    "valueRenderOption": "ValueRenderOption",
    "responseValueRenderOption": "ValueRenderOption",
    "dateTimeRenderOption": "DateTimeRenderOption",
    "responseDateTimeRenderOption": "DateTimeRenderOption",
}
# Members of these schemas exclude each other; the discovery documents do not say so, the reference does ("Union field").
# Value: the name of the choice in messages, and its members, or nothing where they are all of the schema's.
_ONE_OF = {
    "google.apps.sheets.v4.Request": "kind",
    "google.apps.sheets.v4.ExtendedValue": "value",
    "google.apps.sheets.v4.ConditionalFormatRule": "rule: booleanRule gradientRule",
    "google.apps.sheets.v4.ConditionValue": "value",
    "google.apps.sheets.v4.ColorStyle": "kind",
    "google.apps.sheets.v4.DataFilter": "filter",
    "google.apps.sheets.v4.DeveloperMetadataLocation": "location: spreadsheet sheetId dimensionRange",
    "google.apps.sheets.v4.EmbeddedObjectPosition": "location",
    "google.apps.sheets.v4.ChartSpec": "chart: basicChart pieChart bubbleChart candlestickChart orgChart histogramChart "
    "waterfallChart treemapChart scorecardChart",
    "google.apps.sheets.v4.FilterSpec": "reference: columnIndex dataSourceColumnReference",
    "google.apps.sheets.v4.SortSpec": "reference: dimensionIndex dataSourceColumnReference",
    "google.apps.sheets.v4.PivotGroupRule": "rule",
    "google.apps.sheets.v4.PivotValue": "value: sourceColumnOffset formula dataSourceColumnReference",
    "google.apps.sheets.v4.TextRotation": "type",
    "google.apps.sheets.v4.UpdateCellsRequest": "area: start range",
    "google.apps.sheets.v4.AutoFillRequest": "area: range sourceAndDestination",
    "google.apps.sheets.v4.FindReplaceRequest": "scope: range sheetId allSheets",
    "google.apps.sheets.v4.PasteDataRequest": "kind: delimiter html",
    "google.apps.sheets.v4.UpdateConditionalFormatRuleRequest": "instruction: rule newIndex",
    "google.apps.forms.v1.Request": "kind",
}
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


@dataclass
class Fault:
    """One thing in a body that does not fit. `where` grows while the checkers are left, outermost name first.

    name: set for a member that should not be there; `kind` then says why, else it is the type that was expected.
    """

    kind: str
    value: Any = None
    name: str | None = None
    where: str = ""

    def inside(self, outer: str) -> None:
        """Put the name or `[index]` of what holds the faulty value before its place."""
        glue = "" if not self.where or self.where.startswith("[") else "."
        self.where = outer + glue + self.where

    def message(self) -> str:
        """The sentence that Google answers with."""
        if self.name is not None:
            place = f" at '{self.where}'" if self.where else ""
            return f'Invalid JSON payload received. Unknown name "{self.name}"{place}: {self.kind}'
        if self.kind.startswith("(oneof)"):
            return f"Invalid value at '{self.where}' {self.kind}" if self.where else f"Invalid value {self.kind}"
        shown = json.dumps(self.value, ensure_ascii=False)
        shown = shown if len(shown) < 200 else shown[:200] + "…"
        reason = f"Base64 decoding failed for {shown}" if self.kind == "TYPE_BYTES" else shown
        return f"Invalid value at '{self.where}' ({self.kind}), {reason}"


class Invalid(Exception):
    """A body that does not fit its schema, with every fault in the order of the body."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = list(faults)

    def inside(self, outer: str) -> list[Fault]:
        """The faults as seen from what holds the checked value under a name or `[index]`."""
        for fault in self.faults:
            # A list where one value belongs is told as a name that should not be there, like an unknown one.
            if fault.kind == _NO_LIST and not fault.where and fault.name is None:
                fault.name = outer
            else:
                fault.inside(outer if outer.startswith("[") else snake(outer))
        return self.faults


class BodySchemas:
    """The compiled schemas of one API. keeps_nulls: it is Drive; lenient: which then passes over every unknown name."""

    def __init__(self, schemas: dict[str, Json], package: str, *, keeps_nulls: bool, lenient: bool = False) -> None:
        self.schemas, self.package, self.keeps_nulls, self.lenient = schemas, package, keeps_nulls, lenient
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
            free = schema["items"].get("type") in ("array", "any")
            type_name = _LIST_VALUE if free else _type_name(schema["items"], self.package, owner, name)
            return _list_of(self._compile(schema["items"], owner, name), type_name, free=free)
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
        keeps_nulls, lenient = self.keeps_nulls, self.lenient
        choice, _, members = _ONE_OF.get(f"{self.package}.{owner}", "").partition(": ")
        rivals = frozenset(members.split() or fields)

        def check(value: Any) -> Any:
            if type(value) is not dict:
                raise Invalid(Fault(_NO_LIST if type(value) is list else type_name, value))
            if keeps_nulls:
                value = {
                    name: item
                    for name, item in value.items()
                    if name in fields or name in aliases or not (lenient or name in _V2 or name in _RETIRED)
                }
            strange, nulls, faults = _read_members(value, fields, aliases)
            if choice and len(value) > 1:
                faults += _chosen_twice(choice, [name for name in value if name not in nulls and name in rivals])
            if faults:
                raise Invalid(*faults)
            for name in () if keeps_nulls else nulls:
                del value[name]
            for name in strange:
                value[aliases[name]] = value.pop(name)
            return check(value) if strange else value

        return check

    def _map(self, schema: Json, owner: str, name: str) -> Checker:
        checker = self._compile(schema, owner, name)
        if checker is None:
            return _any_object
        each = checker

        def check(value: Any) -> Any:
            if type(value) is not dict:
                raise Invalid(Fault("TYPE_MESSAGE", value))
            faults: list[Fault] = []
            for key, item in value.items():
                if item is not None:
                    try:
                        value[key] = each(item)
                    except Invalid as found:
                        faults += found.inside(key)
            if faults:
                raise Invalid(*faults)
            return value

        return check


def _read_members(
    value: Json, fields: dict[str, Checker | None], aliases: dict[str, str]
) -> tuple[list[str], list[str], list[Fault]]:
    """Check the members of an object in place; returns the names written otherwise, those that are null, and the faults."""
    strange: list[str] = []
    nulls: list[str] = []
    faults: list[Fault] = []
    for name, item in value.items():
        if name not in fields:
            strange.append(name)
            if name not in aliases:
                faults.append(Fault("Cannot find field.", name=name))
        elif item is None:
            nulls.append(name)
        elif (checker := fields[name]) is not None:
            try:
                value[name] = checker(item)
            except Invalid as found:
                faults += found.inside(name)
    return strange, nulls, faults


def _chosen_twice(choice: str, names: list[str]) -> list[Fault]:
    """The faults of an object that sets more than one member of a choice."""
    return [Fault(f"(oneof), oneof field '{choice}' is already set. Cannot set '{name}'") for name in names[1:]]


def _flattened(value: list[Any]) -> list[Any]:
    return [part for item in value for part in (_flattened(item) if type(item) is list else [item])]


def _list_of(each: Checker | None, type_name: str, *, free: bool) -> Checker:
    """free: a row of cells or a list of rows, which Google never takes a single value for."""

    def check(value: Any) -> Any:
        if type(value) is not list:
            if free or each is None:
                raise Invalid(Fault(type_name, value))
            # Google's reader takes a single value for a list of one.
            return [each(value)]
        if each is None:
            return value
        if not free and any(type(item) is list for item in value):
            # Google's reader takes a list inside a repeated field for more items of that field.
            value[:] = _flattened(value)
        faults: list[Fault] = []
        for index, item in enumerate(value):
            try:
                value[index] = each(item)
            except Invalid as found:
                faults += found.inside(f"[{index}]")
        if faults:
            raise Invalid(*faults)
        return value

    return check


def _any_object(value: Any) -> Any:
    if type(value) is not dict:
        raise Invalid(Fault("TYPE_MESSAGE", value))
    return value


def _type_name(schema: Json, package: str, owner: str, name: str) -> str:
    if "$ref" in schema:
        return f"type.googleapis.com/{package}.{schema['$ref']}"
    if "enum" in schema:
        return f"type.googleapis.com/{package}.{_enum_name(package, owner, name)}"
    kind = schema.get("type")
    if kind == "string":
        return "TYPE_INT64" if schema.get("format") == "int64" else "TYPE_STRING"
    return {"integer": "TYPE_INT32", "boolean": "TYPE_BOOL", "number": "TYPE_DOUBLE"}.get(str(kind), "TYPE_MESSAGE")


def _enum_name(package: str, owner: str, name: str) -> str:
    """What Google calls an enum: by its own name where several schemas share it, else inside the schema that has it."""
    shared = _SHARED_ENUMS.get(name) if package == "google.apps.sheets.v4" else None
    if name == "type" and owner == "BooleanCondition":
        return "ConditionType"
    return shared or f"{owner}.{name[:1].upper()}{name[1:]}"


def _scalar(value: Any) -> None:
    if type(value) is list:
        raise Invalid(Fault(_NO_LIST))


def _text(schema: Json, package: str, owner: str, name: str) -> Checker:
    if "enum" in schema:
        return _enum(tuple(schema["enum"]), _type_name(schema, package, owner, name))
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
        raise Invalid(Fault("TYPE_STRING", value))
    return value


def _formed_text(pattern: re.Pattern[str], type_name: str) -> Checker:
    def check(value: Any) -> Any:
        if type(value) is not str or pattern.fullmatch(value) is None:
            _scalar(value)
            raise Invalid(Fault(type_name, value))
        return value

    return check


def enum_name(text: str, names: tuple[str, ...]) -> str | None:
    """The name of an enum that a text means: itself, in any case, with `-` for `_`, or its number; None when there is none.

    Source: measured by others on the live Sheets service.
    """
    if text in names:
        return text
    if text.isascii() and _INTEGER.fullmatch(text) and 0 <= int(text) < len(names):
        return names[int(text)]
    folded = text.upper().replace("-", "_")
    return folded if text.isascii() and folded in names else None


def _enum(names: tuple[str, ...], type_name: str) -> Checker:
    known = frozenset(names)

    def check(value: Any) -> Any:
        if type(value) is str and value in known:
            return value
        found = enum_name(value, names) if type(value) is str else None
        if found is None:
            _scalar(value)
            raise Invalid(Fault(type_name, value))
        return found

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
            raise Invalid(Fault(type_name, value))
        return number

    return check


def _boolean(value: Any) -> Any:
    if type(value) is bool:
        return value
    if value in ("true", "false"):
        return value == "true"
    _scalar(value)
    raise Invalid(Fault("TYPE_BOOL", value))


def _number(value: Any) -> Any:
    if type(value) in (int, float):
        return value
    if type(value) is str:
        try:
            return float(value)
        except ValueError:
            pass
    _scalar(value)
    raise Invalid(Fault("TYPE_DOUBLE", value))
