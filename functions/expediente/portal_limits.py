"""How often something may be asked in an hour: counters in the store that the night removes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from expediente import codec
from expediente.portal_data import Counter
from expediente.store import Create, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App


@dataclass(frozen=True)
class Hour:
    """What was asked in this hour, as it stands. before: how often until now."""

    key: str
    before: int
    version: str | None
    counter: Counter

    @property
    def one_more(self) -> Write:
        """The write that counts one more; it fails when somebody else has counted meanwhile."""
        data = codec.to_data(replace(self.counter, count=self.before + 1))
        return Update("counter", self.key, data, self.version) if self.version else Create("counter", self.key, data)


def hours(app: App, *whats: str) -> list[Hour]:
    """The counters of this hour, in one read. whats: what is counted, hashed where it says something of a person."""
    begun = app.clock.now().replace(minute=0, second=0, microsecond=0)
    keys = [f"{what}/{codec.stamp(begun)}" for what in whats]
    found = app.store.get_many([("counter", key) for key in keys])
    result = []
    for key, read in zip(keys, found, strict=True):
        counter = codec.from_data(Counter, read.data) if read else Counter(0, begun + timedelta(hours=1))
        result.append(Hour(key, counter.count, read.version if read else None, counter))
    return result
