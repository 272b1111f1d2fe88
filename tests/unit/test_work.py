"""A dossier in the hands of one worker: its lease, the timer that outlives it, and the commit that only its holder can make."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from expediente import codec
from expediente.errors import ConflictError, LeaseLostError
from expediente.model import Dossier
from expediente.work import LEASE_SECONDS, Work
from tests.unit import page_kit


@pytest.fixture
def app(tmp_path: Path) -> page_kit.PageApp:
    """An application that holds one dossier."""
    made = page_kit.new_app(tmp_path, "http://127.0.0.1:9/keys")
    page_kit.put(made, page_kit.collecting())
    return made


def _work(app: page_kit.PageApp) -> Work:
    found = app.store.get("dossier", page_kit.DOSSIER)
    assert found is not None
    return Work(app, codec.from_data(Dossier, found.data), found.version)


def test_a_lease_sets_the_timer_that_finds_a_dead_worker(app: page_kit.PageApp) -> None:
    """Taken or prolonged, the dossier is due again at the very instant at which the lease runs out."""
    work = _work(app)
    for _ in range(2):
        work.take_lease()
        work.commit()
        stored = _work(app).dossier
        assert stored.lease is not None
        assert stored.next_look_at == stored.lease.until == app.clock.now() + timedelta(seconds=LEASE_SECONDS)
        app.hand_clock.at += timedelta(seconds=60)


def test_a_lease_is_held_until_it_runs_out_or_is_given_back(app: page_kit.PageApp) -> None:
    """Another worker goes away until then."""
    work = _work(app)
    work.take_lease()
    work.commit()
    assert _work(app).held_by_other() and not work.held_by_other()
    app.hand_clock.at += timedelta(seconds=LEASE_SECONDS)
    assert not _work(app).held_by_other()
    app.hand_clock.at -= timedelta(seconds=LEASE_SECONDS)
    work.release_lease()
    work.commit()
    assert not _work(app).held_by_other()


def test_who_has_lost_the_lease_writes_nothing(app: page_kit.PageApp) -> None:
    """A worker that slept past its lease finds that another has taken the dossier over."""
    slow = _work(app)
    slow.take_lease()
    slow.commit()
    app.hand_clock.at += timedelta(seconds=LEASE_SECONDS + 1)
    fresh = _work(app)
    fresh.take_lease()
    fresh.commit()
    slow.set(denarius_code="DEN-000999")
    with pytest.raises(LeaseLostError):
        slow.commit()
    assert _work(app).dossier.denarius_code == ""


def test_without_a_lease_a_lost_race_is_a_conflict(app: page_kit.PageApp) -> None:
    """Nothing was done outside yet, so the worker may read again and start over."""
    first, second = _work(app), _work(app)
    first.set(physical_location="A")
    second.set(physical_location="B")
    first.commit()
    with pytest.raises(ConflictError):
        second.commit()


def test_each_taking_raises_epoch_and_attempts(app: page_kit.PageApp) -> None:
    """A later holder is told from an earlier one, and runs without progress are counted."""
    for number in (1, 2, 3):
        work = _work(app)
        work.take_lease()
        work.release_lease()
        work.commit()
        stored = _work(app).dossier
        assert stored.lease is not None and (stored.lease.epoch, stored.attempts) == (number, number)


def test_a_run_that_changed_nothing_commits_nothing(app: page_kit.PageApp) -> None:
    """A look that finds all as it should be leaves no trace."""
    before = app.store.get("dossier", page_kit.DOSSIER)
    _work(app).commit()
    assert app.store.get("dossier", page_kit.DOSSIER) == before


def test_a_plan_reads_the_same_chain_before_and_after_the_commit(app: page_kit.PageApp) -> None:
    """What covers the chain may be planned in the run that adds to it, and again by a process that comes after a death."""
    work = _work(app)
    work.record("expediente", "one", step="a")
    work.record("expediente", "two", step="b")
    planned = list(work.view.chain())
    work.commit()
    assert [event.kind for event in planned] == ["one", "two"]
    assert list(work.view.chain()) == list(_work(app).view.chain()) == planned
