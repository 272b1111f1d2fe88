"""A running stack from the outside: started as a process, its clock and faults turned, its people asked to act. Everything over HTTP.

with Stack.start() as stack:
    response = stack.submit("intake", "vendedora.uno@…", answers)
    stack.look()
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import urllib3

from local.person import Person
from local.processes import ROOT, die_with_parent
from local.wire import HttpError, Wire

Json = dict[str, Any]

_END_SECONDS = 25
_PUBSUB = "https://www.googleapis.com/auth/pubsub"


class StackError(Exception):
    """The stack did not start, or a command of it failed; the text holds what it said."""


@dataclass
class Stack:
    """Addresses of a stack, and what may be asked of it. ready: its ready line."""

    ready: Json
    process: subprocess.Popen[str] | None = None
    _people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wire = Wire(self.ready["workspace"])

    # --- life ------------------------------------------------------------------------------------------------------------------

    @classmethod
    def start(cls, store: str = "sqlite", state: Path | None = None, log: Path | None = None, now: str = "") -> Stack:
        """Start `python -m local serve` and wait until it is ready. log: file for what it says; now: where its clock begins.

        :raises StackError: it ended before.
        """
        command = [sys.executable, "-m", "local", "serve", "--store", store]
        command += ["--state", str(state)] if state else []
        command += ["--now", now] if now else []
        with log.open("ab") if log else nullcontext() as errors:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait()
            process.stdout.close()
            raise StackError(f"el conjunto no arrancó (código {process.returncode})" + (f"; vea {log}" if log else ""))
        return cls(json.loads(line), process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it as a person would: SIGTERM to the one process that was started; it ends the others."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    # --- the Workspace's controls ----------------------------------------------------------------------------------------------

    def local(self, method: str, path: str, body: Any = None) -> Any:
        """Ask `/_local/<path>`. :raises HttpError: it refused."""
        return self.wire.ask(method, f"/_local/{path}", body)

    def now(self) -> datetime:
        """The Workspace's instant."""
        return datetime.fromisoformat(self.local("GET", "clock")["now"])

    def set_clock(self, at: datetime) -> None:
        """Move the clock forward to an instant; one that lies behind is passed over, because the product's time never goes back."""
        if at > self.now():
            self._move({"now": at.isoformat()})

    def advance(self, seconds: float) -> None:
        """Move the clock, wait until the jobs of that span have been published and all that follows from them has ended."""
        self._move({"advance_s": seconds})

    def _move(self, change: Mapping[str, Any]) -> None:
        aim = datetime.fromisoformat(self.local("PUT", "clock", change)["now"])
        give_up_at = time.monotonic() + 30
        while time.monotonic() < give_up_at:
            seen = Wire(self.ready["page"]).ask("GET", "/_gate/jobs")["seen"]
            if seen and datetime.fromisoformat(seen) >= aim:
                break
            time.sleep(0.05)
        self.settle()

    def settle(self) -> None:
        """Wait until no message is on its way."""
        self.local("POST", "settle", {"timeout_s": 120})

    def look(self, times: int = 1) -> None:
        """Let a minute pass: the feeds are read and all that follows ends. The tick is published here, so that it surely has come."""
        for _ in range(times):
            self.local("PUT", "clock", {"advance_s": 61})
            self.publish("tick", {"job": "minute"})
            self.settle()

    def tell_form(self, form: str) -> None:
        """Tell once more that a form has a response, as a watch's repeated delivery does."""
        self._publish("forms", {"attributes": {"formId": self.ready["forms"][form], "eventType": "RESPONSES"}})
        self.settle()

    def publish(self, topic: str, data: Mapping[str, Any]) -> None:
        """Publish one message with a JSON body, as the scheduler would."""
        self._publish(topic, {"data": base64.b64encode(json.dumps(data).encode()).decode()})

    def _publish(self, topic: str, message: Json) -> None:
        actor = Wire(self.ready["workspace"], f"scheduler@expediente-demo.iam.gserviceaccount.com|{_PUBSUB}")
        actor.ask("POST", f"/v1/projects/expediente-demo/topics/{topic}:publish", {"messages": [message]})

    def faults(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replace the fault rules: `{"method", "nth", "when", "do", "times"}` each."""
        self.local("PUT", "faults", {"rules": list(rules)})

    def calls(self) -> list[Json]:
        """The ledger since it was last cleared."""
        found: list[Json] = self.local("GET", "calls")
        return found

    def process_ids(self) -> dict[str, int]:
        """Process id of each function, 0 while it does not run."""
        found: dict[str, int] = Wire(self.ready["page"]).ask("GET", "/_gate/processes")
        return found

    def clear_calls(self) -> None:
        """Begin a new ledger."""
        self.local("DELETE", "calls")

    # --- people ----------------------------------------------------------------------------------------------------------------

    def person(self, address: str) -> Person:
        """Somebody who acts in the Workspace and on the pages."""
        if address not in self._people:
            self._people[address] = Person(address, self.ready["workspace"], self.ready["page"])
        return self._people[address]

    def submit(self, form: str, respondent: str, answers: Mapping[str, Any], response_id: str = "") -> str:
        """Answer a form by the titles of its questions and give the response's id. With `response_id` that answer is edited."""
        body: Json = {"respondent": respondent, "answers": dict(answers)}
        if response_id:
            body["responseId"] = response_id
        path = f"forms/{self.ready['forms'][form]}/responses"
        return str(self.local("POST", path, body)["responseId"])

    # --- the administrator -----------------------------------------------------------------------------------------------------

    def expediente(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line with this stack's settings."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EXPEDIENTE_")}
        command = [sys.executable, "-m", "expediente", "--env", self.ready["env"], *arguments]
        environment["PYTHONPATH"] = str(ROOT / "functions")
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)

    def status(self, name: str = "") -> Json:
        """`expediente status --json`, of all or of one dossier or response. :raises StackError: the command failed."""
        done = self.expediente("status", "--json", *([name] if name else []))
        if done.returncode != 0:
            raise StackError(done.stderr.strip()[-2000:])
        told: Json = json.loads(done.stdout)
        return told

    def knows(self, name: str) -> bool:
        """Whether `expediente status` finds a dossier or response of that name."""
        return self.expediente("status", "--json", name).returncode == 0

    def get(self, url: str) -> bytes:
        """The body that any address of the stack answers with."""
        return urllib3.PoolManager().request("GET", url).data


__all__ = ["HttpError", "Person", "Stack", "StackError"]
