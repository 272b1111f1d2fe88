"""Changes in `play`: asked by the form that a mail leads to, inspected and approved on pages, compared with what a case expects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import yaml

from local.play_table import Differences
from local.playing import Json, Run
from local.tables import ROOT
from local.travel import TravelError

# The end of a case's path -> kind of change and question of the form.
_FIELDS = {
    "frecuencia.dias": ("schedule", "points.schedule.days"),
    "frecuencia.ventana_desde": ("schedule", "points.schedule.window_from"),
    "frecuencia.ventana_hasta": ("schedule", "points.schedule.window_to"),
    "direccion": ("address", "points.address.line"),
}
_PATH = re.compile(r"orden_trabajo\.puntos\[(?P<point>P\d+)\]\.(?P<field>.+)")
_RESULTS = {"aprobada": "approved", "aprobada_con_condiciones": "approved_with_conditions", "rechazada": "refused"}
_STATES = {"aprobada": ("approved", "in_force"), "pendiente": ("requested",), "rechazada": ("refused",)}
_DECIDE, _STUDY = "decidir_modificacion", "registrar_estudio"


def _questions() -> Json:
    form = yaml.safe_load((ROOT / "forms" / "change.yaml").read_text(encoding="utf-8"))
    return {key: question for section in form["sections"].values() for key, question in section["questions"].items()}


# --- what people do ------------------------------------------------------------------------------------------------------------


def ask(run: Run, event: Json, actor: str) -> None:
    """The vendedora follows the link of her mail and says what changes. :raises TravelError: no link, or an unknown field."""
    found = _PATH.fullmatch(event["campo"])
    if found is None or found["field"] not in _FIELDS:
        raise TravelError(f"«play» no sabe pedir el cambio de {event['campo']}")
    person = run.stack.person(actor)
    links = [mail.text for mail in run.travel.mails_of(person) if run.code in mail.text and "usp=pp_url" in mail.text]
    if not links:
        raise TravelError(f"ningún correo de {actor} lleva el formulario de modificación con el código puesto")
    kind, key = _FIELDS[found["field"]]
    said = {
        "dossier.code": run.code,
        "client.ruc": run.case["cliente"]["ruc"],
        "change.point": found["point"],
        "change.kind": kind,
        key: event["despues"],
        f"{kind}.asked_by": "client",
        "change.reason": "Lo pidió el cliente",
        "change.valid_from": event.get("vigente_desde", ""),
    }
    run.asked.append(event)
    run.stack.submit("change", actor, {title: value for title, value in _answers(said) if value})
    run.stack.look()


def _answers(said: Json) -> Iterator[tuple[str, Any]]:
    questions = _questions()
    for key, value in said.items():
        options = questions[key].get("options", {})
        labels = [options.get(one, one) for one in value] if isinstance(value, list) else options.get(value, value)
        yield questions[key]["title"], labels


def inspect(run: Run, event: Json, actor: str) -> None:
    """Seguridad brings the report of a new place and registers its result."""
    person = run.stack.person(actor)
    run.travel.inspect()
    choices = {"f_result": _RESULTS[event["resultado"]], "f_conditions": "\n".join(event.get("condiciones", []))}
    run.travel.sign_act(person, _STUDY, _last(run), choices)


def approve(run: Run, event: Json, actor: str) -> None:
    """Whoever decides approves on the page; the clock then goes on to the day from which the change holds."""
    run.travel.sign_act(run.stack.person(actor), _DECIDE, _last(run), {"f_decision": "approved"})
    day = run.asked[-1].get("vigente_desde")
    if day:
        run.stack.set_clock(datetime.fromisoformat(f"{day}T08:00:00-05:00"))
        run.stack.look()


def _last(run: Run) -> str:
    return f"M{len(run.asked):02d}"


# --- what came of it -----------------------------------------------------------------------------------------------------------


def _change(run: Run) -> Json:
    changes = run.status().get("changes", [])
    return dict(changes[-1]) if changes else {}


def _says(name: str) -> Callable[[Run, Any], Differences]:
    def check(run: Run, wanted: Any) -> Differences:
        found = _change(run).get(name)
        if found != wanted:
            yield f"se espera {wanted!r} y hay {found!r}"

    return check


def _state(run: Run, wanted: str) -> Differences:
    found = _change(run).get("state")
    if found not in _STATES.get(wanted, ()):
        yield f"se espera {wanted!r} y hay {found!r}"


def _version(run: Run, wanted: int) -> Differences:
    found = run.status().get("version")
    if found != wanted:
        yield f"se espera {wanted} y hay {found}"


def _history(run: Run, wanted: list[str]) -> Differences:
    (amendment,) = _change(run).get("amendments", []) or [{}]
    found = [",".join(amendment.get(name) or []) for name in ("old", "new")]
    if found != wanted:
        yield f"se espera {wanted} y hay {found}"


def _not_before(run: Run, wanted: str) -> Differences:
    change = _change(run)
    if wanted != "inspeccion_aprobada":
        yield f"«play» no conoce {wanted!r}"
    elif not change.get("study_at") or not change["in_force_at"] > change["study_at"]:
        yield "el cambio se aplicó sin inspección aprobada"


def _new_paper(run: Run, wanted: str) -> Differences:
    place = run.cast.papers[wanted]["place"]
    security = run.stack.person(run.cast.first("seguridad"))
    reports = security.children(run.travel.folder(place, security))
    points = run.case["orden_trabajo"]["puntos"]
    if len(reports) <= len(points):
        yield f"en la carpeta hay {len(reports)} informes, no uno nuevo"


ACTIONS: dict[str, Callable[[Run, Json, str], None]] = {"solicitar_modificacion": ask, "aprobar_modificacion": approve}
CHECKS: dict[str, Callable[[Run, Any], Differences]] = {
    "requiere_aprobacion_de": _says("approved_by"),
    "requiere_estudio_de": _says("study_by"),
    "vigente_desde": _says("valid_from"),
    "estado_modificacion": _state,
    "version_expediente": _version,
    "historial": _history,
    "no_aplicar_antes_de": _not_before,
    "documento_nuevo": _new_paper,
}
