"""Google's refusals in our words; nothing of another library leaves an adapter, and nothing that was sent is repeated."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import SENDER, HandClock, settings_for
from wire import Recorder, Reply, error

from expediente.errors import (
    AlreadyExistsError,
    ConfigurationError,
    DoubtfulError,
    GoogleError,
    NotFoundError,
    RefusedError,
    RetryLaterError,
)
from expediente.google import Google
from expediente.google.calls import clean_message
from expediente.google.clients import Clients, Scopes
from expediente.google.drive import Drive
from expediente.google.forms import Forms
from expediente.google.gmail import Gmail, Inbox
from expediente.google.pubsub import PubSub
from expediente.google.sheets import ColumnLookup, RangeValues, Sheets
from expediente.google.storage import Storage

RPC_429 = {
    "error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{"reason": "RATE_LIMIT_EXCEEDED"}], "message": "Quota"}
}

CASES = [
    (error(429, "rateLimitExceeded"), RetryLaterError, "rateLimitExceeded"),
    (Reply(429, RPC_429), RetryLaterError, "RATE_LIMIT_EXCEEDED"),
    (Reply(429, b"<html>slow down</html>"), RetryLaterError, "unreadable"),
    (Reply(403, b"<html>unusual traffic</html>"), RetryLaterError, "unreadable"),
    (error(403, "userRateLimitExceeded"), RetryLaterError, "userRateLimitExceeded"),
    (error(403, "sharingRateLimitExceeded"), RetryLaterError, "sharingRateLimitExceeded"),
    (error(403, "dailyLimitExceeded"), RetryLaterError, "dailyLimitExceeded"),
    (error(403, "insufficientFilePermissions"), RefusedError, "insufficientFilePermissions"),
    (error(403, "storageQuotaExceeded"), RefusedError, "storageQuotaExceeded"),
    (error(400, "invalidSharingRequest"), RefusedError, "invalidSharingRequest"),
    (Reply(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "no"}}), RefusedError, "INVALID_ARGUMENT"),
    (Reply(400, {"error": "invalid_grant"}), RefusedError, "unreadable"),
    (Reply(400, [1]), RefusedError, "unreadable"),
    (error(404, "notFound"), NotFoundError, "notFound"),
    (error(410, "gone"), NotFoundError, "gone"),
    (error(409, "fileIdInUse"), AlreadyExistsError, "fileIdInUse"),
    (error(412, "conditionNotMet"), AlreadyExistsError, "conditionNotMet"),
    (error(500, "internalError"), DoubtfulError, "internalError"),
    (error(503, "backendError"), DoubtfulError, "backendError"),
    (Reply(502, b"<html>"), DoubtfulError, "unreadable"),
    (Reply(200, b"[1, 2]"), DoubtfulError, "unreadable"),
]


@pytest.mark.parametrize(("reply", "expected", "reason"), CASES)
def test_each_refusal_has_its_class(
    google: Google, recorder: Recorder, reply: Reply, expected: type[GoogleError], reason: str
) -> None:
    """Status and reason decide together: Drive says 403 for "too fast" as well. One request each, never repeated."""
    recorder.then(reply)
    with pytest.raises(GoogleError) as told:
        google.drive.rename("F1", "x")
    assert type(told.value) is expected
    assert (told.value.method, told.value.reason) == ("drive.files.update", reason)
    assert len(recorder.seen) == 1


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (error(429, "rateLimitExceeded", retry_after="37"), 37),
        (error(429, "rateLimitExceeded", retry_after="Mon, 02 Nov 2026 15:01:30 GMT"), 90),
        (error(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-02T15:00:42.000Z"), 42),
        (error(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-02T14:00:00Z"), 1),
        (error(403, "sharingRateLimitExceeded"), 300),
        (error(429, "rateLimitExceeded", retry_after="soon"), 15),
    ],
)
def test_the_wait_that_google_asks_for_is_obeyed(google: Google, recorder: Recorder, reply: Reply, seconds: float) -> None:
    """As seconds, as a date by the product's clock, or in Gmail's sentence; else our own base."""
    recorder.then(reply)
    with pytest.raises(RetryLaterError) as told:
        google.drive.rename("F1", "x")
    assert told.value.after_seconds == seconds


CALLS: dict[type, dict[str, Callable[[Any], Any]]] = {
    Drive: {
        "new_ids": lambda it: it.new_ids(1),
        "create_folder": lambda it: it.create_folder("F", "n", "P", True, {"a": "b"}),
        "create_spreadsheet": lambda it: it.create_spreadsheet("n", "P", {}),
        "upload": lambda it: it.upload("F", "n", "P", "application/pdf", b"x" * 6_000_000),
        "get_file": lambda it: it.get_file("F"),
        "find_child": lambda it: it.find_child("P", "k", "v", "m"),
        "children": lambda it: it.children("P"),
        "children_of": lambda it: it.children_of(["P", "Q"]),
        "replace_content": lambda it: it.replace_content("F", "application/pdf", b"x"),
        "limit": lambda it: it.limit("F"),
        "unlimit": lambda it: it.unlimit("F"),
        "revisions": lambda it: it.revisions("F"),
        "download": lambda it: it.download("F"),
        "export_pdf": lambda it: it.export_pdf("F"),
        "move": lambda it: it.move("F", "A", "B", "n"),
        "rename": lambda it: it.rename("F", "n"),
        "trash": lambda it: it.trash("F"),
        "set_app_properties": lambda it: it.set_app_properties("F", {}),
        "lock": lambda it: it.lock("F", "r"),
        "unlock": lambda it: it.unlock("F"),
        "add_grant": lambda it: it.add_grant("F", "a@b.example", "user", "reader"),
        "remove_grant": lambda it: it.remove_grant("F", "1"),
        "list_grants": lambda it: it.list_grants("F"),
        "start_page_token": lambda it: it.start_page_token(),
        "changes": lambda it: it.changes("1"),
        "create_drive": lambda it: it.create_drive("r", "n"),
        "restrict_drive": lambda it: it.restrict_drive(
            "D", domain_users_only=True, members_only=True, organizers_share_folders=True
        ),
        "list_drives": lambda it: it.list_drives(),
    },
    Sheets: {
        "batch_update": lambda it: it.batch_update("S", []),
        "read_columns": lambda it: it.read_columns("S", [ColumnLookup("k")]),
        "read_ranges": lambda it: it.read_ranges("S", ["A1"]),
        "write_values": lambda it: it.write_values("S", [RangeValues("A1", [["x"]])]),
        "write_column": lambda it: it.write_column("S", ColumnLookup("k"), ["x"]),
        "write_columns": lambda it: it.write_columns("S", [(ColumnLookup("k"), ["x"])]),
        "get_metadata": lambda it: it.get_metadata("S", 1),
        "find_metadata": lambda it: it.find_metadata("S", "k"),
        "structure": lambda it: it.structure("S"),
    },
    Forms: {
        "create_form": lambda it: it.create_form("t"),
        "batch_update": lambda it: it.batch_update("F", []),
        "get_form": lambda it: it.get_form("F"),
        "read_form": lambda it: it.read_form("F"),
        "set_publish": lambda it: it.set_publish("F", published=True, accepting=True),
        "responses_since": lambda it: it.responses_since("F"),
        "create_watch": lambda it: it.create_watch("F", "T"),
        "list_watches": lambda it: it.list_watches("F"),
        "renew_watch": lambda it: it.renew_watch("F", "w"),
        "delete_watch": lambda it: it.delete_watch("F", "w"),
        "ensure_watch": lambda it: it.ensure_watch("F", "T", HandClock().now()),
    },
    Gmail: {
        "create_draft": lambda it: it.create_draft(b"x" * 2_000_000, "t"),
        "send_draft": lambda it: it.send_draft("d"),
        "draft_exists": lambda it: it.draft_exists("d"),
        "delete_draft": lambda it: it.delete_draft("d"),
    },
    Inbox: {"failures_since": lambda it: it.failures_since("", datetime(2026, 3, 2, tzinfo=UTC))},
    PubSub: {"publish": lambda it: it.publish("projects/p/topics/t", {"a": "b"})},
    Storage: {
        "put_once": lambda it: it.put_once("b", "n", b"x", "text/plain"),
        "put_first": lambda it: it.put_first("b", "n", b"x", "text/plain"),
        "checksum": lambda it: it.checksum("b", "n"),
        "read": lambda it: it.read("b", "n"),
        "stage": lambda it: it.stage("b", "n", b"x", "text/plain"),
        "delete": lambda it: it.delete("b", "n"),
    },
}
OFFLINE = {"Gmail.build"}
FAULTS = [
    Reply(do="close"),
    Reply(do="cut"),
    Reply(body=b"{"),
    Reply(body={}),
    Reply(429, b""),
    error(403, "x"),
    Reply(500, b""),
    error(400, "x"),
]


def _handed_out() -> set[str]:
    """Names of the adapters' classes: what each public member of `Google` says that it gives."""
    members = [member for name, member in vars(Google).items() if not name.startswith("_")]
    return {str((getattr(one, "func", None) or one).__annotations__["return"]) for one in members}


