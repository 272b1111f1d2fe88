"""approvals.*: all must approve, each as himself, and to one state of the file."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.conformance.drive_kit import (
    DOCUMENT,
    EDGAR,
    FOLDER,
    MARISOL,
    NAIROBIS,
    ROGELIO,
    Desk,
    Service,
    behaviour,
    new_drive,
    refused,
    upload,
    within,
)


class Case:
    """A file with reviewers, and its approvals as anybody."""

    def __init__(self, service: Service, desk: Desk) -> None:
        self.service, self.desk = service, desk
        self.file_id = desk.create("p.pdf", mimeType="application/pdf", media=upload(b"%PDF one"))["id"]
        for who in (EDGAR, NAIROBIS):
            desk.grant(self.file_id, who, "reader")

    def of(self, who: str | None = None) -> Any:
        """The approvals of a caller; the desk's own without one."""
        return (self.service("drive", "v3", who) if who else self.desk.client).approvals()

    def start(self, *reviewers: str, who: str | None = None, **body: Any) -> Any:
        """approvals.start."""
        body = {"reviewerEmails": list(reviewers or (EDGAR, NAIROBIS))} | body
        return self.of(who).start(fileId=self.file_id, body=body).execute()

    def act(self, verb: str, made: Any, who: str | None = None, **body: Any) -> Any:
        """approve, decline, cancel, comment or reassign."""
        call = getattr(self.of(who), verb)(fileId=self.file_id, approvalId=made["approvalId"], body=body)
        return call.execute()


@pytest.fixture
def case(service: Service) -> Case:
    """A paper on a shared drive, shared with two reviewers."""
    return Case(service, new_drive(service, encargado_uno="writer")[0])


def test_all_must_approve(case: Case) -> None:
    """The last approval completes it and names the revision that was approved (google-apis 2.4)."""
    made = case.start(dueTime=within(case.desk, days=3))
    assert (made["kind"], made["status"], made["targetFileId"]) == ("drive#approval", "IN_PROGRESS", case.file_id)
    assert [one["response"] for one in made["reviewerResponses"]] == ["NO_RESPONSE", "NO_RESPONSE"]
    once = case.act("approve", made, EDGAR, message="de acuerdo")
    assert once["status"] == "IN_PROGRESS" and "approvedRevisionId" not in once
    done = case.act("approve", made, NAIROBIS)
    assert done["status"] == "APPROVED" and done["completeTime"]
    assert done["approvedRevisionId"] == case.desk.get(case.file_id)["headRevisionId"]
    seen = case.of().get(fileId=case.file_id, approvalId=made["approvalId"]).execute()
    assert (seen["status"], seen["completeTime"]) == (done["status"], done["completeTime"])


def test_one_decline_ends_it(case: Case) -> None:
    """A single decline declines the whole approval, and nobody answers any more (google-apis 2.4)."""
    made = case.start()
    assert case.act("decline", made, EDGAR)["status"] == "DECLINED"
    assert refused(lambda: case.act("approve", made, NAIROBIS)) == (400, "failedPrecondition")


def test_edit_sets_the_answers_back(case: Case) -> None:
    """New content asks everybody again, unless NO_APPROVAL_ACTION was chosen (google-apis 2.4)."""
    for choice, kept in (({}, "NO_RESPONSE"), ({"fileContentChangeBehavior": "NO_APPROVAL_ACTION"}, "APPROVED")):
        made = case.start(**choice)
        case.act("approve", made, EDGAR)
        case.desk.update(case.file_id, media=upload(b"%PDF two"))
        seen = case.of().get(fileId=case.file_id, approvalId=made["approvalId"]).execute()
        assert {one["reviewer"]["emailAddress"]: one["response"] for one in seen["reviewerResponses"]}[EDGAR] == kept
        case.act("cancel", made)


def test_reviewer_acts_as_himself(case: Case) -> None:
    """Neither an editor nor a stranger answers for a reviewer (google-apis 2.4)."""
    made = case.start()
    assert refused(lambda: case.act("approve", made)) == (403, "insufficientFilePermissions")
    assert refused(lambda: case.act("approve", made, MARISOL)) == (404, "notFound")


def test_one_at_a_time(case: Case) -> None:
    """A file has one approval in progress (google-apis 2.4)."""
    made = case.start()
    assert refused(case.start) == (400, "failedPrecondition")
    case.act("cancel", made)
    assert case.start()["approvalId"] != made["approvalId"]


