"""A conversation with Eva: one message comes in, the conversation as it stands afterwards goes out. Writes only through the requests.

What is asked stands in `Conversation.asks`: a field of the request, `CONFIRM`, or nothing. A button says its `pick`: `i:` an intent,
`v:` a value, `f:` a field to correct, `c:` a command.
"""

from __future__ import annotations

from dataclasses import replace

from expediente import eva, eva_values
from expediente.case_data import Turn
from expediente.cases import new_case_id
from expediente.eva_cases import unrated
from expediente.eva_requests import DOINGS
from expediente.eva_rules import AskedField, Intent
from expediente.eva_scene import Asking, Reply, Scene, fill
from expediente.portal_data import Conversation, Offer
from expediente.texts import clean_text

CLIENT, EVA = "client", "eva"
CONFIRM = "confirm"
_MOST_WORDS_OF_A_COMMAND = 6
_CLEAR = 100


def opening(scene: Scene) -> Conversation:
    """A conversation in which Eva has greeted."""
    talk = Conversation(scene.who.dossier.dossier_id if scene.who else "")
    if scene.who is None:
        return _say(scene, talk, scene.text("greeting_visitor"))
    asked = unrated(scene)
    return _say(scene, talk, "\n".join([scene.text("greeting"), *([asked[0]] if asked else [])]), *([asked[1]] if asked else []))


def take(scene: Scene, talk: Conversation, text: str, pick: str = "") -> Conversation:
    """The conversation after one message. text: anything; pick: of the button that was pressed, '' = it was typed."""
    said = clean_text(text[: scene.rules.limits.message_letters * 4])[: scene.rules.limits.message_letters]
    if pick:
        said = _label(scene, talk, pick)
        if not said:
            return _say(scene, talk, scene.text("old_button"), *talk.offers)
    if not said:
        return talk
    talk = _turn(scene, talk, CLIENT, said)
    kind, _, value = pick.partition(":")
    if kind == "i":
        return _begin(scene, talk, scene.rules.intents[value], "")
    command = value if kind == "c" else eva.command(scene.rules, said) if not pick else ""
    intent = scene.rules.intents.get(talk.intent)
    if intent is None or not talk.asks:
        return _open(scene, talk, said, command)
    asking = Asking(scene, intent, talk)
    if command in ("menu", "cancel"):
        return _say(
            scene, _nothing(talk), scene.text("menu" if command == "menu" else "cancelled"), scene.offer("menu", "c:menu")
        )
    if command == "back":
        return _back(asking)
    if talk.asks == CONFIRM:
        return _confirmed(asking, said, command, value if kind == "f" else "")
    return _answered(asking, value if kind == "v" else said, command, typed=not pick)


def _label(scene: Scene, talk: Conversation, pick: str) -> str:
    """What a button said; '' when nothing offers it any more."""
    found = next((offer.label for offer in talk.offers if offer.pick == pick), "")
    if found or not pick.startswith("i:"):
        return found
    intent = scene.rules.intents.get(pick[2:])
    return intent.label if intent else ""


# --- nothing is asked ----------------------------------------------------------------------------------------------------------


def _open(scene: Scene, talk: Conversation, said: str, command: str) -> Conversation:
    if command in ("menu", "cancel", "back"):
        keys = {"menu": "menu", "cancel": "nothing_to_cancel", "back": "nothing_to_go_back"}
        return _say(scene, _nothing(talk), scene.text(keys[command]))
    found = eva.understand(scene.rules, said, entered=scene.who is not None)
    if found.intent:
        return _begin(scene, talk, scene.rules.intents[found.intent], said)
    return _missed(scene, talk, found.near)


def _missed(scene: Scene, talk: Conversation, near: tuple[str, ...]) -> Conversation:
    """Nothing, or more than one thing, was understood: the menu, what comes near, and a person."""
    talk = replace(_nothing(talk), misses=talk.misses + 1)
    offers = [Offer(scene.rules.intents[key].label, f"i:{key}") for key in near]
    person = _person(scene)
    menu = scene.offer("menu", "c:menu")
    offers += [*person, menu] if talk.misses >= scene.rules.limits.misses else [menu, *person]
    return _say(scene, talk, scene.text("which" if near else "not_understood"), *offers)


