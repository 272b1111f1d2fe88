"""What is remembered of a mailbox: its messages, labels, drafts and history."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from emulator.kernel import Json, Table, World

BOXES = "gmail.boxes"

SYSTEM_LABELS = (
    "CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "CATEGORY_FORUMS", "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL", "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL", "YELLOW_STAR", "STARRED", "UNREAD",
)  # fmt: skip
HIDDEN = frozenset({"TRASH", "SPAM"})
FIRST_HISTORY_ID = 1000


@dataclass
class Message:
    """One mail in one mailbox. `references` holds every Message-ID it names or bears; `subject_key` is without Re:."""

    id: str
    thread_id: str
    labels: list[str]
    raw: bytes
    internal_date_ms: int
    history_id: int
    references: frozenset[str]
    subject_key: str

    @property
    def short(self) -> Json:
        """The message as lists show it."""
        return {"id": self.id, "threadId": self.thread_id}

    @property
    def brief(self) -> Json:
        """The message as sending and labelling answer it: one without labels has no member for them."""
        return self.short | ({"labelIds": list(self.labels)} if self.labels else {})


@dataclass
class Label:
    """A label that a person made."""

    id: str
    name: str
    extras: Json = field(default_factory=dict)


@dataclass
class Alias:
    """An address that the account may send as; its own is one. `server`: the outbound relay without its password."""

    address: str
    display_name: str = ""
    accepted: bool = True
    reply_to: str = ""
    signature: str = ""
    treat_as_alias: bool = False
    server: Json = field(default_factory=dict)


@dataclass
class MailWatch:
    """Where to tell of changes of the mailbox, until when, and of which labels."""

    topic: str
    expires: datetime
    label_ids: list[str]
    exclude: bool


@dataclass
class Settings:
    """What an account has set up. The dictionaries are resources of the API, as they are answered.

    forwarding: address -> verification status. answered: sender -> when the vacation responder last wrote there.
    """

    filters: dict[str, Json] = field(default_factory=dict)
    forwarding: dict[str, str] = field(default_factory=dict)
    delegates: list[str] = field(default_factory=list)
    auto_forwarding: Json = field(default_factory=lambda: {"enabled": False})
    vacation: Json = field(default_factory=lambda: {"enableAutoReply": False})
    answered: dict[str, datetime] = field(default_factory=dict)
    imap: Json = field(default_factory=lambda: {"enabled": True, "autoExpunge": True, "expungeBehavior": "archive"})
    pop: Json = field(default_factory=lambda: {"accessWindow": "disabled", "disposition": "leaveInInbox"})
    language: Json = field(default_factory=lambda: {"displayLanguage": "es-419"})


@dataclass
class Box:
    """A mailbox. `drafts` maps draft id to message id; `history_id` is that of the last change.

    aliases: send-as addresses by address; the own one is there once it was changed. default_alias "": the own one.
    """

    address: str
    history_id: int = FIRST_HISTORY_ID
    drafts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    default_alias: str = ""
    watch: MailWatch | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Change:
    """One line of a mailbox's history. `kind`: messagesAdded, messagesDeleted, labelsAdded or labelsRemoved."""

    history_id: int
    kind: str
    message_id: str
    thread_id: str
    labels_after: tuple[str, ...]
    at: datetime
    changed: tuple[str, ...] = ()


def boxes(world: World) -> Table[Box]:
    """All mailboxes by address in lower case."""
    return world.table(BOXES)


def messages(world: World, box: Box) -> Table[Message]:
    """The messages of one mailbox by id."""
    return world.table(f"gmail.messages:{box.address}")


def changes(world: World, box: Box) -> Table[Change]:
    """The history of one mailbox by zero-padded history id."""
    return world.table(f"gmail.history:{box.address}")


def new_message_id(now: datetime) -> str:
    """Sixteen hex digits, the first eleven the time, as Gmail's are."""
    return f"{int(now.timestamp() * 1000):011x}{secrets.randbits(20):05x}"


def new_draft_id() -> str:
    """A draft id: `r` and a signed 64-bit number."""
    return f"r{secrets.choice(('', '-'))}{secrets.randbits(63)}"
