"""Chains of shareholders followed to natural persons; circles and missing chains end in a clear result."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from expediente.fields import owner_gaps, percent
from expediente.intake_data import Identity, Intake, Shareholder
from expediente.ownership import Ownership, ownership
from tests.unit.intake_samples import judged, the_process

LIMIT = the_process().beneficial_owner_percent


def holder(name: str, share: str, through: str = "", *, company: bool = False) -> Shareholder:
    """A shareholder whose document is made of the name."""
    kind = "ruc" if company else "cedula"
    return Shareholder(Identity(name, kind, f"8-{name}"), Decimal(share), company, through)


def intake_with(*holders: Shareholder) -> Intake:
    """A client with these shareholders."""
    found = judged("C01").intake
    assert found is not None
    return replace(found, shareholders=holders)


def behind(*holders: Shareholder) -> Ownership:
    """Who is behind a client with these shareholders."""
    return ownership(intake_with(*holders))


def told(found: Ownership) -> dict[str, str]:
    """Each person's share as people read it."""
    return {owner.person.name: percent(owner.share) for owner in found.owners}


def test_r29_a_chain_gives_each_person_her_indirect_share() -> None:
    """C13: 80 % of a company that has 40 % is 32 %; whoever has exactly 25 % is a beneficial owner."""
    intake = judged("C13").intake
    assert intake is not None
    found = ownership(intake)
    assert [(one.person.name, percent(one.share)) for one in found.beneficial(LIMIT)] == [
        ("Elena Beatriz Castillo Morales", "32 %"),
        ("Jorge Luis Araúz Batista", "25 %"),
    ]
    assert told(found)["Abdiel Castillo Morales"] == "8 %" and sum(one.share for one in found.owners) == 100
    assert found.owners[0].through == ("Grupo Andamio Irreal, S.A.",) and found.owners[0].direct == 0
    assert found.gaps == ()


def test_shares_of_several_paths_are_added() -> None:
    """Directly and through two companies, one of them behind the other: one person, one share."""
    found = behind(
        holder("Ana", "10"),
        holder("Alfa, S.A.", "50", company=True),
        holder("Beta, S.A.", "40", company=True),
        holder("Ana", "20", "Alfa, S.A."),
        holder("Beta, S.A.", "80", "ALFA", company=True),
        holder("Ana", "25", "Beta S.A."),
        holder("Luz", "75", "Beta, S.A."),
    )
    assert told(found) == {"Luz": "60 %", "Ana": "40 %"} and found.gaps == ()
    assert found.owners[1].direct == 10
    assert found.owners[1].through == ("Alfa, S.A.", "Alfa, S.A. → Beta, S.A.", "Beta, S.A.")


def test_r29_a_circle_ends_in_a_clear_result() -> None:
    """A company behind itself: the persons found so far keep their share, what goes round is told with the way out."""
    circle = (
        holder("Alfa, S.A.", "100", company=True),
        holder("Ana", "60", "Alfa, S.A."),
        holder("Beta, S.A.", "40", "Alfa, S.A.", company=True),
        holder("Alfa, S.A.", "100", "Beta, S.A.", company=True),
    )
    found = behind(*circle)
    assert told(found) == {"Ana": "60 %"}
    assert [(gap.kind, gap.name, percent(gap.share)) for gap in found.gaps] == [("circle", "Alfa, S.A.", "40 %")]
    assert owner_gaps(the_process(), intake_with(*circle)) == (
        "Alfa, S.A. vuelve a aparecer detrás de sí misma: 40 % no llega a ninguna persona. Pida corregir la cadena.",
    )


def test_r29_a_missing_chain_ends_in_a_clear_result() -> None:
    """Nobody named behind a company, too few named behind another, and a chain that leads nowhere: each is a gap."""
    found = behind(
        holder("Muda, S.A.", "30", company=True),
        holder("Corta, S.A.", "50", company=True),
        holder("Ana", "50", "Corta, S.A."),
        holder("Luz", "100", "Perdida, S.A."),
    )
    assert told(found) == {"Ana": "25 %"} and found.beneficial(LIMIT)
    client = intake_with().client.legal_name
    assert [(gap.kind, gap.name, percent(gap.share)) for gap in found.gaps] == [
        ("rest", client, "20 %"),
        ("unknown", "Muda, S.A.", "30 %"),
        ("rest", "Corta, S.A.", "25 %"),
        ("detached", "Perdida, S.A.", "0 %"),
    ]
    assert len(owner_gaps(the_process(), intake_with(holder("Muda, S.A.", "100", company=True)))) == 1


def test_a_client_without_shareholders_has_nobody_behind_it() -> None:
    """A natural person declares none: no person, and nothing to clear up."""
    assert behind() == Ownership((), ())


NAMES = ["", "A, S.A.", "B, S.A.", "C, S.A."]


@given(st.lists(st.tuples(st.sampled_from(["Ana", "Luz", *NAMES[1:]]), st.integers(0, 60), st.sampled_from(NAMES)), max_size=9))
def test_any_web_of_companies_ends(rows: list[tuple[str, int, str]]) -> None:
    """Whatever was declared: it ends, and what is found and what is missing never make less than was declared of the client."""
    holders = [holder(name, str(share), through, company=name in NAMES) for name, share, through in rows]
    found = behind(*holders)
    direct = sum((one.share for one in holders if not one.through), Decimal(0))
    known = sum((one.share for one in found.owners), Decimal(0)) + sum((gap.share for gap in found.gaps), Decimal(0))
    assert not holders or known >= min(direct, Decimal(100)) - 1
