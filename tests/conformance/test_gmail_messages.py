"""Messages, labels and history have the members that Gmail gives them, and no others."""

from __future__ import annotations

import base64
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from tests.conformance.gmail_kit import BASE, CLIENT, READER, WRITER, Ear, Emulator, Mailbox, decoded, mail, raw, refusal

MEMBERS = {"id", "threadId", "labelIds", "snippet", "historyId", "internalDate", "sizeEstimate"}
NOT_FOUND = (404, "notFound", "Requested entity was not found.")


@pytest.fixture
def box(emulator: Emulator) -> Mailbox:
    """The reader's mailbox."""
    return Mailbox(emulator)


@pytest.fixture
def writer(emulator: Emulator) -> Mailbox:
    """Somebody who writes to the reader."""
    return Mailbox(emulator, WRITER)


def letter() -> bytes:
    """Text and HTML side by side, a file and an attached mail, as mail programs nest them."""
    outer, inner = MIMEMultipart("mixed"), MIMEMultipart("alternative")
    outer["Subject"], outer["From"], outer["To"] = "Año: ¿señas?", "Ana <ana@otra.example>", READER
    inner.attach(MIMEText("Señas aquí\n", "plain", "iso-8859-1"))
    inner.attach(MIMEText("<p>Señas aquí</p>", "html", "utf-8"))
    outer.attach(inner)
    file = MIMEText("uno;dos\n", "csv", "utf-8")
    file.add_header("Content-Disposition", "attachment", filename="señas.csv")
    outer.attach(file)
    return outer.as_bytes()


def test_full_shows_the_tree(box: Mailbox) -> None:
    """Every part has its id, type, name, headers and body; text comes in UTF-8, files by an attachment id."""
    message_id = box.users.messages().insert(userId="me", body=raw(letter()) | {"labelIds": ["INBOX"]}).execute()["id"]
    full = box.get(message_id)
    assert set(full) == MEMBERS | {"payload"}
    top = full["payload"]
    assert {name: top[name] for name in ("partId", "mimeType", "filename", "body")} == {
        "partId": "", "mimeType": "multipart/mixed", "filename": "", "body": {"size": 0},
    }  # fmt: skip
    assert {"name": "Subject", "value": "Año: ¿señas?"} in top["headers"]
    both, file = top["parts"]
    assert [part["partId"] for part in (both, *both["parts"], file)] == ["0", "0.0", "0.1", "1"]
    plain = both["parts"][0]
    assert (
        decoded(plain["body"]["data"]).decode() == "Señas aquí\r\n"
        if b"\r\n" in decoded(plain["body"]["data"])
        else "Señas aquí\n"
    )
    assert plain["body"]["size"] == len(decoded(plain["body"]["data"]))
    assert {"name": "Content-Type", "value": 'text/plain; charset="iso-8859-1"'} in plain["headers"]
    assert (file["filename"], set(file["body"])) == ("señas.csv", {"attachmentId", "size"})
    got = box.users.messages().attachments().get(userId="me", messageId=message_id, id=file["body"]["attachmentId"]).execute()
    assert (set(got), got["size"]) == ({"data", "size"}, file["body"]["size"])
    wrong = box.users.messages().attachments().get(userId="me", messageId=message_id, id="nada")
    assert refusal(wrong.execute) == (400, "invalidArgument", "Invalid attachment token")


def test_other_formats_show_less(box: Mailbox) -> None:
    """minimal has no payload, metadata only type and headers of it, raw the mail and no payload."""
    message_id = box.users.messages().insert(userId="me", body=raw(letter()) | {"labelIds": ["INBOX"]}).execute()["id"]
    assert set(box.get(message_id, "minimal")) == MEMBERS
    assert set(box.get(message_id, "raw")) == MEMBERS | {"raw"}
    shown = box.get(message_id, "metadata", metadataHeaders=["subject", "from"])
    assert set(shown) == MEMBERS | {"payload"}
    assert shown["payload"] == {
        "mimeType": "multipart/mixed",
        "headers": [{"name": "Subject", "value": "Año: ¿señas?"}, {"name": "From", "value": "Ana <ana@otra.example>"}],
    }
    assert len(box.get(message_id, "metadata")["payload"]["headers"]) > 2


