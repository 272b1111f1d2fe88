"""One call is one request on the wire, whatever breaks; and what breaks gets its own name."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import HandClock, settings_for
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2.credentials import Credentials
from wire import Recorder, Reply, error

from expediente.errors import DoubtfulError, RefusedError, RetryLaterError
from expediente.google import Google
from expediente.google import transport as transport_module
from expediente.google.clients import Clients, Resources, Scopes
from expediente.google.quota import Quota
from expediente.google.transport import OnceHttp, new_pool

FILE = {"id": "F1", "name": "x", "mimeType": "y"}


@pytest.mark.parametrize("do", ["close", "cut"])
def test_a_connection_that_breaks_after_the_effect_sends_nothing_twice(google: Google, recorder: Recorder, do: str) -> None:
    """A POST whose answer is lost is sent once and told as doubtful, also on a connection that was in use before."""
    recorder.then(Reply(body=FILE), Reply(body=FILE, do=do))
    google.drive.create_spreadsheet("uno", "P", {})
    with pytest.raises(DoubtfulError) as told:
        google.drive.create_spreadsheet("dos", "P", {})
    assert (told.value.method, told.value.reason) == ("drive.files.create", "broken")
    assert [seen.method for seen in recorder.seen] == ["POST", "POST"]


def test_a_cut_json_is_doubtful(google: Google, recorder: Recorder) -> None:
    """An answer that ends within its JSON proves nothing."""
    recorder.then(Reply(body=b'{"id": "F1", "na'))
    with pytest.raises(DoubtfulError, match="unreadable"):
        google.drive.create_spreadsheet("uno", "P", {})
    assert len(recorder.seen) == 1


def test_an_answer_that_never_comes_is_doubtful(recorder: Recorder, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call ends at its timeout and was sent once."""
    monkeypatch.setattr(transport_module, "new_pool", lambda: new_pool(0.3))
    recorder.then(Reply(do="hang"))
    began = time.monotonic()
    with pytest.raises(DoubtfulError, match="timeout"):
        Google(settings_for(recorder.url), clock).drive.create_spreadsheet("uno", "P", {})
    assert time.monotonic() - began < 5
    assert len(recorder.seen) == 1


def test_a_server_that_is_not_there_leaves_no_doubt(clock: HandClock) -> None:
    """When not a byte has left, the call is simply for later."""
    with pytest.raises(RetryLaterError) as told:
        Google(settings_for("http://127.0.0.1:9"), clock).drive.create_spreadsheet("uno", "P", {})
    assert told.value.reason == "unreachable"


def test_a_redirect_is_not_followed(google: Google, recorder: Recorder) -> None:
    """No token ever travels to where an answer points."""
    recorder.then(Reply(302, headers=(("Location", "http://127.0.0.1:9/"),)))
    with pytest.raises(DoubtfulError):
        google.drive.get_file("F1")
    assert len(recorder.seen) == 1


class Renewable(Credentials):
    """Credentials whose token can be fetched again; counts how often it was."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__(token="old")  # type: ignore[no-untyped-call]
        self.failure, self.refreshed = failure, 0

    def refresh(self, request: Any) -> None:
        """A new token, or the failure."""
        self.refreshed += 1
        if self.failure:
            raise self.failure
        time.sleep(0.05)
        self.token = "new"


def _resources(recorder: Recorder, clock: HandClock, credentials: Renewable) -> Resources:
    clients = Clients(settings_for(recorder.url), clock)
    http = OnceHttp(new_pool(), credentials)
    return Resources(lambda api, version: clients.service(api, version, http), "u", Quota(clock, "off"), clock)


def test_a_refused_token_is_fetched_again_once(recorder: Recorder, clock: HandClock) -> None:
    """After a 401 the call goes once more with a new token."""
    recorder.then(error(401, "authError"), Reply(body=FILE))
    credentials = Renewable()
    api = _resources(recorder, clock, credentials)
    assert api.execute(api.files.get(fileId="F1")) == FILE
    assert [seen.headers["authorization"] for seen in recorder.seen] == ["Bearer old", "Bearer new"]


def test_a_second_refusal_of_the_token_is_final(recorder: Recorder, clock: HandClock) -> None:
    """Two 401 end it."""
    recorder.then(error(401, "authError"), error(401, "authError"))
    api = _resources(recorder, clock, Renewable())
    with pytest.raises(RefusedError, match="authError"):
        api.execute(api.files.get(fileId="F1"))
    assert len(recorder.seen) == 2


def test_many_threads_fetch_a_refused_token_once(recorder: Recorder, clock: HandClock) -> None:
    """Whoever comes second waits for the token of the first."""
    barrier = threading.Barrier(6)
    recorder.expired = "old"
    recorder.otherwise = Reply(body=FILE)
    credentials = Renewable()
    api = _resources(recorder, clock, credentials)
    request = api.files.get

    def call(_: int) -> Any:
        made = request(fileId="F1")
        barrier.wait(5)
        return api.execute(made)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(call, range(6))) == [FILE] * 6
    assert credentials.refreshed == 1


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (RefreshError("unauthorized_client"), RefusedError),  # type: ignore[no-untyped-call]
        (RefreshError("backend", retryable=True), RetryLaterError),  # type: ignore[no-untyped-call]
        (TransportError("no route"), RetryLaterError),  # type: ignore[no-untyped-call]
    ],
)
def test_a_token_that_cannot_be_fetched_is_told(
    recorder: Recorder, clock: HandClock, failure: Exception, expected: type[Exception]
) -> None:
    """A refused credential is for the administrator, an unreachable token server for later."""
    recorder.then(error(401, "authError"))
    api = _resources(recorder, clock, Renewable(failure))
    with pytest.raises(expected, match="credential"):
        api.execute(api.files.get(fileId="F1"))


def test_threads_get_their_own_answers(google: Google, recorder: Recorder) -> None:
    """Two hundred calls over sixteen connections: each thread reads the answer to its own question."""
    recorder.echo = True

    def ask(number: int) -> bool:
        return google.drive.get_file(f"F{number}").file_id == f"F{number}"

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(ask, range(200)))
    assert len(recorder.seen) == 200


def test_a_local_token_names_address_and_scopes(google: Google, recorder: Recorder) -> None:
    """The local Workspace is told who acts and what for."""
    recorder.then(Reply(body=FILE))
    google.drive.get_file("F1")
    wanted = "expediente-work@expediente-demo.iam.gserviceaccount.com|" + ",".join(Scopes.WORK)
    assert recorder.seen[0].headers["authorization"] == f"Bearer local:{wanted}"
