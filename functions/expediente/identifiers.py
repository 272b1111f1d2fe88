"""Identifiers as people write them, normalised: RUC with its check digits, cédula, passport, telephone, e-mail address.

Every function takes any text and raises nothing; None means that it is no such identifier. Normalising twice is as once.
Sources: DGI, «Cálculo del dígito verificador del RUC», version 201805; Tribunal Electoral, numbering of cédulas.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from panama_ruc_dv_calculator.ruc_juridica import RucJuridica
from panama_ruc_dv_calculator.ruc_juridica_nt import RucJuridicaNT
from panama_ruc_dv_calculator.ruc_natural import RucNatural
from panama_ruc_dv_calculator.ruc_natural_nt import RucNaturalNT

from expediente.texts import clean_text

PROVINCES = 13
_LONGEST = 80
# Of an address with its blanks; none is cut, because what is left would be another one.
_LONGEST_ADDRESS = 400
_DASHES = re.compile("[\u00ad\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\u30fc\ufe58\ufe63\uff0d_~]")
_DV = re.compile(r"(?P<ruc>.*?)[-,;/]?DV[:#=-]?(?P<dv>[0-9]{1,2})?")
_COMPANY = re.compile(r"([0-9]{1,9})-([0-9]{1,4})-([0-9]{1,6})")
_NT = re.compile(r"([0-9]{1,2})-?NT-([0-9]{1,3})-([0-9]{1,7})")
_CEDULA = re.compile(
    r"(?:(?P<letter>E|N|PE)|(?P<province>[0-9]{1,2})(?:-?(?P<suffix>AV|PI))?)-(?P<book>[0-9]{1,4})-(?P<entry>[0-9]{1,6})"
)
_PASSPORT = re.compile(r"[A-Z0-9][A-Z0-9-]{3,18}[A-Z0-9]")
# Longest asiento that the DGI's rule takes; the library cuts longer ones without a word, and would answer for another number.
_LONGEST_ENTRY = {"natural_nt": 6, "juridica_nt": 7}


@dataclass(frozen=True)
class Ruc:
    """A taxpayer's number. dv: check digits as written ('' = not written); right_dv: those that belong to the number."""

    number: str
    dv: str
    right_dv: str


@dataclass(frozen=True)
class Phone:
    """A telephone in E.164, with ` ext. N` where one was written. valid: False = possible, yet in no known range."""

    number: str
    valid: bool


def _compact(text: str) -> str:
    """NFKC, upper case, one kind of dash, no blanks and dots; '' for what is far too long."""
    folded = clean_text(unicodedata.normalize("NFKC", text[: _LONGEST * 8]))
    packed = re.sub(r"[\s.]", "", _DASHES.sub("-", folded)).upper()
    packed = re.sub("-{2,}", "-", packed)
    return packed if len(packed) <= _LONGEST else ""


def _whole(*digits: str) -> list[str]:
    """Numbers without zeros in front: `08-0274-125` and `8-274-125` are the same cédula."""
    return [part.lstrip("0") or "0" for part in digits]


def split_dv(text: str) -> tuple[str, str]:
    """A RUC text as (number, check digits): `RUC: 155990008-2-2024 DV 8` -> (`155990008-2-2024`, `08`). Nothing is checked."""
    packed = re.sub(r"^R\.?U\.?C[:#=-]?", "", _compact(text))
    match = _DV.fullmatch(packed)
    if not match:
        return packed.strip("-"), ""
    return match["ruc"].strip("-"), check_digits(match["dv"] or "")


def check_digits(text: str) -> str:
    """Check digits as two characters: `8` -> `08`, `D.V. 78` -> `78`; '' when they are none."""
    packed = re.sub(r"^DV[:#=-]?", "", _compact(text))
    return packed.zfill(2) if re.fullmatch(r"[0-9]{1,2}", packed) else ""