def test_metadata_scope_sees_no_word(emulator: Emulator, writer: Mailbox) -> None:
    """Under gmail.metadata a message has no snippet, its payload only headers; full and raw are refused, full being the default (google-apis 4)."""
    writer.send(mail())
    narrow = Mailbox(emulator, READER, "gmail.metadata")
    message_id = narrow.users.messages().list(userId="me").execute()["messages"][0]["id"]
    shown = narrow.get(message_id, "metadata")
    assert set(shown) == MEMBERS - {"snippet"} | {"payload"}
    assert set(shown["payload"]) == {"partId", "headers"}
    for form in ("full", "raw"):
        message = f"Metadata scope doesn't allow format {form.upper()}"
        assert refusal(lambda: narrow.get(message_id, form)) == (403, "forbidden", message)  # noqa: B023 - called at once
    assert "FULL" in emulator.raw("GET", BASE + f"messages/{message_id}", READER, "gmail.metadata").text
    (thread,) = narrow.users.threads().list(userId="me").execute()["threads"]
    assert set(thread) == {"id", "historyId"}


def test_snippet_is_the_first_words_escaped(box: Mailbox) -> None:
    """Blanks are folded, signs of HTML escaped, and it ends with a whole word within 200 characters."""
    body = raw(mail(text='Tom\'s \n\n  "5" <b> & más\n' + "palabra " * 40))
    snippet = box.get(box.users.messages().insert(userId="me", body=body).execute()["id"], "minimal")["snippet"]
    assert snippet.startswith("Tom&#39;s &quot;5&quot; &lt;b&gt; &amp; más palabra")
    assert snippet.endswith(" palabra")


def test_lists_count_no_further_than_201(box: Mailbox) -> None:
    """resultSizeEstimate is exact for few results; a page token is twenty digits; a made-up one is refused."""
    for number in range(3):
        box.users.messages().insert(userId="me", body=raw(mail(subject=str(number)))).execute()
    first = box.users.messages().list(userId="me", maxResults=2).execute()
    assert (first["resultSizeEstimate"], len(first["nextPageToken"])) == (3, 20)
    assert all(set(one) == {"id", "threadId"} for one in first["messages"])
    gone = first["messages"][1]["id"]
    box.users.messages().delete(userId="me", id=gone).execute()
    rest = box.users.messages().list(userId="me", maxResults=2, pageToken=first["nextPageToken"]).execute()
    assert len(rest["messages"]) == 1
    assert refusal(box.users.messages().list(userId="me", pageToken="x").execute)[:2] == (400, "invalidArgument")
    assert box.users.messages().list(userId="me", q="nada").execute() == {"resultSizeEstimate": 0}


def test_ids_that_cannot_be_are_told_from_ids_that_are_not(box: Mailbox) -> None:
    """A wrong id is 400, an unknown one 404; likewise for the thread of a mail to send."""
    unknown = "18c0000000000000"
    assert refusal(lambda: box.get("m-1")) == (400, "invalidArgument", "Invalid id value")
    assert refusal(lambda: box.get(unknown)) == NOT_FOUND
    assert refusal(box.users.threads().get(userId="me", id="t-1").execute) == (400, "invalidArgument", "Invalid id value")
    assert refusal(lambda: box.send(mail(), threadId="t-1")) == (400, "invalidArgument", "Invalid thread_id value")
    assert refusal(lambda: box.send(mail(), threadId=unknown)) == NOT_FOUND
    assert refusal(box.users.drafts().get(userId="me", id="r1").execute) == NOT_FOUND


def test_id_above_63_bits_is_none(box: Mailbox) -> None:
    """What does not fit a signed 64-bit number is no id: 400, not 404."""
    assert refusal(lambda: box.get("8000000000000000"))[2] == "Invalid id value"
    assert refusal(lambda: box.get("7fffffffffffffff"))[0] == 404


def test_ids_are_read_in_any_spelling(box: Mailbox) -> None:
    """Capitals and zeros in front mean the same id; the answer spells it as Gmail does."""
    sent = box.send(mail(CLIENT))
    spelled = "00" + sent["id"].upper()
    assert box.get(spelled, "minimal")["id"] == sent["id"]
    assert box.users.threads().get(userId="me", id=spelled).execute()["id"] == sent["threadId"]


