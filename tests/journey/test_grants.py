"""Every direct grant in the two shared drives equals process/access.yaml; nothing more, nothing less."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from local.cast import Cast
from local.person import FOLDER, SPREADSHEET, Person
from local.stack import Stack
from local.tables import process_table
from local.travel import Travel
from tests.guards.reading import table
from tests.journey.conftest import Case
from tests.journey.ways import hand_over, open_dossier, whole_way

ROBOT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
Grants = set[tuple[str, str]]
CONTROL = table("sheets_templates/control_sheet.yaml")["file_name"].partition("{")[0]


COLLECTING, CONFIRMING, ACTIVE = ("C18", "C13", "C05", "C14"), ("C17", "C23", "C06"), ("C04", "C12", "C02")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company of its own, so that exactly these ten dossiers exist."""
    log = tmp_path_factory.mktemp("grants") / "serve.log"
    with Stack.start("sqlite", log=log, now="2026-03-02T09:00:00-05:00") as started:
        yield started


def test_all_grants_of_ten_dossiers_equal_the_table(company: Stack, cast: Cast, cases: dict[str, Case]) -> None:
    """With dossiers collecting, confirming and active, each folder, workbook and drive bears exactly the grants of the table."""
    ways = {name: Travel(company, cast, copy.deepcopy(cases[name])) for name in (*COLLECTING, *CONFIRMING, *ACTIVE)}
    for number, (name, way) in enumerate(ways.items()):
        code = f"DEN-{900 + number:06d}"
        if name in ACTIVE:
            whole_way(way, code)
            continue
        open_dossier(way)
        if name in CONFIRMING:
            hand_over(way, code)
    robot = company.person(ROBOT)
    found: dict[str, Grants] = {}
    wanted: dict[str, Grants] = {}
    for place, file_id, grants in _places(company, cast, robot):
        found[place], wanted[place] = _direct(robot, file_id), grants
    assert found == wanted
    states = [company.status(way.dossier_id)["state"] for way in ways.values()]
    assert states == ["collecting"] * 4 + ["confirming"] * 3 + ["active"] * 3


def _places(stack: Stack, cast: Cast, robot: Person) -> Iterator[tuple[str, str, Grants]]:
    """Everything that lies in the two drives, with the grants that the table gives it."""
    drives = {key: robot.drive_id(row["name"]) for key, row in cast.access["drives"].items()}
    for key, drive_id in drives.items():
        yield f"drive {key}", drive_id, {*_wanted(cast, cast.access["drives"][key]["members"], {}), (ROBOT, "organizer")}
    parents = {row["name"]: row for row in cast.access["parents"].values()}
    for item in robot.children(drives["dossiers"]):
        if item["name"] in parents:
            yield item["name"], item["id"], _wanted(cast, parents[item["name"]]["grants"], {})
            for root in robot.children(item["id"]):
                yield from _dossier(stack, cast, robot, root)
        else:
            if item["name"].startswith("Ajustes"):
                yield item["name"], item["id"], _wanted(cast, cast.access["adjustments"], {})
                continue
            if item["name"] == cast.access["ledger"]["name"]:
                yield item["name"], item["id"], _wanted(cast, cast.access["ledger"]["grants"], {})
                for inside in robot.children(item["id"]):
                    yield f"{item['name']} {inside['name']}", inside["id"], set()
                continue
            (audience,) = (
                key
                for key, row in table("sheets_templates/register.yaml")["workbooks"].items()
                if row["file_name"] == item["name"]
            )
            yield item["name"], item["id"], _wanted(cast, cast.access["registers"][audience], {})
    for item in robot.children(drives["compliance"]):
        yield f"cumplimiento {item['name'][-12:]}", item["id"], set()


def _dossier(stack: Stack, cast: Cast, robot: Person, root: dict[str, Any]) -> Iterator[tuple[str, str, Grants]]:
    dossier_id = root["name"].rpartition(" ")[2]
    status = stack.status(dossier_id)
    yield dossier_id, root["id"], set()
    rules = {row["name"]: row["grants"] for row in cast.access["folders"].values()}
    for folder in robot.children(root["id"]):
        yield f"{dossier_id} {folder['name']}", folder["id"], _wanted(cast, rules[folder["name"]], status)
        for item in robot.children(folder["id"]):
            is_sheet = item["mimeType"] == SPREADSHEET and folder["name"] == cast.folder_name("sheets")
            kind = "control_sheet" if item["name"].startswith(CONTROL) else "exchange_sheet"
            grants = _wanted(cast, cast.access[kind], status) if is_sheet else set()
            assert item["mimeType"] != FOLDER
            yield f"{dossier_id} {folder['name']}/{item['name']}", item["id"], grants


def _wanted(cast: Cast, rules: list[dict[str, str]], status: dict[str, Any]) -> Grants:
    groups = process_table("company")["groups"]
    wanted = set()
    for rule in rules:
        kind, _, name = rule["principal"].partition(":")
        if rule.get("only_while") == "paper_asked" and not _paper_asked(cast, status):
            continue
        if kind == "areas":
            wanted |= {(group, rule["role"]) for group in _of_areas_taking_part(cast, status)}
            continue
        if kind == "person":
            address = status["vendedora"]
        else:
            address = groups[name] if kind == "group" else {**cast.areas, **cast.roles}[name]["group"]
        wanted.add((str(address), rule["role"]))
    return wanted


def _of_areas_taking_part(cast: Cast, status: dict[str, Any]) -> set[str]:
    """The group that unites exactly the areas that were notified, or the group of each."""
    told = {mail["kind"] for mail in status["mails"]}
    areas = {key for key, area in cast.areas.items() if area["notice_mail"] in told}
    company = process_table("company")
    united = [company["groups"][key] for key, members in company["umbrellas"].items() if set(members) == areas]
    return set(united[:1]) or {cast.areas[key]["group"] for key in areas}


def _paper_asked(cast: Cast, status: dict[str, Any]) -> bool:
    """While a paper of hers is not verified, the vendedora may deliver."""
    theirs = [p for p in status["papers"] if cast.papers[p["key"].partition(":")[0]]["given_by"] == "vendedora"]
    return status["state"] == "collecting" and any(paper["state"] != "verified" for paper in theirs)


def _direct(robot: Person, file_id: str) -> Grants:
    """Grants given on the very file: who and which role."""
    return {
        (grant["emailAddress"], grant["role"])
        for grant in robot.grants(file_id)
        if not all(detail.get("inherited") for detail in grant.get("permissionDetails", [{}]))
    }
