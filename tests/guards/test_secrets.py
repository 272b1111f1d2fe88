"""No key, token or password stands in the project."""

from __future__ import annotations

import re

from tests.guards.reading import project_files, project_texts

KEY_MATERIAL = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "service account file": r"\"private_key_id\"\s*:",
    "Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Google token": r"\bya29\.[0-9A-Za-z_-]{20,}",
    "Google client secret": r"\bGOCSPX-[0-9A-Za-z_-]{20,}",
    "GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{36}\b",
    "AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "signed token": r"\beyJ[0-9A-Za-z_-]{20,}\.eyJ[0-9A-Za-z_-]{20,}\.",
    "password in an address": r"https?://[^\s/:@\"']+:[^\s/@\"']{3,}@",
}
NAMES = re.compile(r"(^|/)(\.env(\..+)?|.*credentials.*\.json|.*\.(pem|key|p12|pfx|jks)|id_(rsa|ed25519)|client_secret.*\.json)$")
# Mail hosts that may be named as real ones are: the companies whose services are spoken of.
INVENTED = re.compile(r"(^|\.)(example\.(com|org|net)|example|test|invalid|localhost)$")


def test_no_key_material() -> None:
    """No file of the project holds anything that looks like a secret."""
    found = []
    for name, text in project_texts():
        if name.startswith("requirements") or name.endswith(".svg"):
            continue
        found += [f"{name}: {what}" for what, pattern in KEY_MATERIAL.items() if re.search(pattern, text)]
    assert not found


def test_no_file_of_secrets() -> None:
    """No file is called as files of secrets are."""
    assert not [name for name in project_files() if NAMES.search(name)]


def test_settings_name_secrets_but_hold_none() -> None:
    """In the deploy tables a secret is named by its place."""
    wrong = []
    for name, text in project_texts():
        if name.startswith("infra/") and re.search(r"(?i)(secret|password|token)\s*:\s*['\"]?[A-Za-z0-9+/_-]{24,}", text):
            wrong.append(name)
    assert not wrong
