"""A form for those who edit it: the responses that came in, opening and closing it, a question for files."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from aiohttp import web

from emulator.desk.web import Desk, Refused, Visit, add, see_other
from emulator.drive.access import can_edit
from emulator.drive.files import get_file
from emulator.forms.links import entry_id
from emulator.forms.model import Form, forms, questions_of
from emulator.forms.uploads import add_upload_question
from emulator.kernel import Json

_MOST_TEXTS = 12
_UNTITLED = "Pregunta sin título"


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/form/{id}/responses", overview)
    add(desk, app, "POST", "/desk/form/{id}/accepting", accepting)
    add(desk, app, "POST", "/desk/form/{id}/upload-question", upload_question)


def _edited(visit: Visit) -> Form:
    """The form, for its editors alone."""
    form = forms(visit.world).get(visit.place("id"))
    if form is None:
        raise Refused(404, "No lo encontramos", "Este formulario no existe o fue eliminado.")
    get_file(visit.world, form.form_id, visit.actor, "metadata")
    if not can_edit(visit.world, visit.actor, form.form_id):
        raise Refused(403, "Solo para editores", "Las respuestas las ven solo quienes pueden editar el formulario.")
    return form


async def overview(visit: Visit) -> web.StreamResponse:
    """All responses in summary; with `n`, that one (from 1)."""
    form = _edited(visit)
    found = visit.api("forms.forms.responses.list", {"formId": form.form_id}, {"pageSize": 5000}).get("responses", [])
    found.sort(key=lambda one: str(one["lastSubmittedTime"]))
    wanted = visit.request.query.get("n", "")
    number = min(max(int(wanted), 1), len(found)) if wanted.isdigit() and found else 0
    return visit.page(
        "responses.html",
        "forms",
        form=form,
        count=len(found),
        number=number,
        single=_single(form, found[number - 1]) if number else None,
        summary=[] if number else [_summed(title, question, found) for title, question in _questions(form)],
    )


def _questions(form: Form) -> list[tuple[str, Json]]:
    """Every question with the title that it bears on the page; rows of a grid carry that of the grid too."""
    shown = []
    for item in form.items:
        for question in questions_of(item):
            row = question.get("rowQuestion", {}).get("title")
            title = str(item.get("title") or _UNTITLED)
            shown.append((f"{title} [{row}]" if row else title, question))
    return shown


def _texts(answer: Json) -> list[str]:
    return [str(one["value"]) for one in answer.get("textAnswers", {}).get("answers", [])]


def _files(answer: Json) -> list[Json]:
    return [
        {"id": one["fileId"], "name": one.get("fileName", "archivo")}
        for one in answer.get("fileUploadAnswers", {}).get("answers", [])
    ]


def _summed(title: str, question: Json, found: list[Json]) -> Json:
    """How often each choice was taken, or the texts that were written, the latest first."""
    answers = [one["answers"][question["questionId"]] for one in found if question["questionId"] in one.get("answers", {})]
    texts = [text for answer in reversed(answers) for text in _texts(answer)]
    counted = any(kind in question for kind in ("choiceQuestion", "scaleQuestion", "ratingQuestion", "rowQuestion"))
    bars = Counter(texts).most_common() if counted else []
    return {
        "title": title,
        "count": len(answers),
        "bars": [{"text": text, "number": number, "share": round(100 * number / len(answers))} for text, number in bars],
        "texts": [] if counted else texts[:_MOST_TEXTS],
        "more": 0 if counted else max(0, len(texts) - _MOST_TEXTS),
        "files": [file for answer in reversed(answers) for file in _files(answer)][:_MOST_TEXTS],
    }


def _single(form: Form, response: Json) -> Json:
    answers = response.get("answers", {})
    rows = []
    for title, question in _questions(form):
        answer = answers.get(question["questionId"])
        if answer is not None:
            rows.append({"title": title, "texts": _texts(answer), "files": _files(answer)})
    return {
        "email": response.get("respondentEmail", ""),
        "sent": response["lastSubmittedTime"],
        "id": response["responseId"],
        "rows": rows,
        "prefilled": _prefilled(form, answers),
    }


def _prefilled(form: Form, answers: Json) -> str:
    """The query of a link that opens the form with these answers."""
    return urlencode(
        [
            (f"entry.{entry_id(question['questionId'])}", text)
            for _, question in _questions(form)
            for text in _texts(answers.get(question["questionId"], {}))
        ]
    )


async def accepting(visit: Visit) -> web.StreamResponse:
    """Open the form to answers, or close it."""
    form = _edited(visit)
    opens = str((await visit.request.post()).get("accepting", "")) == "1"
    state = {"isPublished": form.published or opens, "isAcceptingResponses": opens}
    body = {"publishSettings": {"publishState": state}}
    visit.api("forms.forms.setPublishSettings", {"formId": form.form_id}, body=body)
    told = "El formulario acepta respuestas." if opens else "El formulario ya no acepta respuestas."
    return see_other(f"/desk/form/{form.form_id}/responses", told)


async def upload_question(visit: Visit) -> web.StreamResponse:
    """Add a question that takes files: people can, the API cannot."""
    form, given = _edited(visit), await visit.request.post()
    title = " ".join(str(given.get("title", "")).split())[:300]
    if not title:
        raise Refused(400, "Falta la pregunta", "Escriba qué archivo se pide, por ejemplo «Cédula del representante».")
    most = {"5": 5, "10": 10}.get(str(given.get("most", "")), 1)
    add_upload_question(visit.world, form.form_id, title, required=bool(given.get("required")), max_files=most)
    return see_other(f"/desk/form/{form.form_id}/responses", f"Se agregó la pregunta «{title}» al final del formulario.")