def test_page_of_nothing_is_refused_and_large_ones_are_cut(box: Mailbox) -> None:
    """maxResults 0 is 400; what is above 500 is 500."""
    for listing in (box.users.messages().list, box.users.threads().list):
        assert refusal(listing(userId="me", maxResults=0).execute)[2] == "Invalid maxResults"
        assert listing(userId="me", maxResults=1000).execute() == {"resultSizeEstimate": 0}


def test_headers_that_are_not_there_leave_no_member(box: Mailbox) -> None:
    """metadataHeaders names whole headers in any case; when it finds none, the payload has no headers."""
    sent = box.send(mail(CLIENT, "Asunto"))
    found = box.get(sent["id"], "metadata", metadataHeaders=["SUBJECT"])["payload"]["headers"]
    assert found == [{"name": "Subject", "value": "Asunto"}]
    for names in (["X-Nada"], ["Subject,To"], [""]):
        assert set(box.get(sent["id"], "metadata", metadataHeaders=names)["payload"]) == {"mimeType"}


def test_attachment_of_no_message_is_an_invalid_token(box: Mailbox) -> None:
    """attachments.get answers what is no message like what is no attachment."""
    for message_id in ("7fffffffffffffff", "nada"):
        call = box.users.messages().attachments().get(userId="me", messageId=message_id, id="ANGjdJ")
        assert refusal(call.execute) == (400, "invalidArgument", "Invalid attachment token")


def test_message_without_labels_has_no_member_for_them(box: Mailbox) -> None:
    """import and insert answer no empty labelIds, nor do history and get show one."""
    start = box.history_id()
    made = box.users.messages().import_(userId="me", body=raw(mail(CLIENT))).execute()
    assert set(made) == {"id", "threadId"}
    (line,) = box.users.history().list(userId="me", startHistoryId=start).execute()["history"]
    assert set(line["messagesAdded"][0]["message"]) == {"id", "threadId"}
    assert "labelIds" not in box.get(made["id"], "minimal")


def test_refusal_has_errors_and_status(emulator: Emulator) -> None:
    """A refusal names code, message, errors and status (google-apis 4)."""
    text = "Requested entity was not found."
    item = {"message": text, "domain": "global", "reason": "notFound"}
    answer = emulator.raw("GET", BASE + "messages/18c0000000000000", READER)
    assert answer.json() == {"error": {"code": 404, "message": text, "errors": [item], "status": "NOT_FOUND"}}


def test_inserted_mail_of_ones_own_is_sent_mail(box: Mailbox) -> None:
    """insert gives SENT to a mail from the account, import does not; both keep its Message-ID; `deleted` leaves no trace."""
    body = raw(mail(CLIENT, From=READER, Message_ID="<a@otra.example>"))
    inserted = box.users.messages().insert(userId="me", body=body).execute()
    assert inserted["labelIds"] == ["SENT"]
    assert box.stored(inserted["id"])["Message-ID"] == "<a@otra.example>"
    assert "SENT" not in box.users.messages().import_(userId="me", body=body).execute().get("labelIds", [])
    gone = box.users.messages().insert(userId="me", body=body, deleted=True).execute()["id"]
    assert refusal(lambda: box.get(gone)) == NOT_FOUND


def test_labels_have_the_members_of_gmail(box: Mailbox) -> None:
    """System labels are hidden or plain; the answer to create names no type; a colour and the visibility are kept."""
    labels = box.users.labels()
    listed = {label["id"]: label for label in labels.list(userId="me").execute()["labels"]}
    assert len(listed) == 15
    assert listed["INBOX"] == {"id": "INBOX", "name": "INBOX", "type": "system"}
    hidden = {"messageListVisibility": "hide", "labelListVisibility": "labelHide"}
    assert listed["CHAT"] == {"id": "CHAT", "name": "CHAT", "type": "system"} | hidden
    colour = {"backgroundColor": "#000000", "textColor": "#ffffff"}
    body = {"name": "Uno", "messageListVisibility": "show", "labelListVisibility": "labelShow", "color": colour}
    made = labels.create(userId="me", body=body).execute()
    assert made == {"id": made["id"]} | body
    counts = {"messagesTotal": 0, "messagesUnread": 0, "threadsTotal": 0, "threadsUnread": 0}
    assert labels.get(userId="me", id=made["id"]).execute() == made | {"type": "user"} | counts
    assert labels.patch(userId="me", id=made["id"], body={"name": "Dos"}).execute()["color"] == colour
    assert "color" not in labels.update(userId="me", id=made["id"], body={"name": "Tres"}).execute()


