"""The page Entregar documentos: who sees it, what it takes and what it refuses, against a store and a bucket that keeps what it gets."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from expediente import codec, delivery, page_delivery, sniff
from expediente.arrivals import ArrivalState
from expediente.errors import AlreadyExistsError, DoubtfulError, RefusedError
from expediente.google.storage import Storage
from expediente.model import DeliveredFile, Dossier, Fact, Grant, Paper, PaperState, State
from expediente.work import Work
from tests.unit.page_kit import (
    CUMPLIMIENTO,
    DOMAIN,
    DOSSIER,
    EXPEDIENTES,
    OPERACIONES,
    SITE,
    VENDEDORA,
    Browser,
    Proxy,
    collecting,
    new_app,
    put,
    serving,
)

OTHER = f"vendedora.dos@{DOMAIN}"
PAGE = f"/entregar/{DOSSIER}"
PDF = b"%PDF-1.4\n% contrato firmado\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF foto"
BOUNDARY = "----partes"


@dataclass
class Bucket:
    """The staging bucket as the page's account sees it: it can create, and nothing else. broken: the next calls get no answer."""

    objects: dict[str, bytes] = field(default_factory=dict)
    broken: int = 0

    def stage(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Create an object."""
        if self.broken:
            self.broken -= 1
            raise DoubtfulError("storage.objects.insert", 0, "broken")
        self.objects.setdefault(name, data)


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """The proxy of these tests."""
    with serving(Proxy()) as served:
        yield served


@pytest.fixture
def browser(proxy: Proxy, tmp_path: Path) -> Browser:
    """A browser before a dossier whose papers are being brought."""
    app = new_app(tmp_path, proxy.url)
    app.settings = replace(app.settings, staging_bucket="entregas")
    app.google.__dict__["storage"] = Bucket()
    put(app, collecting(grants={f"delivery/{VENDEDORA}": Grant("delivery", VENDEDORA, "user", "writer", "p1")}))
    return Browser(app, proxy)


def bucket(browser: Browser) -> Bucket:
    """The bucket behind the page."""
    found: Bucket = browser.app.google.storage  # type: ignore[assignment]
    return found


def token_of(browser: Browser, who: str, paper: str = "contrato", said: str = "deliver") -> str:
    """The proof in the form of a paper; '' when the page shows no such form."""
    html = browser.get(who, PAGE).get_data(as_text=True)
    form = re.search(rf'action="{PAGE}/{re.escape(paper)}"[^>]*>\s*<input type="hidden" name="hash" value="{said}">\s*(.*)', html)
    found = re.search(r'name="token" value="(\w+)"', form[1]) if form else None
    return found[1] if found else ""


def body_of(parts: list[tuple[str, str | None, bytes]]) -> bytes:
    """A multipart body. parts: name of the field, name of the file (None = no file), content."""
    made = b""
    for name, file, content in parts:
        said = f'form-data; name="{name}"' + (f'; filename="{file}"' if file is not None else "")
        made += f"--{BOUNDARY}\r\nContent-Disposition: {said}\r\n\r\n".encode() + content + b"\r\n"
    return made + f"--{BOUNDARY}--\r\n".encode()


def send(
    browser: Browser,
    content: bytes = PDF,
    name: str = "contrato.pdf",
    who: str = VENDEDORA,
    paper: str = "contrato",
    **more: Any,
) -> Response:
    """Send a file for a paper, as the form without script does. more: token, parts, headers."""
    token = more.pop("token", None)
    token = token_of(browser, VENDEDORA, paper) if token is None else token
    parts = [("hash", None, b"deliver"), ("token", None, token.encode())]
    parts += more.pop("parts", [("photo", "", b""), ("file", name, content)])
    headers = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"} | more.pop("headers", {})
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return browser.ask(
        who, method="POST", path=f"{PAGE}/{paper}", data=body_of(parts), content_type=kind, headers=headers, **more
    )


def fold(browser: Browser) -> None:
    """Take in what waits."""
    folds = {"delivered": delivery.fold_handed_in, "taken_back": delivery.fold_taken_back}
    for fact in browser.inbox():
        found = browser.app.store.get("dossier", fact.dossier_id)
        assert found is not None
        work = Work(browser.app, codec.from_data(Dossier, found.data), found.version)
        folds[fact.kind](work, fact)
        work.forget_fact(fact.event_id)
        work.commit()


def place(browser: Browser) -> None:
    """What waits in the bucket lies in Drive."""
    dossier = browser.dossier()
    files, arrivals = dict(dossier.files), dict(dossier.arrivals)
    for key, arrival in dossier.arrivals.items():
        if arrival.state is ArrivalState.STAGED:
            file_id = f"drive-{len(files) + 1}"
            arrivals[key] = replace(arrival, state=ArrivalState.PLACED, file_id=file_id)
            made = DeliveredFile(file_id, "x.pdf", arrival.mime_type, "delivery", arrival.by, arrival.at, (arrival.paper,))
            files[file_id] = made
    browser.change(files=files, arrivals=arrivals)


def text_of(answer: Response) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script).*?</\1>", " ", answer.get_data(as_text=True))).split())


# --- who ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [OTHER, OPERACIONES, CUMPLIMIENTO])
def test_nobody_else_sees_the_page_or_sends_to_it(browser: Browser, who: str) -> None:
    """Another vendedora, an area and Cumplimiento are answered as if there were no such dossier, whatever they send."""
    assert browser.get(who, PAGE).status_code == 404
    assert send(browser, who=who).status_code == 404
    assert not bucket(browser).objects and not browser.inbox()


@pytest.mark.parametrize("who", [VENDEDORA, EXPEDIENTES])
def test_vendedora_and_expedientes_see_what_is_missing(browser: Browser, who: str) -> None:
    """Each paper stands there with what it is and a form of its own."""
    page = browser.get(who, PAGE)
    text = text_of(page)
    assert page.status_code == 200
    assert "Faltan" in text and "Cédula del representante legal" in text and "0 de" in text
    assert token_of(browser, who)


def test_a_foreign_dossier_and_a_foreign_paper_answer_like_nothing(browser: Browser) -> None:
    """404 for a dossier that does not exist, for a paper that is not asked for and for an internal one."""
    token = token_of(browser, VENDEDORA)
    assert browser.get(VENDEDORA, "/entregar/EXP-AAAAAAAA").status_code == 404
    for paper in ("nada", "inspeccion_seguridad:P01", "lista_clinton"):
        assert send(browser, paper=paper, token=token).status_code == 404
    assert not bucket(browser).objects


@pytest.mark.parametrize("state", [State.ACTIVE, State.WITHDRAWN, State.ARCHIVED])
def test_a_dossier_that_takes_no_papers_has_no_page(browser: Browser, state: State) -> None:
    """Once it is active, withdrawn or archived."""
    browser.change(state=state)
    assert browser.get(VENDEDORA, PAGE).status_code == 404


# --- sending --------------------------------------------------------------------------------------------------------------------


def test_a_file_is_staged_under_its_content_and_told_once(browser: Browser) -> None:
    """Sent twice in a row, and once more from the camera, it is one object and one fact."""
    for name in ("contrato.pdf", "otro nombre.pdf"):
        answer = send(browser, name=name)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?hecho=arrived&papel=contrato")
    send(browser, parts=[("photo", "c.pdf", PDF), ("file", "", b"")])
    (fact,) = browser.inbox()
    ((name, content),) = bucket(browser).objects.items()
    assert (fact.kind, fact.actor, fact.payload["paper"], content) == ("delivered", VENDEDORA, "contrato", PDF)
    assert name == f"{DOSSIER}/contrato/{fact.payload['sha256']}/1"
    assert browser.app.published == [DOSSIER] * 3


def test_the_page_says_what_arrived_and_what_is_missing(browser: Browser) -> None:
    """Before the dossier has taken it in, while it is brought to Drive, and when it lies there."""
    count = len(re.findall('name="photo"', browser.get(VENDEDORA, PAGE).get_data(as_text=True)))
    where = send(browser).headers["Location"]
    for step in (lambda: None, lambda: fold(browser), lambda: place(browser)):
        step()
        text = text_of(browser.ask(VENDEDORA, path=PAGE, query_string=where.partition("?")[2]))
        assert "Llegó: Contrato" in text and f"faltan {count - 1} papeles: Orden de Trabajo;" in text
        assert f"1 de {count}" in text and "contrato.pdf" in text


def test_many_files_may_serve_one_paper_up_to_a_number(browser: Browser) -> None:
    """Pages photographed one by one are so many files; the table says how many are too many."""
    most = browser.app.process.delivery.max_files_per_paper
    token = token_of(browser, VENDEDORA)
    assert {send(browser, JPEG + bytes([n]), f"{n}.jpg", token=token).status_code for n in range(most)} == {303}
    refused = send(browser, JPEG + b"mas", token=token)
    assert refused.status_code == 422 and "demasiados archivos" in text_of(refused)
    assert len(bucket(browser).objects) == most


def _office(part: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr(part, "<x/>")
    return made.getvalue()


GOOD = {
    "application/pdf": b"\n\n%PDF-1.7 x",
    "image/jpeg": JPEG,
    "image/png": b"\x89PNG\r\n\x1a\n....",
    "image/tiff": b"II*\x00....",
    "image/heic": b"\x00\x00\x00\x18ftypheic\x00\x00",
    "application/msword": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le"),
    "application/vnd.ms-excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _office("word/document.xml"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _office("xl/workbook.xml"),
}


@pytest.mark.parametrize("mime", GOOD)
def test_every_allowed_type_is_known_by_its_bytes(browser: Browser, mime: str) -> None:
    """Whatever it is called."""
    assert send(browser, GOOD[mime], "archivo.exe").status_code == 303
    assert browser.inbox()[0].payload["mime_type"] == mime


def test_every_allowed_type_can_be_told() -> None:
    """The table of types and what is recognised do not part ways; Google's own formats are never uploaded."""
    assert set(GOOD) == set(sniff.SUFFIXES)


BAD = {
    "a program called a photo": (b"MZ\x90\x00", "foto.jpg"),
    "a web page": (b"<html><script>alert(1)</script>", "cedula.pdf"),
    "a picture that is a program of the browser": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "a.png"),
    "a GIF": (b"GIF89a....", "a.gif"),
    "a ZIP that is no document": (_office("virus.exe"), "a.docx"),
    "a cut ZIP": (b"PK\x03\x04....", "a.xlsx"),
    "an old container of nobody knows what": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "a.doc"),
    "plain text": (b"contrato", "contrato.pdf"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_paper_is_refused_by_its_bytes(browser: Browser, what: str) -> None:
    """A clear sentence, nothing staged, nothing told."""
    content, name = BAD[what]
    answer = send(browser, content, name)
    assert answer.status_code == 422 and "no se puede recibir: Contrato" in text_of(answer)
    assert not bucket(browser).objects and not browser.inbox()


def test_the_type_must_be_allowed_by_the_table(browser: Browser) -> None:
    """A company that takes PDF alone refuses a photo, however sound."""
    browser.app.__dict__["process"] = replace(browser.app.process, allowed_mime_types=("application/pdf",))
    assert send(browser, JPEG).status_code == 422
    assert send(browser, PDF).status_code == 303


def test_a_file_that_is_too_large_is_told_its_limit(browser: Browser) -> None:
    """By a byte, and by so much that it is not even read."""
    limits = replace(browser.app.process.delivery, max_file_mb=1)
    browser.app.__dict__["process"] = replace(browser.app.process, delivery=limits)
    for size in (1024 * 1024 + 1, 3 * 1024 * 1024):
        answer = send(browser, PDF.ljust(size, b" "))
        assert answer.status_code == 413 and "Puede pesar hasta 1 MB" in text_of(answer)
    assert send(browser, PDF.ljust(1024 * 1024, b" ")).status_code == 303
    assert len(bucket(browser).objects) == 1


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([("photo", "", b""), ("file", "", b"")], "No se eligió ningún archivo"),
        ([("photo", "", b""), ("file", "vacio.pdf", b"")], "El archivo está vacío"),
        ([("photo", "a.jpg", JPEG), ("file", "a.pdf", PDF)], "Envíe uno a la vez"),
    ],
)
def test_what_a_person_may_do_wrong_is_said(browser: Browser, parts: list[tuple[str, str | None, bytes]], words: str) -> None:
    """Nothing chosen, zero bytes, both ways at once."""
    answer = send(browser, parts=parts)
    assert answer.status_code == 422 and words in text_of(answer)
    assert not bucket(browser).objects


