"""Points and exchanges in `play`: Sala writes each exchange into its sheet, points start one before another, special services are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import yaml

from local.play_table import Differences
from local.playing import Json, Run
from local.tables import ROOT, process_table
from local.travel import TravelError

ASK = "solicitar_cambio"
# Rule of a case -> the days and the amount of exchange_sheet.yaml that it means.
_RULES = {"acumulado_semanal_mayor_10000": (7, Decimal(10000))}
_REASONS = {"servicio_especial_requiere_equipo": "servicio_especial"}
_KEEPER, _SECURITY = "sala_procesamiento", "seguridad"


def _template() -> Json:
    table: Json = yaml.safe_load((ROOT / "sheets_templates" / "exchange_sheet.yaml").read_text(encoding="utf-8"))
    return table


# --- what people do ------------------------------------------------------------------------------------------------------------


def exchange_sheets(run: Run) -> list[Json]:
    """The exchange sheets of the dossier, as Expedientes finds them; Sala comes to its own by the link in the control sheet."""
    begins = _template()["file_name"].partition("{")[0]
    return [item for item in run.travel.sheets() if item["name"].startswith(begins)]


def ask(run: Run, event: Json, actor: str) -> None:
    """The client calls, and Sala writes the exchange into the next row of its sheet. :raises TravelError: it has none."""
    person = run.stack.person(run.cast.first(_KEEPER))
    sheets = exchange_sheets(run)
    if not sheets:
        raise TravelError("Sala no tiene hoja de control de cambios")
    template = _template()
    rows = person.tab(sheets[0]["id"], template["tab"])
    labels = [column["label"] for column in template["columns"].values()]
    heading = next(number for number, row in enumerate(rows) if row[: len(labels)] == labels)
    done = run.kept.setdefault(ASK, [])
    done.append(event)
    said = {
        "date": datetime.fromisoformat(event["en"]).strftime("%d/%m/%Y"),
        "gives": _coins(event["entrega"]),
        "takes": _coins(event["recibe"]),
        "amount": event["monto_usd"],
        "state": next(iter(template["states"].values()))["label"],
    }
    columns = list(template["columns"])
    cells = {(heading + len(done), columns.index(name)): text for name, text in said.items()}
    person.type_into(sheets[0]["id"], template["tab"], cells)
    run.stack.look()


def _coins(said: Json) -> str:
    return ", ".join(f"{kind} de {value}" for kind, value in said.items())


def one_by_one(run: Run) -> None:
    """The first point starts while the others wait for their inspection; then these."""
    travel = run.travel
    codes = [point["codigo"] for point in run.case["orden_trabajo"]["puntos"]]
    travel.inspect(codes[:1])
    for area, state in travel.area_states().items():
        if area != _SECURITY and state != run.cast.control_sheet["texts"]["not_applicable"]:
            travel.confirm(area)
    _approve(run, codes[1:])
    travel.close()
    run.kept["started"] = run.stack.status(travel.dossier_id)["points"]
    travel.inspect(codes[1:])
    _approve(run, [])
    travel.close()


def _approve(run: Run, without: list[str]) -> None:
    """Seguridad ticks its boxes but for those of the points that are still to be inspected, and signs."""
    travel, person = run.travel, run.stack.person(run.cast.first(_SECURITY))
    boxes = [box for box in travel.ticks(_SECURITY) if box.partition("/")[2] not in without]
    travel.tick(_SECURITY, person, travel.control_sheet(), only=boxes)
    run.stack.look()
    page = person.open(f"/confirmar/{travel.dossier_id}/{_SECURITY}")
    if any("token" in form.fields for form in page.forms):
        travel.sign_page(person, f"/confirmar/{travel.dossier_id}/{_SECURITY}")
        run.stack.look()


# --- what came of it -----------------------------------------------------------------------------------------------------------


def _exchange_sheet(run: Run, wanted: bool) -> Differences:
    room = run.stack.person(run.cast.first(_KEEPER))
    found = len(exchange_sheets(run))
    if found != int(wanted):
        yield f"se espera {int(wanted)} y hay {found}"
    elif wanted:
        cells = [str(cell) for row in run.travel.control_rows(run.travel.control_sheet(), room)[0] for cell in row]
        if _template()["link"] not in cells:
            yield "la hoja de control no lleva a la de cambios"


def _alerts(run: Run, address: str) -> set[str]:
    """The days of the alerts that somebody was told of."""
    mails = run.travel.mails_of(run.stack.person(address))
    return {day for mail in mails for day in re.findall(r"/revisar_cambios/(\d{4}-\d\d-\d\d)", mail.text)}


def _told(run: Run, wanted: list[Json]) -> Differences:
    compliance = run.cast.first("cumplimiento")
    found = {_week(day): day for day in _alerts(run, compliance)}
    yield from (f"sobra el aviso de la semana {week}" for week in sorted(found.keys() - {one["semana"] for one in wanted}))
    rule = _template()["alert"]
    for one in wanted:
        if _RULES.get(one["regla"]) != (rule["window_days"], Decimal(rule["above"])):
            yield f"la regla {one['regla']} no es la de la hoja: {rule}"
        if one["semana"] not in found:
            yield f"Cumplimiento no supo de la semana {one['semana']}"
            continue
        path = f"/acto/{run.travel.dossier_id}/revisar_cambios/{found[one['semana']]}"
        if f"{Decimal(one['acumulado_usd']):,.2f}" not in run.stack.person(compliance).open(path).text:
            yield f"la página no dice {one['acumulado_usd']}"
    others = [address for address, row in run.cast.people.items() if "cumplimiento" not in row["roles"]]
    yield from (f"{address} supo de un aviso" for address in others if _alerts(run, address))


def _week(day: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02d}"


def _by_point(run: Run, wanted: str) -> Differences:
    if wanted != "por_punto":
        yield f"«play» no conoce {wanted!r}"
        return
    first, *others = [point["codigo"] for point in run.case["orden_trabajo"]["puntos"]]
    if run.kept.get("started") != {first: "active", **dict.fromkeys(others, "pending")}:
        yield f"después del primer cierre los puntos estaban así: {run.kept.get('started')}"
    if set(run.status()["points"].values()) != {"active"}:
        yield f"al final los puntos están así: {run.status()['points']}"


def _special(run: Run, wanted: Json) -> Differences:
    areas = {**run.cast.areas, **process_table("areas")["roles"]}
    kind = _REASONS.get(wanted["motivo"], "")
    sent = [mail for mail in run.status()["mails"] if mail["kind"] == kind and mail["state"] == "sent"]
    if len(sent) != 1 or areas[wanted["a"]]["group"] not in sent[0]["to"]:
        yield f"el aviso {kind or wanted['motivo']} salió {len(sent)} veces a {wanted['a']}"
        return
    texts = [mail.text for mail in run.travel.mails_of(run.stack.person(run.cast.first(wanted["a"])))]
    for item in run.case["orden_trabajo"]["servicio_especial"]["equipo"]:
        if not any(item in text for text in texts):
            yield f"ningún correo a {wanted['a']} nombra {item!r}"
    done = [mark for mark in run.status()["marks"] if mark.partition("/")[0] == wanted["de"]]
    if not done:
        yield f"{wanted['de']} no ha confirmado nada"


ACTIONS: dict[str, Callable[[Run, Json, str], None]] = {ASK: ask}
CHECKS: dict[str, Callable[[Run, Any], Differences]] = {
    "hoja_de_cambios": _exchange_sheet,
    "alertas_cambio": _told,
    "activacion": _by_point,
    "notificacion_extra": _special,
}
