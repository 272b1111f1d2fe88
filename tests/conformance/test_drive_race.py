"""Two changes of one item's permissions at the same time."""

from __future__ import annotations

from typing import Any

from tests.conformance.drive_kit import EDGAR, MARISOL, ROGELIO, Desk, Service, advance, behaviour, local, new_drive


def _batched(desk: Desk, file_id: str, *people: str) -> list[Any]:
    """Grants to several people in one batch; their answers."""
    answers: list[Any] = []
    batch = desk.client.new_batch_http_request(callback=lambda _, answer, error: answers.append(error or answer))
    for who in people:
        body = {"type": "user", "role": "reader", "emailAddress": who}
        batch.add(
            desk.client.permissions().create(fileId=file_id, body=body, sendNotificationEmail=False, supportsAllDrives=True)
        )
    batch.execute()
    return answers


def test_only_the_last_change_stays(service: Service) -> None:
    """With the fault on, grants on one item in one batch all answer 200 and only the last one is there (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made, other = desk.create(), desk.create()
    desk.grant(made["id"], ROGELIO, "reader")
    with behaviour(desk, permission_race_ms=60_000):
        answers = _batched(desk, made["id"], EDGAR, MARISOL)
        desk.grant(other["id"], EDGAR, "reader")
    assert [one["type"] for one in answers] == ["user", "user"]
    held = desk.grants(made["id"])
    assert MARISOL in held and ROGELIO in held and EDGAR not in held
    assert EDGAR in desk.grants(other["id"])


def test_changes_one_after_the_other_all_stay(service: Service) -> None:
    """Outside the window nothing is undone, and without the switch nothing ever is (google-apis 8.4)."""
    desk, _ = new_drive(service)
    made = desk.create()
    _batched(desk, made["id"], EDGAR, MARISOL)
    assert {EDGAR, MARISOL} <= set(desk.grants(made["id"]))
    with behaviour(desk, permission_race_ms=1000):
        local(desk, "PUT", "clock", {"frozen": True})
        desk.grant(made["id"], EDGAR, "writer")
        advance(desk, 2)
        desk.grant(made["id"], ROGELIO, "reader")
    assert desk.grants(made["id"])[EDGAR]["role"] == "writer" and ROGELIO in desk.grants(made["id"])


def test_lost_removal_comes_back(service: Service) -> None:
    """A removal that lost the race is a grant that is there again (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made = desk.create()
    grant = desk.grant(made["id"], EDGAR, "reader")
    with behaviour(desk, permission_race_ms=60_000):
        assert desk.revoke(made["id"], grant["id"]) == ""
        desk.grant(made["id"], MARISOL, "reader")
    assert {EDGAR, MARISOL} <= set(desk.grants(made["id"]))
