"""A sample case as a person would type it into the intake form: `{question title: answer}` for the path that the case takes.

It reads `forms/intake.yaml` itself: the local stack knows the form as a person sees it, not the code behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Case = dict[str, Any]
Answer = str | list[str]

# What a person leaves in a required question who leaves it blank all the same: an invisible character, pasted.
INVISIBLE = "\u200b"

_CLIENT = {
    "tipo_persona": "client.kind",
    "razon_social": "client.legal_name",
    "nombre_comercial": "client.trade_name",
    "ruc": "client.ruc",
    "dv": "client.dv",
    "actividad": "client.activity",
    "aviso_operacion": "client.business_notice",
    "folio_registro_publico": "client.registry_folio",
    "correo": "client.email",
    "telefono": "client.phone",
}
_ADDRESS = {
    "provincia": "province",
    "distrito": "district",
    "corregimiento": "corregimiento",
    "linea": "line",
    "referencia": "reference",
}
_PERSON = {"nombre": "name", "doc_tipo": "id_kind", "doc_numero": "id_number", "cargo": "position", "nacionalidad": "nationality"}
_CONTACT = {"nombre": "name", "cargo": "position", "telefono": "phone", "correo": "email"}
_POINT = {
    "nombre": "name",
    "valor_promedio_usd": "mean_value",
    "valor_maximo_asegurado_usd": "insured_value",
    "tipos_valor": "value_kinds",
    "observaciones": "remarks",
}


def load_definition(root: Path) -> Case:
    """`forms/intake.yaml` under `root`, as plain YAML."""
    definition: Case = yaml.safe_load((root / "forms" / "intake.yaml").read_text(encoding="utf-8"))
    return definition


def answers_for(case: Case, definition: Case) -> dict[str, Answer]:
    """The answers of a case, with choices by their text. case: as in `sample_cases.yaml`; definition: `load_definition`."""
    said = dict(_said(case))
    answers: dict[str, Answer] = {}
    for section in definition["sections"].values():
        repeat = section.get("repeat")
        for number in range(1, _copies(said, repeat) + 1) if repeat else (0,):
            for key, question in section["questions"].items():
                _answer(answers, said, key, question, repeat, number)
            if repeat and number < repeat["max"]:
                done = number == _copies(said, repeat)
                answers[f"{repeat['noun']} {number}: {repeat['ask_again']}"] = repeat["done" if done else "more"]
    return answers


def _answer(answers: dict[str, Answer], said: Case, key: str, question: Case, repeat: Case | None, number: int) -> None:
    """Put the answer to one question, of copy `number` where the section is repeated, if the case says anything about it."""
    full, title = key, question["title"]
    if repeat:
        full = key.replace(repeat["of"], f"{repeat['of']}[{number}]", 1)
        title = f"{repeat['noun']} {number}: {title}"
    if full not in said:
        return
    value = _chosen(question, said[full]) if "options" in question else str(said[full] or "")
    if value:
        answers[title] = value
    elif question.get("required"):
        answers[title] = INVISIBLE


def _copies(said: Case, repeat: Case) -> int:
    """How many copies of a repeated section the case fills."""
    return len({key.split(".")[0] for key in said if key.startswith(f"{repeat['of']}[")})


def _chosen(question: Case, value: Any) -> Answer:
    """Texts of options. What is none, or chosen twice, goes into the one free text of «Otro», as a person would type it."""
    options = question["options"]
    if not isinstance(value, list):
        return str(options.get(value, value or ""))
    labels: list[str] = []
    others: list[str] = []
    for item in value:
        label = options.get(item, item)
        (labels if label in options.values() and label not in labels else others).append(label)
    return [*labels, ", ".join(others)] if others else labels


def _said(case: Case) -> Iterator[tuple[str, Any]]:
    """What a case says, by the field of the form: pairs of key and value (key of an option where it is a choice)."""
    client, order = case["cliente"], case["orden_trabajo"]
    yield "consent", "si"
    for name, key in _CLIENT.items():
        if client.get(name) is not None:
            yield key, client[name]
    yield from _group(client["direccion"], "client.address", _ADDRESS)
    yield from _group(case["representante_legal"], "representative", _PERSON)
    if client["tipo_persona"] == "juridica_nt":
        yield "client.has_shareholders", "si" if case["accionistas"] else "no"
    holders = list(_holders(case["accionistas"], ""))
    yield from _shareholders(holders)
    yield from _peps([holder for holder, _ in holders if holder.get("pep")])
    yield from _order(order)
    for number, point in enumerate(order["puntos"], start=1):
        yield from _point(point, f"points[{number}]")


def _group(values: Case, prefix: str, names: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for name, key in names.items():
        if name in values:
            yield f"{prefix}.{key}", _province(values[name]) if key == "province" else values[name]


def _province(name: str) -> str:
    """The key of a province's option: `Panamá Oeste` -> `panama_oeste`."""
    return name.lower().translate(str.maketrans("áéíóúä -", "aeioua__"))


