"""One client from the sale to the archive of its sheet, told requirement by requirement: a named person acts, another looks.

The tests stand in the order of the story and share it; each leaves the dossier where the next one begins.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator

import pytest
import yaml

from local.cases import answers_for, load_definition
from local.cast import Cast
from local.person import Mail, Person
from local.stack import Stack
from local.travel import Travel, TravelError
from local.wire import HttpError
from tests.journey.conftest import BEGIN, ROOT, Case
from tests.journey.ways import another_client, confirm_all
from tests.pdf_text import text_of

CODE = "DEN-000802"
NEEDS = "Abren también los domingos"
REASON, DETAIL = "Ilegible", "La segunda página no se lee"


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]) -> Iterator[Travel]:
    """A company of its own before its first client: one that takes part in every area, with two places to serve."""
    case = copy.deepcopy(cases["C02"])
    second = copy.deepcopy(case["orden_trabajo"]["puntos"][0])
    second |= {"codigo": "P02", "nombre": "Depósito Arraiján", "observaciones": "Tocar el timbre del depósito."}
    second["direccion"] |= {"distrito": "Arraiján", "corregimiento": "Arraiján Cabecera", "linea": "Vía Inventada, galera 3"}
    case["orden_trabajo"]["puntos"].append(second)
    case["orden_trabajo"] |= {"condiciones": "Tarifa de zona 2, recargo en feriados"}
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("requirements") / "serve.log", now=BEGIN) as started:
        yield Travel(started, cast, another_client(case))


def _one(travel: Travel, person: Person, begin: str) -> Mail:
    found = [mail for mail in travel.mails_of(person) if begin in mail.text]
    assert len(found) == 1, [mail.subject for mail in travel.mails_of(person)]
    return found[0]


def _of_area(travel: Travel, area: str) -> Mail:
    """The notice of an area, in the mailbox of its second person."""
    return _one(travel, travel.stack.person(travel.cast.first(area)), f"/confirmar/{travel.dossier_id}/{area}")


def _parts(person: Person, mail: Mail) -> dict[str, str]:
    """What the PDFs of a mail say."""
    import base64
    import email
    import email.policy

    told = person.wire.ask("GET", f"/gmail/v1/users/me/messages/{mail.message_id}", query={"format": "raw"})
    message = email.message_from_bytes(base64.urlsafe_b64decode(told["raw"] + "=="), policy=email.policy.default)
    parts = message.iter_attachments()  # type: ignore[attr-defined]
    return {str(part.get_filename()): text_of(part.get_content()) for part in parts}


def _submit(travel: Travel) -> None:
    """The vendedora answers the form, with a word about what the client needs."""
    definition = load_definition(ROOT)
    sections = definition["sections"].values() if isinstance(definition["sections"], dict) else definition["sections"]
    title = next(s["questions"]["order.needs"]["title"] for s in sections if "order.needs" in s.get("questions", {}))
    answers = {**answers_for(travel.case, definition), title: NEEDS}
    travel.response_id = travel.stack.submit("intake", travel.vendedora.address, answers)
    travel.stack.settle()


# --- A: sale and papers --------------------------------------------------------------------------------------------------------


def test_r19_one_response_opens_one_dossier_however_often_it_is_told(way: Travel) -> None:
    """The vendedora's response, told three times by its watch, is one dossier and one folder in En proceso."""
    _submit(way)
    assert way.find()
    for _ in range(3):
        way.stack.tell_form("intake")
        way.stack.settle()
    way.stack.look()
    assert [row["dossier"] for row in way.stack.status()["dossiers"]] == [way.dossier_id]
    found = [item for item in way.encargado.files(f"name contains '{way.dossier_id}'") if "folder" in item["mimeType"]]
    assert [item["id"] for item in found if item["id"] == way.root_id] == [way.root_id]
    assert way.parent_name() == "En proceso"


