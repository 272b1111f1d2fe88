"""The outbox of a sender, over SQLite and a mailbox in memory: each mail leaves once, doubts are settled by a look, leases hold.

Real mailboxes and every death between two calls are those of tests/crash.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from expediente import codec, outbox, returned_mail
from expediente.errors import ConflictError, DoubtfulError, GoogleError, NotFoundError, RefusedError, RetryLaterError
from expediente.google.gmail import FailureNotice
from expediente.model import OutgoingMail
from expediente.store import Create
from tests.unit import page_kit

SENDER = "notificaciones@blindados-demo.example.com"
WATCHED = "bienvenida_cliente"
DOUBT = DoubtfulError("gmail.users.drafts.send", 0, "broken")
LATER = RetryLaterError("gmail.users.drafts.send", 429, "userRateLimitExceeded", 90.0)


@dataclass
class Mailbox:
    """A Gmail that remembers. `before` and `after`: what the next call of a kind raises instead of, or after, its effect."""

    drafts: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    before: dict[str, list[GoogleError]] = field(default_factory=dict)
    after: dict[str, list[GoogleError]] = field(default_factory=dict)
    on_draft: Callable[[], None] = lambda: None
    returned: list[FailureNotice] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def _meet(self, kind: str, when: dict[str, list[GoogleError]]) -> None:
        if when.get(kind):
            raise when[kind].pop(0)

    def build(self, mail: OutgoingMail, from_name: str = "") -> bytes:
        """The mail's bytes are its id."""
        return mail.mail_id.encode()

    def create_draft(self, raw: bytes, thread_id: str | None = None) -> str:
        """Keep a draft."""
        self.on_draft()
        self._meet("draft", self.before)
        key = f"d{next(self._numbers)}"
        self.drafts[key] = raw.decode()
        self._meet("draft", self.after)
        return key

    def send_draft(self, draft_id: str) -> tuple[str, str]:
        """Send a draft, which then is gone."""
        self._meet("send", self.before)
        if draft_id not in self.drafts:
            raise NotFoundError("gmail.users.drafts.send", 404, "notFound")
        self.sent.append(self.drafts.pop(draft_id))
        self._meet("send", self.after)
        return f"m-{draft_id}", f"t-{draft_id}"

    def draft_exists(self, draft_id: str) -> bool:
        """Whether it is still there."""
        self._meet("look", self.before)
        return draft_id in self.drafts

    def failures_since(self, seen: str, since: datetime) -> tuple[str, list[FailureNotice]]:
        """What came back."""
        self._meet("inbox", self.before)
        return "newest", self.returned


@dataclass
class Post:
    """An application whose sender has this mailbox."""

    app: page_kit.PageApp
    mailbox: Mailbox

    def put(self, *names: str) -> None:
        """Queue mails."""
        for name in names:
            mail = OutgoingMail(
                mail_id=f"{page_kit.DOSSIER}/{name}",
                dossier_id=page_kit.DOSSIER,
                kind=name,
                sender=SENDER,
                to=("a@example.com",),
                subject="s",
                text="t",
                html="h",
                thread="x",
                created_at=page_kit.NOW,
                waiting_for=SENDER,
                next_try_at=self.app.clock.now(),
            )
            self.app.store.commit([Create("outbox", mail.mail_id, codec.to_data(mail))])

    def mail(self, name: str) -> OutgoingMail:
        """A mail as stored."""
        found = self.app.store.get("outbox", f"{page_kit.DOSSIER}/{name}")
        assert found is not None
        return codec.from_data(OutgoingMail, found.data)

    def drain(self, after_seconds: float = 0.0) -> None:
        """Time passes, then the mail door is called."""
        self.app.hand_clock.at += timedelta(seconds=after_seconds)
        outbox.drain(self.app, SENDER)

    @property
    def left(self) -> list[str]:
        """Names of the mails that have left, in that order."""
        return [mail_id.rpartition("/")[2] for mail_id in self.mailbox.sent]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """A sender with an empty outbox."""
    app, mailbox = page_kit.new_app(tmp_path, "http://127.0.0.1:9/keys"), Mailbox()
    app.__dict__["google"] = SimpleNamespace(gmail=lambda sender: mailbox, inbox=lambda sender: mailbox)
    return Post(app, mailbox)


