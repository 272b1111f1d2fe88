"""Texts, amounts, percentages, counts, dates, hours and places as people write them."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expediente import quantities, texts
from tests.unit.intake_samples import form


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1800", "1800"),
        ("1,800.00", "1800.00"),
        ("B/. 1,800.00", "1800.00"),
        ("B/.5", "5"),
        ("$1,234,567.89", "1234567.89"),
        ("US$ 20", "20"),
        ("20 USD", "20"),
        (" 0 ", "0"),
        ("-5.00", "-5.00"),
        ("−5", "-5"),
        ("$-5", "-5"),
        ("１２３.５", "123.5"),
    ],
)
def test_amount(text: str, value: str) -> None:
    """Comma for thousands, point for decimals, the signs of balboa and dollar."""
    assert quantities.amount(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "1.800,00",
        "1.800",
        "1800,50",
        "1,80",
        "12,34,567",
        "1e309",
        "NaN",
        "inf",
        "-Infinity",
        "1_000",
        "",
        "-",
        "5.001",
        "0x10",
        "(5.00)",
        "--5",
        "cinco",
        "٥",
        "9" * 400,
    ],
)
def test_amount_with_two_readings_or_none_is_refused(text: str) -> None:
    """Nothing is guessed."""
    assert quantities.amount(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60", "60"),
        ("60.00", "60.00"),
        ("33.3334 %", "33.3334"),
        ("100%", "100"),
        ("0", None),
        ("100.01", None),
        ("-5", None),
        ("33,3", None),
        ("NaN", None),
    ],
)
def test_percentage(text: str, value: str | None) -> None:
    """Above 0 and up to 100."""
    assert quantities.percentage(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "value"), [("50", 50), ("-1", -1), ("1,200", 1200), ("1.5", None), ("", None), ("1e3", None), ("9999999", None)]
)
def test_count(text: str, value: int | None) -> None:
    """Whole numbers."""
    assert quantities.count(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-16", date(2026, 3, 16)),
        ("16/03/2026", date(2026, 3, 16)),
        ("16-3-2026", date(2026, 3, 16)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("0000-01-01", None),
        ("16/03/26", None),
        ("mañana", None),
        ("03-16", None),
    ],
)
def test_date(text: str, value: date | None) -> None:
    """As the form sends it or as people write it; the day must exist."""
    assert quantities.day(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("09:00", "09:00"),
        ("9:00", "09:00"),
        ("23:59:59", "23:59"),
        ("3:00 p. m.", "15:00"),
        ("12:00 AM", "00:00"),
        ("12:30 pm", "12:30"),
        ("24:00", None),
        ("9:60", None),
        ("13:00 pm", None),
        ("0:00 pm", None),
        ("9", None),
    ],
)
def test_hour(text: str, value: str | None) -> None:
    """Hours of a day."""
    assert quantities.time_of_day(text) == value


@given(st.one_of(st.text(), st.text(alphabet="0123456789.,-+$B/%:apm eE ", max_size=20)))
def test_any_text_is_a_quantity_or_none(text: str) -> None:
    """No exception; what comes out is finite, and normalised twice it stays."""
    value, share = quantities.amount(text), quantities.percentage(text)
    assert value is None or (value.is_finite() and quantities.amount(str(value)) == value)
    assert share is None or (0 < share <= 100 and quantities.percentage(str(share)) == share)
    number, day, hour = quantities.count(text), quantities.day(text), quantities.time_of_day(text)
    assert number is None or quantities.count(str(number)) == number
    assert day is None or quantities.day(day.isoformat()) == day
    assert hour is None or quantities.time_of_day(hour) == hour


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Tienda\tRara\0 ", "Tienda Rara"),
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u0085b\u2028c\u2029d", "a b c d"),
        ("Pen\u0303a", "Peña"),
        ("Mini\u200bsúper\ufeff", "Minisúper"),
        ("\u202eexe.fdp", "exe.fdp"),
        ("\ud800roto", "roto"),
        ("   ", ""),
        ("«Los Güeros y Asociados», S.A. 😀", "«Los Güeros y Asociados», S.A. 😀"),
        ("{{7*7}} <b>&amp;</b>", "{{7*7}} <b>&amp;</b>"),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    """What cannot be seen goes, what people wrote stays."""
    assert texts.clean_text(text) == clean


def test_paragraphs_keep_their_lines() -> None:
    """At most one empty line between two."""
    assert texts.clean_text(" uno \r\n\r\n\r\n\ndos\ttres ", multiline=True) == "uno\n\ndos tres"


def test_a_pile_of_marks_is_cut() -> None:
    """A thousand combining marks become three."""
    clean = texts.clean_text("Z" + "\u0301" * 1000)
    assert sum(unicodedata.combining(char) > 0 for char in unicodedata.normalize("NFD", clean)) <= 4


@given(st.text(st.characters(exclude_categories=[])), st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, multiline: bool) -> None:
    """And leaves nothing that cannot be seen or encoded."""
    clean = texts.clean_text(text, multiline=multiline)
    assert texts.clean_text(clean, multiline=multiline) == clean
    assert not texts.has_control_characters(clean)
    clean.encode()


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://malo.example.com","Ver")',
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        " =1",
        "'=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\u200b=1",
        '"=1',
    ],
)
def test_formula_starts_are_seen(text: str) -> None:
    """Also behind blanks, quotes and invisible characters, and full-width."""
    assert texts.looks_like_formula(text)


@pytest.mark.parametrize("text", ["Minisúper", "A=B, S.A.", "3-M", "¡Ya!", ""])
def test_ordinary_names_are_no_formulas(text: str) -> None:
    """A sign within a name harms nobody."""
    assert not texts.looks_like_formula(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Súper Mar, S.A.", "SUPER MAR"),
        ("Grupo Andamio Irreal, S.A.", "grupo andamio irreal s. a."),
        ("Minisu\u0301per", "Minisúper"),
        ("\u0410ndamio", "Andamio"),
        ("Ａndamio", "Andamio"),
        ("Ñico  Ibáñez", "nico ibanez"),
    ],
)
def test_similar_names_fold_to_one(one: str, other: str) -> None:
    """Accents, case, legal form, look-alike letters."""
    assert texts.fold_company(one) == texts.fold_company(other)


@given(st.text(st.characters(exclude_categories=[])))
def test_folding_twice_is_folding_once(text: str) -> None:
    """No exception for any text."""
    folded = texts.fold_name(text)
    assert texts.fold_name(folded) == folded
    texts.fold_company(text)
    texts.looks_like_formula(text)


def test_places_know_their_districts() -> None:
    """Seventy districts in ten provinces, whatever the accents; comarcas take any text."""
    places = form().places
    assert sum(len(districts) for districts in places.provinces.values()) == 70 and len(places.provinces) == 13
    assert places.district("panama oeste", "LA CHORRERA") == "La Chorrera"
    assert places.district("Panamá", "La Chorrera") == ""
    assert places.district("Guna Yala", "Narganá") == "Narganá"
    assert (
        places.province("Ngabe Bugle") == "Ngäbe-Buglé"
        and places.province("Atlántida") == ""
        and places.district("Atlántida", "x") == ""
    )
