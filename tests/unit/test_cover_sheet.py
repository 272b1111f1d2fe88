"""The cover sheet of the binder: when it is made, what it says, and that its QR leads to the dossier's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from expediente import checks
from expediente.cover_sheet import cover, cover_rule, plan
from expediente.made_blocks import Code, Grid
from expediente.made_pdf import made_pdf
from expediente.model import DeliveredFile, Dossier, Paper, PaperState, Site, State, StepRecord
from expediente.work import View
from tests.pdf_text import pages_of, text_of
from tests.unit.intake_samples import judged, the_process
from tests.unit.process_copy import changed

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PROCESS = the_process()


def view(**known: object) -> View:
    """C13 as it stands."""
    intake = judged("C13").intake
    assert intake is not None
    dossier = Dossier("EXP-2026-ABC234", "c", "k", State.CONFIRMING, "v@x.example.com", NOW, intake, "s")
    seen = replace(dossier, **known)  # type: ignore[arg-type]
    return View(PROCESS, Site("d", "c", {}, {}), seen, NOW, "https://paginas.example.com", "robot@x.example.com", "")


def made(seen: View) -> View:
    """The same with its cover sheet made as it is planned now."""
    (step,) = plan(seen)
    record = StepRecord("done", step.effect, "file-1", {"content": step.args["content"]})
    return replace(seen, dossier=replace(seen.dossier, steps={**seen.dossier.steps, step.key: record}))


def test_r38_it_is_made_once_there_is_a_code_or_a_place() -> None:
    """Nothing to put on a binder before that; once made it is left alone."""
    assert plan(view()) == []
    for known in ({"denarius_code": "DEN-000001"}, {"physical_location": "Archivo 2"}):
        (step,) = plan(view(**known))
        assert (step.effect, step.after) == ("make_document", ("folder/legal",))
        assert plan(made(view(**known))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"denarius_code": "DEN-000002"},
        {"physical_location": "Archivo 3, gaveta 1"},
        {"papers": {"contrato": Paper(PaperState.VERIFIED)}},
        {"state": State.ACTIVE},
    ],
)
def test_r38_it_is_made_anew_when_what_it_says_changes(change: dict[str, object]) -> None:
    """Code, place, a paper's state, the dossier's state: a new revision of the same file."""
    once = made(view(denarius_code="DEN-000001", physical_location="Archivo 2"))
    (step,) = plan(replace(once, dossier=replace(once.dossier, **change)))  # type: ignore[arg-type]
    assert (step.key, step.effect, step.args["file_id"]) == ("cover_sheet/2", "remake_document", "$cover_sheet/1:file_id")


def test_it_says_code_place_and_the_state_of_each_paper() -> None:
    """Verified and expired papers with their dates, the area's report as there, the list in Cumplimiento's folder not at all."""
    report = DeliveredFile("f", "i.pdf", "application/pdf", "security", "s@x", NOW, ("inspeccion_seguridad:P01",))
    papers = {
        "contrato": Paper(PaperState.VERIFIED),
        "registro_publico": Paper(PaperState.EXPIRED, issued_on=date(2026, 2, 10), expires_on=date(2026, 2, 28)),
    }
    content = cover(view(denarius_code="DEN-000001", papers=papers, files={"f": report}), cover_rule(PROCESS.folder))
    said = text_of(made_pdf(content))
    for text in ("DEN-000001", "Consorcio Hotelero Horizonte Irreal, S.A.", "Ubicación física Por asignar", "10/02/2026"):
        assert text in said
    (grid,) = [block for block in content.blocks if isinstance(block, Grid)]
    rows = {row[1]: row for row in grid.rows}
    assert rows["Contrato"][:1] + rows["Contrato"][3:4] == ("☑", "Verificado")
    assert rows["Registro Público"][0] == "☐" and rows["Registro Público"][3] == "Vencido"
    assert rows["Inspección de Seguridad"][0] == "☑" and "Lista Clinton" not in rows


def test_its_qr_leads_to_the_page_of_the_dossier() -> None:
    """What is drawn is the code of that address, square, on the first page."""
    content = cover(view(denarius_code="DEN-000001"), cover_rule(PROCESS.folder))
    code = content.blocks[0]
    assert isinstance(code, Code) and code.address == "https://paginas.example.com/expediente/EXP-2026-ABC234"
    assert "DEN-000001" in pages_of(made_pdf(content))[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("place: legal", "place: legl", "no existe una carpeta"),
        ("place: legal", "place: service", "la leen muchos"),
        ('"{dossier.location}"', '"{dossier.locaton}"', "un dato que no existe"),
    ],
)
def test_check_finds_what_is_wrong_with_it(tmp_path: Path, old: str, new: str, said: str) -> None:
    """`expediente check` tells it before a cover sheet is made."""
    root = changed(tmp_path, "process/cover_sheet.yaml", old, new)
    assert any(said in str(finding) for finding in checks.check(root))
