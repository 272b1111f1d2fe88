"""Renders the mails of `process/mails/`: a one-line subject, a text and an HTML body from the same words.

The folder of a mail holds `subject.txt`, `body.txt` and `body.html` over `_base/`. The words (task, two or three sentences, whom
to ask) stand in `body.txt` alone; the HTML takes them from there. What strangers wrote is cleaned here, escaped by the templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from expediente.errors import ConfigurationError
from expediente.model import OutgoingMail, Problem
from expediente.payment_means import means_of
from expediente.process import Area, Company, MailRule, Process
from expediente.templates import adjustments
from expediente.texts import clean_text

RULER = "- " * 20 + "-"
_MAX_FACTS = 5
_MAX_WRITTEN = 200
_MAX_SUBJECT = 160
_ACCENT = "#1F6FB2"
_ONE_LINE = ("dossier_id", "client_name", "code", "area", "link", "folder", "asks", "for_whom", "person", "form")
_WORDS = ("task", "more", "ask", "footer")

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """A label and its value; the value may have several lines (one a service point). links: text and address, on pages alone."""

    label: str
    value: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows of a mail. rows: cells in the order of columns; the first cell names the row, empty cells are left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class DigestLine:
    """A task in a digest. for_whom: the absent colleague, or in the team's list whose task it is; escalated: the superiors know."""

    client_name: str
    dossier_id: str
    asks: str
    since: date
    due: date
    overdue: bool
    link: str
    escalated: bool = False
    for_whom: str = ""


@dataclass(frozen=True)
class ClientLines:
    """What one client's dossier asks of its vendedora. ready: text to send to the client, '' = nothing to ask of the client."""

    client_name: str
    dossier_id: str
    lines: tuple[DigestLine, ...]
    ready: str = ""


@dataclass(frozen=True)
class Digest:
    """The day of one person. own: of its area or role; clients: of the dossiers it sold; team: of others, escalated to it.

    more: how many less urgent ones are left out.
    """

    person: str = ""
    own: tuple[DigestLine, ...] = ()
    clients: tuple[ClientLines, ...] = ()
    team: tuple[DigestLine, ...] = ()
    more: int = 0

    @property
    def count(self) -> int:
        """How many tasks wait for the person itself."""
        return len(self.own) + sum(len(client.lines) for client in self.clients)

    @property
    def only_clients(self) -> bool:
        """Whether it is a vendedora's."""
        return bool(self.clients) and not (self.own or self.team)


@dataclass(frozen=True)
class CalendarEvent:
    """An appointment that travels as a calendar file. number: higher when it changes; organizer: an address of the company."""

    uid: str
    number: int
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    organizer: str


@dataclass(frozen=True)
class MailContext:
    """What a mail is filled with; each template takes what it names.

    day: by when the task is due, or when the thing told happened. link: where the button leads ('' = no button).
    code: Denarius code. area: Spanish name of the area spoken of. facts: lines besides client, dossier and code (five in all).
    ask: name and address of whom to ask (default: Expedientes). items: papers, marks, points or names, one a line.
    table: e.g. returned papers. problems: wrong or missing fields of the form. needs, reason: free text of people.
    summary: label and value of what the recipient may read; nothing of `operational_secret` (see `summary_paths`).
    digest: what one person is reminded of on `day`.
    to_sign: made documents, each with where it is found. sheet: address of the control sheet, beside the button.
    form: title of the form, or name of the file, that is spoken of; forms: forms of the client, each with the link that opens it.
    requests: what the client may ask for, each with the link that opens its form; without them, an address to write to.
    folder: address of the delivery folder, the other way to deliver.
    event: goes along as a calendar file.
    """

    dossier_id: str = ""
    client_name: str = ""
    day: date | None = None
    link: str = ""
    code: str = ""
    area: str = ""
    facts: tuple[Line, ...] = ()
    ask: Line | None = None
    items: tuple[str, ...] = ()
    table: Table | None = None
    problems: tuple[Problem, ...] = ()
    needs: str = ""
    reason: str = ""
    summary: tuple[Line, ...] = ()
    digest: Digest = Digest()
    to_sign: tuple[str, ...] = ()
    sheet: str = ""
    requests: tuple[RequestLink, ...] = ()
    form: str = ""
    forms: tuple[Line, ...] = ()
    folder: str = ""
    event: CalendarEvent | None = None


