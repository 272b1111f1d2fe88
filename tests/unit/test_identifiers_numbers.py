"""RUC with its check digits, cédula, passport, telephone and e-mail, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expediente import identifiers
from tests.unit.intake_samples import sample_file

EXAMPLES = sample_file()["ruc_ejemplos"]
KINDS = ("juridica", "natural", "juridica_nt", "natural_nt")
ODD = st.one_of(st.text(), st.text(alphabet="0123456789-–— .ENPAVITDRUC:８９", max_size=30))


@pytest.mark.parametrize(
    "example", [*EXAMPLES["oficiales_dgi"], *EXAMPLES["otros_publicados"]], ids=lambda e: f"{e['ruc']} {e['tipo']}"
)
def test_published_numbers_have_their_check_digits(example: dict[str, str]) -> None:
    """The examples of the DGI's paper and other public ones."""
    found = identifiers.ruc(example["ruc"], example["tipo"])
    assert found is not None and found.right_dv == example["dv"]


@pytest.mark.parametrize("example", EXAMPLES["invalidos"], ids=lambda e: str(e["motivo"]))
def test_invalid_numbers_are_refused(example: dict[str, str]) -> None:
    """No such number, or other check digits."""
    found = identifiers.ruc(example["ruc"], example["tipo"])
    assert found is None or found.right_dv != example["dv"]


@pytest.mark.parametrize("example", EXAMPLES["normalizar"], ids=lambda e: str(e["entrada"]))
def test_spellings_are_normalised(example: dict[str, str | None]) -> None:
    """Prefix, blanks, dashes and check digits in the text."""
    assert identifiers.split_dv(str(example["entrada"])) == (example["ruc"], example["dv"] or "")


@pytest.mark.parametrize(
    "text",
    [
        "155990001-2-2024",
        " 155990001 - 2 - 2024 ",
        "155990001–2–2024",
        "155990001—2—2024 dv78",
        "R.U.C. 155990001-2-2024 D.V. 78",
        "RUC:155990001-2-2024",
        "155.990.001-2-2024",
        "１５５９９０００１－２－２０２４",
        "155990001\u200b-2-2024",
        "155990001\u00ad-2-2024",
        "155990001-02-2024",
        "155990001--2-2024",
        "155990001-2-2024-DV-78",
        "155990001-2-2024 D.V.: 78",
        "155990001-2-2024, DV 78",
    ],
)
def test_one_company_in_any_spelling_is_one_number(text: str) -> None:
    """What a second submission looks like."""
    found = identifiers.ruc(text, "juridica")
    assert found is not None and (found.number, found.right_dv) == ("155990001-2-2024", "78")
    assert found.dv in ("", "78")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("8-123-1234567", "natural"),
        ("PE-1-123456", "natural"),
        ("8-NT-1-1234567", "natural_nt"),
        ("8-NT-1-12345678", "juridica_nt"),
        ("8-NT-1-24", "juridica"),
        ("155990001-2-2024", "natural"),
        ("155990001-2-2024", "juridica_nt"),
        ("14-NT-1-24", "natural_nt"),
        ("0-0-0", "juridica"),
        ("155990001-2-2024-9", "juridica"),
        ("155990001-2-20²4", "natural"),
        ("٨-٢٧٤-١٢٥", "natural"),
        ("155990001-2-2024 DV 123", "juridica"),
        ("155990001-2-2024", "sociedad"),
        ("DV 78", "juridica"),
        ("", "juridica"),
        ("1" * 50_000, "juridica"),
    ],
)
def test_what_the_library_would_cut_or_misread_is_refused(text: str, kind: str) -> None:
    """Long entries, other kinds, other digits: None, never the check digits of another number."""
    assert identifiers.ruc(text, kind) is None


def test_kind_decides_the_check_digits() -> None:
    """The same number has other digits as a person and as a company, so the kind is asked."""
    person, company = identifiers.ruc("8-123-4567", "natural"), identifiers.ruc("8-123-4567", "juridica")
    assert person and company and (person.right_dv, company.right_dv) == ("21", "80")


@pytest.mark.parametrize(
    ("text", "digits"), [("8", "08"), ("D.V. 78", "78"), (" 78 ", "78"), ("０８", "08"), ("", ""), ("x", ""), ("123", "")]
)
def test_check_digits_are_two(text: str, digits: str) -> None:
    """One digit gets its zero."""
    assert identifiers.check_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8-9901-1234", "8-9901-1234"),
        ("08-9901-01234", "8-9901-1234"),
        ("8 9901 1234", None),
        ("pe-99-9901", "PE-99-9901"),
        ("N-99-9901", "N-99-9901"),
        ("E-8-990123", "E-8-990123"),
        ("8AV-1-196", "8AV-1-196"),
        ("8-AV-1-196", "8AV-1-196"),
        ("8 pi - 1 - 80", "8PI-1-80"),
        ("13-1-1", "13-1-1"),
        ("14-123-456", None),
        ("0-123-456", None),
        ("8-12345-456", None),
        ("8-123-456789", None),
        ("8-123-456a", None),
        ("8-123", None),
    ],
)
def test_cedula(text: str, number: str | None) -> None:
    """Province, book and entry; letters of foreigners, naturalised, born abroad, before the registry, indigenous."""
    assert identifiers.cedula(text) == number


