"""The desk without a browser: who is let in, what is refused, what is escaped, and that it asks the ledger for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.browser.desk_kit import BOT, CLIENT, Scene, address, post


def get(scene: Scene, path: str, actor: str = "", **rest: Any) -> requests.Response:
    """GET as somebody, redirects not followed."""
    return ask(scene, "GET", path, actor, **rest)


def ask(scene: Scene, verb: str, path: str, actor: str = "", **rest: Any) -> requests.Response:
    """A request as somebody, with the cookie that the first page gives."""
    cookies = {"desk_actor": actor if "@" in actor else address(actor)} if actor else {}
    if verb != "GET":
        rest["headers"] = {"X-Desk-Token": token(scene, cookies)} | rest.get("headers", {})
    return requests.request(verb, scene.emulator.url + path, cookies=cookies, allow_redirects=False, timeout=20, **rest)


def token(scene: Scene, cookies: dict[str, str]) -> str:
    """What a page of that person carries so that its forms are taken."""
    page = requests.get(scene.emulator.url + "/", cookies=cookies, timeout=20).text
    return page.split('name="desk-token" content="')[1].split('"')[0]


def tick(scene: Scene, actor: str, cell: str, text: str = "TRUE", **headers: str) -> requests.Response:
    """Type into a cell of the control sheet."""
    body = {"gid": "0", "cell": cell, "text": text}
    return ask(
        scene, "POST", f"/desk/sheet/{scene.sheet}/cell", actor, json=body, headers={"Accept": "application/json", **headers}
    )


def test_stranger_is_asked_who_he_is_and_led_back(scene: Scene) -> None:
    """Without a cookie every page leads to the question, which leads on to the page."""
    asked = get(scene, f"/desk/sheet/{scene.sheet}?gid=0")
    assert asked.status_code == 303
    assert asked.headers["Location"].startswith("/?next=%2Fdesk%2Fsheet")
    chosen = ask(scene, "POST", "/desk/identity", data={"address": address("seguridad.uno"), "next": "/desk/mail"})
    assert chosen.headers["Location"] == "/desk/mail"
    assert "HttpOnly" in chosen.headers["Set-Cookie"]
    assert "SameSite=Lax" in chosen.headers["Set-Cookie"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_to_another_site(scene: Scene, elsewhere: str) -> None:
    """`next` leads to the desk only."""
    chosen = ask(scene, "POST", "/desk/identity", data={"address": address("seguridad.uno"), "next": elsewhere})
    assert chosen.headers["Location"] == "/"


def test_suspended_account_and_groups_cannot_enter(scene: Scene) -> None:
    """Who left the company does not get in, with or without a cookie; a group is nobody."""
    assert ask(scene, "POST", "/desk/identity", data={"address": address("exempleado")}).status_code == 403
    assert ask(scene, "POST", "/desk/identity", data={"address": address("seguridad")}).status_code == 400
    assert get(scene, "/desk/drive", "exempleado").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}],
)
def test_posts_of_foreign_pages_do_nothing(scene: Scene, headers: dict[str, str]) -> None:
    """A page of another origin, or a name that somebody pointed here, cannot tick."""
    assert tick(scene, "seguridad.uno", "D5", **headers).status_code == 403
    assert "checked" not in get(scene, f"/desk/sheet/{scene.sheet}/grid", "seguridad.uno").json()["html"]


def test_foreign_host_gets_no_page_at_all(scene: Scene) -> None:
    """A rebound name reads nothing either."""
    assert get(scene, "/desk/mail", "seguridad.uno", headers={"Host": "evil.example"}).status_code == 403


def test_cell_is_typed_into_and_refused_as_by_the_api(scene: Scene) -> None:
    """Own column: kept. Another's: 400 with the editors' names. No access: refused."""
    own = tick(scene, "seguridad.uno", "D5")
    assert own.status_code == 200
    assert own.json()["version"] == get(scene, f"/desk/sheet/{scene.sheet}/version", "seguridad.uno").json()["version"]
    refused = tick(scene, "seguridad.uno", "C5")
    assert refused.status_code == 400
    assert refused.json()["error"]["title"] == "Celda protegida"
    assert "Operaciones" in refused.json()["error"]["text"]
    assert tick(scene, "encargado.uno", "D5").json()["error"]["title"] == "Celda protegida"
    assert tick(scene, "empleado.sin.rol", "D5").status_code in (403, 404)
    wrong = tick(scene, "seguridad.uno", "D10", "Nadie")
    assert (wrong.status_code, wrong.json()["error"]["title"]) == (400, "Dato no permitido")
    assert tick(scene, "seguridad.uno", "ZZ999").status_code == 400
    assert tick(scene, "seguridad.uno", "D5:E6").status_code == 400


def test_reader_of_a_sheet_cannot_write(scene: Scene) -> None:
    """Who only reads is told so."""
    drive = scene.emulator.service("drive", "v3", BOT)
    body = {"type": "user", "role": "reader", "emailAddress": address("cartera.uno")}
    drive.permissions().create(fileId=scene.sheet, body=body, supportsAllDrives=True).execute()
    refused = tick(scene, "cartera.uno", "A20", "hola")
    assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Solo lectura")
    assert "Solo lectura" in get(scene, f"/desk/sheet/{scene.sheet}", "cartera.uno").text


def test_version_changes_with_a_change_of_another_program(scene: Scene) -> None:
    """What the page asks every second tells of writes through the API."""
    before = get(scene, f"/desk/sheet/{scene.sheet}/version", "seguridad.uno").json()
    sheets = scene.emulator.service("sheets", "v4", BOT).spreadsheets().values()
    sheets.update(spreadsheetId=scene.sheet, range="A20", valueInputOption="RAW", body={"values": [["x"]]}).execute()
    assert get(scene, f"/desk/sheet/{scene.sheet}/version", "seguridad.uno").json() != before


def test_folder_with_limited_access_shows_its_name_only(scene: Scene) -> None:
    """An area sees that `01 Legal` is there, not what is in it nor who opens it."""
    page = get(scene, f"/desk/drive/folder/{scene.legal}", "seguridad.uno")
    assert page.status_code == 200
    assert "Acceso limitado" in page.text
    assert "Expedientes" not in page.text
    assert get(scene, f"/desk/drive/folder/{scene.legal}", "empleado.sin.rol").status_code == 404


def test_reader_cannot_create_rename_or_trash(scene: Scene) -> None:
    """The area reads the dossier: every deed is refused as by the API and changes nothing."""
    base = f"/desk/drive/folder/{scene.dossier}"
    assert ask(scene, "POST", f"{base}/new", "seguridad.uno", data={"name": "x"}).status_code == 403
    assert ask(scene, "POST", f"{base}/upload", "seguridad.uno", files={"file": ("x.txt", b"x")}).status_code == 403
    assert ask(scene, "POST", f"/desk/file/{scene.dossier}/rename", "seguridad.uno", data={"name": "x"}).status_code == 403
    assert ask(scene, "POST", f"/desk/file/{scene.dossier}/trash", "seguridad.uno").status_code == 403
    assert "Nuevo" not in get(scene, base, "seguridad.uno").text


def test_own_drive_makes_uploads_trashes_and_restores(scene: Scene) -> None:
    """In My Drive a person does as she pleases; names are text, never markup."""
    name = "<img src=x onerror=alert(1)>"
    assert ask(scene, "POST", "/desk/drive/folder/root/new", "cartera.uno", data={"name": name}).status_code == 303
    up = ask(
        scene,
        "POST",
        "/desk/drive/folder/root/upload",
        "cartera.uno",
        files={"file": ("nota.html", b"<script>1</script>", "text/html")},
    )
    assert up.status_code == 303
    page = get(scene, "/desk/drive", "cartera.uno").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page
    file_id = page.split('href="/desk/file/')[1].split('"')[0]
    served = get(scene, f"/desk/file/{file_id}/content", "cartera.uno")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert ask(scene, "POST", f"/desk/file/{file_id}/trash", "cartera.uno").status_code == 303
    assert "nota.html" in get(scene, "/desk/drive/trash", "cartera.uno").text
    assert ask(scene, "POST", f"/desk/file/{file_id}/restore", "cartera.uno").status_code == 303
    assert "nota.html" in get(scene, "/desk/drive/search?q=nota", "cartera.uno").text


def test_googles_own_links_lead_to_the_desk(scene: Scene) -> None:
    """Whoever exchanges only the host of a link arrives."""
    leads = {
        f"/spreadsheets/d/{scene.sheet}/edit?gid=0": f"/desk/sheet/{scene.sheet}?gid=0",
        f"/forms/d/e/{scene.public}/viewform?usp=pp_url": f"/desk/form/e/{scene.public}?usp=pp_url",
        f"/drive/folders/{scene.dossier}": f"/desk/drive/folder/{scene.dossier}",
        f"/file/d/{scene.paper}/view": f"/desk/file/{scene.paper}",
    }
    assert {path: get(scene, path, "seguridad.uno").headers["Location"] for path in leads} == leads
    assert get(scene, f"/desk/open?id={scene.sheet}", "seguridad.uno").headers["Location"] == f"/desk/sheet/{scene.sheet}"


def test_form_for_others_is_closed_and_missing_answers_are_named(scene: Scene) -> None:
    """An unpublished form is shut; the server names the required questions on the way."""
    body = {scene.entry("Tipo de persona"): "Natural", scene.entry("¿Es contribuyente?"): "Sí"}
    headers = {"Accept": "application/json"}
    answer = ask(scene, "POST", f"/desk/form/{scene.form}/responses", "vendedora.uno", data=body, headers=headers)
    assert answer.status_code == 400
    assert scene.entry("Cédula") in answer.json()["error"]["entries"]
    assert scene.entry("RUC") not in answer.json()["error"]["entries"]
    forms = scene.emulator.service("forms", "v1", address("formularios"))
    closed = {"publishSettings": {"publishState": {"isPublished": True, "isAcceptingResponses": False}}}
    forms.forms().setPublishSettings(formId=scene.form, body=closed).execute()
    assert "ya no acepta respuestas" in get(scene, f"/desk/form/{scene.form}", "vendedora.uno").text


def test_response_of_another_cannot_be_edited_or_seen(scene: Scene) -> None:
    """Only who sent a response finds it again."""
    body = {"respondent": address("vendedora.uno"), "answers": natural_answers()}
    response = scene.emulator.local("POST", f"forms/{scene.form}/responses", body)["responseId"]
    assert get(scene, f"/desk/form/{scene.form}/response/{response}", "vendedora.uno").status_code == 200
    assert get(scene, f"/desk/form/{scene.form}/response/{response}", "vendedora.dos").status_code == 403
    assert get(scene, f"/desk/form/{scene.form}?edit2={response}", "vendedora.dos").status_code == 403


def natural_answers() -> dict[str, Any]:
    """The least that the form takes from a natural person."""
    yes = {"¿Es contribuyente?": "Sí", "Cédula": "8-1-1", "Servicios": ["Cambio"]}
    return {"Nombre del cliente": "Ana", "Tipo de persona": "Natural"} | yes


def test_mail_is_framed_without_rights_and_only_for_its_owner(scene: Scene) -> None:
    """The frame's page allows no script, no form and nothing from outside; another person gets 404."""
    page = get(scene, "/desk/mail", CLIENT).text
    thread = page.split('href="/desk/mail/t/')[1].split('"')[0]
    opened = get(scene, f"/desk/mail/t/{thread}", CLIENT).text
    message = opened.split('src="/desk/mail/m/')[1].split("/")[0]
    body = get(scene, f"/desk/mail/m/{message}/body", CLIENT)
    policy = body.headers["Content-Security-Policy"]
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert get(scene, f"/desk/mail/m/{message}/body", "seguridad.uno").status_code == 404
    assert get(scene, f"/desk/mail/t/{thread}", "seguridad.uno").status_code == 404
    assert get(scene, f"/desk/mail/m/{message}/original", CLIENT).headers["Content-Type"].startswith("text/plain")


