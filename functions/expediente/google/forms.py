"""Forms: making and publishing them, their responses, and the watches that say that there are some.

A form belongs to a person: these calls act as the forms' owner. Source: Forms API v1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from expediente.errors import NotFoundError, RefusedError
from expediente.google.times import from_rfc3339, to_rfc3339

if TYPE_CHECKING:
    from expediente.google.clients import Resources

RESPONSES = "RESPONSES"


@dataclass(frozen=True)
class FormItem:
    """An item of a form. question_ids: several for a grid, none for a section or text; kind: of the item, as `pageBreakItem`."""

    item_id: str
    title: str
    kind: str
    question_ids: tuple[str, ...] = ()

    @property
    def question_id(self) -> str:
        """The id of its only question, '' when it has none."""
        return self.question_ids[0] if self.question_ids else ""


@dataclass(frozen=True)
class FormInfo:
    """A form as it stands. responder_uri: where people answer it; revision_id: good for a day as a write condition."""

    form_id: str
    title: str
    responder_uri: str
    revision_id: str
    published: bool
    accepting: bool
    items: tuple[FormItem, ...]
    email_collection: str = ""


@dataclass(frozen=True)
class FormResponse:
    """One answer of a person. An edited answer keeps response_id and created_at; last_submitted_at moves.

    respondent: signed-in address, '' where not collected. answers: question id -> texts; of uploaded files the file ids.
    """

    response_id: str
    created_at: datetime
    last_submitted_at: datetime
    respondent: str
    answers: dict[str, list[str]]


@dataclass(frozen=True)
class Watch:
    """A watch of a form. state: ACTIVE | SUSPENDED; it ends at expires_at, seven days after it was made or renewed."""

    watch_id: str
    event_type: str
    topic: str
    expires_at: datetime
    state: str
    error: str = ""


class Forms:
    """Forms of one owner. Every method may raise a `GoogleError`; only what is special is said below."""

    def __init__(self, api: Resources) -> None:
        self._api = api

    # --- making ----------------------------------------------------------------------------------------------------------------

    def create_form(self, title: str, document_title: str = "") -> FormInfo:
        """Make an empty form that nobody can answer yet. document_title: name of the file, later only changed in Drive."""
        body = {"info": {"title": title, "documentTitle": document_title or title}}
        return _form(self._api.execute(self._api.forms.create(body=body, unpublished=True)))

    def batch_update(self, form_id: str, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Do all requests, in order, or none. Gives Google's replies, one for each; `createItem` tells item and question ids."""
        body = {"requests": list(requests), "includeFormInResponse": False}
        return list(self._api.execute(self._api.forms.batchUpdate(formId=form_id, body=body)).get("replies", ()))

    def get_form(self, form_id: str) -> FormInfo:
        """The form with its items in order."""
        return _form(self._api.execute(self._api.forms.get(formId=form_id)))

    def read_form(self, form_id: str) -> dict[str, Any]:
        """The whole form as Google tells it, for `form_build.compare` and `form_build.question_ids_of`."""
        return self._api.execute(self._api.forms.get(formId=form_id))

    def set_publish(self, form_id: str, *, published: bool, accepting: bool) -> None:
        """Publish or withdraw a form, open or close it. Both are always set: how a form is born has changed over time."""
        state = {"isPublished": published, "isAcceptingResponses": accepting}
        body = {"publishSettings": {"publishState": state}, "updateMask": "publishState"}
        self._api.execute(self._api.forms.setPublishSettings(formId=form_id, body=body))

    # --- responses -------------------------------------------------------------------------------------------------------------

    def responses_since(self, form_id: str, since: datetime | None = None) -> list[FormResponse]:
        """Responses sent or edited at or after that instant, all pages, oldest first. since None = all."""
        options: dict[str, Any] = {"formId": form_id, "pageSize": 5000}
        if since is not None:
            options["filter"] = f"timestamp >= {to_rfc3339(since)}"
        page = self._api.execute(self._api.responses.list(**options))
        found = [_response(item) for item in page.get("responses", ())]
        while page.get("nextPageToken"):
            page = self._api.execute(self._api.responses.list(**options, pageToken=page["nextPageToken"]))
            found += [_response(item) for item in page.get("responses", ())]
        return sorted(found, key=lambda response: (response.last_submitted_at, response.response_id))

    # --- watches ---------------------------------------------------------------------------------------------------------------

    def create_watch(self, form_id: str, topic: str, watch_id: str = "") -> Watch:
        """Have Google publish to a topic when responses come. topic: complete name; watch_id: 4-63 of a-z and `-`, '' = Google's.

        :raises RefusedError: one exists already, or Google may not publish to the topic.
        """
        body: dict[str, Any] = {"watch": {"eventType": RESPONSES, "target": {"topic": {"topicName": topic}}}}
        body |= {"watchId": watch_id} if watch_id else {}
        return _watch(self._api.execute(self._api.watches.create(formId=form_id, body=body)))

    def list_watches(self, form_id: str) -> list[Watch]:
        """The watches of this project and owner on the form."""
        return [_watch(item) for item in self._api.execute(self._api.watches.list(formId=form_id)).get("watches", ())]

    def renew_watch(self, form_id: str, watch_id: str) -> Watch:
        """Give a watch seven more days, also a suspended one. :raises NotFoundError: it has ended; make another."""
        return _watch(self._api.execute(self._api.watches.renew(formId=form_id, watchId=watch_id, body={})))

    def delete_watch(self, form_id: str, watch_id: str) -> None:
        """End a watch; one that is gone already is fine."""
        try:
            self._api.execute(self._api.watches.delete(formId=form_id, watchId=watch_id))
        except NotFoundError:
            return
        except RefusedError as error:
            # A second deletion is 403 on the live service, not 404.
            if "Watch not found" not in str(error):
                raise

    def ensure_watch(self, form_id: str, topic: str, until: datetime) -> Watch:
        """A working watch on this topic that lives at least until that instant: kept, renewed or made.

        A watch of ours on another topic is ended first, because Google allows one a form, project and owner.
        """
        for watch in self.list_watches(form_id):
            if watch.event_type != RESPONSES:
                continue
            if watch.topic != topic:
                self.delete_watch(form_id, watch.watch_id)
            elif watch.state == "ACTIVE" and watch.expires_at >= until:
                return watch
            else:
                try:
                    return self.renew_watch(form_id, watch.watch_id)
                except NotFoundError:
                    continue
        try:
            return self.create_watch(form_id, topic)
        except RefusedError:
            # "Exists": another run has just made it, or our own lost answer did.
            found = [watch for watch in self.list_watches(form_id) if watch.topic == topic and watch.event_type == RESPONSES]
            if not found:
                raise
            return found[0]


