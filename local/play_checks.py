"""Compares what a played case has come to with its `esperado`: one function a key, each gives its differences in Spanish."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from local import ending, play_changes, play_points, play_reminders
from local.play_table import LATER, MAILS, STATES, Differences
from local.playing import Json, Run
from local.tables import process_table

_WORDS = {"Confirmado": "confirmado", "Observado": "observado", "No aplica": "no_aplica"}
_BY_FOLDER = "tipo_de_archivo_no_permitido"


def compare(run: Run) -> tuple[list[str], list[str]]:
    """Differences, and what later issues bring."""
    found: list[str] = []
    later: list[str] = []
    for key, value in run.expected.items():
        if key in CHECKS:
            found += [f"{key}: {text}" for text in CHECKS[key](run, value)]
        elif key in LATER:
            later.append(f"{key} ({LATER[key]})")
        else:
            found.append(f"{key}: «play» no conoce esta clave")
    if "coincidencias" in (run.expected.get("listas") or {}):
        later.append("listas.coincidencias (consulta automática de listas)")
    return found, later


def _differs(wanted: Any, found: Any) -> Differences:
    if wanted != found:
        yield f"se espera {wanted!r} y hay {found!r}"


# --- intake --------------------------------------------------------------------------------------------------------------------


def _problems(run: Run) -> list[Json]:
    submissions = [one for one in run.status()["submissions"] if one["response"] == run.travel.response_id]
    return list(submissions[0]["problems"]) if submissions else []


def _validation(run: Run, wanted: list[str]) -> Differences:
    codes = {problem["code"] for problem in _problems(run)}
    at_form = set(wanted) - {_BY_FOLDER}
    for code in sorted(at_form - codes):
        yield f"falta {code}"
    for code in sorted(codes - at_form):
        yield f"sobra {code}"
    if _BY_FOLDER in wanted:
        yield from _refused_file(run)


def _refused_file(run: Run) -> Differences:
    said = run.refused_file
    rows = [row for row in said.get("shown", []) if said["name"] in [str(cell) for cell in row]]
    notice = run.cast.documents_sheet["notices"].get("file_type", "")
    if len(rows) != 1 or notice not in [str(cell) for cell in rows[0]]:
        yield f"{said.get('name')} no aparece rechazado en el libro Documentos"
    elif said["name"] not in said["delivered"]:
        yield f"{said['name']} ya no está en la carpeta de entrega"


def _safe_cell(run: Run, wanted: str) -> Differences:
    """The text with a leading apostrophe is how a person would type a literal that begins with `=`."""
    text = wanted.removeprefix("'")
    said = run.refused_file
    name = said.get("formula", "")
    if not name.startswith(text):
        yield f"no se pudo probar con {text!r}"
    elif not any(name in [str(cell) for cell in row] for row in said["shown"]):
        yield f"el libro no muestra {name!r} tal como se escribió"
    elif any(
        str(cell).startswith("=") and "malo.example.com" in str(cell) and cell != name for row in said["typed"] for cell in row
    ):
        yield "el texto quedó en una fórmula"


def _right_dv(run: Run, wanted: str) -> Differences:
    told = [problem["expected"] for problem in _problems(run) if problem["field"] == "client.dv" or "dv" in problem["code"]]
    if not any(re.search(rf"\b{wanted}\b", text) for text in told):
        yield f"la corrección no dice {wanted}: {told}"
    if not any(re.search(rf"\b{wanted}\b", mail.text) for mail in run.travel.vendedora.mails() if "DV" in mail.text):
        yield f"ningún correo a la vendedora dice {wanted}"


def _sum_of_shares(run: Run, wanted: str) -> Differences:
    codes = [problem["code"] for problem in _problems(run) if problem["code"].startswith("accionistas_suman")]
    if codes:
        yield f"se espera {wanted} y el formulario dice {codes}"


def _owners(run: Run, wanted: list[Json]) -> Differences:
    """Who stands as a beneficial owner on Cumplimiento's page, each with the share."""
    page = run.stack.person(run.cast.first("cumplimiento")).open(f"/cumplimiento/{run.travel.dossier_id}").html
    cards = [re.sub(r"<[^>]+>", " ", part) for part in page.split("<section") if "Beneficiaria final</span>" in part]
    for owner in wanted:
        share = str(Decimal(owner.get("porcentaje_indirecto") or owner["porcentaje_directo"]).normalize())
        if not any(owner["nombre"] in card and share in card for card in cards):
            yield f"{owner['nombre']} no aparece con {share} %"
    if len(cards) != len(wanted):
        yield f"se esperan {len(wanted)} y hay {len(cards)}"


