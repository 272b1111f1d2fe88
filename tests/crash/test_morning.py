"""The morning's run is killed or disturbed at any call or commit and comes again; everybody finds exactly one digest."""

from __future__ import annotations

import pytest

from tests.crash.stages import FAULTS, Theatre
from tests.footprint import mailboxes
from tests.harness import Death, Killed, Stack

# The second working day after the hand-over of Monday, 2 March 2026, at eight in Panama.
MORNING = "2026-03-04T13:00:05Z"
AREAS = ("servicio_al_cliente", "operaciones", "seguridad")
STRIDE = 3


def _begin(theatre: Theatre, death: Death | None = None) -> Stack:
    """A dossier that waits for its areas, on the morning of the first reminder."""
    stack = theatre.stack
    stack.take("hand_over")
    stack.live(2)
    stack.workspace.set_clock(MORNING)
    stack.workspace.forget_calls()
    if death is not None:
        stack.restart(death)
    return stack


def _morning(stack: Stack) -> None:
    """The clock's door at eight, and the minutes that follow."""
    stack.try_door(stack.on_morning)
    stack.live(2)


def _survive(stack: Stack) -> None:
    """The message of the clock comes again to the process that follows the dead one."""
    try:
        _morning(stack)
    except Killed:
        stack.bus.waiting.clear()
        stack.restart()
    _morning(stack)


def _seen(stack: Stack) -> dict[str, list[str]]:
    """Every mailbox, and that the reminder of the day is done."""
    (dossier,) = stack.dossiers()
    assert str(dossier.reminded_until) == MORNING[:10]
    assert not stack.pending()
    return mailboxes(stack)


@pytest.fixture(scope="module")
def clean(theatre: Theatre) -> tuple[dict[str, list[str]], int, int]:
    """The undisturbed morning: mailboxes, and how many calls and commits it takes."""
    stack = _begin(theatre, Death())
    before = mailboxes(stack)
    _morning(stack)
    after = _seen(stack)
    people = {p.address for area in AREAS for p in stack.app.process.company.with_role(area)}
    # The client's point is not inspected yet: Seguridad owes a report, the others their boxes.
    assert {who for who in after if len(after[who]) > len(before.get(who, []))} == people
    assert all(len(after[who]) == len(before.get(who, [])) + 1 for who in people)
    return after, stack.app.death.counts["call"], stack.app.death.counts["commit"]


@pytest.mark.parametrize("kind", ["call", "commit"])
def test_a_morning_that_dies_anywhere_is_made_whole(
    theatre: Theatre, clean: tuple[dict[str, list[str]], int, int], kind: str
) -> None:
    """Before or after each commit and each third call, from the first draft to the last mail that leaves."""
    wanted, calls, commits = clean
    count = calls if kind == "call" else commits
    wrong, played = [], 0
    for nth in range(1, count + 1, STRIDE if kind == "call" else 1):
        for when in ("before", "after"):
            stack = _begin(theatre, Death(kind, nth, when))
            _survive(stack)
            played += 1
            if _seen(stack) != wanted:
                wrong.append((kind, nth, when))
    assert played >= count // STRIDE and not wrong


@pytest.mark.parametrize(("when", "what"), FAULTS)
@pytest.mark.parametrize("method", ["gmail.users.drafts.create", "gmail.users.drafts.send"])
def test_a_morning_whose_mail_fails_is_told_once(
    theatre: Theatre, clean: tuple[dict[str, list[str]], int, int], method: str, when: str, what: str
) -> None:
    """A draft or a sending that Google refuses, cuts or does not answer for: the digest still comes once."""
    stack = _begin(theatre)
    stack.workspace.fault({"method": method, "nth": 2, "when": when, "do": what})
    _survive(stack)
    assert _seen(stack) == clean[0]
