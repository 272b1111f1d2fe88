"""What every store must do, asked of SQLite and of Firestore alike."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expediente.codec import stamp
from expediente.errors import ConfigurationError
from expediente.store import INDEXES, ConflictError, Create, Delete, Read, Store, Update, Write
from expediente.store_sqlite import SqliteStore

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


def dossier(state: str = "collecting", minutes: int = 0, due: int | None = None) -> dict[str, Any]:
    """A dossier's fields that queries use; opened `minutes` after noon, to be looked at `due` minutes after noon."""
    look_at = None if due is None else stamp(NOON + timedelta(minutes=due))
    return {"state": state, "opened_at": stamp(NOON + timedelta(minutes=minutes)), "next_look_at": look_at}


def found(store: Store, kind: str, key: str) -> Read:
    """The record, which must be there."""
    read = store.get(kind, key)
    assert read is not None
    return read


def keys(reads: Sequence[Read]) -> list[str]:
    """Their keys in order."""
    return [read.key for read in reads]


def wins(store: Store, *writes: Write) -> bool:
    """Whether that commit goes through."""
    try:
        store.commit(writes)
    except ConflictError:
        return False
    return True


def test_is_a_store(store: Store) -> None:
    """Both have the operations of the contract."""
    assert isinstance(store, Store)


def test_record_is_read_as_it_was_written(store: Store) -> None:
    """Nested lists, odd keys, numbers and nothing at all come back the same, under the key they were given."""
    data = {
        "rows": [[1, [2.5, None]], []],
        "": {"__a__": True, "x.y/z`": "Ñandú 🚚"},
        "big": 10**30,
        "dossier_id": "d",
        "nul": "\0",
    }
    store.commit([Create("inbox", "a", data)])
    assert (found(store, "inbox", "a").data, found(store, "inbox", "a").key) == (data, "a")


def test_half_a_character_is_kept(store: Store) -> None:
    """A lone surrogate from a broken form is no reason to lose a fact, be it in an indexed field."""
    store.commit([Create("inbox", "a", {"text": "\ud83d", "dossier_id": "\ud83d"})])
    assert found(store, "inbox", "a").data == {"text": "\ud83d", "dossier_id": "\ud83d"}


def test_absent_record_is_none(store: Store) -> None:
    """Asking for what is not there is no error."""
    store.commit([Create("client", "a", {})])
    assert (store.get("dossier", "a"), store.get("client", "b"), store.get_many([])) == (None, None, [])


def test_many_are_answered_in_the_order_asked(store: Store) -> None:
    """Gaps stay gaps, kinds may be mixed and a key asked twice is answered twice."""
    store.commit([Create("client", "a", {"n": 1}), Create("dossier", "a", {"n": 2})])
    reads = store.get_many([("dossier", "a"), ("client", "x"), ("client", "a"), ("dossier", "a")])
    assert [read and read.data["n"] for read in reads] == [2, None, 1, 2]


def test_second_create_conflicts_and_changes_nothing(store: Store) -> None:
    """The whole commit is refused and the conflict names the record that was there."""
    store.commit([Create("unique", "client/1", {"by": "first"})])
    with pytest.raises(ConflictError) as conflict:
        store.commit([Create("dossier", "d", {}), Create("unique", "client/1", {"by": "second"}), Delete("unique", "other")])
    assert (conflict.value.kind, conflict.value.key) == ("unique", "client/1")
    assert (found(store, "unique", "client/1").data, store.get("dossier", "d")) == ({"by": "first"}, None)


def test_stale_update_conflicts(store: Store) -> None:
    """Of two who read the same state only the first may write."""
    store.commit([Create("dossier", "d", {"n": 0})])
    read = found(store, "dossier", "d")
    store.commit([Update("dossier", "d", {"n": 1}, read.version)])
    with pytest.raises(ConflictError) as conflict:
        store.commit([Update("dossier", "d", {"n": 2}, read.version)])
    assert (conflict.value.kind, conflict.value.key, found(store, "dossier", "d").data) == ("dossier", "d", {"n": 1})


def test_update_of_a_missing_record_conflicts(store: Store) -> None:
    """A record that has gone is not made again by an update."""
    (version,) = store.commit([Create("dossier", "d", {})])
    store.commit([Delete("dossier", "d", version)])
    assert not wins(store, Update("dossier", "d", {}, version))
    assert not wins(store, Delete("dossier", "d", version))


def test_unknown_version_conflicts(store: Store) -> None:
    """A version that no store has given is stale, not an error of another sort."""
    store.commit([Create("dossier", "d", {})])
    assert not wins(store, Update("dossier", "d", {}, "no version"))