def _duplicates(run: Run, wanted: int) -> Differences:
    outcomes = [run.status(response)["submissions"][-1]["outcome"] for response in run.responses]
    yield from _differs(wanted, sum(outcome in ("in_process", "active", "repeated") for outcome in outcomes))


def _dossiers(run: Run, wanted: int) -> Differences:
    yield from _differs(
        wanted, sum(1 for response in run.responses if run.status(response)["submissions"][-1]["outcome"] == "accepted")
    )


def _told(run: Run, wanted: str) -> Differences:
    for response in run.responses[1:]:
        mails = run.status(response)["mails"]
        if not any(wanted in mail["to"] and mail["state"] == "sent" and mail["kind"].startswith("ya_") for mail in mails):
            yield f"no se avisó a {wanted} de la respuesta repetida"


# --- papers --------------------------------------------------------------------------------------------------------------------


def _label(run: Run, kind: str) -> str:
    return str(run.cast.papers.get(kind, {}).get("label", kind))


def _screening(run: Run, wanted: Json) -> Differences:
    if wanted.get("estado") == "sin_coincidencias":
        yield from _differs("passed", run.status().get("review"))
    elif wanted.get("estado") != "en_revision":
        yield f"«play» no conoce el estado {wanted.get('estado')!r}"
    for key in sorted(wanted.keys() - {"estado", "coincidencias"}):
        yield f"«play» no conoce la clave {key}"


def _missing_at_entry(run: Run, wanted: list[str]) -> Differences:
    yield from _differs(sorted(wanted), sorted(run.entry_missing))


def _missing(run: Run, wanted: list[Json]) -> Differences:
    verified = run.cast.documents_sheet["states"]["verified"]
    open_rows = {(row["paper"], row["about"]) for row in run.travel.paper_rows() if row["state"] != verified}
    yield from _differs({(_label(run, one["tipo"]), one.get("persona", "")) for one in wanted}, open_rows)


def _not_required(run: Run, wanted: list[str]) -> Differences:
    shown = {row["paper"] for row in run.travel.paper_rows()}
    yield from (f"se exige {kind}" for kind in wanted if _label(run, kind) in shown)


def _required_too(run: Run, wanted: list[str]) -> Differences:
    shown = {row["paper"] for row in run.travel.paper_rows()}
    yield from (f"no se exige {kind}" for kind in wanted if _label(run, kind) not in shown)


# --- names ---------------------------------------------------------------------------------------------------------------------


def _name_length(run: Run, wanted: int) -> Differences:
    yield from _differs(wanted, len(run.status()["client"]))


def _keeps_text(run: Run, wanted: bool) -> Differences:
    name = run.case["cliente"]["razon_social"]
    title = run.travel.encargado.tab(run.travel.workbook(), run.cast.documents_sheet["papers"]["tab"])[0]
    if (name in " ".join(map(str, title))) is not wanted:
        yield f"el libro Documentos dice {title!r}"


def _folder_name(run: Run, wanted: int) -> Differences:
    name = run.travel.encargado.file(run.travel.root_id)["name"].partition(" · ")[0]
    if len(name) > wanted:
        yield f"el nombre de la carpeta lleva {len(name)} letras"


# --- areas ---------------------------------------------------------------------------------------------------------------------


def _states(run: Run) -> dict[str, str]:
    return {area: _WORDS.get(text, "pendiente") for area, text in run.travel.area_states().items()} if run.travel.root_id else {}


def _areas(run: Run, wanted: list[str]) -> Differences:
    yield from _differs(sorted(wanted), sorted(area for area, state in _states(run).items() if state != "no_aplica"))


def _sheet(run: Run, wanted: dict[str, str] | None) -> Differences:
    yield from _differs(wanted or {}, _states(run))


def _inspections(run: Run, wanted: int) -> Differences:
    rows, _ = run.travel.control_rows(run.travel.control_sheet(), run.travel.encargado)
    found = {str(row[0]) for row in rows if row and str(row[0]).startswith("mark:inspeccion_aprobada")}
    yield from _differs(wanted, len(found))


def _sheets_made(run: Run, wanted: int) -> Differences:
    yield from _differs(wanted, len(run.travel.sheets()))


def _folders_made(run: Run, wanted: int) -> Differences:
    helper = 1 if run.refused_file else 0
    yield from _differs(wanted, run.folders() - run.folders_before - helper)


# --- mails ---------------------------------------------------------------------------------------------------------------------


def _sent(run: Run, kind: str) -> list[Json]:
    return [mail for mail in run.status()["mails"] if mail["kind"] == kind and mail["state"] == "sent"]


def _kind(name: str) -> str:
    return MAILS.get(name, name)


