"""R99: a client enters with a link sent to its mailbox and sees its own things alone."""

from __future__ import annotations

from tests.portal.conftest import Company


def test_r99_the_contact_of_an_active_client_enters_with_a_link_from_its_mailbox(company: Company) -> None:
    """Each client's contact asks for a link, finds it in her own mailbox, and lands in her own account and no other."""
    first, second = company.client("C01"), company.client("C02")
    shown = {case: who.enter().text for case, who in (("C01", first), ("C02", second))}
    for case, other in (("C01", "C02"), ("C02", "C01")):
        assert company.ways[case].case["cliente"]["razon_social"] in shown[case]
        assert company.ways[other].case["cliente"]["razon_social"] not in shown[case]
    assert "entrar" in first.leave().url
