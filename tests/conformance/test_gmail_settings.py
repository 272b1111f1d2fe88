"""What an account sets up acts on its mail: send-as addresses, filters, forwarding, the vacation responder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.gmail_kit import BASE, CLIENT, READER, WRITER, Emulator, Mailbox, address, mail, raw, refusal

SECOND = address("operaciones.dos")
NOT_FOUND = (404, "notFound", "Requested entity was not found.")


@pytest.fixture
def box(emulator: Emulator) -> Mailbox:
    """The reader's mailbox."""
    return Mailbox(emulator)


@pytest.fixture
def writer(emulator: Emulator) -> Mailbox:
    """Somebody who writes to the reader."""
    return Mailbox(emulator, WRITER)


def arrived(writer: Mailbox, box: Mailbox, subject: str = "Hola", **headers: str) -> str:
    """Have the writer send a mail to the reader; its id in the reader's mailbox, wherever it landed."""
    writer.send(mail(box.account, subject, **headers))
    return box.find("in:anywhere")[0]


def test_primary_send_as_address_is_the_account(box: Mailbox) -> None:
    """The account's own address is primary and default, and has no verification."""
    (primary,) = box.settings.sendAs().list(userId="me").execute()["sendAs"]
    assert (primary["sendAsEmail"], primary["isPrimary"], primary["isDefault"]) == (READER, True, True)
    assert set(primary) == {"sendAsEmail", "displayName", "replyToAddress", "signature", "isPrimary", "isDefault"}
    assert box.settings.sendAs().get(userId="me", sendAsEmail=READER).execute() == primary


def test_send_as_address_outside_waits_for_its_owner(box: Mailbox) -> None:
    """One of the domain is accepted at once; one outside is pending, gets a mail, cannot be default and is not used as From."""
    made = box.settings.sendAs().create(userId="me", body={"sendAsEmail": CLIENT, "displayName": "Cliente"}).execute()
    assert (made["verificationStatus"], made["displayName"], made["isDefault"]) == ("pending", "Cliente", False)
    asked = Mailbox(box.emulator, CLIENT)
    assert CLIENT in asked.stored(asked.find("in:inbox")[0])["Subject"]
    box.settings.sendAs().verify(userId="me", sendAsEmail=CLIENT).execute()
    assert len(asked.find("in:inbox")) == 2
    default = box.settings.sendAs().patch(userId="me", sendAsEmail=CLIENT, body={"isDefault": True})
    assert refusal(default.execute)[:2] == (400, "failedPrecondition")
    assert READER in box.stored(box.send(mail(SECOND, From=CLIENT))["id"])["From"]


def test_accepted_alias_is_sent_as_and_answered_to(box: Mailbox) -> None:
    """From keeps an accepted send-as address, whose Reply-To is added; as default it stands in mail without From (google-apis 4)."""
    alias = address("operaciones")
    body = {"sendAsEmail": alias, "displayName": "Operaciones", "replyToAddress": SECOND}
    assert box.settings.sendAs().create(userId="me", body=body).execute()["verificationStatus"] == "accepted"
    sent = box.stored(box.send(mail(SECOND, From=f"Turno <{alias}>"))["id"])
    assert (sent["From"], sent["Reply-To"]) == (f"Turno <{alias}>", SECOND)
    patched = box.settings.sendAs().patch(userId="me", sendAsEmail=alias, body={"isDefault": True}).execute()
    assert (patched["isDefault"], patched["displayName"]) == (True, "Operaciones")
    assert box.stored(box.send(mail(SECOND))["id"])["From"] == f"Operaciones <{alias}>"
    defaults = [one["sendAsEmail"] for one in box.settings.sendAs().list(userId="me").execute()["sendAs"] if one["isDefault"]]
    assert defaults == [alias]


def test_update_empties_what_patch_leaves(box: Mailbox) -> None:
    """A relay's password is never shown; update replaces the whole address; delete ends it, but never the primary one."""
    alias = address("ventas")
    relay = {"host": "smtp.otra.example", "port": 587, "username": "u", "password": "p", "securityMode": "starttls"}
    calls = box.settings.sendAs()
    made = calls.create(userId="me", body={"sendAsEmail": alias, "signature": "<b>V</b>", "smtpMsa": relay}).execute()
    assert made["smtpMsa"] == {"host": "smtp.otra.example", "port": 587, "securityMode": "starttls"}
    assert refusal(calls.create(userId="me", body={"sendAsEmail": alias}).execute)[:2] == (409, "alreadyExists")
    updated = calls.update(userId="me", sendAsEmail=alias, body={"displayName": "Ventas"}).execute()
    assert (updated["displayName"], updated["signature"], "smtpMsa" in updated) == ("Ventas", "", False)
    assert refusal(calls.verify(userId="me", sendAsEmail=alias).execute)[:2] == (400, "failedPrecondition")
    calls.delete(userId="me", sendAsEmail=alias).execute()
    assert refusal(calls.get(userId="me", sendAsEmail=alias).execute) == NOT_FOUND
    assert refusal(calls.delete(userId="me", sendAsEmail=READER).execute)[0] == 400


