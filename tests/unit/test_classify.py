"""What a file seems to be from its name: a guess where it is clear, a question where two papers fit equally well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expediente import classify, papers
from expediente.model import Dossier
from tests.unit import page_kit
from tests.unit.intake_samples import cases, judged

PROCESS = page_kit.the_process()
DOSSIER = page_kit.collecting()


def _guess(name: str, place: str = classify.DELIVERY, dossier: Dossier = DOSSIER) -> tuple[str, ...]:
    return classify.guess(PROCESS, dossier, place, name)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Contrato firmado.pdf", "contrato"),
        ("CONTRATO (2).PDF", "contrato"),
        ("orden_de_trabajo.pdf", "orden_trabajo"),
        ("Aviso de Operación 2024.jpg", "aviso_operaciones"),
        ("registro publico.pdf", "registro_publico"),
        ("cédula del representante.png", "cedula_representante"),
    ],
)
def test_a_telling_name_is_recognised(name: str, key: str) -> None:
    """Accents, case, separators and numbers do not matter."""
    assert [found.split(":")[0] for found in _guess(name)] == [key]


@pytest.mark.parametrize(
    "name", ["IMG_2031.jpg", "escaneo.pdf", "", ".pdf", "documento final ok.pdf", "x" * 5000, "contratos.pdf"]
)
def test_a_name_that_tells_nothing_is_a_question(name: str) -> None:
    """A photo's name is classified by a person."""
    assert _guess(name) == ()


def test_the_paper_of_one_of_several_people_needs_that_persons_name() -> None:
    """Two shareholders: a bare «cédula accionista» fits both, so it is asked; with a name it is that person's."""
    case = next(case for case in cases() if case["id"] == "C01")
    intake = judged("C01").intake
    assert intake is not None
    dossier = page_kit.collecting(intake=intake)
    assert _guess("cedula accionista.pdf", dossier=dossier) == ()
    files = [paper["archivo"] for paper in case["documentos"] if paper["tipo"] == "cedula_accionista"]
    keys = [f"cedula_accionista:{papers.identity_key(holder.person)}" for holder in intake.shareholders]
    assert [_guess(name, dossier=dossier) for name in files] == [(key,) for key in keys]


def test_a_report_in_an_areas_folder_is_of_the_point_that_it_names() -> None:
    """The folder says what it is; the name says of which point."""
    assert _guess("informe P02.pdf", "security") == ("inspeccion_seguridad:P02",)
    assert _guess("informe Tienda Calle 50.pdf", "security") == ("inspeccion_seguridad:P01",)
    assert _guess("informe.pdf", "security") == ()


def test_one_point_alone_needs_no_name() -> None:
    """With a single point, whatever lies in the area's folder is its report."""
    intake = judged("C01").intake
    assert intake is not None and len(intake.points) == 1
    assert _guess("foto.jpg", "security", page_kit.collecting(intake=intake)) == ("inspeccion_seguridad:P01",)


def test_a_paper_of_another_hand_is_never_guessed_among_what_the_vendedora_brings() -> None:
    """An inspection brought by the vendedora is no inspection of Seguridad."""
    assert _guess("inspeccion de seguridad P01.pdf") == ()


@given(name=st.text(max_size=80), place=st.sampled_from([classify.DELIVERY, "security", "compliance", "legal"]))
def test_any_name_is_answered_with_one_paper_of_that_place_or_none(name: str, place: str) -> None:
    """Whatever a file is called, the guess names at most one paper that may lie there."""
    found = _guess(name, place)
    assert len(found) <= 1
    assert set(found) <= {slot.key for slot in classify.slots_for(PROCESS, DOSSIER, place)}


@pytest.mark.parametrize(
    ("mime", "size", "why"),
    [
        ("application/pdf", 10, ""),
        ("image/jpeg", 10, ""),
        ("application/pdf", 0, "empty"),
        ("application/x-msdownload", 10, "type"),
        ("text/html", 10, "type"),
        ("", 10, "type"),
    ],
)
def test_what_may_not_stay_is_refused_with_its_reason(mime: str, size: int, why: str) -> None:
    """Only the kinds of file that the process names, and none that is empty."""
    assert classify.refusal_of(PROCESS, mime, size) == why


def test_words_are_plain(monkeypatch: Any) -> None:
    """Accents folded, everything that is no letter or digit a gap."""
    assert classify.words("Cédula_N°-8 (Ñandú)") == ["cedula", "n", "8", "nandu"]
