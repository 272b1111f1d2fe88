"""The workbook Ajustes judged cell by cell: what is taken, what is explained beside it, and that the last good value stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from expediente import adjustments, adjustments_book, adjustments_cells, adjustments_layout, checks, mails, templates
from expediente.adjustments import Absence, OwnHoliday, Period, Values
from expediente.adjustments_cells import HEAD_ROWS
from expediente.adjustments_reading import Judgement, Look, judge
from expediente.process import Process
from expediente.process_rules import check_rules
from tests.unit.page_kit import the_process
from tests.unit.process_copy import ROOT, changed

PROCESS = the_process()
TEMPLATE = templates.adjustments(PROCESS.folder)
GOOD = adjustments.values_of(PROCESS, TEMPLATE)
TODAY = date(2026, 3, 2)
DOMAIN = PROCESS.company.domain
ONE, TWO = f"vendedora.uno@{DOMAIN}", f"vendedora.dos@{DOMAIN}"


class Book:
    """The workbook as `setup` fills it, in memory; rows are found by their key and count from 0 below the heading."""

    def __init__(self, values: Values = GOOD) -> None:
        plan = adjustments_layout.Plan(PROCESS, TEMPLATE, values, "robot@x")
        self.good = values
        self.tabs: dict[str, list[dict[str, Any]]] = {}
        for tab in TEMPLATE.tabs:
            content = adjustments_layout._content(plan, tab)
            rows = [{name: _typed(cell) for name, cell in row.items()} for row in content.rows]
            self.tabs[tab] = [{"key": key, **row} for key, row in zip(content.keys, rows, strict=True)]
        self.gone: set[tuple[str, str]] = set()
        self.headings: dict[tuple[str, str], str] = {}

    def row(self, tab: str, key: str) -> dict[str, Any]:
        """The row that bears a key."""
        return next(row for row in self.tabs[tab] if row["key"] == key)

    def add(self, tab: str, **cells: Any) -> None:
        """Somebody types a new row."""
        self.tabs[tab].append({"key": "", **cells})

    def judge(self) -> Judgement:
        """What it comes to."""
        cells: dict[tuple[str, str], tuple[Any, ...] | None] = {}
        for tab, name in adjustments_cells.lookups():
            label = self.headings.get((tab, name)) or (name if name == "key" else TEMPLATE.tabs[tab].columns[name].label)
            column = ("", "", label, *(row.get(name, "") for row in self.tabs[tab]))
            cells[tab, name] = None if (tab, name) in self.gone else column
        return judge(Look(PROCESS, TEMPLATE, self.good, TODAY), cells)

    def notice(self, found: Judgement, tab: str, key: str) -> str:
        """What is told beside the row of a key."""
        number = next(n for n, row in enumerate(self.tabs[tab]) if row["key"] == key)
        return found.notices.get((tab, number + HEAD_ROWS), "")


def _typed(cell: dict[str, Any]) -> Any:
    value = cell.get("userEnteredValue", {})
    return next(iter(value.values()), "")


def test_an_untouched_workbook_changes_nothing() -> None:
    """What `setup` writes is read back as the very values of the tables, without a notice."""
    found = Book().judge()
    assert found.values == GOOD
    assert not found.notices and not found.general and not found.refused
    assert adjustments.adjusted(PROCESS, GOOD).company == PROCESS.company
    assert adjustments.adjusted(PROCESS, GOOD).deadlines == PROCESS.deadlines


CONTACT = [
    ("customer_service_phone", "+507 200-0555", "+507 200-0555", ""),
    ("customer_service_phone", "llámenos", "+507 200-0199", "No es un teléfono"),
    ("customer_service_phone", 5, "+507 200-0199", "No es un teléfono"),
    ("customer_service_email", f"Ayuda@{DOMAIN.upper()}", f"ayuda@{DOMAIN}", ""),
    ("customer_service_email", "ayuda@gmail.com", f"servicio.cliente@{DOMAIN}", f"no es de {DOMAIN}"),
    ("customer_service_email", f"a@{DOMAIN}, b@{DOMAIN}", f"servicio.cliente@{DOMAIN}", "No es un correo"),
    ("customer_service_hours", "", GOOD.contact["customer_service_hours"], "Falta el dato"),
    ("customer_service_hours", "=HYPERLINK(1)", GOOD.contact["customer_service_hours"], "Parece una fórmula"),
    ("customer_service_hours", "#REF!", GOOD.contact["customer_service_hours"], "no son texto"),
    ("customer_service_hours", "lunes\u202e a", GOOD.contact["customer_service_hours"], "signos que no se ven"),
    ("customer_service_hours", "x" * 121, GOOD.contact["customer_service_hours"], "Pasa de 120 letras"),
    ("response_times", "Uno: hoy.\n\nDos: mañana. ", "Uno: hoy.\nDos: mañana.", ""),
    ("response_times", "Uno\n@SUM(1)", GOOD.contact["response_times"], "Parece una fórmula"),
]


@pytest.mark.parametrize(("key", "typed", "wanted", "says"), CONTACT)
def test_contact(key: str, typed: object, wanted: str, says: str) -> None:
    """A contact value is taken, or explained beside its cell with what stays in force."""
    book = Book()
    book.row("contact", key)["value"] = typed
    found = book.judge()
    notice = book.notice(found, "contact", key)
    assert found.values == replace(GOOD, contact={**GOOD.contact, key: wanted})
    assert (says in notice and notice.startswith("No se aceptó: Valor") and "Sigue valiendo" in notice) if says else not notice


DEADLINES = [
    ("days", 3, Period(3, (2, 4)), ""),
    ("days", "7", Period(7, (2, 4)), ""),
    ("days", 0, None, "número entero"),
    ("days", -1, None, "número entero"),
    ("days", 2.5, None, "número entero"),
    ("days", 61, None, "de 1 a 60"),
    ("days", True, None, "número entero"),
    ("days", "mañana", None, "número entero"),
    ("days", "", None, "Falta el dato"),
    ("reminders", "1, 3 y 5", Period(2, (1, 3, 5)), ""),
    ("reminders", 2.0, Period(2, (2,)), ""),
    ("reminders", "", Period(2, ()), ""),
    ("reminders", "4, 2", None, "en orden"),
    ("reminders", "2, 2", None, "en orden"),
    ("reminders", "0", None, "en orden"),
    ("reminders", "1,2,3,4,5,6,7", None, "no más de 6"),
]


@pytest.mark.parametrize(("column", "typed", "wanted", "says"), DEADLINES)
def test_deadlines(column: str, typed: object, wanted: Period | None, says: str) -> None:
    """Whole working days within the limits, and rising days of reminders."""
    book = Book()
    book.row("deadlines", "confirm")[column] = typed
    found = book.judge()
    assert found.values.deadlines["confirm"] == (wanted or GOOD.deadlines["confirm"])
    assert says in book.notice(found, "deadlines", "confirm")
    assert bool(says) is bool(found.refused)


MAIL = "bienvenida_cliente"
PARAGRAPHS = [
    ("Gracias, {cliente}.\nSu código es {codigo}.", ""),
    ("- Una cosa", ""),
    ("Hola {vendedora}", "No existe {vendedora}. Puede usar: {cliente}, {codigo}, {fecha}, {empresa}"),
    ("Hola {area}", "No existe {area}"),
    ("Hola { cliente }", "No existe"),
    ("Hola {cliente", "no se cierra"),
    ("Hola {{ mail.code }}", "dobles llaves"),
    ("{% include 'x' %}", "dobles llaves"),
    ("<b>Hola</b>", "etiquetas"),
    ("<script>alert(1)</script>", "etiquetas"),
    ("a &lt; b", "etiquetas"),
    ("=1+1", "Parece una fórmula"),
    ("a\nb\nc\nd\ne\nf\ng", "más de 6 párrafos"),
    ("x" * 601, "Pasa de 600 letras"),
]


@pytest.mark.parametrize(("typed", "says"), PARAGRAPHS)
def test_paragraphs_of_mails(typed: str, says: str) -> None:
    """Plain text with the data that this mail knows; anything else is refused and the former text goes on."""
    book = Book(replace(GOOD, mails={MAIL: "Texto de antes."}))
    book.row("mails", MAIL)["own"] = typed
    found = book.judge()
    assert found.values.mails == {MAIL: "Texto de antes." if says else typed}
    assert says in book.notice(found, "mails", MAIL)


def test_own_paragraphs_stand_in_text_and_html() -> None:
    """They take the place of the template's, their data filled and escaped, and nothing of them is a template."""
    process = adjustments.adjusted(PROCESS, replace(GOOD, mails={MAIL: "Gracias, {cliente}.\nHasta el {fecha}."}))
    context = replace(checks.sample_context(process, process.mails[MAIL]), client_name="{{ 7*7 }} & <b>Hijos</b>")
    found = mails.render(process, MAIL, context)
    assert "Gracias, {{ 7*7 }} & <b>Hijos</b>.\nHasta el martes 10 de marzo." in found.text
    assert "Gracias, {{ 7*7 }} &amp; &lt;b&gt;Hijos&lt;/b&gt;." in found.html
    assert "Aquí explicamos" not in found.text + found.html