def _form(form: Mapping[str, Any]) -> FormInfo:
    info, state = form.get("info", {}), form.get("publishSettings", {}).get("publishState", {})
    return FormInfo(
        form_id=str(form["formId"]),
        title=str(info.get("title", "")),
        responder_uri=str(form.get("responderUri", "")),
        revision_id=str(form.get("revisionId", "")),
        published=bool(state.get("isPublished", False)),
        accepting=bool(state.get("isAcceptingResponses", False)),
        items=tuple(_item(item) for item in form.get("items", ())),
        email_collection=str(form.get("settings", {}).get("emailCollectionType", "")),
    )


def _item(item: Mapping[str, Any]) -> FormItem:
    kind = next((name for name in item if name.endswith("Item")), "")
    body = item.get(kind, {})
    questions = [body["question"]] if "question" in body else body.get("questions", ())
    ids = tuple(str(question["questionId"]) for question in questions if "questionId" in question)
    return FormItem(str(item.get("itemId", "")), str(item.get("title", "")), kind, ids)


def _response(item: Mapping[str, Any]) -> FormResponse:
    return FormResponse(
        response_id=str(item["responseId"]),
        created_at=from_rfc3339(item["createTime"]),
        last_submitted_at=from_rfc3339(item["lastSubmittedTime"]),
        respondent=str(item.get("respondentEmail", "")).lower(),
        answers={question_id: _texts(answer) for question_id, answer in item.get("answers", {}).items()},
    )


def _texts(answer: Mapping[str, Any]) -> list[str]:
    texts = [str(one.get("value", "")) for one in answer.get("textAnswers", {}).get("answers", ())]
    return texts + [str(one["fileId"]) for one in answer.get("fileUploadAnswers", {}).get("answers", ())]


def _watch(item: Mapping[str, Any]) -> Watch:
    return Watch(
        watch_id=str(item["id"]),
        event_type=str(item.get("eventType", "")),
        topic=str(item.get("target", {}).get("topic", {}).get("topicName", "")),
        expires_at=from_rfc3339(item["expireTime"]),
        state=str(item.get("state", "")),
        error=str(item.get("errorType", "")),
    )
