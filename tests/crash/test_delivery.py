"""Messages that come twice, three times, in any order or never: the end is the same, because the clock finds what was lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from expediente import feeds, outbox
from expediente.model import Fact
from expediente.reconcile import reconcile
from expediente.store import Update
from tests.crash.stages import STAGES, Theatre
from tests.harness import DOMAIN, Incarnation, Stack

ROUNDS = 20


@pytest.mark.parametrize(("copies", "seed"), [(3, None), (2, 1), (3, 2)])
def test_messages_that_come_more_than_once_in_any_order_change_nothing(theatre: Theatre, copies: int, seed: int | None) -> None:
    """Every message comes two or three times, in order or shuffled, at every stage."""
    wrong: dict[str, list[str]] = {}
    for stage in STAGES:
        stack = _at(theatre, stage.name)
        stack.bus.copies, stack.bus.shuffled = copies, None if seed is None else random.Random(seed)
        stack.live(2)
        wrong |= {stage.name: found} if (found := theatre.judge(theatre.clean[stage.name])) else {}
    stack.bus.copies, stack.bus.shuffled = 1, None
    assert not wrong


@pytest.mark.parametrize(("share", "seed"), [(0.5, 1), (1.0, 3)])
def test_messages_that_never_come_are_found_by_the_clock(theatre: Theatre, share: float, seed: int) -> None:
    """Half or all of what is published in three minutes is lost, whoever published it; the following minutes find it."""
    wrong: dict[str, list[str]] = {}
    for stage in STAGES:
        stack, chance = _at(theatre, stage.name), random.Random(seed)
        stack.bus.losing = lambda chance=chance: chance.random() < share  # type: ignore[misc]
        for _ in range(3):
            stack.minute()
        stack.bus.losing = lambda: False
        stack.live(2)
        wrong |= {stage.name: found} if (found := theatre.judge(theatre.clean[stage.name])) else {}
    assert not wrong


def _at(theatre: Theatre, stage: str) -> Stack:
    theatre.stack.take(stage)
    return theatre.stack


def test_a_feed_that_repeats_itself_changes_nothing(theatre: Theatre) -> None:
    """The process dies after storing facts and before moving its cursor, so the same changes are told again after their fold."""
    stack = _at(theatre, "papers")
    before = stack.app.store.query("waiting_facts")
    assert not before
    cursors = [f"drive/{stack.app.site.dossier_drive_id}"]
    old = {key: stack.app.store.get("cursor", key) for key in cursors}
    stack.live(2)
    for key, read in old.items():
        now = stack.app.store.get("cursor", key)
        assert read is not None and now is not None
        stack.app.store.commit([Update("cursor", key, read.data, now.version)])
    stack.live(2)
    assert theatre.judge(theatre.clean["papers"]) == []


def test_what_a_person_types_between_the_feed_and_our_writing_is_not_lost(theatre: Theatre) -> None:
    """The feed names only the last editor, and that is us: a workbook that we have written is read once more."""
    stack = _at(theatre, "papers")
    stack.workspace.advance(61)
    stack.on_tick()
    stack.documents(theatre.case, {"field:physical_location": "Archivo 2, gaveta 4"}.get)
    stack.settle()
    stack.live(2)
    assert stack.dossier(theatre.case).physical_location == "Archivo 2, gaveta 4"


def test_a_response_that_cannot_be_read_is_set_aside_and_stops_nothing(theatre: Theatre) -> None:
    """It would otherwise come again every minute for ever; another client's response goes its way."""
    stack = _at(theatre, "intake")
    broken = Fact(
        "form-broken-1", "EXP-BROKEN00", "form_response", stack.app.clock.now(), f"vendedora.uno@{DOMAIN}", {"form": "intake"}
    )
    feeds.store_facts(stack.app, [broken])
    stack.live(3)
    assert stack.app.store.get("poison", broken.event_id) is not None
    assert theatre.judge(theatre.clean["intake"]) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_fact_that_cannot_be_folded_is_set_aside_once(theatre: Theatre, times: int) -> None:
    """A feed that tells it a second time does not make the dossier turn in circles."""
    stack = _at(theatre, "intake")
    stack.live(2)
    dossier = stack.dossier(theatre.case)
    for _ in range(times):
        broken = Fact(
            "file-broken-1", dossier.dossier_id, "file", stack.app.clock.now(), f"vendedora.uno@{DOMAIN}", {"gone": False}
        )
        feeds.store_facts(stack.app, [broken])
        stack.live(3)
    assert stack.app.store.get("poison", "file-broken-1") is not None
    assert not stack.pending() and not stack.failures


# --- two workers ---------------------------------------------------------------------------------------------------------------


def _side_by_side(*jobs: Callable[[], None]) -> None:
    """Run jobs in threads that begin at the same instant; what one raises is raised here."""
    gate = threading.Barrier(len(jobs))
    raised: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        gate.wait()
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not raised, raised


@pytest.mark.parametrize("stage", ["intake", "papers", "filing", "hand_over", "ticks", "closing"])
def test_two_workers_on_one_dossier_do_nothing_twice(theatre: Theatre, stage: str) -> None:
    """Two processes look at the same dossier and drain the same mailboxes at the same instant, round after round."""
    wrong = []
    for _ in range(max(ROUNDS // 5, 4)):
        stack = _at(theatre, stage)
        stack.workspace.advance(61)
        stack.on_tick()
        workers = [stack.app, stack.another()]
        dossier_ids = sorted({message for topic, message in stack.bus.waiting if topic == "work"})
        stack.bus.waiting.clear()
        for dossier_id in dossier_ids:
            _side_by_side(*[_job(worker, dossier_id) for worker in workers])
        stack.live(2)
        workers[1].store._store.close()  # type: ignore[attr-defined]
        wrong += theatre.judge(theatre.clean[stage])
    assert not wrong


def _job(worker: Incarnation, dossier_id: str) -> Callable[[], None]:
    def job() -> None:
        reconcile(worker, dossier_id)
        for sender in worker.settings.senders:
            outbox.drain(worker, sender)

    return job


def test_two_clocks_at_once_tell_everything_once(theatre: Theatre) -> None:
    """Two ticks in the same second: one takes the minute, and nothing is stored twice."""
    stack = _at(theatre, "papers")
    other = stack.another()
    stack.workspace.advance(61)
    _side_by_side(lambda: feeds.tick(stack.app), lambda: feeds.tick(other))
    stack.settle()
    stack.live(2)
    other.store._store.close()  # type: ignore[attr-defined]
    assert theatre.judge(theatre.clean["papers"]) == []
