"""The ways out on the whole product in one process: what people then can open, read and find."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from expediente import codec, follow_up
from expediente.model import Dossier, Event
from tests.harness import CUMPLIMIENTO, DOMAIN, ENCARGADO, FOLDER, Case, Stack, cases, person
from tests.local_workspace import Json, Workspace

DAY = 86_400
CASE = cases()["C01"]
VENDEDORA = CASE["vendedora"]
AREAS = [person(area) for area in ("servicio_al_cliente", "operaciones", "seguridad", "sala_procesamiento")]
OTHERS = [f"{who}.uno@{DOMAIN}" for who in ("comercial", "cartera", "gerencia")]
WAIVABLE = "aviso_operaciones"


@pytest.fixture(scope="module")
def stack(own_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that remembers a dossier whose papers are brought (`collecting`) and one in the hands of the areas (`confirming`)."""
    made = Stack(own_workspace, tmp_path_factory.mktemp("ways_out"))
    made.set_up()
    made.send_form(CASE)
    made.live()
    made.keep("collecting")
    made.bring_papers(CASE)
    made.live()
    made.comply(CASE)
    made.live()
    made.verify(CASE)
    made.live()
    made.receive(CASE, "DEN-000101")
    made.live()
    assert made.dossier(CASE).state == "confirming"
    made.keep("confirming")
    yield made


def events(stack: Stack) -> list[Event]:
    """The chain of the dossier."""
    reads = stack.app.store.query("events_of_dossier", equals=stack.dossier(CASE).dossier_id, limit=10_000)
    return [codec.from_data(Event, read.data) for read in reads]


def files_of(stack: Stack) -> dict[str, Json]:
    """The files of the dossier's own drive by id: neither folders nor what Cumplimiento keeps nor the register."""
    site = stack.app.site
    found = [file for file in stack.workspace.files() if file["mimeType"] != FOLDER and not file.get("trashed")]
    return {f["id"]: f for f in found if f["driveId"] == site.dossier_drive_id and f["id"] not in site.registers.values()}


def may(stack: Stack, who: str, file_id: str) -> str:
    """What a person can do with a file, asked as that person: '' | read | edit."""
    path = f"/drive/v3/files/{file_id}?supportsAllDrives=true&fields=capabilities(canEdit)"
    try:
        told = stack.workspace.request(who, "GET", path)
    except AssertionError as refused:
        assert " 404," in str(refused) or ", 404, " in str(refused) or "403" in str(refused), refused
        return ""
    return "edit" if told["capabilities"]["canEdit"] else "read"


def assert_only_its_readers_open_it(stack: Stack) -> None:
    """Expedientes and Cumplimiento read every file of the dossier and edit none; nobody else opens one; no direct grant is left."""
    files = files_of(stack)
    assert files
    for file_id in files:
        assert {may(stack, who, file_id) for who in (ENCARGADO, CUMPLIMIENTO)} == {"read"}, files[file_id]["name"]
        assert {may(stack, who, file_id) for who in (VENDEDORA, *AREAS, *OTHERS)} == {""}, files[file_id]["name"]
    dossier = stack.dossier(CASE)
    for file in stack.workspace.files():
        if file["id"] in files or dossier.dossier_id in str(file.get("appProperties", {}).get("dossier", "")):
            assert stack.workspace.grants(file["id"]) == [], file["name"]


def mailed(stack: Stack, who: str, words: str) -> int:
    """How many mails of a person begin with these words somewhere in their first line."""
    return sum(words in first for first in stack.workspace.inbox(who))


def act(stack: Stack, who: str, name: str, subject: str = "", **answers: str) -> Dossier:
    """Somebody signs, and the minutes pass."""
    stack.act(CASE, who, name, subject, **answers)
    stack.live(2)
    assert not stack.failures
    return stack.dossier(CASE)


# --- withdrawn -----------------------------------------------------------------------------------------------------------------


def test_a_withdrawn_dossier_is_closed_to_all_but_its_readers(stack: Stack) -> None:
    """Also what a person had shared by hand; whoever knew of it is told once, and nothing is reminded any more."""
    stack.take("confirming")
    contract = next(file_id for file_id, file in files_of(stack).items() if file["name"].startswith("Contrato ·"))
    share = {"type": "user", "role": "writer", "emailAddress": OTHERS[0]}
    stack.workspace.request(
        ENCARGADO, "POST", f"/drive/v3/files/{contract}/permissions?supportsAllDrives=true&sendNotificationEmail=false", share
    )
    assert may(stack, OTHERS[0], contract) == "edit"
    dossier = act(stack, VENDEDORA, "desistir", reason="Eligió a otra empresa.")
    assert (dossier.state, dossier.parked, dossier.next_reminder) == ("withdrawn", "", None)
    assert_only_its_readers_open_it(stack)
    for who in (VENDEDORA, ENCARGADO, *AREAS[:3]):
        assert mailed(stack, who, "retir") == 1, who
    assert mailed(stack, AREAS[3], "retir") == 0
    assert all(not mailed(stack, who, "retir") for who in OTHERS)


