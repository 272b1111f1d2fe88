"""The page of Eva, `/eva`: a conversation in plain forms. What is sent is taken in, then the browser is sent on to read the page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from expediente import codec, eva_talk, eva_visitor, page_facts
from expediente.errors import ConflictError, RetryLaterError
from expediente.eva_scene import Scene
from expediente.model import Fact
from expediente.portal import PortalPage, PortalVisit
from expediente.portal_data import Conversation
from expediente.portal_facts import KIND
from expediente.portal_session import WHOLE
from expediente.store import Create, Read, Update
from expediente.texts import clean_text

if TYPE_CHECKING:
    from flask import Response

    from expediente.case_data import Turn

_TRIES = 5
_LAST = "ultimo"
# How many lines stand open; older ones are folded away, so that the newest is in sight.
_RECENT = 6


def show(visit: PortalVisit) -> Response:
    """The conversation as it stands, the newest line last, and the menu. Looking at it writes nothing."""
    if not _may(visit):
        return visit.missing()
    scene = _scene(visit)
    talk = _read(visit)[0] or eva_talk.opening(scene)
    rules = scene.rules
    shown = max((number for number, turn in enumerate(talk.turns) if turn.who == eva_talk.CLIENT), default=len(talk.turns) - 1)
    return visit.show(
        "eva.html",
        rules=rules,
        older=[_line(visit, turn) for turn in talk.turns[:-_RECENT]],
        recent=[_line(visit, turn) for turn in talk.turns[-_RECENT:]],
        last=shown - max(len(talk.turns) - _RECENT, 0),
        anchor=_LAST,
        offers=talk.offers,
        asks=bool(talk.asks),
        rating=rules.rating if visit.who and eva_talk.asks_to_rate(talk) else None,
        menu=[
            (group.label, [rules.intents[key] for key in group.intents]) for group in rules.offered(entered=visit.who is not None)
        ],
        menu_open=len(talk.turns) < 2 or (not talk.asks and (talk.misses > 0 or talk.turns[-1].text == scene.text("menu"))),
        letters=rules.limits.message_letters,
    )


def say(visit: PortalVisit) -> Response:
    """Take in what was written or pressed."""
    if not _may(visit):
        return visit.missing()
    answers = visit.posted().answers
    if answers.get("rate"):
        return _rate(visit, answers["rate"])
    text, pick = answers.get("text", ""), answers.get("pick", "")
    scene = _scene(visit)
    for _ in range(_TRIES):
        before, read = _read(visit)
        talk = eva_talk.take(scene, before or eva_talk.opening(scene), text, pick)
        if visit.who is None:
            return _with_cookie(visit, talk)
        key, data = visit.who.key, codec.to_data(replace(talk, until=visit.who.session.until))
        try:
            visit.app.store.commit(
                [Update("conversation", key, data, read.version) if read else Create("conversation", key, data)]
            )
        except ConflictError:
            # The same button pressed twice: the second press meets a conversation that has gone on.
            continue
        return visit.go(f"/eva#{_LAST}")
    raise RetryLaterError("conversation", 409, "too many at once", 1.0)


def _rate(visit: PortalVisit, score: str) -> Response:
    """Keep how well Eva has answered: one commit with the conversation, which asks no more."""
    scene = _scene(visit)
    for _ in range(_TRIES):
        talk, read = _read(visit)
        who = visit.who
        if (
            who is None
            or talk is None
            or read is None
            or score not in scene.rules.rating.scores
            or not eva_talk.asks_to_rate(talk)
        ):
            return visit.go(f"/eva#{_LAST}")
        payload = {"what": "eva_rated", "score": int(score)}
        fact = Fact(f"portal-eva-{who.key[:32]}", who.dossier.dossier_id, KIND, scene.now, who.session.address, payload)
        after = codec.to_data(eva_talk.rated(scene, talk))
        try:
            visit.app.store.commit(
                [Update("conversation", who.key, after, read.version), Create("inbox", fact.event_id, codec.to_data(fact))]
            )
        except ConflictError:
            continue
        page_facts.wake(visit.app, fact)
        return visit.go(f"/eva#{_LAST}")
    raise RetryLaterError("conversation", 409, "too many at once", 1.0)


def _line(visit: PortalVisit, turn: Turn) -> tuple[str, Markup]:
    """Who speaks and what: a line is not broken between a currency and its amount."""
    sign = re.escape(visit.app.process.company.currency)
    parts = re.split(rf"({sign} -?[0-9][0-9,.]*[0-9])", clean_text(turn.text, multiline=True))
    whole = Markup('<span class="whole">{}</span>')
    return turn.who, Markup("").join(whole.format(part) if number % 2 else part for number, part in enumerate(parts))


def _may(visit: PortalVisit) -> bool:
    """A client whose service has ended has its documents alone."""
    return visit.who is None or visit.who.may == WHOLE


def _scene(visit: PortalVisit) -> Scene:
    return Scene(visit.app, visit.who, visit.app.clock.now())


def _read(visit: PortalVisit) -> tuple[Conversation | None, Read | None]:
    if visit.who is None:
        cookie = visit.request.cookies.get(eva_visitor.visitor_cookie(visit.app), "")
        return eva_visitor.opened(visit.app, cookie, visit.app.clock.now()), None
    read = visit.app.store.get("conversation", visit.who.key)
    return (codec.from_data(Conversation, read.data), read) if read else (None, None)


def _with_cookie(visit: PortalVisit, talk: Conversation) -> Response:
    app = visit.app
    response = visit.go(f"/eva#{_LAST}")
    response.set_cookie(
        eva_visitor.visitor_cookie(app),
        eva_visitor.seal(app, talk, app.clock.now()),
        max_age=app.process.eva.limits.visitor_minutes * 60,
        secure=app.settings.portal_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


PAGES = (PortalPage(re.compile("/eva"), show, say, may=()),)
