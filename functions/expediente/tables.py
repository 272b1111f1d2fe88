"""YAML tables as plain values: one way to open them, the same refusals everywhere.

Used by the readers of `process/`, `forms/` and `sheets_templates/`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from expediente.errors import ConfigurationError

T = TypeVar("T")
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_Loader):  # type: ignore[misc]  # the base is chosen at run time: the C loader where it is built in
    """A safe loader that refuses a key written twice: plain YAML keeps the last one and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"la clave «{key}» está dos veces", key_node.start_mark)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


# YAML 1.1 reads No, Sí's English cousins and 17:00 as false, true and 1020; whoever writes these tables means the words.
_MISREAD = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"}
_UniqueKeyLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _MISREAD]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_UniqueKeyLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_UniqueKeyLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))


def read_table(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    :raises ConfigurationError: the file is missing, is not YAML, repeats a key or is not a mapping.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            table = yaml.load(stream, _UniqueKeyLoader)
    except OSError:
        raise ConfigurationError(path.name, "el archivo no está o no se puede leer", f"Reponga {path.name}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, línea {mark.line + 1}" if mark else path.name
        problem = getattr(error, "problem", None) or "no es texto UTF-8"
        raise ConfigurationError(
            where, f"no se puede leer: {problem}", "Revise la sangría, los dos puntos y las comillas."
        ) from None
    if not isinstance(table, dict):
        raise ConfigurationError(path.name, "no contiene una tabla de claves", "Escriba claves con su valor, una por renglón.")
    return table


def typed(value: object, kind: type[T], where: str) -> T:
    """A plain value as a frozen dataclass; unknown keys are the business of the schemas.

    :raises ConfigurationError: a key is missing or has another type; `where` says in which block.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            where, f"el bloque no tiene la forma esperada ({error})", "Compárelo con los bloques vecinos."
        ) from None


def keyed(table: dict[str, Any], kind: type[T], where: str) -> tuple[T, ...]:
    """The blocks of a mapping, each knowing its own key.

    :raises ConfigurationError: see `typed`.
    """
    return tuple(typed({**(body or {}), "key": key}, kind, f"{where}, {key}") for key, body in table.items())
