"""Identifiers that cannot be counted up: short codes for people, made from what they stand for or at random."""

from __future__ import annotations

import hashlib
import hmac
import secrets

# Crockford's alphabet: no I, L, O, U, so that a code can be read aloud.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_of(digest: bytes, length: int) -> str:
    """So many letters and digits from bytes; the same bytes give the same code."""
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def dossier_id_of_response(form_id: str, response_id: str) -> str:
    """The dossier that a response would open: always the same for the same response, so that it opens once."""
    return "EXP-" + code_of(hashlib.sha256(f"{form_id}/{response_id}".encode()).digest(), 8)


def new_client_id() -> str:
    """A random client id."""
    return "CLI-" + code_of(secrets.token_bytes(16), 12)


def new_order_id() -> str:
    """A random id of a payment: 15 letters and digits, as the narrowest gateway takes them."""
    return code_of(secrets.token_bytes(16), 15)


def case_id_of(entropy: bytes) -> str:
    """The number of a case: `K` and seven letters. entropy: random bytes, at least five."""
    return "K" + code_of(entropy, 7)


def is_case_id(text: str) -> bool:
    """Whether a text has the form of a case's number."""
    return len(text) == 8 and text[0] == "K" and all(letter in _ALPHABET for letter in text[1:])


def person_ref(address: str) -> str:
    """A stable stand-in for a person's address in logs and audit events."""
    return "P-" + code_of(hashlib.sha256(address.strip().lower().encode()).digest(), 10)


ISSUED_CODE_LETTERS = 20


def issued_code(secret: bytes, said: str) -> str:
    """The code of an issued document, 100 bits that nobody guesses without the secret; said: something random, the same gives the same."""
    return code_of(hmac.digest(secret, f"issued\n{said}".encode(), "sha256"), ISSUED_CODE_LETTERS)


def read_code(text: str) -> str:
    """A code as somebody typed it from paper: capitals, without what parts it, letters that look alike as digits; '' = it is none."""
    plain = text.upper().translate(_READ_ALOUD)
    return plain if len(plain) == ISSUED_CODE_LETTERS and not set(plain) - set(_ALPHABET) else ""


_READ_ALOUD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
