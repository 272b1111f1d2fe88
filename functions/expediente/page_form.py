"""What a page's form sends back, and the proof that it is ours: shown by us, to this person, on this page, with this content."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from expediente.errors import ExpedienteError, RetryLaterError

if TYPE_CHECKING:
    from flask import Request
    from werkzeug.datastructures import FileStorage

CONTENT_TYPE = "application/x-www-form-urlencoded"
CONTENT_TYPE_OF_FILES = "multipart/form-data"
MAX_BODY_BYTES = 32_768

_FIELDS = ("hash", "token", "since", "decision")
_MAX_PARTS = 12
# A browser shows our answer only when what it sends has been read; Cloud Run lets nothing larger than this through.
_MOST_READ_IN_VAIN_BYTES = 40 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
# Of fields, and of what the reader of the parts holds at once: it reads as much as a chunk of a file.
_MEMORY_BYTES = 4 * _CHUNK_BYTES


class FormRefusedError(ExpedienteError):
    """A form that was not sent from our page in our way. Example: another site posts to us; a program sends JSON."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(f"form refused ({reason}); open the page again and send its form")


@dataclass(frozen=True)
class Posted:
    """The fields of a form. content_hash: of what was shown; since: number of the dossier's events then; decision: '' if none.

    answers: the other fields, by name without its `f_`.
    """

    content_hash: str
    token: str
    since: str
    decision: str
    answers: Mapping[str, str] = field(default_factory=dict)


def token(secret: bytes, address: str, path: str, content_hash: str) -> str:
    """The proof that goes into a form. path: of the page, without the site's prefix."""
    said = f"{address.lower()}\n{path}\n{content_hash}"
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()


def is_ours(secret: bytes, address: str, path: str, posted: Posted) -> bool:
    """Whether the form was made by us for this person, page and content."""
    return hmac.compare_digest(token(secret, address, path, posted.content_hash).encode(), posted.token.encode())


def read(request: Request, site_url: str) -> Posted:
    """The fields of a form that may have come from our own page.

    :param site_url: where people open the pages; a browser names the site that sent the form, when it does.
    :raises FormRefusedError: another site sent it, it is no form, it is too large, or a field comes twice.
    """
    _check_sender(request, site_url, CONTENT_TYPE)
    request.max_content_length = MAX_BODY_BYTES
    return _posted(_parts(request)[0])


@dataclass(frozen=True)
class SentFile:
    """A file of a form. input: the name of its field; name: as its owner calls it, for people's eyes only; size_bytes: of content."""

    input: str
    name: str
    content: IO[bytes]
    size_bytes: int


def read_files(
    request: Request, site_url: str, inputs: tuple[str, ...], most_bytes: int, most_files: int = 1
) -> tuple[Posted, list[SentFile]]:
    """The fields of a form that also sends files, and those files; what is large lies in a temporary file while it is looked at.

    :param inputs: the fields that may send files; an empty field sends none.
    :param most_files: of one field.
    :param most_bytes: of one file; the form as a whole may hardly be larger.
    :raises FormRefusedError: as `read`; 413 `size` when it is too large, or one of several files too many.
    """
    _check_sender(request, site_url, CONTENT_TYPE_OF_FILES)
    request.max_content_length = most_bytes + MAX_BODY_BYTES
    request.max_form_memory_size, request.max_form_parts = _MEMORY_BYTES, _MAX_PARTS
    try:
        fields, files = _parts(request)
    except FormRefusedError:
        read_in_vain(request)
        raise
    if set(files) - set(inputs):
        raise FormRefusedError(400, "fields")
    if any(len(sent) > most_files for sent in files.values()):
        # Where several may come, people choose too many; where one may, no form of ours sends two.
        raise FormRefusedError(413, "size") if most_files > 1 else FormRefusedError(400, "fields")
    found = []
    for name, sent in ((name, one) for name, several in files.items() for one in several):
        if sent.filename:
            sent.stream.seek(0, 2)
            found.append(SentFile(name, sent.filename, sent.stream, sent.stream.tell()))
    if any(file.size_bytes > most_bytes for file in found):
        raise FormRefusedError(413, "size")
    return _posted(fields), found


def _check_sender(request: Request, site_url: str, content_type: str) -> None:
    """Told by the headers alone, so that nothing of what another site sends is read."""
    site = urlsplit(site_url)
    if request.headers.get("Origin", f"{site.scheme}://{site.netloc}") != f"{site.scheme}://{site.netloc}":
        raise FormRefusedError(400, "origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise FormRefusedError(400, "site")
    if request.mimetype != content_type:
        raise FormRefusedError(415, "type")


def _parts(request: Request) -> tuple[dict[str, list[str]], dict[str, list[FileStorage]]]:
    try:
        return request.form.to_dict(flat=False), request.files.to_dict(flat=False)
    except RequestEntityTooLarge as error:
        raise FormRefusedError(413, "size") from error
    except HTTPException as error:
        raise FormRefusedError(400, "body") from error


def _posted(fields: dict[str, list[str]]) -> Posted:
    if any(len(values) > 1 for values in fields.values()):
        raise FormRefusedError(400, "fields")
    answers = {name.removeprefix("f_"): values[0] for name, values in fields.items() if name.startswith("f_")}
    content_hash, token_said, since, decision = (fields.get(name, [""])[0] for name in _FIELDS)
    return Posted(content_hash, token_said, since, decision, answers)


@contextmanager
def turn(request: Request, places: threading.BoundedSemaphore, seconds: float, operation: str) -> Iterator[None]:
    """Hold one of the places of those whose files lie in memory; what the request holds goes with it.

    :param seconds: how long it waits for a place.
    :param operation: of the error.
    :raises RetryLaterError: none became free; the form has been read by then, so that its sender sees the answer.
    """
    if not places.acquire(timeout=seconds):
        read_in_vain(request)
        raise RetryLaterError(operation, 503, "crowded", after_seconds=5.0)
    try:
        yield
    finally:
        try:
            request.close()
        finally:
            places.release()


def read_in_vain(request: Request) -> None:
    """Read what is left of a refused form and keep nothing of it."""
    source, left = request.environ["wsgi.input"], _MOST_READ_IN_VAIN_BYTES
    try:
        while left > 0 and (chunk := source.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
    except (OSError, ValueError):
        return