def test_r22_servicio_al_cliente_reads_of_the_new_client_and_its_needs(way: Travel) -> None:
    """One mail, with what the vendedora wrote under needs."""
    service = way.stack.person(way.cast.first("servicio_al_cliente"))
    told = [mail for mail in way.mails_of(service) if NEEDS in mail.text]
    assert len(told) == 1


def test_r23_the_work_order_feeds_the_service_summary(way: Travel) -> None:
    """OT is a required paper, and what it says is what the control sheet will show."""
    assert "orden_trabajo" in {row["key"] for row in way.paper_rows()}


def test_r33_only_the_encargado_verifies_or_returns_a_paper(way: Travel) -> None:
    """The workbook is not even there for vendedora, areas and Cartera; the Encargado works in it."""
    way.deliver()
    way.classify()
    way.stack.look()
    book = way.workbook()
    for stranger in (way.vendedora, *(way.stack.person(way.cast.first(area)) for area in way.cast.areas)):
        with pytest.raises(HttpError) as refused:
            stranger.type_into(book, "Documentos", {(5, 5): "Verificado"})
        assert refused.value.status in (403, 404)


def test_r34_with_one_paper_missing_the_dossier_stays_and_the_paper_is_named(way: Travel) -> None:
    """All but the contract are verified: no sheet, no area mail; the page of the dossier names the contract to the Encargado."""
    way.pass_review()
    way.acknowledge(CODE)
    way.verify([row["key"] for row in way.paper_rows() if row["key"] != "contrato" and row["state"] != "Verificado"])
    assert way.area_states() == {}
    page = way.encargado.open(f"/expediente/{way.dossier_id}")
    assert "Contrato" in page.text.partition("Lo que falta")[2].partition("Datos")[0]
    assert way.stack.status(way.dossier_id)["state"] == "collecting"


def test_r35_a_returned_paper_is_told_with_its_reason(way: Travel) -> None:
    """The vendedora reads reason and detail; the paper counts as returned once."""
    way.return_paper("contrato", REASON, DETAIL)
    mail = _one(way, way.vendedora, DETAIL)
    assert REASON in mail.text and "Contrato" in mail.text
    contract = next(one for one in way.papers if one.kind == "contrato")
    way.deliver([contract])
    way.stack.look()
    assert next(row for row in way.paper_rows() if row["key"] == "contrato")["state"] == "Pendiente"


def test_r36_a_code_belongs_to_one_dossier(way: Travel) -> None:
    """The same code typed for another client is refused beside the cell, and the first keeps it."""
    assert way.stack.status(way.dossier_id)["code"] == CODE
    other = Travel(way.stack, way.cast, another_client(way.case))
    other.submit()
    assert other.find()
    other.acknowledge(CODE)
    assert other.stack.status(other.dossier_id)["code"] == ""
    rows = other.encargado.tab(other.workbook(), str(other.cast.documents_sheet["papers"]["tab"]))
    assert any("código" in str(cell).lower() and "otro" in str(cell).lower() for row in rows for cell in row)


def test_r37_files_lie_in_their_folder_under_a_normal_name(way: Travel) -> None:
    """After the last paper is verified each file is found once, renamed, where the table says; another look moves nothing."""
    way.verify(["contrato"])
    way.stack.look()
    legal = {item["name"]: item["id"] for item in way.encargado.children(way.folder("legal"))}
    assert any(name.startswith("Contrato") and name.endswith(".pdf") for name in legal)
    way.stack.look(2)
    assert {item["name"]: item["id"] for item in way.encargado.children(way.folder("legal"))} == legal
    left = [item["name"].lower() for item in way.encargado.children(way.folder("delivery"))]
    assert not [name for name in left if "contrato" in name and "por firmar" not in name]


# --- C and D: welcome, areas, sheet ---------------------------------------------------------------------------------------------


