"""Objects are kept, replaced and refused as Cloud Storage does, asked by Google's own client over HTTP."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google.cloud.storage as gcs
import pytest
import requests
from google.api_core.exceptions import Conflict, NotFound, PreconditionFailed
from google_crc32c import value as crc32c

from tests.conformance.storage_kit import Store, bucket_of

BIG = 9 * 1024 * 1024


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on real time."""
    started = Store(tmp_path_factory.mktemp("storage"))
    yield started
    started.stop()


@pytest.fixture
def bucket(store: Store) -> gcs.Bucket:
    """A fresh bucket."""
    return bucket_of(store)


def refusal(caught: Any) -> dict[str, Any]:
    """The error as it went over the wire."""
    error: dict[str, Any] = caught.value.response.json()["error"]
    return error


def test_an_object_is_written_once(bucket: gcs.Bucket) -> None:
    """`ifGenerationMatch=0` makes an object and refuses to make it again, whatever the bytes (google-apis 7.2)."""
    blob = bucket.blob("expediente/ficha «Ñ».pdf")
    blob.upload_from_string(b"uno", content_type="application/pdf", if_generation_match=0)
    with pytest.raises(PreconditionFailed) as caught:
        bucket.blob(blob.name).upload_from_string(b"dos", if_generation_match=0)
    error = refusal(caught)
    assert error["message"] == "At least one of the pre-conditions you specified did not hold."
    assert error["errors"][0]["reason"] == "conditionNotMet"
    assert bucket.blob(blob.name).download_as_bytes() == b"uno"


@pytest.mark.parametrize("upload_type", ["media", "multipart", "resumable"])
def test_the_condition_counts_for_every_kind_of_upload(store: Store, bucket: gcs.Bucket, upload_type: str) -> None:
    """A simple, a multipart and a resumable upload are refused alike (google-apis 7.2)."""
    bucket.blob("a").upload_from_string(b"uno")
    query = {"uploadType": upload_type, "name": "a", "ifGenerationMatch": "0"}
    body, kind = {
        "media": ("dos", "text/plain"),
        "multipart": ('--x\r\n\r\n{"name": "a"}\r\n--x\r\n\r\ndos\r\n--x--', "multipart/related; boundary=x"),
        "resumable": ("{}", "application/json"),
    }[upload_type]
    path = f"{store.url}/upload/storage/v1/b/{bucket.name}/o"
    answer = requests.post(path, params=query, data=body, headers={"Content-Type": kind}, timeout=30)
    assert answer.status_code == 412
    assert bucket.blob("a").download_as_bytes() == b"uno"


def test_the_checksum_is_computed(bucket: gcs.Bucket) -> None:
    """crc32c is base64 of the big-endian Castagnoli sum, which the client compares after every transfer (google-apis 7.2)."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"suma")
    blob.reload()
    assert blob.crc32c == base64.b64encode(crc32c(b"suma").to_bytes(4, "big")).decode()
    assert blob.download_as_bytes(checksum="crc32c") == b"suma"


def test_damaged_bytes_are_refused(store: Store, bucket: gcs.Bucket) -> None:
    """An upload whose checksum is not that of its bytes leaves nothing behind."""
    body = '--x\r\n\r\n{"name": "a", "crc32c": "AAAAAA=="}\r\n--x\r\n\r\ndos\r\n--x--'
    path = f"{store.url}/upload/storage/v1/b/{bucket.name}/o"
    headers = {"Content-Type": "multipart/related; boundary=x"}
    answer = requests.post(path, params={"uploadType": "multipart"}, data=body, headers=headers, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == 'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C "3bb0rw==".'
    assert bucket.get_blob("a") is None


def test_large_files_travel_in_pieces(bucket: gcs.Bucket, tmp_path: Path) -> None:
    """Above eight megabytes the client opens a session by itself, and the object is whole (google-apis 7.2)."""
    file = tmp_path / "grande"
    file.write_bytes(os.urandom(BIG))
    blob = bucket.blob("grande", chunk_size=1024 * 1024)
    blob.upload_from_filename(str(file), if_generation_match=0)
    assert blob.size == BIG
    assert bucket.blob("grande").download_as_bytes() == file.read_bytes()


def test_a_session_is_refused_when_somebody_was_faster(store: Store, bucket: gcs.Bucket) -> None:
    """The condition of a resumable upload is looked at again with its last piece (google-apis 7.2)."""
    path = f"{store.url}/upload/storage/v1/b/{bucket.name}/o"
    query = {"uploadType": "resumable", "name": "a", "ifGenerationMatch": "0"}
    session = requests.post(path, params=query, json={}, timeout=30).headers["Location"]
    bucket.blob("a").upload_from_string(b"antes")
    assert requests.put(session, data=b"tarde", timeout=30).status_code == 412
    assert bucket.blob("a").download_as_bytes() == b"antes"


def test_metadata_changes_leave_the_generation(bucket: gcs.Bucket) -> None:
    """A patch raises the metageneration, a new content the generation."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"uno")
    first = blob.generation
    blob.metadata = {"clave": "valor"}
    blob.patch()
    assert (blob.generation, blob.metageneration) == (first, 2)
    assert bucket.get_blob("a").metadata == {"clave": "valor"}
    with pytest.raises(PreconditionFailed):
        blob.patch(if_metageneration_match=1)
    blob.upload_from_string(b"dos", if_generation_match=first)
    assert blob.generation > first
    assert blob.metageneration == 1
    with pytest.raises(PreconditionFailed):
        blob.delete(if_generation_match=first)
    with pytest.raises(NotFound):
        bucket.blob("a", generation=first).download_as_bytes()