@pytest.mark.parametrize("key", sorted(TEMPLATE.mails))
def test_every_offered_mail_takes_own_paragraphs(key: str) -> None:
    """Each mail that the workbook offers renders with a text that uses every name it allows."""
    own = " ".join("{" + name + "}" for name in TEMPLATE.mails[key].names)
    process = adjustments.adjusted(PROCESS, replace(GOOD, mails={key: f"Lo nuestro: {own}."}))
    found = mails.render(process, key, checks.sample_context(process, process.mails[key]))
    assert "Lo nuestro: " in found.text and "{" not in found.text and "Lo nuestro: " in found.html


# --- people --------------------------------------------------------------------------------------------------------------------


def _people(found: Judgement) -> dict[str, Any]:
    return {person.address: person for person in found.values.people}


def test_a_new_person_is_taken_with_role_and_substitute() -> None:
    """A typed row becomes a person; the groups of Google that it needs stand beside it."""
    book = Book()
    book.add("people", address=f"Nueva@{DOMAIN}", name="Nueva Persona", role_1="seguridad", substitute="Ovidio Arrocha Delgado")
    found = book.judge()
    new = _people(found)[f"nueva@{DOMAIN}"]
    assert (new.roles, new.substitute) == (("seguridad",), f"seguridad.uno@{DOMAIN}")
    row = HEAD_ROWS + len(book.tabs["people"]) - 1
    assert found.keys["people", row] == f"nueva@{DOMAIN}"
    assert found.groups[row] == "seguridad@, areas@, areas.control@"


