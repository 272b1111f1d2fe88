"""What the access audit keeps of a dossier: what it found in Drive that is not as the table says, and until when it looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Difference:
    """One thing that is not as `process/access.yaml` says.

    kind: `foreign` (nobody gave it), `left` (a person who is not of the company any more), `outside` (another domain), `anyone`,
    `missing`, `role` (another role than the table's), `unlimited` (a limited folder inherits), `inherited` (from above the dossier).
    place: folder key, `root`, or the key of a workbook; principal: address, domain, or `anyone`; role: as found, '' = none.
    """

    kind: str
    place: str
    file_id: str
    principal: str = ""
    role: str = ""
    permission_id: str = ""


@dataclass(frozen=True)
class AccessState:
    """found: of the last look that found something to mend; round: how many such looks there were.

    look: files to look at next, empty = all of them. checked_at: when all of them were looked at last.
    """

    found: tuple[Difference, ...] = ()
    round: int = 0
    look: tuple[str, ...] = ()
    checked_at: datetime | None = None
