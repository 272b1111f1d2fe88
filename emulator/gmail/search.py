"""Gmail's search language: words, phrases, `-`, OR, braces, brackets and the operators.

Words match whole words, case and accents aside. Dates without a time are midnight in Pacific time, as the API says.
AROUND is not understood: it is looked for as a word.
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
class Reader:
    """Who searches and when: the names of the account's labels by id, its own addresses, the present instant."""

    names: dict[str, str]
    own: frozenset[str]
    now: datetime


@dataclass(frozen=True)
class Scene:
    """What a term is asked about: a message, and who asks."""

    message: Message
    reader: Reader

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

    def matches(self, message: Message, reader: Reader) -> bool:
        """Whether the search finds the message."""
        return self.test(Scene(message, reader))


def compile_query(text: str) -> Query:
    """Read a search. Nothing is ever malformed: what makes no sense is looked for as words."""
    everywhere = re.search(r"(?i)\b(in|is|label):(anywhere|trash|spam)\b", text) is not None
    return Query(_Parser(text).all_of(""), everywhere)


def words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)).casefold())


class _Parser:
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
            if value in ("OR", "|") and not name and not sign:
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
        if value.lower() == "me":
            return lambda scene: any(address in scene.reader.own for _, address in scene.mail.addresses(*names))
        needle = words(value)
        return lambda scene: any(_holds(words(text), needle) for key, text in scene.mail.headers if key.lower() in names)

    return make


def _label_test(value: str) -> Test:
    wanted = re.sub(r"[\s/-]+", "-", value.casefold())

    def test(scene: Scene) -> bool:
        named = [scene.reader.names.get(label_id, label_id) for label_id in scene.message.labels]
        return any(wanted == re.sub(r"[\s/-]+", "-", name.casefold()) for name in named)

    return test


_PLACES = {"sent": "SENT", "inbox": "INBOX", "draft": "DRAFT", "drafts": "DRAFT", "trash": "TRASH", "spam": "SPAM"}
_PLACES |= {"starred": "STARRED", "important": "IMPORTANT", "unread": "UNREAD", "chat": "CHAT", "chats": "CHAT"}
_NOWHERE = frozenset({"SENT", "INBOX", "DRAFT", "TRASH", "SPAM", "CHAT"})


def _place_test(value: str) -> Test:
    place = value.lower()
    if place == "anywhere":
        return lambda scene: True
    if place == "read":
        return lambda scene: "UNREAD" not in scene.message.labels
    if place in ("archive", "archived"):
        return lambda scene: not _NOWHERE & set(scene.message.labels)
    if place in _PLACES:
        return lambda scene: _PLACES[place] in scene.message.labels
    return _label_test(value)


_LINKS = {
    "drive": ("drive.google.com/", "docs.google.com/"),
    "document": ("docs.google.com/document/",),
    "spreadsheet": ("docs.google.com/spreadsheets/",),
    "presentation": ("docs.google.com/presentation/",),
    "youtube": ("youtube.com/", "youtu.be/"),
}


def _has_test(value: str) -> Test:
    thing = value.lower()
    if thing == "attachment":
        return lambda scene: bool(scene.mail.attachments)
    if thing in ("userlabels", "nouserlabels"):
        wanted = thing == "userlabels"
        return lambda scene: wanted == any(label_id in scene.reader.names for label_id in scene.message.labels)
    if thing == "yellow-star":
        return lambda scene: "STARRED" in scene.message.labels
    links = _LINKS.get(thing, ())
    return lambda scene: any(link in scene.mail.text or link in scene.mail.html for link in links)


_CATEGORIES = {"primary": "CATEGORY_PERSONAL", "personal": "CATEGORY_PERSONAL", "social": "CATEGORY_SOCIAL"}
_CATEGORIES |= {"promotions": "CATEGORY_PROMOTIONS", "updates": "CATEGORY_UPDATES", "forums": "CATEGORY_FORUMS"}


def _category_test(value: str) -> Test:
    label_id = _CATEGORIES.get(value.lower())
    return lambda scene: label_id in scene.message.labels


def _filename_test(value: str) -> Test:
    needle = value.casefold()
    return lambda scene: any(
        name == needle or name.endswith(f".{needle}") or _holds(words(name), words(needle))
        for name in (attachment.filename.casefold() for attachment in scene.mail.attachments)
    )


def _instant(value: str) -> datetime | None:
    if re.fullmatch(r"\d{9,11}", value):
        return datetime.fromtimestamp(int(value), _PACIFIC)
    match = re.fullmatch(r"(?P<y>\d{4})[/-](?P<m>\d{1,2})[/-](?P<d>\d{1,2})", value)
    match = match or re.fullmatch(r"(?P<m>\d{1,2})[/-](?P<d>\d{1,2})[/-](?P<y>\d{4})", value)
    try:
        return datetime(int(match["y"]), int(match["m"]), int(match["d"]), tzinfo=_PACIFIC) if match else None
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
    return lambda scene: age is not None and scene.reader.now - scene.date <= age


def _older_than(value: str) -> Test:
    age = _age(value)
    return lambda scene: age is not None and scene.reader.now - scene.date > age


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
    "list": _header_test("list-id", "list-post", "mailing-list"),
    "category": _category_test,
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