def ruc(text: str, kind: str) -> Ruc | None:
    """The RUC of a person of that kind (juridica, natural, juridica_nt, natural_nt). The kind cannot be told from the number."""
    written, dv = split_dv(text)
    number = _ruc_number(written, kind)
    if number is None:
        return None
    calculators = {"juridica": RucJuridica, "natural": RucNatural, "juridica_nt": RucJuridicaNT, "natural_nt": RucNaturalNT}
    try:
        return Ruc(number, dv, str(calculators[kind](number).dv))
    except (ValueError, KeyError, IndexError):
        return None


def _ruc_number(written: str, kind: str) -> str | None:
    if kind == "natural":
        return cedula(written)
    if kind == "juridica":
        match = _COMPANY.fullmatch(written)
        return "-".join(_whole(*match.groups())) if match and any(int(part) for part in match.groups()) else None
    match = _NT.fullmatch(written)
    if not match or not 1 <= int(match[1]) <= PROVINCES or len(match[3].lstrip("0")) > _LONGEST_ENTRY.get(kind, 0):
        return None
    province, book, entry = _whole(*match.groups())
    return f"{province}-NT-{book}-{entry}"


def begins_with_ruc(text: str, number: str) -> bool:
    """Whether the number of a business notice is that RUC followed by more, as Panamá Emprende gives it."""
    packed = re.sub(r"[^A-Z0-9]+", "-", re.sub(r"([0-9]) ?-?(AV|PI|NT)", r"\1\2", _compact(text)))
    wanted = re.sub(r"([0-9])-(NT)", r"\1\2", number)
    return packed.startswith((f"{wanted}-", f"{number}-"))


def cedula(text: str) -> str | None:
    """A cédula as `8-9901-1234`, `PE-99-9901`, `8AV-1-196`, or None."""
    match = _CEDULA.fullmatch(_compact(text))
    if not match or not _entry_fits(match):
        return None
    book, entry = _whole(match["book"], match["entry"])
    if match["letter"]:
        return f"{match['letter']}-{book}-{entry}"
    province = int(match["province"])
    return f"{province}{match['suffix'] or ''}-{book}-{entry}" if 1 <= province <= PROVINCES else None


def _entry_fits(match: re.Match[str]) -> bool:
    return len(match["entry"].lstrip("0")) <= (6 if match["letter"] in ("E", "N") else 5)


def has_unknown_province(text: str) -> bool:
    """Whether it has the form of a cédula and only its province does not exist: `14-123-456`."""
    match = re.fullmatch(r"([0-9]{1,3})-?(?:AV|PI)?-[0-9]{1,4}-[0-9]{1,5}", _compact(text))
    return match is not None and not 1 <= int(match[1]) <= PROVINCES


def passport(text: str) -> str | None:
    """A passport number in upper case without blanks, 5 to 20 letters, digits and dashes, or None."""
    packed = _compact(text)
    return packed if _PASSPORT.fullmatch(packed) and any(char.isdigit() for char in packed) else None


def identity_number(text: str, id_kind: str) -> str | None:
    """The number of a document of that kind (cedula, pasaporte, ruc), or None. Of a RUC any kind of company may be meant."""
    if id_kind == "cedula":
        return cedula(text)
    if id_kind == "pasaporte":
        return passport(text)
    if id_kind != "ruc":
        return None
    found = ruc(text, "juridica") or ruc(text, "juridica_nt")
    return found.number if found and found.dv in ("", found.right_dv) else None


def phone(text: str) -> Phone | None:
    """A telephone; without country code it is of Panama. None when it cannot be one: too short, too long, no digits."""
    cleaned = clean_text(unicodedata.normalize("NFKC", text[: _LONGEST * 8]))
    if len(cleaned) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(cleaned, "PA")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    extension = f" ext. {number.extension}" if number.extension else ""
    return Phone(plain + extension, phonenumbers.is_valid_number(number))


def email(text: str) -> str | None:
    """One e-mail address in ASCII, its domain in lower case, or None. The network is not asked: the address may not exist."""
    if len(text) > _LONGEST_ADDRESS:
        return None
    try:
        return str(validate_email(clean_text(text), check_deliverability=False, allow_smtputf8=False, strict=True).ascii_email)
    except (EmailNotValidError, ValueError):
        return None
