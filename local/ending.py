"""The end of a client's service as people live it: sales fill the form, Cartera and the Encargado sign, and what they can open then."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import yaml

from local.person import Person
from local.play_table import Differences
from local.tables import ROOT, process_table
from local.travel import Travel, TravelError
from local.wire import HttpError, Wire

if TYPE_CHECKING:
    from local.playing import Run

Json = dict[str, Any]
_LINK = re.compile(r"https?://\S+/acto/\S+")
_ASKED, _BALANCE = "Revise y firme la cancelación", "Revise el saldo"


def send_cancellation(run: Run, event: Json, actor: str) -> None:
    """Sales answer the cancellation form with the code and RUC of the client."""
    run.kept["files"] = _files(run)
    supplies = "returned" if event.get("devuelve_insumos") else "none"
    ask(run.travel, run.code, actor, (str(event["ultimo_servicio"]), event["motivo"], supplies))


def ask(travel: Travel, code: str, actor: str, wanted: tuple[str, str, str]) -> None:
    """Sales ask by the form that the whole service ends. wanted: its last day, why, and what becomes of the supplies."""
    said = {"dossier.code": code, "client.ruc": travel.case["cliente"]["ruc"], "cancel.scope": "whole"}
    said |= dict(zip(("cancel.last_service", "cancel.reason", "cancel.supplies"), wanted, strict=True))
    questions: Json = {}
    form = yaml.safe_load((ROOT / "forms" / "cancellation.yaml").read_text(encoding="utf-8"))
    for section in form["sections"].values():
        questions |= section["questions"]
    answers = {questions[key]["title"]: questions[key].get("options", {}).get(value, value) for key, value in said.items()}
    travel.stack.submit("cancellation", actor, answers)
    travel.stack.look(2)


def archive(run: Run, event: Json, actor: str) -> None:
    """The Encargado signs; without Cartera nothing ends; then Cartera signs as well."""
    encargado, cartera = run.stack.person(actor), run.stack.person(run.cast.first("cartera"))
    sign(run.travel, encargado)
    run.kept["alone"] = run.stack.status(run.travel.response_id)["state"]
    settle_balance(run.travel, cartera)
    run.stack.look(3)


def sign(travel: Travel, person: Person) -> None:
    """The Encargado's half."""
    _sign(travel, person, _ASKED, {"f_supplies": "si"})


def settle_balance(travel: Travel, person: Person) -> None:
    """Cartera's word."""
    _sign(travel, person, _BALANCE, {"f_balance": "none"})


def _sign(travel: Travel, person: Person, words: str, choices: dict[str, str]) -> None:
    """Sign the page that a mail leads to. :raises TravelError: no mail does."""
    found = [mail for mail in person.mails() if words in mail.text and travel.dossier_id in mail.text]
    links = _LINK.findall(found[0].text) if found else []
    if not links:
        raise TravelError(f"{person.address} no recibió el correo que pide «{words}»")
    travel.sign_page(person, links[0], choices)


def _files(run: Run) -> list[str]:
    """Ids of the files of the dossier, as the Encargado sees them."""
    return sorted(str(item["id"]) for item in run.travel.encargado.files_under(run.travel.root_id))


def access(run: Run, wanted: str) -> Differences:
    """Who opens the files of the archived dossier, asked as each person."""
    if wanted != "solo_lectura_expedientes_y_cumplimiento":
        yield f"«play» no conoce {wanted!r}"
        return
    files = _files(run)
    if not files:
        yield "Expedientes ya no ve ningún archivo"
    for role in (*run.cast.areas, *run.cast.roles):
        expected = "lee" if role in ("expedientes", "cumplimiento") else "nada"
        person = run.stack.person(run.cast.first(role) if role != "vendedora" else run.travel.vendedora.address)
        found = {_reach(person, file_id) for file_id in files}
        if found - {expected}:
            yield f"{role}: se espera {expected} y hay {sorted(found)}"


def _reach(person: Person, file_id: str) -> str:
    path = f"/drive/v3/files/{file_id}"
    query = {"supportsAllDrives": "true", "fields": "capabilities(canEdit)"}
    try:
        told = person.wire.ask("GET", path, query=query)
    except HttpError as refused:
        if refused.status not in (403, 404):
            raise
        return "nada"
    return "edita" if told["capabilities"]["canEdit"] else "lee"


def areas_told(run: Run, wanted: list[str]) -> Differences:
    """One notice to each area that was active, and to no other."""
    for area, row in process_table("areas")["areas"].items():
        told = [mail for mail in run.status()["mails"] if mail["kind"] == "cancelacion_areas" and row["group"] in mail["to"]]
        if len(told) != (area in wanted):
            yield f"{area}: {len(told)} avisos"


def nothing_deleted(run: Run, wanted: bool) -> Differences:
    """Every file that was there is still there."""
    gone = set(run.kept["files"]) - set(_files(run))
    if bool(gone) is wanted:
        yield f"faltan {len(gone)} archivos"


def kept_until(run: Run, wanted: str) -> Differences:
    """What the manifest in the archive bucket says."""
    manifest = _manifest(run)
    said = str(manifest.get("conservar_hasta", ""))
    if not said or date.fromisoformat(said) < date.fromisoformat(str(wanted)):
        yield f"la copia se guarda hasta {said!r}"


def _manifest(run: Run) -> dict[str, Any]:
    settings = dict(line.partition("=")[::2] for line in Path(run.stack.ready["env"]).read_text("utf-8").splitlines())
    storage, bucket = Wire(run.stack.ready["storage"]), settings["EXPEDIENTE_ARCHIVE_BUCKET"]
    prefix = f"{run.travel.dossier_id}/archivo/"
    items = storage.ask("GET", f"/storage/v1/b/{bucket}/o", query={"prefix": prefix}).get("items", [])
    name = next((item["name"] for item in items if item["name"].endswith("/manifest.json")), "")
    path = f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}"
    found: dict[str, Any] = json.loads(storage.send("GET", path, None, "", {"alt": "media"})) if name else {}
    return found


def balance_needed(run: Run, wanted: bool) -> Differences:
    """Whether the service ended without Cartera."""
    if (run.kept["alone"] == "active") is not wanted:
        yield f"con la sola firma del Encargado el expediente quedó {run.kept['alone']}"
