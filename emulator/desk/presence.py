"""Who has a sheet open now, and where the hand of each rests. Kept in memory: it is nobody's data."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

_GONE_AFTER_S = 6.0


@dataclass
class Presence:
    """The last sign of life of each person in each file. Times are real time."""

    _seen: dict[str, dict[str, tuple[float, str]]] = field(default_factory=dict)

    def note(self, file_id: str, actor: str, place: str) -> None:
        """The person is looking at the file now. place: `gid!cell`, or empty."""
        self._seen.setdefault(file_id, {})[actor] = (time.monotonic(), place)

    def others(self, file_id: str, actor: str) -> list[tuple[str, str]]:
        """Everybody else who looks at the file, with the place of each."""
        now, rows = time.monotonic(), self._seen.get(file_id, {})
        for one in [who for who, (at, _) in rows.items() if now - at > _GONE_AFTER_S]:
            del rows[one]
        return sorted((who, place) for who, (_, place) in rows.items() if who != actor)