def test_update_replaces_the_whole_record(store: Store) -> None:
    """Fields that the new data lack are gone, from the queries too."""
    (version,) = store.commit([Create("dossier", "d", dossier(due=0) | {"extra": 1})])
    store.commit([Update("dossier", "d", {"state": "active"}, version)])
    assert found(store, "dossier", "d").data == {"state": "active"}
    assert store.query("due_dossiers") == store.query("dossiers_by_state", "active") == []


def test_update_with_the_same_data_changes_the_version(store: Store) -> None:
    """A commit that alters nothing else still makes older readers stale."""
    (version,) = store.commit([Create("dossier", "d", {"n": 1})])
    (later,) = store.commit([Update("dossier", "d", {"n": 1}, version)])
    assert later != version
    assert not wins(store, Update("dossier", "d", {"n": 2}, version))


def test_commit_tells_the_versions_that_a_read_gives(store: Store) -> None:
    """Versions come in the order of the writes, empty for a delete, and serve the next update without a read."""
    store.commit([Create("inbox", "gone", {})])
    versions = store.commit([Create("dossier", "d", {}), Delete("inbox", "gone"), Create("client", "c", {})])
    assert versions == [found(store, "dossier", "d").version, "", found(store, "client", "c").version]
    assert store.commit([Update("dossier", "d", {}, versions[0])]) == [found(store, "dossier", "d").version]
    assert store.commit([]) == []


def test_delete_with_version(store: Store) -> None:
    """A delete that names a version holds only for that one; one without takes whatever is there, or nothing."""
    (old,) = store.commit([Create("inbox", "f", {})])
    (new,) = store.commit([Update("inbox", "f", {}, old)])
    assert not wins(store, Delete("inbox", "f", old))
    assert wins(store, Delete("inbox", "f", new))
    assert wins(store, Delete("inbox", "f"))
    store.commit([Create("inbox", "f", {})])
    assert wins(store, Delete("inbox", "f"))
    assert store.get("inbox", "f") is None


def test_version_is_not_used_again_after_delete_and_create(store: Store) -> None:
    """Who read a record before it was removed and made again cannot write over the new one."""
    versions = []
    for _ in range(5):
        versions += store.commit([Create("cursor", "c", {"n": 0})])
        store.commit([Delete("cursor", "c")])
    store.commit([Create("cursor", "c", {"n": 0})])
    assert len(set(versions)) == 5
    assert not any(wins(store, Update("cursor", "c", {"n": 1}, version)) for version in versions)


@pytest.mark.parametrize("bad", [0, 10, 19])
def test_twenty_writes_hold_or_none(store: Store, bad: int) -> None:
    """Wherever the one that conflicts stands, nothing of the other nineteen remains."""
    store.commit([Create("event", f"{bad}", {"taken": True})])
    with pytest.raises(ConflictError):
        store.commit([Create("event", f"{number}", {"dossier_id": "d", "seq": number}) for number in range(20)])
    assert [read is not None for read in store.get_many([("event", f"{n}") for n in range(20)])] == [n == bad for n in range(20)]
    assert store.query("events_of_dossier", "d") == []


def test_query_orders_by_its_field(store: Store) -> None:
    """Whatever the order of writing; equal values stand in the order of their keys."""
    minutes = {"late": 9, "early": 1, "b": 5, "a/2": 5, "a": 5}
    store.commit([Create("dossier", key, dossier(due=minute)) for key, minute in minutes.items()])
    assert keys(store.query("due_dossiers")) == ["early", "a", "a/2", "b", "late"]


def test_integers_order_as_numbers(store: Store) -> None:
    """The tenth event follows the ninth."""
    store.commit([Create("event", f"d/{n}", {"dossier_id": "d", "seq": n}) for n in (10, 9, 100, 1)])
    assert [read.data["seq"] for read in store.query("events_of_dossier", "d")] == [1, 9, 10, 100]
    assert [read.data["seq"] for read in store.query("events_of_dossier", "d", until=10)] == [1, 9, 10]


def test_bound_includes_itself(store: Store) -> None:
    """What is due at this very microsecond is due; a datetime of another zone or its stamp bound alike."""
    store.commit([Create("dossier", f"{minute}", dossier(due=minute)) for minute in range(4)])
    panama = datetime.fromisoformat("2026-03-10T12:02:00-05:00")
    assert keys(store.query("due_dossiers", until=panama)) == ["0", "1", "2"]
    assert keys(store.query("due_dossiers", until=stamp(panama - timedelta(microseconds=1)))) == ["0", "1"]


def test_since_goes_on_behind_what_was_seen(store: Store) -> None:
    """The lower bound leaves out the last one seen; with both bounds a window is read."""
    store.commit([Create("dossier", f"{minute}", dossier(due=minute)) for minute in range(5)])
    assert keys(store.query("due_dossiers", since=NOON + timedelta(minutes=1))) == ["2", "3", "4"]
    assert keys(store.query("due_dossiers", since=NOON, until=NOON + timedelta(minutes=2))) == ["1", "2"]
    assert store.query("due_dossiers", since=NOON + timedelta(days=1)) == []


