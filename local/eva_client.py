"""A conversation with Eva as a client has it: what is written or pressed, what she says and offers. Over HTTP."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from local.portal_client import PortalClient, PortalError
from local.tables import process_table

_PATH = "/eva"
_LINE = re.compile(r'<li class="(eva|me)"[^>]*>.*?<p>(.*?)</p></li>', re.DOTALL)
_FORM = re.compile(r'<form class="offers".*?</form>', re.DOTALL)
_BUTTON = re.compile(r'name="f_pick" value="([^"]+)">([^<]+)<')
_LINKED = re.compile(r'<a class="[^"]*link[^"]*" href="([^"]+)">([^<]+)</a>')
_MOST_STEPS = 16


@dataclass(frozen=True)
class Heard:
    """What Eva answered. text: her lines since ours; buttons: pick -> label; links: path -> label."""

    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


@dataclass
class Talk:
    """One client's conversation. heard: her last answer."""

    client: PortalClient
    heard: Heard = field(default_factory=lambda: Heard(""))

    @classmethod
    def anew(cls, client: PortalClient) -> Talk:
        """A conversation in which nothing is asked yet, whatever the session left open."""
        found = cls(client)
        found.say(process_table("eva")["commands"]["cancel"][0])
        return found

    def say(self, text: str) -> Heard:
        """Write a line."""
        return self._send({"f_text": text})

    def press(self, pick: str) -> Heard:
        """Press a button that she offers. :raises PortalError: she does not."""
        if pick not in self.heard.buttons:
            raise PortalError(f"Eva no ofrece {pick!r}, sino {list(self.heard.buttons)}: {self.heard.text[:300]}")
        return self._send({"f_pick": pick})

    def finish(self, answer: str) -> Heard:
        """Answer whatever she still asks and send the request. answer: for whatever is asked in words.

        What may be left out is left out; of choices the first is taken. :raises PortalError: she goes on asking.
        """
        for _ in range(_MOST_STEPS):
            picks = list(self.heard.buttons)
            if "c:yes" in picks:
                return self.press("c:yes")
            if "c:skip" in picks:
                self.press("c:skip")
            elif choices := [pick for pick in picks if pick.startswith("v:")]:
                self.press(choices[0])
            elif "c:cancel" in picks:
                self.say(answer)
            else:
                return self.heard
        raise PortalError(f"Eva sigue preguntando: {self.heard.text[:300]}")

    def _send(self, said: dict[str, str]) -> Heard:
        page = self.client.open(_PATH)
        form = next((form for form in page.forms if form.action.endswith(_PATH) and "token" in form.fields), None)
        if form is None:
            raise PortalError(f"Eva no atiende: {page.status} {page.text[:300]}")
        self.heard = heard_in(self.client.send(page, form, said).html)
        return self.heard


def heard_in(page: str) -> Heard:
    """What the page says since the last line of ours."""
    since: list[str] = []
    for who, text in _LINE.findall(page):
        since = [] if who == "me" else [*since, _plain(text)]
    offers = "".join(_FORM.findall(page))
    buttons = {html.unescape(pick): _plain(label) for pick, label in _BUTTON.findall(offers)}
    return Heard("\n".join(since), buttons, {html.unescape(path): _plain(label) for path, label in _LINKED.findall(offers)})


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<br\s*/?>", "\n", text))).strip()
