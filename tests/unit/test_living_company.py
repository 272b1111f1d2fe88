"""The tables of the demo: clients that the form accepts, stories that people can live, words that name whom they mean."""

from __future__ import annotations

from datetime import date

import pytest

from local.cast import Cast
from local.clients import case_of, check_digits, company_table, numbered, wrong_digits
from local.days import working_day
from local.stories import ACTS
from local.tables import process_table
from local.tour import tour_words
from local.tour_acts import ACTS as TOUR_ACTS
from local.tour_looks import ALSO, DONE, LOOKS, SELF

TABLE = company_table()
CLIENTS = TABLE["clients"]


@pytest.mark.parametrize(
    ("today", "back", "wanted"),
    [("2026-03-04", 0, "2026-03-04"), ("2026-03-08", 0, "2026-03-06"), ("2026-03-09", 1, "2026-03-06")],
)
def test_stories_happen_on_weekdays(today: str, back: int, wanted: str) -> None:
    """Days are counted back over weekends, and a weekend's own last day is Friday."""
    assert working_day(date.fromisoformat(today), back) == date.fromisoformat(wanted)


@pytest.mark.parametrize("key", CLIENTS)
def test_a_story_goes_forward_and_knows_its_acts(key: str) -> None:
    """Days never go back, every act and area exists, and a paper that is returned was brought."""
    story = CLIENTS[key]["story"]
    days = [act["day"] for act in story]
    assert days == sorted(days, reverse=True)
    assert {act["do"] for act in story} <= set(ACTS) == set(TABLE["acts"])
    assert {act["area"] for act in story if "area" in act} <= set(process_table("areas")["areas"])
    brought = TABLE["defaults"]["papers"][CLIENTS[key].get("kind", TABLE["defaults"]["kind"])]
    assert {act["paper"] for act in story if "paper" in act} <= set(brought)


def test_no_two_clients_share_what_makes_them_one() -> None:
    """RUC, name and mail address are each client's own, those of the tour and of the experiments included."""
    rows = [*CLIENTS.values(), numbered(TABLE["tour"], 401), numbered(TABLE["tour"], 402, 2), numbered(TABLE["breaking"], 301)]
    for name in ("ruc", "legal_name", "email"):
        assert len({row[name] for row in rows}) == len(rows)


def test_the_wrong_digits_are_wrong_for_every_client() -> None:
    """What the vendedora mistypes is never by chance right."""
    for row in CLIENTS.values():
        right = check_digits(row["ruc"], row.get("kind", "juridica"))
        assert len(right) == 2 and wrong_digits(right) != right and wrong_digits(right).isdigit()


def test_a_row_without_services_of_its_own_takes_the_common_ones() -> None:
    """A row says only what is special about its client."""
    case = case_of(CLIENTS["trigo"], "OT-2026-0001", date(2026, 3, 20))
    assert case["orden_trabajo"]["servicios"] == TABLE["defaults"]["services"]
    assert case["orden_trabajo"]["puntos"][0]["direccion"]["provincia"] == CLIENTS["trigo"]["address"][0]


def test_every_screen_of_the_tour_has_its_act_and_its_look() -> None:
    """No screen without something to see, none after the first without an act that leads to it; what can be seen as done belongs to one."""
    keys = [page["key"] for page in tour_words()["pages"]]
    assert list(LOOKS) == keys
    assert list(TOUR_ACTS) == list(SELF) == keys[1:]
    assert set(DONE) < set(keys[1:])
    assert set(ALSO) < set(keys)


def test_the_tour_names_only_people_and_facts_that_exist() -> None:
    """Each name between braces is an area, a role or one of the client's facts."""
    cast = Cast.load()
    known = dict.fromkeys([*cast.areas, *cast.roles, "client", "contact", "ruc", "dv", "wrong"], "x")
    for page in tour_words()["pages"]:
        for text in (page["title"], page["told"], page["sees"], *page.get("next", {}).values()):
            assert "{" not in text.format(**known)