def test_sharing_settings_need_their_own_scope(emulator: Emulator) -> None:
    """Adding a send-as address is not allowed under gmail.settings.basic (google-apis 4)."""
    narrow = Mailbox(emulator, READER, "gmail.settings.basic")
    create = narrow.settings.sendAs().create(userId="me", body={"sendAsEmail": CLIENT})
    assert refusal(create.execute)[:2] == (403, "insufficientPermissions")
    assert narrow.settings.sendAs().list(userId="me").execute()["sendAs"]


def test_filter_labels_mail_that_arrives(box: Mailbox, writer: Mailbox) -> None:
    """A filter acts on mail from now on that meets all its criteria, and on nothing else."""
    before = arrived(writer, box, "Factura de antes")
    label = box.users.labels().create(userId="me", body={"name": "Facturas"}).execute()["id"]
    criteria = {"from": "notificaciones", "subject": "  factura", "negatedQuery": "borrador"}
    body = {"criteria": criteria, "action": {"addLabelIds": [label, "STARRED"], "removeLabelIds": ["INBOX", "UNREAD"]}}
    made = box.settings.filters().create(userId="me", body=body).execute()
    assert made == {"id": made["id"]} | body
    assert set(box.labels(arrived(writer, box, "Factura 12"))) == {label, "STARRED"}
    assert set(box.labels(arrived(writer, box, "Factura borrador"))) == {"UNREAD", "INBOX"}
    assert set(box.labels(before)) == {"UNREAD", "INBOX"}
    assert box.settings.filters().list(userId="me").execute() == {"filter": [made]}
    box.settings.filters().delete(userId="me", id=made["id"]).execute()
    assert box.settings.filters().list(userId="me").execute() == {}
    assert refusal(box.settings.filters().get(userId="me", id=made["id"]).execute) == NOT_FOUND


def test_filter_is_one_line_of_history(box: Mailbox, writer: Mailbox) -> None:
    """Mail that a filter sorted was added with its labels: no label change follows."""
    body = {"criteria": {"query": "from:notificaciones"}, "action": {"addLabelIds": ["STARRED"]}}
    box.settings.filters().create(userId="me", body=body).execute()
    start = box.history_id()
    arrived(writer, box)
    (line,) = box.users.history().list(userId="me", startHistoryId=start).execute()["history"]
    assert set(line["messagesAdded"][0]["message"]["labelIds"]) == {"UNREAD", "INBOX", "STARRED"}


def test_filters_are_refused_as_gmail_refuses_them(box: Mailbox) -> None:
    """No criteria, no action, an unknown label, an address that was not verified, a twin."""
    star, anybody = {"addLabelIds": ["STARRED"]}, {"from": "x"}

    def refused(criteria: dict[str, object], action: dict[str, object]) -> tuple[int, str, str]:
        return refusal(box.settings.filters().create(userId="me", body={"criteria": criteria, "action": action}).execute)

    assert refused({}, star) == (400, "invalidArgument", "Filter doesn't have any criteria")
    assert refused(anybody, {}) == (400, "invalidArgument", "Filter doesn't have any actions")
    assert refused(anybody, {"addLabelIds": ["Facturas"]}) == (400, "invalidArgument", "Invalid label: Facturas")
    assert refused(anybody, {"forward": SECOND}) == (400, "invalidArgument", "Unrecognized forwarding address")
    box.settings.filters().create(userId="me", body={"criteria": anybody, "action": star}).execute()
    assert refused(anybody, star) == (400, "failedPrecondition", "Filter already exists")


def test_forwarding_passes_mail_on_and_keeps_the_sender(box: Mailbox, writer: Mailbox) -> None:
    """All mail goes on to a verified address under its sender's name; the own copy is treated as set."""
    other = Mailbox(box.emulator, SECOND)
    assert box.settings.getAutoForwarding(userId="me").execute() == {"enabled": False}
    setting = {"enabled": True, "emailAddress": SECOND, "disposition": "markRead"}
    change = box.settings.updateAutoForwarding(userId="me", body=setting)
    assert refusal(change.execute) == (400, "invalidArgument", "Unrecognized forwarding address")
    addresses = box.settings.forwardingAddresses()
    made = addresses.create(userId="me", body={"forwardingEmail": SECOND}).execute()
    assert made == {"forwardingEmail": SECOND, "verificationStatus": "accepted"}
    assert change.execute() == setting
    assert box.labels(arrived(writer, box, "Para dos")) == ["INBOX"]
    (copy,) = other.find("in:inbox is:unread")
    assert WRITER in other.stored(copy)["From"]
    addresses.delete(userId="me", forwardingEmail=SECOND).execute()
    assert box.settings.getAutoForwarding(userId="me").execute() == {"enabled": False}
    assert addresses.list(userId="me").execute() == {}


