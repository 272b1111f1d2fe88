"""Plays one case: what people do, in the order of its events or, without events, the happy path as far as its papers reach."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from local import ending
from local.cases import Case
from local.cast import Cast
from local.person import FOLDER
from local.play_table import DATA_ONLY, FAULTS, MAIL_FAULT, MAIL_METHOD, OF_ACTIVE
from local.stack import Stack
from local.travel import Delivery, Travel, TravelError

Json = dict[str, Any]

# So many looks does a dossier get after a fault; the longest pause that it asks for is ten minutes.
_LOOKS_AFTER_FAULTS = 14
_REFUSABLE = "tipo_de_archivo_no_permitido"


@dataclass
class Run:
    """A case while and after it is played. counts: folders and sheets before it began; notes: what stands in the case's line;

    asked: changes that were asked for, as the case's events; asked_on: the day on which the areas were asked.
    kept: what an action remembers for its checks.
    """

    stack: Stack
    cast: Cast
    case: Case
    code: str
    travel: Travel
    responses: list[str] = field(default_factory=list)
    folders_before: int = 0
    entry_missing: set[str] = field(default_factory=set)
    struck: list[str] = field(default_factory=list)
    refused_file: Json = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)
    asked_on: date | None = None
    kept: Json = field(default_factory=dict)
    _status: dict[str, Json] = field(default_factory=dict)

    @property
    def expected(self) -> Json:
        """What the case expects."""
        wanted: Json = self.case["esperado"]
        return wanted

    def status(self, response: str = "") -> Json:
        """Where the dossier stands, or what became of a later response; asked once, after the play."""
        name = response or self.travel.response_id
        if name not in self._status:
            self._status[name] = self.stack.status(name)
        return self._status[name]

    def folders(self) -> int:
        """How many dossiers' folders Expedientes sees."""
        person = self.travel.encargado
        names = [row["name"] for row in self.cast.access["parents"].values()]
        parents = [item["id"] for name in names for item in person.files(f"name = '{name}' and mimeType = '{FOLDER}'")]
        return sum(len(person.children(parent)) for parent in parents)


def play_case(run: Run) -> None:
    """Play it. :raises TravelError: a person cannot do what the case says."""
    case, travel = run.case, run.travel
    run.folders_before = run.folders()
    if "enviado_en" in case:
        run.stack.set_clock(datetime.fromisoformat(case["enviado_en"]))
    _submit(run)
    if travel.find():
        travel.deliver()
        travel.classify()
        run.stack.look()
        if "faltantes_al_ingreso" in run.expected:
            run.entry_missing = _missing_now(run)
        if begins_active(case):
            _happy_path(run)
        _events(run)
    elif _REFUSABLE in run.expected.get("validacion", []):
        _deliver_elsewhere(run)


def begins_active(case: Case) -> bool:
    """Whether the client is taken to active before the events, if there are any: all of them are of a client that is served."""
    events = [event["accion"] for event in case.get("eventos", [])]
    return all(name in OF_ACTIVE for name in events) or (bool(case.get("base")) and case["id"] not in DATA_ONLY)


def _submit(run: Run) -> None:
    sends = run.case.get("envios")
    if not sends:
        run.responses.append(run.travel.submit())
        return
    made: dict[str, str] = {}
    for send in sends:
        run.stack.set_clock(datetime.fromisoformat(send["en"]))
        if send["respuesta_id"] in made:
            # The same response told twice: the trigger's retry, not another answer of a person.
            run.stack.tell_form("intake")
            continue
        case = copy.deepcopy(run.case)
        case["cliente"]["ruc"] = send["ruc"]
        made[send["respuesta_id"]] = run.travel.submit(case)
    run.responses += made.values()


def _happy_path(run: Run) -> None:
    travel = run.travel
    travel.verify()
    travel.pass_review()
    if run.case.get("fallos"):
        _hand_over_with_faults(run)
        return
    travel.acknowledge(run.code)
    states = travel.area_states()
    if not states:
        return
    if "activacion" in run.expected:
        from local import play_points  # it needs this module's types

        play_points.one_by_one(run)
        return
    travel.inspect()
    if "hoja_actual" in run.case:
        from local import play_reminders  # it needs this module's types

        play_reminders.wait_for_areas(run)
        return
    for area, state in states.items():
        if state != run.cast.control_sheet["texts"]["not_applicable"]:
            travel.confirm(area)
    travel.close()


# --- events --------------------------------------------------------------------------------------------------------------------


def _events(run: Run) -> None:
    for event in run.case.get("eventos", []):
        run.stack.set_clock(datetime.fromisoformat(event["en"]))
        actions()[event["accion"]](run, event, run.cast.actor(event["actor"]))


def _verify(run: Run, event: Json, actor: str) -> None:
    run.travel.verify()


def _give_code(run: Run, event: Json, actor: str) -> None:
    run.travel.acknowledge(event.get("codigo", run.code))


def _file_evidence(run: Run, event: Json, actor: str) -> None:
    if event.get("resultado") != "sin_coincidencias":
        raise TravelError(f"resultado de listas desconocido: {event.get('resultado')}")
    run.travel.pass_review()


def _inspect(run: Run, event: Json, actor: str) -> None:
    if run.asked:
        from local import play_changes  # it needs this module's types

        play_changes.inspect(run, event, actor)
    else:
        run.travel.inspect()


