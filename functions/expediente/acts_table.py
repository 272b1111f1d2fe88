"""Which code stands behind each act of `process/acts.yaml`: one line an act."""

from __future__ import annotations

from expediente import acts, cancel, change_acts, reassign, ways_out
from expediente.acts import Handler

HANDLERS: dict[str, Handler] = {
    **change_acts.HANDLERS,
    "comentar": Handler(acts.comment),
    "reasignar": Handler(reassign.apply, shows=reassign.shows),
    "desistir": Handler(ways_out.withdraw),
    "retomar": Handler(ways_out.reopen, ways_out.reopenable),
    "pausar": Handler(ways_out.pause, ways_out.pausable),
    "reanudar": Handler(ways_out.resume, ways_out.resumable),
    "urgente": Handler(ways_out.hurry, ways_out.hurriable),
    "quitar_urgente": Handler(ways_out.calm, ways_out.calmable),
    "dispensar": Handler(ways_out.waive, ways_out.waivable, ways_out.shows_paper),
    "firmar_cancelacion": Handler(cancel.sign, cancel.signable, cancel.shows),
    "saldo_revisado": Handler(cancel.settle, cancel.settleable, cancel.shows),
    "retirar_cancelacion": Handler(cancel.take_back, cancel.revocable, cancel.shows),
}
