"""Watches: a message to a Pub/Sub topic when a form is answered or changed, for seven days.

A watch sends at most one message in thirty seconds. What happens inside that pause is told at its end, so nothing is lost.
"""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from emulator.drive import access as drive_access
from emulator.forms.access import form_for
from emulator.forms.errors import denied, invalid, not_found
from emulator.forms.model import Watch, watches
from emulator.forms.times import stamp, whole_milliseconds
from emulator.kernel import ApiError, Call, Json, World, handles
from emulator.pubsub import TOPICS

LIFE = timedelta(days=7)
PAUSE = timedelta(seconds=30)
_MOST_WATCHES = 50
_TOPIC = re.compile(r"projects/([^/]+)/topics/[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}")


@handles("forms.forms.watches.create")
def create(call: Call) -> Json:
    """Begin to watch a form: one watch an end user, project and event type.

    All users of a project together have 20, or what behaviour `forms_watches_per_type` says; all projects have 50.
    """
    form = form_for(call.world, call.path["formId"], call.actor)
    asked = call.body.get("watch", {})
    event_type = asked.get("eventType", "EVENT_TYPE_UNSPECIFIED")
    if event_type not in ("SCHEMA", "RESPONSES"):
        raise invalid("watch.event_type is required.")
    if asked.get("id"):
        raise invalid("watch.id must not be set; use watch_id instead.")
    topic = asked.get("target", {}).get("topic", {}).get("topicName", "")
    _check_topic(call.world, topic)
    living = living_watches(call.world, form.form_id)
    watch_id = _watch_id(call, form.form_id, {watch.watch_id for watch in living})
    _check_room(call, [watch for watch in living if watch.event_type == event_type], project_of(topic))
    now = whole_milliseconds(call.now)
    watch = Watch(watch_id, form.form_id, call.actor, event_type, topic, now, now + LIFE)
    watches(call.world)[_key(form.form_id, watch_id)] = watch
    return watch_json(watch)


def _check_room(call: Call, same_type: list[Watch], project: str) -> None:
    """400 for a second watch of this user, and beyond the limits of all users and of all projects."""
    of_project = [watch for watch in same_type if project_of(watch.topic) == project]
    if any(watch.creator == call.actor for watch in of_project):
        text = "A watch for the given end user, project, form, and event type already exists."
        raise ApiError(400, text, status="FAILED_PRECONDITION")
    if len(of_project) >= call.world.behaviour.get("forms_watches_per_type", 20) or len(same_type) >= _MOST_WATCHES:
        raise ApiError(400, "The limit of watches for this form and event type is reached.", status="FAILED_PRECONDITION")


def _check_topic(world: World, topic: str) -> None:
    """400 unless the topic is well named, 403 unless it can be published to."""
    if not _TOPIC.fullmatch(topic):
        raise invalid(f"Invalid topic name: {topic}")
    if not _can_publish(world, topic):
        raise denied("Topic parent project not found or permission denied.")


def _can_publish(world: World, topic: str) -> bool:
    """Whether the topic is there; every topic is, unless behaviour `pubsub_topics_must_exist` is on."""
    return not world.behaviour.get("pubsub_topics_must_exist", False) or topic in world.table(TOPICS)


def project_of(topic: str) -> str:
    """The project in a topic's full name."""
    return topic.split("/")[1]


def _watch_id(call: Call, form_id: str, living: set[str]) -> str:
    own = str(call.body.get("watchId", ""))
    if not own:
        return str(uuid.uuid4())
    if not re.fullmatch(r"[a-z-]{4,63}", own):
        raise invalid("Invalid watch_id: it must have 4 to 63 characters, each of a-z or '-'.")
    if own in living:
        raise invalid(f"A watch with the ID '{own}' already exists.")
    return own


@handles("forms.forms.watches.list")
def list_watches(call: Call) -> Json:
    """The living watches of a form; `{}` when there are none."""
    form = form_for(call.world, call.path["formId"], call.actor)
    found = living_watches(call.world, form.form_id)
    return {"watches": [watch_json(watch) for watch in found]} if found else {}


