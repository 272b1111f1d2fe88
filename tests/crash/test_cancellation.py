"""The end of the service on the whole product in one process: who must agree, what people can open then, what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from expediente import archive
from expediente.endings import Cancellation
from expediente.model import Dossier
from expediente.steps import Attempt, Step
from tests.crash.test_ways_out import (
    AREAS,
    CASE,
    OTHERS,
    VENDEDORA,
    act,
    assert_only_its_readers_open_it,
    events,
    files_of,
    mailed,
    may,
)
from tests.harness import DOMAIN, ENCARGADO, Death, Killed, Stack
from tests.local_workspace import SERVICE_ACCOUNT, Workspace
from tests.staging_bucket import ARCHIVE, StagingBucket

CODE = "DEN-000101"
CARTERA, COMERCIAL = f"cartera.uno@{DOMAIN}", f"comercial.uno@{DOMAIN}"
LAST = "2026-04-10"
REASON = "Cierre del local"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagingBucket]:
    """The buckets, empty."""
    made = StagingBucket(tmp_path_factory.mktemp("buckets"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def company(own_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, bucket: StagingBucket) -> Stack:
    """A company with an active client and an archive bucket."""
    made = Stack(own_workspace, tmp_path_factory.mktemp("cancellation"), bucket)
    made.set_up()
    made.drive(CASE, CODE)
    assert made.dossier(CASE).state == "active"
    made.keep("active")
    return made


@pytest.fixture
def stack(company: Stack) -> Stack:
    """The active client, untouched."""
    company.take("active")
    return company


def ask(stack: Stack, who: str = VENDEDORA, **said: object) -> Dossier:
    """Sales send the form with the code and RUC that its link brought."""
    common = {
        "dossier__code": CODE,
        "client__ruc": CASE["cliente"]["ruc"],
        "cancel__scope": "whole",
        "cancel__last_service": LAST,
        "cancel__reason": REASON,
        "cancel__supplies": "returned",
    }
    stack.answer("cancellation", who, **{**common, **said})
    stack.live(2)
    assert not stack.failures
    return stack.dossier(CASE)


def asked(stack: Stack) -> Cancellation:
    """The cancellation as it stands."""
    (found,) = stack.dossier(CASE).cancellations.values()
    return found


def sign(stack: Stack) -> Dossier:
    """The Encargado's half."""
    return act(stack, ENCARGADO, "firmar_cancelacion", "C1", supplies="si")


def settle(stack: Stack) -> Dossier:
    """Cartera's word."""
    return act(stack, CARTERA, "saldo_revisado", "C1", balance="none")


def after_its_day(stack: Stack) -> Dossier:
    """The morning after the last service."""
    stack.workspace.set_clock("2026-04-11T13:00:00Z")
    stack.live(3)
    assert not stack.failures
    return stack.dossier(CASE)


def end(stack: Stack) -> Dossier:
    """All agree and the day passes."""
    ask(stack)
    sign(stack)
    settle(stack)
    return after_its_day(stack)


# --- who must agree ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["encargado", "cartera"])
def test_r89_needs_sales_and_the_encargado_and_none_alone_ends_it(stack: Stack, missing: str) -> None:
    """Whoever is missing, Cartera too: the service goes on after the day, and ends as soon as the last word is said."""
    ask(stack)
    (settle if missing == "encargado" else sign)(stack)
    dossier = after_its_day(stack)
    assert (dossier.state, asked(stack).agreed) == ("active", False)
    assert (sign if missing == "encargado" else settle)(stack).state == "archived"


def test_r89_nobody_signs_both_halves(stack: Stack) -> None:
    """An Encargado without a form has nothing to sign; a vendedora may not sign for the Encargado."""
    from expediente.acts_table import HANDLERS
    from expediente.page_act import view_of

    assert HANDLERS["firmar_cancelacion"].subjects(view_of(stack.app, stack.dossier(CASE))) == []
    ask(stack)
    act(stack, VENDEDORA, "firmar_cancelacion", "C1", supplies="si")
    assert asked(stack).signed_by == "" and events(stack)[-1].data["reason"] == "role"


def test_r90_the_form_is_kept_with_reason_and_date(stack: Stack) -> None:
    """Found by code and RUC; both who must sign get a link, and the same form again is the same cancellation."""
    ask(stack, COMERCIAL)
    found = asked(stack)
    assert (found.reason, found.last_service, found.asked_by) == (REASON, date(2026, 4, 10), COMERCIAL)
    assert mailed(stack, ENCARGADO, "firme la cancelación") == mailed(stack, CARTERA, "Revise el saldo") == 1
    ask(stack, cancel__reason="Otro motivo")
    assert asked(stack).reason == "Otro motivo"
    submission = stack.app.store.get("submission", found.submission_id)
    assert submission is not None and submission.data["outcome"] == "accepted"


