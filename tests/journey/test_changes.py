"""Changes of an active client as persons live them: asked by a form, approved by who must, signed again where they matter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from expediente import codec, follow_up, page_dossier
from expediente.change import version_key
from expediente.change_data import ChangeState, DataVersion, StudyState
from expediente.model import Dossier
from tests.harness import DOMAIN, Case, Stack, cases
from tests.journey.changes_kit import CODE, COMERCIAL, CUMPLIMIENTO, NEW_DAYS, OPERACIONES, SEGURIDAD, ask, begun, mails, new_days


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company with one active client; each test begins from there."""
    with begun(tmp_path_factory.mktemp("changes")) as made:
        yield made


@pytest.fixture
def stack(company: Stack) -> Stack:
    """The active client, untouched."""
    company.take("active")
    return company


@pytest.fixture
def case() -> Case:
    """The client."""
    return cases()["C01"]


def days(dossier: Dossier) -> tuple[str, ...]:
    """The days of the first point."""
    return dossier.intake.points[0].schedule.days


def test_r83_a_change_keeps_old_value_new_value_and_reason(stack: Stack, case: Case) -> None:
    """The old value is the dossier's own; nobody typed it."""
    new_days(stack, case)
    (change,) = stack.dossier(case).changes.values()
    (amendment,) = change.amendments
    assert (amendment.path, amendment.old, amendment.new) == ("points[P01].schedule.days", ["LU", "MI", "VI"], NEW_DAYS)
    assert (change.reason, change.asked_by, change.state) == ("Así se acordó", case["vendedora"], ChangeState.REQUESTED)
    assert days(stack.dossier(case)) == ("LU", "MI", "VI")


def test_r84_vendedora_and_comercial_ask_and_operaciones_is_told(stack: Stack, case: Case) -> None:
    """Both may; another vendedora may not, and learns nothing of the client."""
    new_days(stack, case)
    ask(stack, case, "supplies", who=COMERCIAL, change__point="P01", points__supplies__precintos="75")
    assert [change.asked_by for change in stack.dossier(case).changes.values()] == [case["vendedora"], COMERCIAL]
    group = stack.app.process.area("operaciones").group
    told = mails(stack, group, "aviso_modificacion_operaciones")
    assert len(told) == 2 and "Antes: lunes, miércoles, viernes" in told[0]
    assert "Ahora: lunes, martes, miércoles, jueves, viernes" in told[0]


def test_a_wrong_pair_is_answered_alike_whoever_asks(stack: Stack, case: Case) -> None:
    """A code of nobody, another's RUC and another vendedora's client: the same words, nothing stored about the client."""
    other = cases()["C02"]["cliente"]["ruc"]
    stranger = "vendedora.dos" if "uno" in case["vendedora"] else "vendedora.uno"
    asked = (
        {"dossier__code": "DEN-999999"},
        {"client__ruc": other},
        {"who": f"{stranger}@{DOMAIN}"},
    )
    texts = []
    for said in asked:
        response = new_days(stack, case, **said)
        submission = stack.app.store.get("submission", response)
        assert submission is not None and submission.data["outcome"] == "refused"
        (mail,) = stack.app.store.query("outbox_of_dossier", equals=submission.data["dossier_id"])
        texts.append(mail.data["text"])
        assert [problem["code"] for problem in submission.data["problems"]] == ["codigo_y_ruc", "codigo_y_ruc"]
        assert case["cliente"]["razon_social"] not in mail.data["text"] + mail.data["subject"]
    assert not stack.dossier(case).changes
    assert len({text.split("Corregir el formulario:")[0] for text in texts}) == 1


def test_r85_nothing_changes_before_operaciones_approves(stack: Stack, case: Case) -> None:
    """Nobody else can; afterwards the new days stand in the dossier and the client is told."""
    new_days(stack, case)
    stack.act(case, case["vendedora"], "decidir_modificacion", "M01", decision="approved")
    stack.live()
    assert days(stack.dossier(case)) == ("LU", "MI", "VI")
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live()
    dossier = stack.dossier(case)
    assert days(dossier) == tuple(NEW_DAYS) and dossier.changes["M01"].state is ChangeState.IN_FORCE
    (told,) = mails(stack, case["cliente"]["correo"], "confirmacion_modificacion_cliente")
    assert "lunes, martes, miércoles, jueves, viernes" in told
    file_id = dossier.file_id("denarius/M01")
    line = stack.app.google.drive.download(file_id).decode("utf-8-sig").splitlines()[1]
    assert line.startswith(f"{CODE},{case['cliente']['ruc']},M01,schedule,points[P01].schedule.days,")
    assert line.endswith(OPERACIONES)


