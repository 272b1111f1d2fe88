"""How much mail a minute and a day Gmail takes, and how calls are put into one request."""

from __future__ import annotations

import pytest

from tests.conformance.gmail_kit import BASE, CLIENT, READER, WRITER, Emulator, Mailbox, mail, refusal


@pytest.fixture
def box(emulator: Emulator) -> Mailbox:
    """The reader's mailbox."""
    return Mailbox(emulator)


def test_sixty_mails_a_minute_in_a_new_project(box: Mailbox) -> None:
    """A mail costs 100 of 6,000 units a minute; the next is 429 with the instant to come again (google-apis 4)."""
    box.emulator.local("PUT", "clock", {"frozen": True})
    box.emulator.local("PUT", "quotas", {"profile": "2026"})
    for _ in range(60):
        box.send(mail(CLIENT))
    code, reason, message = refusal(lambda: box.send(mail(CLIENT)))
    assert (code, reason) == (429, "rateLimitExceeded")
    assert message.startswith("User-rate limit exceeded.  Retry after 20")
    box.advance(60)
    box.send(mail(CLIENT))


@pytest.mark.parametrize(
    ("path", "units"),
    [("messages", 5), ("messages/18c0000000000000", 20), ("threads/18c0000000000000", 40), ("labels", 5)],
)
def test_reads_cost_their_units(box: Mailbox, path: str, units: int) -> None:
    """list costs 5 units, messages.get 20 in the new model, threads.get 40 (google-apis 4)."""
    box.emulator.local("PUT", "clock", {"frozen": True})
    box.emulator.local("PUT", "quotas", {"profile": "2026"})
    statuses = [box.emulator.raw("GET", BASE + path, READER).status_code for _ in range(6000 // units + 1)]
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]


def test_two_thousand_mails_a_day(box: Mailbox) -> None:
    """The 2,001st mail of a day is refused, and goes the day after (google-apis 4)."""
    box.emulator.local("PUT", "clock", {"now": "2026-11-20T10:00:00Z", "frozen": True})
    box.emulator.local("PUT", "quotas", {"profile": "older"})
    body = b"To: " + CLIENT.encode() + b"\r\n\r\nx"
    path = "/upload/gmail/v1/users/me/messages/send?uploadType=media&fields=id"
    for number in range(2000):
        if number % 100 == 0:
            box.advance(60)
        answer = box.emulator.raw("POST", path, READER, data=body, headers={"Content-Type": "message/rfc822"})
        assert answer.status_code == 200, answer.text
    box.advance(60)
    code, reason, message = refusal(lambda: box.send(mail(CLIENT)))
    assert (code, reason) == (429, "rateLimitExceeded")
    assert "(Mail sending)" in message
    box.advance(86400)
    box.send(mail(CLIENT))


def test_hundred_recipients_are_the_most(box: Mailbox) -> None:
    """A hundred and one are refused, unless the switch allows more; nothing is sent (google-apis 4)."""
    many = ", ".join(f"c{number}@otra.example" for number in range(101))
    assert refusal(lambda: box.send(mail(many)))[:2] == (400, "invalidArgument")
    assert box.find("in:sent") == []
    box.emulator.local("PUT", "behaviour", {"most_recipients": 500})
    assert box.send(mail(many))["labelIds"] == ["SENT"]


def test_mail_above_the_limit_is_413(emulator: Emulator) -> None:
    """36,700,160 bytes are the most that is sent (google-apis 4)."""
    data = b"To: " + CLIENT.encode() + b"\r\n\r\n" + b"x" * 36_700_160
    path = "/upload/gmail/v1/users/me/messages/send?uploadType=media"
    answer = emulator.raw("POST", path, READER, data=data, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code == 413
    assert Mailbox(emulator).find("in:sent") == []


@pytest.mark.parametrize("path", ["/batch", "/batch/gmail/v1", "/batch/drive/v3"])
def test_every_batch_path_takes_calls_of_gmail(emulator: Emulator, path: str) -> None:
    """The inner path decides which API is meant (google-apis 4)."""
    part = f"--b\r\nContent-Type: application/http\r\nContent-ID: <u + 1>\r\n\r\nGET {BASE}profile HTTP/1.1\r\n\r\n\r\n--b--"
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = emulator.raw("POST", path, READER, data=part.encode(), headers=headers)
    assert answer.status_code == 200
    assert READER in answer.text


def test_batch_of_mails_sends_each(emulator: Emulator) -> None:
    """Google's client puts Gmail's calls into one batch, and each succeeds or fails by itself (google-apis 4)."""
    client = emulator.service("gmail", "v1", WRITER)
    got: dict[str, object] = {}
    batch = client.new_batch_http_request(callback=lambda key, answer, error: got.update({key: error or answer}))
    batch.add(client.users().labels().create(userId="me", body={"name": "Una"}), request_id="good")
    batch.add(client.users().messages().get(userId="me", id="18c0000000000000"), request_id="bad")
    batch.execute()
    assert got["good"]["name"] == "Una"  # type: ignore[index]
    assert got["bad"].status_code == 404  # type: ignore[attr-defined]
