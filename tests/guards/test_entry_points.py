"""infra/functions.yaml, infra/jobs.yaml and functions/main.py say the same."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"cloud_event": "topic", "http": "http"}


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / "infra" / f"{name}.yaml").read_text(encoding="utf-8"))
    return table


def _doors() -> dict[str, str]:
    """Entry point of main.py -> what wakes it, from its decorator."""
    tree = ast.parse((ROOT / "functions" / "main.py").read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Attribute) and ast.unparse(mark.value) == "functions_framework":
                found[node.name] = KINDS[mark.attr]
    return found


def test_every_entry_point_stands_in_the_table() -> None:
    """The table lists exactly the doors of main.py, each with the trigger that its decorator takes."""
    assert {name: row["trigger"] for name, row in _table("functions")["functions"].items()} == _doors()


def test_every_event_function_is_woken_by_a_topic_of_its_own() -> None:
    """An event function names one topic, no two share one, and http functions name none."""
    rows = _table("functions")["functions"].values()
    topics = [row.get("topic") for row in rows if row["trigger"] == "topic"]
    assert None not in topics and len(set(topics)) == len(topics)
    assert not [row for row in rows if row["trigger"] == "http" and "topic" in row]


def test_every_job_publishes_to_a_topic_that_wakes_a_function() -> None:
    """No job speaks to nobody."""
    topics = {row.get("topic") for row in _table("functions")["functions"].values()}
    assert {job["topic"] for job in _table("jobs")["jobs"].values()} <= topics


def test_one_public_door() -> None:
    """Event functions retry; an http function lets in only people whom the proxy has signed in, but for the portal of the clients."""
    for name, row in _table("functions")["functions"].items():
        assert row["retry"] is (row["trigger"] == "topic")
        assert row["trigger"] == "topic" or row["ingress"] == ("public" if name == "portal" else "iap")


def test_senders_run_in_one_instance() -> None:
    """What keeps a quota in its memory runs in one instance."""
    rows = _table("functions")["functions"]
    assert {rows[name]["max_instances"] for name in ("on_work", "on_mail", "on_tick")} == {1}


def test_every_account_is_defined() -> None:
    """Each function names an account of the table and each account has a function."""
    table = _table("functions")
    assert {row["account"] for row in table["functions"].values()} == set(table["accounts"])