def test_every_adapter_method_is_tried() -> None:
    """A new adapter that `Google` hands out, and a new method that calls Google, must be listed above."""
    assert _handed_out() == {adapter.__name__ for adapter in CALLS}
    for adapter, known in CALLS.items():
        public = {name for name, _ in inspect.getmembers(adapter, inspect.isfunction) if not name.startswith("_")}
        assert {f"{adapter.__name__}.{name}" for name in public - known.keys()} <= OFFLINE


@pytest.mark.parametrize("adapter", CALLS, ids=lambda adapter: adapter.__name__)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_error_of_another_library_leaves_an_adapter(recorder: Recorder, adapter: type, fault: Reply) -> None:
    """Whatever breaks, the caller sees only errors of our tree; an empty answer or a download may also be as it should."""
    google = Google(settings_for(recorder.url, quota_profile="off"), HandClock())
    objects = (
        google.drive,
        google.sheets,
        google.forms,
        google.gmail(SENDER),
        google.inbox(SENDER),
        google.pubsub,
        google.storage,
    )
    target = next(item for item in objects if type(item) is adapter)
    recorder.otherwise = fault
    for name, call in CALLS[adapter].items():
        try:
            call(target)
        except GoogleError:
            continue
        assert fault.body == {} or (fault.body == b"{" and name in ("download", "export_pdf", "read")), name


