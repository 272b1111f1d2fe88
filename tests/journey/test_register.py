"""The register of each audience, its figures, the report of the week and that of the year, as their readers find them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from local.cast import Cast
from local.person import SPREADSHEET, Person
from local.stack import HttpError, Stack
from local.travel import Travel
from tests.guards.reading import table
from tests.journey.conftest import BEGIN, Case
from tests.journey.ways import another_client, confirm_all, hand_over, open_dossier

TEMPLATE = table("sheets_templates/register.yaml")
BOOKS = TEMPLATE["workbooks"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RETURNED = "cedula_representante"
CODE = "DEN-000500"
MONDAY = datetime.fromisoformat("2026-03-09T08:01:00-05:00")

Rows = list[list[Any]]


@dataclass
class Story:
    """done: active, with a returned paper on its way; open: without papers; plain and refused: equal but for Cumplimiento's refusal."""

    stack: Stack
    cast: Cast
    ways: dict[str, Travel]
    books: dict[str, dict[str, Rows]] = field(default_factory=dict)
    reader: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def rows(self, audience: str) -> dict[str, dict[str, Any]]:
        """Rows of an audience's register by dossier, cells by column key."""
        found = self.books[audience][TEMPLATE["tab"]]
        keys = BOOKS[audience]["columns"]
        return {str(row[0]): dict(zip(keys, [*row, *[""] * len(keys)], strict=False)) for row in found[3:] if row}

    def row(self, audience: str, name: str) -> dict[str, Any]:
        """The row of a client of the story."""
        return self.rows(audience)[self.ways[name].dossier_id]

    def tab(self, audience: str, tab: str) -> Rows:
        """A further tab."""
        return self.books[audience][TEMPLATE["tabs"][tab]["tab"]]

    def figure(self, title: str, label: str) -> list[Any]:
        """The cells beside a label in a block of Gerencia's figures."""
        rows = self.tab("gerencia", "indicators")
        first = next(number for number, row in enumerate(rows) if row[:1] == [TEMPLATE["texts"][title]])
        return next(row[1:] for row in rows[first + 1 :] if row[:1] == [label])


def refresh(stack: Stack) -> None:
    """Let the register be written."""
    stack.advance(330)
    stack.look()


def snapshot(story: Story) -> dict[str, dict[str, Rows]]:
    """Every tab of every register, read by somebody of its audience."""
    found = {}
    for audience, person in story.reader.items():
        titles = [TEMPLATE["tab"], *(TEMPLATE["tabs"][tab]["tab"] for tab in BOOKS[audience]["tabs"])]
        found[audience] = {title: person.tab(story.ids[audience], title, "UNFORMATTED_VALUE") for title in titles}
    return found


def _play(stack: Stack, cast: Cast, cases: dict[str, Case]) -> Story:
    plain = copy.deepcopy(cases["C01"])
    ways = {name: Travel(stack, cast, another_client(copy.deepcopy(plain))) for name in ("done", "open", "plain", "refused")}
    story = Story(stack, cast, ways)
    for audience in BOOKS:
        story.reader[audience] = stack.person(cast.first(audience))
        (found,) = story.reader[audience].files(f"name = '{BOOKS[audience]['file_name']}'")
        story.ids[audience] = found["id"]
    ways["open"].submit()
    ways["open"].find()
    done = ways["done"]
    open_dossier(done)
    key = next(row["key"] for row in done.paper_rows() if RETURNED in row["key"])
    done.return_paper(key, next(iter(table("process/process.yaml")["return_reasons"].values()))["label"])
    stack.look()
    done.deliver([next(one for one in done.papers if one.kind == RETURNED)])
    done.classify()
    for name in ("plain", "refused"):
        open_dossier(ways[name])
        ways[name].verify()
        ways[name].acknowledge(f"DEN-00060{len(name)}")
    ways["refused"].pass_review("rejected")
    stack.set_clock(datetime.fromisoformat("2026-03-05T09:00:00-05:00"))
    hand_over(done, CODE)
    confirm_all(done)
    done.close()
    refresh(stack)
    story.books = snapshot(story)
    return story


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]) -> Iterator[Story]:
    """Four clients in a company of their own, because its figures are counted."""
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("register") / "serve.log", now=BEGIN) as stack:
        yield _play(stack, cast, cases)


# --- rows ----------------------------------------------------------------------------------------------------------------------


