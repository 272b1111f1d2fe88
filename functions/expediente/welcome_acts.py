"""What Servicio al Cliente signs of a welcome that did not arrive: the right address, or that it was given in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from expediente import codec, identifiers
from expediente.acts import ActRefusedError, Deed
from expediente.change import ask_again, version_key
from expediente.change_data import DataVersion
from expediente.deadlines import local_day
from expediente.ids import person_ref
from expediente.intake import keep_client
from expediente.mails import Line
from expediente.request_mails import WELCOME
from expediente.store import Create
from expediente.welcome import address_of, came_back
from expediente.welcome_data import Handed
from expediente.work import View, Work

# --- another address ---------------------------------------------------------------------------------------------------------


def may_correct(view: View) -> Sequence[str]:
    """While no mail reaches the client."""
    return ("",) if came_back(view.dossier) or not address_of(view.dossier) else ()


def correct(work: Work, deed: Deed) -> None:
    """The address that the client gave by telephone: a version of the data of its own, the one before is kept."""
    address, dossier = identifiers.email(deed.answers.text("address")), work.dossier
    if address is None or address.lower() == address_of(dossier).lower():
        raise ActRefusedError("address_form")
    if not may_correct(work.view):
        raise ActRefusedError("not_now")
    number = dossier.data_version + 1
    why = f"{WELCOME}/{number}"
    before = DataVersion(dossier.dossier_id, dossier.data_version, dossier.intake, work.now, why)
    work.writes.append(Create("version", version_key(dossier.dossier_id, dossier.data_version), codec.to_data(before)))
    client = replace(dossier.intake.client, email=address)
    known = replace(dossier.welcome, data_version=number)
    work.set(intake=replace(dossier.intake, client=client), data_version=number, welcome=known)
    ask_again(work, why)
    keep_client(work)
    work.record(person_ref(deed.actor.address), "data_changed", version=str(number))


# --- another way than mail -----------------------------------------------------------------------------------------------------


def may_hand(view: View) -> Sequence[str]:
    """While nobody has signed for another way. Also where the mail arrived: a client may say that it never read it."""
    return ("",) if view.dossier.welcome.handed is None else ()


def shows(view: View, subject: str) -> tuple[Line, ...]:
    """The client, the address as it stands, and that the mail came back."""
    labels, back = view.process.labels, came_back(view.dossier)
    lines = [Line(labels["fact_client"], view.dossier.intake.client.legal_name)]
    lines.append(Line(labels["welcome_address"], address_of(view.dossier) or labels["welcome_no_address"]))
    if back is not None:
        lines.append(Line(labels["welcome_returned"], f"{back[1].address} · {local_day(view.process, back[1].at):%d/%m/%Y}"))
    return tuple(lines)


def hand_over(work: Work, deed: Deed) -> None:
    """Servicio al Cliente gave the welcome in another way: the mark stands on that as on the mail."""
    if not may_hand(work.view):
        raise ActRefusedError("not_now")
    handed = Handed(deed.actor.address, deed.at, deed.answers.text("means"), deed.answers.text("note"))
    work.set(welcome=replace(work.dossier.welcome, handed=handed))
    work.record(person_ref(deed.actor.address), "welcome_handed", means=handed.means)