def test_subject_and_sender_are_text(scene: Scene) -> None:
    """Markup in a subject stays text in list, conversation and title; odd link schemes lead nowhere."""
    html = '<a href="javascript:alert(1)">a</a><a href=" https://drive.google.com/drive/folders/abc">b</a>'
    html += '<a href="mailto:x@y.example?subject=Hola">c</a>'
    post(scene.emulator, "notificaciones", CLIENT, "<script>alert(1)</script>", "texto", html)
    page = get(scene, "/desk/mail", CLIENT).text
    assert "<script>alert(1)" not in page
    thread = page.split('href="/desk/mail/t/')[1].split('"')[0]
    opened = get(scene, f"/desk/mail/t/{thread}", CLIENT).text
    assert "<script>alert(1)" not in opened
    message = opened.split('src="/desk/mail/m/')[1].split("/")[0]
    body = get(scene, f"/desk/mail/m/{message}/body", CLIENT).text
    assert "javascript:" not in body
    assert 'href="/desk/drive/folder/abc"' in body
    assert 'href="/desk/mail/write?mailto=' in body


def test_client_answers_from_a_mailto_link(scene: Scene) -> None:
    """The sheet of paper is filled from the link; the mail goes to the company under the client's name."""
    link = "/desk/mail/write?mailto=mailto%3Anotificaciones%40blindados-demo.example.com%3Fsubject%3DD-1042%2520cambio"
    page = get(scene, link, CLIENT).text
    assert 'value="notificaciones@blindados-demo.example.com"' in page
    assert 'value="D-1042 cambio"' in page
    mail = {"to": address("notificaciones"), "subject": "D-1042\r\nBcc: otro@x.example", "body": "Hola", "reply": ""}
    assert ask(scene, "POST", "/desk/mail/send", CLIENT, data=mail).status_code == 303
    assert "D-1042 Bcc: otro@x.example" in get(scene, "/desk/mail", "notificaciones").text