@dataclass(frozen=True)
class RenderedMail:
    """A mail ready for the outbox. subject: one line without control characters."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class RequestLink:
    """A request that the client may make, with the mailto link that opens it with subject and client code filled in."""

    label: str
    explains: str
    link: str


def render(process: Process, kind: str, context: MailContext) -> RenderedMail:
    """The mail `kind` of `process/mails/mails.yaml`, filled with `context`.

    :raises ConfigurationError: unknown mail, a mail to a client without the company's contact, a link that is no web address.
    :raises ValueError: the template names a day and the context has none.
    """
    rule = process.mails.get(kind)
    if rule is None:
        raise ConfigurationError("mails.yaml", f"no existe el correo «{kind}»", "Agréguelo a mails.")
    _require_contact(process.company, rule)
    mail = _cleaned(context)
    if any(link and not link.startswith(("https://", "http://")) for link in (mail.link, mail.folder)):
        raise ConfigurationError(
            "mails.yaml", f"el enlace del correo «{kind}» no es una dirección web", "Revise los ajustes del sitio."
        )
    environment = environment_for(process)
    values = values_for(process, rule, mail)
    subject = one_line(_template(environment, rule, "subject.txt").render(values), _MAX_SUBJECT)
    own = _own_paragraphs(process, environment, kind, values)
    text, words = _text_and_words(_template(environment, rule, "body.txt"), {**values, "subject": subject}, own)
    html = _template(environment, rule, "body.html").render({**values, "subject": subject, "words": words})
    return RenderedMail(subject, text, re.sub(r"\n\s*\n+", "\n", html).strip() + "\n")


def outgoing(
    process: Process,
    kind: str,
    mail_id: str,
    to: str,
    context: MailContext,
    now: datetime,
    *,
    dossier_id: str = "",
    thread: str = "",
) -> OutgoingMail:
    """The mail `kind` for the outbox. mail_id: makes it once; thread: what it is filed under, '' = it stands alone.

    :raises ConfigurationError: see `render`.
    """
    rendered, sender = render(process, kind, context), process.company.senders[process.mails[kind].sender]
    return OutgoingMail(
        mail_id=mail_id,
        dossier_id=dossier_id,
        kind=kind,
        sender=sender,
        waiting_for=sender,
        to=(to,),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        thread=thread or mail_id,
        created_at=now,
        next_try_at=now,
    )


def summary_paths(process: Process, area: Area) -> tuple[str, ...]:
    """The field paths that a mail to the area may show: what it reads, without the operational secrets."""
    return tuple(path for path in area.reads if path not in process.operational_secret)


def day_text(process: Process, day: date) -> str:
    """A day as people say it: `martes 10 de marzo`."""
    return _day_text(day, process.months, _weekdays(process), process.labels["long_date"])


def one_line(text: str, limit: int) -> str:
    """The text on one line, without control characters, at most `limit` characters long."""
    line = clean_text(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _require_contact(company: Company, rule: MailRule) -> None:
    """A client is never written to without telling how to reach us (requirement of the welcome mail)."""
    needed = ("customer_service_email", "customer_service_phone", "customer_service_hours")
    missing = [name for name in needed if not getattr(company, name).strip()]
    if rule.to.startswith("client:") and missing:
        raise ConfigurationError(
            "company.yaml", f"falta {', '.join(missing)}: el correo «{rule.key}» no sale", "Escriba el contacto."
        )


def _cleaned(context: MailContext) -> MailContext:
    """The context with every text cleaned; names, codes and the like on one line."""
    clean: MailContext = _clean_value(context, "")
    return clean


def _clean_value(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return clean_text(value, multiline=name not in _ONE_LINE)
    if isinstance(value, tuple):
        return tuple(_clean_value(item, name) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: _clean_value(getattr(value, item.name), item.name) for item in fields(value)})
    return value


def values_for(process: Process, rule: MailRule, mail: MailContext) -> dict[str, Any]:
    """What the templates see besides filters: the names here are the whole list, `expediente check` knows them."""
    area = next((area for area in process.areas if rule.key in (area.notice_mail, area.early_mail)), None)
    accent = next((item.color for item in process.areas if item.label == mail.area), area.color if area else "")
    return {
        "mail": mail,
        "rule": rule,
        "company": process.company,
        "ruler": RULER,
        "accent": accent or _ACCENT,
        "area_label": area.label if area else "",
        "duties": area.duties if area else (),
        "facts": _facts(process, mail),
        "facts_without_dossier": _facts(process, replace(mail, dossier_id="", code="")),
        "client_facts": _client_facts(process, mail),
        "problems_table": _problems_table(process, mail.problems),
        "requests": mail.requests or _requests(process.company, mail),
        "payment_means": means_of(process),
        "label_of": process.label_of,
        "group_of": process.group_of,
    }


def _facts(process: Process, mail: MailContext) -> tuple[Line, ...]:
    labels = process.labels
    known = (
        Line(labels["fact_client"], one_line(mail.client_name, process.max_short_name)),
        Line(labels["fact_dossier"], mail.dossier_id),
        Line(labels["fact_code"], mail.code),
        *mail.facts,
    )
    return tuple(line for line in known if line.value)[:_MAX_FACTS]


def _client_facts(process: Process, mail: MailContext) -> tuple[Line, ...]:
    labels, company = process.labels, process.company
    known = (
        Line(labels["fact_client_code"], mail.code),
        Line(labels["fact_email"], company.customer_service_email),
        Line(labels["fact_phone"], company.customer_service_phone),
        Line(labels["fact_hours"], company.customer_service_hours),
    )
    return tuple(line for line in known if line.value)


def _problems_table(process: Process, problems: tuple[Problem, ...]) -> Table:
    columns = tuple(process.labels[f"problem_{name}"] for name in ("question", "written", "expected", "example"))
    rows = tuple((item.question, one_line(item.written, _MAX_WRITTEN), item.expected, item.example) for item in problems)
    return Table(columns, rows)


def _requests(company: Company, mail: MailContext) -> tuple[RequestLink, ...]:
    links = []
    for request in company.requests:
        subject = f"{request.subject} · {mail.code or mail.dossier_id}".rstrip(" ·")
        links.append(
            RequestLink(
                request.label, request.explains, f"mailto:{company.customer_service_email}?subject={quote(subject, safe='')}"
            )
        )
    return tuple(links)


# --- templates -----------------------------------------------------------------------------------------------------------------


def environment_for(process: Process) -> Environment:
    """The templates of that process, compiled once."""
    return _environment(process.folder / "process" / "mails", process.months, _weekdays(process), process.labels["long_date"])


@lru_cache(maxsize=8)
def _environment(folder: Path, months: tuple[str, ...], weekdays: tuple[str, ...], long_date: str) -> Environment:
    """The templates of a mails folder: HTML escapes what it is given, a name that is not there is an error."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def day_filter(day: date | None) -> str:
        if day is None:
            raise ValueError("this mail names a day: MailContext.day is missing")
        return _day_text(day, months, weekdays, long_date)

    filters: dict[str, Callable[..., str]] = {
        "day": day_filter,
        "short": one_line,
        "lines": _lines,
        "indented": _indented,
        "last_cells": _last_cells,
    }
    environment.filters.update(filters)
    return environment


