"""`expediente setup` prepares the site once; what it made is found by a second run and left alone."""

from __future__ import annotations

import json

from local.stack import Stack

READS = ("get", "list", "getStartPageToken", "generateIds", "batchGetByDataFilter", "search")


def test_a_second_run_changes_nothing(stack: Stack) -> None:
    """The second run only reads, and says that nothing was done."""
    stack.clear_calls()
    done = stack.expediente("setup", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["done"] == []
    written = [
        call["method"]
        for call in stack.calls()
        if call["method"].rpartition(".")[2] not in READS and "pubsub" not in call["method"]
    ]
    assert written == []


def test_only_sales_may_answer_the_form(stack: Stack) -> None:
    """The form's Drive permissions name the sales group as responders, our account as writer, and nobody else."""
    owner = stack.person("formularios@blindados-demo.example.com")
    query = {"includePermissionsForView": "published", "fields": "permissions(type,role,emailAddress,view)"}
    told = owner.wire.ask("GET", f"/drive/v3/files/{stack.ready['forms']['intake']}/permissions", query=query)["permissions"]
    assert {(p["type"], p["role"], p.get("view", "")) for p in told} == {
        ("user", "owner", ""),
        ("user", "writer", ""),
        ("group", "reader", "published"),
    }


def test_a_dry_run_of_a_finished_site_says_so(stack: Stack) -> None:
    """`--dry-run` answers in Spanish and would do nothing."""
    done = stack.expediente("setup", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "no se cambió nada" in done.stdout
