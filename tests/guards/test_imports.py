"""Who may import whom, what a cold start must not load, and where a host may be named."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.guards.reading import PRODUCTION, PROGRAMS, ROOT, modules, strings
from tests.guards.reading import imported as imports_of

FORBIDDEN = {
    "functions": ("emulator", "local", "tests", "functions"),
    "emulator": ("functions", "expediente", "local", "tests", "main"),
    "local": ("functions", "expediente", "emulator", "tests", "main"),
}
HEAVY = (
    "googleapiclient",
    "google.auth",
    "google.oauth2",
    "google.api_core",
    "google.cloud.firestore",
    "google.cloud.storage",
    "gspread",
    "httplib2",
    "urllib3",
    "requests",
    "fpdf",
    "phonenumbers",
    "email_validator",
    "jsonschema",
    "holidays",
    "cryptography",
    "segno",
)
# Where a host may stand: the module of the clients. A namespace of XML and the sample link of a check are no hosts of ours.
HOSTS_IN = "functions/expediente/google/clients.py"
NO_HOSTS = {
    "functions/expediente/flowchart_svg.py": {"www.w3.org"},
    "functions/expediente/checks.py": {"example.com"},
    "functions/expediente/xlsx.py": {"schemas.openxmlformats.org"},
}
# httplib2 may be named for the shape of its answers and for its errors, never to open a connection.
HTTPLIB2_SHAPES = {"functions/expediente/google/transport.py", "functions/expediente/google/calls.py"}


@pytest.mark.parametrize("top", PROGRAMS)
def test_programs_know_nothing_of_each_other(top: str) -> None:
    """Production code, the local Workspace and the local stack meet over HTTP only."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules(top)
        for line, name in imports_of(module)
        if name.split(".")[0] in FORBIDDEN[top]
    ]
    assert not wrong


def test_production_imports_nothing_relative() -> None:
    """The functions framework puts functions/ on the path: modules are called `expediente.…`."""
    wrong = [
        f"{module.path}:{line}" for module in modules(*PRODUCTION) for line, name in imports_of(module) if name.startswith(".")
    ]
    assert not wrong


def test_cold_start_loads_no_heavy_library() -> None:
    """Importing main.py loads no client library of Google and nothing that only some doors need."""
    script = f"import sys; sys.path.insert(0, 'functions'); import main; print(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_only_the_clients_know_a_host() -> None:
    """No other module names a host: everything follows the settings."""
    wrong = []
    for module in modules(*PRODUCTION):
        for line, text in strings(module):
            named = set(re.findall(r"https?://([\w.-]+\.\w+)", text))
            named |= set(re.findall(r"\b[\w-]+\.(?:googleapis|google|gstatic|gserviceaccount)\.com\b", text))
            if module.path != HOSTS_IN and named - NO_HOSTS.get(module.path, set()):
                wrong.append(f"{module.path}:{line} names {sorted(named)}")
    assert not wrong


def test_nothing_is_sent_by_httplib2() -> None:
    """httplib2 sends a POST twice when a connection dies: only its shapes are used, and one module builds clients."""
    wrong = []
    for module in modules(*PRODUCTION):
        for line, name in imports_of(module):
            if name.split(".")[0] in ("httplib2", "google_auth_httplib2") and module.path not in HTTPLIB2_SHAPES:
                wrong.append(f"{module.path}:{line}")
        wrong += [
            f"{module.path}: {word}" for word in ("httplib2.Http(", '"httplib2").Http(', "AuthorizedHttp") if word in module.text
        ]
        wrong += [f"{module.path}: a client is built" for _, text in strings(module) if _builds(module.path, text)]
    assert not wrong


def _builds(path: str, text: str) -> bool:
    return text == "googleapiclient.discovery" and path != HOSTS_IN


def test_only_settings_read_the_environment() -> None:
    """The environment is read where the App is made and nowhere else."""
    wrong = [m.path for m in modules(*PRODUCTION) if re.search(r"\bos\.(environ|getenv)\b", m.text)]
    assert set(wrong) <= {"functions/expediente/bootstrap.py", "functions/expediente/__main__.py"}
