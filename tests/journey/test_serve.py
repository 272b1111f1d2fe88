"""`python -m local serve` itself: the ready line, the gate, the clock's jobs, functions that die, an end without orphans."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from local import tables
from local.stack import Stack

OPERATIONS = "operaciones.uno@blindados-demo.example.com"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own, because its tests kill parts of it."""
    folder = tmp_path_factory.mktemp("own")
    with Stack.start(log=folder / "serve.log", state=folder / "state", now="2026-03-02T09:00:00-05:00") as started:
        yield started


def _children(stack: Stack) -> list[int]:
    """The processes that this stack has started, itself left out."""
    assert stack.process is not None
    found, waiting = [], [stack.process.pid]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            below = [int(number) for number in task.read_text().split()]
            found += below
            waiting += below
    return found


def _ended(pids: list[int], seconds: float) -> bool:
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if not any(Path(f"/proc/{pid}").exists() and "Z" not in _state(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_the_ready_line_names_every_part(own: Stack) -> None:
    """The line has the keys of its contract, a function for each entry point, and a settings file that the command line reads."""
    assert set(own.ready) == {"ready", "workspace", "functions", "storage", "page", "gateway", "forms", "env"}
    assert list(own.ready["functions"]) == [door.name for door in tables.functions()]
    assert own.status() == {"dossiers": [], "ledger_files": []}


def test_the_gate_asks_who_you_are(own: Stack) -> None:
    """Without a choice the gate shows the people of the company; a word that claims to be the proxy's is not passed on."""
    pool = urllib3.PoolManager()
    page = own.ready["page"]
    answer = pool.request("GET", f"{page}/", redirect=False, headers={"x-goog-iap-jwt-assertion": "forged"})
    assert answer.status == 302
    shown = pool.request("GET", f"{page}{answer.headers['Location']}").data.decode()
    assert OPERATIONS in shown and "¿Quién es usted?" in shown


def test_the_page_knows_the_person_that_the_gate_vouches_for(own: Stack) -> None:
    """Through the gate the page answers a person of the company; asked directly, without the proxy's word, it refuses."""
    assert own.person(OPERATIONS).open("/").status == 200
    direct = urllib3.PoolManager().request("GET", f"{own.ready['functions']['page']}/", headers={"X-Local-User": OPERATIONS})
    assert direct.status in (401, 403, 404)


def test_a_cookie_keeps_the_choice(own: Stack) -> None:
    """Choosing a person on the gate's own form signs in; a person who is not of the company cannot be chosen."""
    pool, page = urllib3.PoolManager(), own.ready["page"]
    chosen = pool.request("POST", f"{page}/_gate/enter", fields={"person": OPERATIONS, "next": "/"}, redirect=False)
    cookie = chosen.headers["Set-Cookie"].partition(";")[0]
    assert pool.request("GET", f"{page}/", headers={"Cookie": cookie}, redirect=False).status == 200
    assert pool.request("POST", f"{page}/_gate/enter", fields={"person": "intruso@example.com"}, redirect=False).status == 400


def test_the_night_job_runs_when_the_clock_is_moved(own: Stack) -> None:
    """Moving the clock by five days lets the nightly job renew the form's watch, and the minute's job read the feeds."""
    own.clear_calls()
    own.advance(5.5 * 86_400)
    methods = [call["method"] for call in own.calls()]
    assert "forms.forms.watches.renew" in methods
    assert "drive.changes.list" in methods


def test_a_function_that_dies_is_started_again(own: Stack) -> None:
    """A killed function answers on its old address a moment later."""
    address = own.ready["functions"]["on_work"]
    port = address.rpartition(":")[2]
    victims = [pid for pid in _children(own) if port in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert victims and _ended(victims, 5)
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        try:
            urllib3.PoolManager(retries=False).request("GET", f"{address}/robots.txt", timeout=2)
            return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.2)
    pytest.fail("on_work did not come back")


def test_settings_of_each_function_hold_only_its_rights(own: Stack) -> None:
    """Only on_mail may send as the senders, only the page holds the secret of its forms."""
    found = {}
    for pid in _children(own):
        environment = dict(
            item.partition("=")[::2]
            for item in Path(f"/proc/{pid}/environ").read_text().split("\0")
            if item.startswith("EXPEDIENTE_")
        )
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if "--target" in command:
            found[command[command.index("--target") + 1]] = environment
    assert {name for name, env in found.items() if "EXPEDIENTE_SENDERS" in env} == {"on_mail"}
    assert {name for name, env in found.items() if "EXPEDIENTE_CSRF_SECRET" in env} == {"page"}
    assert {name for name, env in found.items() if "EXPEDIENTE_FORMS_OWNER" in env} == {"on_form", "on_tick"}


def test_nothing_is_left_behind_even_after_a_kill(tmp_path: Path) -> None:
    """When the stack is killed outright, every process that it started ends too."""
    stack = Stack.start(log=tmp_path / "log")
    children = _children(stack)
    assert len(children) >= 7
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait()
    assert stack.process.stdout is not None
    stack.process.stdout.close()
    assert _ended(children, 20), json.dumps(
        [Path(f"/proc/{pid}/cmdline").read_text() for pid in children if Path(f"/proc/{pid}").exists()]
    )
