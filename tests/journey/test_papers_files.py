"""Papers as people really bring them: unnamed, renamed, moved, deleted, returned, of people whose names are corrected."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from expediente import papers
from expediente.model import PaperState
from expediente.papers import files_of, unclassified
from tests.harness import DOMAIN, ENCARGADO, Case, Stack, answers, cases, person
from tests.local_workspace import Workspace

OTHER_ENCARGADA = f"encargada.dos@{DOMAIN}"
ADMINISTRATOR = f"administrador@{DOMAIN}"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company with one open dossier, C01, and the state put aside."""
    workspace = Workspace.start()
    made = Stack(workspace, Path(tmp_path_factory.mktemp("papers")))
    made.set_up()
    made.send_form(cases()["C01"])
    made.live()
    made.keep("opened")
    yield made
    workspace.stop()


@pytest.fixture
def stack(opened: Stack) -> Stack:
    """The open dossier, untouched."""
    opened.take("opened")
    return opened


@pytest.fixture
def case() -> Case:
    """The client."""
    return copy.deepcopy(cases()["C01"])


def _bring(stack: Stack, case: Case, name: str, who: str = "", **more: Any) -> str:
    folder_id = stack.dossier(case).file_id("folder/delivery")
    file_id = stack.workspace.upload(who or case["vendedora"], folder_id, name, **more)
    stack.live()
    return file_id


def _tab(stack: Stack, case: Case, tab: str = "Archivos") -> dict[str, list[Any]]:
    """Rows of a tab by what stands in the hidden first column."""
    book = stack.dossier(case).file_id("documents/create")
    return {str(row[0]): row for row in stack.workspace.rows(ENCARGADO, book, tab) if row and row[0]}


def _choose(stack: Stack, case: Case, file_id: str, *titles: str) -> None:
    book = stack.dossier(case).file_id("documents/create")
    rows = [row[0] if row else "" for row in stack.workspace.rows(ENCARGADO, book, "Archivos")]
    cells = {f"Archivos!{'EFG'[n]}{rows.index(file_id) + 1}": title for n, title in enumerate(titles)}
    stack.workspace.type_in(ENCARGADO, book, cells)


def _say(stack: Stack, case: Case, key: str, state: str) -> None:
    """The Encargado gives a paper its state, with a reason where it is returned."""
    stack.documents(case, {f"paper:{key}": "Ilegible" if state == "Devuelto" else ""}.get, column="F")
    stack.documents(case, {f"paper:{key}": state}.get)
    stack.live()


def _change(stack: Stack, who: str, file_id: str, body: Any = None, query: str = "") -> None:
    stack.workspace.request(who, "PATCH", f"/drive/v3/files/{file_id}?supportsAllDrives=true{query}", body or {})
    stack.live()


def _move(stack: Stack, case: Case, file_id: str, from_: str, to: str) -> None:
    """Writers may neither move nor trash on a shared drive: whoever administers it does."""
    dossier = stack.dossier(case)
    query = f"&addParents={dossier.file_id(f'folder/{to}')}&removeParents={dossier.file_id(f'folder/{from_}')}"
    _change(stack, ADMINISTRATOR, file_id, query=query)


def _parent(stack: Stack, file_id: str) -> str:
    return str(next(file["parents"][0] for file in stack.workspace.files() if file["id"] == file_id))


def _mails(stack: Stack, case: Case, kind: str) -> int:
    return sum(key.split("/")[0] == kind for key in stack.dossier(case).notices)


def test_a_scan_with_an_identity_document_never_lies_in_an_open_folder(stack: Stack, case: Case) -> None:
    """One file is the order, for everybody, and the representative's card: it goes where all of it may."""
    file_id = _bring(stack, case, "orden de trabajo.pdf")
    titles = {slot.rule.key: slot.title for slot in papers.required_papers(stack.app.process, stack.dossier(case).intake)}
    _choose(stack, case, file_id, titles["orden_trabajo"], titles["cedula_representante"])
    _say(stack, case, "orden_trabajo", "Verificado")
    assert _parent(stack, file_id) == stack.dossier(case).file_id("folder/legal")