def _lines(value: str) -> Markup:
    """Line breaks of a value as <br>, the rest escaped."""
    return Markup("<br>").join(escape(line) for line in value.split("\n"))


def _indented(value: str) -> str:
    return value.replace("\n", "\n  ")


def _last_cells(row: tuple[str, ...]) -> str:
    """A row of a table without the cell that names its group: `Recibido: Ana Ruiz`."""
    return ": ".join(cell for cell in row[1:] if cell)


def _weekdays(process: Process) -> tuple[str, ...]:
    return tuple(choice.label for choice in process.days.values())


def _day_text(day: date, months: tuple[str, ...], weekdays: tuple[str, ...], long_date: str) -> str:
    return long_date.format(weekday=weekdays[day.weekday()], day=day.day, month=months[day.month - 1], year=day.year)


def _template(environment: Environment, rule: MailRule, name: str) -> Template:
    return environment.get_template(f"{rule.template}/{name}")


def _own_paragraphs(process: Process, environment: Environment, kind: str, values: dict[str, Any]) -> str:
    """What the company wrote itself in the workbook Ajustes, filled; '' = the template's own. It is text and never a template."""
    own = process.own_paragraphs.get(kind, "")
    if not own:
        return ""
    expressions = adjustments(process.folder).placeholders
    known = {name: environment.from_string(expressions[name]) for name in expressions if "{" + name + "}" in own}
    filled = {name: one_line(template.render(values), _MAX_WRITTEN) for name, template in known.items()}
    return re.sub(r"\{(\w+)\}", lambda found: filled.get(found[1], found[0]), own)


def _text_and_words(template: Template, values: dict[str, Any], own: str) -> tuple[str, dict[str, Any]]:
    """The text body, and its words for the HTML: task, ask and footer as one line, `more` as paragraphs. own: instead of `more`."""
    context = template.new_context(values)
    if own:
        context.blocks["more"] = [lambda _: iter((own + "\n",))]
    text = "".join(template.root_render_func(context))
    blocks = {name: "".join(context.blocks[name][0](context)) for name in _WORDS}
    words: dict[str, Any] = {name: clean_text(block) for name, block in blocks.items()}
    words["more"] = tuple(_paragraphs(blocks["more"]))
    return _tidy(text), words


def _paragraphs(block: str) -> Iterator[str]:
    return (line.strip() for line in block.splitlines() if line.strip())


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