@pytest.mark.parametrize(
    "said",
    [
        {"client__ruc": "155990002-2-2024"},
        {"dossier__code": "DEN-999999"},
        {"cancel__scope": "points", "cancel__points": ["P09"]},
    ],
)
def test_r90_a_form_that_does_not_fit_is_not_taken(stack: Stack, said: dict[str, object]) -> None:
    """Code and RUC must belong together, points must be the client's."""
    assert ask(stack, **said).cancellations == {}


def test_a_cancellation_can_be_taken_back_until_its_day(stack: Stack) -> None:
    """The areas that knew are told; after the day it cannot; asked again it is another one."""
    ask(stack)
    sign(stack)
    settle(stack)
    assert all(mailed(stack, who, "después termina") == 1 for who in AREAS[:3])
    act(stack, VENDEDORA, "retirar_cancelacion", "C1", reason="Se queda.")
    assert after_its_day(stack).state == "active"
    assert all(mailed(stack, who, "no se cancela") == 1 for who in AREAS[:3])
    dossier = ask(stack, cancel__last_service="2026-04-12")
    assert list(dossier.cancellations) == ["C1", "C2"]
    stack.workspace.set_clock("2026-04-13T13:00:00Z")
    act(stack, VENDEDORA, "retirar_cancelacion", "C2", reason="Tarde.")
    assert dossier.cancellations["C2"].stands and events(stack)[-1].data["reason"] == "cancellation_past"


# --- the end -------------------------------------------------------------------------------------------------------------------


def test_r91_the_archived_dossier_is_read_by_expedientes_and_cumplimiento_alone(stack: Stack) -> None:
    """No direct grant is left, whoever gave it; every file is locked; nothing is deleted; the signed pages are shut."""
    before = set(files_of(stack))
    contract = next(file_id for file_id, file in files_of(stack).items() if file["name"].startswith("Contrato ·"))
    path = f"/drive/v3/files/{contract}/permissions?supportsAllDrives=true&sendNotificationEmail=false"
    stack.workspace.request(ENCARGADO, "POST", path, {"type": "user", "role": "reader", "emailAddress": OTHERS[0]})
    assert may(stack, OTHERS[0], contract) == "read"
    dossier = end(stack)
    assert (dossier.state, dossier.parked, dossier.grants, dossier.next_look_at) == ("archived", "", {}, None)
    assert_only_its_readers_open_it(stack)
    files = files_of(stack)
    assert before <= set(files)
    assert all(any(one.get("readOnly") for one in file.get("contentRestrictions", ())) for file in files.values())
    assert act(stack, VENDEDORA, "desistir", reason="x").state == "archived"
    assert events(stack)[-1].kind == "act_refused"


def test_r92_page_and_register_say_state_date_and_reason(stack: Stack) -> None:
    """The page as the Encargado reads it."""
    from expediente import page_dossier

    end(stack)
    person = stack.app.process.company.person(ENCARGADO)
    assert person is not None
    view = page_dossier.view(stack.app, person, stack.dossier(CASE))
    assert view is not None
    said = " ".join(line.value for line in view.facts)
    assert "Cancelado y archivado" in said and "10/04/2026" in said and REASON in said
    stack.workspace.advance(301)
    stack.live(2)
    books = stack.app.site.registers.values()
    rows = str([stack.workspace.rows(SERVICE_ACCOUNT, book, "Registro") for book in books])
    assert "Cancelado y archivado" in rows and "10/04/2026" in rows and REASON in rows


def test_r93_each_area_gets_one_notice_and_the_client_is_told(stack: Stack) -> None:
    """Sala never served this client and hears nothing; what was still asked for is closed."""
    stack.answer(
        "change",
        VENDEDORA,
        dossier__code=CODE,
        client__ruc=CASE["cliente"]["ruc"],
        change__point="P01",
        change__kind="schedule",
        points__schedule__days=["LU"],
        schedule__asked_by="client",
        change__reason="Así se acordó",
    )
    stack.live(2)
    assert [change.state for change in stack.dossier(CASE).changes.values()] == ["requested"]
    dossier = end(stack)
    assert [change.state for change in dossier.changes.values()] == ["withdrawn"]
    assert [mailed(stack, who, "después termina") for who in AREAS] == [1, 1, 1, 0]
    assert mailed(stack, CASE["cliente"]["correo"], "Su servicio terminó") == 1
    assert mailed(stack, VENDEDORA, "quedó cancelado") == mailed(stack, COMERCIAL, "quedó cancelado") == 1