def test_what_was_sent_is_not_repeated(google: Google, recorder: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the message, nor its cause, nor a log line at the finest level tells an address or a quoted value."""
    caplog.set_level(logging.DEBUG)
    said = 'Invalid value "Café Ñandú" for rosa@cliente.example, RUC 8-123-456789.'
    recorder.then(error(400, "invalid", said), Reply(403, f"<p>{said}".encode()))
    for _ in range(2):
        with pytest.raises(GoogleError) as told:
            google.drive.add_grant("F1", "rosa@cliente.example", "user", "reader")
        links = (told.value, told.value.__cause__)
        shown = caplog.text + "".join("".join(traceback.format_exception_only(link)) + repr(link) for link in links)
        assert not [secret for secret in ("Ñandú", "rosa", "123-456") if secret in shown]
        assert told.value.__cause__ is not None


def test_clean_message_keeps_what_helps() -> None:
    """Google's sentence stays readable."""
    said = 'Invalid requests[3].addProtectedRange: you wrote "secreto" to ana@x.example (12345678)'
    assert clean_message(said) == "Invalid requests[3].addProtectedRange: you wrote … to … (#)"


def test_tokens_are_made_for_configured_people_only(clock: HandClock) -> None:
    """Neither another person, nor a sender's Drive, nor the forms' owner's mail."""
    clients = Clients(settings_for("http://127.0.0.1:9"), clock)
    owner = settings_for("x").forms_owner
    asked = [(Scopes.MAIL, "gerente@x.example"), (Scopes.WORK, SENDER), (Scopes.MAIL, owner), (Scopes.FORMS, SENDER)]
    for scopes, subject in asked:
        with pytest.raises(ConfigurationError):
            clients.credentials_for(scopes, subject)
    assert str(clients.credentials_for(Scopes.MAIL, SENDER.upper()).token).startswith(f"local:{SENDER}|")


def test_mail_and_forms_in_the_cloud_are_delegated_without_a_key(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime's account signs for the subject; for the shared drive it works as itself."""
    import google.auth
    from google.auth.credentials import AnonymousCredentials

    asked: list[Any] = []
    runtime = AnonymousCredentials()  # type: ignore[no-untyped-call]

    def default(scopes: list[str]) -> tuple[Any, str]:
        asked.append(tuple(scopes))
        return runtime, "p"

    monkeypatch.setattr(google.auth, "default", default)
    clients = Clients(settings_for("", storage_url=""), clock)
    assert clients.credentials_for(Scopes.WORK) is runtime
    delegated: Any = clients.credentials_for(Scopes.MAIL, SENDER)
    assert (delegated._subject, delegated._target_scopes) == (SENDER, list(Scopes.MAIL))
    assert asked == [Scopes.WORK, ("https://www.googleapis.com/auth/cloud-platform",)]


def test_a_local_workspace_never_reaches_the_real_bucket(clock: HandClock) -> None:
    """Without a local object store the archive refuses."""
    google = Google(settings_for("http://127.0.0.1:9", storage_url=""), clock)
    with pytest.raises(ConfigurationError, match="STORAGE_URL"):
        google.storage.checksum("b", "n")
