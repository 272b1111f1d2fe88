"""Whatever the product writes outside stands in the chain of its dossier, written in the same run: as many writes as events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from expediente import evidence, feeds
from expediente.model import Event
from tests.harness import SENDERS, Stack, cases
from tests.local_workspace import SERVICE_ACCOUNT, Workspace

CODE = "DEN-000313"
# What changes something at Google. A mail is one write when it leaves; its draft is the first half of that.
WRITES = {
    "drive.files.create",
    "drive.files.update",
    "drive.permissions.create",
    "drive.permissions.delete",
    "sheets.spreadsheets.batchUpdate",
    "sheets.spreadsheets.values.batchUpdate",
    "sheets.spreadsheets.values.batchUpdateByDataFilter",
    "sheets.spreadsheets.values.update",
    "gmail.users.drafts.send",
}
EVENTS = {"step_done", "mail_queued"}


def _written(stack: Stack) -> Counter[str]:
    """The product's own successful writes since the ledger was emptied."""
    ours = {SERVICE_ACCOUNT, *SENDERS}
    calls = (call for call in stack.workspace.calls() if call["actor"] in ours and call["status"] < 300)
    return Counter(call["method"] for call in calls if call["method"] in WRITES)


def _recorded(stack: Stack) -> list[Event]:
    (dossier,) = stack.dossiers()
    return [event for event in evidence.events_of(stack.app.store, dossier.dossier_id) if event.kind in EVENTS]


def test_r13_every_write_has_its_event_in_the_same_run(tmp_path: Path) -> None:
    """From the form to the active service, stage by stage: the product's writes at Google and the events of the chain are as many."""
    workspace = Workspace.start()
    try:
        stack = Stack(workspace, tmp_path)
        stack.set_up()
        # The register is no dossier's: it is written every five minutes from what the dossiers say.
        stack.on_tick = lambda: feeds.tick(stack.app)  # type: ignore[method-assign]
        known = 0
        for stage, people in _way(stack).items():
            workspace.forget_calls()
            people()
            stack.live(2)
            events = _recorded(stack)
            written, told = _written(stack), Counter(event.data.get("step", "mail").split("/")[0] for event in events[known:])
            assert sum(written.values()) == len(events) - known, (stage, written, told)
            known = len(events)
        (dossier,) = stack.dossiers()
        assert dossier.state.value == "active" and known > 60
        _compare_ids(stack)
    finally:
        workspace.stop()


def _way(stack: Stack) -> dict[str, Callable[[], object]]:
    """The stages of a client's way, with what people do at each."""
    case = cases()["C01"]

    def confirm() -> None:
        for area in stack.areas(case):
            stack.tick(case, area)
            stack.minute()
            stack.sign_area(case, area)
            stack.minute()

    return {
        "intake": lambda: stack.send_form(case),
        "papers": lambda: stack.bring_papers(case),
        "compliance": lambda: stack.comply(case),
        "filing": lambda: stack.verify(case),
        "hand_over": lambda: stack.receive(case, CODE),
        "report": lambda: stack.inspect(case),
        "ticks": confirm,
        "closing": lambda: stack.close(case),
    }


def _compare_ids(stack: Stack) -> None:
    """Each step and each mail of the records has one event, and none is of anything else."""
    (dossier,) = stack.dossiers()
    events = _recorded(stack)
    steps = Counter(event.data["step"] for event in events if event.kind == "step_done")
    mails = Counter(event.data["mail"] for event in events if event.kind == "mail_queued")
    assert steps == Counter(key for key, record in dossier.steps.items() if record.state == "done")
    assert mails == Counter(dossier.notices.keys())
    assert len(stack.app.store.query("outbox_of_dossier", equals=dossier.dossier_id, limit=1000)) == len(mails)
