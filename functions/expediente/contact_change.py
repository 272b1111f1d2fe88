"""A contact that the client changes itself in the portal: a change of data like any other, approved by the proof that it gave there."""

from __future__ import annotations

from expediente.amendments import amended
from expediente.change_data import Amendment, Change, ChangeState
from expediente.codec import to_data
from expediente.model import Fact, State
from expediente.texts import clean_text
from expediente.work import Work

KIND = "contact"
# What a client may change without anybody's approval; the proof of an address is the code that was sent to it.
PATHS = ("client.contact.name", "client.contact.position", "client.contact.phone", "client.contact.email")
_MOST_LETTERS = 254


def fold(work: Work, fact: Fact) -> None:
    """Take the values up; those before stay in the version that they replace. payload: said (path -> value)."""
    if work.dossier.state is not State.ACTIVE:
        work.record("client", "contact_not_taken", fact=fact.event_id)
        return
    old = to_data(work.dossier.intake.client.contact)
    found = []
    for path in PATHS:
        name, value = path.rpartition(".")[2], clean_text(str((fact.payload.get("said") or {}).get(path, "")))[:_MOST_LETTERS]
        if value and value != old[name]:
            found.append(Amendment(path, old[name], value))
    if not found:
        return
    amended(work.dossier.intake, found)
    change_id = f"M{len(work.dossier.changes) + 1:02d}"
    change = Change(
        change_id=change_id,
        kind=KIND,
        point="",
        amendments=tuple(found),
        reason="",
        asked_by=fact.actor,
        asked_at=fact.at,
        submission_id="",
        state=ChangeState.APPROVED,
        decided_by=fact.actor,
        decided_at=fact.at,
    )
    work.set(changes={**work.dossier.changes, change_id: change})
    work.record("client", "contact_changed", change=change_id)