def test_r39_the_dossier_opens_for_whom_it_is_meant(way: Travel) -> None:
    """Each area that takes part opens the sheet; the vendedora and Cartera do not."""
    sheet = way.control_sheet()
    for area in way.area_states():
        assert way.stack.person(way.cast.first(area)).file(sheet)["id"] == sheet
    for address in (way.vendedora.address, way.cast.first("cartera")):
        with pytest.raises(HttpError):
            way.stack.person(address).file(sheet)


def test_r40_the_client_is_welcomed_once(way: Travel) -> None:
    """Looks, ticks and doubled messages later the client's mailbox holds one welcome."""
    for _ in range(3):
        way.stack.publish("work", {"dossier_id": way.dossier_id})
    way.stack.settle()
    client = way.stack.person(way.case["cliente"]["correo"])
    assert len([mail for mail in client.mails() if CODE in mail.text]) == 1


def _welcome(way: Travel) -> Mail:
    return way.stack.person(way.case["cliente"]["correo"]).mails()[0]


def _company() -> dict[str, object]:
    table: dict[str, object] = yaml.safe_load((ROOT / "process" / "company.yaml").read_text(encoding="utf-8"))
    return table


def test_r41_r42_r43_r44_the_welcome_says_how_to_ask_whom_and_until_when(way: Travel) -> None:
    """The kinds of request, mail and telephone, response times, policies, supplies and coordination of company.yaml, word for word."""
    company, text = _company(), " ".join(_welcome(way).text.split())
    for request in company["requests"].values():  # type: ignore[attr-defined]
        assert request["label"] in text
    assert str(company["customer_service_email"]) in text and str(company["customer_service_phone"]) in text
    for name in ("response_times", "change_policies", "supplies_process", "coordination"):
        for sentence in company[name]:  # type: ignore[attr-defined]
            assert " ".join(sentence.split()) in text, sentence


def test_r18_r46_each_area_reads_its_own_duties_and_the_summary(way: Travel) -> None:
    """Four different lists of duties; the summary stands in the mail and goes with it as PDF."""
    duties = {area: row["duties"] for area, row in way.cast.areas.items()}
    for area in way.area_states():
        person = way.stack.person(way.cast.first(area))
        mail = _of_area(way, area)
        words = " ".join(mail.text.split())
        assert all(duty in words for duty in duties[area])
        others = [duty for other, said in duties.items() if other != area for duty in said if duty not in duties[area]]
        assert not [duty for duty in others if duty in words]
        (summary,) = _parts(person, mail).values()
        assert way.case["cliente"]["razon_social"] in summary


def test_r47_r56_the_link_of_each_mail_opens_the_sheet(way: Travel) -> None:
    """From the last verified paper on nobody has done anything: the mails have come by themselves, all with the same sheet."""
    sheets = {way.sheet_link(area, way.stack.person(way.cast.first(area))) for area in way.area_states()}
    assert sheets == {way.control_sheet()}


def test_r48_r49_r50_r51_r52_each_notice_says_who_where_how_often_what_and_how(way: Travel) -> None:
    """Name, an address a point, frequency, services and conditions stand in every area's mail; hours and amounts in none."""
    labels = yaml.safe_load((ROOT / "process" / "process.yaml").read_text(encoding="utf-8"))
    order = way.case["orden_trabajo"]
    for area in way.area_states():
        text = " ".join(_of_area(way, area).text.split())
        assert way.case["cliente"]["razon_social"] in text and order["condiciones"] in text
        for point in order["puntos"]:
            assert point["direccion"]["linea"] in text
        assert all(labels["services"][service]["label"] in text for service in order["servicios"])
        assert "lunes" in text or "6 días" in text or "6 veces" in text, text[:1500]
        assert "14:00" not in text and "40,000" not in text


