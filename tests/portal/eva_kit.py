"""A person who talks with Eva, by the page alone: reads what she says, writes, presses her buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urlencode

from local.portal_client import Answer, PortalClient


class Someone(Protocol):
    """Whoever opens pages and sends forms: a `Visitor` of the kit or a `PortalClient` over HTTP."""

    def text(self, path: str) -> str:
        """A page, followed to where it leads."""

    def post(self, path: str, fields: Mapping[str, str]) -> Any:
        """A form; not followed."""


class _Page(HTMLParser):
    """What the page of Eva shows: the lines, the buttons with what they send, the links, the proof."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str, bool]] = []
        self.links: list[tuple[str, str]] = []
        self.token = ""
        self._who, self._in, self._text, self._pick, self._menu = "", "", "", "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "li" and said.get("class") in ("eva", "me"):
            self._who = said["class"]
        elif tag == "p" and self._who:
            self._in, self._text = "line", ""
        elif tag == "button" and said.get("name") == "f_pick":
            self._in, self._text, self._pick = "button", "", said["value"]
        elif tag == "a" and "chip" in said.get("class", ""):
            self._in, self._text, self._pick = "link", "", said["href"]
        elif tag == "input" and said.get("name") == "token":
            self.token = said["value"]
        elif tag == "details" and said.get("class") == "menu":
            self._menu = True

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self._in == "line":
            self.lines.append((self._who, self._text))
        elif tag == "button" and self._in == "button":
            self.buttons.append((self._text, self._pick, self._menu))
        elif tag == "a" and self._in == "link":
            self.links.append((self._text, self._pick))
        else:
            return
        self._in = ""
        self._who = "" if tag == "p" else self._who


@dataclass
class Talk:
    """A conversation of a person. person: a `Visitor`."""

    person: Someone

    def page(self) -> _Page:
        """The page as it stands."""
        return _Page(self.person.text("/eva"))

    @property
    def said(self) -> str:
        """What Eva said last."""
        return next(text for who, text in reversed(self.page().lines) if who == "eva")

    @property
    def buttons(self) -> list[str]:
        """The buttons below what she said last, links included."""
        page = self.page()
        return [label for label, _, menu in page.buttons if not menu] + [label for label, _ in page.links]

    @property
    def menu(self) -> list[str]:
        """The menu."""
        return [label for label, _, menu in self.page().buttons if menu]

    def link(self, label: str) -> str:
        """Where a link leads."""
        return next(path for text, path in self.page().links if text == label)

    def say(self, text: str) -> str:
        """Write to her; gives her answer."""
        self.send(text=text)
        return self.said

    def press(self, label: str) -> str:
        """Press a button below her last line or, failing that, of the menu."""
        pick = next(pick for text, pick, _ in self.page().buttons if text == label)
        self.send(pick=pick)
        return self.said

    def send(self, **fields: str) -> Any:
        """Send the form; not followed."""
        said = {f"f_{name}": value for name, value in fields.items()}
        return self.person.post("/eva", {"token": self.page().token, **said})


def case_number(text: str) -> str:
    """The number of a case that a text names."""
    found = re.search(r"\bK[0-9A-Z]{7}\b", text)
    assert found, text
    return found[0]


@dataclass
class Online:
    """A `PortalClient` as `Talk` wants it: over HTTP, as a browser would."""

    client: PortalClient

    def text(self, path: str) -> str:
        """A page, followed to where it leads."""
        return self.client.open(path).html

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """A form; not followed."""
        return self.client.ask("POST", path, urlencode(dict(fields)).encode())


def online(client: PortalClient) -> Talk:
    """Eva over HTTP."""
    return Talk(Online(client))
