"""What Cumplimiento finds shows to nobody else: the same client with and without a rejection looks the same to everybody but time."""

from __future__ import annotations

import copy
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from local.cast import Cast
from local.person import SPREADSHEET, Person
from local.stack import Stack
from local.travel import Travel
from local.wire import HttpError
from tests.journey.conftest import Case
from tests.journey.ways import hand_over, open_dossier

BEGIN = datetime.fromisoformat("2026-03-02T09:00:00-05:00")
# Random names of this run and instants; what they stand for must be the same in the same order.
_NAMES = re.compile(r"EXP-[A-Z0-9]{6,}|[A-Za-z0-9_-]{25,}")
_TIMES = re.compile(r"127\.0\.0\.1:\d+|\d{1,2}:\d{2}(?::\d{2})?|\d{4}-\d{2}-\d{2}T[\d:.]+Z?|\b\d{5}\.\d+\b")

Seen = dict[str, object]


def _play(tmp: Path, cast: Cast, case: Case, *, rejected: bool) -> tuple[Stack, Travel]:
    """Papers brought, verified and acknowledged; Cumplimiento has rejected or is still looking; then a week passes."""
    stack = Stack.start("sqlite", log=tmp / f"serve-{rejected}.log", now=BEGIN.isoformat())
    way = Travel(stack, cast, copy.deepcopy(case))
    open_dossier(way)
    way.verify()
    way.acknowledge("DEN-000955")
    if rejected:
        way.pass_review("rejected")
    for day in range(1, 8):
        for hour in (8, 11):
            stack.set_clock(BEGIN.replace(hour=hour, minute=1) + timedelta(days=day))
            stack.look()
    return stack, way


def _seen_by(person: Person, way: Travel) -> Seen:
    """All that reaches a person of a dossier: mails, files with what they say, pages."""
    files = {
        f"{item['name']} · {item['mimeType']}": _said(person, item["id"], item["mimeType"])
        for item in sorted(person.files("trashed = false"), key=lambda item: str(item["name"]))
    }
    mails = [f"{mail.subject}\n{mail.sender}\n{mail.to}\n{mail.text}\n{mail.attachments}" for mail in person.mails()]
    pages = {path: _page(person, path) for path in ("/", f"/expediente/{way.dossier_id}", f"/cierre/{way.dossier_id}")}
    pages |= {f"/cumplimiento/{way.dossier_id}": _page(person, f"/cumplimiento/{way.dossier_id}")}
    return {"mails": mails, "files": files, "pages": pages}


def _said(person: Person, file_id: str, kind: str) -> object:
    if kind != SPREADSHEET:
        return ""
    try:
        tabs = person.wire.ask("GET", f"/v4/spreadsheets/{file_id}", query={"fields": "sheets.properties.title"})["sheets"]
        titles = [tab["properties"]["title"] for tab in tabs]
        # Files that came in the same minute stand in the order of their random ids.
        return {title: sorted(person.tab(file_id, title), key=lambda row: _NAMES.sub("", repr(row))) for title in titles}
    except HttpError as error:
        return error.status


def _page(person: Person, path: str) -> tuple[int, str]:
    found = person.open(path)
    return found.status, found.text


def _plain(seen: Seen) -> str:
    """The same text for the same sight: random names by the order in which they first appear, instants left out."""
    names: dict[str, str] = {}
    text = re.sub(r"Huella de lo mostrado: \w+", "", repr(seen))
    return _TIMES.sub("·", _NAMES.sub(lambda match: names.setdefault(match[0], f"id{len(names)}"), text))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]) -> dict[bool, dict[str, str]]:
    """What everybody sees of the client, with and without the rejection."""
    return {
        rejected: _seen(*_play(tmp_path_factory.mktemp("invisible"), cast, cases["C04"], rejected=rejected), cast)
        for rejected in (False, True)
    }


def _seen(stack: Stack, way: Travel, cast: Cast) -> dict[str, str]:
    """What reaches everybody; of Cumplimiento under its own name."""
    with stack:
        others = [address for address, row in cast.people.items() if "cumplimiento" not in row["roles"]]
        found = {who: _plain(_seen_by(stack.person(who), way)) for who in (*others, way.case["cliente"]["correo"])}
        found["status"] = _plain({"row": _public(stack.status(way.dossier_id))})
        return found | {"cumplimiento": _plain(_seen_by(stack.person(cast.first("cumplimiento")), way))}


def _public(status: dict[str, object]) -> dict[str, object]:
    """What the administrator's command tells of a dossier, but for what counts the machine's own work."""
    return {name: status[name] for name in ("state", "missing", "papers", "marks")}


def test_a_rejection_is_seen_by_cumplimiento_alone(two: dict[bool, dict[str, str]]) -> None:
    """Vendedora, Encargado, areas, Comercial, Gerencia, Cartera and the client: mails, files, sheets and pages are the same."""
    differ = [who for who, seen in two[False].items() if who != "cumplimiento" and seen != two[True][who]]
    assert not differ, [_first_difference(two[False][who], two[True][who]) for who in differ]
    assert two[False]["cumplimiento"] != two[True]["cumplimiento"]


def test_nobody_else_reads_a_word_of_it(two: dict[bool, dict[str, str]]) -> None:
    """Neither the evidence nor the decision, nor that there are lists at all, in anything that others receive."""
    for who, seen in two[True].items():
        if who != "cumplimiento":
            assert not re.search(r"Clinton|OFAC|rechaz|sin coincidencias|rejected", seen, re.IGNORECASE), who


def _play_exchanges(tmp: Path, cast: Cast, case: Case, amount: str) -> tuple[Stack, Travel]:
    """Sala writes three exchanges of that amount within a week; then a week passes."""
    stack = Stack.start("sqlite", log=tmp / f"serve-{amount}.log", now=BEGIN.isoformat())
    way = Travel(stack, cast, copy.deepcopy(case))
    open_dossier(way)
    hand_over(way, "DEN-000956")
    folder = way.encargado.folder(way.root_id, cast.folder_name("sheets"))
    (sheet,) = [item["id"] for item in way.encargado.children(folder) if "control de cambios" in item["name"]]
    room = stack.person(cast.first("sala_procesamiento"))
    cells = {(3 + row, column): text for row in range(3) for column, text in ((0, f"0{row + 3}/03/2026"), (4, amount))}
    room.type_into(sheet, "Cambios", cells)
    for day in range(1, 8):
        for hour in (8, 11):
            stack.set_clock(BEGIN.replace(hour=hour, minute=1) + timedelta(days=day))
            stack.look()
    return stack, way


def test_an_exchange_alert_is_seen_by_cumplimiento_alone(
    tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]
) -> None:
    """The same exchanges below and above the limit: but for their amounts in Sala's sheet everybody else sees the same."""
    low, high = (
        _seen(*_play_exchanges(tmp_path_factory.mktemp("exchanges"), cast, cases["C05"], amount), cast)
        for amount in ("480", "4800")
    )
    differ = [who for who in low if who != "cumplimiento" and low[who] != high[who].replace("4800", "480")]
    assert not differ, [_first_difference(low[who], high[who].replace("4800", "480")) for who in differ]
    assert "revisar_cambios" in high["cumplimiento"] and "revisar_cambios" not in low["cumplimiento"]
    assert not [who for who in high if who != "cumplimiento" and "revisar_cambios" in high[who]]


def _first_difference(one: str, other: str) -> tuple[str, str]:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(0, at - 150) : at + 150], other[max(0, at - 150) : at + 150]