def _person(scene: Scene) -> list[Offer]:
    """The button to a person."""
    return [scene.offer("person", f"i:{intent.key}") for intent in scene.rules.intents.values() if intent.strong]


def _begin(scene: Scene, talk: Conversation, intent: Intent, text: str) -> Conversation:
    """Start a request: refuse it to whoever may not have it, take what the first message says already, ask for the rest."""
    talk = replace(_nothing(talk), misses=0)
    if not intent.allows(entered=scene.who is not None):
        if scene.who is None:
            enter = Offer(scene.rules.buttons["enter"], path="/entrar")
            return _say(scene, talk, scene.text("needs_entering"), enter, *_person(scene))
        return _say(scene, talk, scene.text("only_visitor"), scene.offer("menu", "c:menu"))
    if scene.who is not None and intent.own and eva.speaks_of_another(scene.rules, text, _own(scene)):
        own = Offer(intent.label, f"i:{intent.key}")
        return _say(scene, talk, scene.text("own_only"), own, *_person(scene))
    fields = _fields(scene, intent)
    known = {one.key: eva_values.from_text(scene.rules, one, text, points(scene), scene.day) for one in fields if one.from_text}
    talk = replace(
        talk,
        intent=intent.key,
        begun=scene.now,
        case_id=new_case_id() if fields else "",
        said={key: one for key, one in known.items() if one},
    )
    asking = Asking(scene, intent, talk, text)
    doing = DOINGS[intent.does]
    first = doing.begin(asking)
    if first.over:
        return _ended(asking, first)
    return _next(replace(asking, talk=replace(talk, said=_standing(asking, fields))), first.text)


def _standing(asking: Asking, fields: tuple[AskedField, ...]) -> dict[str, str]:
    """What the first message says, judged as answers would be; what cannot stand is asked for."""
    doing, said = DOINGS[asking.intent.does], {}
    for one in fields:
        value = asking.said.get(one.key, "")
        value = doing.adjust(asking, one, value, asking.text) if value else ""
        if value and not doing.check(asking, one, value):
            said[one.key] = value
    return said


def _own(scene: Scene) -> tuple[str, ...]:
    intake = scene.dossier.intake
    client = intake.client
    names = (client.legal_name, client.trade_name, client.ruc, client.contact.name, intake.representative.name)
    return (*names, *(name for point in intake.points for name in (point.name, point.address.one_line())))


def points(scene: Scene) -> dict[str, str]:
    """Code -> name of the client's service points."""
    return {point.code: point.name for point in scene.dossier.intake.points} if scene.who else {}


def _fields(scene: Scene, intent: Intent) -> tuple[AskedField, ...]:
    return intent.fields if scene.who else (*intent.fields, *intent.visitor_fields)


# --- something is asked --------------------------------------------------------------------------------------------------------


def _answered(asking: Asking, said: str, command: str, *, typed: bool) -> Conversation:
    """An answer to the field that is asked: kept, or refused with its reason; another request that is clearly meant goes before it."""
    scene, asked, doing = asking.scene, asking.asked(asking.talk.asks), DOINGS[asking.intent.does]
    if typed and (other := _other(asking, asked, said)):
        return _begin(scene, asking.talk, other, said)
    if command in ("skip", "no") and not asked.required:
        return _kept(asking, asked, "")
    found = eva_values.read(scene.rules, asked, said, points(scene), scene.day)
    value = "" if found.error else doing.adjust(asking, asked, found.value, said)
    why = _why(asking, asked, found.error) if found.error else doing.check(asking, asked, value)
    if not why and asked.must and value != asked.must:
        return _say(scene, _nothing(asking.talk), fill(asked.error, scene.common), scene.offer("menu", "c:menu"))
    if why:
        talk = replace(asking.talk, misses=asking.talk.misses + 1)
        return _ask(replace(asking, talk=talk), asked, why)
    return _kept(asking, asked, value)


