"""Which code stands behind each act of `process/acts.yaml`: one line an act."""

from __future__ import annotations

from expediente import acts, reassign
from expediente.acts import Handler

HANDLERS: dict[str, Handler] = {
    "comentar": Handler(acts.comment),
    "reasignar": Handler(reassign.apply, shows=reassign.shows),
}
