"""The end of a service as its people live it, over HTTP: who must agree, what the page and the register say, who still opens what."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.cast import Cast
from local.person import Mail, Person
from local.stack import HttpError, Stack
from local.travel import Travel, TravelError
from tests.guards.reading import table
from tests.journey.conftest import BEGIN, Case
from tests.journey.ways import whole_way

CODE, REASON = "DEN-000909", "Cierre del local"
SIGN, BALANCE = "Revise y firme la cancelación", "Revise el saldo"
REGISTER = table("sheets_templates/register.yaml")
YEARS = table("process/endings.yaml")["retention"]["years"]
_ACT = re.compile(r"https?://\S+/acto/\S+")
_PREFILLED = re.compile(r"https?://\S+usp=pp_url\S+")


@dataclass
class Story:
    """A client whose service ends. states: state of the dossier after each step, as `expediente status` tells it.

    last: its last day of service; ended: the day on which the last of those who must sign did.
    """

    way: Travel
    last: date
    ended: date
    states: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    @property
    def stack(self) -> Stack:
        """Where it happens."""
        return self.way.stack

    def person(self, role: str) -> Person:
        """The first person of a role, and this client's vendedora."""
        return self.way.vendedora if role == "vendedora" else self.stack.person(self.way.cast.first(role))

    def mails(self, person: Person, words: str) -> list[Mail]:
        """What a person got about this client that says these words."""
        name = self.way.case["cliente"]["razon_social"]
        return [mail for mail in person.mails() if words in mail.text and name in mail.text + mail.subject]

    def now(self, step: str) -> None:
        """Remember the state after a step."""
        self.states[step] = str(self.stack.status(self.way.response_id)["state"])


def answers_of(form: str, said: dict[str, Any]) -> dict[str, Any]:
    """Answers by the titles of a form's questions. said: texts, or keys of options, by key of the question."""
    questions: dict[str, Any] = {}
    for section in table(f"forms/{form}.yaml")["sections"].values():
        questions |= section["questions"]

    def text(key: str, value: str) -> str:
        option = questions[key].get("options", {}).get(value, value)
        return str(option["label"] if isinstance(option, dict) else option)

    return {
        questions[key]["title"]: [text(key, one) for one in value] if isinstance(value, list) else text(key, value)
        for key, value in said.items()
    }


def send(story: Story, form: str, who: str, **said: Any) -> None:
    """Somebody sends a form of this client, named by code and RUC."""
    named = {"dossier.code": CODE, "client.ruc": story.way.case["cliente"]["ruc"]}
    story.stack.submit(form, who, answers_of(form, {**named, **{key.replace("__", "."): said[key] for key in said}}))
    story.stack.look(2)


def client_asks(story: Story) -> None:
    """The client writes by a link of its welcome mail, without signing in."""
    client = story.stack.person(story.way.case["cliente"]["correo"])
    link = next(found[0] for mail in client.mails() if (found := _PREFILLED.findall(mail.text)))
    filled = [values[0] for name, values in parse_qs(urlsplit(link).query).items() if name.startswith("entry.")]
    kinds = answers_of("service_request", {"request.kind": "supplies"}).values()
    token = next(value for value in filled if value not in kinds and " " not in value)
    said = {"request.token": token, "request.kind": "supplies", "request.text": "Más bolsas", "request.name": "Quien sea"}
    story.stack.submit("service_request", "", answers_of("service_request", said))
    story.stack.look(2)


def sign(story: Story, role: str, words: str, choices: dict[str, str]) -> None:
    """A person signs the page that its mail leads to."""
    mail = story.mails(story.person(role), words)[0]
    story.way.sign_page(story.person(role), _ACT.findall(mail.text)[0], choices)
    story.stack.look(2)


def files(story: Story, person: Person) -> set[str]:
    """Ids of all that lies in the dossier's folder, as a person finds it."""
    found, folders = set(), [story.way.root_id]
    while folders:
        for item in person.children(folders.pop()):
            found.add(str(item["id"]))
            folders += [item["id"]] if item["mimeType"].endswith(".folder") else []
    return found


def reach(person: Person, file_id: str) -> str:
    """'' | read | edit: what a person can do with a file."""
    query = {"supportsAllDrives": "true", "fields": "capabilities(canEdit)"}
    try:
        told = person.wire.ask("GET", f"/drive/v3/files/{file_id}", query=query)
    except HttpError as refused:
        assert refused.status in (403, 404)
        return ""
    return "edit" if told["capabilities"]["canEdit"] else "read"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]) -> Iterator[Story]:
    """Ended: sales asked, Cartera settled, the last day passed, and only then the Encargado signed."""
    begin = datetime.fromisoformat(BEGIN)
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("ending") / "serve.log", now=BEGIN) as stack:
        way = Travel(stack, cast, copy.deepcopy(cases["C01"]))
        whole_way(way, CODE)
        made = Story(way, last=begin.date() + timedelta(days=20), ended=begin.date() + timedelta(days=22))
        made.files = files(made, way.encargado)
        client_asks(made)
        with pytest.raises(TravelError):
            way.sign_page(way.encargado, f"/acto/{way.dossier_id}/firmar_cancelacion/C1", {"f_supplies": "si"})
        made.now("no form")
        asked = {"scope": "whole", "last_service": made.last.isoformat(), "reason": REASON, "supplies": "returned"}
        send(made, "cancellation", way.vendedora.address, **{f"cancel__{key}": value for key, value in asked.items()})
        sign(made, "cartera", BALANCE, {"f_balance": "none"})
        made.now("sales and Cartera")
        stack.set_clock(datetime.combine(made.ended, begin.timetz()))
        stack.look(2)
        made.now("the day passed")
        sign(made, "expedientes", SIGN, {"f_supplies": "si"})
        stack.look(3)
        made.now("the Encargado too")
        yield made


