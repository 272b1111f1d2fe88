"""A mail that a dossier wants, and the links that mails bear. What wants a mail stands in its stage, who gets it in `notify.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from expediente.classify import DELIVERY
from expediente.folder import folder_step
from expediente.form_build import prefilled_link
from expediente.google.clients import folder_link, sheet_link
from expediente.mails import Line, MailContext
from expediente.model import Dossier
from expediente.process import Area, Process
from expediente.work import View, Work


@dataclass(frozen=True)
class Wanted:
    """A mail that should have been queued. key: makes it once; kind: of mails.yaml; area, author: who is meant where the rule says so.

    keep: what is stored with it, such as the hash of a token that only the mail knows.
    """

    key: str
    kind: str
    context: MailContext
    area: Area | None = None
    author: str = ""
    keep: Callable[[Work], None] | None = None


# The path of the page where papers are handed in.
DELIVERY_PAGE = "entregar"


def folder_of(dossier: Dossier, key: str) -> str:
    """Address of a folder of the dossier."""
    return folder_link(dossier.file_id(folder_step(key)))


def sheet_of(dossier: Dossier, step: str) -> str:
    """Address of a workbook of the dossier."""
    return sheet_link(dossier.file_id(step))


def may_deliver(dossier: Dossier) -> bool:
    """Whether a vendedora can open the delivery folder now: a link to it goes to nobody who may not."""
    return any(grant.place == DELIVERY and grant.kind == "user" for grant in dossier.grants.values())


def page_link(view: View, page: str, *parts: str) -> str:
    """Address of a signed-in page."""
    return "/".join([view.page_url.rstrip("/"), page, view.dossier.dossier_id, *parts])


def act_link(view: View, act: str, subject: str = "") -> str:
    """Address of the page of a signed act."""
    return page_link(view, "acto", *([act, subject] if subject else [act]))


def dossier_link(view: View) -> str:
    """Address of the page of the dossier."""
    return page_link(view, "expediente")


def form_link(view: View, form: str, **answers: str) -> str:
    """Address of a form of this dossier with its code (its id, while it has none) and RUC filled in; '' where it cannot be sent now. answers: others by key."""
    definition, site, dossier = view.forms.get(form), view.site.forms.get(form), view.dossier
    keys = definition.dossier if definition else None
    if definition is None or keys is None or site is None or not keys.code:
        return ""
    if dossier.state.value not in keys.states:
        return ""
    said = {keys.code: (dossier.denarius_code or dossier.dossier_id,), keys.ruc: (dossier.intake.client.ruc,)}
    said |= {key: (text,) for key, text in answers.items()}
    return prefilled_link(site.responder_uri, definition, said, site.question_ids)


def form_links(view: View) -> tuple[Line, ...]:
    """Every form by which something of this dossier can be asked now: its title and its address."""
    links = (Line(definition.title, form_link(view, key)) for key, definition in view.forms.items())
    return tuple(line for line in links if line.value)


def area_folder(process: Process, area: Area) -> str:
    """The folder where an area works: the first that grants it writing."""
    for folder in process.access.folders:
        if any(rule.principal == f"area:{area.key}" and rule.role == "writer" for rule in folder.grants):
            return folder.key
    return "root"
