"""What Eva understands of a text: accents and case folded, words in any order, typing errors forgiven. Pure; any text is taken.

A group of words of `eva.yaml` speaks for its intent when each of its words is in the text; more words weigh more. Where no group
speaks, whole phrases are compared. Without a clear lead over the second best nothing is guessed: the nearest ones are named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from expediente import likeness, quantities
from expediente.eva_rules import EvaRules
from expediente.texts import clean_text, fold_name

_EXACT, _CLOSE = 100, 90
_MORE_GROUPS, _MOST_MORE = 5, 20
_MOST_TOKENS = 80
_MOST_NEAR = 3
_INVOICE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,4})[- ]?([0-9]{4,12})(?![A-Za-z0-9])")
_AMOUNT = re.compile(r"(?:B/?\.?|PAB|USD|US\$|\$)?\s?-?[0-9][0-9,]*(?:\.[0-9]+)?", re.IGNORECASE)
_MARKED = re.compile(r"B/\.?|PAB|USD|\$", re.IGNORECASE)
_DATE = re.compile(r"(?<![0-9])(?:[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?![0-9])")
_RUC = re.compile(r"[0-9]{1,9}-[0-9]{1,4}-[0-9]{1,6}|[0-9]{1,2}-NT-[0-9]{1,3}-[0-9]{1,7}", re.IGNORECASE)


@dataclass(frozen=True)
class Understood:
    """What a text asks for. intent: '' = not understood; near: intents that come close, best first, when there is no clear lead."""

    intent: str
    near: tuple[str, ...] = ()
    score: int = 0


@dataclass(frozen=True)
class _Word:
    text: str
    begins: bool


@dataclass(frozen=True)
class _Known:
    groups: dict[str, tuple[tuple[_Word, ...], ...]]
    phrases: tuple[tuple[str, str], ...]
    filler: frozenset[str]
    aliases: dict[str, tuple[str, ...]]
    vocabulary: frozenset[str]


def tokens(rules: EvaRules, text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: folded, with abbreviations written out; at most eighty of them."""
    known = _known(rules.name, _Key(rules))
    found: list[str] = []
    for word in fold_name(text[: rules.limits.message_letters * 2]).split()[:_MOST_TOKENS]:
        found += known.aliases.get(word, (word,))
    return tuple(dict.fromkeys(found))


def understand(rules: EvaRules, text: str, *, entered: bool) -> Understood:
    """The intent of a text, among all: one that the person may not have is understood too, so that it can be told what to do.

    :param entered: of two equally near ones that which is for this person goes first.
    """
    said = tokens(rules, text)
    if not said:
        return Understood("")
    known = _known(rules.name, _Key(rules))
    scores = {key: _score(rules, known, groups, said) for key, groups in known.groups.items()}
    found = _leading(rules, scores, rules.understanding.margin, entered=entered)
    if found.intent or found.near:
        return found
    folded = " ".join(said)
    alike: dict[str, int] = {}
    for key, phrase in known.phrases:
        alike[key] = max(alike.get(key, 0), likeness.sentences(folded, phrase))
    kept = {key: score for key, score in alike.items() if score >= rules.understanding.phrase_score}
    return _leading(rules, kept, rules.understanding.phrase_margin, entered=entered)


def _leading(rules: EvaRules, scores: dict[str, int], margin: int, *, entered: bool) -> Understood:
    real = {key: score for key, score in scores.items() if score > 0}
    if any(not rules.intents[key].weak for key in real):
        real = {key: score for key, score in real.items() if not rules.intents[key].weak}
    order = sorted(real, key=lambda key: (-real[key], not rules.intents[key].allows(entered=entered), key))
    if not order:
        return Understood("")
    best, second = order[0], real[order[1]] if len(order) > 1 else 0
    if rules.intents[best].strong or real[best] - second >= margin:
        return Understood(best, score=real[best])
    close = [key for key in order if real[best] - real[key] < margin]
    allowed = [key for key in close if rules.intents[key].allows(entered=entered)]
    if len(allowed) == 1:
        return Understood(allowed[0], score=real[allowed[0]])
    return Understood("", tuple(allowed or close)[:_MOST_NEAR], real[best])


def _score(rules: EvaRules, known: _Known, groups: tuple[tuple[_Word, ...], ...], said: tuple[str, ...]) -> int:
    """The best group's weight and a little for each further one; 0 = none of them is in the text."""
    weights = [weight for group in groups if (weight := _weight(rules, known, group, said))]
    return max(weights) + min(_MOST_MORE, _MORE_GROUPS * (len(weights) - 1)) if weights else 0


def _weight(rules: EvaRules, known: _Known, group: tuple[_Word, ...], said: tuple[str, ...]) -> int:
    total = 0
    for word in group:
        best = max((_fits(rules, known, word, token) for token in said), default=0)
        if not best:
            return 0
        # A filler word in a group tells its intent from a neighbour's, and says little by itself.
        total += best // 2 if word.text in known.filler else best
    return total


