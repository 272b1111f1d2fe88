"""Cases about areas that do not confirm: the others do, mornings pass, and whoever is behind is reminded and then told on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from local.play_table import Differences
from local.playing import Json, Run
from local.tables import process_table

_CONFIRMED, _MORNING = "confirmado", "T08:01:00"


def wait_for_areas(run: Run) -> None:
    """The areas of `hoja_actual` that have confirmed do so; then the mornings pass until `reloj`."""
    for area, state in run.case["hoja_actual"].items():
        if state == _CONFIRMED:
            run.travel.confirm(area)
    until = datetime.fromisoformat(run.case["reloj"])
    run.asked_on = _today(run.stack.now())
    day = run.asked_on
    while (day := day + timedelta(days=1)) <= until.date():
        run.stack.set_clock(datetime.fromisoformat(f"{day.isoformat()}{_MORNING}{until.strftime('%z')}"))
        run.stack.look()


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(process_table("company")["timezone"])).date()


def _working_days(since: date, until: date) -> int:
    """How many working days lie after one day and up to another; the weeks of the cases hold no holiday."""
    days = [since + timedelta(days=number) for number in range(1, (until - since).days + 1)]
    return sum(1 for day in days if day.weekday() < 5)


def _reminded(run: Run, address: str) -> set[int]:
    """On which working days somebody's digest named the dossier."""
    months = list(process_table("process")["months"])
    found = set()
    for mail in run.stack.person(address).mails():
        told = re.search(r" · \w+ (\d{1,2}) de (\w+)$", mail.subject)
        if told and run.travel.dossier_id in mail.text and run.asked_on is not None:
            day = date(run.asked_on.year, months.index(told[2]) + 1, int(told[1]))
            found.add(_working_days(run.asked_on, day))
    return found


def _people(run: Run, address: str) -> list[str]:
    """Who stands behind a shared mailbox of the cases."""
    roles = {row["group"]: key for table in (run.cast.areas, process_table("areas")["roles"]) for key, row in table.items()}
    role = roles[address]
    return [person for person, row in run.cast.people.items() if role in row["roles"]]


def _reminders(run: Run, wanted: list[Json]) -> Differences:
    days = {reminder["dia_habil"] for reminder in wanted}
    for reminder in wanted:
        for address in _people(run, reminder["a"]):
            if _reminded(run, address) != days:
                yield f"{address} recibió recordatorios en los días hábiles {sorted(_reminded(run, address))}"
        for address in _people(run, reminder["copia"]) if "copia" in reminder else ():
            if reminder["dia_habil"] not in _reminded(run, address):
                yield f"{address} no recibió copia el día hábil {reminder['dia_habil']}"
    for area, state in run.case["hoja_actual"].items():
        behind = [one for one in run.cast.people if area in run.cast.people[one]["roles"] and _reminded(run, one)]
        if state == _CONFIRMED and behind:
            yield f"{area} ya confirmó y se le recordó"


def _pending(run: Run, wanted: list[str]) -> Differences:
    confirmed = {row["label"]: key for key, row in run.cast.areas.items()}
    open_areas = {missing["label"].partition(":")[0] for missing in run.status()["missing"]}
    found = sorted(key for label, key in confirmed.items() if label in open_areas)
    if found != sorted(wanted):
        yield f"se espera {sorted(wanted)} y falta {found}"


def _may_close(run: Run, wanted: bool) -> Differences:
    page = run.travel.encargado.open(f"/cierre/{run.travel.dossier_id}")
    offered = any("token" in form.fields for form in page.forms)
    if offered is not wanted:
        yield f"la página de cierre {'ofrece' if offered else 'no ofrece'} cerrar"


CHECKS: dict[str, Callable[[Run, Any], Differences]] = {
    "recordatorios": _reminders,
    "pendientes": _pending,
    "puede_cerrar": _may_close,
}
