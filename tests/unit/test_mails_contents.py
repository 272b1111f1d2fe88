"""What particular mails must say: requirements of the company, mail by mail."""

from __future__ import annotations

import dataclasses
from urllib.parse import unquote

import pytest

from expediente import process
from expediente.checks import sample_context
from expediente.errors import ConfigurationError
from expediente.mails import Line, RenderedMail, Table, render, summary_paths
from expediente.process import Process
from tests.unit.process_copy import ROOT

TABLES = process.load(ROOT)
NOTICES = [area.notice_mail for area in TABLES.areas]


def mail(kind: str, tables: Process = TABLES, **changes: object) -> RenderedMail:
    """That mail with a full context."""
    return render(tables, kind, dataclasses.replace(sample_context(tables, tables.mails[kind]), **changes))  # type: ignore[arg-type]


def test_each_area_reads_its_own_duties_and_no_others() -> None:
    """Four notices, four texts."""
    for area in TABLES.areas:
        text = mail(area.notice_mail).text
        others = {duty for other in TABLES.areas for duty in other.duties} - set(area.duties)
        assert all(duty in text for duty in area.duties) and not [duty for duty in others if duty in text]


@pytest.mark.parametrize("kind", NOTICES)
def test_notice_brings_link_summary_and_pdf(kind: str) -> None:
    """The sheet's link, the summary in the body, the same as PDF."""
    rendered = mail(kind)
    assert "https://example.com/x" in rendered.text and "RESUMEN DEL CLIENTE" in rendered.text
    assert TABLES.mails[kind].attaches == ("summary_pdf",)


def test_summary_of_an_area_tells_what_the_company_lists() -> None:
    """Name, exact address, frequency, services and conditions, for every area; nothing secret."""
    wanted = {"client.legal_name", "points.address", "points.frequency", "order.services", "order.conditions"}
    for area in TABLES.areas:
        assert wanted <= set(summary_paths(TABLES, area))
        assert not set(summary_paths(TABLES, area)) & set(TABLES.operational_secret)


def test_addresses_of_several_points_stand_on_lines_of_their_own() -> None:
    """One line a site, in text and in HTML."""
    rendered = mail("aviso_operaciones", summary=(Line("Dirección", "P01: Calle 1\nP02: Calle 2"),))
    assert "  P01: Calle 1\n  P02: Calle 2" in rendered.text and "P01: Calle 1<br>P02: Calle 2" in rendered.html


def test_welcome_explains_the_four_requests_with_a_link_each() -> None:
    """Each opens a mail to Servicio al Cliente with its subject and the client's code."""
    rendered = mail("bienvenida_cliente")
    links = [unquote(line.strip()) for line in rendered.text.split("\n") if line.strip().startswith("mailto:")]
    assert [link.split("subject=")[1] for link in links] == [f"{r.subject} · DEN-000101" for r in TABLES.company.requests]
    assert len(links) == 4 and rendered.html.count('href="mailto:') == 4


def test_welcome_tells_contact_times_policies_supplies_and_coordination() -> None:
    """All that the description asks of it."""
    rendered, company = mail("bienvenida_cliente"), TABLES.company
    for said in (company.customer_service_email, company.customer_service_phone, company.customer_service_hours):
        assert said in rendered.text and said in rendered.html
    for said in (*company.response_times, *company.change_policies, *company.supplies_process, *company.coordination):
        assert said in rendered.text


def test_welcome_promises_no_start_date() -> None:
    """Security has not approved yet: the date comes later."""
    assert "le avisaremos la fecha de inicio" in mail("bienvenida_cliente").text


@pytest.mark.parametrize("kind", ["bienvenida_cliente", "inicio_cliente"])
@pytest.mark.parametrize("missing", ["customer_service_email", "customer_service_phone", "customer_service_hours"])
def test_no_client_is_written_to_without_our_contact(kind: str, missing: str) -> None:
    """A contact that is missing stops the mail and is named."""
    bare = dataclasses.replace(TABLES, company=dataclasses.replace(TABLES.company, **{missing: " "}))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=missing):
        mail(kind, bare)


@pytest.mark.parametrize("kind", ["bienvenida_cliente", "inicio_cliente", "cancelacion_cliente", "cancelacion_puntos_cliente"])
def test_clients_read_nothing_internal(kind: str) -> None:
    """Neither the number of the dossier nor an internal address stands in a mail to a client."""
    rendered = mail(kind)
    assert "EXP-2026" not in rendered.text + rendered.html + rendered.subject
    assert TABLES.group_of("expedientes") not in rendered.text


def test_neutral_mail_tells_nothing_of_the_other_dossier() -> None:
    """Whoever asks for another's client learns neither that it is one, nor whose, nor its code."""
    rendered = mail("cliente_de_otra_vendedora")
    for secret in ("EXP-2026", "DEN-000101", "otra vendedora", "activo", "en proceso", "ya es cliente"):
        assert secret not in (rendered.subject + rendered.text + rendered.html).replace("cliente_de_otra_vendedora", "")


def test_only_the_mail_to_compliance_speaks_of_lists() -> None:
    """Nobody else's mail lets the screening be guessed."""
    for kind in TABLES.mails:
        rendered = mail(kind)
        words = (rendered.subject + rendered.text).lower()
        assert ("listas" in words) == (kind in ("revision_cumplimiento", "revision_modificacion_cumplimiento")), kind
        assert "clinton" not in words and "ofac" not in words


def test_mail_to_compliance_goes_to_compliance_alone() -> None:
    """No copy, no other address, and it asks to keep silent."""
    rule = TABLES.mails["revision_cumplimiento"]
    assert (rule.to, rule.cc) == ("role:cumplimiento", "") and "No lo reenvíe" in mail("revision_cumplimiento").text


def test_correction_shows_question_answer_rule_and_example() -> None:
    """Every wrong field with what was written, what is expected, and an example."""
    text = mail("correccion").text
    assert "Pregunta: DV\nUsted escribió: 78\nSe espera: 08\nEjemplo: 08" in text


def test_returned_papers_tell_reason_and_detail() -> None:
    """The vendedora reads what to correct, paper by paper."""
    table = Table(
        ("Papel", "Motivo", "Detalle"), (("Contrato", "No se lee bien", "Página 3"), ("Registro Público", "Está vencido", ""))
    )
    text = mail("papel_devuelto", table=table).text
    assert "Papel: Contrato\nMotivo: No se lee bien\nDetalle: Página 3" in text and "los papeles devueltos" in text


def test_new_client_mail_brings_the_needs_as_written() -> None:
    """The text of the question about needs reaches Servicio al Cliente."""
    rendered = mail("nuevo_cliente_servicio", needs="Abre los domingos.\nPide dos llaves.")
    assert "Abre los domingos.\nPide dos llaves." in rendered.text


def test_all_mails_of_a_dossier_share_a_subject() -> None:
    """Mailboxes join a dossier's mails into one conversation by their subject."""
    own = {"correccion", "correccion_formulario", "cliente_de_otra_vendedora", "pendientes_del_dia"}
    own |= {"expedientes_recibidos", "expedientes_entregados", "informe_semanal", "solicitud_sin_identificar"}
    own |= {"archivo_de_cartera", "copias_sin_factura"}
    # Of whoever has no dossier.
    own |= {"prospecto_comercial", "visitante_servicio"}
    own |= {kind for kind, rule in TABLES.mails.items() if rule.to.startswith("client:")}
    assert len({mail(kind).subject for kind in TABLES.mails if kind not in own}) == 1
    assert mail("bienvenida_cliente").subject == mail("inicio_cliente").subject
