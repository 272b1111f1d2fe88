"""Records to plain JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expediente import intake_data, model
from expediente.codec import from_data, stamp, to_data, unstamp
from expediente.errors import ConfigurationError
from expediente.intake_data import Schedule, ServicePoint
from expediente.model import SCHEMA, Attachment, Fact, OutgoingMail, Paper, PaperState, StepRecord

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
RECORDS = [model.Client, model.Submission, model.Fact, model.Dossier, model.Event, model.OutgoingMail]

st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


def a_fact(**changes: object) -> Fact:
    """A fact with some fields changed."""
    return replace(Fact("e", "d", "look", NOON, "", {}), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "record_type",
    [intake_data.ServicePoint, intake_data.Order, intake_data.Shareholder, model.Paper, model.Confirmation, *RECORDS],
)
def test_every_record_comes_back_the_same(record_type: type) -> None:
    """Through JSON text, whatever the fields hold."""

    given_fields = {"payload": st.just({"rows": [["a", 1, None]]})} if record_type is Fact else {}

    @given(st.builds(record_type, **given_fields))
    def there_and_back(record: object) -> None:
        if hasattr(record, "schema"):
            record = replace(record, schema=SCHEMA)  # type: ignore[type-var]
        assert from_data(record_type, json.loads(json.dumps(to_data(record)))) == record

    there_and_back()


def test_plain_form_is_what_people_expect() -> None:
    """Amounts keep their cents, dates are ISO, enums their values, tuples lists."""
    paper = to_data(Paper(PaperState.VERIFIED, issued_on=date(2026, 3, 1), at=NOON))
    assert (paper["state"], paper["issued_on"], paper["at"]) == ("verified", "2026-03-01", "2026-03-10T17:00:00.000000Z")
    address, contact = intake_data.Address(), intake_data.Contact("P01", "Ñ")
    point = ServicePoint("P01", "x", address, contact, Schedule(("LU",), "08:00", "09:00"), Decimal("1.50"), Decimal(0))
    assert (to_data(point)["mean_value"], to_data(point)["schedule"]["days"]) == ("1.50", ["LU"])


@given(st.lists(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))])), min_size=2, max_size=5))
def test_order_of_stamps_is_order_of_times(times: list[datetime]) -> None:
    """Whatever the zone and however many decimals."""
    times = [time for time in times if 2 < time.year < 9998]
    assert [unstamp(text) for text in sorted(stamp(time) for time in times)] == sorted(times)
    assert len({len(stamp(time)) for time in times}) <= 1


def test_time_without_zone_is_refused() -> None:
    """It could be an hour of Panama or of UTC."""
    with pytest.raises(ValueError, match="zone"):
        to_data(StepRecord("done", "x", at=datetime(2026, 3, 10)))


def test_times_in_a_payload_are_stamped() -> None:
    """A payload is plain JSON, so a time in it comes back as its text."""
    assert to_data(a_fact(payload={"at": [NOON]}))["payload"] == {"at": ["2026-03-10T17:00:00.000000Z"]}


def test_unknown_keys_are_passed_over() -> None:
    """A record of a newer program with the same schema can be read, inner records too."""
    mail = OutgoingMail("m", "d", "k", "s", ("a",), "", "", "", "", NOON, attachments=(Attachment("a", "b", "c"),))
    data = to_data(mail) | {"later": {"x": 1}}
    data["attachments"][0]["later"] = True
    assert from_data(OutgoingMail, data) == mail


def test_absent_keys_take_their_defaults() -> None:
    """A record of an older program can be read."""
    assert from_data(Paper, {}) == Paper()


def test_newer_schema_is_refused() -> None:
    """To guess at what a newer program means would lose it at the next write."""
    with pytest.raises(ConfigurationError, match=f"schema {SCHEMA + 1}"):
        from_data(Fact, to_data(a_fact(schema=SCHEMA + 1)))


@pytest.mark.parametrize("broken", [{"state": "lost"}, {"returns": "many"}, {"at": "yesterday"}])
def test_what_does_not_fit_is_told_with_its_place(broken: dict[str, str]) -> None:
    """The message names the field and not what it held beyond a key."""
    with pytest.raises(ConfigurationError, match=rf"\$\.{next(iter(broken))}"):
        from_data(Paper, broken)


@pytest.mark.parametrize("thing", [3, "text", [1], {"a": 1}, None, Paper])
def test_only_records_are_made_plain(thing: object) -> None:
    """A dictionary in place of a record is a mistake of the caller."""
    with pytest.raises(TypeError):
        to_data(thing)
