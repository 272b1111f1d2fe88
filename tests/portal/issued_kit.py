"""Documents as a client asks for them: form sent, page read, PDF read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response

from expediente import codec
from expediente.portal_data import Issued
from tests.pdf_text import text_of
from tests.portal.portal_kit import Visitor

PERIOD = {"since": "2027-04-01", "until": "2027-06-30"}


@dataclass(frozen=True)
class Made:
    """A document that was issued. path: of its page; text: what its PDF says."""

    path: str
    content: bytes
    text: str

    @property
    def code(self) -> str:
        """What the public page is asked for."""
        return self.path.rsplit("/", 1)[1]


def ask(who: Visitor, kind: str, said: Mapping[str, str] | None = None) -> Response:
    """Send the form of a document."""
    return who.send(f"/documentos/pedir/{kind}", said)


def issue(who: Visitor, kind: str, said: Mapping[str, str] | None = None) -> Made:
    """Ask for a document and download it."""
    answer = ask(who, kind, said)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    path = urlsplit(answer.headers["Location"]).path
    pdf = who.get(f"{path}/pdf")
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    return Made(path, pdf.get_data(), text_of(pdf.get_data()))


def record(who: Visitor, made: Made) -> Issued:
    """What is kept of a document."""
    read = who.app.store.get("issued", made.code)
    assert read is not None
    return codec.from_data(Issued, read.data)


def verified(who: Visitor, made: Made) -> str:
    """What anybody reads on the public page."""
    return who.app.visitor().get(f"/verificar/{made.code}").get_data(as_text=True)
