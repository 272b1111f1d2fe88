"""Who is asking: only an assertion that the proxy has signed for us, now, counts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from expediente import page_identity
from expediente.errors import ConfigurationError, RetryLaterError
from tests.unit.page_kit import (
    AUDIENCE,
    CLOSING,
    ISSUER,
    OPERACIONES,
    REVIEW,
    SIGNING,
    Browser,
    Proxy,
    new_app,
    put,
    serving,
    signed,
    waiting_for_signature,
)

# Seconds from the moment of signing: a suite may run for minutes between its collection and this test.
NOW = 0


def _address(browser: Browser, assertion: str) -> str | None:
    return page_identity.address_of(browser.app.settings, assertion)


def _segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_proven_address_is_told_in_lower_case(browser: Browser, proxy: Proxy) -> None:
    """The proxy's assertion names the person."""
    assert _address(browser, proxy.sign("Operaciones.Uno@Blindados-Demo.example.com")) == OPERACIONES


def test_small_difference_of_clocks_is_allowed(browser: Browser, proxy: Proxy) -> None:
    """Half a minute more or less is no forgery."""
    assert _address(browser, proxy.sign(OPERACIONES, iat=NOW + 15, exp=NOW + 615))
    assert _address(browser, proxy.sign(OPERACIONES, iat=NOW - 605, exp=NOW - 5))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "/projects/1/locations/us-east1/services/other"},
        {"aud": [AUDIENCE, "other"]},
        {"aud": ""},
        {"aud": None},
        {"iss": "https://accounts.google.com"},
        {"iss": None},
        {"exp": NOW - 60},
        {"exp": None},
        {"exp": "later"},
        {"iat": NOW + 120},
        {"iat": None},
        {"email": None},
        {"email": ""},
        {"email": "nobody"},
        {"email": ["a@b"]},
        {"email_verified": False},
        {"email_verified": "true"},
    ],
    ids=repr,
)
def test_assertion_with_a_wrong_claim_is_refused(browser: Browser, proxy: Proxy, claims: dict[str, Any]) -> None:
    """Signed by the proxy, but not for us, not now, or for nobody."""
    assert _address(browser, proxy.sign(OPERACIONES, **claims)) is None


def _claims() -> dict[str, Any]:
    return {"iss": ISSUER, "aud": AUDIENCE, "iat": int(time.time()) - 5, "exp": int(time.time()) + 595, "email": OPERACIONES}


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS256", "ES384", "", None, ["ES256"]])
def test_other_algorithm_is_refused(browser: Browser, proxy: Proxy, alg: object) -> None:
    """Whatever the header asks for, only ES256 is checked; even over a true signature."""
    assert _address(browser, signed(proxy.keys["k1"], {"alg": alg, "kid": "k1"}, _claims())) is None


def test_unsigned_assertion_is_refused(browser: Browser) -> None:
    """`alg: none` with an empty signature proves nothing."""
    assert _address(browser, f"{_segment({'alg': 'none', 'kid': 'k1'})}.{_segment(_claims())}.") is None


def test_public_key_is_no_shared_secret(browser: Browser, proxy: Proxy) -> None:
    """A token signed with our own public key as HMAC secret is refused."""
    head = f"{_segment({'alg': 'HS256', 'kid': 'k1'})}.{_segment(_claims())}"
    mac = hmac.new(proxy.public_keys()["k1"].encode(), head.encode(), hashlib.sha256).digest()
    assert _address(browser, f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}") is None