def test_label_refusals_are_gmails(box: Mailbox) -> None:
    """A name twice is 409 aborted; a strange colour, a label that is gone, that never was, that nobody may set, and none are 400."""
    labels = box.users.labels()
    message_id = box.users.messages().insert(userId="me", body=raw(mail())).execute()["id"]
    assert refusal(labels.create(userId="me", body={"name": "inbox"}).execute) == (
        409,
        "aborted",
        "Label name exists or conflicts",
    )
    assert refusal(labels.create(userId="me", body={"name": " "}).execute) == (400, "invalidArgument", "Invalid label name")
    grey = {"name": "Gris", "color": {"backgroundColor": "#cdcdcd", "textColor": "#000000"}}
    message = "Label color #cdcdcd is not on the allowed color palette"
    assert refusal(labels.create(userId="me", body=grey).execute) == (400, "invalidArgument", message)
    assert refusal(labels.delete(userId="me", id="INBOX").execute)[0] == 400
    assert refusal(labels.get(userId="me", id="Label_9").execute) == NOT_FOUND

    def refused(**body: list[str]) -> tuple[int, str, str]:
        return refusal(box.users.messages().modify(userId="me", id=message_id, body=body).execute)

    assert refused(addLabelIds=["Label_9"]) == (400, "invalidArgument", "labelId not found")
    assert refused(addLabelIds=["Facturas"]) == (400, "invalidArgument", "Invalid label: Facturas")
    assert refused(addLabelIds=["SENT"]) == (400, "invalidArgument", "Invalid label: SENT")
    assert refused() == (400, "invalidArgument", "No label add or removes specified")


def test_batches_of_messages(box: Mailbox) -> None:
    """batchModify and batchDelete answer 204, pass over unknown ids and take a thousand at most."""
    ids = [box.users.messages().insert(userId="me", body=raw(mail(subject=str(n)))).execute()["id"] for n in range(3)]
    body = {"ids": [*ids[:2], "18c0000000000000"], "addLabelIds": ["STARRED"]}
    assert box.users.messages().batchModify(userId="me", body=body).execute() == ""
    assert box.find("is:starred") == [ids[1], ids[0]]
    assert box.users.messages().batchDelete(userId="me", body={"ids": ids[:2]}).execute() == ""
    assert box.find() == [ids[2]]
    many = {"ids": ["1"] * 1001}
    assert refusal(box.users.messages().batchDelete(userId="me", body=many).execute)[:2] == (400, "invalidArgument")


def test_history_has_a_record_of_every_kind(box: Mailbox, writer: Mailbox) -> None:
    """Adding, labelling, unlabelling and deleting are told with the labels after it, each beside `messages`."""
    start = box.history_id()
    writer.send(mail())
    message_id = box.find()[0]
    short = {"id": message_id, "threadId": message_id}
    for body in ({"addLabelIds": ["STARRED"]}, {"removeLabelIds": ["UNREAD"]}):
        box.users.messages().modify(userId="me", id=message_id, body=body).execute()
    box.users.messages().delete(userId="me", id=message_id).execute()
    lines = box.users.history().list(userId="me", startHistoryId=start).execute()["history"]
    after = ["UNREAD", "INBOX", "STARRED"]
    assert [line | {"id": ""} for line in lines] == [
        {"id": "", "messages": [short], "messagesAdded": [{"message": short | {"labelIds": after[:2]}}]},
        {"id": "", "messages": [short], "labelsAdded": [{"message": short | {"labelIds": after}, "labelIds": ["STARRED"]}]},
        {"id": "", "messages": [short], "labelsRemoved": [{"message": short | {"labelIds": after[1:]}, "labelIds": ["UNREAD"]}]},
        {"id": "", "messages": [short], "messagesDeleted": [{"message": short | {"labelIds": after[1:]}}]},
    ]
    only = box.users.history().list(userId="me", startHistoryId=start, historyTypes=["labelRemoved"], labelId="UNREAD")
    assert [set(line) for line in only.execute()["history"]] == [{"id", "messages", "labelsRemoved"}]


