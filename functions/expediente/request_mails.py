"""Who is told of a client's request, and the links by which the client asks. No reserved word of it leaves in a mail."""

from __future__ import annotations

from collections.abc import Iterator

from expediente import letters, request_token
from expediente.form_build import prefilled_link
from expediente.mails import RequestLink
from expediente.process import RequestKind
from expediente.request_data import RequestState, ServiceRequest
from expediente.wanted import Wanted, act_link, form_link
from expediente.work import View

FORM, ACT = "service_request", "devolver_llamada"
WELCOME, LINK, TOLD = "bienvenida_cliente", "enlace_solicitudes_cliente", "solicitud_cliente_servicio"
_CHANGE = "change"
# A request that becomes a change -> the kind of change that its form opens with.
_KINDS = {"schedule_change": "schedule", "supplies": "supplies"}


def _kind(view: View, one: ServiceRequest) -> RequestKind | None:
    return next((kind for kind in view.process.company.requests if kind.key == one.kind), None)


def label_of(view: View, one: ServiceRequest) -> str:
    """What a request is about, as company.yaml calls it."""
    kind = _kind(view, one)
    return kind.label if kind else one.kind


def wanted(view: View) -> Iterator[Wanted]:
    """A new link when the contact has changed; each request to Servicio al Cliente, to the client, and what came of it."""
    dossier = view.dossier
    if WELCOME in dossier.notices and not dossier.request_token and f"{LINK}/{dossier.data_version}" not in dossier.notices:
        yield with_links(view, f"{LINK}/{dossier.data_version}", LINK)
    for one in dossier.service_requests.values():
        items = (label_of(view, one),)
        area = view.process.area_of_mail(TOLD)
        link = act_link(view, ACT, one.request_id)
        if one.state is RequestState.WAITING:
            context = letters.base(view, "service_request", link, items=items)
            yield Wanted(f"{TOLD}/{one.request_id}", TOLD, context, area)
            yield Wanted(
                f"solicitud_recibida_cliente/{one.request_id}",
                "solicitud_recibida_cliente",
                letters.base(view, "", "", items=items),
            )
        elif one.state is RequestState.CONFIRMED:
            context = letters.base(view, "", "", items=items)
            yield Wanted(f"solicitud_confirmada_cliente/{one.request_id}", "solicitud_confirmada_cliente", context)
            if one.becomes == _CHANGE:
                # What the client wrote stays on the page: it may say when and how much.
                said = {"change.kind": _KINDS[one.kind]} if one.kind in _KINDS else {}
                context = letters.base(view, "", form_link(view, "change", **said), items=items)
                yield Wanted(f"solicitud_a_modificacion/{one.request_id}", "solicitud_a_modificacion", context)


def with_links(view: View, key: str, kind: str) -> Wanted:
    """A mail to the client with a link a kind of request; the token in it counts once the mail is queued."""
    token = request_token.new_token()
    context = letters.base(view, "", "", requests=tuple(_links(view, token)))
    return Wanted(key, kind, context, keep=(lambda work: request_token.keep(work, token)) if context.requests else None)


def _links(view: View, token: str) -> Iterator[RequestLink]:
    definition, site = view.forms.get(FORM), view.site.forms.get(FORM)
    if definition is None or definition.dossier is None or site is None:
        return
    for kind in view.process.company.requests:
        said = {definition.dossier.token: (token,), "request.kind": (kind.key,)}
        link = prefilled_link(site.responder_uri, definition, said, site.question_ids)
        yield RequestLink(kind.label, kind.explains, link)
