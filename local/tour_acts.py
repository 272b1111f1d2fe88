"""The acts of the tour, each by the person whom it belongs to. An act that is done already is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.clients import with_wrong_dv
from local.tables import process_table
from local.tour_looks import DONE, all_verified, delivered, open_areas, states
from local.tour_portal import enter_and_ask, pay_and_clear, try_others
from local.travel import TravelError, kind_of
from local.wire import HttpError

if TYPE_CHECKING:
    from local.tour import Tour

Json = dict[str, Any]


def _send_wrong(tour: Tour) -> None:
    way = tour.way
    if not DONE["correction"](tour):
        tour.step(way.vendedora, "envía el formulario con un dígito errado", lambda: way.submit(with_wrong_dv(way.case)))


def _send_right(tour: Tour) -> None:
    way = tour.way
    if not way.seen():
        tour.step(way.vendedora, "corrige el DV y envía otra vez", way.submit)
    tour.look_until(way.find)
    if not way.find():
        raise TravelError("el formulario todavía no abrió un expediente")


def _deliver(tour: Tour) -> None:
    way = tour.way
    brought = {kind_of(row) for row in delivered(tour)}
    wanted = [one for one in way.papers if one.kind not in brought]
    if wanted:
        tour.step(way.vendedora, "entrega los papeles en su página", lambda: way.hand_in(wanted))
    # What a visitor left in the delivery folder waits for somebody to say what it is.
    way.classify()
    tour.stack.look()


def _return(tour: Tour) -> None:
    way, told = tour.way, tour.words["returned"]
    reason = process_table("process")["return_reasons"][told["reason"]]["label"]
    rows = [row for row in way.paper_rows() if kind_of(row) == told["paper"]]
    others = [row["key"] for row in way.paper_rows() if row not in rows and str(row["files"]) not in ("", "0")]
    if not states(tour, "returned"):
        tour.step(
            way.encargado, "devuelve un papel con su motivo", lambda: way.return_paper(rows[0]["key"], reason, told["detail"])
        )
    tour.step(way.encargado, "verifica los demás papeles", lambda: way.verify(others))


def _again(tour: Tour) -> None:
    way = tour.way
    absent = states(tour, "returned")
    wanted = [one for one in way.papers if any(kind_of(row) == one.kind for row in absent)]
    if wanted:
        better = [replace(one, file=one.file.replace(".pdf", " (ambos lados).pdf")) for one in wanted]
        tour.step(way.vendedora, "entrega otra vez lo devuelto", lambda: way.hand_in(better))
        way.classify({one.file: one for one in better})
    if not all_verified(tour):
        tour.step(way.encargado, "verifica lo que llegó", way.verify)


def _hand_over(tour: Tour) -> None:
    way = tour.way
    if way.control_sheet():
        return
    if not _reviewed(tour):
        tour.step(tour.first("cumplimiento"), "archiva la constancia y firma su decisión", way.pass_review)
    tour.step(way.encargado, "da el código y acusa recibo", lambda: way.acknowledge(tour.code))
    if not way.control_sheet():
        tour.stack.look()


def _reviewed(tour: Tour) -> bool:
    page = tour.first("cumplimiento").open(f"/cumplimiento/{tour.way.dossier_id}")
    return not any("token" in form.fields for form in page.forms)


def _try_other(tour: Tour) -> str:
    """Seguridad types into another area's column. Gives what Google said."""
    way, person = tour.way, tour.first(tour.words["intruder"])
    area = tour.words["other"]
    told: list[HttpError] = []

    def tick() -> None:
        try:
            way.tick(area, person, way.sheet_link(tour.words["intruder"], person))
        except HttpError as refusal:
            told.append(refusal)

    tour.step(person, f"intenta marcar la columna de {tour.cast.areas[area]['label']}; Google no lo permite", tick)
    if not told:
        raise TravelError("la columna ajena se dejó marcar, y no debía")
    message = told[0].body["error"]["message"] if isinstance(told[0].body, dict) else str(told[0].body)
    # What was asked stands before the colon, what to do about it in the sentences after the first.
    sentence = message.partition(": ")[2].partition(". ")[0]
    label = tour.cast.areas[area]["label"]
    return str(tour.words["refusal"].format(area=label, status=told[0].status, message=sentence or message))


def _confirm(tour: Tour) -> None:
    way, security = tour.way, tour.first(tour.words["intruder"])
    if open_areas(tour) and not security.children(way.folder("security", security)):
        tour.step(security, "sube el informe de la inspección", way.inspect)
    for area in open_areas(tour):
        tour.step(tour.first(area), f"revisa y firma lo de {tour.cast.areas[area]['label']}", lambda area=area: way.review(area))  # type: ignore[misc]
    if open_areas(tour):
        raise TravelError("quedan casillas sin firmar")


def _close(tour: Tour) -> None:
    if not DONE["active"](tour):
        tour.step(tour.way.encargado, "firma el cierre; el servicio queda activo", tour.way.close)
    if not DONE["active"](tour):
        raise TravelError("el expediente todavía no está en Activos")


def _look_back(tour: Tour) -> None:
    """The page of the dossier tells all of it; the register is written some minutes after the last act."""
    way = tour.way
    label = process_table("process")["states"]["active"]["label"]

    def read() -> None:
        page = way.encargado.open(f"/expediente/{way.dossier_id}")
        if page.status != 200 or label not in page.text:
            raise TravelError(f"la página del expediente no dice «{label}»: {page.status} {page.text[:300]}")

    tour.step(way.encargado, "lee la página del expediente y el registro", read)
    tour.stack.advance(330)
    tour.stack.look()


ACTS: dict[str, Callable[[Tour], str | None]] = {
    "correction": _send_wrong,
    "dossier": _send_right,
    "papers": _deliver,
    "returned": _return,
    "complete": _again,
    "handover": _hand_over,
    "refused": _try_other,
    "confirmed": _confirm,
    "active": _close,
    "record": _look_back,
    "portal": enter_and_ask,
    "paid": pay_and_clear,
    "foreign": try_others,
}
