"""The token by which a client's requests find its dossier: random, kept as a hash alone, another one when the contact changes."""

from __future__ import annotations

import hashlib
import secrets
from hmac import compare_digest
from typing import TYPE_CHECKING

from expediente import codec
from expediente.model import Dossier
from expediente.store import Create, Delete

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.work import Work

_BYTES = 24


def new_token() -> str:
    """A token that cannot be guessed."""
    return secrets.token_urlsafe(_BYTES)


def keep(work: Work, token: str) -> None:
    """Let a token lead to the dossier; the one before leads nowhere any more."""
    revoke(work)
    said = _hash(token)
    work.writes.append(Create("unique", f"request/{said}", {"dossier_id": work.dossier.dossier_id}))
    work.set(request_token=said)


def revoke(work: Work) -> None:
    """Let the present token lead nowhere."""
    if work.dossier.request_token:
        work.writes.append(Delete("unique", f"request/{work.dossier.request_token}"))
        work.set(request_token="")


def dossier_of(app: App, token: str) -> Dossier | None:
    """The dossier that a token leads to today, else None."""
    said = _hash(token.strip())
    claim = app.store.get("unique", f"request/{said}")
    read = app.store.get("dossier", claim.data["dossier_id"]) if claim else None
    dossier = codec.from_data(Dossier, read.data) if read else None
    return dossier if dossier and compare_digest(dossier.request_token, said) else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
