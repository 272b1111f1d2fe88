"""Papers that go with a request: handed in on its page, listed, replaced, refused; what Cartera sees before deciding. Without a stack."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from expediente import case_papers, codec, sealing
from expediente.arrivals import ArrivalState
from expediente.case_data import CaseState
from expediente.case_rules import case_rules
from expediente.model import State
from expediente.page_act import view_of
from expediente.store import Update
from tests.portal.cases_kit import CARTERA, OTHER, Desk
from tests.portal.papers_kit import (
    ACCOUNT,
    CREDIT,
    JPEG,
    LARGE,
    LETTER,
    PDF,
    PNG,
    RETURN,
    SMALL,
    STATEMENTS,
    Client,
    moved,
    planned,
)
from tests.portal.portal_kit import DOMAIN
from tests.unit.page_kit import EXPEDIENTES, OPERACIONES, Proxy


def test_r106_the_page_says_which_papers_are_missing(client: Client) -> None:
    """The client reads which paper is required, which help, and why; a smaller credit requires none."""
    page = client.page
    assert "Sin este papel su solicitud no se puede aprobar: <strong>Estados financieros</strong>" in page
    assert [name in page for name in ("Declaración de renta", "Referencias bancarias", "Si lo tiene")] == [True] * 3
    small = replace(client, case_id=client.desk.ask(CREDIT, SMALL))
    assert "Con lo obligatorio ya puede decidirse" in small.page
    assert "Falta, es obligatorio" not in small.page


def test_r106_what_was_handed_in_is_listed_with_name_size_and_time(client: Client) -> None:
    """Two files of one paper in one form: staged under their content, one fact each, listed with name, size and time."""
    answer = client.send(("estados 2025.pdf", PDF), ("hoja 2.jpg", JPEG))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{client.path}?hecho=arrived#papeles"
    assert sorted(client.desk.app.staged.values()) == sorted([PDF, JPEG])
    for _ in range(2):
        # On its way, then in the dossier.
        page = client.page
        assert [name in page for name in ("estados 2025.pdf", "hoja 2.jpg", "1 KB, ", "Recibido, se está guardando")] == [
            True
        ] * 4
        client.fold()
    assert "Entregado" in client.page
    assert "30 de junio de 2027" in client.page


@pytest.mark.parametrize("content", [PDF, JPEG, PNG], ids=["pdf", "jpg", "png"])
def test_each_kind_that_the_table_names_is_taken(client: Client, content: bytes) -> None:
    """Known by its first bytes, whatever its name says; a photo comes by a field of its own."""
    assert client.send(("documento", content), input_name="photo").status_code == 303
    assert list(client.desk.app.staged.values()) == [content]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("virus.pdf", b"MZ\x90\x00 program", "no es PDF, JPG ni PNG"),
        ("pagina.pdf", b"<html><script>alert(1)</script>", "no es PDF, JPG ni PNG"),
        ("foto.heic", b"\x00\x00\x00\x18ftypheic", "no es PDF, JPG ni PNG"),
        ("hoja.png", b"PK\x03\x04 zip", "no es PDF, JPG ni PNG"),
        ("vacio.pdf", b"", "está vacío"),
        ("grande.pdf", b"%PDF-1.4" + b"x" * (10 * 1024 * 1024), "Cada archivo pesa como máximo 10 MB"),
    ],
)
def test_r106_a_hostile_file_is_refused_with_its_name_and_what_to_do(
    client: Client, name: str, content: bytes, says: str
) -> None:
    """Nothing is staged or stored, not even the good file beside it; paper, file, rule and remedy are told."""
    answer = client.send(("bueno.pdf", PDF), (name, content))
    page = unescape(answer.get_data(as_text=True))
    assert (answer.status_code, client.desk.app.staged, client.facts) == (422, {}, [])
    assert f"Estados financieros: «{name}»" in page
    assert says in page
    assert "bueno.pdf" not in page


def test_a_form_that_is_too_large_is_refused_before_it_is_kept(client: Client) -> None:
    """More than one form may hold: the limits are told, in a sentence."""
    answer = client.send(*((f"{number}.pdf", PDF + bytes(9 * 1024 * 1024)) for number in range(3)))
    assert (answer.status_code, client.desk.app.staged) == (422, {})
    assert "pesan juntos como máximo 25 MB" in unescape(answer.get_data(as_text=True))


def test_a_paper_holds_so_many_files_and_no_more(client: Client) -> None:
    """The seventh page of a paper is refused with what to do; another paper still takes its own."""
    most = case_rules(client.desk.app.process.folder).papers.max_files
    for number in range(most):
        client.send((f"{number}.pdf", PDF + bytes([number])))
    answer = client.send(("otra.pdf", PDF + b"otra"))
    assert "como máximo 6 archivos" in unescape(answer.get_data(as_text=True))
    assert len(client.desk.app.staged) == most
    client.fold()
    assert client.send(("otra.pdf", PDF + b"otra")).status_code == 422
    assert client.send(("renta.pdf", PDF), paper=RETURN).status_code == 303


def test_hostile_names_are_text(client: Client) -> None:
    """Path, markup and signs that turn the writing around in the name of a file stay a name."""
    client.send(("../../<img src=x onerror=alert(1)>\u202efdp.exe", PDF))
    (fact,) = client.facts
    assert "/" not in fact.payload["name"]
    html = client.visitor.text(client.path)
    assert "<img" not in html
    assert "\u202e" not in html
    client.fold()
    (arrival,) = client.desk.dossier.case_files.values()
    name = case_papers.file_name(client.desk.app.process, client.desk.dossier, arrival)
    assert name == f"Estados financieros · {client.case_id}.pdf"


def test_nothing_chosen_and_unknown_papers(client: Client) -> None:
    """An empty form is told what to do; a paper that this request does not want is no form of ours."""
    answer = client.visitor.post_files(client.path, {"token": client.token(), "f_paper": STATEMENTS}, [("file", "", b"")])
    assert "no eligió ningún archivo" in unescape(answer.get_data(as_text=True))
    assert client.send(("carta.pdf", PDF), paper=LETTER).status_code == 400
    assert client.desk.app.staged == {}


def test_r106_the_same_form_twice_is_one_file(client: Client) -> None:
    """A double click, then the same bytes again later: one object, one fact, one file."""
    for _ in range(2):
        client.send(("estados.pdf", PDF))
    assert (len(client.desk.app.staged), len(client.facts)) == (1, 1)
    client.fold()
    assert client.send(("estados.pdf", PDF)).headers["Location"].endswith("hecho=already#papeles")
    client.fold()
    assert len(client.desk.dossier.case_files) == 1


def test_a_bucket_that_does_not_answer_is_asked_again_then_told(client: Client) -> None:
    """Once without an answer: nobody notices. Twice: try later, and no fact speaks of bytes that are not there."""
    storage = client.desk.app.google.storage
    storage.broken = 1  # type: ignore[attr-defined]
    assert client.send(("estados.pdf", PDF)).status_code == 303
    storage.broken = 2  # type: ignore[attr-defined]
    assert client.send(("otro.pdf", PDF + b"2")).status_code == 503
    assert len(client.facts) == 1


def test_r106_a_file_is_replaced_until_somebody_has_signed(client: Client) -> None:
    """The client takes the wrong one back and hands in the right one; once Cartera has decided neither is offered nor taken."""
    client.send(("equivocado.pdf", PDF))
    client.fold()
    (key,) = client.keys()
    assert client.take_back(key).status_code == 303
    assert "Se está retirando" in client.page
    assert client.send(("equivocado.pdf", PDF)).status_code == 422
    client.fold()
    assert "Falta, es obligatorio" in client.page
    client.send(("correcto.pdf", PDF + b" 2025"))
    client.fold()
    (right,) = client.keys()
    client.desk.place()
    client.desk.decide(CARTERA, client.case_id)
    assert client.desk.case(client.case_id).state is CaseState.APPROVED
    assert client.keys() == []
    assert "Elegir archivos" not in client.page
    assert "correcto.pdf" in client.page
    assert client.send(("tarde.pdf", PDF + b"tarde")).status_code == 422
    assert client.take_back(right).status_code == 422
    assert len(client.facts) == 0


def test_what_was_on_its_way_when_somebody_signed_is_not_taken(client: Client) -> None:
    """The facts of a hand-in and of a taking back come after the decision: recorded as refused, the files stay as they were."""
    client.send(("estados.pdf", PDF))
    client.fold()
    (key,) = client.keys()
    desk = client.desk
    desk.place()
    desk.decide(CARTERA, client.case_id)
    desk.hand_in(client.case_id, RETURN)
    desk.fact(case_papers.TAKEN_BACK, case_id=client.case_id, arrival=key)
    states = {arrival.paper.partition("/")[2]: arrival.state for arrival in desk.dossier.case_files.values()}
    assert states == {STATEMENTS: ArrivalState.PLACED, RETURN: ArrivalState.REFUSED}
    for _ in range(2):
        # As it comes, and when its bytes have left the bucket.
        late = client.page.partition("<h3>Declaración de renta</h3>")[2]
        assert "llegó después de la firma y no cuenta. Escriba a Servicio al Cliente" in late
        assert client.page.count("no cuenta") == 1
        if [step for step in planned(client) if RETURN in step.args.get("object", "")]:
            moved(client, f"case_file/drop/{next(key for key, one in desk.dossier.case_files.items() if RETURN in one.paper)}")
    assert [step for step in planned(client) if RETURN in step.args.get("object", "")] == []
    history = desk.pages.get(EXPEDIENTES, f"/expediente/{desk.key}").get_data(as_text=True)
    assert "No se recibió un papel de una solicitud" in unescape(history)


def test_with_one_of_two_signatures_papers_stay_as_they_are(tmp_path: Path, proxy: Proxy) -> None:
    """Of an account whose first signature is there the client can change nothing: the second person reads what the first read."""
    desk = Desk(tmp_path, proxy, "C16")
    client = Client(desk, desk.app.entered(desk.dossier), desk.ask(ACCOUNT))
    desk.decide(CARTERA, client.case_id)
    assert "se está decidiendo con los papeles" in client.page
    assert "ya no se cambian. Si le faltó un papel, escriba a Servicio al Cliente" in client.page
    assert client.keys() == []
    assert client.send(("otra.pdf", PDF), paper=LETTER).status_code == 422
    desk.sign(CARTERA, "retirar_firma_caso", client.case_id)
    assert client.send(("otra.pdf", PDF), paper=LETTER).status_code == 303


def test_r99_papers_of_another_client_do_not_exist(client: Client) -> None:
    """Reading, handing in and taking back at another client's request answers as for one that does not exist: 404, nothing kept."""
    client.send(("estados.pdf", PDF))
    client.fold()
    (key,) = client.keys()
    stranger = client.desk.app.entered(client.desk.app.add_client("C02"))
    other = replace(client, visitor=stranger)
    answers = [
        [stranger.get(path), other.send(("x.pdf", PDF + b"x"), path=path), other.take_back(key, path=path)]
        for path in (client.path, "/solicitudes/KZZZZZZ9")
    ]
    assert {answer.status_code for both in answers for answer in both} == {404}
    texts = [[re.sub(r'nonce="[^"]*"|value="[0-9a-f]{64}"', "", one.get_data(as_text=True)) for one in both] for both in answers]
    assert [text.replace(client.path, "·") for text in texts[0]] == [
        text.replace("/solicitudes/KZZZZZZ9", "·") for text in texts[1]
    ]
    assert len(client.desk.app.staged) == 1
    own = replace(other, case_id=client.desk.ask(CREDIT, LARGE, papers=False))
    assert own.take_back(key).status_code == 404


