"""The only table of moves of a dossier: (state, event) -> state."""

from __future__ import annotations

from expediente.errors import ExpedienteError
from expediente.model import State

MOVES: dict[tuple[State, str], State] = {
    (State.COLLECTING, "papers_completed"): State.CONFIRMING,
    (State.COLLECTING, "withdrawn"): State.WITHDRAWN,
    (State.CONFIRMING, "withdrawn"): State.WITHDRAWN,
    (State.WITHDRAWN, "reopened"): State.COLLECTING,
    (State.CONFIRMING, "closed"): State.ACTIVE,
    (State.ACTIVE, "cancelled"): State.ARCHIVED,
}

OPEN = frozenset({State.COLLECTING, State.CONFIRMING})
ENDED = frozenset({State.WITHDRAWN, State.ARCHIVED})


class ForbiddenMoveError(ExpedienteError):
    """An event that the present state does not know. Example: `closed` while papers are still collected."""

    def __init__(self, state: State, event: str) -> None:
        self.state, self.event = state, event
        super().__init__(f"a dossier in state {state} cannot take the event {event}; see MOVES in lifecycle.py")


def move(state: State, event: str) -> State:
    """The state after the event.

    :raises ForbiddenMoveError: the table has no such move.
    """
    try:
        return MOVES[state, event]
    except KeyError:
        raise ForbiddenMoveError(state, event) from None
