"""A page that no test reads goes stale: architecture, settings, README and decisions are compared with the code."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
import yaml

from expediente import docs_settings
from expediente.settings import Settings
from tests.guards.reading import ROOT, modules, project_files, project_texts, table

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [name for name in project_files() if name.endswith(".md")]
DECISIONS = [name for name in PAGES if name.startswith("docs/decisions/")]
# Words of a workshop, not of this project; written apart so that this file does not hold them.
FORBIDDEN = (
    r"/wo" + r"rk/(?!topics)",
    r"\bshar" + r"ed/[A-Za-z]",
    r"\bDES" + r"IGN(?:\.md| ?\d)",
    r"\b(?:sub-?)?age" + r"nts?\b(?! ?(?:header|string))",
    r"\bA" + r"I-generated\b",
    r"(?i)\bcla" + r"ude\b|\banthr" + r"opic\b|\bch" + r"atgpt\b",
    # As the beginning of a path: an address of the desk may go on with such a part.
    r"(?<![\w.}])(?:/ro" + r"ot/|/ho" + r"me/[a-z]+/)",
)
MAY_SAY = {"emulator/wire.py", "requirements.txt", "requirements-dev.txt"}


def _section(title: str) -> str:
    return ARCHITECTURE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_module_stands_on_the_map() -> None:
    """The map of the architecture page names each module of production code once, and none that is gone."""
    named = re.findall(
        r"`([a-z_.]+)`", "".join(line.split("|")[1] for line in _section("Map of the modules").splitlines() if "|" in line)
    )
    paths = (module.name.removeprefix("functions.").removeprefix("expediente.") for module in modules("functions"))
    there = {path for path in paths if not path.endswith("__init__")}
    assert sorted(named) == sorted(there)


def test_every_door_is_described() -> None:
    """The architecture page tells of each entry point."""
    doors = set(table("infra/functions.yaml")["functions"])
    assert doors == set(re.findall(r"^\| `(\w+)` \|", _section("Doors"), flags=re.MULTILINE))


def test_every_effect_is_described() -> None:
    """The architecture page says of each effect how it is made once."""
    there = {
        name for module in modules("functions") for name in re.findall(r'^@effect\("(\w+)"\)', module.text, flags=re.MULTILINE)
    }
    assert there == set(re.findall(r"`(\w+_\w+)`(?=[^|]*\|[^|]*\|$)", _section("Steps"), flags=re.MULTILINE))


def test_glossary_is_in_order_and_says_each_word_once() -> None:
    """A word of the glossary is found where the alphabet puts it."""
    words = [line.split("|")[1].strip() for line in _section("Glossary").splitlines() if line.startswith("| ")][1:]
    assert len(words) > 60
    assert words == sorted(set(words), key=str.lower)


def test_every_setting_is_documented() -> None:
    """The administrator's page of settings is that which the code makes."""
    page = (ROOT / "docs" / docs_settings.PAGE).read_text(encoding="utf-8")
    assert page == docs_settings.settings_page()
    assert not [item.name for item in fields(Settings) if f"`{item.metadata['variable']}`" not in page]


def test_readme_is_short_and_begins_in_spanish() -> None:
    """At most 120 lines; the first ten of text are for the people of the company."""
    assert len(README.splitlines()) <= 120
    assert sum(line.startswith("> ") for line in README.splitlines()[:13]) == 10


def test_readme_is_finished() -> None:
    """The outputs that it shows are real ones, and its pictures are there."""
    assert not re.findall(r"«OUTPUT_\w+»", README)
    assert not [name for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README) if not (ROOT / name).is_file()]


def test_readme_names_every_folder() -> None:
    """The map of the README has each folder of the project."""
    folders = {name.split("/")[0] for name in project_files() if "/" in name} - {".ci"}
    assert not [folder for folder in sorted(folders) if f"`{folder}/`" not in README]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """A link to a file of the project leads to one. Pictures are looked at elsewhere."""
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = [link.partition("#")[0] for link in re.findall(r"(?<!!)\[[^]\n]+\]\(([^)\s]+)\)", text) if "://" not in link]
    assert not [target for target in targets if target and not ((ROOT / name).parent / target).exists()]


@pytest.mark.parametrize("name", PAGES)
def test_one_sentence_a_line(name: str) -> None:
    """In prose a line ends with its sentence, so that a change shows as one line. Tables, lists and quotes may hold more."""
    text = re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    prose = [line for line in text.splitlines() if re.match(r"[A-ZÁÉÍÓÚ¿`*]", line)]
    assert not [line for line in prose if re.search(r"[a-zé)`]{3}\. [A-Z]", line)]


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_has_its_parts(name: str) -> None:
    """Status, context, decision, consequences, on one page."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith(f"# {name.split('/')[-1][:4]}: ")
    assert re.search(r"^Status: (proposed|accepted|superseded by \d{4}), \d{4}-\d\d-\d\d$", text, flags=re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps() -> None:
    """0001, 0002 and so on."""
    numbers = sorted(int(name.split("/")[-1][:4]) for name in DECISIONS)
    assert numbers == list(range(1, len(numbers) + 1))


def test_traps_are_dated() -> None:
    """Each known trap begins with the day on which it was written down."""
    traps = [
        line for line in (ROOT / "docs" / "known-traps.md").read_text(encoding="utf-8").splitlines() if line.startswith("- ")
    ]
    assert len(traps) > 40
    assert not [line for line in traps if not re.match(r"- \*\*\d{4}-\d\d-\d\d, ", line)]


def test_project_speaks_of_itself_alone() -> None:
    """No file names a path of somebody's machine or a paper that is not in the project."""
    found = [
        f"{name}: {match[0]}"
        for name, text in project_texts()
        if name not in MAY_SAY
        for pattern in FORBIDDEN
        for match in [re.search(pattern, text)]
        if match
    ]
    assert not found


def test_what_is_deployed_is_production_alone() -> None:
    """.gcloudignore lets through production code, tables and requirements, and nothing else."""
    lines = [
        line.strip() for line in (ROOT / ".gcloudignore").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
    ]
    assert lines[0] == "/*"
    assert {line for line in lines if line[0] == "!"} == {
        "!/functions/",
        "!/process/",
        "!/forms/",
        "!/sheets_templates/",
        "!/requirements.txt",
    }


def test_the_build_installs_by_hash_and_runs_our_targets() -> None:
    """cloudbuild.yaml installs what is locked and calls only targets that the Makefile has."""
    steps = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text(encoding="utf-8"))["steps"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, flags=re.MULTILINE))
    assert {step["entrypoint"] for step in steps} == {"make"}
    assert {argument for step in steps for argument in step["args"]} <= targets
    assert "--require-hashes" in makefile


def test_readme_names_targets_that_exist() -> None:
    """Every `make …` of the README is a target of the Makefile."""
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"(?:`|\$ )make (\w+)", README)) <= set(targets)
