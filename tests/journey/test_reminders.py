"""R8 and R79: over ten working days with Good Friday and two weekends, exactly the scheduled reminders reach exactly who is behind."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from local.cast import Cast
from local.person import Mail
from local.stack import Stack
from local.travel import Travel
from tests.firestore_emulator import absence
from tests.journey.conftest import STORES, Case
from tests.journey.test_delivery_page import PDF, arrived, hand_in, page_of
from tests.journey.ways import confirm_all, hand_over, open_dossier, whole_way

# The Monday of a week whose Friday is Good Friday, and the morning after the last day that is looked at.
MONDAY = datetime.fromisoformat("2026-03-30T09:00:00-05:00")
LAST_DAY = 15
WEDNESDAY, NEXT_MONDAY = "miércoles 1 de abril", "lunes 6 de abril"
_DIGEST = re.compile(r"(?:Sus clientes|Sus pendientes de hoy|Pendientes de otros) · (.+)")


@dataclass
class Story:
    """Four clients left at different points. digests: day -> person -> the mails of that day; others: what else people got."""

    stack: Stack
    cast: Cast
    ways: dict[str, Travel]
    digests: dict[str, dict[str, list[Mail]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def told(self, day: str) -> set[str]:
        """Who got a digest on a day, by the name before the @."""
        return set(self.digests.get(day, {}))

    def text(self, day: str, who: str) -> str:
        """The words of somebody's digest of a day."""
        (mail,) = self.digests[day][who]
        return mail.text

    def of_role(self, role: str) -> set[str]:
        """The people of an area or role, by the name before the @."""
        return {address.split("@")[0] for address, row in self.cast.people.items() if role in row["roles"]}


def _until(stack: Stack, day: int, hour: int, minute: int = 0) -> None:
    stack.set_clock(MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day))
    stack.look()


def _play(stack: Stack, cast: Cast, cases: dict[str, Case]) -> Story:
    """Monday: C01 gets one paper and one that is returned, C02 waits for its areas, C14 for the Encargado, C06 goes its whole way. Then mornings pass."""
    ways = {name: Travel(stack, cast, copy.deepcopy(cases[name])) for name in ("C01", "C02", "C06", "C14")}
    for way in ways.values():
        way.case["orden_trabajo"]["inicio_deseado"] = "2026-05-04"
    assert ways["C01"].submit() and ways["C01"].find()
    for paper in ("contrato", "registro_publico"):
        hand_in(ways["C01"], paper, f"{paper}.pdf", PDF + paper.encode())
    arrived(ways["C01"])
    ways["C01"].return_paper("registro_publico", "Vencido", "Lo dijo el Encargado por dentro.")
    open_dossier(ways["C14"])
    open_dossier(ways["C02"])
    hand_over(ways["C02"], "DEN-000102")
    ways["C02"].inspect()
    whole_way(ways["C06"], "DEN-000106")
    for day in range(1, LAST_DAY):
        _until(stack, day, 8, 1)
        _until(stack, day, 10)
        if day == 2:
            hand_over(ways["C14"], "DEN-000114")
            confirm_all(ways["C14"])
            ways["C14"].close()
        if day == 3:
            ways["C02"].confirm("operaciones")
        if day == 8:
            for area in ("servicio_al_cliente", "seguridad", "sala_procesamiento"):
                ways["C02"].confirm(area)
            ways["C02"].close()
    story = Story(stack, cast, ways)
    for address in cast.people:
        for mail in stack.person(address).mails():
            if found := _DIGEST.fullmatch(mail.subject):
                story.digests[found[1]][address.split("@")[0]].append(mail)
    return story