def test_a_file_that_turns_out_to_be_more_leaves_the_open_folder(stack: Stack, case: Case) -> None:
    """It was filed as the order; later somebody says that a card is in it."""
    file_id = _bring(stack, case, "orden de trabajo.pdf")
    _say(stack, case, "orden_trabajo", "Verificado")
    dossier = stack.dossier(case)
    assert _parent(stack, file_id) == dossier.file_id("folder/service")
    slot = next(s for s in papers.required_papers(stack.app.process, dossier.intake) if s.rule.key == "cedula_representante")
    _choose(stack, case, file_id, "Orden de Trabajo", slot.title)
    stack.live()
    assert _parent(stack, file_id) == dossier.file_id("folder/legal")


def test_the_encargado_is_told_when_the_corrected_paper_has_come(stack: Stack, case: Case) -> None:
    """Not when he returns it himself."""
    stack.bring_papers(case)
    stack.live()
    assert _mails(stack, case, "papeles_entregados") == 1
    _say(stack, case, "contrato", "Devuelto")
    assert (_mails(stack, case, "papel_devuelto"), _mails(stack, case, "papeles_entregados")) == (1, 1)
    _bring(stack, case, "contrato corregido.pdf")
    assert _mails(stack, case, "papeles_entregados") == 2


def test_unnamed_files_are_told_to_expedientes_once_a_batch(stack: Stack, case: Case) -> None:
    """A correction with a name that tells nothing counts once the Encargado says what it is."""
    stack.bring_papers(case)
    stack.live()
    _say(stack, case, "contrato", "Devuelto")
    folder_id = stack.dossier(case).file_id("folder/delivery")
    first, second = (stack.workspace.upload(case["vendedora"], folder_id, name) for name in ("IMG_1.jpg", "IMG_2.jpg"))
    stack.live()
    assert (_mails(stack, case, "archivos_por_clasificar"), _mails(stack, case, "papeles_entregados")) == (1, 1)
    _choose(stack, case, first, "Contrato")
    stack.live()
    assert (_mails(stack, case, "archivos_por_clasificar"), _mails(stack, case, "papeles_entregados")) == (1, 2)
    assert [file.file_id for file in unclassified(stack.dossier(case))] == [second]
    assert papers.paper(stack.dossier(case), "contrato").state is PaperState.PENDING
    assert _tab(stack, case, "Expediente")["paper:contrato"][4] == "Pendiente"


def test_a_file_that_gets_a_telling_name_is_recognised(stack: Stack, case: Case) -> None:
    """The vendedora renames it; its row says so, and a choice of the Encargado is left alone."""
    file_id = _bring(stack, case, "IMG_2031.jpg")
    assert _tab(stack, case)[file_id][4] == "Sin clasificar"
    _change(stack, case["vendedora"], file_id, {"name": "contrato.jpg"})
    assert files_of(stack.dossier(case), "contrato") == [file_id]
    assert _tab(stack, case)[file_id][4] == "Contrato"
    assert len(_tab(stack, case)) == 1


def test_an_empty_file_is_judged_again_when_it_is_filled(stack: Stack, case: Case) -> None:
    """A slow upload begins with nothing."""
    file_id = _bring(stack, case, "contrato.pdf", content=b"")
    assert stack.dossier(case).files[file_id].refused == "empty"
    path = f"/upload/drive/v3/files/{file_id}?uploadType=media&supportsAllDrives=true"
    stack.workspace.request(case["vendedora"], "PATCH", path, raw=b"%PDF-1.4 y", mime="application/pdf")
    stack.live()
    assert files_of(stack.dossier(case), "contrato") == [file_id]


def test_a_file_from_the_trash_keeps_its_row_and_blocks_no_other(stack: Stack, case: Case) -> None:
    """Listed, trashed, restored, and another beside it."""
    file_id = _bring(stack, case, "contrato.pdf")
    for trashed in (True, False):
        _change(stack, ADMINISTRATOR, file_id, {"trashed": trashed})
        assert (file_id in stack.dossier(case).files) is not trashed
    other = _bring(stack, case, "orden de trabajo.pdf")
    listed = [
        row[0] for row in stack.workspace.rows(ENCARGADO, stack.dossier(case).file_id("documents/create"), "Archivos") if row
    ]
    assert [key for key in listed if key] == [file_id, other]
    assert all(file.listed for file in stack.dossier(case).files.values())


