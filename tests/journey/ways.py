"""Stretches of the way that several journeys share."""

from __future__ import annotations

import itertools
from typing import Any

from local.clients import check_digits
from local.travel import Travel

_numbers = itertools.count(1)


def another_client(case: dict[str, Any]) -> dict[str, Any]:
    """The case with a client that nobody has taken yet in this run: a RUC, notice and name of its own."""
    number, client = next(_numbers), dict(case["cliente"])
    ruc = f"{155_993_000 + number}-2-2024"
    named = f"Cliente {number} de Prueba, S.A."
    client |= {"ruc": ruc, "dv": check_digits(ruc), "aviso_operacion": f"{ruc}-2024-000001", "razon_social": named}
    client |= {"nombre_comercial": named, "folio_registro_publico": ruc.partition("-")[0]}
    return {**case, "cliente": client}


def open_dossier(travel: Travel) -> None:
    """From the form to the delivered papers."""
    travel.submit()
    assert travel.find(), "the form opened no dossier"
    travel.deliver()
    travel.classify()
    travel.stack.look()


def hand_over(travel: Travel, code: str) -> None:
    """Papers verified, Cumplimiento passed, code given: the areas are asked."""
    travel.verify()
    travel.pass_review()
    travel.acknowledge(code)


def confirm_all(travel: Travel) -> None:
    """Every area that takes part confirms."""
    travel.inspect()
    for area, state in travel.area_states().items():
        if state != travel.cast.control_sheet["texts"]["not_applicable"]:
            travel.confirm(area)


def whole_way(travel: Travel, code: str) -> None:
    """From the sale to the active service."""
    open_dossier(travel)
    hand_over(travel, code)
    confirm_all(travel)
    travel.close()