@pytest.fixture(scope="module", params=STORES)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The fortnight on a stack of its own, because its clock runs weeks ahead."""
    if request.param == "firestore" and absence():
        pytest.skip(absence())
    cases = request.getfixturevalue("cases")
    log = tmp_path_factory.mktemp("reminders") / "serve.log"
    with Stack.start(request.param, log=log, now=MONDAY.isoformat()) as stack:
        yield _play(stack, request.getfixturevalue("cast"), cases)


def test_r8_digests_come_on_the_scheduled_working_days_alone(story: Story) -> None:
    """The second working day and the fourth, which Good Friday and a weekend push to Monday; never twice to one person."""
    assert {day: {who: len(mails) for who, mails in told.items() if len(mails) != 1} for day, told in story.digests.items()} == {
        WEDNESDAY: {},
        NEXT_MONDAY: {},
    }


def test_r8_on_the_second_day_whoever_is_behind_is_told(story: Story) -> None:
    """Her vendedora of the missing papers, Cumplimiento of its review, the Encargado of what was delivered, each area of its boxes."""
    areas = ("servicio_al_cliente", "operaciones", "seguridad", "sala_procesamiento")
    people = {who for role in (*areas, "cumplimiento", "expedientes") for who in story.of_role(role)}
    vendedora = story.ways["C01"].vendedora.address.split("@")[0]
    assert story.told(WEDNESDAY) == people | {vendedora}
    encargado = story.text(WEDNESDAY, "encargado.uno")
    assert story.ways["C14"].dossier_id in encargado and story.ways["C02"].dossier_id not in encargado
    assert story.ways["C06"].dossier_id not in "".join(story.text(WEDNESDAY, who) for who in story.told(WEDNESDAY))


def test_r79_only_pending_areas_are_reminded_and_the_second_time_escalates(story: Story) -> None:
    """Operaciones has confirmed and hears nothing; of the others Gerencia, Expedientes and the vendedora's head read too."""
    pending = {who for role in ("servicio_al_cliente", "seguridad", "sala_procesamiento") for who in story.of_role(role)}
    superiors = {who for role in ("gerencia", "expedientes") for who in story.of_role(role)} | {"comercial.uno"}
    vendedora = story.ways["C01"].vendedora.address.split("@")[0]
    assert story.told(NEXT_MONDAY) == pending | superiors | story.of_role("cumplimiento") | {vendedora}
    told = story.text(NEXT_MONDAY, "gerencia.uno")
    assert all(mail.subject.startswith("Pendientes de otros") for mail in story.digests[NEXT_MONDAY]["gerencia.uno"])
    assert "Le toca a Sala de Procesamiento" in told and "Le toca a Operaciones" not in told
    assert "Ya se avisó también a su jefatura." in story.text(NEXT_MONDAY, "sala.uno")
    assert "Le toca a" not in "".join(story.text(WEDNESDAY, who) for who in story.told(WEDNESDAY))


def test_r79_nobody_is_reminded_after_completion(story: Story) -> None:
    """C14 and C06 are active before the second Monday and C02 soon after: no later mail names them."""
    later = "".join(story.text(NEXT_MONDAY, who) for who in story.told(NEXT_MONDAY))
    for name in ("C06", "C14"):
        assert story.ways[name].dossier_id not in later
        assert story.ways[name].parent_name() == "Activos"
    assert story.ways["C02"].parent_name() == "Activos"


def test_r79_her_reminder_leads_to_the_page_and_asks_the_client_for_exactly_what_is_missing(story: Story) -> None:
    """R79: «Sus clientes» links the page where she hands in; its text for the client names the missing papers and nothing else."""
    way = story.ways["C01"]
    (mail,) = story.digests[WEDNESDAY][way.vendedora.address.split("@")[0]]
    assert mail.subject.startswith("Sus clientes")
    assert page_of(way) in mail.text and page_of(way) in mail.html
    text = mail.text.partition("Buenos días,")[2].partition("Muchas gracias")[0]
    asked = {line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")}
    rows = [row for row in way.paper_rows() if row["files"] == "0"]
    missing = {f"{row['paper']}: {row['about']}" if row["about"] else row["paper"] for row in rows}
    assert len(missing) == len(way.paper_rows()) - 2
    assert asked == missing | {"Registro Público (hace falta otra vez; motivo: vencido)"}
    assert not re.search(r"https?:|por dentro|Encargado|@", text)
    page = way.vendedora.open(page_of(way))
    assert page.status == 200 and f"Faltan {len(asked)} papeles" in page.text


def test_the_areas_link_opens_the_sheet(story: Story) -> None:
    """Somebody of an area who follows the link of the digest sees the control sheet."""
    sheet = story.ways["C02"].control_sheet()
    person = story.stack.person(story.cast.first("sala_procesamiento"))
    assert f"/spreadsheets/d/{sheet}" in story.text(WEDNESDAY, "sala.uno")
    assert person.file(sheet)["id"] == sheet


def test_nobody_else_reads_of_the_lists(story: Story) -> None:
    """Cumplimiento's review is overdue on both days and stands in the mails of Cumplimiento alone."""
    for day in (WEDNESDAY, NEXT_MONDAY):
        naming = {who for who in story.told(day) if "listas" in story.text(day, who) or "/cumplimiento/" in story.text(day, who)}
        assert naming == story.of_role("cumplimiento")