def test_a_form_of_another_site_or_session_is_refused(client: Client) -> None:
    """A forged proof, another page's, and a form that another site has sent: nothing is kept."""
    fields = {"token": "0" * 64, "f_paper": STATEMENTS}
    files = [("file", "x.pdf", PDF)]
    assert client.visitor.post_files(client.path, fields, files).status_code == 400
    fields["token"] = client.token("/solicitudes")
    assert client.visitor.post_files(client.path, fields, files).status_code == 400
    fields["token"] = client.token()
    assert client.visitor.post_files(client.path, fields, files, {"Origin": "https://otro.example"}).status_code == 400
    assert client.desk.app.staged == {}


# --- what Cartera sees ---------------------------------------------------------------------------------------------------------


def test_r106_cartera_reads_what_is_missing_and_approves_not_without_it(client: Client) -> None:
    """Before deciding Cartera reads the missing paper; approving is refused with a sentence; with a stated reason it is approved."""
    desk, case_id = client.desk, client.case_id
    page = desk.read(CARTERA, "decidir_caso", case_id)
    assert "Papeles obligatorios que faltan" in page
    assert "Estados financieros (obligatorio)" in page
    told = desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id))
    assert "Falta un papel obligatorio" in told
    assert desk.case(case_id).state is CaseState.WAITING
    desk.sign(CARTERA, "decidir_caso", case_id, decision="approved", waived="Es cliente desde 1998")
    (decision,) = desk.case(case_id).decisions
    assert (desk.case(case_id).state, decision.waived) == (CaseState.APPROVED, "Es cliente desde 1998")
    assert "Es cliente desde 1998" not in client.page
    assert "Es cliente desde 1998" not in "".join(mail.text for mail in desk.app.mails())