def _holders(holders: list[Case], through: str) -> Iterator[tuple[Case, str]]:
    """Shareholders one after the other, those of a company after the company."""
    for holder in holders:
        yield holder, through
        yield from _holders(holder.get("accionistas", []), holder["nombre"])


def _shareholders(holders: list[tuple[Case, str]]) -> Iterator[tuple[str, Any]]:
    for number, (holder, through) in enumerate(holders, start=1):
        prefix = f"shareholders[{number}]"
        yield from _group(holder, f"{prefix}.person", _PERSON)
        yield f"{prefix}.share", holder["porcentaje"]
        yield f"{prefix}.through", through


def _peps(peps: list[Case]) -> Iterator[tuple[str, Any]]:
    yield "has_pep", "si" if peps else "no"
    for number, holder in enumerate(peps, start=1):
        yield f"peps[{number}].name", holder["nombre"]
        yield f"peps[{number}].position", holder.get("pep_cargo", "")
        yield f"peps[{number}].ceased_on", holder.get("pep_cese", "")


def _order(order: Case) -> Iterator[tuple[str, Any]]:
    yield "order.number", order["numero"]
    yield "order.services", order["servicios"]
    yield "order.desired_start", order["inicio_deseado"]
    yield "order.conditions", order.get("condiciones", "")
    special, change, processing = order.get("servicio_especial"), order["cambio"], order["procesamiento"]
    room = change.get("requiere") or processing.get("requiere")
    yield "order_detail", "room" if room else "special" if special else "none"
    if room:
        yield from _room(change, processing)
        yield "also_special", "si" if special else "no"
    if special:
        yield "order.special_description", special["descripcion"]
        yield "order.special_equipment", "\n".join(special.get("equipo", []))


def _room(change: Case, processing: Case) -> Iterator[tuple[str, Any]]:
    yield "order.exchange_weekly_amount", change.get("monto_semanal_usd", "")
    yield "order.exchange_coins", change.get("denominaciones", {}).get("monedas", [])
    yield "order.exchange_notes", change.get("denominaciones", {}).get("billetes", [])
    yield "order.processing_bank", processing.get("banco_destino", "")
    yield "order.processing_account_ending", processing.get("cuenta_terminada_en", "")
    yield "order.processing_crediting", processing.get("acreditacion", "")


def _point(point: Case, prefix: str) -> Iterator[tuple[str, Any]]:
    schedule = point["frecuencia"]
    yield from _group(point, prefix, _POINT)
    yield from _group(point["direccion"], f"{prefix}.address", _ADDRESS)
    yield from _group(point["contacto"], f"{prefix}.contact", _CONTACT)
    yield f"{prefix}.schedule.days", schedule["dias"]
    yield f"{prefix}.schedule.window_from", schedule["ventana_desde"]
    yield f"{prefix}.schedule.window_to", schedule["ventana_hasta"]
    yield f"{prefix}.schedule.on_holidays", "si" if schedule.get("feriados") else "no"
    for key, count in point.get("insumos_mensuales", {}).items():
        yield f"{prefix}.supplies.{key}", count
