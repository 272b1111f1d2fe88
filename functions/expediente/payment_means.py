"""How the company is paid by transfer: one text with a check value, the same in the portal, in Eva and in mails.

The check value is made of the account data alone. Whoever forges a mail with another account cannot show the value that the portal
shows for it, so a client who compares the two notices.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expediente.ids import code_of

if TYPE_CHECKING:
    from expediente.process import Process

_LETTERS = 8


@dataclass(frozen=True)
class Means:
    """What a client is told. lines: label and value of the account; check: such as `7K3M-Q2PX`, with its label; notes: sentences."""

    lines: tuple[tuple[str, str], ...]
    check_label: str
    check: str
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it as plain lines, for Eva and for mails."""
        said = [f"{label}: {value}" for label, value in (*self.lines, (self.check_label, self.check))]
        return "\n".join((*said, *self.notes))


def means_of(process: Process) -> Means:
    """The account data of `process/payments.yaml` with their check value."""
    rules = process.payments
    words = rules.account_words
    lines = tuple((line.label, line.value) for line in rules.account.values())
    return Means(lines, words.check_label, _check(lines), (words.check_help, words.reference, words.never))


def _check(lines: tuple[tuple[str, str], ...]) -> str:
    """Letters that can be read aloud. Blanks and case at the edges do not count: the same account has the same value."""
    said = "\n".join(f"{label.strip()}={' '.join(value.split())}" for label, value in lines)
    code = code_of(hashlib.sha256(said.encode()).digest(), _LETTERS)
    return f"{code[: _LETTERS // 2]}-{code[_LETTERS // 2 :]}"
