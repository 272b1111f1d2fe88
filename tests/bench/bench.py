"""What a client's way costs: calls, store commits and serial round trips, beside the naive script. `make bench`.

Counts are exact and equal every run. A slope is the number of round trips that wait for each other: wall time over the latency of
each call, by least squares, the naive script and the product in turn in the same run. Milliseconds are not compared.
"""

from __future__ import annotations

import json
import logging
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "functions")]

from expediente import codec, feeds, register
from expediente.ids import dossier_id_of_response
from expediente.store import Create
from tests.bench import bench_portal
from tests.bench.counting import Counting
from tests.bench.naive import AREAS, Naive
from tests.harness import MINUTE, Case, Stack, cases
from tests.local_workspace import Workspace

LATENCIES_MS = (0, 25, 50, 100)
ROUNDS = 3
CASE, CODE = "C01", "DEN-000101"
# What a call is not: they belong to the minute, whatever happens in it, or to a hundred files at once.
OF_THE_MINUTE = frozenset(("drive.changes.list", "forms.forms.responses.list"))


@dataclass(frozen=True)
class Cost:
    """Calls by method, and store commits."""

    calls: Counter[str]
    commits: int

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())


@dataclass(frozen=True)
class Target:
    """What is aimed at. None = nothing is said."""

    calls: int | None = None
    commits: int | None = None
    slope: float | None = None


TARGETS = {
    "intake": Target(20, 5, 8),
    "hand_over": Target(16, 4, 7),
    "tick": Target(4, 1, None),
    "minute": Target(2, None, None),
}


