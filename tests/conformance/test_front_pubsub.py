"""Publishing and pushing: CloudEvents, retries on the clock, disturbed deliveries, settling."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.conformance.conftest import SERVICE_ACCOUNT, Emulator, Service

TOPIC = "projects/expediente-demo/topics/work"
CHAINED = "projects/expediente-demo/topics/mail"


class Receiver:
    """A push address that notes what arrives. `statuses` are given one after the other, the last for ever."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.statuses = [204]
        self.also: Any = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.got.append((dict(self.headers), body))
                if receiver.also is not None:
                    receiver.also(body)
                self.send_response(receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0])
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def order(self) -> list[str]:
        """The `n` attribute of every message, as they came."""
        return [body["message"]["attributes"]["n"] for _, body in self.got]


@pytest.fixture
def receiver(emulator: Emulator) -> Iterator[Receiver]:
    """A push address that is subscribed to both topics."""
    made = Receiver()
    emulator.local("PUT", "subscriptions", {TOPIC: made.url, "mail": made.url})
    yield made
    made.server.shutdown()
    made.server.server_close()


def publish(service: Service, topic: str = TOPIC, count: int = 1, **message: Any) -> list[str]:
    """Publish messages with the client library; returns their ids."""
    messages = [message or {"attributes": {"n": str(n)}} for n in range(count)]
    answer = (
        service("pubsub", "v1", SERVICE_ACCOUNT).projects().topics().publish(topic=topic, body={"messages": messages}).execute()
    )
    ids: list[str] = answer["messageIds"]
    return ids