def _fits(rules: EvaRules, known: _Known, word: _Word, token: str) -> int:
    if token == word.text or (word.begins and token.startswith(word.text)):
        return _EXACT
    if token in known.filler or token in known.vocabulary or token.isdigit():
        return 0
    rule, length = rules.understanding, len(word.text)
    allowed = 2 if length >= rule.two_typos_from else 1 if length >= rule.one_typo_from else 0
    if not allowed or len(token) < rule.one_typo_from - 1:
        return 0
    ends = {len(token)} if not word.begins else {length - 1, length, length + 1}
    near = min(likeness.typos(word.text, token[:end], allowed) for end in ends)
    return _CLOSE if near <= allowed else 0


class _Key:
    """The rules as a key of the cache: the same object is the same table."""

    def __init__(self, rules: EvaRules) -> None:
        self.rules = rules

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.rules is self.rules


@lru_cache(maxsize=4)
def _known(name: str, key: _Key) -> _Known:
    """The words of the table, folded once."""
    rules = key.rules
    aliases = {fold_name(alias): tuple(fold_name(words).split()) for alias, words in rules.aliases.items()}
    groups = {intent.key: tuple(_group(text) for text in intent.words) for intent in rules.intents.values()}
    phrases = tuple((one.key, fold_name(phrase)) for one in rules.intents.values() for phrase in one.phrases)
    words = {word.text for found in groups.values() for group in found for word in group if not word.begins}
    said = {word for _, phrase in phrases for word in phrase.split()}
    return _Known(groups, phrases, frozenset(fold_name(rules.filler).split()), aliases, frozenset(words | said))


def _group(text: str) -> tuple[_Word, ...]:
    return tuple(_Word(fold_name(word), word.endswith("*")) for word in text.split())


# --- what else stands in a text ------------------------------------------------------------------------------------------------


def command(rules: EvaRules, text: str) -> str:
    """The command that a text is as a whole (`menu`, `back`, `cancel`, `skip`, `yes`, `no`), or ''."""
    said = fold_name(text[:80])
    return next((name for name, texts in rules.commands.items() if said in {fold_name(one) for one in texts}), "")


def amounts(text: str) -> tuple[Decimal, ...]:
    """The amounts of a text, those with a currency sign first: `el cupo a B/. 9,500` -> 9500. Numbers of invoices and dates are none."""
    plain = _RUC.sub(" ", _INVOICE.sub(_without_number, _DATE.sub(" ", clean_text(text))))
    found = [(not _MARKED.match(match[0]), quantities.amount(match[0].rstrip(",."))) for match in _AMOUNT.finditer(plain)]
    return tuple(value for _, value in sorted(found, key=lambda one: one[0]) if value is not None)


def _without_number(match: re.Match[str]) -> str:
    """Nothing in place of an invoice's number; a word before an amount, as in `a 1250.00`, is no series."""
    return match[0] if match[1].lower() in _NOT_A_SERIES else " "


def invoice_numbers(text: str) -> tuple[str, ...]:
    """What look like numbers of invoices, as `FE-0000152`; letters before digits, with a dash, a blank or nothing between."""
    return tuple(
        f"{match[1].upper()}-{match[2]}" for match in _INVOICE.finditer(clean_text(text)) if match[1].lower() not in _NOT_A_SERIES
    )


_NOT_A_SERIES = frozenset(
    ("de", "del", "la", "el", "los", "por", "en", "a", "al", "un", "con", "son", "y", "o", "mes", "usd", "pab", "b")
)


def dates(text: str) -> tuple[str, ...]:
    """What look like dates, as they were written: `15/07/2027`, `2027-07-15`."""
    return tuple(match[0] for match in _DATE.finditer(clean_text(text)) if quantities.day(match[0]))


def speaks_of_another(rules: EvaRules, text: str, own: tuple[str, ...]) -> bool:
    """Whether a text asks for somebody else's account: after `de`, `del` or `para` come words that are neither Eva's nor the client's.

    It only decides what is said: whose account is told never comes from the text. own: names and numbers of the client itself.
    """
    known = _known(rules.name, _Key(rules))
    mine = {word for name in own for word in fold_name(name).split()}
    numbers = {fold_name(match[0]) for match in _RUC.finditer(clean_text(text))}
    if numbers - {fold_name(name) for name in own}:
        return True
    after = False
    for word in fold_name(text[: rules.limits.message_letters]).split():
        if word in _OF:
            after = True
        elif after and _is_strange(rules, known, word, mine):
            return True
        elif word not in known.filler:
            after = False
    return False


_OF = frozenset(("de", "del", "cliente", "empresa", "senor", "senora", "compania", "negocio"))


def _is_strange(rules: EvaRules, known: _Known, word: str, mine: set[str]) -> bool:
    if word in _OF or word in mine or word in known.filler or word in known.vocabulary or word in known.aliases:
        return False
    if len(word) < rules.understanding.one_typo_from - 1 or any(char.isdigit() for char in word):
        return False
    groups = (group for found in known.groups.values() for group in found)
    return not any(_fits(rules, known, one, word) for group in groups for one in group)
