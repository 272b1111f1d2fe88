"""The door of the portal: who may enter, with what, for how long, and what everybody else is told."""

from __future__ import annotations

from tests.portal.portal_kit import PortalApp, Visitor


def test_whoever_has_not_entered_is_sent_to_the_login(app: PortalApp) -> None:
    """Without a session the account leads to the page that asks for an address."""
    answer = app.visitor().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/entrar")


def test_a_link_opens_the_account_once(app: PortalApp) -> None:
    """The registered contact asks, gets a link by mail, presses the button and is inside; the same link leads nowhere afterwards."""
    dossier = app.add_client("C01")
    person = app.visitor(dossier.portal_email or "")
    person.send("/entrar", {"address": person.address})
    (link,) = person.links()
    assert dossier.intake.client.legal_name not in person.text(link)
    inside = person.follow(person.send(link))
    assert inside.status_code == 200
    assert dossier.intake.client.legal_name in inside.get_data(as_text=True)
    other = app.visitor(person.address)
    assert other.get(link).status_code == 404


def test_one_client_sees_its_own_name(one: Visitor) -> None:
    """The first page greets the client that entered."""
    assert "Minisúper La Esquina Ficticia" in one.text("/")
