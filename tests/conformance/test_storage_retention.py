"""Retention policies, their lock and holds refuse as Cloud Storage was measured to, by the Workspace's clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import google.cloud.storage as gcs
import pytest
import requests
from conftest import Emulator
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, PreconditionFailed

from tests.conformance.storage_kit import Store, bucket_of

HOUR = 3600
YEARS = 100 * 365 * 24 * HOUR + 25 * 24 * HOUR + 1


@pytest.fixture(scope="module")
def store(running: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on the clock of the Workspace."""
    started = Store(tmp_path_factory.mktemp("storage"), f"{running.url}/_local/clock")
    yield started
    started.stop()


@pytest.fixture
def bucket(store: Store, emulator: Emulator) -> gcs.Bucket:
    """A fresh bucket whose objects are kept for an hour."""
    emulator.local("PUT", "clock", {"now": "2026-11-02T12:00:00Z", "frozen": True})
    made = bucket_of(store)
    made.retention_period = HOUR
    made.patch()
    return made


def blob_of(bucket: gcs.Bucket, name: str = "acta") -> gcs.Blob:
    """A new object."""
    blob = bucket.blob(name)
    blob.upload_from_string(b"uno")
    return blob


def refusal(call: Callable[[], Any], kind: type[Exception] = Forbidden) -> tuple[str, str]:
    """Reason and message of a call that must fail."""
    with pytest.raises(kind) as caught:
        call()
    error = caught.value.response.json()["error"]  # type: ignore[attr-defined]
    assert error["message"] == error["errors"][0]["message"]
    return error["errors"][0]["reason"], error["message"]


def later(emulator: Emulator, seconds: float) -> None:
    """Move the Workspace's clock."""
    emulator.local("PUT", "clock", {"advance_s": seconds})


def test_a_young_object_is_neither_deleted_nor_overwritten(bucket: gcs.Bucket, emulator: Emulator) -> None:
    """Both are 403 retentionPolicyNotMet until the period is over, then both are done (google-apis 7.2)."""
    blob = blob_of(bucket)
    expected = (
        f"Object '{bucket.name}/acta' is subject to bucket's retention policy or object retention and cannot be deleted or "
    )
    for attempt in (blob.delete, lambda: bucket.blob("acta").upload_from_string(b"dos"), lambda: copy_over(bucket, "acta")):
        reason, message = refusal(attempt)
        assert reason == "retentionPolicyNotMet"
        assert message == expected + "overwritten until 2026-11-02T05:00:00.000000-08:00"
    assert blob.download_as_bytes() == b"uno"
    later(emulator, HOUR)
    bucket.blob("acta").upload_from_string(b"dos")
    later(emulator, HOUR)
    bucket.blob("acta").delete()


def copy_over(bucket: gcs.Bucket, name: str) -> None:
    """Write a copy of another object over that one."""
    bucket.copy_blob(blob_of(bucket, "otra"), bucket, name)


def test_conditions_are_looked_at_before_retention(bucket: gcs.Bucket) -> None:
    """A kept object that was written once answers 412 to the second writer (google-apis 7.2)."""
    blob = blob_of(bucket)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_string(b"dos", if_generation_match=0)


def test_a_policy_covers_what_is_there_already(store: Store, emulator: Emulator) -> None:
    """An object made before the policy is kept too, counted from its making; metadata may change all the time (google-apis 7.2)."""
    emulator.local("PUT", "clock", {"now": "2026-11-02T12:00:00Z", "frozen": True})
    bucket = bucket_of(store)
    blob = blob_of(bucket)
    later(emulator, 600)
    bucket.retention_period = HOUR
    bucket.patch()
    blob.reload()
    assert blob.retention_expiration_time - blob.time_created == timedelta(hours=1)
    assert refusal(blob.delete)[0] == "retentionPolicyNotMet"
    blob.metadata = {"clave": "valor"}
    blob.patch()
    bucket.retention_period = None
    bucket.patch()
    blob.delete()


def test_a_session_over_a_kept_object_is_refused_at_its_end(store: Store, bucket: gcs.Bucket) -> None:
    """A resumable upload begins and takes its bytes; its last piece is refused (google-apis 7.2)."""
    blob_of(bucket)
    path = f"{store.url}/upload/storage/v1/b/{bucket.name}/o"
    begun = requests.post(path, params={"uploadType": "resumable", "name": "acta"}, json={}, timeout=30)
    assert begun.status_code == 200
    ended = requests.put(begun.headers["Location"], data=b"dos", timeout=30)
    assert (ended.status_code, ended.json()["error"]["errors"][0]["reason"]) == (403, "retentionPolicyNotMet")


