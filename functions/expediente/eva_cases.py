"""A case out of a conversation: stored as a fact of the portal, once, with what was said and until when a person answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import case_papers, codec, page_facts
from expediente.case_data import CaseState
from expediente.case_rules import case_rules, known_cases
from expediente.cases import open_cases
from expediente.deadlines import due_day_for
from expediente.eva_scene import Asking, Reply, Scene, day_text
from expediente.model import Fact
from expediente.portal_data import Offer
from expediente.portal_facts import KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from expediente.bootstrap import App
    from expediente.case_data import Case, Turn
    from expediente.case_papers import CaseSlot
    from expediente.model import Dossier
    from expediente.process import Process


@dataclass(frozen=True)
class Handed:
    """What a client is told of a case: its number, whose it is, until when; the papers that go with it."""

    case_id: str
    role: str
    due: date
    papers: tuple[CaseSlot, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """As the sentences name it."""
        return {"case": self.case_id, "role": self.role, "due": day_text(self.due)}


NAMES = ("case", "role", "due")


def hand_over(
    asking: Asking, said: Mapping[str, str], amount: Decimal | None = None, kind: str = "", case_id: str = ""
) -> Handed | None:
    """Store a case for people to settle; None when too many of this client's wait already. The same number again is the same case.

    :param said: field of cases.yaml -> text; what is empty is left out. kind: another than the intent's; case_id: than the talk's.
    """
    scene, kind, case_id = asking.scene, kind or asking.intent.case, case_id or asking.talk.case_id
    if not _has_room(scene, case_id):
        return None
    payload = {
        "what": "case",
        "case_id": case_id,
        "kind": kind,
        "said": {key: text for key, text in said.items() if text},
        "amount": None if amount is None else f"{amount:.2f}",
        "transcript": [codec.to_data(turn) for turn in _transcript(asking)],
    }
    keep(scene, f"case-{case_id}", payload)
    rule = case_rules(scene.app.process.folder).kinds[kind]
    due = due_day_for(scene.app.process, scene.dossier, rule.deadline, scene.now)
    papers = case_papers.slots(scene.app.process, rule, case_id, amount, {})
    return Handed(case_id, scene.app.process.label_of(rule.role), due, tuple(papers))


def _has_room(scene: Scene, case_id: str) -> bool:
    """Whether the dossier will take one more case, those counted that it has not taken in yet; the same case again has its place."""
    ahead = [fact for fact in waiting(scene.app, scene.dossier) if fact.payload.get("case_id") != case_id]
    most = case_rules(scene.app.process.folder).limits.open_per_client
    return len(open_cases(scene.dossier)) + len(ahead) < most


def _transcript(asking: Asking) -> tuple[Turn, ...]:
    """What was said of this request; to a person who was asked for, all of it: what was told of the account is not for every area."""
    begun = asking.talk.begun
    if asking.intent.strong or begun is None:
        return asking.talk.turns
    return tuple(turn for turn in asking.talk.turns if turn.at >= begun)


def keep(scene: Scene, name: str, payload: Mapping[str, object]) -> None:
    """Store a fact of the client who has entered. name: makes it once."""
    dossier_id, actor = scene.dossier.dossier_id, scene.who.session.address if scene.who else ""
    page_facts.keep(scene.app, Fact(f"portal-{name}", dossier_id, KIND, scene.now, actor, dict(payload)))


def no_room(asking: Asking) -> Reply:
    """What is said to a client with too many open cases."""
    return Reply(asking.scene.text("too_many_cases"), over=True)


def told(asking: Asking, handed: Handed | None, key: str = "done", before: Handed | None = None, **values: str) -> Reply:
    """What is said of a case that was handed over, or could not be; then the papers that go with it, and the way to hand them in.

    before: a case that was opened for its sake and whose papers come first.
    """
    if handed is None:
        return no_room(asking)
    texts, offers = [asking.reply(key, **handed.values, **values)], []
    for one in (before, handed) if before else (handed,):
        if one.papers:
            texts.append(_papers(asking.scene, one))
            offers.append(Offer(asking.scene.rules.buttons["papers"], path=f"/solicitudes/{one.case_id}#papeles"))
            break
    return Reply("\n".join(texts), tuple(offers), sent=True)


def _papers(scene: Scene, handed: Handed) -> str:
    """What she asks for, a line a paper."""
    lines = [
        scene.text("paper_required" if slot.required else "paper_wished", paper=slot.label, asks=slot.asks)
        for slot in handed.papers
    ]
    return "\n".join([scene.text("papers", case=handed.case_id), *lines])


def waiting(app: App, dossier: Dossier) -> list[Fact]:
    """The cases of a client that were sent and that its dossier has not taken in yet."""
    return sent_cases(page_facts.of_kind(app, dossier.dossier_id, KIND), dossier)


def sent_cases(facts: Iterable[Fact], dossier: Dossier) -> list[Fact]:
    """The same of facts that were read already."""
    return [fact for fact in facts if fact.payload.get("what") == "case" and fact.payload.get("case_id") not in dossier.cases]


def unrated(scene: Scene) -> tuple[str, Offer] | None:
    """The optional question of the last request that was settled and not rated yet: what is said, and the button to its page."""
    settled = (CaseState.APPROVED, CaseState.REFUSED, CaseState.DONE)
    asked = [
        (kind, one)
        for kind, one in known_cases(scene.app.process, scene.dossier)
        if one.state in settled and not one.satisfaction and one.answered_at
    ]
    if not asked:
        return None
    kind, last = max(asked, key=lambda found: found[1].closed_at or found[1].at)
    text = scene.text("rate", case=last.case_id, label=kind.label)
    return text, Offer(scene.rules.buttons["rate"], path=f"/solicitudes/{last.case_id}")


def told_values(process: Process, case: Case) -> tuple[tuple[str, str], ...]:
    """What a case says, label and value, as its client reads it."""
    rules = case_rules(process.folder)
    names = {**rules.fields, **rules.changeable}
    said = [(names.get(key, key), text) for key, text in case.said.items()]
    amount = [] if case.amount is None else [(rules.texts["amount"], process.company.money(case.amount))]
    return (*amount, *said)