@handles("forms.forms.watches.delete")
def delete(call: Call) -> Json:
    """End a watch."""
    watch = _living(call)
    del watches(call.world)[_key(watch.form_id, watch.watch_id)]
    return {}


@handles("forms.forms.watches.renew")
def renew(call: Call) -> Json:
    """Seven more days from now; a suspended watch becomes active if its reason is gone, else 400."""
    watch = _living(call)
    error = _error_now(call.world, watch)
    if watch.error_type and error:
        raise invalid(f"The watch cannot be renewed while its error lasts: {error}.")
    watch.error_type = ""
    watch.expire_time = whole_milliseconds(call.now) + LIFE
    watches(call.world)[_key(watch.form_id, watch.watch_id)] = watch
    return watch_json(watch)


def watch_json(watch: Watch) -> Json:
    """The watch as Google shows it."""
    shown: Json = {
        "id": watch.watch_id,
        "target": {"topic": {"topicName": watch.topic}},
        "eventType": watch.event_type,
        "createTime": stamp(watch.create_time),
        "expireTime": stamp(watch.expire_time),
        "state": "SUSPENDED" if watch.error_type else "ACTIVE",
    }
    if watch.error_type:
        shown["errorType"] = watch.error_type
    return shown


def _key(form_id: str, watch_id: str) -> str:
    return f"{form_id}/{watch_id}"


def living_watches(world: World, form_id: str) -> list[Watch]:
    """The watches of a form that have not run out."""
    now = world.clock.now()
    return [watch for watch in watches(world).values() if watch.form_id == form_id and watch.expire_time > now]


def _living(call: Call) -> Watch:
    """The watch that a call names. One that has run out is 404; one that was deleted or never made is 403, as was seen."""
    form = form_for(call.world, call.path["formId"], call.actor)
    watch = watches(call.world).get(_key(form.form_id, call.path["watchId"]))
    if watch is None:
        raise denied("Watch not found or permission denied.")
    if watch.expire_time <= call.now:
        raise not_found()
    return watch


def _error_now(world: World, watch: Watch) -> str:
    """Why the watch cannot tell anything now, in the API's words; empty when it can."""
    if drive_access.role_on(world, watch.creator, watch.form_id) is None:
        return "NO_USER_ACCESS"
    return "" if _can_publish(world, watch.topic) else "OTHER_ERRORS"


def notify(world: World, form_id: str, event_type: str) -> None:
    """Something happened to the form: tell its watches of that type, now or when their pause ends."""
    send_due(world)
    now = world.clock.now()
    for watch in living_watches(world, form_id):
        if watch.event_type != event_type or watch.error_type or watch.pending_at is not None:
            continue
        if watch.last_notified is None or now >= watch.last_notified + PAUSE:
            _send(world, watch)
        else:
            watch.pending_at = watch.last_notified + PAUSE
            watches(world)[_key(form_id, watch.watch_id)] = watch
            world.clock.call_at(watch.pending_at, lambda: send_due(world))


def send_due(world: World) -> None:
    """Send what waited for the end of a pause that is over now."""
    now = world.clock.now()
    for watch in list(watches(world).values()):
        if watch.pending_at is not None and watch.pending_at <= now:
            _send(world, watch)


def resume(world: World) -> None:
    """Set the timers again for what was waiting when the emulator last stopped."""
    for watch in list(watches(world).values()):
        if watch.pending_at is not None:
            world.clock.call_at(watch.pending_at, lambda: send_due(world))


def _send(world: World, watch: Watch) -> None:
    watch.pending_at = None
    watch.error_type = _error_now(world, watch)
    if not watch.error_type:
        watch.last_notified = world.clock.now()
        attributes = {"formId": watch.form_id, "watchId": watch.watch_id, "eventType": watch.event_type}
        world.publish(watch.topic, {"attributes": attributes})
    watches(world)[_key(watch.form_id, watch.watch_id)] = watch
