"""The mails that Drive writes by itself: something was shared, changed its owner, or somebody asks for access.

They lie in the mailboxes of this Workspace like any other mail, so that a share that should have been silent shows.
The subjects follow Google's in Spanish; the texts are ours. Source of when they are sent: Drive API reference,
permissions.create; guide, "Manage pending access proposals".
"""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from emulator.drive.model import File, Permission
from emulator.drive.view import web_view_link
from emulator.gmail.mailbox import receive
from emulator.kernel import World

_SENDER = "drive-shares-dm-noreply@google.com"
_MAY = {"reader": "ver", "commenter": "comentar", "writer": "editar", "fileOrganizer": "organizar", "organizer": "administrar"}


def tell_of_share(world: World, file: File, grant: Permission, giver: str, message: str = "") -> None:
    """Tell the grantee, or every member of a group, what was shared."""
    line = f"{_named(world, giver)} te ha invitado a {_MAY.get(grant.role, 'ver')} el siguiente elemento:"
    _send(world, file, [grant.grantee], f'Elemento compartido contigo: "{file.name}"', line, giver, message)


def tell_of_ownership(world: World, file: File, owner: str, giver: str, message: str = "") -> None:
    """Tell the new owner."""
    line = f"{_named(world, giver)} te ha transferido la propiedad del siguiente elemento:"
    _send(world, file, [owner], f'Ahora eres propietario de "{file.name}"', line, giver, message)


def tell_of_request(world: World, file: File, sharers: Iterable[str], requester: str, message: str = "") -> None:
    """Tell those who may share an item that somebody asks for access."""
    line = f"{_named(world, requester)} solicita acceso al siguiente elemento:"
    _send(world, file, sharers, f'Solicitud de acceso a "{file.name}"', line, requester, message)


def _named(world: World, address: str) -> str:
    return f"{world.directory.display_name(address)} ({address})"


def _send(world: World, file: File, recipients: Iterable[str], subject: str, line: str, writer: str, message: str) -> None:
    for recipient in recipients:
        mail = EmailMessage()
        mail["From"] = formataddr((f"{world.directory.display_name(writer)} (a través de Google Drive)", _SENDER))
        mail["To"] = recipient
        mail["Reply-To"] = writer
        mail["Subject"] = " ".join(subject.split())
        mail["Date"] = format_datetime(world.clock.now())
        mail["Message-ID"] = f"<{world.new_id('', 32)}@docs-share.google.com>"
        mail.set_content("\n\n".join(part for part in (line, message, file.name, web_view_link(file)) if part) + "\n")
        for address in _mailboxes(world, recipient):
            receive(world, address, mail.as_bytes(), _SENDER)


def _mailboxes(world: World, recipient: str) -> list[str]:
    directory = world.directory
    if directory.is_group(recipient):
        return sorted(directory.members_of(recipient))
    nobody = directory.is_service_account(recipient) or (directory.in_domain(recipient) and not directory.exists(recipient))
    return [] if nobody else [recipient]
