"""Forms for those who answer them: the pages, sending in, and coming back to change an answer."""

from __future__ import annotations

from aiohttp import web

from emulator.desk.form_answers import answers_of
from emulator.desk.form_view import form_view, values_of
from emulator.desk.web import Desk, Refused, Visit, add, see_other, wants_json
from emulator.drive.access import can_edit
from emulator.drive.model import FILES
from emulator.forms.access import may_respond
from emulator.forms.links import form_by_public_id
from emulator.forms.model import Form, Response, forms, responses
from emulator.forms.responses import submit

_UNKNOWN = ("No lo encontramos", "Este formulario no existe o fue eliminado.")


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/form/e/{public}{rest:(/.*)?}", form_by_link)
    add(desk, app, "GET", "/desk/form/{id}", form_page)
    add(desk, app, "POST", "/desk/form/{id}/responses", send_in)
    add(desk, app, "GET", "/desk/form/{id}/response/{response}", sent)


async def form_by_link(visit: Visit) -> web.StreamResponse:
    """The form behind the public id of its link; pre-filled values go along."""
    form = form_by_public_id(visit.world, visit.place("public"))
    if form is None:
        raise Refused(404, *_UNKNOWN)
    query = visit.request.query_string
    return see_other(f"/desk/form/{form.form_id}" + (f"?{query}" if query else ""))


def _form(visit: Visit) -> Form:
    """The form, when this person may answer it now."""
    form = forms(visit.world).get(visit.place("id"))
    file = visit.world.table(FILES).get(visit.place("id"))
    if form is None or file is None or file.trashed:
        raise Refused(404, *_UNKNOWN)
    if not may_respond(visit.world, form, visit.actor):
        text = "Este formulario solo lo llenan las personas invitadas a responder. Pida a quien se lo envió que la agregue, "
        raise Refused(403, "Necesita permiso", text + "o cambie a la cuenta que sí está invitada.")
    if not form.published or not form.accepting:
        text = f"El formulario «{form.title}» ya no acepta respuestas. Si cree que es un error, escriba a quien lo envió."
        raise Refused(403, "Formulario cerrado", text)
    return form


def _own_response(visit: Visit, form: Form, response_id: str) -> Response:
    """A response to this form by this person."""
    found = responses(visit.world).get(response_id)
    if found is None or found.form_id != form.form_id:
        raise Refused(404, "No lo encontramos", "Esa respuesta no existe.")
    if found.respondent.lower() != visit.actor:
        raise Refused(403, "No es su respuesta", "Solo quien la envió puede volver a editar una respuesta.")
    return found


async def form_page(visit: Visit) -> web.StreamResponse:
    """The form to fill in: empty, pre-filled (`entry.N=…`), or with an earlier response (`edit2=…`)."""
    form, query = _form(visit), visit.request.query
    editing = query.get("edit2", "")
    earlier = _own_response(visit, form, editing) if editing else None
    values = values_of(earlier) if earlier else {name: query.getall(name) for name in query if name.startswith("entry.")}
    email = query.get("emailAddress", "") or (earlier.email if earlier else visit.actor)
    return visit.page(
        "form.html",
        "forms",
        form=form,
        sections=form_view(form, values),
        editing=editing,
        email=email,
        prefilled=bool(values) and not earlier,
        editor=can_edit(visit.world, visit.actor, form.form_id),
    )


async def send_in(visit: Visit) -> web.StreamResponse:
    """Send the form in, or an edited response (`edit2`)."""
    form = _form(visit)
    posted = await visit.request.post()
    answers, missing = answers_of(form, posted)
    if missing:
        refusal = Refused(400, "Faltan respuestas", "Hay preguntas obligatorias sin responder.", "")
        if not wants_json(visit.request):
            raise refusal
        shown = {"title": refusal.title, "text": refusal.text, "detail": "", "entries": missing}
        return web.json_response({"error": shown}, status=400)
    editing = str(posted.get("edit2", "")) or None
    typed = str(posted.get("emailAddress", "")).strip() or None
    response_id = submit(visit.world, form.form_id, visit.actor, answers, editing, typed_email=typed)
    target = f"/desk/form/{form.form_id}/response/{response_id}" + ("?editada=1" if editing else "")
    return web.json_response({"location": target}) if wants_json(visit.request) else see_other(target)


async def sent(visit: Visit) -> web.StreamResponse:
    """The answer is in; here is the way to change it."""
    form = forms(visit.world).get(visit.place("id"))
    if form is None:
        raise Refused(404, *_UNKNOWN)
    response = _own_response(visit, form, visit.place("response"))
    return visit.page(
        "form_sent.html",
        "forms",
        form=form,
        response=response,
        edited="editada" in visit.request.query,
        editor=can_edit(visit.world, visit.actor, form.form_id),
    )
