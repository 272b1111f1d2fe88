"""Every id of one client, tried by another on every page: how ids are found, and what an answer must be like."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from flask import Response

from expediente import page_form
from expediente.model import Dossier
from expediente.portal import PortalPage
from expediente.portal_pages import PAGES
from tests.portal.portal_kit import PortalApp, Visitor

# What holds something random or telling of one client in a record, by the name of the field.
_NAMES = re.compile(r"(^|_)(id|ids|number|code|serial|reference|ref|order|place|sha256|key|cufe|name|source)$")
# Shared by all, so that they say nothing of whose they are.
_SHARED = frozenset({"USD", "invoice", "payment"})
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"


def ids_of(app: PortalApp, dossier: Dossier) -> set[str]:
    """All that names something of a client: keys of its records, parts of them, and the fields that bear ids."""
    found = {dossier.dossier_id, dossier.client_id}
    with sqlite3.connect(app.settings.store_path) as store:
        rows = store.execute("select kind, name, data from records").fetchall()
    for kind, name, text in rows:
        if dossier.client_id in name + text or dossier.dossier_id in name + text:
            key = unquote(name)
            if kind not in ("unique", "version"):
                found |= {key, *key.split("/")}
            found |= set(_in(json.loads(text)))
    return {one for one in found if len(one) >= 6 and one not in _SHARED}


def _in(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _in(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _in(inner, name)
    elif isinstance(value, str) and _NAMES.search(name):
        yield value


def like(one: str) -> str:
    """An id of the same shape that is nobody's: its first letter, which says of what kind it is, stays."""
    made = [
        str((int(letter) + 5) % 10) if letter.isdigit()
        else _LETTERS[(_LETTERS.find(letter.upper()) + 7) % len(_LETTERS)] if letter.isalpha() and letter.isupper()
        else _LETTERS[(_LETTERS.find(letter.upper()) + 7) % len(_LETTERS)].lower() if letter.isalpha()
        else letter
        for letter in one
    ]  # fmt: skip
    return one[:1] + "".join(made[1:])


@dataclass
class Tried:
    """What came of a page. own: how many of its own ids the victim opens there; alike: foreign ids answered as those of nobody."""

    page: str
    requests: int = 0
    alike: int = 0
    own: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Trespasser:
    """A client that is inside and tries what is another's. secrets: words of the victim that may stand in no answer."""

    app: PortalApp
    visitor: Visitor
    session_key: str
    ids: set[str]
    secrets: tuple[str, ...]

    def try_page(self, page: PortalPage, others: Mapping[str, str], victim: Visitor) -> Tried:
        """Put each id into each place of a page's address, read and send it. others: what a place takes that is no id."""
        told = Tried(page.pattern.pattern)
        for path, nobodys, one in self._paths(page, others):
            if page.get:
                self._compare(told, one, "GET", path, nobodys)
                told.own += victim.get(path).status_code == 200
            if page.post:
                self._compare(told, one, "POST", path, nobodys)
        return told

    def _paths(self, page: PortalPage, others: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Address with a foreign id, the same with one that is nobody's, and the foreign id."""
        for place in [name for name in page.pattern.groupindex if name not in others]:
            for one in sorted(self.ids):
                pair = [_filled(page, {**others, place: said}, one) for said in (one, like(one))]
                if all(page.pattern.fullmatch(unquote(path)) for path in pair):
                    yield pair[0], pair[1], one

    def _compare(self, told: Tried, one: str, method: str, path: str, nobodys: str) -> None:
        answers = [self.ask(method, address) for address in (path, nobodys)]
        texts = [_neutral(answer, address, one) for answer, address in zip(answers, (path, nobodys), strict=True)]
        told.requests += 1
        if answers[0].status_code != 404 or answers[1].status_code != 404 or texts[0] != texts[1]:
            told.wrong.append(f"{method} {path} {answers[0].status_code}, of nobody {answers[1].status_code}")
        elif self.leaks(answers[0]):
            told.wrong.append(f"{method} {path} says what is another's")
        else:
            told.alike += 1

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Response:
        """A request with a proof for that very path, so that nothing is refused for want of it."""
        if method == "GET":
            return self.visitor.get(path)
        token = page_form.token(self.app.portal_secret, self.session_key, unquote(path), "")
        return self.visitor.post(path, {"token": token, **(fields or {})})

    def leaks(self, answer: Response) -> list[str]:
        """Words of the victim that stand in an answer."""
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        return [word for word in self.secrets if word in text]


def _filled(page: PortalPage, said: Mapping[str, str], default: str) -> str:
    """The address of a page with its places filled; a place that nothing is said of gets the default."""
    path = page.pattern.pattern
    for name in page.pattern.groupindex:
        begins = path.index(f"(?P<{name}>")
        depth, ends = 0, begins
        while True:
            depth += {"(": 1, ")": -1}.get(path[ends], 0)
            ends += 1
            if not depth:
                break
        path = path[:begins] + quote(said.get(name, default), safe="") + path[ends:]
    return path.replace("\\", "")


def _neutral(answer: Response, path: str, one: str) -> str:
    """An answer without what differs with the request itself."""
    text = f"{answer.status_code} {answer.mimetype} {answer.headers.get('Location', '')} {answer.get_data(as_text=True)}"
    text = re.sub(r'nonce="[^"]*"|value="[0-9a-f]{64}"', "", text)
    for said in (path, unquote(path), one, like(one)):
        text = text.replace(said, "·")
    return text


def private_pages() -> list[PortalPage]:
    """The pages behind the login whose address bears something."""
    return [page for page in PAGES if page.may and page.pattern.groupindex]
