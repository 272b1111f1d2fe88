"""What is remembered of a form, its responses and its watches, and how Google shows them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from emulator.kernel import Json, Table, World

FORMS = "forms.forms"
RESPONSES = "forms.responses"
WATCHES = "forms.watches"
MIME_TYPE = "application/vnd.google-apps.form"

ITEM_KINDS = ("questionItem", "questionGroupItem", "pageBreakItem", "textItem", "imageItem", "videoItem")
QUESTION_KINDS = (
    "choiceQuestion",
    "textQuestion",
    "scaleQuestion",
    "ratingQuestion",
    "dateQuestion",
    "timeQuestion",
    "rowQuestion",
    "fileUploadQuestion",
)
_UNSPECIFIED = (
    "ALIGNMENT_UNSPECIFIED",
    "CHOICE_TYPE_UNSPECIFIED",
    "GO_TO_ACTION_UNSPECIFIED",
    "RATING_ICON_TYPE_UNSPECIFIED",
)


@dataclass
class Form:
    """A form. `items` are kept in Google's own JSON, proto3 defaults left out; the name in Drive is the file's."""

    form_id: str
    public_id: str
    title: str
    description: str = ""
    items: list[Json] = field(default_factory=list)
    email_collection: str = "VERIFIED"
    is_quiz: bool = False
    published: bool = False
    accepting: bool = False
    revision: int = 1
    # A form from before publish settings: it has none, and takes none.
    legacy: bool = False
    # (revision, when a later one replaced it, item ids in order) of what `targetRevisionId` may still name.
    earlier: list[tuple[int, datetime, tuple[str, ...]]] = field(default_factory=list)
    upload_folder_id: str = ""

    @property
    def revision_id(self) -> str:
        """The opaque revision as it goes over the wire."""
        return f"{self.revision:08x}"

    @property
    def responder_uri(self) -> str:
        """Where people answer."""
        return f"https://docs.google.com/forms/d/e/{self.public_id}/viewform"


@dataclass
class Response:
    """One submitted answer sheet. `answers` is keyed by question id, in Google's JSON; times are UTC."""

    response_id: str
    form_id: str
    create_time: datetime
    last_submitted_time: datetime
    email: str
    answers: Json
    respondent: str = ""
    total_score: float = 0


@dataclass
class Watch:
    """Somebody wants to hear of a form's responses or of its changes, for seven days."""

    watch_id: str
    form_id: str
    creator: str
    event_type: str
    topic: str
    create_time: datetime
    expire_time: datetime
    error_type: str = ""
    last_notified: datetime | None = None
    pending_at: datetime | None = None


def forms(world: World) -> Table[Form]:
    """All forms by form id."""
    return world.table(FORMS)


def responses(world: World) -> Table[Response]:
    """All responses by response id."""
    return world.table(RESPONSES)


def watches(world: World) -> Table[Watch]:
    """All watches by `formId/watchId`."""
    return world.table(WATCHES)


def new_public_id(world: World) -> str:
    """The id in the address that responders get, which is not the form id."""
    return world.new_id("1FAIpQLS", 56)


def new_hex_id(taken: set[str]) -> str:
    """A fresh item or question id: 31 bits in hex, as the pages for responders need it in decimal."""
    while True:
        fresh = f"{secrets.randbits(31):08x}"
        if fresh not in taken:
            return fresh


def without_defaults(value: object) -> object:
    """A copy without proto3 defaults (false, 0, empty texts and lists, unspecified enums), which Google leaves out of answers."""
    if isinstance(value, dict):
        kept = {key: without_defaults(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if isinstance(inner, dict) or (inner and inner not in _UNSPECIFIED)}
    if isinstance(value, list):
        return [without_defaults(inner) for inner in value]
    return value


_ORDER = (
    "itemId", "title", "description", "questionId", "required", "contentUri", "altText", "properties", "type", "value", "questions", "grid",
    "columns", "options", "isOther",
)  # fmt: skip
_LATE = ("shuffle", "image", "grading", "shuffleQuestions")


def ordered(value: object) -> object:
    """A copy with its members in the order of Google's answers."""
    if isinstance(value, list):
        return [ordered(inner) for inner in value]
    if not isinstance(value, dict):
        return value

    def place(name: str) -> int:
        return _ORDER.index(name) - len(_ORDER) if name in _ORDER else 1 + (name in _LATE)

    return {name: ordered(value[name]) for name in sorted(value, key=place)}


def questions_of(item: Json) -> list[Json]:
    """The questions that an item poses: one, one a row of a grid, or none."""
    if "questionItem" in item:
        return [item["questionItem"].get("question", {})]
    return list(item.get("questionGroupItem", {}).get("questions", []))


def all_questions(form: Form) -> Iterator[tuple[Json, Json]]:
    """Every (item, question) of a form in its order."""
    for item in form.items:
        for question in questions_of(item):
            yield item, question


def form_json(form: Form, document_title: str) -> Json:
    """The form as `forms.get` shows it. A form from before publish settings has no such member."""
    info: Json = {"title": form.title, "description": form.description, "documentTitle": document_title}
    settings: Json = {"quizSettings": {"isQuiz": True}} if form.is_quiz else {}
    settings["emailCollectionType"] = form.email_collection
    shown: Json = {
        "formId": form.form_id,
        "info": without_defaults(info),
        "settings": settings,
        "revisionId": form.revision_id,
        "responderUri": form.responder_uri,
    }
    if form.items:
        shown["items"] = ordered(form.items)
    if not form.legacy:
        shown["publishSettings"] = publish_json(form)
    return shown


def publish_json(form: Form) -> Json:
    """The publish settings, false left out."""
    state: Json = {"isPublished": form.published, "isAcceptingResponses": form.accepting}
    return {"publishState": without_defaults(state)}
