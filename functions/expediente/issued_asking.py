"""What a client asks of a document, read: the period, and texts of its own. Whatever is wrong is told in one sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from expediente import quantities
from expediente.issued_facts import Asked, Row, months_before
from expediente.issued_rules import IssuedRule, TextRule, issued_common
from expediente.process import Process
from expediente.texts import clean_text, has_control_characters

# What would pass for a link, a mark of ours or a drawing in an official paper.
_STRANGE = re.compile(r"[<>{}\\|^~`\[\]=*_#]|://|www\.", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """Why something is not issued. sentence: Spanish; pay: paying mends it; items: the overdue ones; case_id: of people's decision."""

    reason: str
    sentence: str
    pay: bool = False
    items: tuple[Row, ...] = ()
    case_id: str = ""


def read_asked(process: Process, rule: IssuedRule, answers: Mapping[str, str], today: date) -> Asked | Refusal:
    """What was asked, or the first thing that is wrong with it."""
    period = _period(process, rule, answers, today)
    if isinstance(period, Refusal):
        return period
    texts: dict[str, str] = {}
    for name, text_rule in rule.texts.items():
        said = answers.get(name, "")
        wrong = _wrong(text_rule, said)
        if wrong:
            return _refused(process, wrong, label=text_rule.label, most=text_rule.most_letters)
        texts[name] = clean_text(said)
    return Asked(*period, texts=texts)


def _period(
    process: Process, rule: IssuedRule, answers: Mapping[str, str], today: date
) -> tuple[date | None, date | None] | Refusal:
    if rule.period is None:
        return None, None
    written = [answers.get(name, "").strip() for name in ("since", "until")]
    if not all(written):
        return _refused(process, "day_missing")
    since, until = (quantities.day(text) for text in written)
    if since is None or until is None:
        return _refused(process, "day_wrong")
    if since > until:
        return _refused(process, "period_reversed")
    if until > today:
        return _refused(process, "period_future")
    if since < months_before(until, rule.period.most_months):
        return _refused(process, "period_long", most=rule.period.most_months)
    if since < months_before(today, rule.period.oldest_months):
        return _refused(process, "period_old", most=rule.period.oldest_months)
    return since, until


def _wrong(rule: TextRule, said: str) -> str:
    text = clean_text(said)
    if not text:
        return "text_missing" if rule.required else ""
    if len(text) > rule.most_letters:
        return "text_long"
    strange = has_control_characters(said) or "\n" in said.strip() or _STRANGE.search(text) or not all(map(_is_printed, text))
    return "text_wrong" if strange or not any(char.isalpha() for char in text) else ""


def _is_printed(char: str) -> bool:
    """Whether the font of the PDF has the letter, and no symbol imitates a seal."""
    kind = unicodedata.category(char)
    return "LATIN" in unicodedata.name(char, "") if kind[0] == "L" else kind[0] != "S"


def _refused(process: Process, reason: str, **words: object) -> Refusal:
    return Refusal(reason, issued_common(process.folder).sentences[reason].format(**words))


def proposed(rule: IssuedRule, today: date) -> dict[str, str]:
    """What the form holds at first, as the fields of a browser write it."""
    if rule.period is None:
        return {}
    return {"since": months_before(today, rule.period.proposed_months).isoformat(), "until": today.isoformat()}
