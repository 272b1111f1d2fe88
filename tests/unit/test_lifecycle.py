"""The table of moves of a dossier: every pair of state and event is either in it or refused with both names."""

from __future__ import annotations

import pytest

from expediente.lifecycle import MOVES, OPEN, ForbiddenMoveError, move
from expediente.model import State

EVENTS = sorted({event for _, event in MOVES})


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", list(State))
def test_a_move_is_in_the_table_or_refused_with_both_names(state: State, event: str) -> None:
    """Whatever the table does not know is refused, and the refusal says which state and which event."""
    if (state, event) in MOVES:
        assert move(state, event) is MOVES[state, event]
        return
    with pytest.raises(ForbiddenMoveError) as refusal:
        move(state, event)
    assert state.value in str(refusal.value) and event in str(refusal.value)


def test_only_the_closing_of_a_confirming_dossier_makes_it_active() -> None:
    """There is one way to an active service."""
    assert [pair for pair, state in MOVES.items() if state is State.ACTIVE] == [(State.CONFIRMING, "closed")]


def test_every_state_can_be_reached_and_the_archived_one_is_left_no_more() -> None:
    """From the first state each other one is reached; a withdrawn dossier may go on, an archived one stays as it is."""
    reached, waiting = {State.COLLECTING}, [State.COLLECTING]
    while waiting:
        here = waiting.pop()
        fresh = {to for (of, _), to in MOVES.items() if of is here} - reached
        reached |= fresh
        waiting += fresh
    assert reached == set(State)
    assert {state for state, _ in MOVES} == {*OPEN, State.ACTIVE, State.WITHDRAWN}
    assert {of for of, event in MOVES if event == "withdrawn"} == OPEN


def test_an_unknown_event_is_refused() -> None:
    """A word that no row of the table knows moves nothing."""
    with pytest.raises(ForbiddenMoveError):
        move(State.COLLECTING, "abracadabra")
