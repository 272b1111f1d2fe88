"""Every mail: one-line subject, the task with its day first, short, escaped, the same words in text and HTML."""

from __future__ import annotations

import dataclasses
import html
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from expediente import process
from expediente.checks import sample_context
from expediente.errors import ConfigurationError
from expediente.mails import RULER, Line, MailContext, RenderedMail, Table, day_text, render
from expediente.model import Problem, Rank
from tests.unit.process_copy import ROOT

TABLES = process.load(ROOT)
KINDS = sorted(TABLES.mails)
MAX_WORDS = 120
HOSTILE = "<script>alert(1)</script> \"&' {{ company.name }}"


def mail(kind: str, **changes: object) -> RenderedMail:
    """That mail, filled with everything a template may name."""
    return render(TABLES, kind, dataclasses.replace(sample_context(TABLES, TABLES.mails[kind]), **changes))  # type: ignore[arg-type]


def main_part(text: str) -> str:
    """What stands above the ruler: the part that must be short."""
    return text.split(RULER)[0]


class Page(HTMLParser):
    """The tags of a page, with their attributes, and whether each one was closed."""

    VOID = ("meta", "br", "img", "hr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be the last one that was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Remember the words."""
        self.said += data


@pytest.mark.parametrize("kind", KINDS)
def test_subject_is_one_short_line(kind: str) -> None:
    """No mail has an empty or broken subject."""
    subject = mail(kind).subject
    assert subject and len(subject) <= 160 and subject.isprintable()


@pytest.mark.parametrize("kind", KINDS)
def test_first_line_is_the_task(kind: str) -> None:
    """The first line stands alone, is a sentence, and names the client or what the client must do."""
    first, second = mail(kind).text.split("\n")[:2]
    assert first.endswith(".") and second == ""


@pytest.mark.parametrize("kind", KINDS)
def test_the_day_is_said_with_its_weekday(kind: str) -> None:
    """A day is `martes 10 de marzo`, near the top."""
    assert "martes 10 de marzo" in "\n".join(mail(kind).text.split("\n")[:4])


@pytest.mark.parametrize("kind", KINDS)
def test_at_most_120_words_stand_before_the_summary(kind: str) -> None:
    """Even with a long name, a reader sees the task in half a minute."""
    long_name = mail(kind, client_name="Compañía Nacional de Distribución " * 9)
    assert len(main_part(long_name.text).split()) <= MAX_WORDS


@pytest.mark.parametrize("kind", KINDS)
def test_one_button_leads_where_the_table_says(kind: str) -> None:
    """A mail with an action has one button and its address in the text; one without has none."""
    rendered, rule = mail(kind), TABLES.mails[kind]
    buttons = [
        attrs["href"] for tag, attrs in Page(rendered.html).tags if tag == "a" and attrs["href"] == "https://example.com/x"
    ]
    assert len(buttons) == (1 if rule.action else 0)
    assert ("https://example.com/x" in rendered.text) == bool(rule.action)


@pytest.mark.parametrize("kind", KINDS)
def test_text_and_html_say_the_same_words(kind: str) -> None:
    """The task and what follows are written once and stand in both."""
    rendered = mail(kind)
    page = re.sub(r"\s+", " ", Page(rendered.html).said)
    assert rendered.text.split("\n")[0] in page


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_well_formed_spanish_and_without_outside_content(kind: str) -> None:
    """Every tag closes; no pictures, scripts or styles from elsewhere; tables for layout say so."""
    page = Page(mail(kind).html)
    assert page.open == [] and ("html", {"lang": "es"}) in page.tags
    assert not {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "style"}
    assert all("role" in attrs or "scope" in str(page.tags) for tag, attrs in page.tags if tag == "table")


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_text_is_shown_never_obeyed(kind: str) -> None:
    """What strangers type is escaped in HTML and is no template."""
    rendered = mail(
        kind,
        client_name=HOSTILE,
        items=(HOSTILE,),
        needs=HOSTILE,
        reason=HOSTILE,
        area=HOSTILE,
        facts=(Line(HOSTILE, HOSTILE),),
        table=Table(("a", "b"), ((HOSTILE, HOSTILE),)),
        problems=(Problem("x", Rank.REFUSE, "f", HOSTILE, HOSTILE, HOSTILE),),
        summary=(Line(HOSTILE, f"{HOSTILE}\n{HOSTILE}"),),
        ask=Line(HOSTILE, HOSTILE),
    )
    assert "<script" not in rendered.html
    assert "company.name }}" in html.unescape(rendered.html) or HOSTILE not in rendered.text


@pytest.mark.parametrize("kind", KINDS)
def test_no_header_can_be_broken_by_a_name(kind: str) -> None:
    """Line breaks and control characters in a name never reach the subject."""
    rendered = mail(kind, client_name="Ana\r\nBcc: todos@example.com\x00\u2028\u202e", dossier_id="EXP\n-1")
    assert rendered.subject.isprintable() and "\n" not in rendered.subject and "Bcc:" not in rendered.subject.split("\n")[1:]


@pytest.mark.parametrize("kind", KINDS)
def test_no_line_of_the_text_can_be_forged_by_a_name(kind: str) -> None:
    """A name with line breaks stays on its line."""
    text = mail(kind, client_name="Ana\n\nAbrir la hoja:\nhttps://malo.example.com").text
    assert not [line for line in text.split("\n") if line.startswith(("Abrir la hoja:", "https://malo"))]


@pytest.mark.parametrize("kind", KINDS)
def test_mail_without_details_still_renders(kind: str) -> None:
    """Empty lists leave no empty headings and no ruler above nothing."""
    empty = MailContext(dossier_id="EXP-1", client_name="Ana", day=date(2026, 3, 10), link="https://example.com/x")
    rendered = render(TABLES, kind, empty)
    assert "RESUMEN" not in rendered.text and "None" not in rendered.text
    assert (
        kind in ("bienvenida_cliente", "enlace_solicitudes_cliente", "portal_invitacion", "pago_recibido")
        or RULER not in rendered.text
    )


@pytest.mark.parametrize("kind", KINDS)
def test_no_technical_or_foreign_word_is_left(kind: str) -> None:
    """People read Spanish about their work, not about the program."""
    text = mail(kind).text.lower()
    assert not re.findall(
        r"\b(click|link|sheet|dossier|status|token|null|none|undefined|error|sistema de archivos|drive)\b", text
    )


def test_amounts_and_windows_have_no_way_into_a_mail() -> None:
    """No template names an operational field: what a mail shows comes from its context alone."""
    names = {path.split(".")[1] for path in TABLES.operational_secret}
    for path in (ROOT / "process" / "mails").rglob("*.*"):
        assert not [name for name in names if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))], path


def test_unknown_mail_is_refused() -> None:
    """A kind that the table lacks is a fault of the tables, with its name."""
    with pytest.raises(ConfigurationError, match="no_existe"):
        render(TABLES, "no_existe", MailContext())


def test_link_that_is_no_web_address_is_refused() -> None:
    """A button never runs a script."""
    with pytest.raises(ConfigurationError, match="enlace"):
        mail("recibo_vendedora", link="javascript:alert(1)")


def test_mail_that_names_a_day_needs_one() -> None:
    """A forgotten day is noticed where it is forgotten."""
    with pytest.raises(ValueError, match="day"):
        mail("recibo_vendedora", day=None)


def test_days_are_written_as_people_say_them() -> None:
    """Weekday, day and month, in Spanish."""
    assert day_text(TABLES, date(2026, 3, 10)) == "martes 10 de marzo"
    assert day_text(TABLES, date(2026, 12, 13)) == "domingo 13 de diciembre"
