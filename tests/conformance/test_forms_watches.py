"""Watches tell a topic that a form was answered, at most twice a minute, for seven days."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

from tests.conformance.conftest import Emulator
from tests.conformance.forms_kit import OWNER, SELLER, STRANGER, Service, refusal

TOPIC = "projects/demo/topics/respuestas"


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
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


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

    def answer(self, **more: str) -> str:
        """Send the form in; returns the response's id."""
        body = {"respondent": OWNER, "answers": {"Nombre": "x"}} | more
        sent = requests.post(f"{self.base}_local/forms/{self.form_id}/responses", json=body, timeout=30)
        sent.raise_for_status()
        response_id: str = sent.json()["responseId"]
        return response_id

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
    """The message carries three attributes and nothing of the response (google-apis 1.5)."""
    watch = watched.watch("alta-respuestas")
    watched.answer()
    assert watched.heard() == 1
    message = watched.ear.heard[0]["message"]
    assert message["attributes"] == {"formId": watched.form_id, "watchId": watch["id"], "eventType": "RESPONSES"}
    assert "data" not in message


def test_pause_of_thirty_seconds_swallows_nothing(watched: Watched) -> None:
    """Responses within the pause make one more message at its end (google-apis 1.5)."""
    watched.watch()
    for _ in range(3):
        watched.answer()
    assert watched.heard() == 1
    assert watched.heard(after_s=31) == 2
    assert watched.heard(after_s=60) == 2


def test_watch_lives_seven_days_and_is_renewed(watched: Watched) -> None:
    """A renewal gives seven days from then on; after the end renewing finds nothing (google-apis 1.5) (google-apis 8.4)."""
    watch = watched.watch()
    watched.heard(after_s=6 * 86400)
    renewed = watched.forms.watches().renew(formId=watched.form_id, watchId=watch["id"], body={}).execute()
    assert renewed == watch | {"expireTime": renewed["expireTime"]}
    assert datetime.fromisoformat(renewed["expireTime"]) - datetime.fromisoformat(watch["expireTime"]) == timedelta(days=6)
    watched.heard(after_s=8 * 86400)
    assert status_of(watched.forms.watches().renew(formId=watched.form_id, watchId=watch["id"], body={}).execute) == 404
    assert watched.forms.watches().list(formId=watched.form_id).execute() == {}
    watched.answer()
    assert watched.heard() == 0


def test_second_watch_of_a_kind_is_refused(watched: Watched) -> None:
    """One watch an end user, project and event type, as the live service says; another type is another matter (google-apis 1.5)."""
    watched.watch()
    with pytest.raises(HttpError) as caught:
        watched.watch("otra")
    assert json.loads(caught.value.content) == {
        "error": {
            "code": 400,
            "message": "A watch for the given end user, project, form, and event type already exists.",
            "status": "FAILED_PRECONDITION",
        }
    }
    watched.watch(topic="projects/otro/topics/respuestas")
    watched.watch(event_type="SCHEMA")
    assert len(watched.forms.watches().list(formId=watched.form_id).execute()["watches"]) == 3


@pytest.mark.parametrize("watch_id", ["abc", "con-1-numero", "Mayuscula", "x" * 64])
def test_malformed_watch_id_is_refused(watched: Watched, watch_id: str) -> None:
    """Ids have 4 to 63 characters of a-z and the hyphen (google-apis 1.5)."""
    assert status_of(lambda: watched.watch(watch_id)) == 400


def test_malformed_topic_is_refused(watched: Watched) -> None:
    """A topic must be named in full."""
    assert status_of(lambda: watched.watch(topic="respuestas")) == 400


def test_deleted_watch_is_silent(watched: Watched) -> None:
    """After deletion nothing is told, the id is free, and a second deletion is 403, as the live service says (google-apis 1.5)."""
    watch = watched.watch("una-sola")
    path = {"formId": watched.form_id, "watchId": watch["id"]}
    assert watched.forms.watches().delete(**path).execute() == {}
    gone = (403, "Watch not found or permission denied.")
    assert refusal(watched.forms.watches().delete(**path).execute) == gone
    assert refusal(watched.forms.watches().renew(**path, body={}).execute) == gone
    watched.answer()
    assert watched.heard() == 0
    watched.watch("una-sola")


def test_schema_watch_tells_of_edits(watched: Watched) -> None:
    """A change of the form is told to watches of type SCHEMA (google-apis 1.5)."""
    watched.watch(event_type="SCHEMA")
    change = {"updateFormInfo": {"info": {"title": "Otra"}, "updateMask": "title"}}
    watched.forms.batchUpdate(formId=watched.form_id, body={"requests": [change]}).execute()
    assert watched.heard() == 1