def test_r14_the_register_says_where_each_dossier_stands_and_whose_turn_it_is(story: Story) -> None:
    """State, turn, due day, points, vendedora and code of every dossier, each in one row, as `expediente status` knows them."""
    told = {line["dossier"]: line["state"] for line in story.stack.status()["dossiers"]}
    states = {key: row["label"] for key, row in table("process/process.yaml")["states"].items()}
    for audience in BOOKS:
        assert {key: row["state"] for key, row in story.rows(audience).items()} == {key: states[told[key]] for key in told}
    waits, done = story.row("comercial", "open"), story.row("comercial", "done")
    assert waits["turn"].startswith(story.cast.roles["vendedora"]["label"]) and waits["next_due"] > waits["since"]
    assert (done["code"], done["turn"], done["next_due"]) == (CODE, "", "")
    assert done["vendedora"] == story.cast.name(story.ways["done"].vendedora.address)
    assert done["points"] == len(story.ways["done"].case["orden_trabajo"]["puntos"])


def test_r14_days_are_working_days(story: Story) -> None:
    """What has waited since Monday has waited three working days on Thursday."""
    assert story.row("gerencia", "open")["days"] == 3


def test_a_refusal_of_cumplimiento_looks_like_a_review_that_goes_on(story: Story) -> None:
    """Two equal dossiers, one refused: their rows differ in nothing but who they are, and no sheet speaks of Cumplimiento."""
    own = {"dossier", "client", "code", "ruc", "folder", "sheet"}
    for audience in BOOKS:
        plain, refused = ({k: v for k, v in story.row(audience, name).items() if k not in own} for name in ("plain", "refused"))
        assert plain == refused and plain["turn"]
    words = json.dumps(story.books, ensure_ascii=False).lower()
    assert not [word for word in ("rechaz", "coinciden", "clinton", "cumplimiento") if word in words]


def test_r10_each_register_opens_for_its_audience_alone(story: Story) -> None:
    """Nobody else reads it, nobody writes it; a vendedora opens none."""
    everybody = [story.cast.first(role) for role in (*BOOKS, "vendedora", "operaciones", "cumplimiento", "sala_procesamiento")]
    for audience, file_id in story.ids.items():
        for address in everybody:
            person = story.stack.person(address)
            if address == story.cast.first(audience):
                with pytest.raises(HttpError):
                    person.type_into(file_id, TEMPLATE["tab"], {(3, 0): "x"})
            else:
                with pytest.raises(HttpError):
                    person.tab(file_id, TEMPLATE["tab"])


# --- figures -------------------------------------------------------------------------------------------------------------------


