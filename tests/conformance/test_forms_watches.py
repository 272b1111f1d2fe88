"""Watches tell a topic that a form was answered, at most twice a minute, for seven days."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

OWNER = "formularios@blindados-demo.example.com"
TOPIC = "projects/demo/topics/respuestas"
Service = Callable[..., Any]


class Ear:
    """A push address that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *parts: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Watched:
    """An open form of one optional question whose watches are pushed to an ear."""

    def __init__(self, service: Service, ear: Ear) -> None:
        client = service("forms", "v1", OWNER)
        self.ear, self.base, self.forms = ear, client._baseUrl, client.forms()
        requests.put(f"{self.base}_local/clock", json={"frozen": True}, timeout=30)
        requests.put(f"{self.base}_local/subscriptions", json={TOPIC: ear.url}, timeout=30)
        self.form_id = self.forms.create(body={"info": {"title": "Alta"}}).execute()["formId"]
        item = {"title": "Nombre", "questionItem": {"question": {"textQuestion": {}}}}
        batch = [{"createItem": {"item": item, "location": {"index": 0}}}]
        self.forms.batchUpdate(formId=self.form_id, body={"requests": batch}).execute()

    def watch(self, watch_id: str = "", event_type: str = "RESPONSES", topic: str = TOPIC) -> Any:
        """Begin to watch."""
        body: Any = {"watch": {"eventType": event_type, "target": {"topic": {"topicName": topic}}}}
        if watch_id:
            body["watchId"] = watch_id
        return self.forms.watches().create(formId=self.form_id, body=body).execute()

    def answer(self) -> None:
        """Send the form in."""
        body = {"respondent": OWNER, "answers": {"Nombre": "x"}}
        requests.post(f"{self.base}_local/forms/{self.form_id}/responses", json=body, timeout=30).raise_for_status()

    def heard(self, after_s: float = 0) -> int:
        """How many messages have come when everything due has been delivered, after moving the clock."""
        requests.put(f"{self.base}_local/clock", json={"advance_s": after_s}, timeout=30)
        time.sleep(0.05)
        requests.post(f"{self.base}_local/settle", timeout=30)
        return len(self.ear.heard)


@pytest.fixture
def watched(service: Service) -> Iterator[Watched]:
    """A form to watch on a fresh Workspace with a frozen clock."""
    ear = Ear()
    form = Watched(service, ear)
    yield form
    ear.server.shutdown()
    ear.server.server_close()


def status_of(call: Callable[[], Any]) -> int:
    """The status of a call that must fail."""
    with pytest.raises(HttpError) as caught:
        call()
    code: int = caught.value.status_code
    return code


def test_message_names_form_and_watch_and_has_no_data(watched: Watched) -> None:
    """The message carries three attributes and nothing of the response."""
    watch = watched.watch("alta-respuestas")
    watched.answer()
    assert watched.heard() == 1
    message = watched.ear.heard[0]["message"]
    assert message["attributes"] == {"formId": watched.form_id, "watchId": watch["id"], "eventType": "RESPONSES"}
    assert "data" not in message


def test_pause_of_thirty_seconds_swallows_nothing(watched: Watched) -> None:
    """Responses within the pause make one more message at its end."""
    watched.watch()
    for _ in range(3):
        watched.answer()
    assert watched.heard() == 1
    assert watched.heard(after_s=31) == 2
    assert watched.heard(after_s=60) == 2


def test_watch_lives_seven_days_and_is_renewed(watched: Watched) -> None:
    """A renewal gives seven days from then on; after the end renewing finds nothing."""
    watch = watched.watch()
    watched.heard(after_s=6 * 86400)
    renewed = watched.forms.watches().renew(formId=watched.form_id, watchId=watch["id"], body={}).execute()
    assert renewed["expireTime"] > watch["expireTime"]
    assert renewed["state"] == "ACTIVE"
    watched.heard(after_s=8 * 86400)
    assert status_of(watched.forms.watches().renew(formId=watched.form_id, watchId=watch["id"], body={}).execute) == 404
    assert watched.forms.watches().list(formId=watched.form_id).execute() == {}
    watched.answer()
    assert watched.heard() == 0


def test_second_watch_of_a_kind_is_refused(watched: Watched) -> None:
    """One watch a project and event type; another type is another matter."""
    watched.watch()
    assert status_of(lambda: watched.watch("otra")) == 400
    watched.watch(event_type="SCHEMA")
    assert len(watched.forms.watches().list(formId=watched.form_id).execute()["watches"]) == 2


@pytest.mark.parametrize("watch_id", ["abc", "con-1-numero", "Mayuscula", "x" * 64])
def test_malformed_watch_id_is_refused(watched: Watched, watch_id: str) -> None:
    """Ids have 4 to 63 characters of a-z and the hyphen."""
    assert status_of(lambda: watched.watch(watch_id)) == 400


def test_malformed_topic_is_refused(watched: Watched) -> None:
    """A topic must be named in full."""
    assert status_of(lambda: watched.watch(topic="respuestas")) == 400


def test_deleted_watch_is_silent(watched: Watched) -> None:
    """After deletion nothing is told and the id is free."""
    watch = watched.watch("una-sola")
    watched.forms.watches().delete(formId=watched.form_id, watchId=watch["id"]).execute()
    watched.answer()
    assert watched.heard() == 0
    watched.watch("una-sola")


def test_schema_watch_tells_of_edits(watched: Watched) -> None:
    """A change of the form is told to watches of type SCHEMA."""
    watched.watch(event_type="SCHEMA")
    change = {"updateFormInfo": {"info": {"title": "Otra"}, "updateMask": "title"}}
    watched.forms.batchUpdate(formId=watched.form_id, body={"requests": [change]}).execute()
    assert watched.heard() == 1
