"""What the desk needs beside the API: forms by their public address, pre-filled links, files handed in."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from emulator import drive, forms, seed
from emulator.clock import Clock
from emulator.directory import Directory
from emulator.drive.files import FILES
from emulator.forms import links, responses, uploads, watches
from emulator.forms.model import Form
from emulator.forms.model import forms as forms_of
from emulator.forms.model import responses as responses_of
from emulator.forms.model import watches as watches_of
from emulator.kernel import HANDLERS, ApiError, Call, World

OWNER = "formularios@blindados-demo.example.com"
SELLER = "vendedora.uno@blindados-demo.example.com"
TOPIC = "projects/demo/topics/respuestas"


@pytest.fixture
def world() -> World:
    """The invented company, in this process."""
    assert drive and forms
    made = World(Clock(), Directory())
    seed.plant(made, None)
    return made


def perform(world: World, method: str, body: Any = None, actor: str = OWNER, **path: str) -> Any:
    """Call a handler as the front does."""
    return HANDLERS[method](Call(method, actor, None, path, {}, body or {}, None, world))


def open_form(world: World, *titles: str) -> Form:
    """A form that anyone may answer, with a text question of each title."""
    form_id = perform(world, "forms.forms.create", {"info": {"title": "Alta"}})["formId"]
    items = [{"title": title, "questionItem": {"question": {"textQuestion": {}}}} for title in titles]
    batch = [{"createItem": {"item": item, "location": {"index": place}}} for place, item in enumerate(items)]
    if batch:
        perform(world, "forms.forms.batchUpdate", {"requests": batch}, formId=form_id)
    return forms_of(world)[form_id]


def refusal(call: Callable[[], Any]) -> ApiError:
    """The error of a call that must fail."""
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def test_public_address_leads_back_to_the_form(world: World) -> None:
    """The id in the responders' address finds the form; another finds none."""
    form = open_form(world)
    assert links.form_by_public_id(world, form.responder_uri.split("/")[-2]) is form
    assert links.form_by_public_id(world, form.form_id) is None


def test_prefilled_link_names_questions_in_decimal(world: World) -> None:
    """The entry number is the question id in decimal, and leads back to it."""
    form = open_form(world, "Nombre")
    question_id = form.items[0]["questionItem"]["question"]["questionId"]
    url = links.prefilled_url(form, {question_id: "ACME, S.A. & Cía"})
    assert url == f"{form.responder_uri}?usp=pp_url&entry.{int(question_id, 16)}=ACME%2C+S.A.+%26+C%C3%ADa"
    assert links.question_id_of(links.entry_id(question_id)) == question_id


def test_equal_titles_are_told_apart_by_entry(world: World) -> None:
    """Two questions of one title on the way cannot be meant by it, only by their entry numbers."""
    form = open_form(world, "Correo", "Correo")
    first, second = (item["questionItem"]["question"]["questionId"] for item in form.items)
    assert "Two questions" in refusal(lambda: responses.submit(world, form.form_id, SELLER, {"Correo": "a"})).message
    answers = {f"entry.{links.entry_id(first)}": "a", f"entry.{links.entry_id(second)}": "a"}
    response_id = responses.submit(world, form.form_id, SELLER, answers)
    assert set(responses_of(world)[response_id].answers) == {first, second}


def test_file_becomes_the_owners(world: World) -> None:
    """A file handed in lies in the owner's Drive, named after its sender, and is found by the answer's file id."""
    form = open_form(world, "Nombre")
    question_id = uploads.add_upload_question(world, form.form_id, "Cédula", required=True)
    assert "required" in refusal(lambda: responses.submit(world, form.form_id, SELLER, {"Nombre": "x"})).message
    file = {"file": {"name": "cedula.pdf", "mimeType": "application/pdf", "base64": base64.b64encode(b"%PDF").decode()}}
    response_id = responses.submit(world, form.form_id, SELLER, {"Cédula": file})
    (answer,) = responses_of(world)[response_id].answers[question_id]["fileUploadAnswers"]["answers"]
    stored = world.table(FILES)[answer["fileId"]]
    assert (stored.owner, stored.content, stored.mime_type) == (OWNER, b"%PDF", "application/pdf")
    assert stored.name == answer["fileName"] == "cedula - Marisol Quintero Vega.pdf"