def test_calls_are_shown_and_the_desk_itself_makes_none(scene: Scene) -> None:
    """The page tells what programs asked; looking at the desk adds nothing to the ledger."""
    before = len(scene.emulator.calls())
    for path in ("/", "/desk/drive", f"/desk/sheet/{scene.sheet}", "/desk/mail", "/desk/forms"):
        assert get(scene, path, "encargado.uno").status_code == 200
    tick(scene, "seguridad.uno", "D5")
    assert len(scene.emulator.calls()) == before
    page = get(scene, "/desk/calls?q=permissions").text.partition("<tbody>")[2]
    assert "drive.permissions.create" in page
    assert "gmail.users.messages.send" not in page


def test_unknown_places_are_named_in_spanish(scene: Scene) -> None:
    """Wrong ids meet a page, never a traceback."""
    for path in (
        "/desk/sheet/nada",
        "/desk/form/nada",
        "/desk/form/e/nada/viewform",
        "/desk/file/nada",
        "/desk/drive/folder/nada",
        "/desk/mail/t/nada",
    ):
        answer = get(scene, path, "seguridad.uno")
        assert answer.status_code == 404, path
        assert "No lo encontramos" in answer.text


def test_deleted_form_leaves_the_desk_standing(scene: Scene) -> None:
    """A form that was deleted for good is offered to nobody, and the pages that list forms are there."""
    assert scene.form in get(scene, "/desk/forms", "vendedora.uno").text
    drive = scene.emulator.service("drive", "v3", address("formularios"))
    drive.files().delete(fileId=scene.form, supportsAllDrives=True).execute()
    for path in ("/", "/desk/forms"):
        page = get(scene, path, "vendedora.uno")
        assert page.status_code == 200
        assert scene.form not in page.text
