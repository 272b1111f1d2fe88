"""The product's time: the machine's clock, or the clock of a Workspace that tests move by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from expediente.errors import ConfigurationError

if TYPE_CHECKING:
    import urllib3

    from expediente.settings import Settings


class Clock(Protocol):
    """Where every instant of the product comes from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class RemoteClock:
    """A clock that is asked over HTTP each time; never kept, because a test may move it by a month between two questions.

    url: `GET url` answers `{"now": "<RFC 3339>"}`, as `/_local/clock` of the local Workspace.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def now(self) -> datetime:
        """The present instant there, aware, in UTC. :raises ConfigurationError: no such clock answers."""
        from urllib3.exceptions import HTTPError

        try:
            told = json.loads(self._pool.request("GET", self._url).data)["now"]
            return datetime.fromisoformat(told).astimezone(UTC)
        except (HTTPError, ValueError, KeyError, TypeError) as error:
            remedy = "Escriba `system` o la dirección de un reloj que responda."
            raise ConfigurationError("EXPEDIENTE_CLOCK", f"el reloj {self._url} no responde", remedy) from error

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        import urllib3

        # A question about the time may be asked twice: it changes nothing.
        return urllib3.PoolManager(maxsize=16, retries=urllib3.Retry(3, backoff_factor=0.1), timeout=urllib3.Timeout(total=10))


def clock_from(settings: Settings) -> Clock:
    """The clock that the settings name: `system`, or the address of one."""
    return SystemClock() if settings.clock == "system" else RemoteClock(settings.clock)
