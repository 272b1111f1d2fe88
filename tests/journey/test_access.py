"""Who may see what: Drive beside the table, shares under a foreign hand undone and told, nothing for anybody outside."""

from __future__ import annotations

import pytest

from local.person import Person
from local.travel import Travel

ROBOT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
SECURITY_ONLY = "seguridad"


@pytest.fixture(scope="module")
def robot(active: Travel) -> Person:
    """The account that keeps the dossiers."""
    return active.stack.person(ROBOT)


def _share(person: Person, file_id: str, kind: str, whom: str, role: str = "reader") -> str:
    """A person shares something, as with the button Compartir; gives the permission's id."""
    body = {"type": kind, "role": role} | ({"emailAddress": whom} if "@" in whom else {"domain": whom} if whom else {})
    query = {"supportsAllDrives": "true", "sendNotificationEmail": "false"}
    query = query if kind in ("user", "group") else {"supportsAllDrives": "true"}
    return str(person.wire.ask("POST", f"/drive/v3/files/{file_id}/permissions", body, query=query)["id"])


def _tree(robot: Person, folder_id: str) -> list[str]:
    """A folder and everything below it."""
    inside = [item["id"] for item in robot.children(folder_id)]
    return [folder_id, *(found for child in inside for found in _tree(robot, child))]


def _direct(robot: Person, file_id: str) -> set[tuple[str, str]]:
    grants = robot.grants(file_id)
    own = [g for g in grants if not all(detail.get("inherited") for detail in g.get("permissionDetails", [{}]))]
    return {(g.get("emailAddress") or g.get("domain") or g["type"], g["role"]) for g in own}


def _told(active: Travel, address: str) -> list[str]:
    return [mail.text for mail in active.mails_of(active.stack.person(address)) if "corregimos accesos" in mail.text]


def test_r9_no_permission_leads_out_of_the_company(active: Travel, robot: Person) -> None:
    """Every permission on everything in both shared drives is a person's or group's of the domain, or the robot's own."""
    domain = active.vendedora.address.partition("@")[2]
    drives = [item["id"] for item in robot.wire.ask("GET", "/drive/v3/drives")["drives"]]
    seen = 0
    for drive_id in drives:
        for file_id in _tree(robot, drive_id):
            for grant in robot.grants(file_id):
                seen += 1
                assert grant["type"] in ("user", "group")
                assert grant["emailAddress"] == ROBOT or grant["emailAddress"].endswith(f"@{domain}")
    assert seen > 100


def test_r94_a_share_under_a_foreign_hand_is_undone_and_told_within_minutes(active: Travel, robot: Person) -> None:
    """An administrator shares Seguridad's folder with Sala: a minute later Sala reads it no more, and Expedientes and Gerencia know."""
    stack, folder = active.stack, active.folder("security", robot)
    stranger, administrator = stack.person(active.cast.first("sala_procesamiento")), _administrator(active)
    before = _direct(robot, folder)
    stack.advance(300)
    _share(administrator, folder, "user", stranger.address)
    assert stranger.file(folder)["id"] == folder
    stack.look(2)
    assert _direct(robot, folder) == before
    for role in ("expedientes", "gerencia"):
        told = _told(active, active.cast.first(role))
        assert len(told) == 1 and stranger.address in told[0] and active.cast.folder_name("security") in told[0]
    stack.look(2)
    assert len(_told(active, active.cast.first("gerencia"))) == 1


def _administrator(active: Travel) -> Person:
    domain = active.vendedora.address.partition("@")[2]
    return active.stack.person(f"administrador@{domain}")


def test_r94_audit_lists_differences_and_repair_mends_them(active: Travel, robot: Person) -> None:
    """A grant that was taken away, one of another role, a foreign one on a single paper: listed, mended, and then nothing to list."""
    stack, legal, administrator = active.stack, active.folder("legal", robot), _administrator(active)
    group = active.cast.roles["cumplimiento"]["group"]
    stranger = active.cast.first("sala_procesamiento")
    before = _direct(robot, legal)
    paper = next(item["id"] for item in robot.children(legal) if item["mimeType"] == "application/pdf")
    stack.advance(300)
    held = next(grant for grant in robot.grants(legal) if grant.get("emailAddress") == group)
    administrator.wire.ask("DELETE", f"/drive/v3/files/{legal}/permissions/{held['id']}", query={"supportsAllDrives": "true"})
    _share(administrator, paper, "user", stranger)
    found = stack.expediente("access", "audit", "--dossier", active.dossier_id)
    assert found.returncode == 1, found.stderr
    assert group in found.stdout and stranger in found.stdout and "2 diferencia(s)" in found.stdout
    assert stack.expediente("access", "repair", "--dossier", active.dossier_id).returncode == 0
    stack.settle()
    assert _direct(robot, legal) == before and not _direct(robot, paper)
    clean = stack.expediente("access", "audit", "--dossier", active.dossier_id)
    assert clean.returncode == 0 and "0 diferencia(s)" in clean.stdout


def test_r94_who_can_see_what_is_told_for_a_dossier_and_for_a_person(active: Travel) -> None:
    """Of a dossier each folder with its groups, their members and who acted last; of a person each place she opens, and through which group."""
    told = active.stack.expediente("access", "who", "--dossier", active.dossier_id).stdout
    legal = told.split(active.cast.folder_name("legal"))[1].split(active.cast.folder_name("security"))[0]
    assert (
        active.cast.name(active.cast.first("expedientes")) in legal
        and active.cast.name(active.cast.first("cumplimiento")) in legal
    )
    assert active.cast.name(active.cast.first("sala_procesamiento")) not in told
    assert f"{active.encargado.address}: 20" in told.split("Último acto")[1]
    seguridad = active.stack.expediente("access", "who", "--person", active.cast.first("seguridad")).stdout
    assert f"{active.dossier_id}  {active.cast.folder_name('security')}: escribe" in seguridad
    assert active.cast.folder_name("legal") not in seguridad
    sala = active.stack.expediente("access", "who", "--person", active.cast.first("cartera")).stdout
    assert "0 acceso(s)" in sala


def test_r96_altered_addresses_and_tokens_are_refused(active: Travel) -> None:
    """A dossier's address with one letter changed says no more than one that never was; a form with a changed token signs nothing."""
    person, key = active.encargado, active.dossier_id
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    stranger = active.stack.person(active.cast.first("cartera"))
    for who, altered in ((person, other), (stranger, key), (stranger, other)):
        page = who.open(f"/expediente/{altered}")
        assert page.status == 404 and active.case["cliente"]["razon_social"] not in page.text
    comment = person.open(f"/acto/{key}/comentar")
    form = next(form for form in comment.forms if "token" in form.fields)
    for name in ("token", "hash"):
        value = form.fields[name]
        changed = {name: value[:-1] + ("0" if value[-1:] != "0" else "1"), "f_text": "No debe quedar"}
        assert person.send(comment, form, changed).status >= 400, name
    active.stack.settle()
    assert "No debe quedar" not in person.open(f"/expediente/{key}").text


def test_r96_ids_cannot_be_counted(active: Travel) -> None:
    """Codes of dossiers and clients are made of many random letters: the next one cannot be told from the last."""
    status = active.stack.status(active.dossier_id)
    code = status["dossier"].partition("-")[2]
    assert len(code) >= 8 and not code.isdigit()
    near = [code[:-1] + letter for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if letter != code[-1]]
    assert not [one for one in near if active.stack.person(active.encargado.address).open(f"/expediente/EXP-{one}").status != 404]
