"""Which papers a client needs, and which of them still hold its dossier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expediente import papers
from expediente.model import DeliveredFile, Dossier, Identity, Paper, PaperState, Shareholder
from tests.unit import page_kit
from tests.unit.intake_samples import cases, judged

PROCESS = page_kit.the_process()


def _file(file_id: str, *keys: str, refused: str = "", place: str = "delivery") -> DeliveredFile:
    return DeliveredFile(file_id, "a.pdf", "application/pdf", place, page_kit.VENDEDORA, page_kit.NOW, keys, refused=refused)


def _with(dossier: Dossier, *files: DeliveredFile) -> Dossier:
    return replace(dossier, files={file.file_id: file for file in files})


@pytest.mark.parametrize("case", [case for case in cases() if case.get("documentos")], ids=lambda case: case["id"])
def test_the_papers_of_a_sample_case_are_among_those_that_are_asked_for(case: dict[str, object]) -> None:
    """What a sample client brings is what its kind of person must bring."""
    intake = judged(str(case["id"])).intake
    if intake is None:
        pytest.skip("the form of this case is refused")
    asked = {slot.rule.key.removesuffix("_nt") for slot in papers.required_papers(PROCESS, intake, internal=True)}
    brought = {str(paper["tipo"]) for paper in case["documentos"]}  # type: ignore[attr-defined]
    assert brought <= asked | {"aviso_operaciones", "registro_publico"}


def test_a_person_who_holds_two_shares_brings_one_paper() -> None:
    """The same identity document is asked for once, under the number of its first share."""
    start = page_kit.an_intake()
    person = Identity("Ana Poveda", "cedula", "8-9901-77")
    from decimal import Decimal

    holders = tuple(Shareholder(person, Decimal(share)) for share in (30, 30, 40))
    slots = papers.required_papers(PROCESS, replace(start, shareholders=holders))
    assert [slot.key for slot in slots if slot.rule.per == "shareholder_person"] == ["cedula_accionista:1"]


def test_internal_papers_are_listed_only_when_asked_for() -> None:
    """What Cumplimiento files is no paper of anybody else."""
    intake = page_kit.an_intake()
    plain = {slot.key for slot in papers.required_papers(PROCESS, intake)}
    hidden = {slot.key for slot in papers.required_papers(PROCESS, intake, internal=True)} - plain
    assert hidden
    assert all(papers.slot_of(PROCESS, intake, key).rule.internal for key in hidden)  # type: ignore[union-attr]
    dossier = page_kit.collecting()
    assert not {slot.key for gate in ("handover", "activation") for slot in papers.open_papers(PROCESS, dossier, gate)} & hidden


def test_each_point_has_papers_of_its_own() -> None:
    """A paper per point is asked for once for each point and named after it."""
    slots = [slot for slot in papers.required_papers(PROCESS, page_kit.an_intake()) if slot.rule.per == "point"]
    assert {slot.key.split(":")[1] for slot in slots} == {"P01", "P02"}
    assert all(slot.about in slot.title for slot in slots)


def test_a_paper_of_the_vendedora_holds_the_hand_over_until_it_is_verified() -> None:
    """Delivered is not enough, returned even less."""
    dossier = _with(page_kit.collecting(), _file("f", "contrato"))
    assert "contrato" in {slot.key for slot in papers.open_papers(PROCESS, dossier, "handover")}
    for state, held in ((PaperState.PENDING, True), (PaperState.RETURNED, True), (PaperState.VERIFIED, False)):
        said = replace(dossier, papers={"contrato": Paper(state)})
        assert ("contrato" in {slot.key for slot in papers.open_papers(PROCESS, said, "handover")}) == held


def test_a_paper_of_an_area_holds_the_activation_until_it_is_delivered() -> None:
    """An inspection's report counts from its delivery, for its own point alone, unless the file was refused."""
    dossier = page_kit.confirming()
    report = "inspeccion_seguridad:P01"
    assert report in {slot.key for slot in papers.open_papers(PROCESS, dossier, "activation")}
    refused = _with(dossier, _file("f", report, refused="type", place="security"))
    assert report in {slot.key for slot in papers.open_papers(PROCESS, refused, "activation")}
    there = _with(dossier, _file("f", report, place="security"))
    assert {slot.key for slot in papers.open_papers(PROCESS, there, "activation")} == {"inspeccion_seguridad:P02"}


def test_delivered_looks_at_kind_and_point() -> None:
    """A file for one point says nothing of another."""
    dossier = _with(page_kit.confirming(), _file("f", "inspeccion_seguridad:P01", place="security"))
    assert papers.delivered(dossier, "inspeccion_seguridad", "P01")
    assert not papers.delivered(dossier, "inspeccion_seguridad", "P02")
    assert papers.delivered(dossier, "inspeccion_seguridad")
    assert not papers.delivered(page_kit.collecting(), "contrato")


def test_one_scan_may_serve_several_papers_and_a_paper_several_scans() -> None:
    """Files and papers belong together many to many."""
    dossier = _with(page_kit.collecting(), _file("a", "contrato", "orden_trabajo"), _file("b", "contrato"))
    assert papers.files_of(dossier, "contrato") == ["a", "b"]
    assert papers.files_of(dossier, "orden_trabajo") == ["a"]


def test_the_count_that_areas_see_is_of_the_hand_over_alone() -> None:
    """`Documentos: 9 de 10` counts neither internal papers nor those of the areas."""
    dossier = page_kit.confirming()
    verified, required = papers.counts(PROCESS, dossier)
    slots = [slot for slot in papers.required_papers(PROCESS, dossier.intake) if slot.rule.gate == "handover"]
    assert (verified, required) == (len(slots), len(slots))
    first = slots[0].key
    assert papers.counts(PROCESS, replace(dossier, papers={**dossier.papers, first: Paper()})) == (required - 1, required)