def test_equality_selects(store: Store) -> None:
    """Only records of that value and kind, together with the bound."""
    states = ["active", "collecting", "active", "archived", "active"]
    store.commit([Create("dossier", f"{minute}", dossier(state, minute)) for minute, state in enumerate(states)])
    assert keys(store.query("dossiers_by_state", "active")) == ["0", "2", "4"]
    assert keys(store.query("dossiers_by_state", "active", until=NOON + timedelta(minutes=2))) == ["0", "2"]
    assert store.query("dossiers_by_state", "withdrawn") == []


def test_limit_takes_the_first(store: Store) -> None:
    """A page is the beginning of the order, not any part of it."""
    store.commit([Create("dossier", f"{9 - n}", dossier(due=n)) for n in range(10)])
    assert keys(store.query("due_dossiers", limit=3)) == ["9", "8", "7"]
    assert store.query("due_dossiers", limit=0) == []


def test_none_never_matches(store: Store) -> None:
    """A record without the ordering or the compared field, or with None in it, is at rest."""
    store.commit(
        [Create("dossier", "none", dossier(due=None)), Create("dossier", "lacks", {}), Create("dossier", "x", dossier(due=1))]
    )
    assert keys(store.query("due_dossiers")) == ["x"]
    assert keys(store.query("due_dossiers", until=NOON + timedelta(days=999))) == ["x"]
    assert store.query("outbox_of_sender", "a@example.com") == []


def test_updated_record_moves_in_the_order(store: Store) -> None:
    """A query sees the newest data, and nothing of a removed record."""
    versions = store.commit([Create("dossier", key, dossier(due=n)) for n, key in enumerate("abc")])
    store.commit([Update("dossier", "a", dossier(due=9), versions[0]), Delete("dossier", "b")])
    assert keys(store.query("due_dossiers")) == ["c", "a"]


def test_query_reads_serve_updates(store: Store) -> None:
    """The version that a query gives is the one that an update may name."""
    store.commit([Create("dossier", "a/é", dossier(due=0))])
    (read,) = store.query("due_dossiers")
    store.commit([Update(read.kind, read.key, read.data | {"next_look_at": None}, read.version)])
    assert store.query("due_dossiers") == []


@pytest.mark.parametrize("name", sorted(INDEXES))
def test_every_named_query_answers(store: Store, name: str) -> None:
    """Each can be asked with its bound and without."""
    query = INDEXES[name]
    store.commit([Create(query.kind, "k", {query.ordered_by: "2026", **({query.equals: "e"} if query.equals else {})})])
    equals = "e" if query.equals else None
    assert keys(store.query(name, equals)) == keys(store.query(name, equals, until="2026")) == ["k"]
    assert store.query(name, equals, until="2025") == store.query(name, equals, until=2026) == []


def test_other_questions_are_refused(store: Store) -> None:
    """No query without an index, none with an equality that it does not have or lacking its own."""
    for question in (("dossiers_by_vendedora", None), ("due_dossiers", "active"), ("dossiers_by_state", None)):
        with pytest.raises(ConfigurationError):
            store.query(*question)


@pytest.mark.parametrize(
    "key",
    [
        *("a/b/c", "/", "//", ".", "..", "__name__", "__", "%2F", "a%2Fb", "ñandú/Pérez", "🚚"),
        *("a:b", " ", "\N{NO-BREAK SPACE}", "\n", "\0", "e\u0301", "é", "A", "a"),
    ],
)
def test_any_text_is_a_key(store: Store, key: str) -> None:
    """Slashes, accents, signs and what Firestore keeps for itself are found again under the very same key."""
    others = [other for other in ("a/b", "b", "a%2Fb/c", "%2E", "E", "e") if other != key]
    store.commit([Create("unique", key, {"key": key}), *(Create("unique", other, {}) for other in others)])
    assert (found(store, "unique", key).data, found(store, "unique", key).key) == ({"key": key}, key)
    store.commit([Delete("unique", key, found(store, "unique", key).version)])
    assert store.get("unique", key) is None


@pytest.mark.parametrize("key", ["", "x" * 1501, "é" * 751, "\ud83d"])
def test_impossible_key_is_refused(store: Store, key: str) -> None:
    """Nothing, more than 1,500 bytes or half a character cannot name a record."""
    with pytest.raises(ConfigurationError, match="key"):
        store.commit([Create("unique", key, {})])


def test_large_record_is_kept(store: Store) -> None:
    """900 KB of text with accents come back whole, with the longest key and indexed fields."""
    text = "ñ" * 450_000
    store.commit([Create("submission", "k" * 1500, {"text": text, "dossier_id": "d" * 1000, "submission_id": "s" * 1000})])
    (read,) = store.query("submissions_of_dossier", "d" * 1000)
    assert read.data["text"] == text


