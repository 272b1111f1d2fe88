"""Records of how the welcome reached the client. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

# Kind of the fact that a mail came back.
RETURNED = "mail_returned"


@dataclass(frozen=True)
class ReturnedMail:
    """A mail that came back. address: to which it had gone."""

    address: str
    at: datetime


@dataclass(frozen=True)
class Handed:
    """The welcome was given in another way. means: key of the act's choice."""

    by: str
    at: datetime
    means: str
    note: str = ""


@dataclass(frozen=True)
class Welcome:
    """returned: key of a mail -> that it came back; handed: None = by mail alone; data_version: that a corrected address made."""

    returned: dict[str, ReturnedMail] = field(default_factory=dict)
    handed: Handed | None = None
    data_version: int = 0
