"""The portal over the life of a client: invited when the service starts, another contact, the end. Over HTTP, as its people live it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cast import Cast
from local.person import Page
from local.portal_client import PortalClient, PortalError
from local.stack import Stack
from local.travel import Travel
from tests.journey.test_ending import BALANCE, CODE, SIGN, Story, send, sign
from tests.journey.ways import whole_way

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "2026-03-02T09:00:00-05:00"
NEW = "gerente.nueva@laesquina.example.com"
INVITED = "su cuenta le espera en el portal"
DECIDES = "Revise la modificación"


@dataclass
class Life:
    """What people saw. pages: moment -> page; invited: moment -> how many invitations have reached whom."""

    story: Story
    old: PortalClient
    new: PortalClient
    pages: dict[str, Page] = field(default_factory=dict)
    invited: dict[str, dict[str, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def count(self, moment: str) -> None:
        """Count the invitations in both mailboxes."""
        people = {"old": self.old, "new": self.new}
        self.invited[moment] = {
            name: len([mail for mail in self.story.stack.person(who.address).mails() if INVITED in mail.text])
            for name, who in people.items()
        }

    def tries(self, moment: str, who: PortalClient) -> None:
        """Somebody asks for a link; it is noted when none comes."""
        try:
            who.ask_link()
        except PortalError:
            self.refused.add(moment)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A client becomes active, gets another contact, and cancels."""
    table: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    case = next(case for case in table["casos"] if case["id"] == "C01")
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("life") / "serve.log", now=BEGIN) as stack:
        way = Travel(stack, Cast.load(), copy.deepcopy(case))
        last = datetime.fromisoformat(BEGIN).date() + timedelta(days=20)
        made = Life(Story(way, last, ended=last), PortalClient(stack, case["cliente"]["correo"]), PortalClient(stack, NEW))
        made.tries("before the sale", made.old)
        whole_way(way, CODE)
        made.count("active")
        made.pages["active"] = made.old.enter()
        another_contact(made)
        made.count("another contact")
        made.pages["old contact"] = made.old.open("/")
        made.tries("old contact", made.old)
        made.pages["new contact"] = made.new.enter()
        cancel(made)
        made.count("cancelled")
        for path in ("/", "/eva", "/pagos", "/documentos"):
            made.pages[f"cancelled {path}"] = made.new.open(path)
        yield made


def another_contact(life: Life) -> None:
    """The vendedora asks for another main contact; Operaciones agrees."""
    said = {"change__kind": "contact", "change__reason": "Cambió la gerente", "contact__asked_by": "client"}
    said |= {"contact__name": "Gerente Nueva", "contact__position": "Gerente", "contact__phone": "+507 6000-0777"}
    send(life.story, "change", life.story.way.vendedora.address, **said, contact__email=NEW)
    operations = life.story.person("operaciones")
    assert life.story.way.act(operations, "decidir_modificacion", "M01", {"decision": "approved"})
    life.story.stack.look(2)


def cancel(life: Life) -> None:
    """Sales ask, Cartera settles, the last day passes, the Encargado signs."""
    story, stack = life.story, life.story.stack
    asked = {"scope": "whole", "last_service": story.last.isoformat(), "reason": "Cierre", "supplies": "returned"}
    send(story, "cancellation", story.way.vendedora.address, **{f"cancel__{key}": value for key, value in asked.items()})
    sign(story, "cartera", BALANCE, {"f_balance": "none"})
    stack.set_clock(datetime.fromisoformat(BEGIN) + timedelta(days=22))
    stack.look(2)
    sign(story, "expedientes", SIGN, {"f_supplies": "si"})
    stack.look(3)
    if not life.new.open("/").text.startswith("Su cuenta"):
        life.new.enter()


def test_nobody_enters_before_the_service_is_active(life: Life) -> None:
    """The client's address gets no link while the sale is under way."""
    assert "before the sale" in life.refused


def test_the_contact_is_invited_when_the_service_starts(life: Life) -> None:
    """One mail says that the account is there; with it she enters her own."""
    assert life.invited["active"] == {"old": 1, "new": 0}
    assert life.story.way.case["cliente"]["razon_social"] in life.pages["active"].text


def test_another_contact_is_invited_and_the_one_before_is_outside(life: Life) -> None:
    """Once the change is in force the old session is over, the old address gets no link any more, and the new one enters."""
    assert life.invited["another contact"] == {"old": 1, "new": 1}
    assert life.pages["old contact"].url.endswith("/entrar")
    assert "old contact" in life.refused
    assert life.story.way.case["cliente"]["razon_social"] in life.pages["new contact"].text


def test_a_cancelled_client_is_left_with_its_documents(life: Life) -> None:
    """Its last contact still enters and finds Documentos; Eva and Pagos do not exist for it, and nobody is invited again."""
    home = life.pages["cancelled /"]
    assert "Su servicio terminó" in home.text
    assert 'href="/documentos"' in home.html
    assert 'href="/eva"' not in home.html
    assert [life.pages[f"cancelled {path}"].status for path in ("/eva", "/pagos", "/documentos")] == [404, 404, 200]
    assert life.invited["cancelled"] == life.invited["another contact"]