def test_history_that_is_too_old_is_404(box: Mailbox, writer: Mailbox) -> None:
    """Before the mailbox's time, and after the days that the switch gives, a history id is not found; without one it is 400."""
    history = box.users.history()
    assert refusal(history.list(userId="me", startHistoryId="1").execute) == NOT_FOUND
    start = box.history_id()
    writer.send(mail())
    box.emulator.local("PUT", "behaviour", {"mail_history_days": 7})
    assert "history" in history.list(userId="me", startHistoryId=start).execute()
    box.advance(8 * 86400)
    assert refusal(history.list(userId="me", startHistoryId=start).execute) == NOT_FOUND
    assert history.list(userId="me", startHistoryId=box.history_id()).execute() == {"historyId": box.history_id()}
    assert refusal(history.list(userId="me").execute)[:2] == (400, "invalidArgument")


def test_watch_publishes_at_once_and_on_every_change(box: Mailbox, writer: Mailbox) -> None:
    """A topic hears of the watch itself and of mail with its labels, and after seven days nothing."""
    topic = "projects/demo/topics/correo"
    ear = Ear(box.emulator, topic)
    box.users.watch(userId="me", body={"topicName": topic, "labelIds": ["INBOX"], "labelFilterBehavior": "include"}).execute()
    writer.send(mail())
    box.users.messages().insert(userId="me", body=raw(mail())).execute()
    told = sorted(ear.heard(), key=lambda data: int(data["historyId"]))
    start = told[0]["historyId"]
    assert told == [{"emailAddress": READER, "historyId": start}, {"emailAddress": READER, "historyId": start + 1}]
    box.advance(8 * 86400)
    writer.send(mail())
    assert len(ear.heard()) == 2


def test_second_topic_must_wait_for_the_end_of_the_first(box: Mailbox) -> None:
    """A watch is renewed on its topic; another topic is 400 until the first is stopped."""
    watch = box.users.watch
    for _ in range(2):
        watch(userId="me", body={"topicName": "projects/expediente-demo/topics/correo"}).execute()
    other = watch(userId="me", body={"topicName": "projects/expediente-demo/topics/otro"})
    assert refusal(other.execute)[2] == (
        "Only one user push notification client allowed per developer (call /stop then try again)"
    )
    box.users.stop(userId="me").execute()
    assert set(other.execute()) == {"historyId", "expiration"}


def test_watch_refuses_topics_as_gmail_does(box: Mailbox) -> None:
    """A topic of another project is 400 under the switch; one that does not exist 404, where topics must exist."""
    topic = "projects/ajeno/topics/correo"
    watch = box.users.watch(userId="me", body={"topicName": topic})
    box.emulator.local("PUT", "behaviour", {"watch_project": "demo"})
    assert refusal(watch.execute) == (400, "invalidArgument", "Invalid topicName does not match projects/demo/topics/*")
    box.emulator.local("PUT", "behaviour", {"pubsub_topics_must_exist": True})
    message = f"Error sending test message to Cloud PubSub {topic} : Resource not found (resource=correo)."
    assert refusal(watch.execute) == (404, "notFound", message)


def test_sent_draft_stays_in_its_thread(box: Mailbox) -> None:
    """A draft that is changed and sent keeps its thread; its message has a new id each time (google-apis 4)."""
    draft = box.users.drafts().create(userId="me", body={"message": raw(mail(CLIENT))}).execute()
    changed = box.users.drafts().update(userId="me", id=draft["id"], body={"message": raw(mail(CLIENT, "Otra"))}).execute()
    sent = box.users.drafts().send(userId="me", body={"id": draft["id"]}).execute()
    assert draft["message"]["threadId"] == changed["message"]["threadId"] == sent["threadId"]
    assert len({draft["message"]["id"], changed["message"]["id"], sent["id"]}) == 3
    assert sent["labelIds"] == ["SENT"]


def test_base64_with_and_without_padding(emulator: Emulator) -> None:
    """Padding may stay or go; what is no base64 is named in the refusal (google-apis 4)."""
    data = base64.urlsafe_b64encode(b"To: " + CLIENT.encode() + b"\r\nSubject: x\r\n\r\nxx").decode()
    for text in (data, data.rstrip("=")):
        assert emulator.raw("POST", BASE + "messages/send", READER, json={"raw": text}).status_code == 200
    wrong = emulator.raw("POST", BASE + "messages/send", READER, json={"raw": "%%%"}).json()["error"]
    assert wrong["message"] == "Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed for \"%%%\""
