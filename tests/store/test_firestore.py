"""What only Firestore needs: lost answers settled, errors translated, indexes listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from expediente import store_firestore
from expediente.errors import ConflictError, DoubtfulError, ExpedienteError, RetryLaterError
from expediente.store import INDEXES, Create, Delete, Update
from expediente.store_firestore import FirestoreStore, index_definitions
from tests.firestore_emulator import FirestoreEmulator
from tests.store.cutting_proxy import CuttingProxy

INDEX_FILE = Path(__file__).parents[2] / "infra" / "firestore.indexes.json"


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """A database of its own for each test."""
    return str(request.node.name).replace("_", "-")


@contextmanager
def through_proxy(emulator: FirestoreEmulator, project: str) -> Iterator[tuple[FirestoreStore, CuttingProxy]]:
    """A store whose way to the emulator can be cut after the request has gone through."""
    with CuttingProxy(emulator.host) as proxy:
        client = emulator.client(project, host=proxy.host)
        yield FirestoreStore(client), proxy
        client.close()  # type: ignore[no-untyped-call]


def direct(emulator: FirestoreEmulator, project: str) -> FirestoreStore:
    """A store on the same records without the proxy."""
    return FirestoreStore(emulator.client(project))


def test_winner_whose_answer_was_lost_is_told_that_it_won(firestore_emulator: FirestoreEmulator, project: str) -> None:
    """The second try finds the record of the first and knows it for its own, with the version that it has."""
    with through_proxy(firestore_emulator, project) as (store, proxy):
        store.get("unique", "warm")
        proxy.cut_next_answer()
        (version,) = store.commit([Create("unique", "client/1", {"by": "us"})])
        assert proxy.cuts == 1
        read = store.get("unique", "client/1")
        assert read is not None
        assert (read.data, read.version) == ({"by": "us"}, version)


def test_update_whose_answer_was_lost_is_told_that_it_held(firestore_emulator: FirestoreEmulator, project: str) -> None:
    """Its own new version does not count as somebody else's."""
    with through_proxy(firestore_emulator, project) as (store, proxy):
        (first,) = store.commit([Create("dossier", "d", {"n": 1})])
        proxy.cut_next_answer()
        second, gone = store.commit([Update("dossier", "d", {"n": 2}, first), Delete("inbox", "f")])
        assert (proxy.cuts, gone) == (1, "")
        assert store.commit([Update("dossier", "d", {"n": 3}, second)])


def test_delete_whose_answer_was_lost_is_told_that_it_held(firestore_emulator: FirestoreEmulator, project: str) -> None:
    """A commit that only removes finds everything removed."""
    with through_proxy(firestore_emulator, project) as (store, proxy):
        (version,) = store.commit([Create("inbox", "f", {})])
        proxy.cut_next_answer()
        assert store.commit([Delete("inbox", "f", version)]) == [""]
        assert proxy.cuts == 1


def test_loser_whose_answer_was_lost_is_told_that_it_lost(firestore_emulator: FirestoreEmulator, project: str) -> None:
    """Somebody else's record stays somebody else's, even with the same data."""
    direct(firestore_emulator, project).commit([Create("unique", "client/1", {"by": "same"})])
    with through_proxy(firestore_emulator, project) as (store, proxy):
        store.get("unique", "warm")
        proxy.cut_next_answer()
        with pytest.raises(ConflictError):
            store.commit([Create("unique", "client/1", {"by": "same"})])
        assert proxy.cuts == 1


def test_unreachable_store_is_told_as_such(
    firestore_emulator: FirestoreEmulator, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read may be tried later; of a commit nobody can say whether it held."""
    monkeypatch.setattr(store_firestore, "_CALL_SECONDS", 1.0)
    monkeypatch.setattr(store_firestore, "_READING_SECONDS", 1.0)
    monkeypatch.setattr(store_firestore, "_PAUSES_SECONDS", (0.0, 0.0))
    with through_proxy(firestore_emulator, project) as (store, proxy):
        proxy.close()
        with pytest.raises(RetryLaterError):
            store.get("dossier", "d")
        with pytest.raises(DoubtfulError):
            store.commit([Create("dossier", "d", {})])


def test_error_of_google_does_not_repeat_what_was_sent(
    firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own sentence may hold keys and values; ours holds the method and the reason."""
    monkeypatch.setattr(store_firestore, "_READING_SECONDS", 0.5)
    store = FirestoreStore(firestore_emulator.client("not a project"))
    with pytest.raises(ExpedienteError) as error:
        store.get("client", "Pérez-8-123-456")
    assert "Pérez" not in str(error.value)


def test_index_file_is_the_one_of_the_table() -> None:
    """`infra/firestore.indexes.json` says exactly what INDEXES needs; write it again after a change of the table."""
    assert json.loads(INDEX_FILE.read_text()) == index_definitions()


@pytest.mark.parametrize("name", sorted(INDEXES))
def test_every_query_has_its_index(name: str) -> None:
    """Equality with order needs a composite index; order alone needs its field not to be exempted from indexing."""
    definitions, query = json.loads(INDEX_FILE.read_text()), INDEXES[name]
    if query.equals is None:
        exempt = [(entry["collectionGroup"], entry["fieldPath"]) for entry in definitions["fieldOverrides"]]
        assert (query.kind, query.ordered_by) not in exempt
    else:
        fields = [{"fieldPath": query.equals, "order": "ASCENDING"}, {"fieldPath": query.ordered_by, "order": "ASCENDING"}]
        assert {"collectionGroup": query.kind, "queryScope": "COLLECTION", "fields": fields} in definitions["indexes"]


def test_indexed_fields_do_not_collide_with_the_stores_own() -> None:
    """No query may use the names under which the record and the token are kept."""
    assert not {"data", "commit"} & {name for query in INDEXES.values() for name in (query.equals, query.ordered_by)}


def test_module_does_not_import_google_by_itself() -> None:
    """A process on SQLite does not pay for Firestore's client."""
    import subprocess
    import sys

    code = "import sys; import expediente.store_firestore; sys.exit('google.cloud.firestore' in sys.modules)"
    functions = Path(store_firestore.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=functions, check=False).returncode == 0