def test_who_may_start(case: Case) -> None:
    """canStartApproval tells: an editor, on a file, in an edition that has approvals (google-apis 2.4)."""
    assert refused(lambda: case.start(who=EDGAR)) == (403, "insufficientFilePermissions")
    assert case.desk.get(case.file_id)["capabilities"]["canStartApproval"] is True
    assert case.desk.create(mimeType=FOLDER)["capabilities"]["canStartApproval"] is False
    with behaviour(case.desk, approvals_available=False):
        assert case.desk.get(case.file_id)["capabilities"]["canStartApproval"] is False
        assert refused(case.start) == (403, "insufficientFilePermissions")
    assert case.start(who=ROGELIO)["initiator"]["emailAddress"] == ROGELIO


def test_reviewers_must_be_accounts(case: Case) -> None:
    """Without reviewers, with a group or an unknown address nothing starts."""
    assert refused(lambda: case.of().start(fileId=case.file_id, body={}).execute()) == (400, "required")
    for who in ("operaciones@blindados-demo.example.com", "nadie@fuera.example.org"):
        assert refused(partial(case.start, who)) == (400, "badRequest")


def test_reviewer_without_access(case: Case) -> None:
    """The guide lets the request succeed and the reviewer see nothing; a switch refuses it (google-apis 2.4)."""
    made = case.start(MARISOL)
    assert refused(lambda: case.act("approve", made, MARISOL)) == (404, "notFound")
    case.act("cancel", made)
    with behaviour(case.desk, approval_needs_shared_file=True):
        assert refused(lambda: case.start(MARISOL)) == (400, "failedPrecondition")


def test_lock_of_an_approval(case: Case) -> None:
    """lockFile makes the file read-only; the lock stays with an approval and goes with a cancellation (google-apis 2.4)."""
    made = case.start(lockFile=True)
    assert refused(lambda: case.desk.update(case.file_id, name="z"))[0] == 403
    case.act("cancel", made)
    assert case.desk.update(case.file_id, name="z")["name"] == "z"
    made = case.start(EDGAR, lockFile=True)
    case.act("approve", made, EDGAR)
    assert case.desk.get(case.file_id)["contentRestrictions"][0]["readOnly"] is True


def test_reassigning(case: Case) -> None:
    """Reviewers are added or replaced while they have not answered; readers hand on their own part alone."""
    made = case.start(EDGAR)
    swap = {"replaceReviewers": [{"removedReviewerEmail": EDGAR, "addedReviewerEmail": NAIROBIS}]}
    assert refused(lambda: case.act("reassign", made, NAIROBIS, **swap)) == (403, "insufficientFilePermissions")
    changed = case.act("reassign", made, EDGAR, **swap)
    assert [one["reviewer"]["emailAddress"] for one in changed["reviewerResponses"]] == [NAIROBIS]
    more = case.act("reassign", made, addReviewers=[{"addedReviewerEmail": EDGAR}])
    assert len(more["reviewerResponses"]) == 2
    case.act("approve", made, NAIROBIS)
    back = {"replaceReviewers": [{"removedReviewerEmail": NAIROBIS, "addedReviewerEmail": EDGAR}]}
    assert refused(lambda: case.act("reassign", made, **back)) == (400, "failedPrecondition")


def test_list_is_bare_without_fields(case: Case) -> None:
    """Discovery, approvals.list: `items` comes only when it is asked for; comments need a message."""
    made = case.start()
    assert case.of().list(fileId=case.file_id).execute() == {"kind": "drive#approvalList"}
    found = case.of().list(fileId=case.file_id, fields="items(approvalId,status)").execute()
    assert found == {"items": [{"approvalId": made["approvalId"], "status": "IN_PROGRESS"}]}
    assert refused(lambda: case.act("comment", made)) == (400, "required")
    assert case.act("comment", made, message="¿y el sello?")["modifyTime"] >= made["modifyTime"]
    assert refused(lambda: case.of().get(fileId=case.file_id, approvalId="nada").execute()) == (404, "notFound")


def test_google_types_are_approved_too(case: Case) -> None:
    """A document's approved revision is its newest one."""
    case.file_id = case.desk.create(mimeType=DOCUMENT)["id"]
    case.desk.grant(case.file_id, EDGAR, "reader")
    done = case.act("approve", case.start(EDGAR), EDGAR)
    assert done["approvedRevisionId"] == "1"
