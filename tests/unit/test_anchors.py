"""The chain of the workbook Ajustes in the nightly anchors: named when it has changed, verified beside what was anchored of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from expediente import adjustments, anchors, codec, events
from expediente.adjustments import CHAIN, KIND, MAIN, Adjustments, Values
from expediente.bootstrap import App
from expediente.errors import NotFoundError
from expediente.store import Create, Delete, Update, Write
from expediente.store_sqlite import SqliteStore
from tests.unit import page_kit

MORNING = datetime(2026, 3, 3, 9, tzinfo=UTC)


class Bucket:
    """The archive bucket in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_once(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Store what must not exist."""
        assert self.objects.setdefault(name, data) == data

    def read(self, bucket: str, name: str) -> bytes:
        """What was stored."""
        if name not in self.objects:
            raise NotFoundError("storage.objects.get", 404, "notFound", name)
        return self.objects[name]


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An app without dossiers."""
    app = SimpleNamespace(
        store=SqliteStore(str(tmp_path / "store.db")),
        settings=SimpleNamespace(archive_bucket="archivo"),
        google=SimpleNamespace(storage=Bucket()),
        process=page_kit.the_process(),
        clock=SimpleNamespace(now=lambda: MORNING),
    )
    return cast(App, app)


def change(app: App) -> Adjustments:
    """Gerencia has changed the workbook once more."""
    held = app.store.get(KIND, MAIN)
    known = adjustments.read(held.data) if held else None
    seq, head = (known.event_count + 1, known.chain_head) if known else (1, "")
    event = events.next_event(CHAIN, seq, head, MORNING, "persona", "adjustments_changed", {"version": str(seq)})
    new = Adjustments(seq, MORNING, (), Values(), event_count=seq, chain_head=event.hash)
    data = codec.to_data(new)
    main: Write = Update(KIND, MAIN, data, held.version) if held else Create(KIND, MAIN, data)
    app.store.commit([main, Create("event", f"{CHAIN}/{seq:06d}", codec.to_data(event))])
    return new


def night(app: App, number: int) -> None:
    """The nightly job of a day."""
    cast(Any, app).clock = SimpleNamespace(now=lambda: MORNING + timedelta(days=number))
    anchors.anchor(app)


def test_a_night_anchors_what_has_changed_in_ajustes_once(app: App) -> None:
    """Nothing before the first change; after it one anchor names its end, and the next only once it has changed again."""
    night(app, 0)
    assert anchors.adjustments_faults(app, anchors.read_anchors(app)) is None
    change(app)
    night(app, 1)
    night(app, 2)
    last = change(app)
    night(app, 3)
    known = anchors.read_anchors(app)
    assert [(one["day"], one["events"]) for one in known.of(CHAIN)] == [("2026-03-04", 1), ("2026-03-06", 2)]
    assert known.of(CHAIN)[-1]["head"] == last.chain_head
    assert (known.faults, anchors.adjustments_faults(app, known)) == ((), [])


def test_a_changed_or_missing_event_of_ajustes_is_told(app: App) -> None:
    """One altered word is found by the chain; a chain that was made anew, or is gone, by its anchor."""
    change(app)
    change(app)
    night(app, 1)
    known = anchors.read_anchors(app)
    read = app.store.get("event", f"{CHAIN}/000001")
    assert read is not None
    app.store.commit([Update("event", read.key, {**read.data, "actor": "otra"}, read.version)])
    assert anchors.adjustments_faults(app, known)
    app.store.commit([Delete("event", f"{CHAIN}/000001"), Delete("event", f"{CHAIN}/000002"), Delete(KIND, MAIN)])
    assert anchors.adjustments_faults(app, known) == ["lo que se ancló el 2026-03-04 (asiento 2) no está en la cadena"]
    change(app)
    assert anchors.adjustments_faults(app, known) == ["lo que se ancló el 2026-03-04 (asiento 2) no está en la cadena"]