def _why(asking: Asking, asked: AskedField, error: str) -> str:
    own = asked.error if asked.error and not asked.must and error == asked.kind else ""
    return fill(own or asking.scene.rules.errors[error], {**asking.scene.common, "max": str(asked.max_letters)})


def _other(asking: Asking, asked: AskedField, said: str) -> Intent | None:
    """The request that a typed answer clearly means instead. To an open question any words may be the answer, but a few for a person."""
    rules = asking.scene.rules
    found = rules.intents.get(eva.understand(rules, said, entered=asking.scene.who is not None).intent)
    if found is None or found.weak or found.key == asking.intent.key:
        return None
    if asked.kind == "text":
        return found if found.strong and len(said.split()) <= _MOST_WORDS_OF_A_COMMAND else None
    value = eva_values.read(rules, asked, said, points(asking.scene), asking.scene.day)
    return found if value.error else None


def _kept(asking: Asking, asked: AskedField, value: str) -> Conversation:
    talk = replace(asking.talk, said={**asking.talk.said, asked.key: value}, misses=0)
    return _next(replace(asking, talk=talk))


def _back(asking: Asking) -> Conversation:
    """Ask again for what was answered last."""
    scene = asking.scene
    skipped = DOINGS[asking.intent.does].skips(asking)
    done = [one for one in _fields(scene, asking.intent) if one.key in asking.said and one.key not in skipped]
    if not done:
        return _say(scene, _nothing(asking.talk), scene.text("nothing_to_go_back"), scene.offer("menu", "c:menu"))
    return _again(asking, done[-1])


def _again(asking: Asking, asked: AskedField) -> Conversation:
    """Forget one answer, and those that rest on it, and ask for it."""
    fields = [one.key for one in _fields(asking.scene, asking.intent)]
    later = set(fields[fields.index(asked.key) + 1 :]) if asked.kind == "choice" else set()
    said = {key: value for key, value in asking.said.items() if key != asked.key and key not in later}
    talk = replace(asking.talk, said=said, proof="")
    return _ask(replace(asking, talk=talk), asked)


def _next(asking: Asking, first: str = "") -> Conversation:
    """Ask for the next thing; when nothing is missing, ask whether to send it, or do it."""
    doing, scene = DOINGS[asking.intent.does], asking.scene
    skipped = doing.skips(asking)
    fields = [one for one in _fields(scene, asking.intent) if one.key not in skipped]
    missing = next((one for one in fields if one.key not in asking.said), None)
    if missing is not None:
        return _ask(asking, missing, first)
    if not asking.intent.confirm:
        return _ended(asking, doing.finish(asking), first)
    talk = replace(asking.talk, asks=CONFIRM)
    text = scene.text("confirm", summary=summary(asking))
    offers = (scene.offer("yes", "c:yes"), scene.offer("no", "c:no"), scene.offer("cancel", "c:cancel"))
    return _say(scene, talk, "\n".join(part for part in (first, text) if part), *offers)


def summary(asking: Asking) -> str:
    """What will be sent, in one line a field."""
    scene, skipped = asking.scene, DOINGS[asking.intent.does].skips(asking)
    lines = [asking.intent.label]
    for one in _fields(scene, asking.intent):
        value = asking.said.get(one.key, "")
        if value and one.shown and not one.must and one.key not in skipped:
            lines.append(f"{one.label}: {eva_values.shown(one, value, points(scene), scene.app.process.company)}")
    return "\n".join(lines)


