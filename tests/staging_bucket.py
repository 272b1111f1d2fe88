"""The staging bucket of a stack in one process: the local Cloud Storage, whose content can be put aside and taken back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import urllib3

from local import storage
from local.processes import ROOT

NAME = "entregas"


class StagingBucket:
    """A bucket before a process of its own. folder: where the process keeps its objects."""

    def __init__(self, folder: Path) -> None:
        program = storage.binary()
        assert program is not None, "no object store for this platform"
        command = storage.command(program, 0, folder)
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["url"])
        self._pool = urllib3.PoolManager(retries=False)
        self._kept: dict[str, dict[str, bytes]] = {}
        self._ask("POST", "/storage/v1/b?project=demo", json.dumps({"name": NAME}).encode())

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def names(self) -> list[str]:
        """What lies in it."""
        listed = json.loads(self._ask("GET", f"/storage/v1/b/{NAME}/o"))
        return sorted(item["name"] for item in listed.get("items", ()))

    def keep(self, name: str) -> None:
        """Put the content aside under a name."""
        self._kept[name] = {one: self._ask("GET", f"{_path(one)}?alt=media") for one in self.names()}

    def take(self, name: str) -> None:
        """Go back to what was put aside."""
        wanted, there = self._kept[name], self.names()
        for one in set(there) - set(wanted):
            self._ask("DELETE", _path(one))
        for one in set(wanted) - set(there):
            path = f"/upload/storage/v1/b/{NAME}/o?uploadType=media&name={quote(one, safe='')}"
            self._ask("POST", path, wanted[one])

    def _ask(self, verb: str, path: str, body: bytes | None = None) -> bytes:
        answer = self._pool.request(verb, self.url + path, body=body)
        assert answer.status < 300, (verb, path, answer.status, answer.data[:300])
        return answer.data


def _path(name: str) -> str:
    return f"/storage/v1/b/{NAME}/o/{quote(name, safe='')}"