def test_message_arrives_as_a_binary_cloud_event(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """Headers and body are those of Eventarc; a message without data has no `data` key (google-apis 6.1)."""
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:00Z", "frozen": True})
    number = publish(service, attributes={"formId": "f1"})[0]
    emulator.local("POST", "settle")
    headers, body = receiver.got[0]
    assert headers["ce-type"] == "google.cloud.pubsub.topic.v1.messagePublished"
    assert headers["ce-source"] == f"//pubsub.googleapis.com/{TOPIC}"
    assert (headers["ce-id"], headers["ce-specversion"], headers["ce-time"]) == (number, "1.0", "2026-11-02T14:00:00.000Z")
    assert headers["Content-Type"] == "application/json"
    assert body["message"] == {"attributes": {"formId": "f1"}, "messageId": number, "publishTime": "2026-11-02T14:00:00.000Z"}
    assert body["subscription"].startswith("projects/expediente-demo/subscriptions/")


def test_data_is_passed_on(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """Data stays base64 (google-apis 6.1)."""
    data = base64.b64encode("año".encode()).decode()
    publish(service, data=data)
    emulator.local("POST", "settle")
    assert receiver.got[0][1]["message"]["data"] == data


def test_refused_push_comes_again_on_the_clock(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """After 10 s, then 20 s; once taken, never again (google-apis 6.3)."""
    emulator.local("PUT", "clock", {"frozen": True})
    receiver.statuses = [500, 404, 200]
    publish(service)
    counts = []
    for seconds in (0, 9, 1, 19, 1, 3600):
        emulator.local("PUT", "clock", {"advance_s": seconds})
        emulator.local("POST", "settle")
        counts.append(len(receiver.got))
    assert counts == [1, 1, 2, 2, 3, 3]


def test_push_is_given_up_after_a_day(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """An address that never answers 2xx is left alone after 24 hours (google-apis 6.3)."""
    emulator.local("PUT", "clock", {"frozen": True})
    receiver.statuses = [503]
    publish(service)
    for _ in range(200):
        if emulator.local("POST", "settle")["scheduled"] == 0:
            break
        emulator.local("PUT", "clock", {"advance_s": 600})
    assert 140 <= len(receiver.got) <= 160


def test_settle_waits_for_chains(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """A push that publishes is waited for with what it published."""
    receiver.also = lambda body: (
        publish(service, CHAINED, attributes={"n": "b"}) if body["message"]["attributes"]["n"] == "a" else None
    )
    publish(service, attributes={"n": "a"})
    emulator.local("POST", "settle")
    assert receiver.order() == ["a", "b"]


def test_duplicate_delivers_copies_with_one_id(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """duplicate 2: three times the same message (google-apis 6.3)."""
    emulator.local("PUT", "delivery", {"duplicate": 2})
    number = publish(service)[0]
    emulator.local("POST", "settle")
    assert [body["message"]["messageId"] for _, body in receiver.got] == [number] * 3


def test_drop_and_delay(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """A dropped message never comes, a delayed one when the clock has moved; settle waits for neither."""
    emulator.local("PUT", "clock", {"frozen": True})
    emulator.local("PUT", "delivery", {"drop": True})
    publish(service)
    emulator.local("PUT", "delivery", {"delay_s": 300})
    publish(service, attributes={"n": "late"})
    assert emulator.local("POST", "settle")["scheduled"] == 1
    assert receiver.got == []
    emulator.local("PUT", "clock", {"advance_s": 301})
    emulator.local("POST", "settle")
    assert receiver.order() == ["late"]


def test_settle_waits_for_a_short_delay_while_the_clock_runs(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """A second late is pending; with a frozen clock it would be waited for in vain."""
    emulator.local("PUT", "delivery", {"delay_s": 1})
    publish(service)
    assert emulator.local("POST", "settle") == {"settled": True, "scheduled": 0}
    assert len(receiver.got) == 1
    emulator.local("PUT", "clock", {"frozen": True})
    publish(service)
    assert emulator.local("POST", "settle") == {"settled": True, "scheduled": 1}
    assert len(receiver.got) == 1


def test_shuffle_changes_the_order(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """All arrive, in another order."""
    emulator.local("PUT", "delivery", {"shuffle": True})
    publish(service, count=60)
    emulator.local("POST", "settle")
    assert sorted(receiver.order(), key=int) == [str(n) for n in range(60)]
    assert receiver.order() != [str(n) for n in range(60)]


def test_publish_does_not_count_as_a_workspace_call(emulator: Emulator, service: Service) -> None:
    """The ledger holds Workspace calls only."""
    publish(service, "projects/p/topics/nobody-listens")
    assert emulator.calls() == []


def test_topic_can_be_created_and_is_then_known(service: Service) -> None:
    """create, get, and 409 the second time."""
    topics = service("pubsub", "v1", SERVICE_ACCOUNT).projects().topics()
    assert topics.create(name=TOPIC, body={}).execute() == {"name": TOPIC}
    assert topics.get(topic=TOPIC).execute()["name"] == TOPIC
    with pytest.raises(Exception, match="409"):
        topics.create(name=TOPIC, body={}).execute()


def test_reset_forgets_what_was_on_its_way(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """Nothing of an earlier test arrives in the next."""
    emulator.local("PUT", "clock", {"frozen": True})
    emulator.local("PUT", "delivery", {"delay_s": 5})
    publish(service)
    emulator.local("POST", "reset")
    emulator.local("PUT", "subscriptions", {TOPIC: receiver.url})
    emulator.local("PUT", "clock", {"advance_s": 100})
    emulator.local("POST", "settle")
    assert receiver.got == []


def test_all_disturbances_at_once(emulator: Emulator, service: Service, receiver: Receiver) -> None:
    """Some messages are lost, the rest come three times each, late and in any order; a push that fails comes again (google-apis 6.3)."""
    emulator.local("PUT", "clock", {"frozen": True})
    emulator.local("PUT", "delivery", {"drop": 0.3, "duplicate": 2, "delay_s": 120, "shuffle": True})
    publish(service, count=40)
    emulator.local("POST", "settle")
    assert receiver.got == []
    receiver.statuses = [500, 200]
    emulator.local("PUT", "clock", {"advance_s": 121})
    emulator.local("POST", "settle")
    emulator.local("PUT", "clock", {"advance_s": 11})
    assert emulator.local("POST", "settle")["scheduled"] == 0
    times = {n: receiver.order().count(n) for n in set(receiver.order())}
    assert 10 < len(times) < 40
    assert sorted(times.values()) == [3] * (len(times) - 1) + [4]
    assert receiver.order() != sorted(receiver.order(), key=int)