def test_a_file_deleted_for_good_is_missed(stack: Stack, case: Case) -> None:
    """Drive tells nothing but its id."""
    file_id = _bring(stack, case, "contrato.pdf")
    stack.workspace.request(ADMINISTRATOR, "DELETE", f"/drive/v3/files/{file_id}?supportsAllDrives=true")
    stack.live()
    assert not files_of(stack.dossier(case), "contrato")


def test_a_file_moved_by_hand_is_followed(stack: Stack, case: Case) -> None:
    """Into another folder of the dossier it gets its new place; out of the dossier it is gone."""
    file_id = _bring(stack, case, "contrato.pdf")
    _move(stack, case, file_id, "delivery", "legal")
    assert stack.dossier(case).files[file_id].place == "legal"
    query = f"&addParents={stack.app.site.parents['in_process']}&removeParents={stack.dossier(case).file_id('folder/legal')}"
    _change(stack, ADMINISTRATOR, file_id, query=query)
    assert file_id not in stack.dossier(case).files


def test_filing_finds_a_file_that_was_moved_a_moment_ago(stack: Stack, case: Case) -> None:
    """The move stands in the feed behind the verification: nothing parks."""
    file_id = _bring(stack, case, "orden de trabajo.pdf")
    stack.documents(case, {"paper:orden_trabajo": "Verificado"}.get)
    dossier = stack.dossier(case)
    query = f"&addParents={dossier.file_id('folder/legal')}&removeParents={dossier.file_id('folder/delivery')}"
    path = f"/drive/v3/files/{file_id}?supportsAllDrives=true{query}"
    real = stack.app.google.drive.move
    moved: list[str] = []

    def late(*args: Any) -> Any:
        if args[0] == file_id and not moved:
            moved.append(file_id)
            stack.workspace.request(ADMINISTRATOR, "PATCH", path, {})
        return real(*args)

    stack.app.google.drive.__dict__["move"] = late
    try:
        stack.live()
    finally:
        del stack.app.google.drive.__dict__["move"]
    assert moved and not stack.failures
    assert not stack.dossier(case).parked
    assert _parent(stack, file_id) == stack.dossier(case).file_id("folder/service")


def test_a_corrected_name_keeps_its_row_and_its_file(stack: Stack, case: Case) -> None:
    """The form is edited: another order of shareholders, one name better spelt, one more person."""
    book = stack.dossier(case).file_id("documents/create")
    first = case["accionistas"][0]
    key = f"cedula_accionista:{papers.identity_key(stack.dossier(case).intake.shareholders[0].person)}"
    file_id = _bring(stack, case, f"cedula {first['nombre']}.pdf")
    assert stack.dossier(case).files[file_id].papers == (key,)
    again = copy.deepcopy(case)
    again["accionistas"][0]["nombre"] = "Itzel Marina Cedeño de Ábrego"
    again["accionistas"].reverse()
    body = {"respondent": case["vendedora"], "answers": answers(again), "responseId": stack.dossier(case).submission_id}
    stack.workspace.local("POST", f"forms/{stack.app.site.forms['intake'].form_id}/responses", body)
    stack.live()
    assert stack.dossier(case).data_version == 2
    assert _tab(stack, case, "Expediente")[f"paper:{key}"][2:4] == ["Itzel Marina Cedeño de Ábrego", 1]
    assert stack.dossier(case).files[file_id].papers == (key,)
    assert _tab(stack, case)[file_id][4].endswith("Itzel Marina Cedeño de Ábrego")
    rows = [str(row[0]) for row in stack.workspace.rows(ENCARGADO, book, "Expediente") if row and row[0]]
    assert len([row for row in rows if "cedula_accionista" in row]) == len(case["accionistas"])


