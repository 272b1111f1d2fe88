"""The search language of Gmail, against a model that knows nothing of mail, and operator by operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from emulator.gmail import rfc822, search
from emulator.gmail.model import Message
from tests.conformance.gmail_kit import CLIENT, READER, WRITER, Emulator, Mailbox, mail, raw

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
WORDS = ["cedula", "hoja", "control", "aviso", "manana"]
WRITTEN = {"cedula": "Cédula", "manana": "MAÑANA"}
PEOPLE = ["ana", "beto", "eva"]
LABELS = ["INBOX", "UNREAD", "STARRED", "SENT", "Label_1"]
NAMES = {"Label_1": "Por hacer/Hoy"}
FILES = ["", "pdf", "docx"]


@dataclass(frozen=True)
class Note:
    """A mail as the model sees it: plain words, no MIME."""

    sender: str
    to: tuple[str, ...]
    subject: tuple[str, ...]
    text: tuple[str, ...]
    file: str
    labels: frozenset[str]
    age_days: int

    @property
    def words(self) -> list[str]:
        """Everything that a bare word is looked for in, in its order; a gap keeps phrases within one field."""
        gap = [""]
        named = [self.sender, "x", "example"] + [part for name in self.to for part in (name, "x", "example")]
        return list(self.subject) + gap + named + gap + list(self.text) + gap + (["papel", self.file] if self.file else [])

    def message(self) -> Message:
        """The same as a mail in a mailbox."""
        made = EmailMessage()
        made["Subject"] = " ".join(WRITTEN.get(word, word) for word in self.subject)
        made["From"] = f"{self.sender}@x.example"
        made["To"] = ", ".join(f"{name}@x.example" for name in self.to)
        made.set_content(" ".join(WRITTEN.get(word, word) for word in self.text))
        if self.file:
            made.add_attachment(b"%", maintype="application", subtype="pdf", filename=f"papel.{self.file}")
        born = int((NOW - timedelta(days=self.age_days, hours=1)).timestamp() * 1000)
        return Message("1", "1", sorted(self.labels), rfc822.crlf(made.as_bytes()), born, 1, frozenset(), "")


Model = Callable[[Note], bool]
Term = tuple[str, Model]


def _follow(words: list[str], phrase: list[str]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words)))


def _word(word: str) -> Term:
    return word, lambda note: word in note.words


def _phrase(words: list[str]) -> Term:
    return '"' + " ".join(words) + '"', lambda note: _follow(note.words, words)


def _subject(words: list[str]) -> Term:
    return f"subject:({' '.join(words)})", lambda note: set(words) <= set(note.subject)


def _label(label: str) -> Term:
    text = {
        "INBOX": "in:inbox",
        "UNREAD": "is:unread",
        "STARRED": "is:starred",
        "SENT": "in:sent",
        "Label_1": "label:por-hacer-hoy",
    }
    return text[label], lambda note: label in note.labels


def _age(days: int) -> Term:
    return f"older_than:{days}d", lambda note: note.age_days >= days


def _not(term: Term) -> Term:
    text, model = term
    return (
        f"-{text}" if text[0] in '"{(' or (" " not in text and text[0] != "-") else f"-({text})"
    ), lambda note: not model(note)


def _all(terms: list[Term]) -> Term:
    return "(" + " ".join(text for text, _ in terms) + ")", lambda note: all(model(note) for _, model in terms)


def _any(terms: list[Term]) -> Term:
    return "{" + " ".join(text for text, _ in terms) + "}", lambda note: any(model(note) for _, model in terms)


def _or(terms: list[Term]) -> Term:
    return "(" + " OR ".join(text for text, _ in terms) + ")", lambda note: any(model(note) for _, model in terms)


words = some.sampled_from(WORDS)
names = some.sampled_from(PEOPLE)
notes = some.builds(
    Note,
    names,
    some.lists(names, min_size=1, max_size=2, unique=True).map(tuple),
    some.lists(words, max_size=3).map(tuple),
    some.lists(words, max_size=4).map(tuple),
    some.sampled_from(FILES),
    some.frozensets(some.sampled_from(LABELS)),
    some.integers(0, 6),
)
terms = some.recursive(
    some.one_of(
        words.map(_word),
        some.lists(words, min_size=1, max_size=2).map(_phrase),
        some.lists(words, min_size=1, max_size=2).map(_subject),
        names.map(lambda name: (f"from:{name}", lambda note: note.sender == name)),
        names.map(lambda name: (f"to:{name}@x.example", lambda note: name in note.to)),
        some.sampled_from(LABELS).map(_label),
        some.integers(0, 5).map(_age),
        some.just(("has:attachment", lambda note: bool(note.file))),
        some.just(("filename:pdf", lambda note: note.file == "pdf")),
        some.just(("is:read", lambda note: "UNREAD" not in note.labels)),
    ),
    lambda inner: some.one_of(
        inner.map(_not),
        *(some.lists(inner, min_size=1, max_size=3).map(join) for join in (_all, _any, _or)),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(some.lists(terms, min_size=1, max_size=3), notes)
def test_search_agrees_with_a_simple_model(searched: list[Term], note: Note) -> None:
    """Any nest of words, phrases, operators, `-`, brackets, braces and OR finds what the model finds."""
    text = " ".join(text for text, _ in searched)
    reader = search.Reader(NAMES, frozenset(), NOW)
    assert search.compile_query(text).matches(note.message(), reader) == all(model(note) for _, model in searched), text


@pytest.fixture
def box(emulator: Emulator) -> Mailbox:
    """The reader's mailbox."""
    return Mailbox(emulator)


