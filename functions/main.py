"""The doors: one entry point a trigger. Each parses, calls one function, answers. infra/functions.yaml lists them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import functions_framework

from expediente.bootstrap import app, setup_logging

if TYPE_CHECKING:
    from cloudevents.http import CloudEvent
    from flask import Request, Response

setup_logging("INFO")


def _message(event: CloudEvent) -> dict[str, Any]:
    """Attributes and JSON data of a Pub/Sub message as one dictionary; a message may come without data."""
    message = event.data["message"]
    data = base64.b64decode(message.get("data") or "")
    body = json.loads(data) if data else {}
    return {**(message.get("attributes") or {}), **(body if isinstance(body, dict) else {})}


@functions_framework.cloud_event
def on_form(event: CloudEvent) -> None:
    """A watch says that a form has news: store its responses, wake their dossiers."""
    from expediente import feeds

    wanted = _message(event).get("formId")
    for form, site in app().site.forms.items():
        if site.form_id == wanted:
            for dossier_id in sorted(feeds.read_form(app(), form)):
                app().publish_work(dossier_id)


@functions_framework.cloud_event
def on_tick(event: CloudEvent) -> None:
    """The clock: every minute the feeds and what is due, every morning the digests, every week its report, every night a look at all that is open."""
    from expediente import feeds, register

    job = _message(event).get("job")
    if job == "nightly":
        feeds.nightly(app())
        return
    if job in ("digest", "weekly"):
        from expediente import digest, weekly

        if job == "digest":
            digest.run(app())
        # Each morning makes up for a report that was lost or fell on a free day.
        weekly.run(app())
        return
    feeds.tick(app())
    register.refresh(app())


@functions_framework.cloud_event
def on_work(event: CloudEvent) -> None:
    """Look at one dossier, at one payment of which nothing was heard, or at the files that Cartera has dropped."""
    message = _message(event)
    if "ledger" in message:
        from expediente import ledger_files

        ledger_files.work(app())
        return
    if "order_id" in message:
        from expediente import payments

        payments.look(app(), message["order_id"])
        return
    from expediente.reconcile import reconcile

    reconcile(app(), message["dossier_id"])


@functions_framework.cloud_event
def on_mail(event: CloudEvent) -> None:
    """Send what waits for one sender."""
    from expediente import outbox

    outbox.drain(app(), _message(event)["sender"])


@functions_framework.http
def page(request: Request) -> Response:
    """The signed-in pages, behind the identity-aware proxy."""
    from expediente.page import answer

    return answer(app(), request)


@functions_framework.http
def portal(request: Request) -> Response:
    """The portal of the clients: public but for its login."""
    from expediente.portal import answer

    return answer(app(), request)