def test_a_paper_that_cartera_cannot_open_yet_is_missing(client: Client) -> None:
    """While its bytes wait in the bucket the page says so of the paper and of the file, and nobody approves; once in Drive it counts."""
    desk, case_id = client.desk, client.case_id
    client.send(("estados.pdf", PDF))
    client.fold()
    page = desk.read(CARTERA, "decidir_caso", case_id)
    assert "Papeles obligatorios que faltan" in page
    assert "Estados financieros, todavía se está guardando" in page
    assert re.search(r"estados\.pdf, 0\.1 MB, [\d/: ]+, todavía se está guardando", page)
    told = desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id))
    assert "o todavía se está guardando" in told
    assert desk.case(case_id).state is CaseState.WAITING
    moved(client, "case_file/place/")
    page = desk.read(CARTERA, "decidir_caso", case_id)
    assert ("Papeles obligatorios que faltan" in page, "todavía se está guardando" in page) == (False, False)
    desk.decide(CARTERA, case_id)
    assert desk.case(case_id).state is CaseState.APPROVED


def test_without_the_paper_a_request_can_still_be_refused(client: Client) -> None:
    """A no with its reason needs no paper."""
    client.desk.decide(CARTERA, client.case_id, "refused", "Faltan los estados financieros")
    assert client.desk.case(client.case_id).state is CaseState.REFUSED


