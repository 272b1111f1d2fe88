"""What the cloud installs: every line pinned and hashed, nothing imported that is not asked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from tests.guards.reading import ROOT, imported, modules

LOCKS = ("requirements.txt", "requirements-dev.txt")
# Import name -> the line of requirements.in that brings it.
BROUGHT_BY = {
    "functions_framework": "functions-framework",
    "cloudevents": "functions-framework",
    "flask": "functions-framework",
    "werkzeug": "functions-framework",
    "googleapiclient": "google-api-python-client",
    "httplib2": "google-api-python-client",
    "google.auth": "google-auth",
    "google.oauth2": "google-auth",
    "google.cloud.firestore": "google-cloud-firestore",
    "google.cloud.firestore_v1": "google-cloud-firestore",
    "google.api_core": "google-cloud-firestore",
    "google_crc32c": "google-cloud-storage",
    "gspread": "gspread",
    "jinja2": "jinja2",
    "markupsafe": "jinja2",
    "urllib3": "urllib3",
    "msgspec": "msgspec",
    "yaml": "pyyaml",
    "jsonschema": "jsonschema",
    "fpdf": "fpdf2",
    "segno": "segno",
    "phonenumbers": "phonenumbers",
    "rapidfuzz": "rapidfuzz",
    "email_validator": "email-validator",
    "panama_ruc_dv_calculator": "panama-ruc-dv-calculator",
    "holidays": "holidays",
    "cryptography": "cryptography",
}
OURS = ("expediente", "main")


def _blocks(name: str) -> Iterator[str]:
    """Each requirement of a lock file with its continuation lines, comments left out."""
    text = re.sub(r"^\s*#.*$", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    yield from (block.strip() for block in re.split(r"(?<!\\)\n", text) if block.strip())


def _asked(name: str) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return {re.split(r"[<>=~!\[; ]", line)[0].lower() for line in lines if line and not line.startswith("-")}


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    """Each line names one version and at least one hash of it."""
    blocks = list(_blocks(name))
    assert len(blocks) > 20
    assert not [
        block[:60] for block in blocks if not re.match(r"[A-Za-z0-9._\[\]-]+==\S+", block) or "--hash=sha256:" not in block
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_locked(name: str) -> None:
    """Each package of the .in file stands in its lock file, under the same version in both."""
    locked = {re.split(r"[=\[]", block)[0].lower() for block in _blocks(name)}
    assert _asked(name.replace(".txt", ".in")) <= locked


def test_both_locks_agree() -> None:
    """Tests run with the very versions that the cloud installs."""
    pins = [{block.split("==")[0].lower(): block.split("==")[1].split()[0] for block in _blocks(name)} for name in LOCKS]
    assert not {name: version for name, version in pins[0].items() if pins[1].get(name) != version}


def test_production_imports_only_what_it_asks_for() -> None:
    """Each library that functions/ imports is brought by a line of requirements.in."""
    asked, wrong = _asked("requirements.in"), []
    for module in modules("functions"):
        for line, name in imported(module):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in OURS:
                continue
            bringer = next((by for known, by in BROUGHT_BY.items() if name == known or name.startswith(known + ".")), "")
            if bringer not in asked:
                wrong.append(f"{module.path}:{line} imports {name}")
    assert not wrong
