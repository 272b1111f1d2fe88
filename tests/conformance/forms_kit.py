"""Forms as the tests make them: a client of their owner, requests in short, and people who answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

OWNER = "formularios@blindados-demo.example.com"
SELLER = "vendedora.uno@blindados-demo.example.com"
STRANGER = "empleado.sin.rol@blindados-demo.example.com"
ROBOT = "expediente-forms@expediente-demo.iam.gserviceaccount.com"
Service = Callable[..., Any]


def new_form(forms: Any, title: str = "Prueba", **query: Any) -> str:
    """A new form's id."""
    form_id: str = forms.create(body={"info": {"title": title}}, **query).execute()["formId"]
    return form_id


def edit(forms: Any, form_id: str, *batch: Any, **more: Any) -> Any:
    """Send a batch of requests."""
    return forms.batchUpdate(formId=form_id, body={"requests": list(batch)} | more).execute()


def text(title: str, index: int = 0, **ids: Any) -> Any:
    """A request that makes a short text question."""
    question = {"textQuestion": {}} | {key: value for key, value in ids.items() if key != "itemId"}
    item = {"title": title, "questionItem": {"question": question}}
    if "itemId" in ids:
        item["itemId"] = ids["itemId"]
    return {"createItem": {"item": item, "location": {"index": index}}}


def choice(title: str, kind: str, options: list[Any], index: int = 0) -> Any:
    """A request that makes a choice question."""
    question = {"choiceQuestion": {"type": kind, "options": options}}
    return {"createItem": {"item": {"title": title, "questionItem": {"question": question}}, "location": {"index": index}}}


def section(title: str, item_id: str, index: int) -> Any:
    """A request that makes a section."""
    item = {"title": title, "itemId": item_id, "pageBreakItem": {}}
    return {"createItem": {"item": item, "location": {"index": index}}}


def refusal(call: Callable[[], Any]) -> tuple[int, str]:
    """Status and message of a call that must fail."""
    with pytest.raises(HttpError) as caught:
        call()
    return caught.value.status_code, str(caught.value.reason)


def question(title: str, question_id: str, **kind: Any) -> Any:
    """A question item of any kind, ready for `Desk.build`."""
    return {"title": title, "questionItem": {"question": {"questionId": question_id} | kind}}


def text_item(title: str, question_id: str, *, required: bool = False) -> Any:
    """A text question."""
    return {"title": title, "questionItem": {"question": {"questionId": question_id, "required": required, "textQuestion": {}}}}


def choice_item(title: str, question_id: str, kind: str, *options: Any) -> Any:
    """A choice question; options are texts or whole options."""
    listed = [{"value": option} if isinstance(option, str) else option for option in options]
    question = {"questionId": question_id, "choiceQuestion": {"type": kind, "options": listed}}
    return {"title": title, "questionItem": {"question": question}}


class Desk:
    """A form with its owner's client, and the means to answer it."""

    def __init__(self, service: Service) -> None:
        self.service, self.forms = service, service("forms", "v1", OWNER).forms()
        self.base = service("forms", "v1", OWNER)._baseUrl
        self.form_id: str = self.forms.create(body={"info": {"title": "Alta"}}, unpublished=True).execute()["formId"]
        # Every new form is open to anyone with the link.
        service("drive", "v3", OWNER).permissions().delete(fileId=self.form_id, permissionId="anyoneWithLink").execute()

    def build(self, *items: Any) -> None:
        """Put items into the form, in order."""
        batch = [{"createItem": {"item": item, "location": {"index": place}}} for place, item in enumerate(items)]
        self.forms.batchUpdate(formId=self.form_id, body={"requests": batch}).execute()

    def publish(self, responder: Any = None, accepting: bool = True) -> None:
        """Open the form to one responder (the seller when none is named)."""
        grant = {"role": "reader", "view": "published"} | (responder or {"type": "user", "emailAddress": SELLER})
        drive = self.service("drive", "v3", OWNER)
        drive.permissions().create(fileId=self.form_id, body=grant, sendNotificationEmail=False).execute()
        state = {"isPublished": True, "isAcceptingResponses": accepting}
        body = {"publishSettings": {"publishState": state}, "updateMask": "publishState"}
        self.forms.setPublishSettings(formId=self.form_id, body=body).execute()

    def answer(self, answers: Any, respondent: str = SELLER, **more: Any) -> requests.Response:
        """Send the form in as somebody."""
        body = {"respondent": respondent, "answers": answers} | more
        return requests.post(f"{self.base}_local/forms/{self.form_id}/responses", json=body, timeout=30)

    def responses(self, **query: Any) -> list[Any]:
        """What the API lists."""
        answer = self.forms.responses().list(formId=self.form_id, **query).execute()
        found: list[Any] = answer.get("responses", [])
        return found