def test_what_is_missing_is_not_found(store: Store, bucket: gcs.Bucket) -> None:
    """Objects and buckets that are not there are told apart."""
    with pytest.raises(NotFound) as caught:
        bucket.blob("nada").delete()
    assert refusal(caught)["message"] == f"No such object: {bucket.name}/nada"
    assert refusal(caught)["errors"][0]["reason"] == "notFound"
    with pytest.raises(NotFound) as caught:
        store.client.get_bucket("no-existe")
    assert refusal(caught)["message"] == "The specified bucket does not exist."


def test_a_bucket_goes_when_it_is_empty(store: Store, bucket: gcs.Bucket) -> None:
    """A bucket with objects is not deleted; an empty one is, with 204 and no body."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"uno")
    with pytest.raises(Conflict) as caught:
        bucket.delete()
    assert refusal(caught)["message"] == "The bucket you tried to delete is not empty."
    blob.delete()
    answer = requests.delete(f"{store.url}/storage/v1/b/{bucket.name}", timeout=30)
    assert (answer.status_code, answer.content) == (204, b"")
    with pytest.raises(Conflict):
        store.client.create_bucket(store.client.create_bucket("otro-mas").name)


def test_lists_and_copies_show_whole_objects(bucket: gcs.Bucket) -> None:
    """Lists by prefix and copies carry the same members as a single object."""
    blob = bucket.blob("carpeta/a")
    blob.upload_from_string(b"uno")
    bucket.copy_blob(blob, bucket, "carpeta/b")
    bucket.blob("fuera").upload_from_string(b"x")
    listed = list(bucket.list_blobs(prefix="carpeta/"))
    assert [one.name for one in listed] == ["carpeta/a", "carpeta/b"]
    assert listed[0].generation == blob.generation
    assert listed[1].metageneration == 1
    assert listed[1].id == f"{bucket.name}/carpeta/b/{listed[1].generation}"


def test_only_the_fields_asked_for_are_answered(store: Store, bucket: gcs.Bucket) -> None:
    """`fields` reduces the answer."""
    bucket.blob("a").upload_from_string(b"uno")
    address = f"{store.url}/storage/v1/b/{bucket.name}/o/a"
    assert set(requests.get(address, params={"fields": "crc32c,size"}, timeout=30).json()) == {"crc32c", "size"}


def test_the_clients_look_at_the_bucket_is_answered(store: Store, bucket: gcs.Bucket) -> None:
    """The client may ask for the bucket with `projection=noAcl` by itself; the answer has what Google's has (google-apis 7.2)."""
    address = f"{store.url}/storage/v1/b/{bucket.name}"
    shown = requests.get(address, params={"projection": "noAcl"}, timeout=30).json()
    assert shown["selfLink"] == address
    assert (shown["kind"], shown["id"], shown["metageneration"]) == ("storage#bucket", bucket.name, "1")
    assert {"retentionPolicy", "defaultEventBasedHold", "versioning"}.isdisjoint(shown)
    assert requests.get(address, params={"ifMetagenerationNotMatch": "1"}, timeout=30).status_code == 304


def test_everything_is_kept_over_a_restart(tmp_path: Path) -> None:
    """Objects, generations, holds and policies are there when the store comes back."""
    first = Store(tmp_path)
    bucket = bucket_of(first)
    bucket.retention_period = 60
    bucket.patch()
    blob = bucket.blob("a")
    blob.upload_from_string(b"uno")
    blob.temporary_hold = True
    blob.patch()
    first.stop()
    again = Store(tmp_path)
    try:
        found = again.client.get_bucket(bucket.name)
        assert (found.retention_period, found.metageneration) == (60, 2)
        back = found.get_blob("a")
        assert (back.generation, back.temporary_hold) == (blob.generation, True)
        assert back.download_as_bytes() == b"uno"
    finally:
        again.stop()