def insert(box: Mailbox, message: EmailMessage | bytes, labels: tuple[str, ...] = ("INBOX",), **query: Any) -> str:
    """Put a mail into the mailbox."""
    body = raw(message) | {"labelIds": list(labels)}
    return str(box.users.messages().insert(userId="me", body=body, **query).execute()["id"])


def test_people_are_told_apart_by_header(box: Mailbox) -> None:
    """from, to, cc, bcc, deliveredto and list look at their own header; to holds Cc and Bcc too; me is the account."""
    own = insert(box, mail(CLIENT, From=READER, Cc="cc@otra.example", Bcc="bcc@otra.example"))
    other = insert(box, mail(READER, From=CLIENT, List_Id="Avisos <avisos.otra.example>", Delivered_To="buzon@otra.example"))
    assert box.find("from:me") == [own]
    assert box.find("to:me") == [other]
    assert box.find("to:cc@otra.example") == box.find("cc:cc") == box.find("bcc:bcc@otra.example") == [own]
    assert box.find("bcc:cc@otra.example") == []
    assert box.find("list:avisos.otra.example") == box.find("deliveredto:buzon@otra.example") == [other]


def test_dates_begin_at_midnight_in_california(box: Mailbox) -> None:
    """after: includes its day, before: does not; epoch seconds are exact; both ways of writing a day are read."""
    moment = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)  # midnight in Los Angeles
    one = insert(box, mail(Date=format_datetime(moment)), internalDateSource="dateHeader")
    found = {q: box.find(q) == [one] for q in (
        "after:2026/03/04", "after:2026/03/05", "before:2026/03/04", "before:2026-03-05", "newer:03/04/2026", "older:2026/3/5",
        f"after:{int(moment.timestamp())}", f"before:{int(moment.timestamp())}",
    )}  # fmt: skip
    assert list(found.values()) == [True, False, False, True, True, True, True, False]


def test_size_category_and_place(box: Mailbox) -> None:
    """larger, smaller, category, in:archive, has:userlabels and links into Drive."""
    big = insert(box, mail(text="x " * 3000), ("CATEGORY_UPDATES",))
    label = box.users.labels().create(userId="me", body={"name": "Propia"}).execute()["id"]
    small = insert(box, mail(text="https://docs.google.com/spreadsheets/d/1/edit"), ("INBOX", label))
    assert box.find("larger:5K") == box.find("size:5000") == box.find("category:updates") == box.find("in:archive") == [big]
    assert box.find("smaller:1M -larger:5000") == box.find("has:userlabels") == box.find("has:spreadsheet") == [small]
    assert box.find("has:nouserlabels") == box.find("-has:drive") == [big]


def test_message_is_found_by_its_own_id_alone(box: Mailbox) -> None:
    """rfc822msgid takes the id with and without brackets, exactly."""
    one = insert(box, mail(Message_ID="<Uno@otra.example>"))
    assert box.find("rfc822msgid:Uno@otra.example") == box.find("rfc822msgid:<Uno@otra.example>") == [one]
    assert box.find("rfc822msgid:uno@otra.example") == []


def test_around_is_a_word(box: Mailbox) -> None:
    """AROUND is not understood: the words are looked for, and so is AROUND."""
    insert(box, mail(text="aviso y hoja"))
    assert box.find("aviso AROUND 5 hoja") == []


def test_metadata_scope_wins_over_wider_ones(emulator: Emulator) -> None:
    """A token with gmail.metadata may not search or read bodies even with gmail.readonly, unless the switch says otherwise (google-apis 4)."""
    Mailbox(emulator, WRITER).send(mail())
    both = Mailbox(emulator, READER, "gmail.metadata,gmail.readonly")
    refused = emulator.raw("GET", "/gmail/v1/users/me/messages?q=hola", READER, "gmail.metadata,gmail.readonly")
    assert refused.status_code == 403
    assert refused.json()["error"] == {
        "code": 403,
        "message": "Metadata scope does not support 'q' parameter",
        "errors": [{"message": "Metadata scope does not support 'q' parameter", "domain": "global", "reason": "forbidden"}],
        "status": "PERMISSION_DENIED",
    }
    emulator.local("PUT", "behaviour", {"metadata_scope_restricts": False})
    assert len(both.find("hola")) == 1
