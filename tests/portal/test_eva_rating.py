"""The optional question after what Eva settled alone: one click, once a conversation, counted for the month."""

from __future__ import annotations

import re

import pytest

from tests.portal.eva_kit import Talk
from tests.portal.portal_kit import PortalApp, Visitor

QUESTION = "¿Le sirvió lo que le contesté?"


@pytest.fixture
def one(app: PortalApp) -> Visitor:
    """A client before Eva."""
    return app.entered(app.add_client("C01"))


def _scores(who: Visitor) -> dict[str, str]:
    return {label: score for score, label in re.findall(r'name="f_rate" value="(\d)">([^<]*)<', who.text("/eva"))}


def _facts(app: PortalApp) -> list[dict[str, object]]:
    return [fact.payload for fact in app.facts() if fact.payload["what"] == "eva_rated"]


def test_a_client_rates_what_eva_settled_alone_with_one_click(app: PortalApp, one: Visitor) -> None:
    """Asked once Eva has answered, not before; the answer is stored once, thanked for, and not asked for again."""
    talk = Talk(one)
    talk.say("hola")
    assert QUESTION not in one.text("/eva")
    talk.say("cómo puedo pagar")
    assert QUESTION in one.text("/eva")
    buttons = _scores(one)
    assert buttons == {"Sí": "5", "A medias": "3", "No": "1"}
    for score in ("9", "0", "5.5", "x"):
        talk.send(rate=score)
    assert _facts(app) == []
    token = talk.page().token
    for _ in range(2):
        one.post("/eva", {"token": token, "f_rate": buttons["A medias"]})
    assert _facts(app) == [{"what": "eva_rated", "score": 3}]
    assert talk.said.startswith("Gracias por decírnoslo.")
    talk.say("cómo puedo pagar")
    assert QUESTION not in one.text("/eva")
    talk.send(rate="5")
    assert len(_facts(app)) == 1


def test_nothing_is_asked_in_the_middle_nor_of_what_a_person_gets(app: PortalApp, one: Visitor) -> None:
    """Not while a request is filled in, not when it went to a person, and not of a visitor."""
    talk = Talk(one)
    talk.say("quiero hablar con una persona")
    assert QUESTION not in one.text("/eva")
    talk.say("Tengo una duda de mi contrato")
    assert [fact.payload["what"] for fact in app.facts()] == ["case"]
    assert QUESTION not in one.text("/eva")
    visitor = app.visitor()
    stranger = Talk(visitor)
    stranger.say("cómo puedo pagar")
    assert QUESTION not in visitor.text("/eva")
    stranger.send(rate="5")
    assert _facts(app) == []