BAD_PEOPLE = [
    ({"address": "x@otra.com"}, "no es de"),
    ({"address": "x"}, "No es un correo"),
    ({"address": ""}, "Falta el dato"),
    ({"address": TWO}, "ya está en otro renglón"),
    ({"name": ""}, "Falta el dato"),
    ({"name": "=cmd|' /C calc'!A0"}, "Parece una fórmula"),
    ({"name": "N" * 81}, "Pasa de 80 letras"),
    ({"role_1": ""}, "Falta el área o rol"),
    ({"role_2": "Marketing"}, "no existe"),
    ({"head_1": "Nadie"}, "no existe"),
    ({"substitute": "Fulano"}, "no está en la pestaña Personas"),
    ({"substitute": "Marisol Quintero Vega"}, "Nadie se suple a sí mismo"),
]


@pytest.mark.parametrize(("cells", "says"), BAD_PEOPLE)
def test_a_bad_row_keeps_its_person(cells: dict[str, str], says: str) -> None:
    """Each wrong cell of a known person is explained in its row, and the person stays as before."""
    book = Book()
    book.row("people", ONE).update(cells)
    found = book.judge()
    assert _people(found) == {person.address: person for person in GOOD.people}
    assert says in book.notice(found, "people", ONE)
    assert book.notice(found, "people", ONE).endswith("Sigue valiendo el renglón anterior.")


