"""Turns values into an answer: templates of `pages/`, escaped, with headers that let a browser load nothing and keep nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from expediente.mails import day_text
from expediente.process import Person, Process
from expediente.texts import clean_text

FOLDER = Path(__file__).parent / "pages"
_ACCENT = "#1F6FB2"

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it a browser says `Origin: null` when it sends our own form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Frame:
    """What every page shows around its own content. person None: nobody is recognised. home: address of the list of tasks."""

    process: Process
    person: Person | None = None
    home: str = "/"
    accent: str = ""


def render(
    template: str,
    frame: Frame,
    status: int = 200,
    *,
    scripted: bool = False,
    leads_to: Sequence[str] = (),
    scripts_from: Sequence[str] = (),
    **values: Any,
) -> Response:
    """The answer that a template makes. values: what it names besides the frame's, or in its place; scripted: it brings a small script of its own.

    leads_to: origins to which its form may be led on, besides ours; scripts_from: origins of a foreign script, and what that may call.
    """
    nonce = secrets.token_urlsafe(16)
    process, zone = frame.process, ZoneInfo(frame.process.company.timezone)
    page = _environment().get_template(template)
    own = {
        "company": process.company,
        "labels": process.labels,
        "states": process.states,
        "neutral_review_text": process.neutral_review_text,
        "person": frame.person,
        "home": frame.home,
        "accent": frame.accent if re.fullmatch(r"#[0-9A-Fa-f]{6}", frame.accent) else _ACCENT,
        "day": partial(day_text, process),
        "local": partial(_local, zone),
        "nonce": nonce,
    }
    text = page.render({**own, **values})
    policy = _policy(nonce, scripted=scripted, leads_to=leads_to, scripts_from=scripts_from)
    return Response(text, status, {**_HEADERS, "Content-Security-Policy": policy}, mimetype="text/html")


def redirect(address: str) -> Response:
    """Sends a browser on to read a page after it has posted a form."""
    headers = {**_HEADERS, "Content-Security-Policy": _policy(secrets.token_urlsafe(16)), "Location": address}
    return Response("", 303, headers, mimetype="text/html")


def _policy(nonce: str, *, scripted: bool = False, leads_to: Sequence[str] = (), scripts_from: Sequence[str] = ()) -> str:
    foreign = "".join(f" {origin}" for origin in scripts_from)
    script = f" script-src 'nonce-{nonce}'{foreign}; connect-src 'self'{foreign};" if scripted or foreign else ""
    # A foreign button draws itself in a frame, with pictures and fonts of its own.
    script += f" frame-src{foreign}; img-src{foreign} data:; font-src{foreign};" if foreign else ""
    actions = " ".join(("'self'", *leads_to))
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}';{script} form-action {actions}; base-uri 'none'; frame-ancestors 'none'"
    )


def _local(zone: ZoneInfo, at: datetime) -> datetime:
    return at.astimezone(zone)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """The templates of the pages: all is escaped and cleaned of what cannot be seen, a name that is not there is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["lines"] = _lines
    return environment


def _visible(value: Any) -> Any:
    """Text of people without control characters and marks that reverse the writing; markup of ours as it is."""
    return clean_text(value, multiline=True) if type(value) is str else value


def _lines(text: str) -> Markup:
    """Line breaks as <br>, each line cleaned and escaped."""
    return Markup("<br>").join(escape(line) for line in clean_text(text, multiline=True).split("\n"))