def test_r89_the_service_ends_only_with_sales_and_the_encargado(story: Story) -> None:
    """Without the form the Encargado finds nothing to sign; without the Encargado the day passes and nothing ends."""
    wanted = {"no form": "active", "sales and Cartera": "active", "the day passed": "active", "the Encargado too": "archived"}
    assert story.states == wanted


def test_r90_the_form_is_kept_with_its_reason_and_its_date(story: Story) -> None:
    """Who must sign reads both in the mail; the same words stand on the page that was signed and on that of the dossier."""
    for role, words in (("expedientes", SIGN), ("cartera", BALANCE)):
        mail = story.mails(story.person(role), words)[0]
        assert REASON in mail.text and f"{story.last.day}" in mail.text
    page = story.person("expedientes").open(f"/expediente/{story.way.dossier_id}")
    assert page.status == 200 and REASON in page.text and f"{story.last:%d/%m/%Y}" in page.text


def test_r91_the_archived_dossier_is_read_only_and_its_doors_are_shut(story: Story) -> None:
    """Expedientes and Cumplimiento read every file and edit none, nobody else finds one; pages and the client's links do nothing."""
    there = files(story, story.way.encargado)
    assert story.files <= there and story.way.parent_name() == "Archivados"
    roles = (*story.way.cast.areas, "comercial", "cartera", "gerencia", "vendedora")
    for file_id in there:
        assert {reach(story.person(role), file_id) for role in ("expedientes", "cumplimiento")} == {"read"}
        assert {reach(story.person(role), file_id) for role in roles} == {""}
    with pytest.raises(TravelError):
        story.way.sign_page(
            story.person("expedientes"), f"/acto/{story.way.dossier_id}/firmar_cancelacion/C1", {"f_supplies": "si"}
        )
    before = len(story.mails(story.person("servicio_al_cliente"), "Devuelva la llamada"))
    client_asks(story)
    assert before == len(story.mails(story.person("servicio_al_cliente"), "Devuelva la llamada")) > 0


def test_r92_the_register_shows_the_cancellation(story: Story) -> None:
    """State, date and reason in the row that Expedientes, Comercial and Gerencia read."""
    story.stack.advance(330)
    story.stack.look()
    for role, book in REGISTER["workbooks"].items():
        person = story.person(role)
        found = person.files(f"name = '{book['file_name']}'")
        rows = person.tab(found[0]["id"], REGISTER["tab"])
        (row,) = [row for row in rows if row and row[0] == story.way.dossier_id]
        said = " ".join(map(str, row))
        assert "Cancelado y archivado" in said and f"{story.last:%d/%m/%Y}" in said and REASON in said, role


def test_r93_each_area_that_was_active_is_told_once(story: Story) -> None:
    """The one that never served this client hears nothing; sales read which request is closed, and the client that it ended."""
    told = {area: len(story.mails(story.person(area), "después termina")) for area in story.way.cast.areas}
    assert told == {area: int(area != "sala_procesamiento") for area in story.way.cast.areas}
    (mail,) = story.mails(story.way.vendedora, "quedó cancelado")
    assert "Insumos" in mail.text and REASON in mail.text
    client = story.stack.person(story.way.case["cliente"]["correo"])
    assert len(story.mails(client, "Su servicio terminó")) == 1


def test_the_retained_copy_is_fetched_by_a_command_and_proves_itself(story: Story, tmp_path: Path) -> None:
    """`expediente archive fetch` writes a folder that its own verifier finds valid; of a dossier that is not archived it says so."""
    out = tmp_path / "copia"
    done = story.stack.expediente("archive", "fetch", "--dossier", story.way.dossier_id, "--out", str(out))
    assert done.returncode == 0, done.stderr
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    # It ended when the Encargado signed, after the last day of service: the years count from there.
    assert manifest["conservar_hasta"] == story.ended.replace(year=story.ended.year + YEARS).isoformat()
    command = [sys.executable, "-I", "-S", str(out / "verificar.py")]
    verified = subprocess.run(command, capture_output=True, text=True, env={}, check=False)
    assert verified.returncode == 0 and "VÁLIDO" in verified.stdout, verified.stdout
    again = story.stack.expediente("archive", "fetch", "--dossier", story.way.dossier_id, "--out", str(out))
    assert again.returncode == 2 and "no está vacía" in again.stderr
    unknown = story.stack.expediente("archive", "fetch", "--dossier", "EXP-NADA", "--out", str(tmp_path / "otra"))
    assert unknown.returncode == 1 and "No hay expediente" in unknown.stderr
