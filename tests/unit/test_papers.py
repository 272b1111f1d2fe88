"""Which papers a client needs, and which of them still hold its dossier."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from expediente import access, documents, papers, tally
from expediente.intake_data import Identity, Shareholder
from expediente.model import DeliveredFile, Dossier, Observation, Paper, PaperState, StepRecord
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
    """The same identity document is asked for once, under a key of the person."""
    start = page_kit.an_intake()
    person = Identity("Ana Poveda", "cedula", "8-9901-77")

    holders = tuple(Shareholder(person, Decimal(share)) for share in (30, 30, 40))
    slots = papers.required_papers(PROCESS, replace(start, shareholders=holders))
    assert [slot.key for slot in slots if slot.rule.per == "shareholder_person"] == [
        f"cedula_accionista:{papers.identity_key(person)}"
    ]


def test_a_row_never_changes_its_person() -> None:
    """Another order or a name that is spelt better keeps the key; another person has another."""
    ana, eva = Identity("Ana Poveda", "cedula", "8-9901-77"), Identity("Eva Ruiz", "cedula", "8-9901-78")
    better = replace(ana, name="Ana Póveda de León")

    def keys(*people: Identity) -> list[str]:
        holders = tuple(Shareholder(person, Decimal(50)) for person in people)
        slots = papers.required_papers(PROCESS, replace(page_kit.an_intake(), shareholders=holders))
        return [slot.key for slot in slots if slot.rule.per == "shareholder_person"]

    assert keys(ana, eva) == list(reversed(keys(eva, better)))
    assert papers.identity_key(Identity("Ana Póveda", "", "")) == papers.identity_key(Identity("ANA  POVEDA", "", ""))
    assert papers.identity_key(ana) != papers.identity_key(replace(ana, id_kind="pasaporte"))


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("orden_trabajo",), "service"),
        (("orden_trabajo", "cedula_representante:1"), "legal"),
        (("cedula_representante:1", "orden_trabajo"), "legal"),
        (("contrato", "inspeccion_seguridad:P01"), ""),
        ((), ""),
    ],
)
def test_a_file_lies_where_all_its_papers_may(keys: tuple[str, ...], place: str) -> None:
    """A limited folder wins; two limited ones suit nobody."""
    assert documents.place_of(PROCESS, keys) == place


def test_papers_are_complete_only_when_what_was_returned_has_come_again() -> None:
    """The file that was returned is no delivery."""
    dossier = _with(page_kit.collecting(), _file("a", "contrato"))
    assert documents.is_complete(dossier, ["contrato"])
    returned = replace(dossier, papers={"contrato": Paper(PaperState.RETURNED, returns=1)})
    assert not documents.is_complete(returned, ["contrato"])


def test_the_vendedora_is_asked_for_what_is_returned_or_observed_after_the_hand_over() -> None:
    """Between the two she may not open the delivery folder."""
    dossier = page_kit.confirming()
    assert not access.paper_asked(PROCESS, dossier)
    observed = {"operaciones": Observation("Falta la hora", "", page_kit.NOW, 1)}
    assert access.paper_asked(PROCESS, replace(dossier, observations=observed))
    assert access.paper_asked(PROCESS, replace(dossier, papers={**dossier.papers, "contrato": Paper(PaperState.RETURNED)}))


def test_it_is_the_encargados_turn_while_files_wait_to_be_classified() -> None:
    """The vendedora has done her part."""
    built = {documents.BUILD: StepRecord("done", "build_spreadsheet")}
    dossier = replace(page_kit.collecting(), steps=built)
    assert tally.turn_of(PROCESS, dossier).text(PROCESS).startswith(PROCESS.label_of("vendedora"))
    assert "expedientes" not in tally.turn_of(PROCESS, dossier).roles
    waiting = _with(dossier, replace(_file("a"), listed=True))
    assert "expedientes" in tally.turn_of(PROCESS, waiting).roles
    assert papers.unclassified(waiting) and not papers.unclassified(
        _with(dossier, replace(_file("a", refused="type"), listed=True))
    )


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