def test_r87_the_new_value_and_the_version_before_it_are_there_at_once(stack: Stack, case: Case) -> None:
    """Read right after the approval: version 2 in the dossier, version 1 beside it."""
    new_days(stack, case)
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.settle()
    dossier = stack.dossier(case)
    read = stack.app.store.get("version", version_key(dossier.dossier_id, 1))
    assert read is not None and (dossier.data_version, days(dossier)) == (2, tuple(NEW_DAYS))
    before = codec.from_data(DataVersion, read.data)
    assert (before.intake.points[0].schedule.days, before.replaced_by) == (("LU", "MI", "VI"), "M01")


def test_a_change_waits_for_its_day(stack: Stack, case: Case) -> None:
    """Approved today, in force from its day on; the clock alone wakes it."""
    day = stack.app.clock.now().date().toordinal() + 7
    wanted = type(stack.app.clock.now().date()).fromordinal(day).isoformat()
    new_days(stack, case, change__valid_from=wanted)
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live(most=3)
    assert stack.dossier(case).changes["M01"].state is ChangeState.APPROVED and days(stack.dossier(case)) == ("LU", "MI", "VI")
    stack.workspace.advance(8 * 86_400)
    stack.live()
    assert stack.dossier(case).changes["M01"].state is ChangeState.IN_FORCE and days(stack.dossier(case)) == tuple(NEW_DAYS)


def test_only_marks_that_the_change_touches_are_asked_again(stack: Stack, case: Case) -> None:
    """Operaciones reads before and now, signs, and the rest of its marks still stands."""
    before = stack.dossier(case).marks
    new_days(stack, case)
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live()
    dossier = stack.dossier(case)
    areas = stack.areas(case)
    touched = {f"{area}/comprendido" for area in areas} | {"operaciones/recursos_asignados", "operaciones/cliente_listo"}
    assert set(dossier.asked_again) == touched
    force = dossier.changes["M01"].in_force_at
    clocks = {task.found.since for task in follow_up.waiting(stack.app.process, dossier) if task.found.area}
    assert clocks == {force}, "the areas' time counts from the change on"
    assert all(dossier.marks[key] == before[key] for key in before if key not in touched)
    area = stack.app.process.area("operaciones")
    (told,) = mails(stack, area.group, "modificacion_areas")
    assert "Antes: lunes, miércoles, viernes" in told and "/confirmar/" in told
    book = dossier.file_id("control_sheet/create")
    rows = {str(row[0]): row for row in stack.workspace.rows(OPERACIONES, book, "Control") if row}
    assert "lunes, martes, miércoles, jueves, viernes" in rows["aspect:frequencies"][2]
    for key in areas:
        stack.sign_area(case, key)
        stack.live()
    assert not stack.dossier(case).parked, stack.dossier(case).parked
    assert not stack.dossier(case).asked_again


def test_r86_a_move_waits_for_the_study_of_the_new_place(stack: Stack, case: Case) -> None:
    """Seguridad is asked, Operaciones cannot approve before, and conditions stand beside the change."""
    ask(stack, case, "address", change__point="P01", points__address__line="Boulevard Imaginario, plaza 2, local 14")
    assert stack.dossier(case).changes["M01"].study is StudyState.PENDING
    group = stack.app.process.area("seguridad").group
    assert len(mails(stack, group, "solicitud_estudio_adicional")) == 1
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.act(case, SEGURIDAD, "registrar_estudio", "M01", result="approved")
    stack.live()
    change = stack.dossier(case).changes["M01"]
    assert (change.state, change.study) == (ChangeState.REQUESTED, StudyState.PENDING)
    folder = stack.dossier(case).file_id("folder/security")
    stack.workspace.upload(SEGURIDAD, folder, "inspeccion lugar nuevo.pdf")
    stack.live()
    conditions = "Recolección solo por puerta posterior"
    stack.act(case, SEGURIDAD, "registrar_estudio", "M01", result="approved_with_conditions", conditions=conditions)
    stack.live()
    assert stack.dossier(case).intake.points[0].address.line != "Boulevard Imaginario, plaza 2, local 14"
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live()
    dossier = stack.dossier(case)
    assert dossier.intake.points[0].address.line == "Boulevard Imaginario, plaza 2, local 14"
    assert dossier.changes["M01"].study_conditions == (conditions,)


