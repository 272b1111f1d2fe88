"""The mails that Drive writes by itself lie in the mailboxes of this Workspace, and none is written in silence."""

from __future__ import annotations

from typing import Any

from emulator.clock import Clock
from emulator.directory import Directory
from emulator.drive.access_proposals import pending, propose
from emulator.drive.files import create_file
from emulator.gmail.mailbox import inbox
from emulator.kernel import World
from tests.conformance.drive_kit import EDGAR, MARISOL, NAIROBIS, OPERACIONES, Service, refused


def _mails(service: Service, who: str) -> list[dict[str, str]]:
    client = service("gmail", "v1", who)
    found = client.users().messages().list(userId="me").execute().get("messages", [])
    heads = []
    for one in found:
        payload = client.users().messages().get(userId="me", id=one["id"]).execute()["payload"]
        heads.append({head["name"]: head["value"] for head in payload["headers"]})
    return heads


def _made(service: Service) -> tuple[Any, str]:
    client = service("drive", "v3", MARISOL)
    return client, client.files().create(body={"name": "Aviso 7"}).execute()["id"]


def test_sharing_sends_a_mail_unless_told_not_to(service: Service) -> None:
    """Drive reference, sendNotificationEmail: by default users and groups get a mail (google-apis 2.2)."""
    client, made = _made(service)
    quiet = {"type": "user", "role": "reader", "emailAddress": NAIROBIS}
    client.permissions().create(fileId=made, body=quiet, sendNotificationEmail=False).execute()
    assert _mails(service, NAIROBIS) == []
    client.permissions().create(fileId=made, body=quiet | {"emailAddress": EDGAR}, emailMessage="Míralo").execute()
    (mail,) = _mails(service, EDGAR)
    assert mail["Subject"] == 'Elemento compartido contigo: "Aviso 7"' and mail["Reply-To"] == MARISOL


def test_sharing_with_a_group_mails_every_member(service: Service) -> None:
    """Drive reference, sendNotificationEmail: a group too."""
    client, made = _made(service)
    client.permissions().create(fileId=made, body={"type": "group", "role": "reader", "emailAddress": OPERACIONES}).execute()
    assert [len(_mails(service, who)) for who in (EDGAR, NAIROBIS)] == [1, 1]


def test_no_mail_for_links_and_refused_shares(service: Service) -> None:
    """Drive reference, sendNotificationEmail: not for anyone; and what is refused tells nobody."""
    client, made = _made(service)
    client.permissions().create(fileId=made, body={"type": "anyone", "role": "reader"}).execute()
    call = client.permissions().create(fileId=made, body={"type": "user", "role": "organizer", "emailAddress": EDGAR})
    assert refused(call.execute)[0] == 403
    assert _mails(service, EDGAR) == []


def test_a_new_owner_is_told_and_finds_it_in_his_drive(service: Service) -> None:
    """Drive reference, transferOwnership and moveToNewOwnersRoot."""
    client, made = _made(service)
    body = {"type": "user", "role": "owner", "emailAddress": EDGAR}
    client.permissions().create(fileId=made, body=body, transferOwnership=True, moveToNewOwnersRoot=True).execute()
    his = service("drive", "v3", EDGAR)
    shown = his.files().get(fileId=made, fields="ownedByMe,parents").execute()
    assert shown == {"ownedByMe": True, "parents": [his.files().get(fileId="root").execute()["id"]]}
    assert [mail["Subject"] for mail in _mails(service, EDGAR)] == ['Ahora eres propietario de "Aviso 7"']


def test_a_pending_owner_accepts_by_himself(service: Service) -> None:
    """Drive guide, transfer file ownership: a writer with pendingOwner takes the ownership over."""
    client, made = _made(service)
    body = {"type": "user", "role": "writer", "emailAddress": EDGAR, "pendingOwner": True}
    grant = client.permissions().create(fileId=made, body=body, fields="id,pendingOwner", sendNotificationEmail=False).execute()
    assert grant["pendingOwner"] is True
    his = service("drive", "v3", EDGAR)
    assert his.files().get(fileId=made, fields="capabilities").execute()["capabilities"]["canAcceptOwnership"] is True
    call = his.permissions().update(
        fileId=made, permissionId=grant["id"], body={"role": "owner"}, transferOwnership=True, fields="role,pendingOwner"
    )
    assert call.execute() == {"role": "owner", "pendingOwner": False}
    assert his.files().get(fileId=made, fields="ownedByMe").execute() == {"ownedByMe": True}


def test_only_an_owner_invites_a_writer_to_own(service: Service) -> None:
    """Drive guide, transfer file ownership."""
    client, made = _made(service)
    base = {"type": "user", "role": "writer", "emailAddress": EDGAR}
    client.permissions().create(fileId=made, body=base, sendNotificationEmail=False).execute()
    his = service("drive", "v3", EDGAR).permissions()
    wish = {"type": "user", "role": "writer", "emailAddress": NAIROBIS, "pendingOwner": True}
    assert refused(his.create(fileId=made, body=wish, sendNotificationEmail=False).execute)[0] == 403
    reader = client.permissions().create(fileId=made, body=wish | {"role": "reader"}, sendNotificationEmail=False)
    assert refused(reader.execute) == (400, "badRequest")


def test_a_request_for_access_is_kept_once_and_told_to_the_owner() -> None:
    """Drive guide, manage pending access proposals: whoever may share gets a mail; asking again replaces the request."""
    directory = Directory()
    directory.domain = "x.example"
    world = World(Clock(), directory)
    made = create_file(world, "ana@x.example", name="Acta", mime_type="text/plain", parents=None)
    directory.seen["ana@x.example"] = True
    for role in ("reader", "writer"):
        propose(world, made.id, "nueva@x.example", role, "por favor")
    assert [one.role for one in pending(world, made.id)] == ["writer"]
    assert [mail.subject for mail in inbox(world, "ana@x.example")] == ['Solicitud de acceso a "Acta"'] * 2
