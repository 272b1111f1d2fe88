"""Who may enter the portal for a client: its contact, while the service is active; and the mail that says so."""

from __future__ import annotations

from collections.abc import Iterator

from expediente.codec import digest
from expediente.deadlines import local_day
from expediente.mails import MailContext
from expediente.model import Dossier, State
from expediente.wanted import Wanted
from expediente.work import View, Work

MAIL = "portal_invitacion"


def contact_of(dossier: Dossier) -> str:
    """The address of the contact in force, in small letters; '' when there is none."""
    client = dossier.intake.client
    return (client.contact.email or client.email).strip().lower()


def as_written(dossier: Dossier) -> str:
    """The address that may enter as the client wrote it, so that its mails stay in the thread of the others; '' when none may."""
    client = dossier.intake.client
    written = (client.email, client.contact.email)
    return next((one for one in written if one.strip().lower() == dossier.portal_email), dossier.portal_email or "")


def keep(work: Work) -> None:
    """Let the contact in force enter; whoever was it before enters no more. What ended by a cancellation keeps its last one."""
    dossier = work.dossier
    if dossier.state is State.ARCHIVED:
        return
    address = contact_of(dossier) or None if dossier.state is State.ACTIVE else None
    if address != dossier.portal_email:
        work.set(portal_email=address)
        work.record("expediente", "portal_contact", known="yes" if address else "no")


def wanted(view: View) -> Iterator[Wanted]:
    """The invitation, once for each address."""
    dossier = view.dossier
    if dossier.portal_email and view.portal_url:
        day = local_day(view.process, view.now)
        context = MailContext(dossier.dossier_id, dossier.intake.client.legal_name, day, f"{view.portal_url}/entrar")
        yield Wanted(f"{MAIL}/{digest(dossier.portal_email)}", MAIL, context)
