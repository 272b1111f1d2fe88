"""How fast and how big the local Workspace is: `make bench-emulator`.

Plain keep-alive connections of the standard library, so that the clients cost little. Prints requests a second over one and
over four connections and for each second of the server's processor, the time of start, the memory over many requests and with
many dossiers, and how long a folder's list takes then.

Example: python tests/bench/bench_emulator.py --requests 20000 --dossiers 1000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "blindados-demo.example.com"
WORKER = "expediente-work@expediente-demo.iam.gserviceaccount.com|drive,spreadsheets"
SENDER = f"notificaciones@{DOMAIN}|gmail.readonly"
FOLDER, SHEET = "application/vnd.google-apps.folder", "application/vnd.google-apps.spreadsheet"
CHILDREN = 8
WRITERS = 4


class Server:
    """An emulator process of its own, and what the system tells of it."""

    def __init__(self) -> None:
        begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.host = str(json.loads(self.process.stdout.readline())["url"]).removeprefix("http://")
        self.start_s = time.perf_counter() - begun

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def rss_mb(self) -> float:
        """Resident memory."""
        shown = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=True)
        return int(shown.stdout) / 1024

    def cpu_s(self) -> float:
        """Seconds of processor used so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    """One kept connection."""

    def __init__(self, host: str, who: str = WORKER) -> None:
        self.connection = HTTPConnection(host)
        self.headers = {"Authorization": f"Bearer local:{who}", "Content-Type": "application/json"}

    def close(self) -> None:
        """Let the connection go."""
        self.connection.close()

    def call(self, verb: str, path: str, body: Any = None) -> Any:
        """One request; raises on any refusal."""
        self.connection.request(verb, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{verb} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None


def create(client: Client, name: str, parent: str, mime_type: str = FOLDER, **more: Any) -> str:
    """Make a file; returns its id."""
    body = {"name": name, "mimeType": mime_type, "parents": [parent], **more}
    return str(client.call("POST", "/drive/v3/files?supportsAllDrives=true&fields=id", body)["id"])


def small_calls(drive_id: str, sheet: str, tab: str) -> dict[str, tuple[str, Callable[[Client, int], Any]]]:
    """The small requests that are timed: name -> (who calls, how)."""
    cells = f"/v4/spreadsheets/{sheet}/values/{quote(tab)}!A1:B2"
    return {
        "files.create": (WORKER, lambda client, n: create(client, f"carpeta {n}", drive_id)),
        "files.get": (WORKER, lambda client, n: client.call("GET", f"/drive/v3/files/{sheet}?supportsAllDrives=true")),
        "values.get": (WORKER, lambda client, n: client.call("GET", cells)),
        "values.update": (
            WORKER,
            lambda client, n: client.call("PUT", cells + "?valueInputOption=RAW", {"values": [["a", n], ["b", True]]}),
        ),
        "messages.list": (SENDER, lambda client, n: client.call("GET", "/gmail/v1/users/me/messages")),
    }


def side_by_side(host: str, who: str, count: int, connections: int, action: Callable[[Client, int], Any]) -> float:
    """Carry an action out `count` times over so many connections; returns seconds."""

    def work(first: int) -> None:
        client = Client(host, who)
        for number in range(first, count, connections):
            action(client, number)
        client.close()

    workers = [threading.Thread(target=work, args=(first,)) for first in range(connections)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun


def speeds(server: Server, calls: dict[str, tuple[str, Callable[[Client, int], Any]]], count: int) -> list[dict[str, Any]]:
    """Requests a second of every small call."""
    rows = []
    for name, (who, action) in calls.items():
        row: dict[str, Any] = {"call": name}
        before = server.cpu_s()
        for connections in (1, 4):
            row[f"per_s_{connections}"] = round(count / side_by_side(server.host, who, count, connections, action))
        used = server.cpu_s() - before
        row["per_cpu_s"] = round(2 * count / used) if used else None
        rows.append(row)
    return rows


def memory(
    server: Server, calls: dict[str, tuple[str, Callable[[Client, int], Any]]], requests: int
) -> tuple[list[tuple[int, float]], float]:
    """Resident memory after a tenth, half and all of many requests that add no data; and its slope in bytes a request."""
    steady = [calls[name] for name in ("files.get", "values.get", "values.update", "messages.list")]
    clients = {who: Client(server.host, who) for who, _ in steady}
    marks = [requests // 10, requests // 2, requests]
    shown = []
    for number in range(1, requests + 1):
        who, action = steady[number % len(steady)]
        action(clients[who], number)
        if number in marks:
            shown.append((number, round(server.rss_mb(), 1)))
    for client in clients.values():
        client.close()
    grown_mb = shown[-1][1] - shown[0][1]
    return shown, round(grown_mb * 1024 * 1024 / (marks[-1] - marks[0]), 1)


def load(server: Server, drive_id: str, dossiers: int) -> list[str]:
    """Make the dossiers: a folder with eight children and a control sheet each, by four writers. Returns the folders."""
    folders: list[str] = [""] * dossiers

    def make(client: Client, number: int) -> None:
        key = {"appProperties": {"expediente": f"EXP-{number}"}}
        folders[number] = folder = create(client, f"EXP-{number}", drive_id, **key)
        for child in range(CHILDREN):
            create(client, f"{child} carpeta", folder, **key)
        create(client, "Control", folder, SHEET, **key)

    side_by_side(server.host, WORKER, dossiers, WRITERS, make)
    return folders


def lists(server: Server, drive_id: str, folders: list[str], count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of the list of a folder, and of a search by a property, over folders drawn at random."""
    client = Client(server.host)
    chance = random.Random(0)
    where = f"supportsAllDrives=true&includeItemsFromAllDrives=true&corpora=drive&driveId={drive_id}"
    common = f"/drive/v3/files?{where}&fields=files(id,name)&q="
    found: dict[str, dict[str, float]] = {}
    for name, query in (
        ("parent", "'{folder}' in parents and trashed=false"),
        ("property", "appProperties has {{ key='expediente' and value='EXP-{number}' }} and trashed=false"),
    ):
        times = []
        for _ in range(count):
            number = chance.randrange(len(folders))
            begun = time.perf_counter()
            answer = client.call("GET", common + quote(query.format(folder=folders[number], number=number)))
            times.append((time.perf_counter() - begun) * 1000)
            if len(answer["files"]) < CHILDREN + 1:
                raise RuntimeError(f"the list by {name} of dossier {number} has {len(answer['files'])} files")
        cuts = statistics.quantiles(times, n=100)
        found[name] = {"p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}
    client.close()
    return found


def measure(requests: int, dossiers: int, calls: int) -> dict[str, Any]:
    """The whole run, on a server of its own."""
    server = Server()
    client = Client(server.host)
    try:
        drives = client.call("GET", "/drive/v3/drives")["drives"]
        drive_id = next(drive["id"] for drive in drives if drive["name"] == "Expedientes")
        sheet = create(client, "Control", drive_id, SHEET)
        tab = client.call("GET", f"/v4/spreadsheets/{sheet}")["sheets"][0]["properties"]["title"]
        small = small_calls(drive_id, sheet, tab)
        found: dict[str, Any] = {"start_s": round(server.start_s, 2), "idle_mb": round(server.rss_mb(), 1)}
        found["speeds"] = speeds(server, small, calls)
        client.call("DELETE", "/_local/calls")
        found["memory"], found["bytes_a_request"] = memory(server, small, requests)
        found["ledger"] = len(client.call("GET", "/_local/calls"))
        before, begun = server.rss_mb(), time.perf_counter()
        folders = load(server, drive_id, dossiers)
        found["load_s"] = round(time.perf_counter() - begun, 1)
        found["dossiers"], found["loaded_mb"] = dossiers, round(server.rss_mb() - before, 1)
        found["lists"] = lists(server, drive_id, folders, max(100, min(1000, dossiers)))
        return found
    finally:
        client.close()
        server.stop()


def shown(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        f"start {found['start_s']} s, {found['idle_mb']} MB",
        "",
        f"{'call':<16}{'1 conn/s':>10}{'4 conn/s':>10}{'per cpu s':>11}",
    ]
    for row in found["speeds"]:
        lines.append(f"{row['call']:<16}{row['per_s_1']:>10}{row['per_s_4']:>10}{row['per_cpu_s'] or '-':>11}")
    marks = ", ".join(f"{number:,}: {mb} MB" for number, mb in found["memory"])
    lines += ["", f"memory after requests  {marks}; {found['bytes_a_request']} bytes a request (the ledger holds them all)"]
    items = found["dossiers"] * (CHILDREN + 2)
    lines.append(f"{found['dossiers']:,} dossiers ({items:,} files)  loaded in {found['load_s']} s, {found['loaded_mb']} MB")
    for name, times in found["lists"].items():
        lines.append(f"files.list by {name:<9}  p50 {times['p50_ms']} ms, p99 {times['p99_ms']} ms")
    return "\n".join(lines)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=100_000, help="requests of the memory run")
    parser.add_argument("--dossiers", type=int, default=10_000, help="dossiers that are held")
    parser.add_argument("--calls", type=int, default=2_000, help="requests of each kind that are timed")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    options = parser.parse_args()
    found = measure(options.requests, options.dossiers, options.calls)
    print(json.dumps(found) if options.json else shown(found))


if __name__ == "__main__":
    main()