def test_r83_legal_changes_are_cumplimientos_and_stay_unseen(stack: Stack, case: Case) -> None:
    """A new representative: nobody else is told, and none is approved before the new person was looked up."""
    said = {"representative__name": "Rosa Nueva Firmante", "representative__id_kind": "cedula"}
    ask(stack, case, "legal_data", representative__id_number="8-9903-777", **said)
    dossier = stack.dossier(case)
    group = stack.app.process.group_of("cumplimiento")
    assert len(mails(stack, group, "revision_modificacion_cumplimiento")) == 1
    (told,) = mails(stack, case["vendedora"], "modificacion_solicitante")
    assert stack.app.process.neutral_review_text.lower() in told
    stack.act(case, CUMPLIMIENTO, "decidir_modificacion_legal", "M01", decision="approved")
    stack.live()
    assert stack.dossier(case).changes["M01"].state is ChangeState.REQUESTED
    stack.workspace.upload(CUMPLIMIENTO, dossier.file_id("folder/compliance"), "constancia nueva.pdf")
    stack.minute()
    stack.act(case, CUMPLIMIENTO, "decidir_modificacion_legal", "M01", decision="approved")
    stack.live()
    assert stack.dossier(case).intake.representative.name == "Rosa Nueva Firmante"


def test_an_edit_rewords_and_a_repetition_adds_nothing(stack: Stack, case: Case) -> None:
    """The same response edited is the same change; the same wish sent twice is one change, and both senders hear of it."""
    response = new_days(stack, case)
    ask(stack, case, "schedule", response_id=response, change__point="P01", points__schedule__days=["LU", "VI"])
    (change,) = stack.dossier(case).changes.values()
    assert (change.amendments[0].new, change.round) == (["LU", "VI"], 2)
    ask(stack, case, "schedule", who=COMERCIAL, change__point="P01", points__schedule__days=["LU", "VI"])
    assert len(stack.dossier(case).changes) == 1
    assert "Ya teníamos este mismo pedido" in mails(stack, COMERCIAL, "modificacion_solicitante")[-1]


def test_a_suspension_ends_by_itself(stack: Stack, case: Case) -> None:
    """From today until a day; the day after, the point is served again."""
    today = stack.app.clock.now().date()
    until = type(today).fromordinal(today.toordinal() + 5).isoformat()
    ask(stack, case, "suspension", change__point="P01", change__until=until)
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live(most=3)
    assert "P01" in stack.dossier(case).suspensions
    stack.workspace.advance(7 * 86_400)
    stack.live()
    assert not stack.dossier(case).suspensions


def test_before_activation_a_change_needs_no_approval(company: Stack, case: Case) -> None:
    """While the areas confirm, the new data stand at once and what was ticked on the old ones is asked again."""
    company.take("confirming")
    company.tick(case, "operaciones")
    company.live()
    new_days(company, case)
    dossier = company.dossier(case)
    assert days(dossier) == tuple(NEW_DAYS) and dossier.changes["M01"].state is ChangeState.IN_FORCE
    assert "operaciones/recursos_asignados" in dossier.asked_again


def test_r87_the_page_of_the_dossier_shows_before_now_and_version(stack: Stack, case: Case) -> None:
    """Operaciones reads both values; of a legal change it reads only that it is under review."""
    new_days(stack, case)
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live()
    ask(stack, case, "legal_data", client__activity="Venta de repuestos")
    app = stack.app
    reader = app.process.company.person(OPERACIONES)
    assert reader is not None
    shown = page_dossier.view(app, reader, stack.dossier(case))
    assert shown is not None
    legal, days_row = shown.changes
    assert (days_row.version, days_row.values[0].before) == (2, "lunes, miércoles, viernes · sin feriados")
    assert legal.state == app.process.neutral_review_text and not legal.values