def test_a_person_goes_when_nobody_needs_them() -> None:
    """An emptied row takes its person away; one that is still somebody's substitute stays, and the first tab says why."""
    book = Book()
    book.row("people", TWO).update(dict.fromkeys(("address", "name", "role_1", "substitute"), ""))
    found = book.judge()
    assert TWO in _people(found)
    (said,) = found.general
    assert "No se puede quitar a Yadira Batista Núñez. Todavía suple a Marisol Quintero Vega." in said
    book.row("people", ONE)["substitute"] = ""
    assert TWO not in _people(book.judge()) and not book.judge().general


def test_the_last_of_a_role_cannot_go() -> None:
    """With both people of an area removed in one go, both stay: the area would have nobody."""
    book = Book()
    book.tabs["people"] = [row for row in book.tabs["people"] if not row["key"].startswith("cartera.")]
    found = book.judge()
    assert _people(found) == {person.address: person for person in GOOD.people}
    assert "Cartera se quedaría sin nadie" in " ".join(found.general)


def test_confidential_work_stays_within_its_role() -> None:
    """Somebody of Cumplimiento may be stood in for by Cumplimiento alone."""
    book = Book()
    book.row("people", f"cumplimiento.uno@{DOMAIN}")["substitute"] = "Marisol Quintero Vega"
    found = book.judge()
    assert found.values == GOOD
    assert "solo lo suple alguien de Cumplimiento" in book.notice(found, "people", f"cumplimiento.uno@{DOMAIN}")


def test_a_renamed_substitute_is_still_found() -> None:
    """A person may be renamed while other rows still hold the former name."""
    book = Book()
    book.row("people", TWO)["name"] = "Yadira Batista de Núñez"
    found = book.judge()
    assert not found.refused
    assert _people(found)[TWO].name == "Yadira Batista de Núñez" and _people(found)[ONE].substitute == TWO


def test_another_address_in_a_row_is_another_person() -> None:
    """Who is nobody's substitute gets a new address in the same row, and the former one is gone."""
    book = Book()
    book.row("people", TWO)["substitute"] = ""
    book.row("people", ONE).update(address=f"marisol@{DOMAIN}")
    found = book.judge()
    assert not found.refused, found.notices
    assert ONE not in _people(found) and f"marisol@{DOMAIN}" in _people(found)


def test_two_of_one_name_are_told_apart_by_address() -> None:
    """A name that two people bear names nobody; the address does."""
    book = Book()
    book.add("people", address=f"otra@{DOMAIN}", name="Marisol Quintero Vega", role_1="Cartera")
    book.row("people", f"cartera.uno@{DOMAIN}")["substitute"] = "Marisol Quintero Vega"
    found = book.judge()
    assert "más de una persona" in book.notice(found, "people", f"cartera.uno@{DOMAIN}") and found.refused == 1
    book.row("people", f"cartera.uno@{DOMAIN}")["substitute"] = ONE
    assert not book.judge().refused


def test_sorting_the_rows_is_no_change() -> None:
    """The keys travel with their rows, and no version is made of another order."""
    book = Book()
    book.tabs["people"].reverse()
    found = book.judge()
    assert found.values == GOOD and not found.refused


# --- absences and free days ----------------------------------------------------------------------------------------------------


def serial(day: date) -> int:
    """A date as Sheets gives it."""
    return (day - date(1899, 12, 30)).days


ABSENCES = [
    ({"person": "Yadira Batista Núñez", "first": date(2026, 3, 4), "last": date(2026, 3, 6)}, ""),
    ({"person": TWO, "first": date(2026, 3, 4), "last": date(2026, 3, 4)}, ""),
    ({"person": "Nadie", "first": date(2026, 3, 4), "last": date(2026, 3, 6)}, "no está en la pestaña Personas"),
    ({"person": "", "first": date(2026, 3, 4), "last": date(2026, 3, 6)}, "Falta el dato"),
    ({"person": TWO, "first": date(2026, 3, 6), "last": date(2026, 3, 4)}, "termina antes de empezar"),
    ({"person": TWO, "first": "pronto", "last": date(2026, 3, 4)}, "No es una fecha"),
    ({"person": TWO, "first": date(2026, 3, 4), "last": ""}, "Falta el dato"),
    ({"person": TWO, "first": date(2026, 3, 4), "last": date(2027, 6, 1)}, "pasa de 366 días"),
    ({"person": TWO, "first": date(1999, 1, 1), "last": date(2026, 3, 4)}, "fuera de lo que se revisa"),
]