@pytest.mark.parametrize("text", ["x" * (1024 * 1024 + 1), "ñ" * 524_289, "\ud83d" * 170_000])
def test_record_above_a_mebibyte_is_refused(store: Store, text: str) -> None:
    """The error says how large it is and how large it may be, and nothing of the commit is written."""
    with pytest.raises(ConfigurationError, match=r"has \d{7} bytes; at most 1000000"):
        store.commit([Create("client", "c", {}), Create("submission", "s", {"text": text})])
    assert store.get("client", "c") is None


def test_refused_commits_write_nothing(store: Store) -> None:
    """Too many writes, too many bytes, one record twice, an unknown kind, a field that cannot be ordered."""
    refused: list[list[Write]] = [
        [Create("event", f"{n}", {}) for n in range(501)],
        [Create("event", f"{n}", {"text": "x" * 990_000}) for n in range(4)],
        [Create("event", "a", {}), Delete("event", "a")],
        [Create("event", "a", {}), Create("invoice", "a", {})],
        [Create("event", "a", {}), Create("dossier", "a", {"next_look_at": 1.5})],
        [Create("event", "a", {}), Create("dossier", "a", {"next_look_at": "x" * 1001})],
    ]
    for writes in refused:
        with pytest.raises(ConfigurationError):
            store.commit(writes)
    assert store.get_many([("event", "0"), ("event", "a")]) == [None, None]


def test_largest_commit_is_taken(store: Store) -> None:
    """500 writes, and close to four million bytes, are one commit."""
    assert len(set(store.commit([Create("event", f"{n}", {"dossier_id": "d", "seq": n}) for n in range(500)]))) == 1
    store.commit([Create("inbox", f"{n}", {"text": "ñ" * 480_000}) for n in range(4)])
    assert len(store.query("events_of_dossier", "d", limit=1000)) == 500


def test_what_is_no_json_is_refused(store: Store) -> None:
    """A number that is none, or a value without a plain form, is not kept as something else."""
    for value in (float("nan"), NOON, {1, 2}):
        with pytest.raises((ValueError, TypeError)):
            store.commit([Create("inbox", "a", {"x": value})])


def test_another_handle_sees_what_was_committed(store: Store, open_again: Callable[[], Store]) -> None:
    """Versions mean the same to everyone who opens the store."""
    (version,) = store.commit([Create("site", "main", {"n": 1})])
    other = open_again()
    assert found(other, "site", "main").version == version
    other.commit([Update("site", "main", {"n": 2}, version)])
    assert found(store, "site", "main").data == {"n": 2}


def test_sixteen_threads_race_for_fifty_ids(store: Store) -> None:
    """Each id has exactly one winner, and it is the one whose data are kept."""
    start, won = threading.Barrier(16), []

    def race(thread: int) -> None:
        start.wait()
        for number in sorted(range(50), key=lambda n: (n * 7 + thread * 11) % 50):
            if wins(store, Create("inbox", f"{number}", {"by": thread}), Create("event", f"{number}/{thread}", {})):
                won.append((number, thread))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(race, range(16)))
    assert sorted(number for number, _ in won) == list(range(50))
    assert all(found(store, "inbox", f"{number}").data == {"by": thread} for number, thread in won)
    everyone = [("event", f"{number}/{thread}") for number in range(50) for thread in range(16)]
    assert sum(read is not None for read in store.get_many(everyone)) == 50


def test_threads_that_update_one_record_lose_no_step(store: Store) -> None:
    """Read, add one, write, again on conflict: eight threads of ten steps make eighty."""
    store.commit([Create("cursor", "c", {"n": 0})])

    def step(_: int) -> None:
        while True:
            read = found(store, "cursor", "c")
            if wins(store, Update("cursor", "c", {"n": read.data["n"] + 1}, read.version)):
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(step, range(80)))
    assert found(store, "cursor", "c").data == {"n": 80}


def test_four_processes_share_one_sqlite_file(tmp_path: Path) -> None:
    """Processes that open a new file at once make it once, lose no step of a counter and share 100 ids without a double."""
    path, script = tmp_path / "shared.db", Path(__file__).with_name("racing_process.py")
    racers = [subprocess.Popen([sys.executable, script, path, name], stdout=subprocess.PIPE, text=True) for name in "abcd"]
    outputs = [racer.communicate(timeout=60)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0, 0]
    store = SqliteStore(path)
    won = [line for output in outputs for line in output.split()]
    assert sorted(won, key=int) == [f"{number}" for number in range(100)]
    assert found(store, "cursor", "counter").data == {"n": 200}
    store.close()
