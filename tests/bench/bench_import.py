"""What it takes to take a file of Cartera in: rows a second, commits, round trips to the store; beside an empty and a long ledger.

One process with SQLite beside it, no network: milliseconds are the machine's, commits and round trips are exact.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from expediente import ledger_rows, ledger_template
from expediente.ledger_take import Clients, Taker
from expediente.ledger_values import Look
from expediente.store import Create
from expediente.store_sqlite import SqliteStore
from tests.bench.counting import Counting
from tests.local_workspace import ROOT

CLIENTS = 40
_HEADING = "RUC;Factura;Fecha;Vence;Subtotal;ITBMS;Total"


@dataclass(frozen=True)
class Taken:
    """What a file cost. trips: round trips to read, a thousand rows."""

    rows: int
    seconds: float
    commits: int
    trips: float


def import_of(folder: Path, known: int, rows: int) -> Taken:
    """Take `rows` new invoices in, beside `known` that are there already, of the same clients."""
    store = SqliteStore(folder / "store.db")
    store.commit([Create("unique", f"client/juridica:{_ruc(n)}", {"client_id": f"CLI-{n}"}) for n in range(CLIENTS)])
    _take(store, _lines("K", known))
    counted: Counter[str] = Counter()
    begun = time.perf_counter()
    commits = _take(Counting(store, counted), _lines("N", rows))
    seconds = time.perf_counter() - begun
    store.close()
    return Taken(rows, seconds, commits, 1000 * counted["questions"] / rows)


def _ruc(number: int) -> str:
    return f"15599{number:04d}-2-2024"


def _lines(prefix: str, rows: int) -> Iterator[str]:
    yield _HEADING
    for n in range(rows):
        yield f"{_ruc(n % CLIENTS)};{prefix}-{n};01/04/2027;01/05/2027;100.00;7.00;107.00"


def _take(store: Any, lines: Iterator[str]) -> int:
    """Take a file in; gives the commits."""
    template = ledger_template.template(ROOT)
    look = Look(template, "B/.", date(2027, 6, 30))
    company = SimpleNamespace(currency="B/.")
    clock = SimpleNamespace(now=lambda: datetime(2027, 6, 30, 15, tzinfo=UTC))
    app: Any = SimpleNamespace(store=store, clock=clock, process=SimpleNamespace(company=company))
    rows, clients = ledger_rows.read(look, ROOT, "\n".join(lines).encode()).rows(), Clients(app)
    pile: list[ledger_rows.Row] = []
    for commits in count():
        pile += islice(rows, template.limits["rows_at_once"] - len(pile))
        if not pile:
            return commits
        batch = Taker(app, template, clients, "bench").take(pile)
        assert set(batch.counts) == {"new"}, batch.results[0]
        store.commit(batch.writes)
        pile = pile[len(batch.results) :]
    raise AssertionError


def main() -> None:
    """Print a line for an empty and for a long ledger."""
    from tempfile import TemporaryDirectory

    for known in (0, 100_000):
        with TemporaryDirectory() as folder:
            found = import_of(Path(folder), known, 10_000)
            print(
                f"beside {known:7,}: {found.rows:,} rows in {found.seconds:.1f} s, {found.commits} commits, "
                f"{found.trips:.1f} round trips to read a thousand rows"
            )


if __name__ == "__main__":
    main()
