"""What is wrong in the tables, as one finding each, and how it is told: file, key, value, rule, remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from expediente.errors import ConfigurationError


@dataclass(frozen=True)
class Finding:
    """One thing wrong in the tables. All texts are Spanish; key: path inside the file; value: what was found ('' = nothing)."""

    file: str
    key: str
    value: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        found = f" (dice «{self.value}»)" if self.value else ""
        place = f"{self.file}, {self.key}" if self.key else self.file
        return f"{place}{found}: {self.rule}. {self.remedy}"


def as_error(findings: list[Finding]) -> ConfigurationError:
    """All findings as the one error that stops a start."""
    lines = "\n".join(f"  - {finding}" for finding in findings)
    return ConfigurationError("process/", f"{len(findings)} problema(s)\n{lines}\n", "Corríjalos y ejecute `expediente check`")


def near(value: str, known: Iterable[str]) -> str:
    """How to put it right: the nearest known word, or all of them."""
    options = sorted(known)
    close = get_close_matches(value, options, n=1)
    return f"¿Quiso decir «{close[0]}»?" if close else f"Use uno de: {', '.join(options) or '(ninguno)'}."


def unknown(file: str, key: str, values: Iterable[str], known: Iterable[str], what: str) -> Iterator[Finding]:
    """A finding for each value that is none of the known ones. what: what such a value would be, as `una carpeta`."""
    options = tuple(known)
    for value in values:
        if value not in options:
            yield Finding(file, key, value, f"no existe {what} con esa clave", near(value, options))