def _confirmed(asking: Asking, said: str, command: str, field: str) -> Conversation:
    scene = asking.scene
    fields = {one.key: one for one in _fields(scene, asking.intent)}
    if field in fields:
        return _again(asking, fields[field])
    if command == "yes":
        return _ended(asking, DOINGS[asking.intent.does].finish(asking))
    if command == "no":
        skipped = DOINGS[asking.intent.does].skips(asking)
        offers = [
            Offer(fill(scene.rules.buttons["correct"], {"label": one.label}), f"f:{one.key}")
            for one in fields.values()
            if one.shown and not one.must and one.key not in skipped
        ]
        return _say(scene, asking.talk, scene.text("not_sent"), *offers, scene.offer("cancel", "c:cancel"))
    found = scene.rules.intents.get(eva.understand(scene.rules, said, entered=scene.who is not None).intent)
    if found is not None and not found.weak and found.key != asking.intent.key:
        return _begin(scene, asking.talk, found, said)
    return _next(asking)


def _ask(asking: Asking, asked: AskedField, first: str = "") -> Conversation:
    """Ask for a field. first: what is said before the question."""
    scene, doing = asking.scene, DOINGS[asking.intent.does]
    talk = doing.before(asking, asked)
    if isinstance(talk, str):
        return _ended(asking, Reply(talk, over=True))
    asking = replace(asking, talk=talk)
    values = {**scene.common, **doing.values(asking)}
    parts = [first, fill(asked.asks, values), asked.help, "" if asked.required else scene.text("optional")]
    chosen = asked.choices if asked.kind == "choice" else points(scene) if asked.kind == "point" else {}
    offers = [Offer(fill(label, values), f"v:{key}") for key, label in chosen.items()]
    offers += [] if asked.required else [scene.offer("skip", "c:skip")]
    person = [] if asking.intent.strong else _person(scene)
    late = asking.talk.misses >= scene.rules.limits.misses
    offers = [*person, *offers] if late else offers
    offers += [scene.offer("back", "c:back")] if asking.said else []
    offers += [scene.offer("cancel", "c:cancel")]
    return _say(scene, replace(asking.talk, asks=asked.key), "\n".join(part for part in parts if part), *offers)


def _ended(asking: Asking, reply: Reply, first: str = "") -> Conversation:
    """A request that was answered: what comes next is offered."""
    scene, intent = asking.scene, asking.intent
    entered = scene.who is not None
    links = [] if reply.over else [Offer(label, path=path) for path, label in intent.links.items()]
    after = [scene.rules.intents[key] for key in intent.buttons]
    offers = [*reply.offers, *links, *(Offer(one.label, f"i:{one.key}") for one in after if one.allows(entered=entered))]
    text = "\n".join(part for part in (first, reply.text) if part)
    talk = replace(_nothing(asking.talk), answered=asking.talk.answered or not (reply.sent or reply.over or intent.weak))
    return _say(scene, talk, text, *offers, *([] if intent.strong else _person(scene)))


def asks_to_rate(talk: Conversation) -> bool:
    """Whether the optional question is asked: once for a conversation, when nothing else is."""
    return talk.answered and not talk.rated and not talk.asks


def rated(scene: Scene, talk: Conversation) -> Conversation:
    """The conversation after the optional question was answered."""
    return _say(scene, replace(talk, rated=True), scene.rules.rating.thanks, *talk.offers)


# --- the record ----------------------------------------------------------------------------------------------------------------


def _nothing(talk: Conversation) -> Conversation:
    """The conversation with nothing that is being filled in."""
    return replace(talk, intent="", asks="", said={}, case_id="", begun=None, proof="", proof_until=None)


def _say(scene: Scene, talk: Conversation, text: str, *offers: Offer) -> Conversation:
    seen: dict[tuple[str, str], Offer] = {}
    for one in offers:
        seen.setdefault((one.pick, one.path), one)
    return replace(_turn(scene, talk, EVA, text), offers=tuple(seen.values()))


def _turn(scene: Scene, talk: Conversation, who: str, text: str) -> Conversation:
    return replace(talk, turns=(*talk.turns, Turn(who, text, scene.now))[-scene.rules.limits.turns :])
