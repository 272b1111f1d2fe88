"""Content restrictions."""

from __future__ import annotations

import io
from functools import partial

import pytest
from googleapiclient.http import MediaIoBaseUpload

from tests.conformance.drive_kit import BOT, DOCUMENT, EDGAR, ROGELIO, Desk, Service, as_person, new_drive, refused

LOCK = {"readOnly": True, "reason": "Cerrado"}
SEAL = LOCK | {"ownerRestricted": True}


@pytest.fixture(name="desk")
def with_members(service: Service) -> Desk:
    """A drive with a contributor and a content manager."""
    return new_drive(service, operaciones_uno="writer", encargado_uno="fileOrganizer")[0]


def locked(desk: Desk, lock: dict[str, object]) -> str:
    """A locked document's id."""
    made = desk.create(mimeType=DOCUMENT)
    desk.update(made["id"], contentRestrictions=[lock])
    return str(made["id"])


def test_lock_says_who_and_when(desk: Desk) -> None:
    """Drive reference, contentRestrictions: restrictingUser, restrictionTime and type are filled in."""
    (lock,) = desk.get(locked(desk, LOCK))["contentRestrictions"]
    assert lock["readOnly"] and lock["reason"] == "Cerrado" and lock["restrictingUser"]["emailAddress"] == BOT
    assert lock["type"] == "globalContentRestriction" and lock["restrictionTime"].endswith("Z")


def test_lock_stops_title_and_comments_for_everybody(desk: Desk) -> None:
    """Drive guide, protect file content: no title changes, no comments, whatever the role (google-apis 2.4) (google-apis 8.4)."""
    file_id = locked(desk, LOCK)
    assert refused(lambda: desk.update(file_id, name="otro"))[0] == 403
    comment = desk.client.comments().create(fileId=file_id, body={"content": "x"}, fields="*")
    assert refused(comment.execute)[0] == 403
    assert desk.get(file_id)["capabilities"]["canEdit"] is False


def test_lock_stops_uploads(desk: Desk) -> None:
    """Drive guide, protect file content: a new revision may not be uploaded (google-apis 2.4)."""
    media = MediaIoBaseUpload(io.BytesIO(b"1"), mimetype="text/plain")
    made = desk.create(mimeType="text/plain", media=media, contentRestrictions=[LOCK])
    assert refused(lambda: desk.update(made["id"], media=MediaIoBaseUpload(io.BytesIO(b"2"), mimetype="text/plain")))[0] == 403


def test_lock_does_not_stop_moving_sharing_trashing(desk: Desk) -> None:
    """Drive guide, protect file content: it is no access restriction (google-apis 2.4)."""
    file_id, other = locked(desk, SEAL), desk.create()
    assert desk.grant(file_id, "cumplimiento.uno@blindados-demo.example.com", "reader")
    assert desk.update(file_id, add=other["id"], remove=desk.drive_id)["parents"] == [other["id"]]
    assert desk.update(file_id, trashed=True)["trashed"]


def test_any_writer_lifts_a_plain_lock(service: Service, desk: Desk) -> None:
    """Drive guide, protect file content: without ownerRestricted a writer may lift it (google-apis 2.4)."""
    file_id = locked(desk, LOCK)
    lifted = as_person(service, desk, EDGAR).update(file_id, contentRestrictions=[{"readOnly": False}], name="otro")
    assert "contentRestrictions" not in lifted and lifted["name"] == "otro"


def test_only_organizers_lift_a_seal(service: Service, desk: Desk) -> None:
    """Drive guide, protect file content: an ownerRestricted lock needs role organizer on a shared drive (google-apis 2.4)."""
    file_id = locked(desk, SEAL)
    his = as_person(service, desk, ROGELIO)
    assert his.get(file_id)["capabilities"]["canRemoveContentRestriction"] is False
    changes: list[list[dict[str, object]]] = [[{"readOnly": False}], [LOCK], []]
    for change in changes:
        assert refused(partial(his.update, file_id, contentRestrictions=change)) == (403, "insufficientFilePermissions")
    assert "contentRestrictions" not in desk.update(file_id, contentRestrictions=[{"readOnly": False}])


def test_contributor_cannot_seal(service: Service, desk: Desk) -> None:
    """Drive reference, contentRestrictions.ownerRestricted: for organizers."""
    made = desk.create(mimeType=DOCUMENT)
    his = as_person(service, desk, EDGAR)
    assert refused(lambda: his.update(made["id"], contentRestrictions=[SEAL])) == (403, "insufficientFilePermissions")
    assert his.update(made["id"], contentRestrictions=[LOCK])["contentRestrictions"]


def test_forms_cannot_be_locked(desk: Desk) -> None:
    """Drive guide, protect file content: forms, sites, drawings and shortcuts have no content restrictions (google-apis 2.4)."""
    made = desk.create(mimeType="application/vnd.google-apps.form")
    assert refused(lambda: desk.update(made["id"], contentRestrictions=[LOCK]))[0] == 400