def _hours(audit: Path, dossier_id: str) -> dict[str, datetime]:
    """When a dossier entered its states, by its exported events."""
    lines = [json.loads(line) for line in (audit / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    moves = {line["data"]["state"]: datetime.fromisoformat(line["at"]) for line in lines if line["kind"] == "state_changed"}
    return {"collecting": datetime.fromisoformat(lines[0]["at"]), **moves}


def test_r16_cycle_times_are_those_of_the_audit(story: Story, tmp_path: Path) -> None:
    """Median and nine of ten of the one client that went the whole way: its working hours by the exported events, in days of nine."""
    dossier_id, out = story.ways["done"].dossier_id, tmp_path / "evidence"
    done = story.stack.expediente("audit", "export", "--dossier", dossier_id, "--out", str(out))
    assert done.returncode == 0, done.stderr
    entered = _hours(out, dossier_id)
    for span in TEMPLATE["stages"].values():
        begins, ends = entered[span["begins"]], entered[span["ends"]]
        # Monday to Thursday, and nothing happens at night: a day holds nine working hours and twenty-four of the clock.
        nights = (ends.date() - begins.date()).days * 15
        days = ((ends - begins).total_seconds() / 3600 - nights) / 9
        count, median, p90 = story.figure("stages_title", span["label"])
        assert count == 1 and median == p90 == pytest.approx(days, abs=0.06)


def test_r16_figures_count_what_is_there(story: Story) -> None:
    """Dossiers by state, activations of the month, and how many came through without anything returned."""
    states = {key: row["label"] for key, row in table("process/process.yaml")["states"].items()}
    assert story.figure("states_title", states["collecting"]) == [3]
    assert story.figure("states_title", states["active"]) == [1]
    assert story.figure("months_title", "marzo 2026") == [1, 0, 0]


def test_r35_returned_papers_are_counted(story: Story) -> None:
    """The returned cédula counts once in its row and once among the returned papers."""
    assert story.row("expedientes", "done")["returns"] == 1 and story.row("expedientes", "open")["returns"] == 0
    label = table("process/documents.yaml")["documents"][RETURNED]["label"]
    assert story.figure("returns_title", label) == [1]


def test_r16_charts_stand_over_their_figures(story: Story) -> None:
    """Four native charts; the cells that each shows hold its heading and its figures."""
    person, file_id = story.reader["gerencia"], story.ids["gerencia"]
    shape = "sheets(properties(sheetId,title),charts(spec(title,basicChart(domains,series))))"
    told = person.wire.ask("GET", f"/v4/spreadsheets/{file_id}", query={"fields": shape})["sheets"]
    (sheet,) = [one for one in told if one.get("charts")]
    assert sheet["properties"]["title"] == TEMPLATE["tabs"]["indicators"]["tab"] and len(sheet["charts"]) == 4
    rows = story.tab("gerencia", "indicators")
    for chart in sheet["charts"]:
        (domain,) = chart["spec"]["basicChart"]["domains"][0]["domain"]["sourceRange"]["sources"]
        first, last = domain["startRowIndex"], domain["endRowIndex"]
        heading = next(
            TEMPLATE["texts"][key.replace("chart_", "") + "_title"]
            for key, text in TEMPLATE["texts"].items()
            if key.startswith("chart_") and text == chart["spec"]["title"]
        )
        assert rows[first][0] == heading and all(row and row[0] for row in rows[first:last])
        assert last == len(rows) or not rows[last] or not rows[last][0]


# --- parked, health ------------------------------------------------------------------------------------------------------------


def test_a_system_in_order_says_so(story: Story) -> None:
    """While nothing is parked the tab says so, and every line of the health is good."""
    health = story.tab("gerencia", "health")
    assert len(health) > 8 and {row[1] for row in health[3:] if row} == {TEMPLATE["texts"]["good"]}
    assert story.tab("gerencia", "parked")[3] == [TEMPLATE["texts"]["no_rows"]]


# --- search and status ---------------------------------------------------------------------------------------------------------


def test_r81_a_dossier_is_found_by_code_ruc_name_and_place(story: Story) -> None:
    """`expediente status --find` gives the one dossier that bears the words."""
    way = story.ways["done"]
    client = way.case["cliente"]
    for words in (CODE, client["ruc"], client["razon_social"]):
        told = json.loads(story.stack.expediente("status", "--json", "--find", words).stdout)["dossiers"]
        assert [line["dossier"] for line in told] == [way.dossier_id], words
    place = json.loads(story.stack.expediente("status", "--json", "--find", "gaveta 4").stdout)["dossiers"]
    assert way.dossier_id in [line["dossier"] for line in place]


def test_r77_status_says_what_is_missing(story: Story) -> None:
    """The active one lacks nothing; the one without papers names each of them."""
    done, waits = (story.stack.status(story.ways[name].dossier_id) for name in ("done", "open"))
    assert done["complete"] and not done["missing"]
    papers = {paper["title"] for paper in waits["papers"] if paper["state"] != "verified"}
    assert not waits["complete"] and papers & {item["label"] for item in waits["missing"]}


# --- the year ------------------------------------------------------------------------------------------------------------------


def test_the_report_of_the_year_names_clients_services_points_and_days(story: Story, tmp_path: Path) -> None:
    """Tab, command and Excel file say the same: the one active client, since Thursday, running; nothing for the year before."""
    way, services = story.ways["done"], table("process/process.yaml")["services"]
    client, order = way.case["cliente"], way.case["orden_trabajo"]
    told = json.loads(story.stack.expediente("report", "--year", "2026", "--json").stdout)["clients"]
    (line,) = told
    assert line["client"] == client["razon_social"] and line["ruc"] == f"{client['ruc']} {client['dv']}"
    assert (line["points"], line["started"], line["ended"]) == (len(order["puntos"]), "2026-03-05", "")
    assert all(services[key]["label"] in line["services"] for key in order["servicios"])
    row = story.tab("gerencia", "yearly")[3]
    assert row[:4] == [line["client"], line["ruc"], line["services"], line["points"]] and row[4] == 46086
    out = tmp_path / "informe.xlsx"
    assert story.stack.expediente("report", "--year", "2026", "--out", str(out)).returncode == 0
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == [column["label"] for column in TEMPLATE["tabs"]["yearly"]["columns"].values()]
    assert rows[1][:4] == (line["client"], line["ruc"], line["services"], line["points"])
    assert rows[1][4] == datetime(2026, 3, 5) and len(rows) == 2
    assert json.loads(story.stack.expediente("report", "--year", "2025", "--json").stdout)["clients"] == []


# --- Excel ---------------------------------------------------------------------------------------------------------------------


def _excel(person: Person, file_id: str) -> openpyxl.Workbook:
    data = person.wire.send("GET", f"/drive/v3/files/{file_id}/export", None, "", {"mimeType": XLSX})
    return openpyxl.load_workbook(BytesIO(data))


def _validated(sheet: Any) -> list[str]:
    return [str(rule.formula1) for rule in sheet.data_validations.dataValidation]


def test_r6_documentos_opens_in_excel_with_its_lists_and_states(story: Story) -> None:
    """The exported workbook has the same states in the same rows, the drop-down of the states, and its formulas."""
    way, template = story.ways["done"], story.cast.documents_sheet
    book = _excel(way.encargado, way.workbook())
    sheet = book[template["papers"]["tab"]]
    shown = {row["key"]: row["state"] for row in way.paper_rows()}
    values = [list(row) for row in sheet.iter_rows(values_only=True)]
    column = next(
        row.index(template["papers"]["columns"]["state"]["label"])
        for row in values
        if template["papers"]["columns"]["state"]["label"] in row
    )
    exported = {str(row[0]).removeprefix("paper:"): row[column] for row in values if str(row[0]).startswith("paper:")}
    assert exported == shown and template["states"]["verified"] in exported.values()
    assert any(template["states"]["returned"] in rule for rule in _validated(sheet))
    assert any(isinstance(value, str) and value.startswith("=") for row in values for value in row)


def test_r71_the_control_sheet_opens_in_excel_equal(story: Story) -> None:
    """Ticks, names and states of the exported file are those that people see in the sheet; validations and formulas come along."""
    way = story.ways["done"]
    sheet = _excel(way.encargado, way.control_sheet())[story.cast.control_sheet["tab"]]
    shown = way.encargado.tab(way.control_sheet(), story.cast.control_sheet["tab"], "FORMULA")
    values = [list(row) for row in sheet.iter_rows(values_only=True)]
    ticks = [(n, m) for n, row in enumerate(shown) for m, value in enumerate(row) if value is True]
    assert ticks and all(values[n][m] is True for n, m in ticks)
    texts = [
        (n, m)
        for n, row in enumerate(shown)
        for m, value in enumerate(row)
        if isinstance(value, str) and value and not value.startswith("=")
    ]
    assert len(texts) > 20 and all(str(values[n][m]).strip() == shown[n][m].strip() for n, m in texts)
    assert _validated(sheet)
    assert any(isinstance(value, str) and value.startswith("=") for row in values for value in row)


def test_r6_the_register_opens_in_excel(story: Story) -> None:
    """Each audience's workbook opens with the same rows and its formulas."""
    for audience, person in story.reader.items():
        sheet = _excel(person, story.ids[audience])[TEMPLATE["tab"]]
        values = [list(row) for row in sheet.iter_rows(values_only=True)]
        assert {row[0] for row in values[3:] if row[0]} == set(story.rows(audience))
        assert any(isinstance(value, str) and value.startswith("=") for row in values for value in row)


# --- the week: last, because it moves the clock ----------------------------------------------------------------------------------


def test_z_the_report_of_the_week_comes_once(story: Story) -> None:
    """On Monday at eight Gerencia gets five figures and what is late; doubled jobs and the next morning bring no second one.

    The week that had begun before the system did was made up for on Tuesday.
    """
    stack, weeks = story.stack, ["Semana del lunes 2 de marzo", "Semana del lunes 9 de marzo"]
    stack.set_clock(MONDAY)
    for _ in range(2):
        stack.publish("tick", {"job": "weekly"})
        stack.settle()
    stack.set_clock(MONDAY + timedelta(days=1))
    stack.look()
    found = [mail for mail in stack.person(story.cast.first("gerencia")).mails() if mail.subject.startswith("Semana del")]
    assert [mail.subject.split(" · ")[0] for mail in found] == weeks
    text = found[1].text
    for label, value in (("open_dossiers", "3"), ("activated", "1"), ("first_time", "0 de 1 (0 %)")):
        assert f"{TEMPLATE['texts'][label]}: {value}" in text
    late = text[text.index("VENCIDOS") :]
    # Seguridad's four days began on Monday; the active client is late with nothing.
    assert story.ways["open"].dossier_id in late and story.cast.areas["seguridad"]["label"] in late
    assert story.ways["done"].dossier_id not in late and f"/spreadsheets/d/{story.ids['gerencia']}" in text
    assert not [mail for mail in stack.person(story.cast.first("comercial")).mails() if mail.subject.startswith("Semana del")]


def test_setup_finds_the_registers_again(story: Story) -> None:
    """A second setup makes no workbook: each audience still finds one."""
    assert story.stack.expediente("setup").returncode == 0
    for audience, person in story.reader.items():
        found = person.files(f"mimeType = '{SPREADSHEET}' and name = '{BOOKS[audience]['file_name']}'")
        assert [one["id"] for one in found] == [story.ids[audience]]
