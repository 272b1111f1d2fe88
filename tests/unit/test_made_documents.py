"""Documents made from the form: for whom, what they say, how they are laid out, and what `expediente check` finds wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from expediente import checks, process_reader
from expediente.checks_made import check_made
from expediente.intake_data import Identity, Intake, Shareholder
from expediente.made import content_hash
from expediente.made_blocks import Grid, GridColumn, Heading, Lines, MadeDocument, Signature, Signatures, Text
from expediente.made_pdf import draw, made_pdf
from expediente.made_rules import document, names_in, rules_for, texts_of
from expediente.model import Dossier, State
from tests.pdf_text import pages_of, text_of
from tests.unit.intake_samples import judged, the_process
from tests.unit.process_copy import changed

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COMPANY_SIGNS = ["orden_trabajo", "contrato", "conozca_cliente", "formulario_accionistas"]


def intake_of(case_id: str = "C01") -> Intake:
    """What a sample response says."""
    found = judged(case_id).intake
    assert found is not None
    return found


def dossier_of(intake: Intake) -> Dossier:
    """An open dossier with that form."""
    seller = "vendedora.uno@blindados-demo.example.com"
    return Dossier("EXP-2026-ABC234", "c", "k", State.COLLECTING, seller, NOW, intake, "s")


def made(intake: Intake, key: str, version: int = 1) -> MadeDocument:
    """One document of a dossier."""
    rule = next(rule for rule in rules_for(the_process(), intake) if rule.key == key)
    return document(the_process(), dossier_of(intake), rule, version)


def laid_out(*blocks: Heading | Text | Lines | Grid | Signatures, warning: str = "") -> list[str]:
    """The text of each page of a document with these pieces."""
    return pages_of(made_pdf(MadeDocument("Empresa", "Título", "", warning, blocks, "Pie", "Página {page} de {pages}", NOW)))


def test_each_kind_of_person_signs_its_own_documents() -> None:
    """A company declares its shareholders; a natural person has none to declare."""
    assert [rule.key for rule in rules_for(the_process(), intake_of())] == COMPANY_SIGNS
    natural = replace(intake_of(), client=replace(intake_of().client, kind="natural"), shareholders=())
    assert [rule.key for rule in rules_for(the_process(), natural)] == COMPANY_SIGNS[:-1]
    said = text_of(made_pdf(made(natural, "conozca_cliente")))
    assert "Persona natural" in said and "Accionistas" not in said and "Folio" not in said


@pytest.mark.parametrize("key", COMPANY_SIGNS)
def test_a_document_says_who_signs_and_leaves_no_name_unfilled(key: str) -> None:
    """Client and representative stand in each; no brace is left; the foot tells dossier and version."""
    said = text_of(made_pdf(made(intake_of(), key, version=3)))
    assert intake_of().client.legal_name in said and intake_of().representative.name in said
    assert "{" not in said and "EXP-2026-ABC234 · Datos versión 3" in said


def test_the_same_data_gives_the_same_bytes() -> None:
    """A repeat of the step stores the same file; another version of the data with the same content is no other content."""
    first, again = made(intake_of(), "contrato"), made(intake_of(), "contrato", version=2)
    made_pdf.cache_clear()
    before = made_pdf(first)
    made_pdf.cache_clear()
    assert made_pdf(first) == before
    assert content_hash(first) == content_hash(again) and made_pdf(again) != before


def test_what_is_attached_names_no_operational_secret() -> None:
    """A reserved datum leaves in no mail, not inside a PDF either."""
    rules = [rule for rule in rules_for(the_process(), intake_of()) if rule.attached]
    named = {name for rule in rules for _, text in texts_of(rule) for name in names_in(text)}
    assert rules and not named & set(the_process().operational_secret)


def test_thirty_shareholders_go_over_pages_under_the_same_heading() -> None:
    """Each stands in its table once, the chain apart, and the heading of the table comes again on every page."""
    holders = tuple(_holder(number) for number in range(30))
    pages = pages_of(made_pdf(made(replace(intake_of(), shareholders=holders), "formulario_accionistas")))
    whole = " ".join(" ".join(pages).split()).split("3. Personas naturales")[0]
    assert len(pages) > 1 and all("Identificación" in page for page in pages[:-1])
    assert all(whole.count(f"Núm. {number:02} ") == 1 for number in range(30))
    assert whole.index("Núm. 28") < whole.index("2. Quién está detrás") < whole.index("Núm. 01")
    assert f"Página 1 de {len(pages)}" in whole
    assert "Tenedora del Istmo, S.A. no está unida al cliente por ninguna cadena" in " ".join(" ".join(pages).split())


def _holder(number: int) -> Shareholder:
    person = Identity(f"Ñandú Íñiguez de la Peña y Fernández-Quiñónez Núm. {number:02} x", "cedula", f"8-{number}-1234")
    return Shareholder(person, Decimal("3.50"), through="Tenedora del Istmo, S.A." if number % 2 else "")


def test_empty_optional_fields_leave_room_to_write() -> None:
    """What the form does not say is a line to fill in by hand on the KYC form, a dash on the order."""
    client = replace(intake_of().client, trade_name="")
    intake = replace(intake_of(), client=client)
    assert "Nombre comercial ________________" in text_of(made_pdf(made(intake, "conozca_cliente")))
    assert "Nombre comercial —" in text_of(made_pdf(made(intake, "orden_trabajo")))


def test_a_table_without_rows_says_so() -> None:
    """No empty grid stands on the paper."""
    columns = (GridColumn("Nombre", 1, "left"),)
    assert "Nadie" in laid_out(Grid(columns, (), "Nadie"))[0] and "Nombre" not in laid_out(Grid(columns, (), "Nadie"))[0]


def test_lines_to_sign_on_never_part_from_their_name() -> None:
    """Whatever stands before, name and role are on one page."""
    for count in range(24, 31):
        pages = laid_out(Lines(tuple(("Dato", str(n)) for n in range(count))), Signatures((Signature("Rol", "Persona", "Pie2"),)))
        assert any("Persona" in page and "Rol" in page and "Pie2" in page for page in pages)


def test_a_heading_never_stands_alone_at_the_foot() -> None:
    """It goes to the next page with what follows."""
    for count in range(25, 32):
        pages = laid_out(Lines(tuple(("Dato", str(n)) for n in range(count))), Heading("Capítulo"), Lines((("Uno", "Primero"),)))
        assert any("Capítulo" in page and "Primero" in page for page in pages)


def test_long_and_odd_text_still_makes_a_document() -> None:
    """Long names, letters that the font lacks and what looks like a placeholder stop nothing and are never filled in."""
    client = replace(intake_of().client, legal_name="Ñ" * 80 + " {order.number} 中文😀 " + "de " * 200)
    said = text_of(made_pdf(made(replace(intake_of(), client=client), "contrato")))
    assert "{order.number}" in said


def test_an_unknown_piece_is_refused() -> None:
    """A new kind of block needs a way to draw it."""
    with pytest.raises(TypeError):
        draw("piece", None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("contrato", "{client.ruc}", "{client.rucc}", "client.rucc"),
        ("contrato", "{client.ruc}", "{points.window}", "ese dato no viaja por correo"),
        ("contrato", "{client.ruc}", "{client.ruc", "una llave no se cierra"),
        ("contrato", "{client.ruc}", "{holders.name}", "holders.name"),
        ("contrato", "paper: contrato", "paper: contratto", "¿Quiso decir «contrato»?"),
        ("contrato", "paper: contrato", "paper: cedula_accionista", "no se puede hacer con el formulario"),
        ("contrato", "paper: contrato", "paper: conozca_cliente", "el mismo papel"),
        ("contrato", "place: legal", "place: legall", "no existe una carpeta"),
        ("conozca_cliente", "place: legal", "place: service", "la lee quien no debe"),
        ("contrato", "attached: true", "attached: false", "la vendedora no recibe el documento"),
        ("orden_trabajo", "  - heading: Cliente\n", "  - heading: Cliente\n    text: Dos\n", "una sola cosa"),
        ("conozca_cliente", "kinds: [juridica, juridica_nt]", "kinds: [juridico]", "no existe ese tipo de persona"),
    ],
)
def test_check_tells_what_is_wrong_with_a_document(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    """Unknown data and contradictions are told with the file's name."""
    root = changed(tmp_path, f"process/made_documents/{file}.yaml", old, new)
    found = [str(one) for one in check_made(process_reader.build(root, process_reader.read_tables(root)))]
    assert [one for one in found if said in one and "made_documents" in one], found


def test_check_tells_of_missing_texts_and_unknown_keys(tmp_path: Path) -> None:
    """The schema is looked at like those of the other tables, and the rules as well."""
    root = changed(tmp_path, "process/made_documents/contrato.yaml", 'blank: "—"\n', "")
    changed(tmp_path, "process/made_documents/conozca_cliente.yaml", "blank:", "blanck:")
    changed(tmp_path, "process/made_documents/orden_trabajo.yaml", "{client.ruc}", "{client.rucc}")
    found = "\n".join(str(one) for one in checks.check(root))
    for said in ("contrato.yaml: falta la clave «blank»", "blanck: la clave no se conoce"):
        assert said in found
    changed(tmp_path, "process/made_documents/contrato.yaml", "warning:", 'blank: "—"\nwarning:')
    changed(tmp_path, "process/made_documents/conozca_cliente.yaml", "blanck:", "blank:")
    assert [str(one) for one in checks.check(root) if "client.rucc" in str(one)]