def test_r70_r72_the_sheet_has_a_column_for_each_area(way: Travel) -> None:
    """Read back as one of them: the heading names exactly the areas of the company's table."""
    person = way.stack.person(way.cast.first("seguridad"))
    _, columns = way.control_rows(way.control_sheet(person), person)
    assert sorted(columns) == sorted(way.cast.areas)


def test_r75_the_five_aspects_are_filled_from_the_form(way: Travel) -> None:
    """Service, contact, supplies, frequencies and remarks, one row a point where it depends on the place."""
    person = way.stack.person(way.cast.first("operaciones"))
    rows = person.tab(way.control_sheet(person), way.cast.control_sheet["tab"])
    text = "\n".join(" ".join(str(cell) for cell in row) for row in rows)
    for said in ("Tarifa de zona 2", "Vía Inventada, galera 3", "Diana Pinzón", "180", "14:00", "Tocar el timbre del depósito."):
        assert said in text, said


def test_r71_the_sheet_as_excel_holds_the_same(way: Travel) -> None:
    """What Operaciones downloads as .xlsx has the areas, the aspects and the boxes."""
    from openpyxl import load_workbook

    person = way.stack.person(way.cast.first("operaciones"))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    content = person.wire.send("GET", f"/drive/v3/files/{way.control_sheet(person)}/export", None, "", {"mimeType": kind})
    book = load_workbook(io.BytesIO(content))
    cells = {str(cell.value) for row in book[way.cast.control_sheet["tab"]].iter_rows() for cell in row if cell.value is not None}
    assert {row["label"] for row in way.cast.areas.values()} <= cells
    assert any("Tarifa de zona 2" in text for text in cells)


def test_r76_a_comment_stays_with_author_and_time(way: Travel) -> None:
    """Somebody of Operaciones writes on the page of the dossier; the Encargado reads it there, also after the next look."""
    author = way.stack.person(way.cast.first("operaciones"))
    page = author.open(f"/acto/{way.dossier_id}/comentar")
    form = next(form for form in page.forms if "token" in form.fields)
    assert author.send(page, form, {"f_text": "La rampa queda al fondo."}).status < 400
    way.stack.settle()
    way.stack.look()
    told = way.encargado.open(f"/expediente/{way.dossier_id}").text
    assert "La rampa queda al fondo." in told and way.cast.name(author.address) in told


def test_r78_the_closing_is_offered_only_when_every_mark_stands(way: Travel) -> None:
    """One area short, the page has no button and no mail asks for it; then the Encargado is asked once."""
    page = f"/cierre/{way.dossier_id}"
    assert "Todavía no se puede cerrar" in way.encargado.open(page).text
    with pytest.raises(TravelError):
        way.close()
    assert not [mail for mail in way.mails_of(way.encargado) if page in mail.text]
    confirm_all(way)
    assert len([mail for mail in way.mails_of(way.encargado) if page in mail.text]) == 1


def test_r80_the_complete_sheet_is_archived_and_shut(way: Travel) -> None:
    """Active: the PDF lies beside the sheet, its hash is in the records, and nobody's edit is taken any more."""
    way.close()
    assert way.parent_name() == "Activos"
    folder = way.encargado.folder(way.root_id, way.cast.folder_name("sheets"))
    kept = [item for item in way.encargado.children(folder) if item["mimeType"] == "application/pdf"]
    assert len(kept) == 1 and re.search(r"control", kept[0]["name"], re.IGNORECASE)
    operations = way.stack.person(way.cast.first("operaciones"))
    with pytest.raises(HttpError):
        operations.type_into(way.control_sheet(operations), way.cast.control_sheet["tab"], {(20, 3): "FALSE"})


def test_r14_the_page_of_the_dossier_says_what_the_records_say(way: Travel) -> None:
    """State, code and sheet for Gerencia, who has no folder of her own."""
    text = way.stack.person(way.cast.first("gerencia")).open(f"/expediente/{way.dossier_id}").text
    assert "Activo" in text and CODE in text and way.case["cliente"]["razon_social"] in text
