"""The table of Eva, `process/eva.yaml`, as typed values: what she understands, asks and says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from expediente.tables import keyed, typed

COMMANDS = ("menu", "back", "cancel", "skip", "yes", "no")
FIELD_KINDS = ("text", "amount", "date", "choice", "email", "phone", "point", "code")
SIGNED_IN, VISITOR, ANYBODY = "signed_in", "visitor", "anybody"


@dataclass(frozen=True)
class EvaLimits:
    """How much is taken. misses: times in a row that nothing was understood; *_an_hour: of all visitors, of the codes of one client."""

    message_letters: int
    turns: int
    misses: int
    visitors_an_hour: int
    codes_an_hour: int
    code_minutes: int
    code_tries: int
    visitor_minutes: int


@dataclass(frozen=True)
class Understanding:
    """How errors of writing are forgiven. margin: lead over the second best in hundredths of a word, phrase_margin: in points of 100."""

    one_typo_from: int
    two_typos_from: int
    phrase_score: int
    margin: int
    phrase_margin: int


@dataclass(frozen=True)
class AskedField:
    """One thing that a request asks. kind: of `FIELD_KINDS`; choices: key -> label; must: the only choice with which it goes on.

    from_text: it may stand in the first message; shown: it is named again before sending. error: '' = the one of its kind.
    """

    key: str
    label: str
    kind: str
    asks: str
    help: str = ""
    error: str = ""
    required: bool = True
    max_letters: int = 200
    choices: dict[str, str] = field(default_factory=dict)
    must: str = ""
    from_text: bool = False
    shown: bool = True


@dataclass(frozen=True)
class Intent:
    """What somebody may want of Eva. needs: `SIGNED_IN`, `VISITOR` or `ANYBODY`; does: name of the code that answers.

    words: groups of words, all of a group must be there in any order, `*` = begins so; weak: any other intent goes before it; strong: it
    goes before any other. own: it tells of an account. case: key of cases.yaml; path, links: pages of the portal.
    document: key of an issued document.
    """

    key: str
    label: str
    needs: str
    does: str
    replies: dict[str, str]
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    fields: tuple[AskedField, ...] = ()
    visitor_fields: tuple[AskedField, ...] = ()
    buttons: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)
    case: str = ""
    document: str = ""
    path: str = ""
    path_label: str = ""
    confirm: bool = False
    listed: bool = True
    weak: bool = False
    strong: bool = False
    own: bool = False

    def allows(self, *, entered: bool) -> bool:
        """Whether it is offered to somebody who has entered, or has not."""
        return self.needs == ANYBODY or (self.needs == SIGNED_IN) == entered


@dataclass(frozen=True)
class MenuGroup:
    """Intents that stand together in the menu."""

    key: str
    label: str
    intents: tuple[str, ...]


@dataclass(frozen=True)
class VisitorRule:
    """Who is told of a visitor, by which mail, and until when an answer is due."""

    deadline: str
    mail: str


@dataclass(frozen=True)
class ProspectForm:
    """What is filled into a form for sales. questions: key of a question -> field of the registration."""

    form: str
    questions: dict[str, str]


@dataclass(frozen=True)
class Rating:
    """What is asked of whoever was answered by Eva alone. scores: '1' to '5' -> button."""

    question: str
    scores: dict[str, str]
    thanks: str


@dataclass(frozen=True)
class EvaRules:
    """The whole table. filler: words that do not say what it is about; aliases: a way of writing -> the words that it stands for.

    turns: who speaks, by `Turn.who`.
    """

    name: str
    limits: EvaLimits
    understanding: Understanding
    filler: str
    aliases: dict[str, str]
    commands: dict[str, tuple[str, ...]]
    menu: tuple[MenuGroup, ...]
    texts: dict[str, str]
    rating: Rating
    buttons: dict[str, str]
    errors: dict[str, str]
    intents: dict[str, Intent]
    turns: dict[str, str]
    prospect_form: ProspectForm
    visitors: dict[str, VisitorRule]

    def offered(self, *, entered: bool) -> tuple[MenuGroup, ...]:
        """The menu as somebody sees it: groups without what is not for them."""
        groups = []
        for group in self.menu:
            kept = tuple(key for key in group.intents if self.intents[key].allows(entered=entered))
            if kept:
                groups.append(MenuGroup(group.key, group.label, kept))
        return tuple(groups)


def eva_rules_of(table: dict[str, Any]) -> EvaRules:
    """The typed table. :raises ConfigurationError: a block has not the expected shape."""
    plain = {**table, "menu": [], "intents": {}}
    rules = typed(plain, EvaRules, "eva.yaml")
    intents = {key: _intent(key, body) for key, body in table["intents"].items()}
    return EvaRules(**{**rules.__dict__, "menu": keyed(table["menu"], MenuGroup, "eva.yaml, menu"), "intents": intents})


def _intent(key: str, body: dict[str, Any]) -> Intent:
    where = f"eva.yaml, {key}"
    asked = {name: keyed(body.get(name, {}), AskedField, f"{where}, {name}") for name in ("fields", "visitor_fields")}
    plain = {**{name: value for name, value in body.items() if name not in asked}, "key": key}
    intent = typed(plain, Intent, where)
    return Intent(**{**intent.__dict__, **asked})
