"""What a file seems to be, from its name and where it was put. A guess only: the Encargado has the last word."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from expediente.model import Dossier
from expediente.papers import PaperSlot, required_papers
from expediente.process import Process

DELIVERY = "delivery"
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def words(text: str) -> list[str]:
    """Plain lower-case words: accents folded, everything else a gap."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return _NOT_WORD.sub(" ", "".join(c for c in folded if not unicodedata.combining(c))).split()


def _holds(haystack: list[str], needle: list[str]) -> bool:
    size = len(needle)
    return size > 0 and any(haystack[i : i + size] == needle for i in range(len(haystack) - size + 1))


def slots_for(process: Process, dossier: Dossier, place: str) -> list[PaperSlot]:
    """The papers that a file in that folder can be."""
    slots = required_papers(process, dossier.intake, internal=True)
    if place == DELIVERY:
        return [slot for slot in slots if slot.rule.given_by == "vendedora"]
    return [slot for slot in slots if slot.rule.given_by != "vendedora" and slot.rule.place == place]


def guess(process: Process, dossier: Dossier, place: str, name: str) -> tuple[str, ...]:
    """The key of the paper that the file is most likely, or () when its name does not tell."""
    slots = slots_for(process, dossier, place)
    if len(slots) == 1 and place != DELIVERY:
        return (slots[0].key,)
    said = words(PurePath(name).stem)
    scored = [(score, slot.key) for slot in slots if (score := _score(said, slot, slots, place)) > 0]
    best = max(scored, default=(0.0, ""))
    # Two papers that fit equally well: better to ask than to file a wrong person's paper.
    rivals = [key for score, key in scored if score == best[0]]
    return (best[1],) if len(rivals) == 1 else ()


def _score(said: list[str], slot: PaperSlot, slots: list[PaperSlot], place: str) -> float:
    hint = max((len(" ".join(words(hint))) for hint in slot.rule.hints if _holds(said, words(hint))), default=0)
    about = words(slot.about)
    share = sum(word in said for word in about) / len(about) if about else 0.0
    alone = sum(other.rule.key == slot.rule.key for other in slots) == 1
    if slot.about and not alone and share == 0:
        return 0.0
    if not hint and (place == DELIVERY or share == 0):
        return 0.0
    return hint + 10 * share


def refusal_of(process: Process, mime_type: str, size_bytes: int) -> str:
    """Code of the rule that a delivered file breaks, '' when it may stay: `type` not allowed, or `empty`."""
    if mime_type not in process.allowed_mime_types:
        return "type"
    if size_bytes == 0 and not mime_type.startswith("application/vnd.google-apps."):
        return "empty"
    return ""