def test_new_watch_shows_what_google_shows(watched: Watched) -> None:
    """A watch without an id of its own gets a UUID; it is active for seven days, times in milliseconds (google-apis 1.5)."""
    watch = watched.watch()
    assert list(watch) == ["id", "target", "eventType", "createTime", "expireTime", "state"]
    assert str(uuid.UUID(watch["id"])) == watch["id"]
    assert (watch["target"], watch["eventType"], watch["state"]) == ({"topic": {"topicName": TOPIC}}, "RESPONSES", "ACTIVE")
    begins, ends = (datetime.fromisoformat(watch[name]) for name in ("createTime", "expireTime"))
    assert ends - begins == timedelta(days=7)
    assert begins.microsecond % 1000 == 0
    assert watched.forms.watches().list(formId=watched.form_id).execute() == {"watches": [watch]}


def test_edited_response_is_told_too(watched: Watched) -> None:
    """RESPONSES fires for a new response and for an edited one (google-apis 1.5)."""
    watched.watch()
    first = watched.answer()
    assert watched.heard() == 1
    watched.heard(after_s=60)
    watched.answer(responseId=first)
    assert watched.heard() == 2


def test_id_in_use_is_refused_and_free_after_the_end(watched: Watched) -> None:
    """A watch id must not be in use; after seven days it is free, and deleting finds nothing (google-apis 1.5)."""
    watched.watch("una-sola")
    assert status_of(lambda: watched.watch("una-sola", event_type="SCHEMA")) == 400
    watched.heard(after_s=7 * 86400)
    assert status_of(watched.forms.watches().delete(formId=watched.form_id, watchId="una-sola").execute) == 404
    watched.watch("una-sola")


def test_users_of_a_project_share_a_limit(watched: Watched, service: Service, emulator: Emulator) -> None:
    """Each end user has a watch of their own, as many as the project may have (google-apis 1.5)."""
    emulator.local("PUT", "behaviour", {"forms_watches_per_type": 2})
    drive = service("drive", "v3", OWNER).permissions()
    body = {"watch": {"eventType": "RESPONSES", "target": {"topic": {"topicName": TOPIC}}}}
    watched.watch()
    statuses = []
    for helper in (SELLER, STRANGER):
        grant = {"type": "user", "role": "writer", "emailAddress": helper}
        drive.create(fileId=watched.form_id, body=grant, sendNotificationEmail=False).execute()
        request = service("forms", "v1", helper).forms().watches().create(formId=watched.form_id, body=body)
        try:
            statuses.append(request.execute()["state"])
        except HttpError as refused:
            statuses.append(refused.status_code)
    assert statuses == ["ACTIVE", 400]


def test_topic_must_be_there(watched: Watched, service: Service, emulator: Emulator) -> None:
    """Creation fails where publishing is impossible; a watch whose topic is gone is suspended until renewal succeeds (google-apis 1.5)."""
    watch = watched.watch()
    path = {"formId": watched.form_id, "watchId": watch["id"]}
    emulator.local("PUT", "behaviour", {"pubsub_topics_must_exist": True})
    said = refusal(lambda: watched.watch(event_type="SCHEMA"))
    assert said == (403, "Topic parent project not found or permission denied.")
    watched.answer()
    assert watched.heard() == 0
    (shown,) = watched.forms.watches().list(formId=watched.form_id).execute()["watches"]
    assert (shown["state"], shown["errorType"]) == ("SUSPENDED", "OTHER_ERRORS")
    assert status_of(watched.forms.watches().renew(**path, body={}).execute) == 400
    service("pubsub", "v1", OWNER).projects().topics().create(name=TOPIC, body={}).execute()
    renewed = watched.forms.watches().renew(**path, body={}).execute()
    assert renewed["state"] == "ACTIVE"
    assert "errorType" not in renewed
    watched.answer()
    assert watched.heard() == 1


def test_watch_of_a_form_one_cannot_see_is_refused(watched: Watched, service: Service) -> None:
    """Strangers neither make nor see watches."""
    stranger = service("forms", "v1", STRANGER).forms().watches()
    body = {"watch": {"eventType": "RESPONSES", "target": {"topic": {"topicName": TOPIC}}}}
    assert status_of(stranger.create(formId=watched.form_id, body=body).execute) == 403
    assert status_of(stranger.list(formId=watched.form_id).execute) == 403


@pytest.mark.parametrize("watch", [{}, {"eventType": "RESPONSES"}, {"eventType": "RESPONSES", "id": "una-sola"}])
def test_incomplete_watch_is_refused(watched: Watched, watch: Any) -> None:
    """A watch needs its type and topic, and no id inside (google-apis 1.5)."""
    target = {"target": {"topic": {"topicName": TOPIC}}} if "id" in watch else {}
    assert status_of(watched.forms.watches().create(formId=watched.form_id, body={"watch": watch | target}).execute) == 400