def test_r104_the_account_for_refunds_needs_the_letter_of_the_bank(tmp_path: Path, proxy: Proxy) -> None:
    """Two persons approve an account only with the letter that names its holder; each says for itself why without it."""
    desk = Desk(tmp_path, proxy, "C16")
    case_id = desk.ask(ACCOUNT, papers=False)
    assert "Falta un papel obligatorio" in desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id))
    desk.hand_in(case_id, LETTER)
    desk.place()
    desk.decide(CARTERA, case_id)
    desk.decide(OTHER, case_id)
    assert desk.case(case_id).state is CaseState.APPROVED
    without = desk.ask(ACCOUNT, papers=False)
    desk.sign(CARTERA, "decidir_caso", without, decision="approved", waived="La vi en papel")
    assert "La vi en papel" in desk.read(OTHER, "decidir_caso", without)
    desk.decide(OTHER, without)
    assert desk.case(without).state is CaseState.FIRST_SIGNED


def test_a_file_that_comes_while_cartera_reads_is_read_first(client: Client) -> None:
    """The signature covers which files were there: signing what was read before is refused as changed."""
    desk, case_id = client.desk, client.case_id
    client.send(("estados.pdf", PDF))
    client.fold()
    path = desk.path("decidir_caso", case_id)
    form = desk.pages.form(CARTERA, path) | {"f_decision": "approved"}
    client.send(("renta.pdf", PDF), paper=RETURN)
    client.fold()
    desk.pages.post(CARTERA, path, form)
    client.fold()
    assert desk.case(case_id).state is CaseState.WAITING
    assert "renta.pdf" in desk.read(CARTERA, "decidir_caso", case_id)


# --- the way into Drive --------------------------------------------------------------------------------------------------------


