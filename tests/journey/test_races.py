"""What people do at the same moment: edits before the dossier opens, a closing beside an untick, other people than were screened."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest

from expediente.model import ComplianceState, Evidence, State
from tests.harness import Case, Stack, answers, cases, person
from tests.local_workspace import Workspace


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A company that has just been set up."""
    workspace = Workspace.start()
    made = Stack(workspace, tmp_path)
    made.set_up()
    yield made
    workspace.stop()


def edited(case: Case) -> Case:
    """The case with another shareholder beside the first."""
    changed = copy.deepcopy(case)
    changed["accionistas"][-1]["porcentaje"] = "20.00"
    newcomer = {
        "nombre": "Ana Recién Llegada",
        "doc_tipo": "cedula",
        "doc_numero": "8-9903-999",
        "porcentaje": "20.00",
        "nacionalidad": "PA",
    }
    changed["accionistas"].append(newcomer)
    return changed


def edit(stack: Stack, case: Case, response_id: str) -> None:
    """The vendedora opens her response again and sends it changed."""
    body = {"respondent": case["vendedora"], "answers": answers(edited(case)), "responseId": response_id}
    stack.workspace.local("POST", f"forms/{stack.app.site.forms['intake'].form_id}/responses", body)


def test_an_edit_that_comes_before_the_dossier_opens_is_not_lost(stack: Stack) -> None:
    """Two versions wait in the inbox; the dossier opens with the first and takes the second."""
    case = cases()["C01"]
    response_id = stack.send_form(case)
    stack.on_tick()
    stack.bus.waiting.clear()
    edit(stack, case, response_id)
    stack.live()
    assert len(stack.dossier(case).intake.shareholders) == 3


def test_two_edits_at_once_are_taken_one_after_the_other(stack: Stack) -> None:
    """Neither stops the dossier; the later one stands."""
    case = cases()["C01"]
    response_id = stack.send_form(case)
    stack.live()
    for _ in range(2):
        edit(stack, case, response_id)
        stack.workspace.advance(61)
        stack.on_tick()
        stack.bus.waiting.clear()
    stack.live()
    assert stack.dossier(case).data_version == 3 and not stack.dossier(case).parked


def test_a_pass_does_not_cover_people_who_were_added_later(stack: Stack) -> None:
    """Cumplimiento is asked again, and the areas are not told before it has passed the new names too."""
    case = cases()["C01"]
    response_id = stack.send_form(case)
    stack.live()
    stack.comply(case)
    stack.live()
    assert stack.dossier(case).compliance is ComplianceState.PASSED
    edit(stack, case, response_id)
    stack.live()
    assert stack.dossier(case).compliance is ComplianceState.UNDER_REVIEW
    asked = [key for key in stack.dossier(case).notices if key.startswith("revision_cumplimiento/")]
    assert len(asked) == 2


def test_a_closing_sees_what_an_area_has_just_unticked(stack: Stack) -> None:
    """The untick lies in the inbox beside the closing: the service does not become active."""
    case = cases()["C01"]
    stack.hand_over(case, "DEN-000321")
    stack.inspect(case)
    stack.live()
    for area in stack.areas(case):
        stack.tick(case, area)
        stack.live()
    stack.tick(case, "operaciones", value=False, only="cliente_listo")
    stack.close(case)
    stack.live()
    assert stack.dossier(case).state is State.CONFIRMING


def test_a_tick_of_two_possible_people_is_not_given_to_the_next_one(stack: Stack) -> None:
    """Two of Operaciones edit in one minute; a later edit of one of them does not make the earlier tick his."""
    case = cases()["C01"]
    stack.hand_over(case, "DEN-000322")
    book = stack.dossier(case).file_id("control_sheet/create")
    other = person("operaciones").replace("uno", "dos")
    rows = [str(row[0]) if row else "" for row in stack.workspace.rows(other, book, "Control")]
    stack.workspace.type_in(person("operaciones"), book, {f"Control!D{rows.index('reason') + 1}": "mirando"})
    stack.workspace.advance(120)
    stack.workspace.type_in(other, book, {f"Control!D{rows.index('mark:recibido') + 1}": True})
    stack.live()
    assert stack.dossier(case).marks["operaciones/recibido"].evidence is Evidence.NONE
    stack.workspace.type_in(person("operaciones"), book, {f"Control!D{rows.index('mark:comprendido') + 1}": True})
    stack.live()
    assert stack.dossier(case).marks["operaciones/recibido"].evidence is Evidence.NONE
    assert stack.dossier(case).marks["operaciones/comprendido"].evidence is Evidence.ATTRIBUTED