@pytest.mark.parametrize(
    "parts",
    [
        [("file", "a.pdf", PDF), ("file", "b.pdf", PDF)],
        [("file", "a.pdf", PDF), ("token", None, b"x")],
        [("file", "a.pdf", PDF), ("other", "b.pdf", PDF)],
        [(f"f{n}", None, b"x") for n in range(40)],
    ],
)
def test_a_form_of_another_shape_is_refused(browser: Browser, parts: list[tuple[str, str | None, bytes]]) -> None:
    """Two parts of one name, a part that is not ours, a flood of parts."""
    assert send(browser, parts=parts).status_code in (400, 413)
    assert not bucket(browser).objects and not browser.inbox()


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example.com"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_sends_nothing(browser: Browser, headers: dict[str, str]) -> None:
    """Told by the headers, before anything is read."""
    assert send(browser, headers=headers).status_code == 400
    assert not bucket(browser).objects


def test_a_proof_holds_for_its_person_and_paper_alone(browser: Browser) -> None:
    """Not for another paper, another person, nor for nothing."""
    token = token_of(browser, VENDEDORA)
    assert send(browser, paper="orden_trabajo", token=token).status_code == 400
    assert send(browser, who=EXPEDIENTES, token=token).status_code == 400
    assert send(browser, token="").status_code == 400
    assert not bucket(browser).objects and not browser.inbox()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\fotos\\a.pdf", "a\r\nb.pdf", "<b>x</b>.pdf", "\u202egpj.pdf", "n" * 4000]
)
def test_a_name_is_shown_and_never_used(browser: Browser, name: str) -> None:
    """No path, no markup, no reversed writing, no endless name; the object's name is made of content alone."""
    answer = send(browser, name=name.replace("\r\n", " "))
    assert answer.status_code == 303
    (fact,) = browser.inbox()
    assert not re.search(r"[/\\<>\r\n]", fact.payload["name"]) and len(fact.payload["name"]) <= 80
    assert list(bucket(browser).objects) == [f"{DOSSIER}/contrato/{fact.payload['sha256']}/1"]
    html = browser.get(VENDEDORA, PAGE).get_data(as_text=True)
    assert "\u202e" not in html and "<b>x" not in html


