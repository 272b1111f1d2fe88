"""What the register does when something is wrong: a parked mail, a workbook that is gone, two turns at once, a feed that is silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from expediente import register, templates, weekly
from expediente.store import Update
from tests.harness import Stack, cases, person
from tests.local_workspace import SERVICE_ACCOUNT, Workspace

CASE = cases()["C01"]


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    """A Workspace of this module's own."""
    started = Workspace.start()
    yield started
    started.stop()


@pytest.fixture
def stack(workspace: Workspace, tmp_path: Path) -> Stack:
    """A company with one open dossier, from scratch."""
    workspace.local("POST", "reset")
    stack = Stack(workspace, tmp_path)
    stack.set_up()
    stack.send_form(CASE)
    stack.live()
    return stack


def _written(stack: Stack) -> None:
    stack.workspace.advance(301)
    stack.on_tick()


def _tab(stack: Stack, audience: str, tab: str) -> list[list[object]]:
    template = templates.register(stack.app.process.folder)
    title = template.tabs[tab].tab if tab else template.tab
    return stack.workspace.rows(SERVICE_ACCOUNT, stack.app.site.registers[audience], title)


def test_a_parked_mail_says_why_and_what_to_do_but_not_one_to_cumplimiento(stack: Stack) -> None:
    """The vendedora's mail that Gmail refused is listed with a remedy; that a mail to Cumplimiento exists is told to nobody."""
    store, advice = stack.app.store, templates.register(stack.app.process.folder).parked_mails["doubtful"]
    for read in store.query("outbox_of_dossier", equals=stack.dossier(CASE).dossier_id):
        if read.data["kind"] in ("recibo_vendedora", "revision_cumplimiento"):
            store.commit([Update("outbox", read.key, {**read.data, "state": "parked", "parked": "doubtful"}, read.version)])
    stack.workspace.advance(3600)
    _written(stack)
    found = _tab(stack, "gerencia", "parked")[3:]
    assert len(found) == 1 and CASE["vendedora"] in str(found[0][0])
    assert found[0][3:] == [advice.reason, advice.remedy]


def test_a_parked_dossier_says_why_and_what_to_do(stack: Stack) -> None:
    """Parked by a refused grant: the tab says so, and is empty again once it goes on."""
    dossier = stack.dossier(CASE)
    read = stack.app.store.get("dossier", dossier.dossier_id)
    assert read is not None
    step = next(key for key, record in dossier.steps.items() if record.effect == "add_grant")
    now = stack.app.clock.now()
    changed = {**read.data, "parked": f"{step}: no", "changed_at": now.isoformat(timespec="microseconds").replace("+00:00", "Z")}
    stack.app.store.commit([Update("dossier", dossier.dossier_id, changed, read.version)])
    _written(stack)
    advice = templates.register(stack.app.process.folder).parked_dossiers["grant"]
    (line,) = _tab(stack, "expedientes", "parked")[3:]
    assert line[1] == dossier.dossier_id and line[3:] == [advice.reason, advice.remedy]


def test_a_workbook_that_google_refuses_holds_up_no_other(stack: Stack) -> None:
    """One failing write: the others are written, and the next turn brings the failed one level with them."""
    stack.workspace.fault({"method": "sheets.spreadsheets.batchUpdate", "nth": 1, "do": "503"})
    _written(stack)
    rows = {audience: len(_tab(stack, audience, "")) for audience in stack.app.site.registers}
    assert min(rows.values()) in (3, 4) and sorted(rows.values())[1:] == [4] * (len(rows) - 1)
    stack.workspace.fault()
    _written(stack)
    assert {len(_tab(stack, audience, "")) for audience in stack.app.site.registers} == {4}


def test_two_turns_at_once_write_once(stack: Stack) -> None:
    """While one worker holds the lease another leaves the register alone; nothing new costs no call at all."""
    stack.workspace.advance(301)
    other = stack.another()
    stack.workspace.forget_calls()
    assert register.refresh(stack.app) and not register.refresh(other)
    writes = [call for call in stack.workspace.calls() if call["method"] == "sheets.spreadsheets.batchUpdate"]
    assert len(writes) == len(stack.app.site.registers)
    stack.workspace.advance(301)
    stack.workspace.forget_calls()
    assert not register.refresh(stack.app) and not stack.workspace.calls()


def test_a_silent_feed_shows_in_the_health(stack: Stack) -> None:
    """While Drive's feed does not answer the line asks for attention and says since when; afterwards it is good again."""
    texts = templates.register(stack.app.process.folder).texts
    stack.workspace.fault({"method": "drive.changes.list", "do": "503", "times": 100})
    stack.minute()
    stack.workspace.advance(3600)
    _written(stack)
    line = next(row for row in _tab(stack, "gerencia", "health") if row and texts["feed_drive"] in str(row[0]))
    assert line[1] == texts["attention"] and "02/03/2026" in str(line[2])
    stack.workspace.fault()
    stack.minute()
    stack.workspace.advance(3600)
    _written(stack)
    assert [texts["good"], texts["feed_good"]] in [row[1:] for row in _tab(stack, "gerencia", "health") if row]


def test_the_week_is_reported_once_and_not_on_a_free_day(stack: Stack) -> None:
    """Doubled and late it is one mail; on a Saturday there is none."""
    stack.workspace.set_clock("2026-03-07T15:00:00Z")
    assert not weekly.run(stack.app), "Saturday"
    stack.workspace.set_clock("2026-03-09T12:30:00Z")
    assert not weekly.run(stack.app), "half past seven"
    stack.workspace.set_clock("2026-03-10T13:01:00Z")
    assert weekly.run(stack.app), "late, on Tuesday"
    assert not weekly.run(stack.app) and not weekly.run(stack.another())
    stack.settle()
    subjects = [mail for mail in stack.workspace.inbox(person("gerencia")) if "empieza la semana del" in mail]
    assert len(subjects) == 1