def test_a_withdrawn_dossier_goes_on_as_long_as_its_papers_are_there(stack: Stack) -> None:
    """Limited again before it comes back, with its marks and papers; areas and vendedora are told; a second time works as well."""
    stack.take("confirming")
    before = {file_id: {who: may(stack, who, file_id) for who in (*AREAS, ENCARGADO)} for file_id in files_of(stack)}
    for number in (1, 2):
        act(stack, ENCARGADO, "desistir", reason="No contesta.")
        assert_only_its_readers_open_it(stack)
        dossier = act(stack, ENCARGADO, "retomar")
        assert (dossier.state, dossier.parked) == ("confirming", "")
        after = {file_id: {who: may(stack, who, file_id) for who in (*AREAS, ENCARGADO)} for file_id in files_of(stack)}
        assert after == before
        assert mailed(stack, AREAS[1], "se retomó") == number


def test_the_papers_of_a_withdrawn_dossier_are_removed_after_the_term(stack: Stack) -> None:
    """Not a day before; then all are in the trash, and it cannot be taken up again."""
    stack.take("confirming")
    act(stack, VENDEDORA, "desistir", reason="Cerró el local.")
    days = stack.app.process.endings.withdrawal.papers_removed_after_days
    stack.workspace.advance((days - 1) * DAY)
    stack.live(2)
    assert files_of(stack) and stack.dossier(CASE).next_look_at is not None
    stack.workspace.advance(DAY)
    stack.live(2)
    assert files_of(stack) == {}
    dossier = stack.dossier(CASE)
    assert (dossier.state, dossier.parked, dossier.next_look_at) == ("withdrawn", "", None)
    assert act(stack, ENCARGADO, "retomar").state == "withdrawn"
    assert (events(stack)[-1].kind, events(stack)[-1].data["reason"]) == ("act_refused", "not_now")


def test_only_its_people_may_withdraw(stack: Stack) -> None:
    """An area may not, and it stands in the chain who tried."""
    stack.take("confirming")
    assert act(stack, AREAS[1], "desistir", reason="No.").state == "confirming"
    assert (events(stack)[-1].kind, events(stack)[-1].data["reason"]) == ("act_refused", "role")


def test_a_still_dossier_is_proposed_to_be_withdrawn(stack: Stack) -> None:
    """After twenty working days without movement her digest says so; not before."""
    stack.take("collecting")
    for _ in range(27):
        stack.workspace.advance(DAY)
        stack.on_morning()
        stack.live(1)
    assert mailed(stack, VENDEDORA, "Sin movimiento") == 0
    said = [mail for mail in digests(stack) if "Sin movimiento" in mail]
    assert said == []
    stack.workspace.advance(4 * DAY)
    stack.on_morning()
    stack.live(1)
    assert len([mail for mail in digests(stack) if "Sin movimiento" in mail]) == 1
    assert stack.dossier(CASE).state == "collecting"


def digests(stack: Stack) -> list[str]:
    """The texts of the vendedora's digests."""
    reads = stack.app.store.query("outbox_of_dossier", equals="", limit=1000)
    return [read.data["text"] for read in reads if VENDEDORA in read.data["to"] and read.data["kind"] == "pendientes_del_dia"]


# --- paused and urgent ---------------------------------------------------------------------------------------------------------


def test_nothing_is_reminded_in_a_pause_and_it_ends_by_itself(stack: Stack) -> None:
    """No digest until the day; on the day its people are told, and periods have moved by the pause."""
    stack.take("collecting")
    due = {task.rule.key: follow_up.due_at(stack.app.process, task) for task in waiting(stack)}
    dossier = act(stack, VENDEDORA, "pausar", until="2026-03-23", reason="El cliente está de viaje.")
    assert all(follow_up.due_at(stack.app.process, task) > due[task.rule.key] for task in waiting(stack))
    first = dossier.next_reminder
    assert first is not None and first >= "2026-03-23"
    for _ in range(20):
        stack.workspace.advance(DAY)
        stack.on_morning()
        stack.live(1)
    assert digests(stack) == []
    stack.workspace.advance(DAY)
    stack.live(2)
    assert stack.dossier(CASE).pauses[-1].told and stack.dossier(CASE).next_look_at is None
    assert mailed(stack, VENDEDORA, "la pausa terminó") == mailed(stack, ENCARGADO, "la pausa terminó") == 1


