"""The local Workspace is a program of its own: a copy of its folder runs, with the packages that its README names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.guards.reading import ROOT, imported, modules

ACTOR = "administrador@blindados-demo.example.com"
# Import name -> the package that brings it.
BROUGHT_BY = {
    "aiohttp": "aiohttp",
    "multidict": "aiohttp",
    "yarl": "aiohttp",
    "yaml": "PyYAML",
    "openpyxl": "openpyxl",
    "fpdf": "fpdf2",
    "jinja2": "Jinja2",
    "markupsafe": "Jinja2",
    "googleapiclient": "google-api-python-client",
    "google_crc32c": "google-crc32c",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Workspace listens that was started in a folder that holds nothing but a copy of `emulator/`."""
    folder: Path = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "emulator", folder / "emulator", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "emulator", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(folder)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def _ask(address: str, body: Any = None) -> bytes:
    headers = {"Authorization": f"Bearer local:{ACTOR}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=30) as answer:
        content: bytes = answer.read()
        return content


def test_every_service_answers_without_the_rest_of_the_project(url: str) -> None:
    """Drive, Sheets with an export, Forms, Gmail, the Directory and the desk work from the folder alone."""
    book = json.loads(_ask(f"{url}/v4/spreadsheets", {"properties": {"title": "Prueba"}}))["spreadsheetId"]
    assert json.loads(_ask(f"{url}/drive/v3/files/{book}"))["name"] == "Prueba"
    assert _ask(f"{url}/drive/v3/files/{book}/export?mimeType=application/pdf").startswith(b"%PDF")
    assert json.loads(_ask(f"{url}/v1/forms", {"info": {"title": "Prueba"}}))["formId"]
    assert json.loads(_ask(f"{url}/gmail/v1/users/me/profile"))["emailAddress"] == ACTOR
    assert json.loads(_ask(f"{url}/admin/directory/v1/users/{ACTOR}"))["primaryEmail"] == ACTOR
    assert b"<html" in _ask(f"{url}/")


def test_readme_names_the_packages_that_are_imported() -> None:
    """Each library that emulator/ imports is brought by a package of the README, and none is named in vain."""
    readme = (ROOT / "emulator" / "README.md").read_text(encoding="utf-8")
    needs = next(line for line in readme.splitlines() if line.startswith("It needs Python"))
    named = set(re.findall(r"`([\w-]+)`", needs))
    used = {name.split(".")[0] for module in modules("emulator") for _, name in imported(module)}
    foreign = {name for name in used if name and name not in sys.stdlib_module_names and name != "emulator"}
    assert {BROUGHT_BY.get(name, name) for name in foreign} == named
