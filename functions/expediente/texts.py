"""Text that strangers write: cleaned of what cannot be seen, folded so that two spellings of a name meet."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_MAX_MARKS = 3
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FORMULA = re.compile("[\\s'\"`\u00b4\u2018\u2019]*[=+\\-@\u2013\u2014\u2212]")
# Letters that look like Latin ones, so that a copied or forged name folds to the same text.
_LOOKALIKES = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0430\u0435\u043e"
    "\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c"
    "\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTYXaeopcyxijsABEZHIKMNOPTYXo",
)
_LEGAL_FORM = re.compile(r" (s a|s de r l|s r l|inc|corp|corporation|ltd|limited|sociedad anonima|cia|co)$")


def clean_text(text: str, multiline: bool = False) -> str:
    """The text in NFC, without control and invisible characters, spaces collapsed, ends stripped.

    Line breaks become spaces, or stay as newlines with `multiline`. Cleaning twice gives the same as once.
    """
    previous, current = None, text
    while current != previous:
        previous, current = current, _clean_once(current, multiline)
    return current


def _clean_once(text: str, multiline: bool) -> str:
    broken = _BREAKS.sub("\n", text)
    kept = "".join(char for char in unicodedata.normalize("NFC", broken) if _is_visible(char))
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in _without_mark_piles(kept).split("\n"))
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) if multiline else " ".join(line for line in lines if line)
    return joined.strip()


def _is_visible(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _without_mark_piles(text: str) -> str:
    """At most three combining marks on a letter; more are a prank that breaks the lines around it."""
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def has_control_characters(text: str) -> bool:
    """Whether it holds control characters (other than tab and line breaks), lone surrogates or marks that reverse the writing."""
    return bool(_BIDI.search(text)) or any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\r\n" for char in text)


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula: it begins with = + - or @, also full-width or behind a quote."""
    return bool(_FORMULA.match(clean_text(unicodedata.normalize("NFKC", text))))


def fold_name(text: str) -> str:
    """The text for comparisons only: lower case, without accents, punctuation and look-alike letters."""
    previous, current = None, text
    while current != previous:
        previous, current = current, _fold_once(current)
    return current


def _fold_once(text: str) -> str:
    plain = unicodedata.normalize("NFKD", clean_text(text).translate(_LOOKALIKES)).casefold()
    letters = "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join(letters.split())


def fold_company(text: str) -> str:
    """Like `fold_name`, without the legal form at the end: `Súper Mar, S.A.` and `SUPER MAR` meet."""
    folded = fold_name(text)
    return _LEGAL_FORM.sub("", folded) or folded
