"""A running local Workspace: its `/_local` interface, and people who act in it with their own rights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

ROOT = Path(__file__).resolve().parents[1]
SERVICE_ACCOUNT = "expediente-work@expediente-demo.iam.gserviceaccount.com"

Json = dict[str, Any]
Call = dict[str, Any]


class Workspace:
    """A running local Workspace: its `/_local` interface, and people who act in it."""

    def __init__(self, url: str, process: subprocess.Popen[str] | None = None) -> None:
        self.url, self._process = url, process
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)

    @classmethod
    def start(cls) -> Workspace:
        """Start one whose state can be put aside and taken back."""
        script = str(ROOT / "tests" / "workspace_process.py")
        process = subprocess.Popen([sys.executable, script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return cls(json.loads(process.stdout.readline())["url"], process)

    def stop(self) -> None:
        """End the process that `start` made."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()

    def local(self, verb: str, path: str, body: Any = None, root: str = "_local") -> Any:
        """Call `/_local/<path>`."""
        data = None if body is None else json.dumps(body).encode()
        reply = self._pool.request(verb, f"{self.url}/{root}/{path}", body=data, headers={"Content-Type": "application/json"})
        assert reply.status < 300, (reply.status, reply.data[:500])
        return json.loads(reply.data or b"{}")

    def keep(self, name: str) -> None:
        """Put the whole state aside under a name."""
        self.local("POST", f"keep/{name}", root="_test")

    def take(self, name: str) -> None:
        """Go back to a state that was put aside; faults and the ledger begin anew."""
        self.local("POST", f"take/{name}", root="_test")

    def set_clock(self, now: str) -> None:
        """Put the clock to an instant (RFC 3339)."""
        self.local("PUT", "clock", {"now": now})

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.local("PUT", "clock", {"advance_s": seconds})

    def calls(self) -> list[Call]:
        """The ledger: Workspace calls of everybody, batch parts each."""
        found: list[Call] = self.local("GET", "calls")
        return found

    def forget_calls(self) -> None:
        """Empty the ledger."""
        self.local("DELETE", "calls")

    def fault(self, *rules: Json) -> None:
        """Replace the faults in force."""
        self.local("PUT", "faults", {"rules": list(rules)})

    def was_struck(self) -> bool:
        """Whether a fault in force has met its call."""
        return any(rule["seen"] >= rule["nth"] for rule in self.local("GET", "faults")["rules"])

    def request(
        self, who: str, verb: str, path: str, body: Any = None, raw: bytes | None = None, mime: str = "application/json"
    ) -> Any:
        """A call of a person's own. :raises AssertionError: refused."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer local:{who}", "Content-Type": mime}
        reply = self._pool.request(verb, self.url + path, body=data, headers=headers)
        assert reply.status < 300, (who, verb, path, reply.status, reply.data[:500])
        return json.loads(reply.data) if reply.data else {}

    def upload(self, who: str, folder_id: str, name: str, mime: str = "application/pdf", content: bytes = b"%PDF-1.4 x") -> str:
        """A person puts a file into a folder; gives its id."""
        meta = json.dumps({"name": name, "parents": [folder_id]})
        head = f"--x\r\nContent-Type: application/json\r\n\r\n{meta}\r\n--x\r\nContent-Type: {mime}\r\n\r\n"
        path = "/upload/drive/v3/files?uploadType=multipart&supportsAllDrives=true"
        raw = head.encode() + content + b"\r\n--x--"
        return str(self.request(who, "POST", path, raw=raw, mime="multipart/related; boundary=x")["id"])

    def rows(self, who: str, book: str, tab: str) -> list[list[Any]]:
        """What a person sees in a tab."""
        path = f"/v4/spreadsheets/{book}/values/{tab}!A1:Z200?valueRenderOption=UNFORMATTED_VALUE"
        found: list[list[Any]] = self.request(who, "GET", path).get("values", [])
        return found

    def type_in(self, who: str, book: str, cells: dict[str, Any]) -> None:
        """A person writes into cells (`Tab!E5` -> value), one save for all."""
        data = [{"range": a1, "values": [[value]]} for a1, value in cells.items()]
        self.request(who, "POST", f"/v4/spreadsheets/{book}/values:batchUpdate", {"valueInputOption": "RAW", "data": data})

    def files(self) -> list[Json]:
        """Every file of the shared drives, in the trash or not, as the service account sees them."""
        fields = "nextPageToken,files(id,name,mimeType,parents,trashed,driveId,appProperties,contentRestrictions(readOnly))"
        path = "/drive/v3/files?corpora=allDrives&includeItemsFromAllDrives=true&supportsAllDrives=true&pageSize=1000&fields="
        return self._pages(SERVICE_ACCOUNT, path + fields, "files")

    def _pages(self, who: str, path: str, of: str) -> list[Json]:
        """All pages of a listing together."""
        page = self.request(who, "GET", path)
        found: list[Json] = page.get(of, [])
        while token := page.get("nextPageToken"):
            page = self.request(who, "GET", f"{path}&pageToken={quote(token)}")
            found += page.get(of, [])
        return found

    def grants(self, file_id: str) -> list[tuple[str, str]]:
        """The direct grants on a file: address and role."""
        fields = "permissions(role,emailAddress,permissionDetails(inherited))"
        path = f"/drive/v3/files/{file_id}/permissions?supportsAllDrives=true&pageSize=100&fields={fields}"
        told = self.request(SERVICE_ACCOUNT, "GET", path)["permissions"]
        direct = [p for p in told if not all(d.get("inherited") for d in p.get("permissionDetails", [{}]))]
        return sorted((p["emailAddress"], p["role"]) for p in direct)

    def inbox(self, who: str) -> list[str]:
        """How the mails begin that reached a mailbox, sorted: the first line says which mail it is."""
        listed = self._pages(who, "/gmail/v1/users/me/messages?labelIds=INBOX&maxResults=500", "messages")
        path = "/gmail/v1/users/me/messages/{}?format=minimal"
        return sorted(str(self.request(who, "GET", path.format(item["id"]))["snippet"]) for item in listed)
