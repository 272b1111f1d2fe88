"""Starts the local Cloud Storage and speaks to it with Google's client."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path

import google.cloud.storage as gcs
import pytest
from google.auth.credentials import AnonymousCredentials

from local import storage

ROOT = Path(__file__).resolve().parents[2]
_NUMBERS = itertools.count(1)


class Store:
    """A running store over a folder. clock: address of a Workspace's clock, '' for real time."""

    def __init__(self, folder: Path, clock: str = "") -> None:
        program = storage.binary()
        if program is None:
            pytest.skip("fake-gcs-server is not shipped for this platform")
        command = storage.command(program, 0, folder, clock)
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]
        options = {"api_endpoint": self.url}
        self.client = gcs.Client("demo", AnonymousCredentials(), client_options=options)

    def stop(self) -> None:
        """End it."""
        self.client.close()
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


def bucket_of(store: Store) -> gcs.Bucket:
    """A fresh bucket."""
    return store.client.create_bucket(f"deposito-{next(_NUMBERS)}")
