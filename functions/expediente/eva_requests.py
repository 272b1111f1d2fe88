"""What Eva does about each thing that somebody may want: one function a `does` of `process/eva.yaml`.

Whose account is told comes from the session alone, never from what was written.
"""

from __future__ import annotations

from expediente import cases, eva, eva_contact, eva_money, eva_visitors, issued, ledger
from expediente.case_data import OPEN_CASES
from expediente.case_rules import known_cases
from expediente.eva_cases import NAMES, hand_over, told, unrated, waiting
from expediente.eva_scene import Asking, Doing, Reply, day_text
from expediente.eva_values import shown
from expediente.issued_asking import Refusal, proposed, read_asked
from expediente.issued_rules import issued_rules
from expediente.payment_means import means_of
from expediente.portal_data import Offer

_MOST_ITEMS = 5
_MOST_INVOICES = 5


def _say(asking: Asking) -> Reply:
    return Reply(asking.reply("main"))


def _means(asking: Asking) -> Reply:
    """The account data with their check value: the very text of the mails and of the portal."""
    return Reply(f"{asking.reply('main')}\n{means_of(asking.scene.app.process).text}")


# --- documents -----------------------------------------------------------------------------------------------------------------


def _document(asking: Asking) -> Reply:
    """The page where a document is asked for."""
    return Reply(asking.reply("main"), (Offer(asking.intent.path_label, path=asking.intent.path),))


def _invoice(asking: Asking) -> Reply:
    """The invoices that the text names, or the page with all of them."""
    numbers = eva.invoice_numbers(asking.text)
    return _invoices(asking, numbers) if numbers else _document(asking)


def _invoices(asking: Asking, numbers: tuple[str, ...]) -> Reply:
    """The client's own invoices of those numbers. One that is another client's reads like one that does not exist."""
    scene, lines, offers = asking.scene, [], []
    for number in dict.fromkeys(numbers[:_MOST_INVOICES]):
        item = ledger.item(scene.app, scene.dossier.client_id, number)
        if item is None:
            continue
        lines.append(asking.reply("found", number=item.number, on=day_text(item.issued_on), amount=scene.money(item.total)))
        offers.append(Offer(asking.reply("open", number=item.number), path=f"{asking.intent.path}/{item.number}"))
    offers.append(Offer(asking.intent.path_label, path=asking.intent.path))
    return Reply("\n".join(lines) or asking.reply("missing"), tuple(offers))


def _issued(asking: Asking) -> Reply:
    """Issue a document that asks nothing, or say why it cannot be issued and what mends it."""
    scene, intent = asking.scene, asking.intent
    rule = issued_rules(scene.app.process.folder)[intent.document]
    asked = read_asked(scene.app.process, rule, proposed(rule, scene.day), scene.day)
    if isinstance(asked, Refusal):
        return _refused(asking, asked)
    # Asked again in the same minute it is the same document: pressing a button twice makes one.
    once = f"eva/{scene.who.key if scene.who else ''}/{scene.now:%Y%m%d%H%M}"
    made = issued.issue(scene.app, issued.Wanted(scene.dossier, rule, asked, _actor(asking), once))
    if isinstance(made, Refusal):
        return _refused(asking, made)
    offers = (
        Offer(asking.reply("download"), path=f"/documentos/{made.code}/pdf"),
        Offer(asking.intent.path_label, path=f"/documentos/{made.code}"),
    )
    return Reply(asking.reply("main", serial=made.serial), offers)


def _actor(asking: Asking) -> str:
    who = asking.scene.who
    return who.session.address if who else ""


def _refused(asking: Asking, refusal: Refusal) -> Reply:
    position, scene = asking.scene.position(), asking.scene
    late = [item for item in position.items if item.due_on < scene.day]
    lines = [
        asking.reply("item", number=one.number, due=day_text(one.due_on), amount=scene.money(one.balance))
        for one in late[:_MOST_ITEMS]
    ]
    more = len(late) - len(lines)
    lines += [asking.reply("more", count=str(more))] if more > 0 else []
    pay = [
        Offer(intent.label, f"i:{intent.key}") for intent in scene.rules.intents.values() if intent.does == "pay" and refusal.pay
    ]
    return Reply("\n".join([refusal.sentence, *(lines if refusal.pay else [])]), tuple(pay))


# --- cases ---------------------------------------------------------------------------------------------------------------------


def _case(asking: Asking) -> Reply:
    """Hand what was said to the people whom cases.yaml names."""
    scene = asking.scene
    names = {point.code: point.name for point in scene.dossier.intake.points}
    said = {one.key: shown(one, asking.said.get(one.key, ""), names, scene.app.process.company) for one in asking.intent.fields}
    return told(asking, hand_over(asking, said))


def _person(asking: Asking) -> Reply:
    """A person gets the conversation: of a client as a case, of a visitor as a mail."""
    if asking.scene.who is None:
        return eva_visitors.call_back(asking)
    return _case(asking)


def _requests(asking: Asking) -> Reply:
    """How many of the client's requests wait, and how the last one stands."""
    scene = asking.scene
    process, dossier = scene.app.process, scene.dossier
    known = [case for _, case in known_cases(process, dossier)]
    open_ones = sum(case.state in OPEN_CASES for case in known) + len(waiting(scene.app, dossier))
    if not known:
        return Reply(asking.reply("main", open=str(open_ones)) if open_ones else asking.reply("none"))
    last = max(known, key=lambda one: one.at)
    text = asking.reply(
        "last", case=last.case_id, label=cases.kind_of(process, last).label, state=cases.state_for_client(process, last)
    )
    asked = unrated(scene)
    lines = [f"{asking.reply('main', open=str(open_ones))} {text}", *([asked[0]] if asked else [])]
    return Reply("\n".join(lines), (asked[1],) if asked else ())


DOINGS: dict[str, Doing] = {
    "say": Doing(_say, {"main": ()}),
    "enter": Doing(_say, {"main": ()}),
    "means": Doing(_means, {"main": ()}),
    "statement": Doing(eva_money.statement, eva_money.STATEMENT),
    "pay": Doing(eva_money.pay, eva_money.PAY),
    "refund": eva_money.REFUND,
    "credit": eva_money.CREDIT,
    "contact": eva_contact.CONTACT,
    "document": Doing(_document, {"main": ()}),
    "invoice": Doing(_invoice, {"main": (), "found": ("number", "on", "amount"), "open": ("number",), "missing": ()}),
    "issue": Doing(_issued, {"main": ("serial",), "download": (), "item": ("number", "due", "amount"), "more": ("count",)}),
    "case": Doing(_case, {"done": NAMES}),
    "requests": Doing(_requests, {"main": ("open",), "last": ("case", "label", "state"), "none": ()}),
    "prospect": Doing(eva_visitors.register, {"done": ("due",)}),
    "person": Doing(_person, {"done": NAMES, "done_visitor": ("due",)}),
}
