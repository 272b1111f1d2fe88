"""What changed in a mailbox since a point, and being told of it over Pub/Sub."""

from __future__ import annotations

import re
from datetime import timedelta

from emulator.gmail.account import own_box
from emulator.gmail.errors import invalid, not_found
from emulator.gmail.labels import known_label
from emulator.gmail.model import FIRST_HISTORY_ID, Box, Change, MailWatch, boxes, changes
from emulator.gmail.store import announce
from emulator.kernel import ApiError, Call, Json, handles

_TYPES = {"messageAdded": "messagesAdded", "messageDeleted": "messagesDeleted"} | {
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}


@handles("gmail.users.history.list")
def list_history(call: Call) -> Json:
    """The changes after `startHistoryId`, oldest first."""
    box = own_box(call)
    start = str(call.query.get("startHistoryId", ""))
    if not start.isdigit():
        raise invalid("Missing required parameter: startHistoryId" if not start else "Invalid startHistoryId")
    if not _oldest(call, box) <= int(start) <= box.history_id:
        raise not_found()
    kinds = [_TYPES[kind] for kind in call.query.get("historyTypes", []) if kind in _TYPES]
    label_id = call.query.get("labelId")
    found = [
        line
        for _, line in sorted(changes(call.world, box).items())
        if line.history_id > max(int(start), _token(call))
        and (not kinds or line.kind in kinds)
        and (not label_id or label_id in line.labels_after + line.changed)
    ]
    shown = found[: min(call.query.get("maxResults", 100) or 100, 500)]
    answer: Json = {"historyId": str(box.history_id)}
    if shown:
        answer = {"history": [_change_json(line) for line in shown]} | answer
    if len(shown) < len(found):
        answer["nextPageToken"] = str(shown[-1].history_id)
    return answer


def _oldest(call: Call, box: Box) -> int:
    """The oldest history id that still counts. Behaviour `mail_history_days`: how long they do; for ever without it."""
    days = call.world.behaviour.get("mail_history_days")
    if days is None:
        return FIRST_HISTORY_ID
    since = call.now - timedelta(days=days)
    forgotten = [line.history_id for line in changes(call.world, box).values() if line.at < since]
    return max(forgotten, default=FIRST_HISTORY_ID)


def _token(call: Call) -> int:
    token = str(call.query.get("pageToken", "") or "0")
    if not token.isdigit():
        raise invalid("Invalid pageToken")
    return int(token)


def _change_json(line: Change) -> Json:
    short = {"id": line.message_id, "threadId": line.thread_id}
    entry: Json = {"message": short | ({"labelIds": list(line.labels_after)} if line.labels_after else {})}
    if line.changed:
        entry["labelIds"] = list(line.changed)
    return {"id": str(line.history_id), "messages": [short], line.kind: [entry]}


@handles("gmail.users.watch")
def watch(call: Call) -> Json:
    """Send a message to a topic now and on every change for seven days. A watch of the same topic is renewed by it."""
    box = own_box(call)
    topic = call.body.get("topicName", "")
    _check_topic(call, topic)
    label_ids = [known_label(box, label_id) for label_id in call.body.get("labelIds", [])]
    how = call.body.get("labelFilterBehavior") or call.body.get("labelFilterAction") or "include"
    if box.watch is not None and box.watch.topic != topic and box.watch.expires > call.now:
        raise invalid("Only one user push notification client allowed per developer (call /stop then try again)")
    expires = call.now + timedelta(days=7)
    box.watch = MailWatch(topic, expires, label_ids, str(how).lower() == "exclude")
    boxes(call.world)[box.address] = box
    announce(call.world, box, topic)
    return {"historyId": str(box.history_id), "expiration": str(int(expires.timestamp() * 1000))}


def _check_topic(call: Call, topic: str) -> None:
    """400 for a topic outside the project, 404 for one that was not made, where `pubsub_topics_must_exist` is on.

    Behaviour `watch_project` names the project that topics must lie in; without it any will do.
    """
    project = call.world.behaviour.get("watch_project")
    if re.fullmatch(rf"projects/{re.escape(project) if project else '[^/]+'}/topics/[^/]+", topic) is None:
        raise invalid(f"Invalid topicName does not match projects/{project or '*'}/topics/*")
    if call.world.behaviour.get("pubsub_topics_must_exist", False) and topic not in call.world.table("pubsub.topics"):
        text = f"Error sending test message to Cloud PubSub {topic} : Resource not found (resource={topic.rsplit('/', 1)[1]})."
        raise ApiError(404, text, reason="notFound", status="NOT_FOUND")


@handles("gmail.users.stop")
def stop(call: Call) -> None:
    """End the watch, if there is one."""
    box = own_box(call)
    box.watch = None
    boxes(call.world)[box.address] = box
