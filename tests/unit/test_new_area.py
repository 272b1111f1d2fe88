"""A new area is a block of YAML and people who work there: no line of Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from expediente import docs_build, process
from expediente.checks import check
from expediente.mails import MailContext, render
from expediente.process import Process
from tests.unit.process_copy import changed

AREA = """  tesoreria:
    label: Tesorería
    group: tesoreria@blindados-demo.example.com
    order: 5
    color: "#0E6B5C"
    services: [procesamiento]
    opens_at: papers_complete
    notice_mail: aviso_tesoreria
    duties:
      - Abra la cuenta de custodia del cliente.
    marks:
      custodia_abierta:
        label: Custodia abierta
        explains: La cuenta de custodia está abierta.
        per: client
        evidence: tick
        depends_on: [order.processing]

# Roles sin columna en la hoja de control.
"""
PERSON = """people:
  tesoreria.uno@blindados-demo.example.com:
    name: Ariadna Solís Guevara
    roles: [tesoreria]
"""


def with_treasury(folder: Path) -> Path:
    """The tables with one area more."""
    root = changed(folder, "process/areas.yaml", "# Roles sin columna en la hoja de control.\n", AREA)
    return changed(root, "process/company.yaml", "people:\n", PERSON)


@pytest.fixture
def tables(tmp_path: Path) -> Process:
    """The process with the new area."""
    return process.load(with_treasury(tmp_path))


def test_the_tables_with_a_new_area_are_clean(tmp_path: Path) -> None:
    """Nothing else has to be touched."""
    assert [str(finding) for finding in check(with_treasury(tmp_path))] == []


def test_the_new_area_has_the_common_marks_and_its_own(tables: Process) -> None:
    """Recibido and Comprendido come by themselves."""
    assert [mark.key for mark in tables.area("tesoreria").marks] == ["recibido", "comprendido", "custodia_abierta"]
    assert [area.key for area in tables.areas][-1] == "tesoreria"


def test_the_new_area_gets_its_own_mail(tables: Process) -> None:
    """The notice goes to its group and asks its own duties."""
    rule = tables.mails["aviso_tesoreria"]
    mail = render(tables, "aviso_tesoreria", MailContext("EXP-1", "Cliente, S.A.", date(2026, 3, 10), "https://example.com/hoja"))
    assert rule.to == "area:tesoreria" and rule.attaches == ("summary_pdf",)
    assert "Abra la cuenta de custodia del cliente." in mail.text and "Tesorería" in mail.html


def test_the_new_area_stands_in_the_flowchart(tables: Process) -> None:
    """It has a column and a box between the notices and the control sheet."""
    pages = docs_build.pages(tables)
    assert "    H --> area_tesoreria\n" in pages["flujograma.mmd"] and "    area_tesoreria --> I\n" in pages["flujograma.mmd"]
    assert 'id="node-area_tesoreria"' in pages["flujograma.svg"]
