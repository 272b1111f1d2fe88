"""A file that somebody sends on a page, into the staging bucket: its bytes under a name made of their content."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from expediente.arrivals import Arrival, object_name
from expediente.errors import DoubtfulError, RetryLaterError

if TYPE_CHECKING:
    from expediente.bootstrap import App

_TRIES = 2


def content_of(stream: IO[bytes]) -> bytes:
    """All bytes of a file that was sent."""
    stream.seek(0)
    return stream.read()


def sha256_of(stream: IO[bytes]) -> str:
    """The hash of a file that was sent."""
    return hashlib.sha256(content_of(stream)).hexdigest()


def stage(app: App, dossier_id: str, arrival: Arrival, content: bytes) -> None:
    """The bytes into the bucket. A call without an answer is made once more: the same name and content are the same object.

    :raises RetryLaterError: it got no answer again.
    """
    name = object_name(dossier_id, arrival)
    for left in reversed(range(_TRIES)):
        try:
            app.google.storage.stage(app.settings.staging_bucket, name, content, arrival.mime_type)
            return
        except DoubtfulError as error:
            if not left:
                raise RetryLaterError(error.method, error.status, error.reason, after_seconds=5.0) from error