def test_points_alone_end_and_the_client_goes_on(stack: Stack) -> None:
    """The last one ends the client."""
    dossier = ask(stack, cancel__scope="points", cancel__points=["P01"])
    assert dossier.cancellations["C1"].points == ("P01",)
    sign(stack)
    settle(stack)
    assert after_its_day(stack).state == "archived"


# --- the copy ------------------------------------------------------------------------------------------------------------------


def test_the_retained_copy_verifies_by_itself(stack: Stack, tmp_path: Path) -> None:
    """Every file, the chain and the manifest, kept five years after the last service; one altered byte is found."""
    dossier = end(stack)
    folder = archive.fetch(stack.app, dossier, tmp_path / "copia")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["conservar_hasta"] == "2031-04-11"
    kept = {name for name in manifest["files"] if name.startswith("archivos/")}
    told = [json.loads(line) for line in (folder / "documents.jsonl").read_text().splitlines()]
    hashes = {manifest["files"][name]["sha256"] for name in kept}
    assert kept and all(one["sha256"] in hashes for one in told if "place" in one)
    verify = [sys.executable, str(folder / "verificar.py")]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "VÁLIDO" in done.stdout, done.stdout
    victim = folder / min(kept)
    victim.write_bytes(victim.read_bytes() + b"x")
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and victim.name in done.stdout


def test_nothing_is_stored_twice_in_the_bucket(stack: Stack, bucket: StagingBucket) -> None:
    """Files that are alike are one object, and a copying that is done again adds none."""
    dossier = end(stack)
    results = [record.result for key, record in dossier.steps.items() if key.startswith(archive.KEEP)]
    names = [result["name"] for result in results if "name" in result]
    copies = [name for name in bucket.names(ARCHIVE) if "/archivos/" in name]
    assert len(copies) == len({result["sha256"] for result in results if "name" in result}) < len(names)
    for file_id in list(dossier.files)[:3]:
        args = {"file_id": file_id, "bucket": ARCHIVE, "folder": archive.folder_of(dossier)}
        archive.keep_file(Attempt(stack.app.google, Step("again", "keep_file"), "", args, doubt=True, age_seconds=60.0))
    assert [name for name in bucket.names(ARCHIVE) if "/archivos/" in name] == copies


def test_the_copy_is_kept_not_a_day_too_short() -> None:
    """Also from a leap day on."""
    years = 5
    assert archive.years_after(date(2026, 9, 25), years) == date(2031, 9, 25)
    assert archive.years_after(date(2028, 2, 29), years) == date(2033, 3, 1)
    assert archive.years_after(date(2028, 2, 29), 4) == date(2032, 2, 29)


@pytest.fixture(scope="module")
def calls(company: Stack) -> int:
    """How many calls the end takes when nothing disturbs it; what all have agreed to is kept as `agreed`."""
    company.take("active")
    ask(company)
    sign(company)
    settle(company)
    company.workspace.set_clock("2026-04-11T13:00:00Z")
    company.keep("agreed")
    company.take("agreed")
    company.live(3)
    assert company.dossier(CASE).done(archive.MANIFEST)
    return company.app.death.counts["call"]


@pytest.mark.parametrize("part", range(7))
def test_a_death_at_any_call_of_the_end_changes_nothing(company: Stack, calls: int, part: int) -> None:
    """Another process goes on: closed to all but its readers, each told once, the copy whole."""
    death = Death("call", 1 + part * calls // 7, "after" if part % 2 else "before")
    company.take("agreed", death)
    try:
        company.live(3)
    except Killed:
        company.bus.waiting.clear()
        company.restart()
        company.workspace.advance(200)
        company.live(3)
    assert death.dead
    dossier = company.dossier(CASE)
    assert (dossier.state, dossier.parked, dossier.grants) == ("archived", "", {})
    assert dossier.done(archive.MANIFEST) and not [key for key, record in dossier.steps.items() if record.state != "done"]
    assert_only_its_readers_open_it(company)
    assert mailed(company, CASE["cliente"]["correo"], "Su servicio terminó") == 1
    assert [mailed(company, who, "después termina") for who in AREAS] == [1, 1, 1, 0]