def test_each_mail_leaves_once_and_says_so(post: Post) -> None:
    """Drafted, sent, recorded with Google's ids; a second drain does nothing."""
    post.put("uno", "dos", "tres")
    post.drain()
    post.drain(3600)
    assert sorted(post.left) == ["dos", "tres", "uno"]
    mail = post.mail("uno")
    assert (mail.state, mail.waiting_for, mail.send_attempts) == ("sent", None, 1)
    assert mail.message_id and mail.thread_id and mail.sent_at == page_kit.NOW


def test_more_than_a_batch_leaves_in_one_drain(post: Post) -> None:
    """What does not fit into one batch follows at once."""
    names = [f"n{number:02}" for number in range(outbox.BATCH * 2 + 5)]
    post.put(*names)
    post.drain()
    assert sorted(post.left) == names


def test_nothing_waiting_costs_no_commit(post: Post) -> None:
    """A call for an empty outbox takes no lease."""
    post.drain()
    assert post.app.store.get("cursor", f"sender/{SENDER}") is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_doubtful_sending_is_settled_by_looking_for_the_draft(post: Post, when: str) -> None:
    """Draft still there = not sent, so it is sent; draft gone = sent, so it is not sent again."""
    post.put("uno")
    getattr(post.mailbox, when)["send"] = [DOUBT]
    post.drain()
    assert post.mail("uno").waiting_for == SENDER
    post.drain(120)
    assert post.left == ["uno"]
    assert post.mail("uno").state == "sent"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_doubtful_draft_is_made_again_and_one_mail_leaves(post: Post, when: str) -> None:
    """A draft that nobody knows of may lie about; it is never sent."""
    post.put("uno")
    getattr(post.mailbox, when)["draft"] = [DOUBT]
    post.drain()
    post.drain(120)
    assert post.left == ["uno"]


def test_a_look_that_fails_leaves_the_doubt_for_the_next_time(post: Post) -> None:
    """While it cannot be seen whether the draft is there, nothing is sent."""
    post.put("uno")
    post.mailbox.after["send"], post.mailbox.before["look"] = [DOUBT], [DOUBT, LATER]
    for _ in range(4):
        post.drain(600)
    assert post.left == ["uno"] and post.mail("uno").state == "sent"


def test_a_watched_mail_whose_sending_was_in_doubt_is_looked_for_in_the_inbox(post: Post) -> None:
    """The notice came while its own sending was in doubt; an inbox that cannot be read fails nothing and is read a minute later."""
    post.put(WATCHED)
    post.mailbox.after["send"] = [DOUBT]
    post.drain()
    notice = FailureNotice("a@example.com", post.app.clock.now() + timedelta(seconds=5))
    post.mailbox.before["inbox"] = [LATER]
    post.mailbox.returned = [notice]
    post.drain(600)
    assert post.mail(WATCHED).state == "sent"
    post.drain(600)
    assert returned_mail.due(post.app, [SENDER], post.app.clock.now()) == [SENDER], "it could not be read"
    post.drain(60)
    (fact,) = post.app.store.query("inbox_of_dossier", equals=page_kit.DOSSIER)
    assert fact.data["payload"] == {"mail": WATCHED, "address": "a@example.com"}


def test_a_wait_that_google_asks_for_is_kept(post: Post) -> None:
    """Told to wait ninety seconds, the mail waits as long, and the others of the batch leave."""
    post.put("uno", "dos")
    post.mailbox.before["send"] = [LATER]
    post.drain()
    assert len(post.left) == 1
    post.drain(60)
    assert len(post.left) == 1
    post.drain(31)
    assert sorted(post.left) == ["dos", "uno"]


