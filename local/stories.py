"""What people do with a client of the living company, by the words of its story in company.yaml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local import ending
from local.clients import with_wrong_dv
from local.tables import process_table
from local.travel import TravelError, kind_of
from local.way import Way

Json = dict[str, Any]


@dataclass
class Resident:
    """A client of the company: its row of the table and its way. code: the Denarius code that it will get."""

    key: str
    row: Json
    way: Way
    code: str
    submitted_at: datetime | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.row["legal_name"])


def _submit(resident: Resident, act: Json) -> None:
    way = resident.way
    way.submit()
    resident.submitted_at = way.stack.now()
    if not way.find():
        raise TravelError("el formulario no abrió un expediente")


def _wrong_dv(resident: Resident, act: Json) -> None:
    way = resident.way
    way.submit(with_wrong_dv(way.case))
    resident.submitted_at = way.stack.now()
    way.stack.look()


def _deliver(resident: Resident, act: Json) -> None:
    way, left = resident.way, act.get("but", [])
    way.deliver([one for one in way.papers if one.kind not in left])
    way.classify()


def _verify(resident: Resident, act: Json) -> None:
    left = act.get("but", [])
    rows = [row for row in resident.way.paper_rows() if str(row["files"]) not in ("", "0")]
    resident.way.verify([row["key"] for row in rows if kind_of(row) not in left])


def _return(resident: Resident, act: Json) -> None:
    reasons = process_table("process")["return_reasons"]
    key = next(row["key"] for row in resident.way.paper_rows() if kind_of(row) == act["paper"])
    resident.way.return_paper(key, reasons[act["reason"]]["label"], act.get("detail", ""))


def _confirm_all(resident: Resident, act: Json) -> None:
    way = resident.way
    for area, state in way.area_states().items():
        if state != way.cast.control_sheet["texts"]["not_applicable"]:
            way.confirm(area)


def _cancel(resident: Resident, act: Json) -> None:
    """Sales fill the form; the day of the act is the last one of service."""
    way = resident.way
    last = way.stack.now().astimezone(ZoneInfo(process_table("company")["timezone"])).date().isoformat()
    ending.ask(way, resident.code, way.vendedora.address, (last, act["reason"], act["supplies"]))


def _settle_balance(resident: Resident, act: Json) -> None:
    way = resident.way
    ending.settle_balance(way, way.stack.person(way.cast.first("cartera")))
    way.stack.look(2)


ACTS: dict[str, Callable[[Resident, Json], None]] = {
    "submit": _submit,
    "wrong_dv": _wrong_dv,
    "deliver": _deliver,
    "verify": _verify,
    "return": _return,
    "review": lambda one, act: one.way.pass_review(),
    "code": lambda one, act: one.way.acknowledge(one.code),
    "inspect": lambda one, act: one.way.inspect(),
    "confirm": lambda one, act: one.way.confirm(act["area"]),
    "confirm_all": _confirm_all,
    "observe": lambda one, act: one.way.observe(act["area"], act["reason"]),
    "close": lambda one, act: one.way.close(),
    "cancel": _cancel,
    "sign_cancellation": lambda one, act: ending.sign(one.way, one.way.encargado),
    "settle_balance": _settle_balance,
}
