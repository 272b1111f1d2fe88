"""Who is asking: the assertion that the identity-aware proxy signs for each request, and nothing else.

The header `x-goog-authenticated-user-email` is unsigned and never read. Times are the machine's: the proxy signs with them.
Source: Identity-Aware Proxy, "Signed headers"; google-auth, `id_token.verify_token` (which does not compare the issuer).
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from expediente.errors import RetryLaterError

if TYPE_CHECKING:
    from expediente.settings import Settings

HEADER = "x-goog-iap-jwt-assertion"
ALGORITHM = "ES256"
SKEW_SECONDS = 30
MAX_ASSERTION_CHARACTERS = 8_192

_KEPT_SECONDS = 3_600.0
# A key that we do not know may be new: look again, but an invented one must not make us ask at every request.
_LOOK_AGAIN_SECONDS = 60.0
_FETCH_TIMEOUT_SECONDS = 5.0


def address_of(settings: Settings, assertion: str) -> str | None:
    """The address, in lower case, of the person for whom the proxy has signed; None when nothing is proven.

    :param assertion: the value of `HEADER`, '' when the request has none.
    :raises ConfigurationError: audience, issuer or address of the keys is not configured.
    :raises RetryLaterError: the proxy's keys cannot be fetched, so nobody can be recognised now.
    """
    settings.need("page_audience", "page_issuer", "page_keys_url")
    if not assertion or len(assertion) > MAX_ASSERTION_CHARACTERS:
        return None
    claims = _claims(settings, assertion)
    if claims is None or claims.get("iss") != settings.page_issuer or claims.get("email_verified", True) is not True:
        return None
    email = claims.get("email")
    return email.lower() if isinstance(email, str) and "@" in email else None


def _claims(settings: Settings, assertion: str) -> dict[str, Any] | None:
    """What the assertion says, once signature, times and audience hold."""
    auth_errors = import_module("google.auth.exceptions").GoogleAuthError
    keys = _keys_at(settings.page_keys_url)
    try:
        header = import_module("google.auth.jwt").decode_header(assertion)
        if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
            return None
        keys.look_for(header["kid"])
        claims: dict[str, Any] = import_module("google.oauth2.id_token").verify_token(
            assertion, keys, settings.page_audience, settings.page_keys_url, SKEW_SECONDS
        )
    except (auth_errors, ValueError, TypeError, AttributeError, RecursionError):
        return None
    return claims


@dataclass(frozen=True)
class _Answer:
    """A stored answer in the shape that google-auth reads."""

    status: int
    data: bytes


class KeyRing:
    """The proxy's public keys as google-auth asks for them: kept for an hour, and on while they cannot be renewed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._keys: dict[str, str] = {}
        self._fetched_at = -_KEPT_SECONDS

    def __call__(self, url: str, method: str = "GET", **options: Any) -> _Answer:
        """The kept keys, as the answer to a request for them."""
        return _Answer(200, json.dumps(self._keys).encode())

    def look_for(self, key_id: str) -> None:
        """Fetch the keys if there are none, if they are old, or if this one is not among them.

        :raises RetryLaterError: they cannot be fetched and none are kept.
        """
        with self._lock:
            age_seconds = time.monotonic() - self._fetched_at
            if age_seconds < (_KEPT_SECONDS if key_id in self._keys else _LOOK_AGAIN_SECONDS) and self._keys:
                return
            fetched = self._fetch()
            if fetched is None and not self._keys:
                raise RetryLaterError("iap.keys", 503, "unreachable", after_seconds=5.0)
            self._keys = fetched or self._keys
            self._fetched_at = time.monotonic()

    def _fetch(self) -> dict[str, str] | None:
        errors = import_module("urllib3.exceptions").HTTPError
        pool = import_module("expediente.google.transport").new_pool(_FETCH_TIMEOUT_SECONDS)
        try:
            answer = pool.request("GET", self._url)
            found = json.loads(answer.data) if answer.status == 200 else None
        except (errors, ValueError):
            return None
        finally:
            pool.clear()
        named = isinstance(found, dict) and all(isinstance(key, str) for key in found.values())
        return found if named else None


@lru_cache(maxsize=4)
def _keys_at(url: str) -> KeyRing:
    return KeyRing(url)
