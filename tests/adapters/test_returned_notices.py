"""What an inbox tells of mails that came back: only failures for good, only from Google's own daemon, each of them once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import SENDER, HandClock, settings_for
from wire import Recorder, Reply, Seen

from expediente.google import Google
from expediente.google.gmail import FailureNotice

DAEMON = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=5)
PAGE = 100


def _listed(*ids: str, then: str = "") -> Reply:
    """A page of the list, the newest first."""
    return Reply(body={"messages": [{"id": one} for one in ids]} | ({"nextPageToken": then} if then else {}))


def _told(failed: str, subject: str = "Delivery Status Notification (Failure)", sender: str = DAEMON) -> Reply:
    """A message's headers."""
    said = {"From": sender, "Subject": subject, "X-Failed-Recipients": failed}
    headers = [{"name": name, "value": value} for name, value in said.items()]
    return Reply(body={"internalDate": str(int(AT.timestamp() * 1000)), "payload": {"headers": headers}})


def _asked(recorder: Recorder) -> list[str]:
    """Ids of the messages that were read."""
    return [urlsplit(seen.target).path.rpartition("/")[2] for seen in recorder.seen if "format=metadata" in seen.target]


def test_a_failure_tells_of_its_addresses(google: Google, recorder: Recorder) -> None:
    """Each address in small letters, at the time of the notice; no text of any mail is asked for."""
    recorder.then(_listed("m1"), _told("Ana@Cliente.example, nadie@cliente.example"))
    newest, notices = google.inbox(SENDER).failures_since("", LONG_AGO)
    assert newest == "m1"
    assert notices == [FailureNotice("ana@cliente.example", AT), FailureNotice("nadie@cliente.example", AT)]
    assert all("format=metadata" in seen.target or seen.target.split("?")[0].endswith("/messages") for seen in recorder.seen)


@pytest.mark.parametrize(
    "told",
    [
        _told("ana@cliente.example", subject="Delivery Status Notification (Delay)"),
        _told("ana@cliente.example", sender="Mail Delivery Subsystem <mailer-daemon@googlemail.example>"),
        _told("ana@cliente.example", sender='"mailer-daemon@googlemail.com" <quien.sea@otra.example>'),
        _told(""),
    ],
    ids=["delay", "foreign", "foreign-name", "no-address"],
)
def test_what_is_no_failure_of_googles_is_passed_over(google: Google, recorder: Recorder, told: Reply) -> None:
    """A delay may still arrive, and anybody can write what looks like a notice; the message counts as seen all the same."""
    recorder.then(_listed("m1"), told)
    assert google.inbox(SENDER).failures_since("", LONG_AGO) == ("m1", [])


def test_only_what_came_since_is_read(google: Google, recorder: Recorder) -> None:
    """What lies at and below the one seen last is not asked for again."""
    recorder.then(_listed("m3", "m2", "m1"), _told("ana@cliente.example"))
    newest, notices = google.inbox(SENDER).failures_since("m2", LONG_AGO)
    assert (newest, [one.address for one in notices], _asked(recorder)) == ("m3", ["ana@cliente.example"], ["m3"])


def test_an_inbox_where_nothing_came_keeps_its_place(google: Google, recorder: Recorder) -> None:
    """Empty, or with the one seen last on top."""
    recorder.then(_listed(), _listed("m1"))
    inbox = google.inbox(SENDER)
    assert inbox.failures_since("m1", LONG_AGO) == inbox.failures_since("m1", LONG_AGO) == ("m1", [])
    assert not _asked(recorder)


def test_where_the_one_seen_last_is_gone_everything_is_read(google: Google, recorder: Recorder) -> None:
    """Somebody has thrown it away: better a notice twice than none."""
    recorder.then(_listed("m3", "m2"), _told("ana@cliente.example"), _told("eva@cliente.example"))
    newest, notices = google.inbox(SENDER).failures_since("m1", LONG_AGO)
    assert (newest, {one.address for one in notices}) == ("m3", {"ana@cliente.example", "eva@cliente.example"})


def test_what_is_older_than_any_watched_mail_ends_the_reading(google: Google, recorder: Recorder) -> None:
    """With the one seen last gone, an inbox of years is not read through."""
    recorder.then(_listed("m3", "m2", "m1"), _told("ana@cliente.example"))
    newest, notices = google.inbox(SENDER).failures_since("gone", AT + timedelta(seconds=1))
    assert (newest, notices, _asked(recorder)) == ("m3", [], ["m3"])


class _Mailbox(Recorder):
    """Answers as Gmail for an inbox in which every message is a failure. ids: the newest first."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        super().__init__()

    def _reply(self, seen: Seen) -> Reply:
        asked = urlsplit(seen.target)
        query = parse_qs(asked.query)
        name = asked.path.rpartition("/")[2]
        if name != "messages":
            return _told(f"{name}@cliente.example")
        begin = int(query.get("pageToken", ["0"])[0])
        end = begin + int(query["maxResults"][0])
        goes_on = end < len(self.ids) and "nextPageToken" in query["fields"][0]
        return _listed(*self.ids[begin:end], then=str(end) if goes_on else "")


@pytest.mark.parametrize("place", [PAGE - 1, PAGE, PAGE + 20, 2 * PAGE], ids=["ends", "begins", "within", "two-pages-on"])
def test_pages_are_read_until_the_one_seen_last(place: int, clock: HandClock) -> None:
    """All that came since, however much, in the inbox's order; what lies below is not read, nor its pages listed."""
    mailbox = _Mailbox([f"m{number:03d}" for number in range(3 * PAGE)])
    try:
        google = Google(settings_for(mailbox.url), clock)
        newest, notices = google.inbox(SENDER).failures_since(mailbox.ids[place], LONG_AGO)
    finally:
        mailbox.stop()
    assert newest == mailbox.ids[0] and _asked(mailbox) == mailbox.ids[:place]
    assert [one.address for one in notices] == [f"{one}@cliente.example" for one in mailbox.ids[:place]]
    assert len(mailbox.seen) - place == place // PAGE + 1
