"""What keeps the desk the person's own: tokens, frames, the link that enters as somebody, nothing done by looking."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk_kit import BOT, Scene, address

Opener = Callable[..., Page]


def ask(scene: Scene, verb: str, path: str, actor: str, **rest: object) -> requests.Response:
    """A request with the cookie of somebody and nothing else."""
    cookies = {"desk_actor": address(actor)} if actor else {}
    return requests.request(verb, scene.emulator.url + path, cookies=cookies, allow_redirects=False, timeout=20, **rest)  # type: ignore[arg-type]


def token(scene: Scene, actor: str) -> str:
    """The token of that person's pages."""
    return ask(scene, "GET", "/", actor).text.split('name="desk-token" content="')[1].split('"')[0]


def test_deed_without_the_token_of_the_page_does_nothing(scene: Scene) -> None:
    """No token, a made-up one, and that of another person are refused; the own one is taken."""
    path = "/desk/drive/folder/root/new"
    for given in ("", "0" * 32, token(scene, "cartera.dos"), token(scene, "")):
        refused = ask(scene, "POST", path, "cartera.uno", data={"name": "Ajena", "token": given})
        assert refused.status_code == 403
        assert "Vuelva a cargar la página" in refused.text
    assert "Ajena" not in ask(scene, "GET", "/desk/drive", "cartera.uno").text
    own = {"name": "Propia", "token": token(scene, "cartera.uno")}
    assert ask(scene, "POST", path, "cartera.uno", data=own).status_code == 303


def test_cell_wants_the_token_in_the_header(scene: Scene) -> None:
    """What the script sends is held to the same rule, and told as JSON."""
    body = {"gid": "0", "cell": "D5", "text": "TRUE"}
    refused = ask(
        scene, "POST", f"/desk/sheet/{scene.sheet}/cell", "seguridad.uno", json=body, headers={"Accept": "application/json"}
    )
    assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Vuelva a cargar la página")


def test_no_deed_is_done_by_looking(scene: Scene) -> None:
    """An address that acts shows nothing and does nothing when it is only opened."""
    deeds = ["/desk/identity", "/desk/mail/send", "/desk/mail/draft", "/desk/drive/folder/root/new"]
    deeds += [f"/desk/file/{scene.paper}/trash", f"/desk/file/{scene.paper}/rename", f"/desk/share/{scene.paper}/add"]
    deeds += [f"/desk/sheet/{scene.sheet}/cell", f"/desk/form/{scene.form}/accepting"]
    assert {path: ask(scene, "GET", path, "vendedora.uno").status_code for path in deeds} == dict.fromkeys(deeds, 404)


def test_every_form_that_posts_carries_the_token(open_as: Opener, scene: Scene) -> None:
    """None is forgotten, on any page with deeds."""
    page = open_as("encargado.uno", "/")
    for path in (
        "/",
        f"/desk/drive/folder/{scene.inbox}",
        f"/desk/share/{scene.paper}",
        f"/desk/form/{scene.form}",
        "/desk/mail/write",
    ):
        page.goto(scene.emulator.url + path)
        posting = page.locator("form[method=post]")
        assert posting.count() == page.locator("form[method=post] > input[name=token]").count() > 0, path


def test_pages_state_their_policy(scene: Scene) -> None:
    """Scripts from the desk alone, no plug-ins from elsewhere, frames on this machine alone."""
    policy = ask(scene, "GET", "/desk/drive", "cartera.uno").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" in policy
    assert "form-action 'self'" in policy


def test_link_enters_as_a_person_after_one_click(open_as: Opener, scene: Scene) -> None:
    """The page names who it will be; nothing changes until the click, then it goes on to where the link leads."""
    page = open_as("cartera.uno", f"/desk/enter?as=seguridad.uno&next=/desk/sheet/{scene.sheet}?cell=D5")
    expect(page.get_by_role("heading", name="Entrar como Ovidio Arrocha Delgado")).to_be_visible()
    expect(page.get_by_text("Ahora está como Zuleika Cortés Navarro")).to_be_visible()
    page.get_by_role("button", name="Entrar").click()
    expect(page.locator("#c-D5")).to_be_focused()
    page.goto(f"{scene.emulator.url}/desk/enter?as=seguridad.uno&next=//evil.example")
    assert page.url == scene.emulator.url + "/"


@pytest.fixture
def tour(scene: Scene) -> Iterator[str]:
    """The address of a page on another port of this machine that shows the desk in a frame."""
    html = f'<iframe src="{scene.emulator.url}/desk/mail" width="800" height="600"></iframe>'.encode()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_tour_on_this_machine_may_frame_the_desk(chromium: Browser, scene: Scene, tour: str) -> None:
    """In the frame the person is who the cookie says, and the mail opens with its own frame inside."""
    context = chromium.new_context(locale="es-PA")
    context.add_cookies([{"name": "desk_actor", "value": address("seguridad.uno"), "url": scene.emulator.url}])
    page = context.new_page()
    page.goto(tour)
    desk = page.frame_locator("iframe")
    desk.get_by_role("link", name="Ferretería El Roble: confirme su parte").click()
    expect(desk.frame_locator(".mail-frame").get_by_text("Confirme las medidas")).to_be_visible()
    context.close()


def test_calls_are_narrowed_and_told_in_batches(open_as: Opener, scene: Scene) -> None:
    """By API, account and answer; the parts of a batch stand under one heading; new calls appear by themselves."""
    one = f"GET /drive/v3/about?fields=user HTTP/1.1\r\nAuthorization: Bearer local:{BOT}\r\n\r\n\r\n"
    parts = "".join(f"--x\r\nContent-Type: application/http\r\n\r\n{one}" for _ in range(3)) + "--x--"
    head = {"Content-Type": "multipart/mixed; boundary=x"}
    scene.emulator.raw("POST", "/batch/drive/v3", BOT, data=parts, headers=head)
    scene.emulator.raw("GET", "/drive/v3/files/nada", address("cartera.uno"))
    page = open_as("cartera.uno", "/desk/calls?api=drive")
    expect(page.locator(".batch-head").first).to_contain_text("3 llamadas en una sola petición")
    expect(page.locator("code.api-gmail")).to_have_count(0)
    page.get_by_label("Respuesta").select_option(label="Rechazadas")
    expect(page.locator(".calls tbody tr")).to_have_count(1)
    expect(page.locator(".calls tbody")).to_contain_text("404")
    scene.emulator.raw("GET", "/drive/v3/files/tampoco", address("cartera.uno"))
    expect(page.locator(".calls tbody tr")).to_have_count(2, timeout=5000)