def _confirm(run: Run, event: Json, actor: str) -> None:
    run.travel.confirm(event["area"], actor)


def _close(run: Run, event: Json, actor: str) -> None:
    run.travel.encargado = run.stack.person(actor)
    run.travel.close()


ACTIONS: dict[str, Callable[[Run, Json, str], None]] = {
    "archivar_constancia_listas": _file_evidence,
    "verificar_documentos": _verify,
    "asignar_codigo_denarius": _give_code,
    "adjuntar_inspeccion": _inspect,
    "confirmar": _confirm,
    "cerrar_activacion": _close,
    "enviar_cancelacion": ending.send_cancellation,
    "archivar": ending.archive,
}


def actions() -> dict[str, Callable[[Run, Json, str], None]]:
    """Every action that a case may name."""
    from local import play_changes, play_points

    return {**ACTIONS, **play_changes.ACTIONS, **play_points.ACTIONS}


# --- faults --------------------------------------------------------------------------------------------------------------------


def _hand_over_with_faults(run: Run) -> None:
    """Set the faults just before the last condition of the hand-over is met, then let time pass until nothing is left to do."""
    run.stack.clear_calls()
    run.stack.faults([_rule(run, fault) for fault in run.case["fallos"]])
    run.travel.acknowledge(run.code)
    for _ in range(_LOOKS_AFTER_FAULTS):
        run.stack.advance(120)
        run.stack.look()
    run.struck = [call["method"] for call in run.stack.calls() if call["status"] >= 429]
    run.stack.faults([])


def method_of(step: str) -> str:
    """The method that fails for a step of a case, '' when the step is unknown."""
    return MAIL_METHOD if step.startswith(MAIL_FAULT) else FAULTS.get(step, "")


def _rule(run: Run, fault: Json) -> Json:
    rule = {"method": method_of(fault["paso"]), "do": str(fault["error"]), "times": int(fault["veces"])}
    if fault["paso"] == "crear_hoja_control":
        # The sheet's folder is made in the same wave and before it, where it is not there yet.
        return {**rule, "nth": 1 if run.travel.sheets_folder() else 2}
    return rule


# --- odds and ends -------------------------------------------------------------------------------------------------------------


def _missing_now(run: Run) -> set[str]:
    """Kinds of papers of which nothing has come: Expedientes' list, and what Seguridad and Cumplimiento keep."""
    travel, cast = run.travel, run.cast
    kinds = {row["label"]: kind for kind, row in cast.papers.items()}
    missing = {kinds[row["paper"]] for row in travel.paper_rows() if str(row["files"]) in ("", "0")}
    security, compliance = run.stack.person(cast.first("seguridad")), run.stack.person(cast.first("cumplimiento"))
    if not security.children(travel.folder("security", security)):
        missing |= {kind for kind, row in cast.papers.items() if row["given_by"] == "seguridad"}
    if not compliance.children(travel.compliance_folder(compliance)):
        missing |= {kind for kind, row in cast.papers.items() if row["given_by"] == "cumplimiento"}
    return missing


def _deliver_elsewhere(run: Run) -> None:
    """A refused form has no folder to deliver to: the very file, and one named like the case's formula, go to another open dossier."""
    other = copy.deepcopy(run.case)
    other |= {"accionistas": [], "documentos": []}
    other["cliente"] |= OTHER_CLIENT
    other["representante_legal"] = OTHER_PERSON
    point = other["orden_trabajo"]["puntos"][0]
    point["frecuencia"] |= {"dias": ["LU"], "ventana_desde": "09:00", "ventana_hasta": "11:00"}
    travel = Travel(run.stack, run.cast, other)
    travel.submit()
    if not travel.find():
        raise TravelError("el expediente auxiliar no se abrió")
    bad = next(one for one in run.travel.papers if one.mime not in ("application/pdf", "image/jpeg", "image/png"))
    formula = Delivery("", "", f"{run.case['cliente']['razon_social']}.pdf")
    travel.deliver([bad, formula])
    template = run.cast.documents_sheet["files"]
    shown = travel.encargado.tab(travel.workbook(), template["tab"])
    typed = travel.encargado.tab(travel.workbook(), template["tab"], "FORMULA")
    delivered = {item["name"] for item in travel.encargado.children(travel.delivery_folder())}
    run.refused_file = {"name": bad.file, "formula": formula.file, "shown": shown, "typed": typed, "delivered": delivered}
    run.notes.append(f"{bad.file} no puede llegar por el formulario: se entregó en otro expediente y allí se rechaza")


OTHER_CLIENT = {
    "tipo_persona": "natural",
    "razon_social": "Persona Auxiliar Inventada",
    "nombre_comercial": "",
    "ruc": "8-274-125",
    "dv": "91",
    "aviso_operacion": "8-274-125-2024-000001",
    "folio_registro_publico": None,
    "correo": "auxiliar@auxiliar.example.com",
    "telefono": "+507 200-0199",
    "direccion": {
        "provincia": "Panamá",
        "distrito": "Panamá",
        "corregimiento": "Betania",
        "linea": "Calle Auxiliar",
        "referencia": "",
    },
}
OTHER_PERSON = {"nombre": "Persona Auxiliar Inventada", "doc_tipo": "cedula", "doc_numero": "8-9999-998", "cargo": "Propietaria"}