class Bench:
    """A stack with the states from which things are measured."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self.workspace, self.stack, self.case = workspace, Stack(workspace, folder), cases()[CASE]
        self.costs: dict[str, Cost] = {}

    # --- counts --------------------------------------------------------------------------------------------------------------

    def count(self) -> None:
        """Play the way once and count every stage of it."""
        stack, case = self.stack, self.case
        stack.set_up()
        stack.minute()
        self._measure("minute", stack.minute)
        stack.send_form(case)
        stack.keep("sent")
        stack.take("sent")
        self._warm()
        self._measure("intake", self.product_intake)
        stack.live()
        self._papers(case)
        stack.receive(case, CODE)
        stack.keep("code")
        stack.take("code")
        self._warm()
        self._measure("hand_over", self.product_hand_over)
        stack.live()
        stack.tick(case, "servicio_al_cliente", only="recibido")
        self._measure("tick", self.product_hand_over)
        self._closing(case)

    def _papers(self, case: Case) -> None:
        stack = self.stack
        stack.bring_papers(case)
        self._measure("papers", self.product_hand_over)
        stack.comply(case)
        stack.live()
        stack.verify(case)
        self._measure("filing", self.product_hand_over)
        stack.live()

    def _closing(self, case: Case) -> None:
        stack = self.stack
        stack.inspect(case)
        stack.live()
        for area in stack.areas(case):
            stack.tick(case, area)
            stack.live()
            stack.sign_area(case, area)
            stack.live()
        stack.close(case)
        self._measure("closing", stack.settle)
        stack.live()
        assert stack.dossier(case).state == "active", stack.failures

    def _measure(self, name: str, action: Callable[[], object]) -> None:
        self.workspace.forget_calls()
        before = self.stack.app.death.counts["commit"]
        action()
        calls = Counter(call["method"] for call in self.workspace.calls())
        self.costs[name] = Cost(calls, self.stack.app.death.counts["commit"] - before)

    def _warm(self) -> None:
        """A process that has worked before: connections open, clients built, unused ids at hand."""
        app = self.stack.app
        app.google.drive.list_drives()
        app.google.drive.new_ids(0)
        app.google.drive._ids = list(app.google.drive.new_ids(40))
        for sender in app.settings.senders:
            app.google.gmail(sender).draft_exists("none")
        app.google.sheets.find_metadata(next(iter(app.site.registers.values())), "none")
        app.google.forms.responses_since(app.site.forms["intake"].form_id, app.clock.now())

    # --- what is timed -------------------------------------------------------------------------------------------------------

    def product_intake(self) -> None:
        """The watch's door, then everything it wakes, up to the last mail."""
        app = self.stack.app
        for dossier_id in sorted(feeds.read_form(app, "intake")):
            app.publish_work(dossier_id)
        self.settle()

    def product_hand_over(self) -> None:
        """The next minute, then everything it wakes, up to the last mail. The same door takes papers, ticks and codes."""
        self.workspace.advance(MINUTE)
        feeds.tick(self.stack.app)
        self.settle()

    def settle(self) -> None:
        """Deliver what is waiting side by side, as infra/functions.yaml lets the doors work, until nothing is."""
        bus = self.stack.bus
        with ThreadPoolExecutor(4) as pool:
            while bus.waiting:
                messages = list(dict.fromkeys(bus.waiting))
                bus.waiting.clear()
                list(pool.map(lambda message: self.stack.try_door(self.stack.deliver, *message), messages))

    def naive(self) -> Naive:
        """The naive script, warm too."""
        site = self.stack.app.site
        return Naive(self.workspace.url, site.forms["intake"].form_id, site.parents["in_process"], site.compliance_drive_id)

    def slopes(self) -> dict[str, float]:
        """Serial round trips of both, for intake and hand-over."""
        intake = self._slopes("sent", self.product_intake, self._naive_intake)
        hand_over = self._slopes("code", self.product_hand_over, self._naive_hand_over)
        names = ("product intake", "naive intake", "product hand_over", "naive hand_over")
        return dict(zip(names, (*intake, *hand_over), strict=True))

    def _slopes(self, state: str, product: Callable[[], None], naive: Callable[[Naive], None]) -> tuple[float, float]:
        ours: list[tuple[float, float]] = []
        theirs: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            for latency in LATENCIES_MS:
                self.stack.take(state)
                self._warm()
                ours.append((latency, self._timed(latency, product)))
                self.stack.take(state)
                with closing(self.naive()) as script:
                    script.drive.about().get(fields="user").execute()
                    theirs.append((latency, self._timed(latency, partial(naive, script))))
        assert not self.stack.failures, self.stack.failures
        return _slope(ours), _slope(theirs)

    def _timed(self, latency_ms: float, action: Callable[[], None]) -> float:
        self.workspace.local("PUT", "latency", {"ms": latency_ms})
        begun = time.perf_counter()
        action()
        took = time.perf_counter() - begun
        self.workspace.local("PUT", "latency", {"ms": 0})
        return took * 1000

    def _naive_intake(self, script: Naive) -> None:
        script.intake(
            self.case["cliente"]["razon_social"], [paper["tipo"] for paper in self.case["documentos"]], self.case["vendedora"]
        )

    def _naive_hand_over(self, script: Naive) -> None:
        dossier = self.stack.dossier(self.case)
        boxes = {area: [rule.key for rule in self.stack.app.process.area(area).marks] for area in AREAS}
        name = dossier.intake.client.legal_name
        script.hand_over(dossier.file_id("documents/create"), dossier.file_id("folder/root"), name, boxes)

    def count_naive(self) -> None:
        """Calls of the naive script."""
        self.stack.take("sent")
        with closing(self.naive()) as script:
            self._measure("naive intake", partial(self._naive_intake, script))
        self.stack.take("code")
        with closing(self.naive()) as script:
            self._measure("naive hand_over", partial(self._naive_hand_over, script))

    # --- many dossiers at rest -----------------------------------------------------------------------------------------------

    def sweep(self, counts: tuple[int, ...] = (100, 2000)) -> dict[int, dict[str, int]]:
        """What a minute and the register cost with so many dossiers at rest: Workspace calls, store questions, records read."""
        found, there = {}, 0
        self.stack.take("code")
        self.stack.live()
        model = self.stack.dossier(self.case)
        self._sweep_cost()  # what the first minute still finds of the way before is none of this
        for count in counts:
            for first in range(there, count, 50):
                many = [
                    replace(model, dossier_id=dossier_id_of_response("bench", str(n)))
                    for n in range(first, min(first + 50, count))
                ]
                self.stack.app.store.commit([Create("dossier", one.dossier_id, codec.to_data(one)) for one in many])
            there = count
            found[count] = self._sweep_cost()
        return found

    def _sweep_cost(self) -> dict[str, int]:
        app, counted = self.stack.app, Counter[str]()
        inner = app.store._store  # type: ignore[attr-defined]
        app.store._store = Counting(inner, counted)  # type: ignore[attr-defined]
        try:
            self.workspace.advance(301)
            self.workspace.forget_calls()
            feeds.tick(app)
            cost = {"calls": len(self.workspace.calls()), "questions": counted["questions"], "records": counted["records"]}
            counted.clear()
            register.refresh(app)
            return cost | {"register records": counted["records"]}
        finally:
            app.store._store = inner  # type: ignore[attr-defined]