def test_a_call_without_an_answer_is_made_again_and_then_told(browser: Browser) -> None:
    """One lost answer is nothing; two are said, no fact is stored, and sending again works."""
    bucket(browser).broken = 1
    assert send(browser).status_code == 303
    bucket(browser).broken = 2
    lost = send(browser, JPEG)
    assert lost.status_code == 503 and len(browser.inbox()) == 1
    assert send(browser, JPEG).status_code == 303
    assert len(browser.inbox()) == 2


def test_without_a_bucket_the_page_shows_the_folder(browser: Browser) -> None:
    """No form, and where to bring the papers instead."""
    token = token_of(browser, VENDEDORA)
    browser.app.settings = replace(browser.app.settings, staging_bucket="")
    steps = browser.dossier().steps
    browser.change(steps=steps | {"folder/delivery": replace(steps["folder/root"], file_id="carpeta-1")})
    html = browser.get(VENDEDORA, PAGE).get_data(as_text=True)
    assert "multipart" not in html and "carpeta-1" in html
    assert send(browser, token=token).status_code == 400


def test_what_was_returned_is_not_taken_a_second_time(browser: Browser) -> None:
    """The same bytes are no correction; the reason stands beside the paper, and other bytes are taken and ask again."""
    send(browser)
    fold(browser)
    place(browser)
    assert "ya estaba" in text_of(
        browser.ask(VENDEDORA, path=PAGE, query_string=send(browser).headers["Location"].partition("?")[2])
    )
    browser.change(papers={"contrato": Paper(PaperState.RETURNED, "Falta firma", "Falta la de la página 3.", returns=1)})
    text = text_of(browser.get(VENDEDORA, PAGE))
    assert "Se devolvió: falta firma." in text and "Falta la de la página 3." in text
    again = send(browser)
    assert again.status_code == 422 and "Es el mismo archivo que se devolvió" in text_of(again)
    assert send(browser, PDF + b"firmado").status_code == 303
    fold(browser)
    assert browser.dossier().papers["contrato"].state is PaperState.PENDING
    assert browser.dossier().resets == ("contrato",)


