"""What Cloud Storage refuses: preconditions first, then retention and holds, as measured on the live service.

Source: Cloud Storage guides "Bucket Lock", "Object holds", "Request preconditions"; texts and reasons from measured answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from emulator.storage.records import Bucket, Json, Object, at_home

MOST_SECONDS = 3_155_760_000


class Refused(Exception):
    """An answer that is not a success. reason and location: as `errors[0]` tells them; a 304 has no body."""

    def __init__(self, status: int, reason: str, message: str, *, location: str = "", location_type: str = "") -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message
        self.location, self.location_type = location, location_type

    def body(self) -> Json:
        """The error in Google's shape."""
        item: Json = {"message": self.message, "domain": "global", "reason": self.reason}
        if self.location:
            item |= {"locationType": self.location_type, "location": self.location}
        return {"error": {"code": self.status, "message": self.message, "errors": [item]}}


def no_bucket() -> Refused:
    """404: there is no such bucket."""
    return Refused(404, "notFound", "The specified bucket does not exist.")


def no_object(bucket: str, name: str) -> Refused:
    """404: there is no such object, or not that generation of it."""
    return Refused(404, "notFound", f"No such object: {bucket}/{name}")


def unlisted() -> Refused:
    """403: the caller may not list, so it learns of no name that it is not there."""
    lacks = "does not have storage.objects.list access to the Google Cloud Storage bucket."
    text = f"cuenta@local.iam.gserviceaccount.com {lacks} Permission 'storage.objects.list' denied on resource (or it may not exist)."
    return Refused(403, "forbidden", text)


def check_preconditions(query: Mapping[str, str], *, generation: str, metageneration: int, reads: bool = False) -> None:
    """412 when a condition of the query does not hold; 304 where a reader asked for something newer.

    generation: `0` when there is no live object.
    """
    for what, value in (("Generation", generation), ("Metageneration", str(metageneration))):
        wanted, unwanted = query.get(f"if{what}Match"), query.get(f"if{what}NotMatch")
        if wanted is not None and wanted != value:
            raise _unmet("If-Match")
        if unwanted is not None and unwanted == value:
            raise Refused(304, "", "") if reads else _unmet("If-None-Match")


def _unmet(header: str) -> Refused:
    text = "At least one of the pre-conditions you specified did not hold."
    return Refused(412, "conditionNotMet", text, location=header, location_type="header")


def check_replaceable(place: str, kept: Object, bucket: Bucket, now: datetime) -> None:
    """403 while the object may be neither deleted nor overwritten. place: `bucket/name`."""
    for held, name in ((kept.event_based_hold, "Event-Based"), (kept.temporary_hold, "Temporary")):
        if held:
            text = f"Object '{place}' is under active {name} hold and cannot be deleted, overwritten or archived until hold is removed."
            raise Refused(403, "forbidden", text)
    until = kept.retained_until(bucket)
    if until is not None and now < until:
        text = (
            f"Object '{place}' is subject to bucket's retention policy or object retention and cannot be deleted or "
            f"overwritten until {at_home(until)}"
        )
        raise Refused(403, "retentionPolicyNotMet", text)


def set_policy(name: str, bucket: Bucket, policy: Json | None, now: datetime) -> None:
    """Set, change or remove the retention policy. A locked one only grows; a policy without a period changes nothing."""
    if policy is None:
        if bucket.locked:
            text = f"Bucket '{name}' has a locked Retention Policy which cannot be removed."
            raise Refused(403, "retentionPolicyNotMet", text)
        bucket.period_seconds, bucket.effective_at = 0, ""
        return
    if "retentionPeriod" not in policy:
        return
    seconds = _seconds(policy["retentionPeriod"])
    if bucket.locked and seconds < bucket.period_seconds:
        text = f"Cannot reduce retention duration of a locked Retention Policy for bucket '{name}'."
        raise Refused(403, "forbidden", text)
    bucket.period_seconds, bucket.effective_at = seconds, bucket.effective_at or now.isoformat()


def _seconds(period: object) -> int:
    try:
        seconds = int(str(period))
    except ValueError:
        raise Refused(400, "invalid", f"Parse Error: Invalid value for TYPE_INT64 field: '\"{period}\"'.") from None
    if not 1 <= seconds <= MOST_SECONDS:
        text = "Retention policy must have a retention period greater than 0 and less than 100 years."
        raise Refused(400, "invalid", text)
    return seconds


def lock_policy(bucket: Bucket, query: Mapping[str, str]) -> None:
    """Lock the retention policy for good. The caller must name the metageneration that was looked at."""
    if "ifMetagenerationMatch" not in query:
        text = "Required parameter: ifMetagenerationMatch"
        raise Refused(400, "required", text, location="ifMetagenerationMatch", location_type="parameter")
    if not bucket.period_seconds:
        raise Refused(400, "badRequest", "Cannot lock a bucket without a Retention Policy.")
    check_preconditions(query, generation="", metageneration=bucket.metageneration)
    bucket.locked = True


def set_holds(kept: Object, body: Json, now: datetime) -> None:
    """Set or release holds as the body says. Releasing an event-based hold begins the retention period anew."""
    if "temporaryHold" in body:
        kept.temporary_hold = bool(body["temporaryHold"])
    if "eventBasedHold" in body:
        if kept.event_based_hold and not body["eventBasedHold"]:
            kept.retained_from = now.isoformat()
        kept.event_based_hold = bool(body["eventBasedHold"])
