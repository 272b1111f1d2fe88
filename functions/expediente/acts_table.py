"""Which code stands behind each act of `process/acts.yaml`: one line an act."""

from __future__ import annotations

from expediente import (
    acts,
    assignments,
    cancel,
    case_acts,
    change_acts,
    exchange,
    inspections,
    issued_acts,
    protocol,
    reassign,
    service_request,
    ways_out,
    welcome_acts,
)
from expediente.acts import Handler

HANDLERS: dict[str, Handler] = {
    **case_acts.HANDLERS,
    **change_acts.HANDLERS,
    **issued_acts.HANDLERS,
    **service_request.HANDLERS,
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
    "acordar_visita": Handler(inspections.agree_visit, inspections.to_inspect, inspections.shows_order),
    "registrar_resultado": Handler(inspections.give_result, inspections.to_inspect, inspections.shows_order),
    "asignar_recursos": Handler(assignments.assign, assignments.to_assign, assignments.shows_service),
    "coordinar_especial": Handler(assignments.coordinate, assignments.to_coordinate, assignments.shows_service),
    "establecer_protocolo": Handler(protocol.establish, protocol.may_establish, protocol.shows),
    "llevar_hoja_de_cambios": Handler(exchange.ask_sheet, exchange.may_ask_sheet),
    "revisar_cambios": Handler(exchange.review, exchange.to_review, exchange.shows_alert),
    "corregir_correo": Handler(welcome_acts.correct, welcome_acts.may_correct, welcome_acts.shows),
    "entregar_bienvenida": Handler(welcome_acts.hand_over, welcome_acts.may_hand, welcome_acts.shows),
    "pedir_inspeccion": Handler(inspections.ask_again, inspections.rejected, inspections.shows_findings),
}
