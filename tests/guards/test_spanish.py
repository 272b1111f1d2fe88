"""What people of the company and clients read is Spanish, whole and without leftovers of the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.guards.reading import ROOT, table

# English words that could only have been forgotten. Words that Spanish writes alike (control, error, formal) are not here.
ENGLISH = re.compile(
    r"(?i)\b(the|and|your|you|please|click|here|button|submit|save|cancel|loading|welcome|hello|dear|folder|file|sheet|"
    r"missing|required|invalid|failed|success|done|pending|review|reviewed|client|customer|service|mark|sign|signed|"
    r"lorem|ipsum|placeholder|template|untitled|example|true|false|null|undefined|none|yes|send|sent|update|updated|delete)\b"
)
# Keys of the code that leaked into a text: snake_case or dotted paths.
LEAKED = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(?:client|order|points|process|company)\.[a-z_]+\b")
# Texts that are named after what a machine needs and no person reads.
NOT_READ = frozenset(
    """
    action allowed_mime_types attaches branches calendar cc check color colors compare customer_service_email
    default denarius_pattern depends_on domain drive early_mail evidence field fields format from gate given_by goto
    group groups hints identity key kind kinds lane limited locale missing neutral_key new_areas_after next
    notice_mail of only_if only_while opens_at operational_secret people per place principal rank reads requires
    role roles rule rules_of schema sender senders services show_if shows stage states substitute template timezone
    to widths
    """.split()
)
TEXTS = {
    "process": ("areas", "documents", "access", "deadlines", "company", "process", "mails/mails"),
    "forms": tuple(sorted(path.stem for path in (ROOT / "forms").glob("*.yaml"))),
    "sheets_templates": tuple(sorted(path.stem for path in (ROOT / "sheets_templates").glob("*.yaml"))),
}
TABLES = [f"{folder}/{name}.yaml" for folder, names in TEXTS.items() for name in names]
MAILS = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "process" / "mails").rglob("*.*") if path.suffix in (".txt", ".html")
)
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "functions").rglob("*.html"))


def _read_texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every value of a table that a person reads."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in NOT_READ or isinstance(item, dict):
                yield from _read_texts(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _read_texts(item, f"{path}[{number}]")
    elif isinstance(value, str) and " " in value:
        yield path, re.sub(r"\{[^}]*\}", " ", value)


class _Visible(HTMLParser):
    """The texts of an HTML template that a person sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script")
        self.texts += [value for name, value in attrs if name in ("alt", "title", "aria-label", "placeholder") and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def _visible(name: str) -> str:
    """What a template says once its instructions and values are taken away."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    if not name.endswith(".html"):
        return text
    parser = _Visible()
    parser.feed(text)
    return "\n".join(parser.texts)


@pytest.mark.parametrize("name", TABLES)
def test_tables_speak_spanish(name: str) -> None:
    """No text of a table that people read holds an English word or a key of the code."""
    found = [
        (path, match[0])
        for path, text in _read_texts(table(name))
        for match in (ENGLISH.search(text) or LEAKED.search(text),)
        if match
    ]
    assert not found


@pytest.mark.parametrize("name", MAILS + PAGES)
def test_r17_mails_and_pages_speak_spanish(name: str) -> None:
    """No mail or page holds an English word or a key of the code."""
    text = _visible(name)
    assert not [match[0] for match in (*ENGLISH.finditer(text), *LEAKED.finditer(text))]


@pytest.mark.parametrize("name", MAILS + PAGES)
def test_nobody_is_addressed_as_tu(name: str) -> None:
    """Mails and pages say usted."""
    assert not re.findall(r"(?i)\b(tú|tu|tus|te|contigo|vos|haz|envía tu|puedes|debes|tienes|quieres)\b", _visible(name))


@pytest.mark.parametrize("name", [name for name in PAGES if "<html" in (ROOT / name).read_text(encoding="utf-8")])
def test_pages_say_their_language(name: str) -> None:
    """A page tells the browser that it is Spanish."""
    assert re.search(r"<html[^>]*\blang=\"es(-PA)?\"", (ROOT / name).read_text(encoding="utf-8"))