def test_a_lock_cannot_be_undone(bucket: gcs.Bucket) -> None:
    """A locked policy grows, and is neither shortened nor removed; the bucket stays while objects live (google-apis 7.2)."""
    blob_of(bucket)
    bucket.lock_retention_policy()
    assert bucket.retention_policy_locked is True
    bucket.retention_period = HOUR - 1
    shorter = f"Cannot reduce retention duration of a locked Retention Policy for bucket '{bucket.name}'."
    assert refusal(bucket.patch) == ("forbidden", shorter)
    bucket.retention_period = None
    removed = f"Bucket '{bucket.name}' has a locked Retention Policy which cannot be removed."
    assert refusal(bucket.patch) == ("retentionPolicyNotMet", removed)
    bucket.reload()
    bucket.retention_period = 2 * HOUR
    bucket.patch()
    assert bucket.retention_period == 2 * HOUR
    assert refusal(bucket.delete, Conflict) == ("conflict", "The bucket you tried to delete is not empty.")


def test_a_lock_needs_the_metageneration_that_was_seen(store: Store, bucket: gcs.Bucket) -> None:
    """Without it 400, with an old one 412, and a bucket without a policy has nothing to lock (google-apis 7.2)."""
    address = f"{store.url}/storage/v1/b/{bucket.name}/lockRetentionPolicy"
    assert requests.post(address, timeout=30).status_code == 400
    assert requests.post(address, params={"ifMetagenerationMatch": "1"}, timeout=30).status_code == 412
    locked = requests.post(address, params={"ifMetagenerationMatch": "2"}, timeout=30).json()
    assert locked["retentionPolicy"] == {"retentionPeriod": "3600", "effectiveTime": "2026-11-02T12:00:00.000Z", "isLocked": True}
    assert locked["metageneration"] == "3"
    without = f"{store.url}/storage/v1/b/{bucket_of(store).name}/lockRetentionPolicy"
    assert requests.post(without, params={"ifMetagenerationMatch": "1"}, timeout=30).status_code == 400


@pytest.mark.parametrize("period", [0, YEARS])
def test_a_period_is_a_second_to_a_hundred_years(bucket: gcs.Bucket, period: int) -> None:
    """Other periods are refused (google-apis 7.2)."""
    bucket.retention_period = period
    text = "Retention policy must have a retention period greater than 0 and less than 100 years."
    assert refusal(bucket.patch, BadRequest) == ("invalid", text)


@pytest.mark.parametrize(("hold", "name"), [("temporary_hold", "Temporary"), ("event_based_hold", "Event-Based")])
def test_a_hold_blocks_delete_and_overwrite_but_not_metadata(store: Store, emulator: Emulator, hold: str, name: str) -> None:
    """Under a hold both are 403 until it is released, whatever the age; metadata may change (google-apis 7.2)."""
    bucket = bucket_of(store)
    blob = blob_of(bucket)
    setattr(blob, hold, True)
    blob.patch()
    text = f"Object '{bucket.name}/acta' is under active {name} hold and cannot be deleted, overwritten or archived until hold is removed."
    assert refusal(blob.delete) == ("forbidden", text)
    assert refusal(lambda: bucket.blob("acta").upload_from_string(b"dos")) == ("forbidden", text)
    blob.metadata = {"clave": "valor"}
    blob.patch()
    setattr(blob, hold, False)
    blob.patch()
    assert getattr(bucket.get_blob("acta"), hold) is False
    blob.delete()


def test_a_released_event_based_hold_begins_the_period_anew(bucket: gcs.Bucket, emulator: Emulator) -> None:
    """While it holds there is no end of retention; at its release the whole period runs again (google-apis 7.2)."""
    blob = blob_of(bucket)
    blob.event_based_hold = True
    blob.patch()
    assert blob.retention_expiration_time is None
    later(emulator, 10 * HOUR)
    blob.event_based_hold = False
    blob.patch()
    assert refusal(blob.delete)[0] == "retentionPolicyNotMet"
    later(emulator, HOUR - 1)
    assert refusal(blob.delete)[0] == "retentionPolicyNotMet"
    later(emulator, 1)
    blob.delete()


def test_a_bucket_may_hold_every_new_object(bucket: gcs.Bucket) -> None:
    """The default event-based hold of a bucket is put on what is written from then on."""
    bucket.default_event_based_hold = True
    bucket.patch()
    blob = blob_of(bucket)
    blob.reload()
    assert blob.event_based_hold is True
    assert re.search("Event-Based", refusal(blob.delete)[1])


@pytest.mark.parametrize("path", ["batch/storage/v1", "upload/xml", "deposito/acta"])
def test_there_is_no_way_around_the_rules(store: Store, path: str) -> None:
    """Ways of writing that the front does not know are refused instead of left to the engine."""
    assert requests.post(f"{store.url}/{path}", data=b"x", timeout=30).status_code == 501
    assert requests.put(f"{store.url}/{path}", data=b"x", timeout=30).status_code == 501
