"""Drive after a crash: `--state` brings back files, access, the change log and all that is derived from them."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conformance.drive_kit import BOT, DOCUMENT, EDGAR, OPERACIONES, Desk, as_person, new_drive, refused


def test_everything_is_there_after_a_kill(start_emulator: Callable[..., Any], tmp_path: Path) -> None:
    """Contract of the local Workspace: what was acknowledged survives SIGKILL."""
    first = start_emulator("--state", str(tmp_path))
    desk, drive_id = new_drive(first.service, operaciones="reader")
    token = desk.start()
    top = desk.create("carpeta", appProperties={"expediente": "EXP-7"}, inheritedPermissionsDisabled=True)
    papers = [desk.create(f"papel {number}", parent=top["id"], mimeType=DOCUMENT)["id"] for number in range(3)]
    gone = desk.create("borrada")["id"]
    desk.delete(gone)
    log = desk.changes(token)
    first.stop(signal.SIGKILL)

    second = start_emulator("--state", str(tmp_path))
    desk = Desk(second.service("drive", "v3", BOT), drive_id)
    assert desk.names(f"'{top['id']}' in parents") == ["papel 0", "papel 1", "papel 2"]
    assert desk.names("appProperties has { key='expediente' and value='EXP-7' }") == ["carpeta"]
    again = desk.changes(token)
    assert [one["fileId"] for one in again["changes"]] == [one["fileId"] for one in log["changes"]]
    assert again["newStartPageToken"] == log["newStartPageToken"]
    his = as_person(second.service, desk, EDGAR)
    assert refused(lambda: his.get(papers[0])) == (404, "notFound")
    desk.grant(top["id"], OPERACIONES, "reader", "group")
    assert his.get(papers[0], "id") == {"id": papers[0]}
    assert refused(lambda: desk.get(gone)) == (404, "notFound")
