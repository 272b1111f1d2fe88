"""The buckets of a stack in one process: the local Cloud Storage, whose content can be put aside and taken back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import urllib3

from local import storage
from local.processes import ROOT

NAME, ARCHIVE, CLIENT = "entregas", "archivo", "clientes"
_ALL = (NAME, ARCHIVE, CLIENT)


class StagingBucket:
    """The staging bucket, that of the archive and that of the clients, before a process of their own. folder: where the process keeps its objects."""

    def __init__(self, folder: Path) -> None:
        program = storage.binary()
        assert program is not None, "no object store for this platform"
        command = storage.command(program, 0, folder)
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["url"])
        self._pool = urllib3.PoolManager(retries=False)
        self._kept: dict[str, dict[str, dict[str, bytes]]] = {}
        for bucket in _ALL:
            self._ask("POST", "/storage/v1/b?project=demo", json.dumps({"name": bucket}).encode())

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def names(self, bucket: str = NAME) -> list[str]:
        """What lies in one of them."""
        listed = json.loads(self._ask("GET", f"/storage/v1/b/{bucket}/o?maxResults=1000"))
        return sorted(item["name"] for item in listed.get("items", ()))

    def keep(self, name: str) -> None:
        """Put the content aside under a name."""
        self._kept[name] = {
            bucket: {one: self._ask("GET", f"{_path(bucket, one)}?alt=media") for one in self.names(bucket)} for bucket in _ALL
        }

    def take(self, name: str) -> None:
        """Go back to what was put aside."""
        for bucket, wanted in self._kept[name].items():
            there = self.names(bucket)
            for one in set(there) - set(wanted):
                self._ask("DELETE", _path(bucket, one))
            for one in set(wanted) - set(there):
                path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(one, safe='')}"
                self._ask("POST", path, wanted[one])

    def _ask(self, verb: str, path: str, body: bytes | None = None) -> bytes:
        answer = self._pool.request(verb, self.url + path, body=body)
        assert answer.status < 300, (verb, path, answer.status, answer.data[:300])
        return answer.data


def _path(bucket: str, name: str) -> str:
    return f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}"
