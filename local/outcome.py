"""What the system did between two moments, counted from the Workspace's list of calls and from the mailboxes that send."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local.cast import Cast
from local.stack import Json, Stack
from local.tables import process_table

_SYSTEM = "gserviceaccount.com"
_SENT = "mails"


@dataclass(frozen=True)
class Letter:
    """A mail that left: to whom (names where they are known), its subject, and its first line."""

    to: str
    subject: str
    first_line: str


@dataclass(frozen=True)
class Outcome:
    """What came of an act. counts: number and word; calls: to Google by the system; seconds: of real time."""

    counts: Sequence[tuple[int, str]] = ()
    mails: Sequence[Letter] = ()
    calls: int = 0
    seconds: float = 0.0
    remark: str = ""


@dataclass
class Watch:
    """Opened before an act, asked after it. words: method (or `mails`) -> singular and plural."""

    stack: Stack
    cast: Cast
    words: Mapping[str, Sequence[str]]
    _from: int = 0
    _sent: dict[str, set[str]] = field(default_factory=dict)
    _begun: float = 0.0

    def open(self) -> Watch:
        """Count from here on."""
        calls = self.stack.calls()
        self._from = calls[-1]["n"] if calls else 0
        self._sent = {sender: set(self._ids(sender)) for sender in _senders()}
        self._begun = time.monotonic()
        return self

    def calls(self) -> list[Json]:
        """The system's calls since then, people's own left out."""
        return [call for call in self.stack.calls() if call["n"] > self._from and call["actor"].endswith((_SYSTEM, *_senders()))]

    def close(self, remark: str = "") -> Outcome:
        """What has happened since."""
        seconds = time.monotonic() - self._begun
        calls, mails = self.calls(), self._letters()
        done = Counter(call["method"] for call in calls if 200 <= call["status"] < 300)
        done[_SENT] = len(mails)
        counts = [(done[key], words[done[key] != 1]) for key, words in self.words.items() if done[key]]
        return Outcome(counts, mails, len(calls), seconds, remark)

    def _ids(self, sender: str) -> list[str]:
        query = {"q": "in:sent", "maxResults": 500}
        told = self.stack.person(sender).wire.ask("GET", "/gmail/v1/users/me/messages", query=query)
        return [item["id"] for item in reversed(told.get("messages", []))]

    def _letters(self) -> list[Letter]:
        found = []
        for sender, known in self._sent.items():
            person = self.stack.person(sender)
            fresh = [person.mail(message) for message in self._ids(sender) if message not in known]
            found += [Letter(self.names(mail.to), mail.subject, _first(mail.text)) for mail in fresh]
        return found

    def names(self, addresses: str) -> str:
        """People and areas by name, others by address."""
        named = {row["group"]: row["label"] for row in (*self.cast.areas.values(), *self.cast.roles.values())}
        named |= {address: row["name"] for address, row in self.cast.people.items()}
        parts = [part.strip().rpartition("<")[2].rstrip(">") for part in addresses.split(",")]
        return ", ".join(named.get(part, part) for part in parts)


def _senders() -> tuple[str, ...]:
    return tuple(process_table("company")["senders"].values())


def _first(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