def test_a_draft_that_a_person_took_away_is_parked_and_never_sent_again(post: Post) -> None:
    """Our first attempt to send finds no draft: somebody has deleted or sent it by hand."""
    post.put("uno")
    post.mailbox.before["send"] = [NotFoundError("gmail.users.drafts.send", 404, "notFound")]
    post.drain()
    for _ in range(3):
        post.drain(3600)
    assert post.left == []
    assert (post.mail("uno").state, post.mail("uno").parked) == ("parked", "doubtful")


def test_what_google_will_never_take_is_parked_with_its_reason(post: Post) -> None:
    """An address that cannot be written to stops its own mail alone."""
    post.put("uno", "dos")
    post.mailbox.before["draft"] = [RefusedError("gmail.users.drafts.create", 400, "address")]
    post.drain()
    parked = next(post.mail(name) for name in ("uno", "dos") if post.mail(name).state == "parked")
    assert parked.parked == "address" and len(post.left) == 1


@pytest.mark.parametrize("kind", ["draft", "send"])
def test_a_mail_that_never_succeeds_is_parked_in_the_end(post: Post, kind: str) -> None:
    """Nothing is tried for ever: after some attempts a person has to look."""
    post.put("uno")
    post.mailbox.before[kind] = [DOUBT] * 1000
    for _ in range(30):
        post.drain(10_800)
    assert post.mail("uno").state == "parked"


def test_a_second_drain_at_the_same_time_goes_away(post: Post) -> None:
    """While one drain works, another finds the lease taken and sends nothing."""
    post.put("uno")
    depth = [0]

    def while_drafting() -> None:
        depth[0] += 1
        assert depth[0] == 1
        outbox.drain(post.app, SENDER)

    post.mailbox.on_draft = while_drafting
    post.drain()
    assert post.left == ["uno"]


def test_what_was_queued_while_a_drain_worked_leaves_with_it(post: Post) -> None:
    """The call for the new mail found the lease taken and went away: the drain looks once more before it ends."""
    post.put("uno")
    added: list[str] = []

    def while_drafting() -> None:
        if not added:
            added.append("dos")
            post.put("dos")
            outbox.drain(post.app, SENDER)

    post.mailbox.on_draft = while_drafting
    post.drain()
    assert sorted(post.left) == ["dos", "uno"]


def test_the_lease_of_a_dead_drain_runs_out(post: Post) -> None:
    """Nobody gave it back: the next drain waits until it is over, then settles what was left."""
    post.put("uno")
    dead = outbox._take_lease(post.app, SENDER)
    assert dead is not None
    post.drain()
    assert post.left == []
    post.drain(outbox.LEASE_SECONDS + 1)
    assert post.left == ["uno"]


def test_a_drain_that_lost_its_lease_does_not_give_back_that_of_another(post: Post) -> None:
    """What it would release is no longer its own."""
    slow = outbox._take_lease(post.app, SENDER)
    assert slow is not None
    post.app.hand_clock.at += timedelta(seconds=outbox.LEASE_SECONDS + 1)
    other = outbox._take_lease(post.app, SENDER)
    assert other is not None
    slow.release()
    assert outbox._take_lease(post.app, SENDER) is None


def test_a_mail_that_changed_under_a_drain_is_not_sent_by_it(post: Post) -> None:
    """Whoever writes first wins: the drain that read an older state stops before it sends."""
    post.put("uno")
    from expediente.store import Update

    def while_drafting() -> None:
        found = post.app.store.get("outbox", f"{page_kit.DOSSIER}/uno")
        assert found is not None
        changed = codec.to_data(replace(post.mail("uno"), subject="another"))
        post.app.store.commit([Update("outbox", found.key, changed, found.version)])

    post.mailbox.on_draft = while_drafting
    with pytest.raises(ConflictError):
        post.drain()
    assert post.left == []