def _mails(run: Run, wanted: list[str]) -> Differences:
    known = {mail["kind"] for mail in run.status()["mails"]}
    for name in wanted:
        sent = _sent(run, _kind(name))
        if len(sent) != 1:
            yield f"{name} salió {len(sent)} veces (correos del expediente: {sorted(known)})"
        else:
            yield from _arrived(run, name, sent[0])


def _arrived(run: Run, name: str, mail: Json) -> Differences:
    """Each addressee's mailbox holds it once; a group's mail is looked for at its first person."""
    rfc_id = run.stack.person(mail["sender"]).mail(mail["message"]).rfc_id
    for address in mail["to"]:
        person = run.stack.person(run.cast.actor(address))
        copies = len(person.mails(f"in:inbox rfc822msgid:{rfc_id}"))
        if copies != 1 and person.address in (*run.cast.people, address):
            yield f"{name} está {copies} veces en el buzón de {person.address}"


def _never_sent(run: Run, wanted: list[str]) -> Differences:
    yield from (f"salió {name}" for name in wanted if _sent(run, _kind(name)))


def _welcomes(run: Run, wanted: int) -> Differences:
    yield from _differs(wanted, len(_sent(run, "bienvenida_cliente")))


def _mails_per_area(run: Run, wanted: int) -> Differences:
    texts = run.cast.control_sheet["texts"]
    for area, state in run.travel.area_states().items():
        if state != texts["not_applicable"]:
            count = len(_sent(run, run.cast.areas[area]["notice_mail"]))
            if count != wanted:
                yield f"{area} recibió {count} avisos"
    for method in sorted({"drive.files.create", "gmail.users.drafts.send"} - set(run.struck)):
        yield f"el fallo pedido en {method} no llegó a ocurrir"


# --- end -----------------------------------------------------------------------------------------------------------------------


def _final_state(run: Run, wanted: str) -> Differences:
    if wanted not in STATES:
        yield f"«play» no conoce el estado {wanted!r}"
        return
    status = run.status()
    yield from _differs(STATES[wanted], status.get("state", ""))
    if wanted == "rechazado_por_validacion":
        yield from _differs("refused", status["submissions"][-1]["outcome"])
    if wanted == "incompleto" and not any(one["kind"] == "paper" for one in status.get("missing", [])):
        yield "no le falta ningún papel"
    if status.get("state"):
        parents = run.cast.access["parents"].values()
        folder = next(row["name"] for row in parents if status["state"] in row["states"])
        yield from _differs(folder, run.travel.parent_name())
    if status.get("parked"):
        yield f"quedó detenido: {status['parked']}"


def _working_days(run: Run, wanted: int) -> Differences:
    zone = ZoneInfo(process_table("company")["timezone"])
    first, last = (datetime.fromisoformat(run.status()[key]).astimezone(zone).date() for key in ("opened_at", "closed_at"))
    yield from _differs(wanted, sum(_works(first + timedelta(days=n)) for n in range(1, (last - first).days + 1)))


def _works(day: date) -> bool:
    return day.weekday() < 5


CHECKS: dict[str, Callable[[Run, Any], Differences]] = {
    **play_reminders.CHECKS,
    **play_changes.CHECKS,
    **play_points.CHECKS,
    "validacion": _validation,
    "celda_hoja_segura": _safe_cell,
    "dv_correcto": _right_dv,
    "suma_porcentajes": _sum_of_shares,
    "beneficiarios_finales_25": _owners,
    "duplicados_registrados": _duplicates,
    "expedientes_creados": _dossiers,
    "aviso_a": _told,
    "listas": _screening,
    "faltantes_al_ingreso": _missing_at_entry,
    "faltantes": _missing,
    "no_exigir": _not_required,
    "documentos_adicionales": _required_too,
    "longitud_razon_social": _name_length,
    "conserva_texto_original": _keeps_text,
    "nombre_carpeta_max_propuesto": _folder_name,
    "areas_requeridas": _areas,
    "hoja_final": _sheet,
    "inspecciones_requeridas": _inspections,
    "hojas_creadas": _sheets_made,
    "carpetas_creadas": _folders_made,
    "correos": _mails,
    "no_enviar": _never_sent,
    "correos_bienvenida": _welcomes,
    "correos_por_area": _mails_per_area,
    "estado_final": _final_state,
    "dias_habiles_ciclo": _working_days,
    "acceso": ending.access,
    "areas_notificadas": ending.areas_told,
    "no_borrar": ending.nothing_deleted,
    "conservar_hasta_al_menos": ending.kept_until,
    "verificar_saldo_pendiente": ending.balance_needed,
}
