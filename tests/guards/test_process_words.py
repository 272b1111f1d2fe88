"""What the tables of process/ decide stands in no Python: areas, papers, marks, services, addresses, periods, sentences."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.guards.reading import ROOT, leaves, modules, strings, table

# The roles whose part in the process is fixed: who brings papers, who keeps the dossier, who screens.
ROLES_IN_CODE = {"vendedora", "expedientes", "cumplimiento"}
# Sentences shorter than this are words that any code may use.
SENTENCE_LETTERS = 18
# Periods that are no business of the tables: the next day, the watches' week.
DAYS_IN_CODE = {
    ("functions/expediente/feeds.py", "WATCH_RENEW_BEFORE"),
    ("functions/expediente/outbox.py", "GIVE_UP_AFTER"),
    ("functions/expediente/setup.py", "WATCH_AT_LEAST"),
}
_FOLDERS = ("process", "forms", "sheets_templates", "infra")
TABLES = sorted(path.relative_to(ROOT).as_posix() for folder in _FOLDERS for path in (ROOT / folder).rglob("*.yaml"))


def _keys() -> dict[str, set[str]]:
    areas, company, process = table("process/areas.yaml"), table("process/company.yaml"), table("process/process.yaml")
    blocks = [areas["common"], *areas["areas"].values()]
    return {
        "area": set(areas["areas"]),
        "role": set(areas["roles"]) - ROLES_IN_CODE,
        "mark": {mark for block in blocks for mark in block["marks"]},
        "paper": set(table("process/documents.yaml")["documents"]),
        "service": set(process["services"]),
        "value kind": set(process["value_kinds"]),
        "supply": set(process["supplies"]),
        "group": set(company["groups"]) - {"areas"},
        "sender": set(company["senders"]),
    }


def _addresses() -> set[str]:
    company, areas = table("process/company.yaml"), table("process/areas.yaml")
    named = set(company["people"]) | set(company["groups"].values()) | set(company["senders"].values()) | {company["domain"]}
    return named | {block["group"] for block in (*areas["areas"].values(), *areas["roles"].values())}


def _sentences() -> Iterator[str]:
    for name in TABLES:
        yield from (text.strip() for text in leaves(table(name)) if len(text.strip()) >= SENTENCE_LETTERS and " " in text.strip())
    for path in sorted((ROOT / "process" / "mails").rglob("*.txt")):
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        yield from (line for line in lines if len(line) >= SENTENCE_LETTERS and not re.search(r"\{[{%#]", line))


@pytest.mark.parametrize("kind", sorted(_keys()))
def test_no_key_of_the_tables_in_code(kind: str) -> None:
    """A new area, paper, mark, service or role is a new block of YAML and no line of Python."""
    wanted = re.compile(r"(?<![\w])(?:" + "|".join(map(re.escape, sorted(_keys()[kind]))) + r")(?![\w])")
    found = [
        f"{module.path}:{line} names the {kind} {match[0]}"
        for module in modules("functions")
        for line, text in strings(module)
        for match in wanted.finditer(text)
        if not _is_prose(text) and not text.startswith("/")
    ]
    assert not found


def _is_prose(text: str) -> bool:
    """An explanation for people, such as a setting's, and no key. The address of a page, `/documentos`, is none either."""
    return text.count(" ") >= 3


def test_no_address_in_code() -> None:
    """Whoever gets a mail or a grant stands in company.yaml and areas.yaml."""
    found = [
        f"{module.path}: {address}"
        for module in modules("functions")
        for address in sorted(_addresses())
        if address in module.text
    ]
    assert not found


def test_no_sentence_of_the_tables_in_code() -> None:
    """What people read stands in the tables and the mails, once."""
    sentences = sorted(set(_sentences()))
    found = []
    for module in modules("functions"):
        said = "\n".join(text for _, text in strings(module))
        found += [f"{module.path}: «{sentence}»" for sentence in sentences if sentence in said]
    assert not found


def test_no_period_of_the_tables_in_code() -> None:
    """Days and hours of work stand in deadlines.yaml: code adds no number of days, and of hours only those it was given."""
    found = []
    for module in modules("functions"):
        allowed = {name for path, name in DAYS_IN_CODE if path == module.path}
        for call in (n for n in ast.walk(module.tree) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("timedelta")):
            if _is_assigned_to(module.tree, call, allowed):
                continue
            for word in call.keywords:
                number = word.value.value if isinstance(word.value, ast.Constant) else 0
                if word.arg in ("days", "hours", "weeks") and isinstance(number, int | float) and number > 1:
                    found.append(f"{module.path}:{call.lineno} {ast.unparse(call)}")
    assert not found


def _is_assigned_to(tree: ast.Module, call: ast.Call, names: set[str]) -> bool:
    assigned = (node for node in tree.body if isinstance(node, ast.Assign) and node.value is call)
    return any(ast.unparse(target) in names for node in assigned for target in node.targets)


def test_every_mail_has_somebody_who_wants_it() -> None:
    """A mail of the table is wanted by the code, by an area of areas.yaml, or it would never be sent."""
    named = {part for module in modules("functions") for _, text in strings(module) for part in text.split("/")}
    early = {block.get("early_mail") for block in table("process/areas.yaml")["areas"].values()}
    of_changes = {kind["notice_mail"] for kind in table("process/changes.yaml")["kinds"].values()}
    of_visitors = {one["mail"] for one in table("process/eva.yaml")["visitors"].values()}
    assert set(table("process/mails/mails.yaml")["mails"]) <= named | early | of_changes | of_visitors


@pytest.mark.parametrize("name", TABLES)
def test_tables_read_alike_everywhere(name: str) -> None:
    """A table says the same to both readers of YAML: a machine may have either, and editors have their own."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert yaml.load(text, yaml.SafeLoader) == table(name)