@pytest.mark.parametrize("editors", [(ENCARGADO,), (ENCARGADO, OTHER_ENCARGADA), (OTHER_ENCARGADA, ENCARGADO)])
def test_nobody_verifies_what_he_handed_in_behind_another_edit(stack: Stack, case: Case, editors: tuple[str, ...]) -> None:
    """The last editor alone does not tell who verified."""
    _bring(stack, case, "contrato.pdf", who=ENCARGADO)
    dossier = stack.dossier(case)
    book, rows = dossier.file_id("documents/create"), list(_tab_numbers(stack, dossier.file_id("documents/create")))
    cells = {"paper:contrato": "Verificado", "field:physical_location": "Archivo 2"}
    for who, (key, value) in zip(editors, cells.items(), strict=False):
        stack.workspace.type_in(who, book, {f"Expediente!E{rows.index(key) + 1}": value})
        stack.workspace.advance(1)
    stack.live()
    assert papers.paper(stack.dossier(case), "contrato").state is PaperState.PENDING
    assert stack.dossier(case).notes["paper:contrato"] == "Este papel lo entregó usted; debe verificarlo otra persona."


def test_another_person_alone_verifies_it_and_is_named(stack: Stack, case: Case) -> None:
    """The revisions since the last look have one editor."""
    _bring(stack, case, "contrato.pdf", who=ENCARGADO)
    book = stack.dossier(case).file_id("documents/create")
    row = list(_tab_numbers(stack, book)).index("paper:contrato") + 1
    stack.workspace.type_in(OTHER_ENCARGADA, book, {f"Expediente!E{row}": "Verificado"})
    stack.live()
    known = papers.paper(stack.dossier(case), "contrato")
    assert (known.state, known.by) == (PaperState.VERIFIED, OTHER_ENCARGADA)


def _tab_numbers(stack: Stack, book: str) -> Iterator[str]:
    for row in stack.workspace.rows(ENCARGADO, book, "Expediente"):
        yield str(row[0]) if row else ""


def test_after_the_hand_over_the_vendedora_may_bring_what_is_asked(stack: Stack, case: Case) -> None:
    """An observation and a returned paper open the delivery folder again; a new code is answered with a note."""
    stack.bring_papers(case)
    stack.live()
    stack.comply(case)
    stack.live()
    stack.verify(case)
    stack.live()
    stack.receive(case, "DEN-000101")
    stack.live()
    dossier = stack.dossier(case)
    delivery, may = dossier.file_id("folder/delivery"), (case["vendedora"], "writer")
    assert dossier.state == "confirming" and may not in stack.workspace.grants(delivery)
    _observe(stack, case, "Falta la hora de entrada")
    assert may in stack.workspace.grants(delivery)
    assert _mails(stack, case, "observado_vendedora") == 0 and "observado/operaciones/1" in stack.dossier(case).notices
    read = stack.app.store.get("outbox", stack.dossier(case).notices["observado/operaciones/1"])
    assert read is not None and delivery in read.data["html"]
    _observe(stack, case, "")
    assert may not in stack.workspace.grants(delivery)
    _say(stack, case, "contrato", "Devuelto")
    assert may in stack.workspace.grants(delivery) and _mails(stack, case, "papel_devuelto") == 1
    told = _mails(stack, case, "papeles_entregados")
    _bring(stack, case, "contrato corregido.pdf")
    assert _mails(stack, case, "papeles_entregados") == told + 1
    stack.documents(case, {"field:denarius_code": "DEN-000999"}.get)
    stack.live()
    assert stack.dossier(case).denarius_code == "DEN-000101"
    assert "DEN-000101" in str(_tab(stack, case, "Expediente")["field:denarius_code"][-1])


def _observe(stack: Stack, case: Case, reason: str) -> None:
    """Operaciones observes, or takes its observation back."""
    book, who = stack.dossier(case).file_id("control_sheet/create"), person("operaciones")
    rows = [str(row[0]) if row else "" for row in stack.workspace.rows(who, book, "Control")]
    column = "ABCDEFGHIJ"[2 + [area.key for area in stack.app.process.areas].index("operaciones")]
    said = {"observed": bool(reason), "reason": reason}
    stack.workspace.type_in(who, book, {f"Control!{column}{rows.index(key) + 1}": value for key, value in said.items()})
    stack.live()