def test_a_verified_paper_takes_no_more(browser: Browser) -> None:
    """Not on the page, and not when it was verified while the file was on its way."""
    token = token_of(browser, VENDEDORA)
    send(browser, token=token)
    browser.change(papers={"contrato": Paper(PaperState.VERIFIED)})
    fold(browser)
    (arrival,) = browser.dossier().arrivals.values()
    assert arrival.state is ArrivalState.REFUSED
    assert not token_of(browser, VENDEDORA)
    late = send(browser, JPEG, token=token)
    assert late.status_code == 422 and "ya está verificado" in text_of(late)


def test_a_fact_is_judged_again_when_it_is_taken_in(browser: Browser) -> None:
    """Whoever is no longer the vendedora, and a paper that an edited form asks for no more."""
    send(browser)
    send(browser, paper="orden_trabajo")
    (one, two) = browser.inbox()
    browser.app.store.commit([])
    browser.change(vendedora=OTHER)
    fold(browser)
    assert {arrival.state for arrival in browser.dossier().arrivals.values()} == {ArrivalState.REFUSED}
    assert [event.data["reason"] for event in browser.events() if event.kind == "delivery_refused"] == ["role", "role"]
    assert {one.payload["paper"], two.payload["paper"]} == {"contrato", "orden_trabajo"}


