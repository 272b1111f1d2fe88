"""A quarter of clients of every kind: at the end nothing is lost, nothing is doubled, nobody sees what is not theirs, and the figures are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from expediente import access_audit, codec
from expediente.events import verify
from expediente.folder import ROOT
from expediente.model import Event, State
from tests.harness import FOLDER, SHEET, Stack
from tests.journey.quarter import FATES, Quarter
from tests.local_workspace import SERVICE_ACCOUNT, Workspace

# One client of each fate at every run; `make soak` plays sixty.
SIZES = (len(FATES), pytest.param(60, marks=pytest.mark.soak))


@pytest.fixture(scope="module", params=SIZES)
def quarter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    """The quarter when it is over."""
    workspace = Workspace.start()
    stack = Stack(workspace, tmp_path_factory.mktemp("quarter"))
    stack.set_up()
    played = Quarter(stack)
    played.play(request.param)
    stack.live(3)
    yield played
    workspace.stop()


def _events(quarter: Quarter, dossier_id: str, count: int) -> list[Event]:
    keys = [("event", f"{dossier_id}/{seq:06d}") for seq in range(1, count + 1)]
    return [codec.from_data(Event, read.data) for read in quarter.stack.app.store.get_many(keys) if read]


def test_every_client_ends_where_its_story_does(quarter: Quarter) -> None:
    """States as the fates say; nothing parked, nothing waiting, no door failed (I7)."""
    seen = {client.code: (client.fate, quarter.stack.dossier(client.case).state) for client in quarter.clients}
    assert seen == {client.code: (client.fate, client.ends) for client in quarter.clients}
    assert [found.parked for found in quarter.stack.dossiers() if found.parked] == []
    assert (quarter.stack.pending(), quarter.stack.failures) == ([], [])


def test_one_tree_and_one_sheet_for_each(quarter: Quarter) -> None:
    """I1: a root folder a dossier, no stray; a control sheet for those that came so far."""
    files = [item for item in quarter.stack.workspace.files() if not item["trashed"]]
    for dossier in quarter.stack.dossiers():
        roots = [item for item in files if item["mimeType"] == FOLDER and item["id"] == dossier.file_id(ROOT)]
        named = [item for item in files if item["mimeType"] == FOLDER and dossier.dossier_id in item["name"]]
        assert len(roots) == 1 and len(named) <= 2, (dossier.dossier_id, [item["name"] for item in named])
        sheets = [item for item in files if item["mimeType"] == SHEET and item["id"] == dossier.file_id("control_sheet/create")]
        assert len(sheets) == (dossier.state in (State.ACTIVE, State.ARCHIVED))


def test_each_mail_came_once(quarter: Quarter) -> None:
    """I2: what was queued was sent, and no mailbox holds two mails that begin alike about one dossier."""
    store = quarter.stack.app.store
    for dossier in quarter.stack.dossiers():
        mails = [read.data for read in store.query("outbox_of_dossier", equals=dossier.dossier_id, limit=1000)]
        assert {mail["state"] for mail in mails} <= {"sent"}, dossier.dossier_id
        twice = [key for key, count in Counter((mail["message_id"]) for mail in mails).items() if count > 1]
        assert not twice


def test_who_has_access_is_exactly_who_should(quarter: Quarter) -> None:
    """I3: what Drive grants on every dossier equals the table."""
    differences = {found.dossier_id: access_audit.look(quarter.stack.app, found) for found in quarter.stack.dossiers()}
    assert {dossier: found for dossier, found in differences.items() if found} == {}


def test_every_chain_holds_and_tells_the_state(quarter: Quarter) -> None:
    """I5, I6: the chain is whole and its last change of state is the one that the record bears."""
    for dossier in quarter.stack.dossiers():
        events = _events(quarter, dossier.dossier_id, dossier.event_count)
        assert verify(events, dossier.chain_head) == []
        moves = [event.data["state"] for event in events if event.kind == "state_changed"]
        assert (moves[-1] if moves else State.COLLECTING.value) == dossier.state.value


def test_nobody_outside_the_company_was_called(quarter: Quarter) -> None:
    """I8: the ledger holds calls of the service account, the forms' owner, senders and the company's people alone."""
    actors = {call["actor"] for call in quarter.stack.workspace.local("GET", "calls") if call["actor"]}
    assert all("blindados-demo.example.com" in actor or "gserviceaccount.com" in actor for actor in actors)


def test_the_register_tells_each_dossier_as_it_is(quarter: Quarter) -> None:
    """The register has a row a dossier with its state in words; a rejection of Cumplimiento reads like any other review."""
    process, stack = quarter.stack.app.process, quarter.stack
    rows = stack.workspace.rows(SERVICE_ACCOUNT, stack.app.site.registers["gerencia"], "Registro")
    told = {str(row[0]): str(row[3]) for row in rows[3:] if row}
    wanted = {found.dossier_id: process.states[found.state.value].label for found in stack.dossiers()}
    assert told == wanted
    fates = Counter(client.fate for client in quarter.clients)
    rejected = [told[stack.dossier(client.case).dossier_id] for client in quarter.clients if client.fate == "rejected"]
    assert len(rejected) == fates["rejected"] and set(rejected) == {process.states[State.COLLECTING.value].label}
