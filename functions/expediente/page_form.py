"""What a page's form sends back, and the proof that it is ours: shown by us, to this person, on this page, with this content."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from expediente.errors import ExpedienteError

if TYPE_CHECKING:
    from flask import Request

CONTENT_TYPE = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 32_768


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
    site = urlsplit(site_url)
    if request.headers.get("Origin", f"{site.scheme}://{site.netloc}") != f"{site.scheme}://{site.netloc}":
        raise FormRefusedError(400, "origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise FormRefusedError(400, "site")
    if request.mimetype != CONTENT_TYPE:
        raise FormRefusedError(415, "type")
    request.max_content_length = MAX_BODY_BYTES
    try:
        fields = request.form.to_dict(flat=False)
    except RequestEntityTooLarge as error:
        raise FormRefusedError(413, "size") from error
    except HTTPException as error:
        raise FormRefusedError(400, "body") from error
    names = ("hash", "token", "since", "decision")
    if any(len(values) > 1 for values in fields.values()):
        raise FormRefusedError(400, "fields")
    answers = {name.removeprefix("f_"): values[0] for name, values in fields.items() if name.startswith("f_")}
    said = {name: fields.get(name, [""])[0] for name in names}
    return Posted(said["hash"], said["token"], said["since"], said["decision"], answers)
