"""A dossier becomes active only when nothing required of the client is missing and a point lacks nothing, whatever else is there.

Hypothesis takes things away from a complete dossier: papers, marks, the code, the receipt, the review, the state; and adds
observations and open fields. The Encargado then signs what the page shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expediente import marks, papers
from expediente.activate import closing_hash, fold_closing, missing_for_activation
from expediente.model import (
    ComplianceState,
    Confirmation,
    Dossier,
    Evidence,
    Fact,
    Observation,
    Paper,
    PaperState,
    Problem,
    Rank,
    State,
)
from expediente.point_data import Point, PointState
from expediente.work import Work
from tests.unit import page_kit

NOW, ENCARGADO = page_kit.NOW, page_kit.EXPEDIENTES
PROCESS = page_kit.the_process()


@cache
def _complete() -> Dossier:
    return page_kit.complete()


PAPERS = sorted(_complete().papers)
FILES = sorted(_complete().files)
MARKS = sorted(_complete().marks)
POINTS = ("P01", "P02")
AREAS = sorted(area.key for area in marks.taking_part(PROCESS, _complete()))


@dataclass(frozen=True)
class Gaps:
    """What is wrong with a dossier. marks: what became of each of them."""

    papers: dict[str, PaperState]
    files: frozenset[str]
    marks: dict[str, str]
    observed: frozenset[str]
    code: bool
    receipt: bool
    review: ComplianceState
    field: bool
    state: State

    @property
    def harmless(self) -> bool:
        """Whether nothing is wrong with the client, said without any code of the product."""
        of_client = [key for key in (*self.papers, *self.marks) if not key.endswith(POINTS)]
        whole = not (of_client or self.observed or self.code or self.receipt or self.field)
        return whole and self.review is ComplianceState.PASSED and self.state is State.CONFIRMING

    @property
    def sound(self) -> set[str]:
        """The points with which nothing is wrong, said without any code of the product."""
        return {code for code in POINTS if not [key for key in (*self.files, *self.marks) if key.endswith(code)]}


def _some(of: list[str], size: int) -> st.SearchStrategy[frozenset[str]]:
    return st.just(frozenset[str]()) | st.frozensets(st.sampled_from(of), max_size=size)


GAPS = st.builds(
    Gaps,
    papers=st.dictionaries(st.sampled_from(PAPERS), st.sampled_from([PaperState.PENDING, PaperState.RETURNED]), max_size=3),
    files=_some(FILES, len(FILES)),
    marks=st.dictionaries(
        st.sampled_from(MARKS), st.sampled_from(["absent", "unticked", "declared", "nobody", "stale"]), max_size=4
    ),
    observed=_some(AREAS, len(AREAS)),
    code=st.booleans(),
    receipt=st.booleans(),
    review=st.sampled_from([ComplianceState.PASSED, ComplianceState.PASSED, *ComplianceState]),
    field=st.booleans(),
    state=st.sampled_from([State.CONFIRMING, State.CONFIRMING, State.CONFIRMING, State.COLLECTING, State.WITHDRAWN]),
)
NO_GAPS = Gaps({}, frozenset(), {}, frozenset(), False, False, ComplianceState.PASSED, False, State.CONFIRMING)


def _spoilt(gaps: Gaps) -> Dossier:
    dossier = _complete()
    found = dict(dossier.marks)
    for key, how in gaps.marks.items():
        found.pop(key) if how == "absent" else found.update({key: _weaker(found[key], how)})
    problem = Problem("x", Rank.PENDING, "client.phone", "Teléfono", "", "un número")
    return replace(
        dossier,
        papers={**dossier.papers, **{key: Paper(state) for key, state in gaps.papers.items()}},
        files={key: file for key, file in dossier.files.items() if key not in gaps.files},
        marks=found,
        observations={area: Observation("falta algo", "", NOW, 1) for area in gaps.observed},
        denarius_code="" if gaps.code else dossier.denarius_code,
        acknowledged_by="" if gaps.receipt else dossier.acknowledged_by,
        compliance=gaps.review,
        problems=(problem,) if gaps.field else (),
        state=gaps.state,
    )


def _weaker(mark: Confirmation, how: str) -> Confirmation:
    return {
        "unticked": replace(mark, ticked=False, evidence=Evidence.NONE),
        "declared": replace(mark, evidence=Evidence.DECLARED),
        "nobody": replace(mark, evidence=Evidence.NONE, person=""),
        "stale": replace(mark, depends_hash="what was read before it changed"),
    }[how]


@pytest.fixture(scope="module")
def app() -> Iterator[page_kit.PageApp]:
    """An application over one SQLite file."""
    with TemporaryDirectory() as folder:
        made = page_kit.new_app(Path(folder), "http://127.0.0.1:9/keys")
        yield made
        made.store.close()  # type: ignore[attr-defined]


def _close(app: page_kit.PageApp, dossier: Dossier, who: str = ENCARGADO, signed_hash: str = "") -> Dossier:
    """The Encargado signs the closing; gives the dossier as it then stands."""
    payload = {"hash": signed_hash or closing_hash(PROCESS, dossier)}
    app.google.sheets.dossier = dossier  # type: ignore[attr-defined]
    work = Work(app, dossier, "")
    fold_closing(work, Fact("closing-1", dossier.dossier_id, "closing", NOW, who, payload))
    return work.dossier


@settings(max_examples=300, deadline=None)
@given(gaps=GAPS)
def test_nothing_missing_is_the_only_way_to_active(app: page_kit.PageApp, gaps: Gaps) -> None:
    """For every subset of what is required: active exactly when the client is whole and a point is, and then those points alone."""
    dossier = _spoilt(gaps)
    closed = _close(app, dossier)
    startable = gaps.harmless and bool(gaps.sound)
    assert (closed.state is State.ACTIVE) == startable
    assert bool(missing_for_activation(PROCESS, dossier)) == (not startable)
    assert _served(closed) == (gaps.sound if startable else set())
    if not startable:
        assert (closed.state, closed.closed_by) == (gaps.state, "")


def _served(dossier: Dossier) -> set[str]:
    return {code for code, point in dossier.points.items() if point.state is PointState.ACTIVE}


@settings(max_examples=150, deadline=None)
@given(first=GAPS, later=GAPS)
def test_a_later_closing_starts_whole_points_alone(app: page_kit.PageApp, first: Gaps, later: Gaps) -> None:
    """R82 after the first closing: whatever has become wrong or right since, only points without any gap are started, none is stopped."""
    before = _close(app, _spoilt(replace(first, marks={}, papers={}, observed=frozenset(), field=False)))
    if before.state is not State.ACTIVE:
        return
    spoilt = _spoilt(later)
    now = replace(before, files=spoilt.files, marks=spoilt.marks, papers=spoilt.papers, observations=spoilt.observations)
    closed = _close(app, now)
    whole = not (later.observed or [key for key in (*later.papers, *later.marks) if not key.endswith(POINTS)])
    assert _served(closed) == _served(before) | (later.sound if whole else set())


def test_one_rejected_point_holds_up_no_other(app: page_kit.PageApp) -> None:
    """R82: a point that is not asked for lacks nothing to anybody; without any other there is nothing to close."""
    bare = replace(_complete(), files={}, marks={k: m for k, m in _complete().marks.items() if not k.endswith("P02")})
    files = {key: file for key, file in _complete().files.items() if file.papers[0].endswith("P01")}
    dossier = replace(bare, files=files, points={"P01": page_kit.assigned(), "P02": Point(PointState.REJECTED)})
    assert _served(_close(app, dossier)) == {"P01"}
    assert _close(app, replace(dossier, points={"P02": Point(PointState.REJECTED)})).state is State.CONFIRMING
    none = replace(dossier, points={code: Point(PointState.REJECTED) for code in POINTS})
    assert _close(app, none).state is State.CONFIRMING and missing_for_activation(PROCESS, none)


def _single_gaps() -> Iterator[Gaps]:
    yield from (replace(NO_GAPS, papers={key: state}) for key in PAPERS for state in (PaperState.PENDING, PaperState.RETURNED))
    yield from (replace(NO_GAPS, files=frozenset([key])) for key in FILES)
    yield from (
        replace(NO_GAPS, marks={key: how}) for key in MARKS for how in ("absent", "unticked", "declared", "nobody", "stale")
    )
    yield from (replace(NO_GAPS, observed=frozenset([area])) for area in AREAS)
    yield from (replace(NO_GAPS, code=True), replace(NO_GAPS, receipt=True), replace(NO_GAPS, field=True))
    yield from (replace(NO_GAPS, review=review) for review in ComplianceState if review is not ComplianceState.PASSED)
    yield from (replace(NO_GAPS, state=state) for state in State if state not in (State.CONFIRMING, State.ACTIVE))


def test_each_single_gap_keeps_what_it_is_about_from_active(app: page_kit.PageApp) -> None:
    """One paper, one box, one signature, one field: any of them alone is enough; one of a point stops that point alone."""
    gaps = list(_single_gaps())
    assert len(gaps) > 100
    for one in gaps:
        of_a_point = next((code for key in (*one.files, *one.marks) for code in POINTS if key.endswith(code)), "")
        assert _served(_close(app, _spoilt(one))) == (set(POINTS) - {of_a_point} if of_a_point else set()), one


def test_a_complete_dossier_becomes_active_by_the_encargado_alone(app: page_kit.PageApp) -> None:
    """The same signature by anybody else, or over something that has changed since, closes nothing."""
    dossier = _complete()
    assert _close(app, dossier).state is State.ACTIVE
    assert _close(app, dossier).closed_by == ENCARGADO
    for who in (page_kit.OPERACIONES, page_kit.CUMPLIMIENTO, page_kit.VENDEDORA, "nadie@example.com"):
        assert _close(app, dossier, who).state is State.CONFIRMING
    assert _close(app, dossier, signed_hash="0" * 64).state is State.CONFIRMING


def test_what_the_property_varies_is_all_that_is_required() -> None:
    """Every paper of either gate and every box stands among what is taken away, so that a new one is not left out."""
    dossier = _complete()
    slots = papers.required_papers(PROCESS, dossier.intake)
    of_areas = {slot.key for slot in slots if slot.rule.given_by != "vendedora"}
    assert {slot.key for slot in slots} == set(PAPERS) | of_areas
    assert of_areas == {key for file in dossier.files.values() for key in file.papers}
    assert {slot.key for slot in marks.all_slots(PROCESS, dossier)} == set(MARKS)
