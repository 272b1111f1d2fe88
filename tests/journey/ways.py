"""Stretches of the way that several journeys share."""

from __future__ import annotations

from local.travel import Travel


def open_dossier(travel: Travel) -> None:
    """From the form to the delivered papers."""
    travel.submit()
    assert travel.find(), "the form opened no dossier"
    travel.deliver()
    travel.classify()
    travel.stack.look()


def hand_over(travel: Travel, code: str) -> None:
    """Papers verified, Cumplimiento passed, code given: the areas are asked."""
    travel.verify()
    travel.pass_review()
    travel.acknowledge(code)


def confirm_all(travel: Travel) -> None:
    """Every area that takes part confirms."""
    travel.inspect()
    for area, state in travel.area_states().items():
        if state != travel.cast.control_sheet["texts"]["not_applicable"]:
            travel.confirm(area)


def whole_way(travel: Travel, code: str) -> None:
    """From the sale to the active service."""
    open_dossier(travel)
    hand_over(travel, code)
    confirm_all(travel)
    travel.close()