def _slope(points: list[tuple[float, float]]) -> float:
    """Least squares over the best time of each latency, which other work on the machine disturbs least."""
    times = {latency: min(t for at, t in points if at == latency) for latency in LATENCIES_MS}
    return statistics.linear_regression(list(times), list(times.values())).slope


# --- printing ------------------------------------------------------------------------------------------------------------------


def _told(name: str, cost: Cost) -> str:
    parts = ", ".join(f"{method} {count}" for method, count in sorted(cost.calls.items()))
    own = cost.total - sum(cost.calls[method] for method in OF_THE_MINUTE)
    return f"{name:16} calls {cost.total:3}  (without the minute's own: {own:3})  commits {cost.commits:3}   {parts}"


def _verdict(value: float, target: float | None) -> str:
    return (
        ""
        if target is None
        else f"  target {target:g}: {'kept' if value <= target + 0.3 else 'NOT KEPT, see docs/performance.md'}"
    )


def portal_times(folder: Path) -> dict[int, list[bench_portal.Measured]]:
    """What a client of the portal waits for, with a short and with a long ledger."""
    found = {}
    for size in bench_portal.SIZES:
        place = folder / f"ledger-{size}"
        place.mkdir()
        found[size] = bench_portal.measure(place, size)
        shutil.rmtree(place)
    return found


def report(
    bench: Bench,
    slopes: dict[str, float],
    sweep: dict[int, dict[str, int]],
    portal: dict[int, list[bench_portal.Measured]],
    took_s: float,
) -> None:
    """Print everything; the last line is one JSON object."""
    print("Calls (Workspace, batch parts each) and store commits")
    for name, cost in bench.costs.items():
        print("  " + _told(name, cost))
    papers = len(bench.case["documentos"])
    moves = bench.costs["filing"].calls["drive.files.update"]
    print(f"  moves: {moves} for {papers} papers")
    print("\nAgainst the targets")
    for name, target in TARGETS.items():
        cost = bench.costs[name]
        print(f"  {name:10} calls   {cost.total:5}{_verdict(cost.total, target.calls)}")
        if target.commits is not None:
            print(f"  {name:10} commits {cost.commits:5}{_verdict(cost.commits, target.commits)}")
        if target.slope is not None:
            slope = slopes[f"product {name}"]
            print(f"  {name:10} slope   {slope:5.1f}{_verdict(slope, target.slope)}")
    print("\nSerial round trips (slope over latencies of 0, 25, 50, 100 ms)")
    for name in ("intake", "hand_over"):
        ours, theirs = slopes[f"product {name}"], slopes[f"naive {name}"]
        fewer = bench.costs[f"naive {name}"].total
        print(f"  {name:10} product {ours:5.1f}   naive {theirs:5.1f} ({fewer} calls)   {theirs / ours:.1f} times fewer")
    print("\nA minute with so many dossiers at rest")
    for count, told in sweep.items():
        print(f"  {count:6}  " + ", ".join(f"{name} {value}" for name, value in told.items()))
    print()
    for line in bench_portal.lines(portal):
        print(line)
    waits = {size: {one.name: {"ms": round(one.ms, 1), "read": one.read} for one in found} for size, found in portal.items()}
    figures = {name: {"calls": cost.total, "commits": cost.commits} for name, cost in bench.costs.items()}
    rounded = {name: round(value, 1) for name, value in slopes.items()}
    print(json.dumps({"costs": figures, "slopes": rounded, "sweep": sweep, "portal": waits, "seconds": round(took_s)}))


def main() -> None:
    """Run everything in less than three minutes."""
    logging.disable(logging.WARNING)
    begun = time.monotonic()
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    workspace = Workspace.start()
    try:
        bench = Bench(workspace, folder)
        bench.count()
        bench.count_naive()
        slopes = bench.slopes()
        sweep, portal = bench.sweep(), portal_times(folder)
        report(bench, slopes, sweep, portal, time.monotonic() - begun)
    finally:
        workspace.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
