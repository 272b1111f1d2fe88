"""Gmail's search language: words, phrases, `-`, OR, braces, brackets and the operators.

Words match whole words, case and accents aside. Dates without a time are midnight in Pacific time, as the API says.
Source: Gmail Help "Refine searches in Gmail"; Gmail API guide "Searching for messages".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from emulator.gmail import rfc822
from emulator.gmail.model import Message

_PACIFIC = ZoneInfo("America/Los_Angeles")
_TOKEN = re.compile(r'(-?)(?:([a-zA-Z_0-9]+):)?("[^"]*"?|[(){}]|[^\s(){}"]+)')
_BARE_OPERATOR = re.compile(r"(-?)([a-zA-Z_0-9]+):(?=\()")


@dataclass(frozen=True)
class Scene:
    """What a term is asked about: a message, the names of the account's labels by id, and the present instant."""

    message: Message
    names: dict[str, str]
    now: datetime

    @property
    def mail(self) -> rfc822.Mail:
        """The message, parsed."""
        return rfc822.parse(self.message.raw)

    @property
    def date(self) -> datetime:
        """When Gmail took the message in."""
        return datetime.fromtimestamp(self.message.internal_date_ms / 1000, _PACIFIC)


Test = Callable[[Scene], bool]


@dataclass(frozen=True)
class Query:
    """A search, ready to be asked of messages. `looks_everywhere`: it reaches into spam and trash by itself."""

    test: Test
    looks_everywhere: bool

    def matches(self, message: Message, names: dict[str, str], now: datetime) -> bool:
        """Whether the search finds the message."""
        return self.test(Scene(message, names, now))


def compile_query(text: str) -> Query:
    """Read a search. Nothing is ever malformed: what makes no sense is looked for as words."""
    everywhere = re.search(r"(?i)\b(in|is|label):(anywhere|trash|spam)\b", text) is not None
    return Query(_Reader(text).all_of(""), everywhere)


def words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)).casefold())


