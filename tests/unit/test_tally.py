"""The figures of the register against a plain count, whose turn it is, and what enters no figure."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from expediente import documents, follow_up, register_layout, tally, templates, xlsx
from expediente.deadlines import working_days_between
from expediente.model import ComplianceState, Dossier, Paper, PaperState, State, StepRecord
from tests.unit import page_kit

PROCESS = page_kit.the_process()
TEMPLATE = templates.register(PROCESS.folder)
BUILT = {documents.BUILD: StepRecord("done", "build_spreadsheet")}
TODAY = date(2026, 6, 10)
MORNING = datetime(2026, 1, 5, 13, tzinfo=UTC)


def _dossier(number: int = 0, **changes: Any) -> Dossier:
    return replace(page_kit.collecting(), dossier_id=f"EXP-{number:08d}", steps=BUILT, **changes)


def _tally(dossier: Dossier, entered: dict[str, datetime] | None = None, before: tally.Tally | None = None) -> tally.Tally:
    return tally.tally_of(PROCESS, TEMPLATE, dossier, 0, entered or {}, before)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 150), st.integers(0, 60), st.integers(0, 60), st.booleans()), min_size=1, max_size=30))
def test_r16_figures_equal_a_plain_count(ways: list[tuple[int, int, int, bool]]) -> None:
    """Median, nine of ten, months and first-time-right of any clients are those that the lists of their days give."""
    changes, days, months, right = [], [], [], 0
    for number, (begun, papers, areas, returned) in enumerate(ways):
        entered = {"collecting": MORNING + timedelta(days=begun)}
        entered["confirming"] = entered["collecting"] + timedelta(days=papers)
        entered["active"] = entered["confirming"] + timedelta(days=areas)
        known = {"contrato": Paper(PaperState.VERIFIED, returns=1)} if returned else {}
        changes.append((None, _tally(_dossier(number, state=State.ACTIVE, papers=known), entered)))
        months.append(entered["active"].strftime("%Y-%m"))
        days.append(working_days_between(PROCESS, entered["collecting"], entered["active"]))
        right += not returned
    figures = tally.figures_of(tally.moved({}, changes), list(TEMPLATE.stages), 24, date(2026, 12, 31))
    whole = figures.stages["whole"]
    assert whole.count == len(days)
    assert whole.median is not None and math.isclose(whole.median, statistics.median(days), abs_tol=0.006)
    assert whole.p90 == sorted(days)[math.ceil(0.9 * len(days)) - 1]
    assert {month.key: month.active for month in figures.months if month.active} == {m: months.count(m) for m in set(months)}
    assert (sum(month.judged for month in figures.months), sum(month.right for month in figures.months)) == (len(ways), right)
    assert figures.states == {"active": len(ways)} and figures.returns == (
        {"contrato": len(ways) - right} if right < len(ways) else {}
    )


def test_working_days_leave_out_nights_weekends_and_holidays() -> None:
    """From Thursday noon before Good Friday to Monday noon is one working day; a night is none."""
    thursday = datetime(2026, 4, 2, 17, tzinfo=UTC)
    assert working_days_between(PROCESS, thursday, thursday + timedelta(days=4)) == 1.0
    night = datetime(2026, 3, 3, 23, tzinfo=UTC)
    assert working_days_between(PROCESS, night, night + timedelta(hours=10)) == 0.0


@given(st.lists(st.sampled_from([State.COLLECTING, State.CONFIRMING, State.ACTIVE, State.WITHDRAWN]), min_size=1, max_size=12))
@settings(deadline=None, max_examples=30)
def test_totals_follow_a_dossier_that_moves(states: list[State]) -> None:
    """However often a dossier changes, the totals hold it once, where it stands now."""
    totals: dict[str, int] = {}
    before = None
    for state in states:
        after = _tally(_dossier(state=state), before=before)
        totals, before = tally.moved(totals, [(before, after)]), after
    assert tally.figures_of(totals, [], 1, TODAY).states == {states[-1].value: 1}
    assert all(count > 0 for count in totals.values())


def test_a_task_is_late_from_the_day_after_its_last() -> None:
    """On its last day a task waits; the next morning it is late."""
    dossier = _dossier()
    wait = min(tally.waits(PROCESS, dossier), key=lambda one: one.due)
    totals = tally.moved({}, [(None, _tally(dossier))])
    on_the_day = tally.figures_of(totals, [], 1, wait.due)
    after = tally.figures_of(totals, [], 1, wait.due + timedelta(days=1))
    assert on_the_day.late == 0 and after.waiting[wait.role][0] >= 1
    assert _tally(dossier).late_from == wait.due.isoformat()


def test_a_task_that_begins_later_is_nobodys_turn_yet() -> None:
    """The proposal to withdraw waits for its day: before it, a dossier that only Cumplimiento holds up reads the neutral text."""
    dossier = _dossier(changed_at=page_kit.NOW)
    begun = [task.found.since for task in follow_up.waiting(PROCESS, dossier)]
    assert max(begun) > page_kit.NOW + timedelta(days=7)
    assert all(wait.since <= page_kit.NOW for wait in tally.waits(PROCESS, dossier))
    late = replace(dossier, changed_at=max(begun))
    assert len(tally.waits(PROCESS, late)) == len(tally.waits(PROCESS, dossier)) + 1


def test_nothing_of_cumplimiento_enters_a_row_or_a_figure() -> None:
    """Under review, rejected, decided by whomever: row and tally are the same to the letter."""
    book = TEMPLATE.workbooks[next(iter(TEMPLATE.workbooks))]
    internal = next(rule.key for rule in PROCESS.documents if rule.internal)
    review = _dossier()
    rejected = replace(
        review,
        compliance=ComplianceState.REJECTED,
        compliance_by="alguien@x.example.com",
        compliance_of="abc",
        papers={internal: Paper(PaperState.RETURNED, returns=3)},
    )
    told = (PROCESS, TEMPLATE, page_kit.NOW)
    assert register_layout.dossier_row(told, book, review, 0) == register_layout.dossier_row(told, book, rejected, 0)
    assert _tally(review) == _tally(rejected)
    assert not [key for key in _tally(review).counts if "cumplimiento" in key]


def test_when_nobody_else_is_awaited_it_reads_the_neutral_text() -> None:
    """A dossier that only Cumplimiento holds up is under internal review, looked at or rejected."""
    for state in (ComplianceState.UNDER_REVIEW, ComplianceState.REJECTED):
        turn = tally.turn_of(PROCESS, _dossier(compliance=state), [])
        assert turn.text(PROCESS) == PROCESS.neutral_review_text and turn.due is None
    assert tally.turn_of(PROCESS, _dossier(compliance=ComplianceState.PASSED), []).text(PROCESS) == ""


def test_what_a_form_says_is_a_literal_in_the_row() -> None:
    """A client's name that looks like a formula is written as text."""
    client = replace(page_kit.an_intake().client, legal_name='=HYPERLINK("http://x","y")')
    dossier = _dossier(intake=replace(page_kit.an_intake(), client=client))
    book = TEMPLATE.workbooks[next(iter(TEMPLATE.workbooks))]
    row = register_layout.dossier_row((PROCESS, TEMPLATE, page_kit.NOW), book, dossier, 0)["updateCells"]["rows"][0]["values"]
    assert row[book.columns.index("client")]["userEnteredValue"] == {"stringValue": '=HYPERLINK("http://x","y")'}


def test_excel_reads_odd_texts_as_they_are() -> None:
    """Signs of XML, formulas and control characters come through as plain text."""
    from io import BytesIO

    import openpyxl

    data = xlsx.table("A&B", [("<uno>", 12), ("dos", 12)], [['=1+1 & "x"\x07', 3], ["  Ñandú ", TODAY]])
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["<uno>", "dos"] and rows[1] == ['=1+1 & "x"', 3] and rows[2][0] == "  Ñandú "
    assert sheet["A2"].data_type in ("s", "inlineStr")
    assert rows[2][1] == datetime(2026, 6, 10)