# --- taking back ----------------------------------------------------------------------------------------------------------------


def take_back(browser: Browser, who: str = VENDEDORA, shown_to: str = VENDEDORA) -> Response:
    """Press «Retirar» on the page."""
    (key,) = browser.dossier().arrivals
    token = token_of(browser, shown_to, "contrato", key)
    return browser.post(who, f"{PAGE}/contrato", {"hash": key, "token": token, "decision": "take_back"})


@pytest.mark.parametrize("placed", [False, True])
def test_a_deliverer_takes_back_what_is_not_verified(browser: Browser, placed: bool) -> None:
    """The file leaves the records, the paper is missing again, and the very same file may come again."""
    send(browser)
    fold(browser)
    if placed:
        place(browser)
        assert take_back(browser).headers["Location"] == f"{PAGE}?hecho=taken_back&papel=contrato"
        assert "Se está retirando" in text_of(browser.get(VENDEDORA, PAGE))
        waits = send(browser)
        assert waits.status_code == 422 and "Espere unos segundos" in text_of(waits)
    else:
        key = next(iter(browser.dossier().arrivals))
        fact = Fact("t1", DOSSIER, "taken_back", browser.app.clock.now(), VENDEDORA, {"arrival": key})
        browser.app.store.commit([_create(fact)])
    fold(browser)
    (arrival,) = browser.dossier().arrivals.values()
    assert arrival.state is ArrivalState.TAKEN_BACK and not browser.dossier().files
    assert send(browser).status_code == 303
    fold(browser)
    assert [one.round for one in browser.dossier().arrivals.values()] == [1, 2]
    assert len(bucket(browser).objects) == 2


def _create(fact: Fact) -> Any:
    from expediente.store import Create

    return Create("inbox", fact.event_id, codec.to_data(fact))


