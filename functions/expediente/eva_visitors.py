"""Visitors who have not entered: who wants to become a client, who wants to be called. A mail to people, never a dossier.

What is answered does not depend on who is a client already. All visitors together may do so much in an hour, so that nobody floods
the company's mailboxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expediente import codec, portal_limits
from expediente.deadlines import due_day
from expediente.errors import ConfigurationError, ConflictError, RetryLaterError
from expediente.eva_scene import Asking, Reply, day_text
from expediente.eva_values import shown
from expediente.form_build import prefilled_link
from expediente.mails import Line, MailContext, outgoing
from expediente.portal_data import Prospect
from expediente.store import Create

if TYPE_CHECKING:
    from expediente.eva_rules import AskedField, VisitorRule

_COUNTED = "eva-visitors"
_TRIES = 5


def register(asking: Asking) -> Reply:
    """Hand a prospect to sales, with the intake form as far as it can be filled in from what was said."""
    return _handed(asking, asking.scene.rules.visitors["registration"], "done", link=_intake_link(asking))


def call_back(asking: Asking) -> Reply:
    """Hand a visitor's conversation to a person."""
    turns = tuple(Line(asking.scene.rules.turns[turn.who], turn.text) for turn in asking.talk.turns)
    return _handed(asking, asking.scene.rules.visitors["person"], "done_visitor", turns=turns)


def _handed(asking: Asking, rule: VisitorRule, key: str, link: str = "", turns: tuple[Line, ...] = ()) -> Reply:
    scene = asking.scene
    app, now, number = scene.app, scene.now, asking.talk.case_id
    day = due_day(app.process, rule.deadline, now)
    fields = (*asking.intent.fields, *asking.intent.visitor_fields)
    context = MailContext(day=day, link=link, summary=(*_lines(asking, fields), *turns))
    to = app.process.group_of(app.process.mails[rule.mail].to.partition(":")[2])
    mail = outgoing(app.process, rule.mail, mail_of(number), to, context, now)
    record = Prospect(number, now, dict(asking.said))
    for _ in range(_TRIES):
        if app.store.get("prospect", number) is not None:
            break
        hour = portal_limits.hours(app, _COUNTED)[0]
        if hour.before >= scene.rules.limits.visitors_an_hour:
            return Reply(scene.text("too_many"), over=True)
        try:
            app.store.commit(
                [
                    hour.one_more,
                    Create("prospect", number, codec.to_data(record)),
                    Create("outbox", mail.mail_id, codec.to_data(mail)),
                ]
            )
        except ConflictError:
            continue
        app.publish_mail(mail.sender)
        break
    else:
        raise RetryLaterError("prospect", 409, "too many at once", 1.0)
    return Reply(asking.reply(key, due=day_text(day)), sent=True)


def mail_of(number: str) -> str:
    """The id of the mail that tells of a prospect, which bears what was said."""
    return f"prospect/{number}"


def _lines(asking: Asking, fields: tuple[AskedField, ...]) -> tuple[Line, ...]:
    values = ((one, shown(one, asking.said.get(one.key, ""), {}, asking.scene.app.process.company)) for one in fields)
    return tuple(Line(one.label, value) for one, value in values if value and one.shown)


def _intake_link(asking: Asking) -> str:
    """The intake form, filled in with what the table says is no secret; '' where there is no form yet."""
    app, rules = asking.scene.app, asking.scene.rules
    definition = app.forms.get(rules.prospect_form.form)
    try:
        site = app.site.forms.get(rules.prospect_form.form)
    except ConfigurationError:
        site = None
    if definition is None or site is None:
        return ""
    said = {question: (asking.said.get(name, ""),) for question, name in rules.prospect_form.questions.items()}
    given = {question: texts for question, texts in said.items() if texts[0]}
    return prefilled_link(site.responder_uri, definition, given, site.question_ids)
