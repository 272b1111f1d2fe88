"""The help page of the clients: open to everybody, its words from the tables."""

from __future__ import annotations

import html
import re
from pathlib import Path

from expediente import checks
from tests.portal.portal_kit import PortalApp, Visitor
from tests.unit.process_copy import changed


def test_somebody_who_has_not_entered_reads_how_to_enter(app: PortalApp) -> None:
    """The page says how to enter and how long a link is good, to anybody, and tells of no client."""
    dossier = app.add_client("C01")
    said = html.unescape(app.visitor().text("/ayuda"))
    assert "Cómo entrar" in said and f"vence en {app.process.portal.link.minutes} minutos" in said
    assert app.process.company.customer_service_phone in said and "{" not in said.split("</style>")[1]
    assert dossier.intake.client.legal_name not in said


def test_every_button_of_the_help_leads_to_a_page(one: Visitor) -> None:
    """A client that has entered follows each button and finds the page of which the task speaks."""
    led = re.findall(r'<a href="(/[a-z/]*)" aria-label="[^"]*: Cómo ', html.unescape(one.text("/ayuda")))
    assert len(led) == sum(1 for task in one.app.process.help if task.path)
    assert not [path for path in dict.fromkeys(led) if one.follow(one.get(path)).status_code != 200]


def test_a_word_that_nobody_fills_in_is_told(tmp_path: Path) -> None:
    """A slip in the braces is a finding and no page that fails."""
    root = changed(tmp_path, "process/portal_help.yaml", "{minutes} minutos.", "{minuts} minutos.")
    (found,) = checks.check(root)
    assert "minuts" in str(found) and "minutes" in str(found)