@pytest.mark.parametrize(("cells", "says"), ABSENCES)
def test_absences(cells: dict[str, Any], says: str) -> None:
    """A person of the table and two days in order; anything else is explained."""
    book = Book()
    book.add("absences", **{name: serial(cell) if isinstance(cell, date) else cell for name, cell in cells.items()})
    found = book.judge()
    wanted = () if says else (Absence(TWO, cells["first"], cells["last"]),)
    assert found.values.absences == wanted
    assert says in found.notices.get(("absences", HEAD_ROWS), "")


def test_a_bad_edit_of_an_absence_keeps_it() -> None:
    """The row goes on standing for what was accepted; emptied, the absence is over."""
    kept = Absence(TWO, date(2026, 3, 4), date(2026, 3, 6))
    book = Book(replace(GOOD, absences=(kept,)))
    book.row("absences", kept.key)["last"] = "x"
    assert book.judge().values.absences == (kept,)
    book.tabs["absences"] = []
    assert book.judge().values.absences == ()


def test_an_absence_without_a_substitute_is_told() -> None:
    """It is taken, and a hint says that nobody gets the tasks."""
    book = Book()
    book.row("people", TWO)["substitute"] = ""
    book.add("absences", person=TWO, first=serial(date(2026, 3, 4)), last=serial(date(2026, 3, 6)))
    found = book.judge()
    assert len(found.values.absences) == 1 and not found.refused
    assert "nadie la suple" in found.notices["absences", HEAD_ROWS]


def test_free_days() -> None:
    """Dates of this company's own, each once."""
    book = Book()
    book.add("holidays", day=serial(date(2026, 3, 5)), reason="Aniversario")
    book.add("holidays", day="05/03/2026", reason="Otra vez")
    book.add("holidays", day="2026-02-30", reason="")
    found = book.judge()
    assert found.values.holidays == (OwnHoliday(date(2026, 3, 5), "Aniversario"),)
    assert [found.notices["holidays", HEAD_ROWS + n].split(". ")[1] for n in (1, 2)] == ["Ese día ya está en otro renglón", "No es una fecha"]  # fmt: skip
    assert adjustments.adjusted(PROCESS, found.values).calendar.extra_holidays == (date(2026, 3, 5),)


# --- the workbook as a whole ---------------------------------------------------------------------------------------------------

BREAKS: list[tuple[str, Callable[[Book], object], str]] = [
    ("column gone", lambda b: b.gone.add(("people", "name")), "Falta la pestaña Personas"),
    (
        "tab gone",
        lambda b: b.gone.update(p for p in adjustments_cells.lookups() if p[0] == "absences"),
        "Falta la pestaña Ausenc",
    ),
    ("heading", lambda b: b.headings.update({("deadlines", "days"): "Horas"}), "el encabezado Días hábiles"),
    ("row gone", lambda b: b.tabs["contact"].pop(1), "falta el renglón «Teléfono de Servicio al Cliente»"),
    ("everything", lambda b: b.tabs["people"].clear(), "Personas quedó sin ningún renglón válido"),
]


@pytest.mark.parametrize(("name", "breaks", "says"), BREAKS)
def test_a_broken_tab_keeps_all_its_values(name: str, breaks: Callable[[Book], object], says: str) -> None:
    """A column, a tab, a heading or a row that is gone is told on the first tab; everything stays in force."""
    kept = replace(GOOD, absences=(Absence(TWO, date(2026, 3, 4), date(2026, 3, 6)),))
    book = Book(kept)
    breaks(book)
    found = book.judge()
    assert found.values == kept
    assert any(says in text for text in found.general), found.general


def test_nonsense_everywhere_changes_nothing() -> None:
    """An edit that makes every cell invalid leaves every value in force, and explains each row."""
    book = Book()
    for tab, names in adjustments_cells.INPUTS.items():
        for row in book.tabs[tab] if tab != "guide" else ():
            row.update(dict.fromkeys(names, '=IMPORTDATA("x")'))
    found = book.judge()
    assert found.values == GOOD
    rows = sum(len(book.tabs[tab]) for tab in ("contact", "people", "deadlines", "mails"))
    assert len(found.notices) == rows