def test_two_files_where_one_is_asked_for_are_refused(world: World) -> None:
    """Nothing is stored when a file answer breaks its question's rule."""
    form = open_form(world)
    uploads.add_upload_question(world, form.form_id, "Cédula")
    before = len(world.table(FILES))
    two = [{"file": {"name": name, "base64": ""}} for name in ("a.pdf", "b.pdf")]
    assert refusal(lambda: responses.submit(world, form.form_id, SELLER, {"Cédula": two})).code == 400
    assert len(world.table(FILES)) == before


def test_restarting_branch_cannot_be_submitted(world: World) -> None:
    """An option that leads back to the start keeps the person on the form."""
    form = open_form(world)
    options = [{"value": "otra vez", "goToAction": "RESTART_FORM"}, {"value": "listo"}]
    item = {"title": "A", "questionItem": {"question": {"choiceQuestion": {"type": "RADIO", "options": options}}}}
    perform(
        world,
        "forms.forms.batchUpdate",
        {"requests": [{"createItem": {"item": item, "location": {"index": 0}}}]},
        formId=form.form_id,
    )
    assert refusal(lambda: responses.submit(world, form.form_id, SELLER, {"A": "otra vez"})).code == 400
    assert responses.submit(world, form.form_id, SELLER, {"A": "listo"})


def test_nobody_signed_in_cannot_answer_a_verified_form(world: World) -> None:
    """Verified addresses ask for an account, even where anyone may answer."""
    form = open_form(world, "Nombre")
    assert refusal(lambda: responses.submit(world, form.form_id, None, {"Nombre": "x"})).code == 403
    change = {"updateSettings": {"settings": {"emailCollectionType": "RESPONDER_INPUT"}, "updateMask": "*"}}
    perform(world, "forms.forms.batchUpdate", {"requests": [change]}, formId=form.form_id)
    typed = responses.submit(world, form.form_id, None, {"Nombre": "x"}, typed_email="x@otra.example")
    assert responses_of(world)[typed].email == "x@otra.example"


def test_watch_of_somebody_who_lost_access_is_suspended(world: World) -> None:
    """The next event finds no access: SUSPENDED with its reason, and renewing is refused while it lasts."""
    form = open_form(world, "Nombre")
    sent: list[str] = []
    world.publish = lambda topic, message: sent.append(topic) or ""  # type: ignore[func-returns-value]
    helper = "encargado.uno@blindados-demo.example.com"
    grant = {"type": "user", "role": "writer", "emailAddress": helper}
    permission = perform(world, "drive.permissions.create", grant, fileId=form.form_id)
    body = {"watch": {"eventType": "RESPONSES", "target": {"topic": {"topicName": TOPIC}}}}
    perform(world, "forms.forms.watches.create", body, actor=helper, formId=form.form_id)
    perform(world, "drive.permissions.delete", fileId=form.form_id, permissionId=permission["id"])
    responses.submit(world, form.form_id, SELLER, {"Nombre": "x"})
    (watch,) = perform(world, "forms.forms.watches.list", formId=form.form_id)["watches"]
    assert (watch["state"], watch["errorType"], sent) == ("SUSPENDED", "NO_USER_ACCESS", [])
    path = {"formId": form.form_id, "watchId": watch["id"]}
    assert refusal(lambda: perform(world, "forms.forms.watches.renew", **path)).code == 400


def test_notification_that_waited_survives_a_restart(world: World) -> None:
    """What the pause held back is told after the timers were lost."""
    form = open_form(world, "Nombre")
    sent: list[str] = []
    world.publish = lambda topic, message: sent.append(topic) or ""  # type: ignore[func-returns-value]
    body = {"watch": {"eventType": "RESPONSES", "target": {"topic": {"topicName": TOPIC}}}}
    perform(world, "forms.forms.watches.create", body, formId=form.form_id)
    for _ in range(2):
        responses.submit(world, form.form_id, SELLER, {"Nombre": "x"})
    world.clock.reset()
    watches.resume(world)
    world.clock.put(advance_s=31)
    world.clock.run_due()
    assert len(sent) == 2
    assert next(iter(watches_of(world).values())).pending_at is None