def test_two_accounts_that_forward_to_each_other_end(box: Mailbox, writer: Mailbox) -> None:
    """A mail comes to each of them once."""
    other = Mailbox(box.emulator, SECOND)
    for one, target in ((box, SECOND), (other, READER)):
        one.settings.forwardingAddresses().create(userId="me", body={"forwardingEmail": target}).execute()
        setting = {"enabled": True, "emailAddress": target, "disposition": "leaveInInbox"}
        one.settings.updateAutoForwarding(userId="me", body=setting).execute()
    arrived(writer, box)
    assert (len(box.find()), len(other.find())) == (1, 1)


def test_forwarding_address_outside_is_pending(box: Mailbox, emulator: Emulator) -> None:
    """An address elsewhere waits for its owner, unless the switch accepts all."""
    addresses = box.settings.forwardingAddresses()
    made = addresses.create(userId="me", body={"forwardingEmail": CLIENT}).execute()
    assert made["verificationStatus"] == "pending"
    assert addresses.get(userId="me", forwardingEmail=CLIENT).execute() == made
    assert refusal(addresses.create(userId="me", body={"forwardingEmail": CLIENT}).execute)[:2] == (409, "alreadyExists")
    emulator.local("PUT", "behaviour", {"address_verification": "accepted"})
    other = addresses.create(userId="me", body={"forwardingEmail": "x@otra.example"}).execute()
    assert other["verificationStatus"] == "accepted"


def test_vacation_answers_each_sender_once_in_four_days(box: Mailbox, writer: Mailbox) -> None:
    """Whoever writes gets one answer; a second after four days by the Workspace clock; machines get none."""
    assert box.settings.getVacation(userId="me").execute() == {"enableAutoReply": False}
    setting = {"enableAutoReply": True, "responseSubject": "Ausente", "responseBodyPlainText": "Vuelvo el lunes"}
    assert box.settings.updateVacation(userId="me", body=setting).execute() == setting
    arrived(writer, box, "Hola")
    arrived(writer, box, "Hola otra vez")
    (answer,) = writer.find("in:inbox")
    stored = writer.stored(answer)
    assert (stored["Subject"], stored["Auto-Submitted"]) == ("Ausente Re: Hola", "auto-replied")
    assert writer.labels(answer) == ["UNREAD", "INBOX"]
    assert box.find("in:sent") == []
    writer.advance(4 * 86400 + 1)
    arrived(writer, box, "Cuatro días después", Precedence="bulk")
    assert len(writer.find("in:inbox")) == 1
    arrived(writer, box, "Cuatro días después")
    assert len(writer.find("in:inbox")) == 2


def test_vacation_keeps_to_its_time_and_domain(box: Mailbox, writer: Mailbox) -> None:
    """Before its start and after its end nobody is answered, and strangers not at all if it says so."""
    start = datetime.now(UTC) + timedelta(days=1)
    times = [str(int(moment.timestamp() * 1000)) for moment in (start, start + timedelta(days=1))]
    setting = {"enableAutoReply": True, "responseBodyHtml": "<p>Vuelvo</p>", "restrictToDomain": True}
    setting |= {"startTime": times[0], "endTime": times[1]}
    assert box.settings.updateVacation(userId="me", body=setting).execute() == setting
    arrived(writer, box)
    assert writer.find("in:inbox") == []
    writer.advance(86400 + 60)
    client = Mailbox(box.emulator, CLIENT)
    arrived(client, box)
    arrived(writer, box)
    assert (client.find("in:inbox"), len(writer.find("in:inbox"))) == ([], 1)
    writer.advance(5 * 86400)
    arrived(writer, box)
    assert len(writer.find("in:inbox")) == 1


def test_vacation_needs_words_and_a_sensible_time(box: Mailbox) -> None:
    """Without subject and body, or with an end before its start, it cannot be switched on."""
    for setting in ({}, {"responseSubject": "Ausente", "startTime": "2000", "endTime": "1000"}):
        change = box.settings.updateVacation(userId="me", body={"enableAutoReply": True} | setting)
        assert refusal(change.execute)[:2] == (400, "invalidArgument")


