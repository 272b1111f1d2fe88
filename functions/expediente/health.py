"""What shows that the system is alive: when each recurring work has last ended, and until when the watches live.

One record (`cursor/health`): name of the work -> instant, and `watches`: form -> instant. Read by the register's tab of health.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from expediente import codec
from expediente.errors import ConflictError
from expediente.store import Create, Update

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

KEY = "health"


def note(app: App, work: str, **beside: Mapping[str, str]) -> None:
    """Keep that a work has ended now. beside: what else is to be kept, such as `watches`."""
    found = app.store.get("cursor", KEY)
    data: dict[str, Any] = {**(found.data if found else {}), work: codec.stamp(app.clock.now()), **beside}
    try:
        app.store.commit([Update("cursor", KEY, data, found.version) if found else Create("cursor", KEY, data)])
    except ConflictError:
        _log.info("another work has noted itself at this moment; the next run of this one is noted")


def known(app: App) -> dict[str, Any]:
    """What was noted; empty in the first hours of an installation."""
    found = app.store.get("cursor", KEY)
    return found.data if found else {}