def test_nobody_takes_back_what_is_verified_or_another_s(browser: Browser) -> None:
    """The page offers it to the deliverer alone; a late press is told, and a forged fact changes nothing."""
    send(browser)
    fold(browser)
    place(browser)
    key = next(iter(browser.dossier().arrivals))
    assert token_of(browser, VENDEDORA, "contrato", key) and not token_of(browser, EXPEDIENTES, "contrato", key)
    token = token_of(browser, VENDEDORA, "contrato", key)
    browser.change(papers={"contrato": Paper(PaperState.VERIFIED)})
    late = browser.post(VENDEDORA, f"{PAGE}/contrato", {"hash": key, "token": token, "decision": "take_back"})
    assert late.status_code == 409 and "Ya no se puede retirar" in text_of(late)
    for who in (VENDEDORA, EXPEDIENTES):
        fact = Fact(f"t-{who}", DOSSIER, "taken_back", browser.app.clock.now(), who, {"arrival": key})
        browser.app.store.commit([_create(fact)])
    fold(browser)
    assert next(iter(browser.dossier().arrivals.values())).state is ArrivalState.PLACED


# --- the frame ------------------------------------------------------------------------------------------------------------------


def test_this_page_alone_may_run_its_own_script(browser: Browser) -> None:
    """By a nonce that is new each time; other pages allow none."""
    page, again = browser.get(VENDEDORA, PAGE), browser.get(VENDEDORA, PAGE)
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert nonce and f'<script nonce="{nonce[1]}">' in page.get_data(as_text=True)
    assert "connect-src 'self'" in policy and policy != again.headers["Content-Security-Policy"]
    assert "script-src" not in browser.get(VENDEDORA, "/").headers["Content-Security-Policy"]
    html = page.get_data(as_text=True)
    assert not re.search(r"\son\w+=|javascript:|style=|src=", html.partition("<script")[0])


class Refusing:
    """Cloud Storage that refuses every call."""

    def __init__(self, error: Exception) -> None:
        self.objects, self._error = self, error

    def insert(self, **options: Any) -> None:
        """A request."""

    def execute(self, request: Any) -> Any:
        """Its answer."""
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        AlreadyExistsError("storage.objects.insert", 412, "conditionNotMet"),
        RefusedError("storage.objects.insert", 403, "forbidden", "page does not have storage.objects.delete access"),
    ],
)
def test_an_object_that_is_there_is_done_without_reading_it(error: Exception) -> None:
    """The page's account can only create: both ways in which Google says "it is there" are enough."""

    Storage(Refusing(error)).stage("entregas", "x", b"x", "text/plain")  # type: ignore[arg-type]


def test_a_bucket_that_refuses_is_not_taken_for_done() -> None:
    """A missing right to create is an error."""

    error = RefusedError("storage.objects.insert", 403, "forbidden", "page does not have storage.objects.create access")
    with pytest.raises(RefusedError):
        Storage(Refusing(error)).stage("entregas", "x", b"x", "text/plain")  # type: ignore[arg-type]


@pytest.mark.parametrize(("held", "status"), [(True, 503), (False, 400)], ids=["crowded", "no bucket"])
def test_an_answer_that_needs_no_form_comes_after_it(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, held: bool, status: int
) -> None:
    """No place is free, or there is no bucket: the form is read and kept nowhere, so that a browser shows our page."""
    places, body = threading.BoundedSemaphore(1), io.BytesIO(b"")
    if held:
        places.acquire()
    else:
        browser.app.settings = replace(browser.app.settings, staging_bucket="")
    monkeypatch.setattr(page_delivery, "_AT_ONCE", places)
    monkeypatch.setattr(page_delivery, "_TURN_SECONDS", 0.01)
    body.write(body_of([("file", "contrato.pdf", PDF)]))
    body.seek(0)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = browser.ask(
        VENDEDORA, method="POST", path=f"{PAGE}/contrato", input_stream=body, content_length=1, content_type=kind,
        headers={"Origin": SITE},
    )  # fmt: skip
    assert (answer.status_code, bucket(browser).objects) == (status, {})
    assert body.read() == b""