class _Reader:
    """Reads a search from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def all_of(self, closing: str, operator: str = "") -> Test:
        """Terms up to the closing bracket: all of them; either side of OR; any of them within braces."""
        groups: list[list[Test]] = []
        joined = closing == "}"
        while (token := self._next_token()) is not None:
            sign, name, value = token
            if value == closing and closing:
                break
            if value == "OR" and not name and not sign:
                joined = bool(groups)
                continue
            if value in ")}":
                continue
            test = self._term(name or operator, value)
            wanted = _negated(test) if sign else test
            if joined and groups:
                groups[-1].append(wanted)
            else:
                groups.append([wanted])
            joined = closing == "}"
        return lambda scene: all(any(test(scene) for test in group) for group in groups)

    def _next_token(self) -> tuple[str, str, str] | None:
        space = re.compile(r"\s*").match(self.text, self.position)
        start = space.end() if space else self.position
        match = _BARE_OPERATOR.match(self.text, start)
        if match:
            self.position = match.end() + 1
            return match[1], match[2], "("
        match = _TOKEN.match(self.text, start)
        if match is None:
            return None
        self.position = match.end()
        return match[1], match[2] or "", match[3]

    def _term(self, operator: str, value: str) -> Test:
        if value == "(":
            return self.all_of(")", operator)
        if value == "{":
            return self.all_of("}", operator)
        plain = value.strip('"')
        made = _OPERATORS.get(operator.lower())
        if made is not None:
            return made(plain)
        return _text_test(f"{operator} {plain}" if operator else plain)


def _negated(test: Test) -> Test:
    return lambda scene: not test(scene)


def _holds(haystack: list[str], needle: list[str]) -> bool:
    """Whether the words stand there one after the other. A sign that is no word is found everywhere."""
    size = len(needle)
    return any(haystack[start : start + size] == needle for start in range(len(haystack) - size + 1))


@lru_cache(maxsize=4096)
def _all_words(raw: bytes) -> list[str]:
    mail = rfc822.parse(raw)
    headers = [mail.header(name) for name in ("Subject", "From", "To", "Cc", "Bcc")]
    return words(" \n ".join([*headers, mail.text, *(attachment.filename for attachment in mail.attachments)]))


def _text_test(text: str) -> Test:
    needle = words(text)
    return lambda scene: _holds(_all_words(scene.message.raw), needle)


def _header_test(*names: str) -> Callable[[str], Test]:
    def make(value: str) -> Test:
        needle = words(value)
        own = value.lower() == "me"
        return lambda scene: own or any(_holds(words(text), needle) for key, text in scene.mail.headers if key.lower() in names)

    return make


def _label_test(value: str) -> Test:
    wanted = re.sub(r"[\s/-]+", "-", value.casefold())

    def test(scene: Scene) -> bool:
        named = [scene.names.get(label_id, label_id) for label_id in scene.message.labels]
        return any(wanted == re.sub(r"[\s/-]+", "-", name.casefold()) for name in named)

    return test


_PLACES = {"sent": "SENT", "inbox": "INBOX", "draft": "DRAFT", "drafts": "DRAFT", "trash": "TRASH", "spam": "SPAM"}
_PLACES |= {"starred": "STARRED", "important": "IMPORTANT", "unread": "UNREAD", "chat": "CHAT", "chats": "CHAT"}


def _place_test(value: str) -> Test:
    place = value.lower()
    if place == "anywhere":
        return lambda scene: True
    if place == "read":
        return lambda scene: "UNREAD" not in scene.message.labels
    if place in _PLACES:
        return lambda scene: _PLACES[place] in scene.message.labels
    return _label_test(value)


def _has_test(value: str) -> Test:
    if value.lower() == "attachment":
        return lambda scene: bool(scene.mail.attachments)
    if value.lower() == "userlabels":
        return lambda scene: any(label_id in scene.names for label_id in scene.message.labels)
    return lambda scene: False


def _filename_test(value: str) -> Test:
    needle = value.casefold()
    return lambda scene: any(
        name == needle or name.endswith(f".{needle}") or _holds(words(name), words(needle))
        for name in (attachment.filename.casefold() for attachment in scene.mail.attachments)
    )


def _instant(value: str) -> datetime | None:
    if re.fullmatch(r"\d{9,11}", value):
        return datetime.fromtimestamp(int(value), _PACIFIC)
    match = re.fullmatch(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", value)
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=_PACIFIC) if match else None
    except ValueError:
        return None


def _after(value: str) -> Test:
    start = _instant(value)
    return lambda scene: start is not None and scene.date >= start


def _before(value: str) -> Test:
    end = _instant(value)
    return lambda scene: end is not None and scene.date < end


def _age(value: str) -> timedelta | None:
    match = re.fullmatch(r"(\d{1,4})([hdwmy])", value.lower())
    days = {"h": 1 / 24, "d": 1, "w": 7, "m": 30, "y": 365}
    return timedelta(days=int(match[1]) * days[match[2]]) if match else None


def _newer_than(value: str) -> Test:
    age = _age(value)
    return lambda scene: age is not None and scene.now - scene.date <= age


def _older_than(value: str) -> Test:
    age = _age(value)
    return lambda scene: age is not None and scene.now - scene.date > age


def _message_id_test(value: str) -> Test:
    wanted = value.strip("<>")
    return lambda scene: scene.mail.header("Message-ID").strip("<>") == wanted


def _size_test(sign: int) -> Callable[[str], Test]:
    def make(value: str) -> Test:
        match = re.fullmatch(r"(\d+)([kKmM]?)", value)
        limit = int(match[1]) * {"": 1, "k": 1024, "m": 1024**2}[match[2].lower()] if match else None
        return lambda scene: limit is not None and sign * (len(scene.message.raw) - limit) > 0

    return make


_OPERATORS: dict[str, Callable[[str], Test]] = {
    "from": _header_test("from"),
    "to": _header_test("to", "cc", "bcc"),
    "cc": _header_test("cc"),
    "bcc": _header_test("bcc"),
    "subject": _header_test("subject"),
    "deliveredto": _header_test("delivered-to"),
    "in": _place_test,
    "is": _place_test,
    "label": _place_test,
    "has": _has_test,
    "filename": _filename_test,
    "after": _after,
    "newer": _after,
    "before": _before,
    "older": _before,
    "newer_than": _newer_than,
    "older_than": _older_than,
    "rfc822msgid": _message_id_test,
    "larger": _size_test(1),
    "size": _size_test(1),
    "smaller": _size_test(-1),
}