@pytest.mark.parametrize("header", [{"kid": "k1"}, {"kid": "unknown"}, {}, {"kid": ["k1"]}, {"kid": "../k1"}], ids=repr)
def test_signature_of_another_key_is_refused(browser: Browser, header: dict[str, Any]) -> None:
    """A key that the proxy does not publish signs for nobody, whatever it calls itself."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert _address(browser, signed(stranger, {"alg": "ES256", **header}, _claims())) is None


def test_changed_claims_are_refused(browser: Browser, proxy: Proxy) -> None:
    """The signature covers the address."""
    head, _, signature = proxy.sign(OPERACIONES).split(".")
    assert _address(browser, f"{head}.{_segment(_claims() | {'email': 'otra@b.example.com'})}.{signature}") is None


@pytest.mark.parametrize(
    "text", ["", "x", "..", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "[" * 6000 + ".a.b", "e30.e30.e30", "\0.\0.\0"]
)
def test_nonsense_is_refused(browser: Browser, text: str) -> None:
    """Whatever stands in the header is refused, never an error."""
    assert _address(browser, text) is None


def test_deeply_nested_header_is_refused(browser: Browser) -> None:
    """A header that would exhaust the reader of JSON is refused."""
    nested = base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode()
    assert _address(browser, f"{nested}.e30.e30") is None


def test_unsigned_header_of_the_proxy_counts_for_nothing(browser: Browser) -> None:
    """Anybody could write the plain address header."""
    put(browser.app, waiting_for_signature())
    headers = {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{OPERACIONES}"}
    assert browser.ask(None, method="GET", path=SIGNING, headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/", SIGNING, CLOSING, REVIEW, "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
def test_every_route_requires_identity(browser: Browser, path: str, method: str) -> None:
    """Without assertion everything answers 401 and nothing is stored."""
    put(browser.app, waiting_for_signature())
    answer = browser.ask(None, method=method, path=path)
    assert answer.status_code == 401
    assert "Comercial del Istmo" not in answer.get_data(as_text=True)
    assert not browser.inbox()


@pytest.mark.parametrize("name", ["page_audience", "page_keys_url", "page_issuer"])
def test_missing_setting_lets_nobody_in(browser: Browser, proxy: Proxy, name: str) -> None:
    """An empty audience is a fault of ours, not an open door."""
    changes: dict[str, Any] = {name: ""}
    settings = replace(browser.app.settings, **changes)
    with pytest.raises(ConfigurationError):
        page_identity.address_of(settings, proxy.sign(OPERACIONES))


def test_keys_are_fetched_once(tmp_path: Path) -> None:
    """A hundred requests ask the proxy's address once."""
    with serving(Proxy()) as proxy:
        browser = Browser(new_app(tmp_path, proxy.url), proxy)
        assert all(_address(browser, proxy.sign(OPERACIONES)) for _ in range(100))
        assert proxy.fetches == 1


def test_new_key_is_looked_for_but_not_at_every_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of keys the new one is found within a minute; invented ones do not make us ask each time."""
    with serving(Proxy()) as proxy:
        browser = Browser(new_app(tmp_path, proxy.url), proxy)
        assert _address(browser, proxy.sign(OPERACIONES))
        proxy.keys["k2"] = ec.generate_private_key(ec.SECP256R1())
        assert not any(_address(browser, proxy.sign(OPERACIONES, key_id="k2")) for _ in range(5))
        assert proxy.fetches == 1
        later = time.monotonic() + 61
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert _address(browser, proxy.sign(OPERACIONES, key_id="k2"))
        assert proxy.fetches == 2


def test_known_keys_outlive_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the keys cannot be renewed, those that are known still count."""
    with serving(Proxy()) as proxy:
        browser = Browser(new_app(tmp_path, proxy.url), proxy)
        assert _address(browser, proxy.sign(OPERACIONES))
        proxy.down, later = True, time.monotonic() + 7200
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert _address(browser, proxy.sign(OPERACIONES))


def test_no_keys_at_all_is_told_as_busy(tmp_path: Path) -> None:
    """Nobody is called a stranger because we cannot look: 503, and try again."""
    with serving(Proxy(down=True)) as proxy:
        browser = Browser(new_app(tmp_path, proxy.url), proxy)
        with pytest.raises(RetryLaterError):
            _address(browser, proxy.sign(OPERACIONES))
        answer = browser.get(OPERACIONES, "/")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