def test_a_thousand_pasted_rows_are_read_up_to_the_limit() -> None:
    """Rows beyond those of the template are not read, which the first tab says; the rest is judged within a moment."""
    book = Book()
    for number in range(1000):
        book.add("people", address=f"p{number}@{DOMAIN}", name=f"Persona {number}", role_1="Cartera")
    found = book.judge()
    most = TEMPLATE.tabs["people"].rows
    assert len(found.values.people) == most
    assert f"Personas admite {most} renglones" in found.general[0]
    assert set(_people(found)) >= {person.address for person in GOOD.people}


def test_the_rules_of_check_have_the_last_word() -> None:
    """Whatever was accepted fulfils `expediente check`, also when it is put together by hand."""
    sole = replace(GOOD, people=tuple(p for p in GOOD.people if "cartera" not in p.roles))
    assert check_rules(adjustments.adjusted(PROCESS, sole))
    assert not check_rules(adjustments.sound(PROCESS, sole))
    assert adjustments.sound(PROCESS, sole).company.people == PROCESS.company.people


def test_events_name_no_person() -> None:
    """What an event says of a change are keys; of people and absences a hash."""
    changed_values = replace(GOOD, people=GOOD.people[1:], absences=(Absence(TWO, TODAY, TODAY),), mails={MAIL: "x"})
    said = " ".join(adjustments_book.changed_keys(GOOD, changed_values))
    assert "@" not in said and "mails/bienvenida_cliente" in said and said.count("people/") == 1


@lru_cache
def _findings(find: str, put: str, folder: Path) -> str:
    return "\n".join(map(str, checks.check(changed(folder, "sheets_templates/adjustments.yaml", find, put))))


CONTRADICTIONS = [
    ("  closing: El Encargado cierra", "  clausura: El Encargado cierra", "no existe un plazo con esa clave"),
    ("  cierre_expedientes: {", "  cierre: {", "no existe un correo con esa clave"),
    ("names: [cliente, codigo, fecha, empresa]}\n  inicio", "names: [cliente, color]}\n  inicio", "no existe ese dato"),
    ("  correccion: {label", "  recibo_vendedora: {label: a, names: [cliente]}\n  correccion: {label", "cambia según el caso"),
]


@pytest.mark.parametrize(("find", "put", "says"), CONTRADICTIONS)
def test_check_tells_what_the_workbook_cannot_show(find: str, put: str, says: str, tmp_path: Path) -> None:
    """`expediente check` finds a deadline, mail or name that is not there, and a mail whose text depends on the case."""
    assert says in _findings(find, put, tmp_path)


def test_the_repository_is_clean() -> None:
    """Every person of the company fits into the workbook."""
    assert not [finding for finding in checks.check(ROOT) if "Ajustes" in str(finding)]
    assert isinstance(PROCESS, Process)


@pytest.mark.parametrize("column", ["role_2", "head_1"])
def test_nobody_is_made_part_of_confidential_work_here(column: str) -> None:
    """Gerencia writes the workbook and must not become Cumplimiento by it; what stood before stays in force."""
    book = Book()
    row = book.row("people", f"gerencia.uno@{DOMAIN}")
    row[column], row["substitute"] = "Cumplimiento", ""
    found = book.judge()
    assert _people(found)[f"gerencia.uno@{DOMAIN}"] == _people(Book().judge())[f"gerencia.uno@{DOMAIN}"]
    assert "no se cambia en este libro" in book.notice(found, "people", f"gerencia.uno@{DOMAIN}")


def test_nobody_leaves_confidential_work_here_and_no_newcomer_enters_it() -> None:
    """A row that goes and a row that comes are both refused."""
    book = Book()
    book.tabs["people"] = [row for row in book.tabs["people"] if row["key"] != f"cumplimiento.uno@{DOMAIN}"]
    assert f"cumplimiento.uno@{DOMAIN}" in _people(book.judge())
    book = Book()
    book.add("people", address=f"nueva@{DOMAIN}", name="Nueva Persona", role_1="cumplimiento")
    assert f"nueva@{DOMAIN}" not in _people(book.judge())