def test_delegate_is_a_colleague_and_gets_no_way_in(box: Mailbox) -> None:
    """A delegate of the company is accepted at once; a group is none; the API lets no delegate into the mailbox (google-apis 4)."""
    calls = box.settings.delegates()
    assert calls.list(userId="me").execute() == {}
    made = calls.create(userId="me", body={"delegateEmail": SECOND}).execute()
    assert (
        made
        == {"delegateEmail": SECOND, "verificationStatus": "accepted"}
        == calls.get(userId="me", delegateEmail=SECOND).execute()
    )
    for wrong in (address("areas"), CLIENT, READER):
        assert refusal(calls.create(userId="me", body={"delegateEmail": wrong}).execute) == (
            400,
            "invalidArgument",
            "Invalid delegate",
        )
    theirs = Mailbox(box.emulator, SECOND).users.messages().list(userId=READER)
    assert refusal(theirs.execute) == (403, "forbidden", f"Delegation denied for {SECOND}")
    calls.delete(userId="me", delegateEmail=SECOND).execute()
    assert refusal(calls.delete(userId="me", delegateEmail=SECOND).execute) == NOT_FOUND


@pytest.mark.parametrize("what", ["filters", "forwardingAddresses", "delegates"])
def test_empty_list_of_settings_is_204(emulator: Emulator, what: str) -> None:
    """A list with nothing in it has no body."""
    answer = emulator.raw("GET", f"{BASE}settings/{what}", READER)
    assert (answer.status_code, answer.content) == (204, b"")


def test_imap_pop_and_language_are_kept(box: Mailbox) -> None:
    """What is set is given back; what Gmail does not know is refused."""
    imap = {"enabled": True, "autoExpunge": False, "expungeBehavior": "trash", "maxFolderSize": 1000}
    assert box.settings.updateImap(userId="me", body=imap).execute() == imap == box.settings.getImap(userId="me").execute()
    assert refusal(box.settings.updateImap(userId="me", body={"maxFolderSize": 7}).execute)[0] == 400
    pop = {"accessWindow": "allMail", "disposition": "archive"}
    assert box.settings.updatePop(userId="me", body=pop).execute() == pop == box.settings.getPop(userId="me").execute()
    language = {"displayLanguage": "es-419"}
    assert box.settings.updateLanguage(userId="me", body=language).execute() == language
    assert box.settings.getLanguage(userId="me").execute() == language
    assert refusal(box.settings.updateLanguage(userId="me", body={"displayLanguage": "!"}).execute)[0] == 400


def test_settings_that_cannot_be_are_refused(box: Mailbox) -> None:
    """Values that the reference rules out are 400; the primary address cannot be deleted, an unverified one be no default."""
    settings = box.settings
    for call in (
        settings.updateLanguage(userId="me", body={"displayLanguage": "español"}),
        settings.updateImap(userId="me", body={"maxFolderSize": 7}),
        settings.updateVacation(userId="me", body={"enableAutoReply": True}),
        settings.sendAs().create(userId="me", body={"sendAsEmail": "ana@otra.example", "isDefault": True}),
        settings.sendAs().create(userId="me", body={"sendAsEmail": "sin arroba"}),
    ):
        assert refusal(call.execute)[0] == 400
    gone = settings.sendAs().delete(userId="me", sendAsEmail=READER)
    assert refusal(gone.execute) == (400, "invalidArgument", "Cannot delete primary send-as")


def test_contacts_alone_get_no_answer(box: Mailbox, writer: Mailbox) -> None:
    """A responder that is kept to contacts answers nobody, as nobody has contacts here."""
    box.settings.updateVacation(
        userId="me", body={"enableAutoReply": True, "responseSubject": "Fuera", "restrictToContacts": True}
    ).execute()
    writer.send(mail(READER))
    assert writer.find("in:inbox") == []


def test_encryption_settings_are_not_there(box: Mailbox) -> None:
    """S/MIME and client-side encryption answer 501 and say so."""
    for request in (
        box.settings.cse().identities().list(userId="me"),
        box.settings.sendAs().smimeInfo().list(userId="me", sendAsEmail=READER),
    ):
        code, reason, message = refusal(request.execute)
        assert (code, reason) == (501, "notImplemented")
        assert message.endswith("is not part of the local Workspace.")


def test_settings_survive_a_restart(start_emulator: object, tmp_path: object) -> None:
    """Filters and the vacation responder are there again after the process ended."""
    first = start_emulator("--state", str(tmp_path))  # type: ignore[operator]
    box = Mailbox(first)
    box.settings.filters().create(userId="me", body={"criteria": {"from": "x"}, "action": {"addLabelIds": ["STARRED"]}}).execute()
    box.settings.updateVacation(userId="me", body={"enableAutoReply": True, "responseSubject": "Ausente"}).execute()
    box.users.messages().insert(userId="me", body=raw(mail())).execute()
    kept = box.history_id()
    first.stop(9)
    again = Mailbox(start_emulator("--state", str(tmp_path)))  # type: ignore[operator]
    assert len(again.settings.filters().list(userId="me").execute()["filter"]) == 1
    assert again.settings.getVacation(userId="me").execute()["enableAutoReply"]
    assert again.history_id() == kept
