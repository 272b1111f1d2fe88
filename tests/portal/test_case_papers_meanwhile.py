"""Papers of a request while other things happen: somebody signs, too many come at once, the table changes, old cases go."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from expediente import page_form, portal, portal_papers, sealing
from expediente.arrivals import ArrivalState
from expediente.case_data import CaseState
from expediente.case_rules import case_rules
from expediente.errors import RetryLaterError
from expediente.portal import PortalVisit
from tests.portal.cases_kit import CARTERA
from tests.portal.eva_kit import Talk
from tests.portal.papers_kit import CREDIT, LARGE, PDF, RETURN, STATEMENTS, Client, moved, planned


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let something happen while the next form with files is read."""
    read = PortalVisit.posted_files

    def slowly(visit: PortalVisit, *limits: Any) -> Any:
        found = read(visit, *limits)
        happens()
        return found

    monkeypatch.setattr(PortalVisit, "posted_files", slowly)


def requests_of(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What the portal is asked from now on, filled as it is."""
    seen: list[Request] = []
    answer = portal.answer

    def noted(app: Any, request: Request) -> Any:
        seen.append(request)
        return answer(app, request)

    monkeypatch.setattr(portal, "answer", noted)
    return seen


# --- while a form is read ------------------------------------------------------------------------------------------------------


def test_a_file_that_is_read_while_cartera_signs_is_refused_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body takes minutes and Cartera signs meanwhile: the client reads that it came too late, and nothing is kept."""
    meanwhile(monkeypatch, lambda: client.desk.decide(CARTERA, client.case_id, "refused", "No procede"))
    answer = client.send(("tarde.pdf", PDF))
    page = unescape(answer.get_data(as_text=True))
    assert (answer.status_code, client.desk.app.staged, client.facts) == (422, {}, [])
    assert "Estados financieros: ya no se puede cambiar" in page
    assert "con los papeles que usted entregó. Si le faltó un papel, escriba a Servicio al Cliente" in page
    assert "Motivo: No procede" in page


def test_a_file_that_is_read_while_its_request_goes_has_no_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request is kept no more when its file has been read: as one that does not exist, and nothing is kept."""
    meanwhile(monkeypatch, lambda: client.desk.app.change(client.desk.key, cases={}))
    assert client.send(("tarde.pdf", PDF)).status_code == 404
    assert (client.desk.app.staged, client.facts) == ({}, [])


def test_a_paper_that_fills_while_a_form_is_read_takes_no_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six files arrive from another window meanwhile: the seventh is told so."""

    def others() -> None:
        for number in range(6):
            client.desk.hand_in(client.case_id, STATEMENTS, PDF + bytes([number]))

    meanwhile(monkeypatch, others)
    answer = client.send(("otra.pdf", PDF + b"otra"))
    assert "como máximo 6 archivos" in unescape(answer.get_data(as_text=True))
    assert client.facts == []


# --- too much at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [7, 9])
def test_too_many_files_at_once_are_told_in_a_sentence(client: Client, count: int) -> None:
    """Without script people choose as many as they like: the limits are told, nothing is kept."""
    answer = client.send(*((f"{number}.pdf", PDF + bytes([number])) for number in range(count)))
    assert (answer.status_code, client.desk.app.staged) == (422, {})
    assert "y son 6 a lo sumo" in unescape(answer.get_data(as_text=True))


def test_where_one_file_may_come_two_are_no_form_of_ours() -> None:
    """Only a field that takes several can have too many of them; an unknown field is refused as before."""

    def read(count: int, name: str, most: int) -> tuple[int, str]:
        files = [(io.BytesIO(PDF), f"{number}.pdf") for number in range(count)]
        said: dict[str, Any] = {name: files}
        builder = EnvironBuilder(method="POST", headers=[("Sec-Fetch-Site", "same-origin")], data=said)
        with Request(builder.get_environ()) as request, pytest.raises(page_form.FormRefusedError) as refused:
            page_form.read_files(request, "https://portal.example", ("file",), 1000, most)
        return refused.value.status, refused.value.reason

    assert read(2, "file", 1) == (400, "fields")
    assert read(3, "file", 2) == (413, "size")
    assert read(1, "other", 2) == (400, "fields")


def test_when_all_places_are_taken_the_answer_comes_after_the_form(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser shows our page only when what it sends has been read: so it is, and kept nowhere."""
    seen = requests_of(monkeypatch)
    places = threading.BoundedSemaphore(1)
    places.acquire()
    monkeypatch.setattr(portal_papers, "_AT_ONCE", places)
    monkeypatch.setattr(portal_papers, "_TURN_SECONDS", 0.01)
    answer = client.send(("estados.pdf", PDF))
    assert (answer.status_code, client.desk.app.staged) == (503, {})
    assert seen[-1].environ["wsgi.input"].read() == b""


def test_without_a_bucket_the_answer_comes_after_the_form(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where papers cannot be taken at all."""
    seen = requests_of(monkeypatch)
    client.desk.app.settings = replace(client.desk.app.settings, staging_bucket="")
    assert client.send(("estados.pdf", PDF)).status_code == 400
    assert seen[-1].environ["wsgi.input"].read() == b""


def test_a_place_is_free_again_whatever_closing_does() -> None:
    """A temporary file that cannot be closed takes no place away from the next client."""
    places = threading.BoundedSemaphore(1)

    class Stuck(Request):
        """Its files cannot be let go."""

        def close(self) -> None:
            """Fails."""
            raise OSError("no space left")

    stuck = Stuck(EnvironBuilder().get_environ())
    for _ in range(2):
        with pytest.raises(OSError, match="no space"), page_form.turn(stuck, places, 0.01, "test"):
            pass
    with (
        page_form.turn(Request(EnvironBuilder().get_environ()), places, 0.01, "test"),
        pytest.raises(RetryLaterError, match="crowded"),
        page_form.turn(stuck, places, 0.01, "test"),
    ):
        pass


# --- the table changes ---------------------------------------------------------------------------------------------------------


def test_a_kind_that_the_table_has_no_more_hides_its_requests_alone(client: Client) -> None:
    """The last request is of a kind that is gone: the list and Eva tell of the others, and its page does not exist."""
    desk = client.desk
    gone = replace(desk.case(client.case_id), kind="ya_no_existe", state=CaseState.DONE, answered_at=desk.app.clock.now())
    desk.app.change(desk.key, cases={client.case_id: gone})
    assert client.visitor.get("/solicitudes").status_code == 200
    assert client.visitor.get(client.path).status_code == 404
    talk = Talk(client.visitor)
    alone = talk.say("mis solicitudes")
    assert "Todavía no ha pedido nada" in alone
    other = desk.ask(CREDIT, "100.00")
    later = replace(desk.case(client.case_id), at=desk.case(other).at + timedelta(minutes=1))
    desk.app.change(desk.key, cases={other: desk.case(other), client.case_id: later})
    assert other in client.visitor.text("/solicitudes")
    assert other in talk.say("mis solicitudes")


# --- old cases go --------------------------------------------------------------------------------------------------------------


def test_with_an_old_case_its_papers_go_and_their_files_are_still_sealed(client: Client) -> None:
    """The oldest case makes room: what is settled of its papers goes with it, the rest once it is; the end of all finds the files."""
    desk = client.desk
    client.send(("estados.pdf", PDF))
    client.fold()
    moved(client, "case_file/place/")
    moved(client, "case_file/drop/")
    client.send(("renta.pdf", PDF + b"2"), paper=RETURN)
    client.fold()
    desk.hand_in("KZZZZZZ9", RETURN)
    now, old = desk.app.clock.now(), desk.case(client.case_id)
    ended = replace(old, state=CaseState.DONE, closed_at=now - timedelta(days=2))
    most = case_rules(desk.app.process.folder).limits.kept
    names = [f"K{number:07d}" for number in range(most - 1)]
    others = {name: replace(ended, case_id=name, closed_at=now) for name in names}
    desk.app.change(desk.key, cases={client.case_id: ended, **others})
    kept = desk.ask(CREDIT, LARGE, papers=False)
    desk.hand_in(kept, STATEMENTS)
    assert client.case_id not in desk.dossier.cases
    papers = sorted(one.paper.partition("/")[0] for one in desk.dossier.case_files.values())
    assert papers == sorted([client.case_id, "KZZZZZZ9", kept])
    assert sealing.files_of(desk.dossier) == ["file-1"]
    for key, one in desk.dossier.case_files.items():
        if one.state is ArrivalState.STAGED:
            moved(client, f"case_file/place/{key}")
        moved(client, f"case_file/drop/{key}")
    assert [one.paper.partition("/")[0] for one in desk.dossier.case_files.values()] == [kept]
    assert desk.dossier.past_case_files == ("file-1", "file-1")
    assert planned(client) == []
