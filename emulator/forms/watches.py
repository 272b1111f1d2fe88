"""Watches: a message to a Pub/Sub topic when a form is answered or changed, for seven days.

A watch sends at most one message in thirty seconds. What happens inside that pause is told at its end, so nothing is lost.
"""

from __future__ import annotations

import re
from datetime import timedelta

from emulator.drive import access as drive_access
from emulator.forms.access import form_for
from emulator.forms.errors import invalid, not_found
from emulator.forms.model import Watch, watches
from emulator.forms.times import stamp
from emulator.kernel import Call, Json, World, handles

LIFE = timedelta(days=7)
PAUSE = timedelta(seconds=30)
_TOPIC = re.compile(r"projects/([^/]+)/topics/[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}")


@handles("forms.forms.watches.create")
def create(call: Call) -> Json:
    """Begin to watch. One watch per project and event type on a form, unless behaviour `forms_watches_per_type` says more."""
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
    same = [watch for watch in living if watch.event_type == event_type and project_of(watch.topic) == project_of(topic)]
    if len(same) >= call.world.behaviour.get("forms_watches_per_type", 1):
        raise invalid(f"The limit of watches of type {event_type} for this form is reached: a watch already exists.")
    now = call.now
    watch = Watch(watch_id, form.form_id, call.actor, event_type, topic, now, now + LIFE)
    watches(call.world)[_key(form.form_id, watch_id)] = watch
    return watch_json(watch)


def _check_topic(world: World, topic: str) -> None:
    """400 unless the topic is well named and, where behaviour `pubsub_topics_must_exist` is on, was created."""
    if not _TOPIC.fullmatch(topic):
        raise invalid(f"Invalid topic name: {topic}")
    if world.behaviour.get("pubsub_topics_must_exist", False) and topic not in world.table("pubsub.topics"):
        raise invalid(
            f"Unable to publish to the topic {topic}. It must exist and grant publish permission to "
            "forms-notifications@system.gserviceaccount.com."
        )


def project_of(topic: str) -> str:
    """The project in a topic's full name."""
    return topic.split("/")[1]


def _watch_id(call: Call, form_id: str, living: set[str]) -> str:
    own = str(call.body.get("watchId", ""))
    if not own:
        letters = "abcdefghijklmnopqrstuvwxyz"
        return "".join(letters[ord(char) % 26] for char in call.world.new_id(length=20))
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
    if watch.error_type == "NO_USER_ACCESS" and not _creator_has_access(call.world, watch):
        raise invalid("The watch cannot be renewed: the user no longer has access to the form.")
    watch.error_type = ""
    watch.expire_time = call.now + LIFE
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
    form = form_for(call.world, call.path["formId"], call.actor)
    for watch in living_watches(call.world, form.form_id):
        if watch.watch_id == call.path["watchId"]:
            return watch
    raise not_found()


def _creator_has_access(world: World, watch: Watch) -> bool:
    return drive_access.role_on(world, watch.creator, watch.form_id) is not None


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
    if not _creator_has_access(world, watch):
        watch.error_type = "NO_USER_ACCESS"
    else:
        watch.last_notified = world.clock.now()
        attributes = {"formId": watch.form_id, "watchId": watch.watch_id, "eventType": watch.event_type}
        world.publish(watch.topic, {"attributes": attributes})
    watches(world)[_key(watch.form_id, watch.watch_id)] = watch
