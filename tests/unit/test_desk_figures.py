"""The desk test's figures: what a person takes is waiting, hands and reading; the saving is against the baseline and never the published one."""

from __future__ import annotations

import pytest

from local.desk_figures import baseline, document, figures, spread
from local.desk_hands import Counts
from local.desk_requests import REQUESTS

TABLE = baseline()


def test_r118_every_request_that_is_played_has_a_baseline() -> None:
    """Each with minutes and where they come from, and the other way round."""
    assert set(TABLE["requests"]) == set(REQUESTS)
    assert all(step["minutes"] > 0 and step["source"] for row in TABLE["requests"].values() for step in row["before"])


def test_a_persons_time_is_waiting_and_hands_and_reading() -> None:
    """A click is thought, pointed and pressed; a field costs the hand there and back; 238 words are a minute."""
    assert Counts(waited=2.0).seconds(TABLE["person"]) == 2.0
    assert Counts(clicks=2).seconds(TABLE["person"]) == pytest.approx(5.3)
    assert Counts(fields=1, keys=10).seconds(TABLE["person"]) == pytest.approx(2.65 + 0.8 + 2.8)
    assert Counts(words=238).seconds(TABLE["person"]) == pytest.approx(60)


def test_r118_the_saving_is_of_what_was_measured() -> None:
    """Six minutes against thirty-six seconds are 90 %, whatever was published; a request that was not played is not told."""
    (row,) = figures(TABLE, {"medios_de_pago": [Counts(waited=36.0)] * 3})
    assert (row.before_minutes, round(row.saved, 4), row.published) == (6, 0.9, "97.57")
    text = document(TABLE, [row], [Counts(waited=1.0)], 3, "1 de enero de 2027")
    assert "90.00 %" in text and "97.57 %" in text and text.count("sin jugar") == 4


def test_median_and_ninth_tenth() -> None:
    """By nearest rank: one of ten may be slower than the ninth tenth."""
    assert spread([float(n) for n in range(1, 11)]) == (5.5, 9.0)