def waiting(stack: Stack) -> list[follow_up.Waiting]:
    """What waits for people."""
    return [t for t in follow_up.waiting(stack.app.process, stack.dossier(CASE)) if t.rule.key != "propose_withdrawal"]


def test_a_pause_can_be_ended_before_its_day(stack: Stack) -> None:
    """It cannot be paused twice, nor ended twice."""
    stack.take("collecting")
    act(stack, VENDEDORA, "pausar", until="2026-03-23", reason="De viaje.")
    assert len(act(stack, VENDEDORA, "pausar", until="2026-04-23", reason="Más.").pauses) == 1
    assert act(stack, ENCARGADO, "reanudar").pauses[-1].told
    assert mailed(stack, VENDEDORA, "la pausa terminó") == 1


def test_urgent_shortens_periods_and_skips_no_mark(stack: Stack) -> None:
    """Every period is half as long, mails say it with its reason, and what is missing is missing as before."""
    from expediente.activate import missing_for_activation

    stack.take("confirming")
    due = {(t.rule.key, t.found.area): follow_up.due_at(stack.app.process, t) for t in waiting(stack)}
    missing = missing_for_activation(stack.app.process, stack.dossier(CASE))
    dossier = act(stack, VENDEDORA, "urgente", reason="Abre el lunes.")
    assert missing_for_activation(stack.app.process, dossier) == missing
    assert all(follow_up.due_at(stack.app.process, t) < due[t.rule.key, t.found.area] for t in waiting(stack))
    assert mailed(stack, ENCARGADO, "urgente") == 1
    calm = act(stack, ENCARGADO, "quitar_urgente")
    assert {(t.rule.key, t.found.area): follow_up.due_at(stack.app.process, t) for t in waiting(stack)} == due
    assert calm.urgency is None


# --- waived --------------------------------------------------------------------------------------------------------------------


def test_a_waived_paper_holds_nobody_up_until_its_day(stack: Stack) -> None:
    """The hand-over happens without it; after the day the vendedora is asked again and can deliver."""
    stack.take("collecting")
    without: Case = {**CASE, "documentos": [one for one in CASE["documentos"] if one["tipo"] != WAIVABLE]}
    stack.bring_papers(without)
    stack.live()
    stack.comply(CASE)
    stack.live()
    act(stack, CUMPLIMIENTO, "dispensar", WAIVABLE, until="2026-04-15", reason="La autoridad demora en emitirlo.")
    stack.verify(CASE)
    stack.live()
    stack.receive(CASE, "DEN-000101")
    stack.live()
    assert stack.dossier(CASE).state == "confirming"
    book = stack.dossier(CASE).file_id("documents/create")
    cells = str(stack.workspace.rows(ENCARGADO, book, "Expediente"))
    assert "Dispensado hasta el 15/04/2026" in cells and "autoridad" not in cells
    assert may_deliver(stack) is False
    stack.workspace.set_clock("2026-04-16T14:00:00Z")
    stack.live(3)
    assert stack.dossier(CASE).waivers[WAIVABLE].over and may_deliver(stack)
    assert mailed(stack, VENDEDORA, "tenía dispensado") == 1
    assert {t.rule.key for t in waiting(stack)} >= {"deliver_papers"}


def may_deliver(stack: Stack) -> bool:
    """Whether the vendedora can put a file into the delivery folder."""
    return may(stack, VENDEDORA, stack.dossier(CASE).file_id("folder/delivery")) == "edit"


@pytest.mark.parametrize("subject", ["inspeccion_seguridad-P01", "lista_clinton", "contrato"])
def test_lists_inspection_and_what_the_table_does_not_name_are_never_waived(stack: Stack, subject: str) -> None:
    """Whatever is sent: the act is not offered for them."""
    from expediente.acts_table import HANDLERS
    from expediente.page_act import view_of

    stack.take("collecting")
    assert subject not in HANDLERS["dispensar"].subjects(view_of(stack.app, stack.dossier(CASE)))


def test_only_compliance_waives(stack: Stack) -> None:
    """The Encargado may not."""
    stack.take("collecting")
    assert act(stack, ENCARGADO, "dispensar", WAIVABLE, until="2026-04-15", reason="x").waivers == {}
