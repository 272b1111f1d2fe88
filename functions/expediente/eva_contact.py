"""Data that a client changes with Eva: its contact at once, an address only with the code that was sent there; the rest as a case."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from datetime import timedelta

from expediente import codec, fields, identifiers, portal_limits
from expediente.cases import ACCOUNT
from expediente.errors import ConflictError
from expediente.eva_cases import NAMES, hand_over, keep, told
from expediente.eva_money import bank_said
from expediente.eva_rules import AskedField
from expediente.eva_scene import Asking, Doing, Reply
from expediente.mails import MailContext, outgoing
from expediente.portal_data import Conversation
from expediente.store import Create

MAIL, TO_OLD = "portal_codigo", "portal_contacto_cambiado"
# Choice of the field `field` -> path of the contact that it changes.
_PATHS = {name: f"client.contact.{name}" for name in ("email", "phone", "name")}
_LEGAL, _BANK, _EMAIL = "legal", "bank", "email"
_BANK_FIELDS = ("bank", "account_kind", "account_number")
_DIGITS = 6


def _skips(asking: Asking) -> frozenset[str]:
    """What is not asked for the kind of data that was chosen."""
    chosen = asking.said.get("field", "")
    asked = {_LEGAL: {"path", "value", "reason"}, _BANK: set(_BANK_FIELDS), _EMAIL: {"value", "code"}}.get(chosen, {"value"})
    return frozenset({one.key for one in asking.intent.fields} - asked - {"field"})


def _adjust(asking: Asking, asked: AskedField, value: str, text: str) -> str:
    """A value in the form in which it is kept; unreadable ones stay for `_check` to refuse."""
    if asked.key != "value":
        return value
    chosen = asking.said.get("field", "")
    if chosen == _EMAIL:
        return (identifiers.email(value) or "").lower()
    if chosen == "phone":
        found = identifiers.phone(value)
        return found.number if found and found.valid else ""
    return value


def _check(asking: Asking, asked: AskedField, value: str) -> str:
    scene, chosen = asking.scene, asking.said.get("field", "")
    if asked.key == "code":
        return _proven(asking, value)
    if asked.key == "value":
        if not value:
            return scene.rules.errors[chosen]
        if value == _before(asking):
            return asking.reply("same")
    return ""


def _before(asking: Asking) -> str:
    """The value in force."""
    path = _PATHS.get(asking.said.get("field", ""), asking.said.get("path", ""))
    group, _, name = path.partition(".")
    data = codec.to_data(asking.scene.dossier.intake)[group] if group else {}
    for part in name.split("."):
        data = data.get(part, "") if isinstance(data, dict) else ""
    return str(data or "")


# --- the code ------------------------------------------------------------------------------------------------------------------


def _send_code(asking: Asking, asked: AskedField) -> Conversation | str:
    """Before the code is asked for it is sent: by mail to the new address, a few times an hour. A sentence = it was not."""
    scene, limits = asking.scene, asking.scene.rules.limits
    if asked.key != "code" or asking.talk.proof:
        return asking.talk
    app, address = scene.app, asking.said["value"]
    hour = portal_limits.hours(app, f"eva-code/{hashlib.sha256(scene.dossier.dossier_id.encode()).hexdigest()[:16]}")[0]
    if hour.before >= limits.codes_an_hour:
        return asking.reply("too_many_codes")
    code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    until = scene.now + timedelta(minutes=limits.code_minutes)
    context = MailContext(
        client_name=scene.dossier.intake.client.legal_name, day=scene.day, code=code, reason=str(limits.code_minutes)
    )
    mail = outgoing(app.process, MAIL, f"eva-code/{secrets.token_hex(12)}", address, context, scene.now)
    app.store.commit([hour.one_more, Create("outbox", mail.mail_id, codec.to_data(mail))])
    app.publish_mail(mail.sender)
    return replace(asking.talk, proof=_proof(asking, code), proof_until=until, misses=0)


def _proof(asking: Asking, code: str) -> str:
    """Binds a code to this conversation and this address."""
    said = f"eva-code\n{asking.talk.case_id}\n{asking.said.get('value', '')}\n{code}"
    return hmac.new(asking.scene.app.portal_secret, said.encode(), hashlib.sha256).hexdigest()


def _proven(asking: Asking, code: str) -> str:
    talk = asking.talk
    late = talk.proof_until is None or asking.scene.now >= talk.proof_until
    if late or talk.misses >= asking.scene.rules.limits.code_tries:
        return asking.reply("old_code")
    return "" if hmac.compare_digest(talk.proof.encode(), _proof(asking, code).encode()) else asking.reply("bad_code")


# --- done ----------------------------------------------------------------------------------------------------------------------


def _finish(asking: Asking) -> Reply:
    """A contact is a fact that becomes a change with its old value kept; an account is for Cartera, legal data for their own decision."""
    said, chosen = asking.said, asking.said["field"]
    if chosen == _BANK:
        return told(asking, hand_over(asking, bank_said(asking), kind=ACCOUNT), "done_bank")
    if chosen == _LEGAL:
        wanted = {said["path"]: said["value"], "reason": said.get("reason", "")}
        return told(asking, hand_over(asking, wanted), "done_legal")
    if chosen == _EMAIL and (why := _proven(asking, said.get("code", ""))):
        return Reply(why, over=True)
    if chosen == _EMAIL:
        _tell_old(asking)
    elif not _may_change(asking):
        return Reply(asking.reply("too_many_codes"), over=True)
    keep(asking.scene, f"contact-{asking.talk.case_id}", {"what": "contact", "said": {_PATHS[chosen]: said["value"]}})
    return Reply(asking.reply("done_email" if chosen == _EMAIL else "done", before=_shown(chosen, _before(asking))), sent=True)


def _may_change(asking: Asking) -> bool:
    """Count a change that needs no code; each makes a version of the dossier, so an hour has as many as it has codes."""
    app, limits = asking.scene.app, asking.scene.rules.limits
    hour = portal_limits.hours(app, f"eva-contact/{hashlib.sha256(asking.scene.dossier.dossier_id.encode()).hexdigest()[:16]}")[0]
    if hour.before >= limits.codes_an_hour:
        return False
    app.store.commit([hour.one_more])
    return True


def _tell_old(asking: Asking) -> None:
    """A mail to the address that was in force, once: whoever had it hears of a change that the client did not ask for."""
    scene, old = asking.scene, asking.scene.dossier.portal_email
    if not old:
        return
    context = MailContext(client_name=scene.dossier.intake.client.legal_name, day=scene.day)
    mail = outgoing(scene.app.process, TO_OLD, f"contact-old/{asking.talk.case_id}", old, context, scene.now)
    try:
        scene.app.store.commit([Create("outbox", mail.mail_id, codec.to_data(mail))])
    except ConflictError:
        return
    scene.app.publish_mail(mail.sender)


def _shown(chosen: str, value: str) -> str:
    return fields.phone_text(value) if chosen == "phone" else value


def _values(asking: Asking) -> dict[str, str]:
    limits = asking.scene.rules.limits
    return {"address": asking.said.get("value", ""), "minutes": str(limits.code_minutes)}


CONTACT = Doing(
    _finish,
    {
        "same": (),
        "bad_code": (),
        "old_code": (),
        "too_many_codes": (),
        "done": ("before",),
        "done_email": ("before",),
        "done_legal": NAMES,
        "done_bank": NAMES,
    },
    check=_check,
    skips=_skips,
    values=_values,
    adjust=_adjust,
    before=_send_code,
    names=("address", "minutes"),
)
