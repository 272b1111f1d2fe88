"""Identifiers that cannot be counted up: short codes for people, made from what they stand for or at random."""

from __future__ import annotations

import hashlib
import secrets

# Crockford's alphabet: no I, L, O, U, so that a code can be read aloud.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _code(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def dossier_id_of_response(form_id: str, response_id: str) -> str:
    """The dossier that a response would open: always the same for the same response, so that it opens once."""
    return "EXP-" + _code(hashlib.sha256(f"{form_id}/{response_id}".encode()).digest(), 8)


def new_client_id() -> str:
    """A random client id."""
    return "CLI-" + _code(secrets.token_bytes(16), 12)


def person_ref(address: str) -> str:
    """A stable stand-in for a person's address in logs and audit events."""
    return "P-" + _code(hashlib.sha256(address.strip().lower().encode()).digest(), 10)