def test_unknown_province_is_told_apart_from_a_wrong_form() -> None:
    """14 is no province; a letter in the entry is no cédula at all."""
    assert identifiers.has_unknown_province("14-123-456") and identifiers.has_unknown_province("0-123-456")
    assert not identifiers.has_unknown_province("8-123-456a") and not identifiers.has_unknown_province("8-9901-1234")


@pytest.mark.parametrize(
    ("text", "number"), [("xx0000012", "XX0000012"), ("A 123456", "A123456"), ("ABCD", None), ("ABCDEF", None), ("1" * 21, None)]
)
def test_passport(text: str, number: str | None) -> None:
    """Five to twenty letters and digits, one digit at least."""
    assert identifiers.passport(text) == number


def test_document_of_a_company_is_its_ruc() -> None:
    """With its own check digits where they are written."""
    assert identifiers.identity_number("155990099-2-2015 DV 45", "ruc") == "155990099-2-2015"
    assert identifiers.identity_number("155990099-2-2015 DV 46", "ruc") is None
    assert identifiers.identity_number("8-9901-1234", "licencia") is None


@pytest.mark.parametrize(
    ("text", "number", "valid"),
    [
        ("+507 200-0101", "+5072000101", True),
        ("6000-0101", "+50760000101", True),
        ("(507) 6000.0101", "+50760000101", True),
        ("２００-０１０１", "+5072000101", True),
        ("+507 7123-4567", "+50771234567", False),
        ("+1 305 555 0100", "+13055550100", True),
        ("200-0101 ext. 12", "+5072000101 ext. 12", True),
    ],
)
def test_phone(text: str, number: str, valid: bool) -> None:
    """Possible yet not valid is told apart: new ranges exist before the library knows them."""
    found = identifiers.phone(text)
    assert found is not None and (found.number, found.valid) == (number, valid)


@pytest.mark.parametrize("text", ["6000-01", "", "no tiene", "1" * 60, "+507", "tel:javascript:alert(1)"])
def test_not_a_phone(text: str) -> None:
    """Too short, too long, no digits."""
    assert identifiers.phone(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "pago@@tienda",
        "x@localhost",
        "a@b",
        "a@example.com, b@example.com",
        "a@example.com;b@example.com",
        "a@example.com b@example.com",
        "Ana <a@example.com>",
        '"a b"@example.com',
        "a(c)@example.com",
        "a@[127.0.0.1]",
        "a@example.com?bcc=b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "ñ@example.com",
        "a@exam_ple.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 250}.com",
        "",
        "@",
    ],
)
def test_not_one_address(text: str) -> None:
    """Lists, names, comments, quoted parts, header breaks, hosts without a domain."""
    assert identifiers.email(text) is None


def test_no_address_is_cut_to_another_one() -> None:
    """What is left of a long one may be somebody's."""
    assert identifiers.email("ana@x.example.com" + " " * 400 + "ple.com") is None
    assert identifiers.email("a" * 400 + "@x.example.com") is None


def test_email_is_normalised_and_ascii() -> None:
    """A look-alike domain stands in its ASCII form, where everybody sees it."""
    assert identifiers.email(" Caja@LaEsquina.Example.com ") == "Caja@laesquina.example.com"
    assert "@xn--" in str(identifiers.email("a@bl\u0456ndados.example.com"))


def test_business_notice_begins_with_the_ruc() -> None:
    """In any spelling; that of another company, or a number that merely begins alike, does not."""
    assert identifiers.begins_with_ruc("155990001–2–2024 – 2024 - 000001", "155990001-2-2024")
    assert identifiers.begins_with_ruc("6-9914-14-2024-000001", "6-9914-14")
    assert identifiers.begins_with_ruc("8NT-1-24-2024-1", "8-NT-1-24")
    assert not identifiers.begins_with_ruc("155990001-2-20245-2024", "155990001-2-2024")
    assert not identifiers.begins_with_ruc("155990099-2-2015-2019-000009", "155990001-2-2024")


@given(ODD, st.sampled_from(KINDS))
def test_any_text_is_a_ruc_or_none_and_twice_is_once(text: str, kind: str) -> None:
    """No exception for any text."""
    found = identifiers.ruc(text, kind)
    assert found is None or identifiers.ruc(found.number, kind) == identifiers.Ruc(found.number, "", found.right_dv)
    identifiers.begins_with_ruc(text, "155990001-2-2024")


@given(ODD)
def test_any_text_is_an_identifier_or_none_and_twice_is_once(text: str) -> None:
    """No exception for any text."""
    for normalise in (identifiers.cedula, identifiers.passport, identifiers.email):
        found = normalise(text)
        assert found is None or normalise(found) == found
    found_phone = identifiers.phone(text)
    assert found_phone is None or identifiers.phone(found_phone.number) == found_phone
    identifiers.has_unknown_province(text)
    assert identifiers.split_dv(identifiers.split_dv(text)[0])[0] is not None