def test_a_file_is_placed_then_its_copy_goes_and_the_step_with_it(client: Client) -> None:
    """Folder, file, bucket, in that order; the record keeps where the file lies, and Cartera opens it by the link."""
    client.send(("estados.pdf", PDF))
    client.fold()
    assert [step.key.rpartition("/")[0].partition("/")[0] for step in planned(client)] == ["folder", "case_file"]
    assert planned(client)[1].args["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert planned(client)[1].after == ("folder/receivables",)
    moved(client, "case_file/place/")
    assert [step.effect for step in planned(client)] == ["drop_staged"]
    dossier = moved(client, "case_file/drop/")
    assert planned(client) == []
    assert not [key for key in dossier.steps if key.startswith("case_file/")]
    assert sealing.files_of(dossier) == ["file-1"]
    assert 'href="https://drive.google.com/file/d/file-1' in client.desk.read(CARTERA, "decidir_caso", client.case_id)
    assert "se está guardando" not in client.page


def test_what_was_taken_back_goes_from_bucket_drive_and_records(client: Client) -> None:
    """A file that lies in Drive already is thrown away there; afterwards nothing of it is left."""
    client.send(("estados.pdf", PDF))
    client.fold()
    moved(client, "case_file/place/")
    client.take_back(client.keys()[0])
    client.fold()
    assert [step.effect for step in planned(client)] == ["drop_staged", "trash_delivery"]
    moved(client, "case_file/drop/")
    dossier = moved(client, "case_file/trash/")
    assert (dossier.case_files, planned(client)) == ({}, [])


def test_without_a_bucket_what_lies_in_drive_is_thrown_away_all_the_same(client: Client) -> None:
    """The staging bucket is gone from the settings: nothing is placed or dropped, what was taken back goes from Drive."""
    client.send(("estados.pdf", PDF), ("otros.pdf", PDF + b"2"))
    client.fold()
    moved(client, "case_file/place/")
    client.take_back(next(key for key, one in client.desk.dossier.case_files.items() if one.file_id))
    client.fold()
    seen = view_of(client.desk.app, client.desk.dossier)
    assert [step.effect for step in case_papers.plan(replace(seen, staging_bucket=""))] == ["trash_delivery"]


def test_bytes_that_are_gone_are_asked_for_again(client: Client) -> None:
    """The client reads that what it sent did not come through, and the paper is missing again for Cartera."""
    client.send(("estados.pdf", PDF))
    client.fold()
    moved(client, "case_file/place/", {"gone": "staging"})
    moved(client, "case_file/drop/")
    assert "Lo último que envió no llegó completo" in client.page
    assert "Papeles obligatorios que faltan" in client.desk.read(CARTERA, "decidir_caso", client.case_id)
    assert client.send(("estados.pdf", PDF)).status_code == 303
    client.fold()
    assert "se está guardando" in client.page
    moved(client, "case_file/place/", {"gone": "staging"})
    client.desk.sign(CARTERA, "decidir_caso", client.case_id, decision="approved", waived="La vi en papel")
    assert "no llegó completo y no cuenta. Escriba a Servicio al Cliente" in client.page
    assert "Envíelo otra vez" not in client.page


def test_what_is_staged_when_the_service_ends_is_dropped(client: Client) -> None:
    """Of a client that is archived nothing more is brought into Drive; nothing stays in the bucket."""
    client.send(("estados.pdf", PDF))
    client.fold()
    found = client.desk.app.store.get("dossier", client.desk.key)
    assert found is not None
    ended = replace(client.desk.dossier, state=State.ARCHIVED)
    client.desk.app.store.commit([Update("dossier", found.key, codec.to_data(ended), found.version)])
    assert [step.effect for step in planned(client)] == ["drop_staged"]
    (arrival,) = moved(client, "case_file/drop/").case_files.values()
    assert (arrival.state, arrival.cleared, planned(client)) == (ArrivalState.REFUSED, True, [])


def test_the_chain_tells_of_papers_without_names(client: Client) -> None:
    """Handing in, taking back and deciding without a paper stand in the chain by ids and hashes alone."""
    client.send(("Estados de Juana Pérez.pdf", PDF))
    client.fold()
    client.take_back(client.keys()[0])
    client.fold()
    client.desk.sign(CARTERA, "decidir_caso", client.case_id, decision="approved", waived="Juana lo pidió")
    reads = client.desk.app.store.query("events_of_dossier", equals=client.desk.key, limit=500)
    kinds = [read.data["kind"] for read in reads]
    assert {"case_paper_handed_in", "case_paper_taken_back", "case_papers_waived"} <= set(kinds)
    assert "Juana" not in repr([read.data for read in reads])


def test_only_who_decides_opens_the_folder_of_the_papers(client: Client) -> None:
    """By the table nobody but Cartera is in it, and nothing is inherited; the page of deciding is closed to all others as well."""
    process = client.desk.app.process
    folder = process.access.folder(case_rules(process.folder).papers.place)
    assert (folder.limited, folder.on_demand) == (True, True)
    assert [(grant.principal, grant.role) for grant in folder.grants] == [("role:cartera", "reader")]
    for who in (OPERACIONES, EXPEDIENTES, f"vendedora.uno@{DOMAIN}"):
        assert client.desk.pages.get(who, client.desk.path("decidir_caso", client.case_id)).status_code == 404
