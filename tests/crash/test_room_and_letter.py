"""What a plain client does not meet, disturbed as in `test_every_call`: much exchange, its alert, a protocol, a welcome that came back."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.stages import Stage, Theatre
from tests.harness import CUMPLIMIENTO, DOMAIN, Case, Stack, cases, person
from tests.local_workspace import Workspace
from tests.staging_bucket import StagingBucket

ROOM, SERVICE = person("sala_procesamiento"), person("servicio_al_cliente")
CODE, SOAK_SECONDS = "DEN-000505", 3600
UNDELIVERABLE = f"nadie@{DOMAIN}"
# Together above the sum of which Cumplimiento hears; none of them alone.
EXCHANGES = (("24/03/2026", "4800"), ("25/03/2026", "4800"), ("27/03/2026", "2800"))


def _case() -> Case:
    """Much exchange, and an address that takes no mail."""
    case = copy.deepcopy(cases()["C05"])
    case["cliente"]["correo"] = UNDELIVERABLE
    return case


def _opens(stack: Stack, case: Case) -> None:
    stack.send_form(case)
    stack.live()
    stack.bring_papers(case)
    stack.live()
    stack.comply(case)
    stack.live()
    stack.verify(case)


def _exchanges(stack: Stack, case: Case) -> None:
    book = stack.dossier(case).file_id("exchange/create")
    cells = {f"Cambios!{column}{4 + row}": told[n] for row, told in enumerate(EXCHANGES) for n, column in enumerate("AE")}
    stack.workspace.type_in(ROOM, book, cells)


def _protocol(stack: Stack, case: Case) -> None:
    said = {"reception": "Conteo a dos manos.", "differences": "Acta el mismo día.", "delivery": "Día hábil siguiente."}
    stack.act(case, ROOM, "establecer_protocolo", **said)


def _came_back(stack: Stack, case: Case) -> None:
    """Minutes after the welcome its inbox is looked into."""
    stack.workspace.advance(150)


STAGES = (
    Stage("opened", _opens, "collecting", stride=10_000),
    Stage("handed", lambda stack, case: stack.receive(case, CODE), "confirming", stride=83),
    Stage("exchanged", _exchanges, "confirming", stride=31),
    Stage("protocol", _protocol, "confirming", stride=31),
    Stage("came_back", _came_back, "confirming", stride=31),
    Stage(
        "letter",
        lambda stack, case: stack.act(case, SERVICE, "entregar_bienvenida", means="mano", note="A la contadora, hoy."),
        "confirming",
        stride=31,
    ),
)
NAMES = {stage.name: stage.stride for stage in STAGES[1:]}


@pytest.fixture(scope="module")
def room(own_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """The way of that client, played once."""
    folder: Path = tmp_path_factory.mktemp("room")
    bucket = StagingBucket(folder / "staging")
    try:
        made = Theatre(Stack(own_workspace, folder, bucket), _case(), STAGES)
        made.prepare()
        yield made
    finally:
        bucket.stop()


def test_the_undisturbed_way_makes_sheet_alert_protocol_and_letter(room: Theatre) -> None:
    """What all others are compared with: one exchange sheet, one alert and its mail, one protocol, one notice of the welcome, a letter."""
    room.stack.take("letter")
    room.stack.live(2)
    dossier = room.stack.dossier(room.case)
    assert dossier.done("exchange/create") and len(dossier.processing.alerts) == 1 and dossier.processing.protocol is not None
    assert dossier.done("welcome_letter") and dossier.welcome.handed
    assert len([key for key in dossier.notices if key.startswith("bienvenida_devuelta/")]) == 1
    reads = room.stack.app.store.query("outbox_of_dossier", equals=dossier.dossier_id, limit=1000)
    (alert,) = [read.data for read in reads if read.data["kind"] == "revision_cambios"]
    assert alert["state"] == "sent" and alert["to"] == [room.stack.app.process.group_of("cumplimiento")]
    begins = " ".join(alert["text"].split())[:60]
    assert len([mail for mail in room.stack.workspace.inbox(CUMPLIMIENTO) if mail.startswith(begins)]) == 1


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_of_the_room_that_is_disturbed_comes_to_the_same_end(room: Theatre, stage: str) -> None:
    """Whatever fails or dies, tree, grants, cells, mailboxes and records are those of the undisturbed run."""
    assert room.play_stage(stage, NAMES[stage]) == {}


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS)
@pytest.mark.parametrize("stage", NAMES)
def test_every_disturbance_of_the_room_comes_to_the_same_end(room: Theatre, stage: str) -> None:
    """The same for each of them."""
    assert room.play_stage(stage, 1) == {}
