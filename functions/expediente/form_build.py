"""A form definition as requests of the Forms API, the way back from a form that exists, and its pre-filled link.

Item and question ids are derived from the field that a question fills, so that a second run and a response recognise it.
Source: Forms API, `forms.batchUpdate`; `entry.<decimal of the hex question id>` is how Google's own links name a question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from expediente.form_definition import SUBMIT, FormDefinition, FormNotice, FormQuestion, FormSection, QuestionKind
from expediente.process import Company
from expediente.quantities import day, time_of_day
from expediente.texts import clean_text

Json = dict[str, Any]

_CHOICE_TYPES = {QuestionKind.CHOICE: "RADIO", QuestionKind.CHECKBOXES: "CHECKBOX", QuestionKind.DROPDOWN: "DROP_DOWN"}
_OTHER = "__other_option__"
MAX_LINK = 12_000


@dataclass(frozen=True)
class FormDifference:
    """Where a form that exists says something else than its definition. what: what differs; the rest as found in both."""

    item: str
    what: str
    expected: str
    found: str


def item_id(key: str) -> str:
    """The id of the item of a question, section or notice: eight hex digits."""
    return _hex_id(f"item:{key}")


def question_id(key: str) -> str:
    """The id of a question: eight hex digits, positive as a signed 32-bit number."""
    return _hex_id(f"question:{key}")


def _hex_id(name: str) -> str:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return f"{(number & 0x6FFFFFFF) | 0x10000000:08x}"


def question_ids(definition: FormDefinition) -> dict[str, str]:
    """Key of each question -> the id that we give it."""
    return {key: question_id(key) for key in definition.questions}


def question_ids_of(definition: FormDefinition, found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key of each question -> its id in a form that exists, known by our id or else by its title: Google may give ids of its own.

    found: (title, question id) of the form's items. Questions that the form lacks are left out.
    """
    by_title = dict(found)
    present, ours = set(by_title.values()), question_ids(definition)
    known = {
        key: ours[key] if ours[key] in present else by_title.get(question.title, "")
        for key, question in definition.questions.items()
    }
    return {key: identity for key, identity in known.items() if identity}


def build_requests(definition: FormDefinition, company: Company) -> list[Json]:
    """The requests of the one `forms.batchUpdate` that fills an empty form.

    Sections come first, so that the options that lead to them name something that exists when they are checked.
    """
    info = {"title": definition.title, "description": _filled(definition.description, company)}
    requests: list[Json] = [
        {"updateFormInfo": {"info": info, "updateMask": "title,description"}},
        {"updateSettings": {"settings": {"emailCollectionType": _collected(definition)}, "updateMask": "emailCollectionType"}},
    ]
    breaks = [_page_break(section) for section in definition.sections[1:]]
    requests += [_create(item, index) for index, item in enumerate(breaks)]
    index = 0
    for number, section in enumerate(definition.sections):
        index += 1 if number else 0
        for item in _contents(section, company):
            requests.append(_create(item, index))
            index += 1
    return requests


def _collected(definition: FormDefinition) -> str:
    """Whether Google tells who answers: of a form without signing in nobody is asked for an address."""
    return "VERIFIED" if definition.signed_in else "DO_NOT_COLLECT"


def items(definition: FormDefinition, company: Company) -> list[Json]:
    """The items of the form in their order, as `forms.get` should show them (defaults are left out there)."""
    made: list[Json] = []
    for number, section in enumerate(definition.sections):
        made += [_page_break(section)] if number else []
        made += _contents(section, company)
    return made


def _create(item: Json, index: int) -> Json:
    return {"createItem": {"item": item, "location": {"index": index}}}


def _contents(section: FormSection, company: Company) -> Iterator[Json]:
    for notice in section.notices:
        yield _notice(section, notice, company)
    for question in section.questions:
        yield _item(question)


def _page_break(section: FormSection) -> Json:
    described = {"description": section.help} if section.help else {}
    return {"itemId": item_id(f"section:{section.key}"), "title": section.title, **described, "pageBreakItem": {}}


def _notice(section: FormSection, notice: FormNotice, company: Company) -> Json:
    return {
        "itemId": item_id(f"notice:{section.key}:{notice.key}"),
        "title": notice.title,
        "description": _filled(notice.text, company),
        "textItem": {},
    }


def _filled(text: str, company: Company) -> str:
    """The text with what the company's table says in place of `{company}`, `{privacy_notice}` and `{customer_service_email}`."""
    known = {
        "{company}": company.name,
        "{privacy_notice}": company.privacy_notice,
        "{customer_service_email}": company.customer_service_email,
    }
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def _item(question: FormQuestion) -> Json:
    asked: Json = {"questionId": question_id(question.key), "required": question.required, **_kind(question)}
    example = f"Ejemplo: {question.example}" if question.example else ""
    described = {"description": " ".join(part for part in (question.help, example) if part)} if question.help or example else {}
    return {"itemId": item_id(question.key), "title": question.title, **described, "questionItem": {"question": asked}}


def _kind(question: FormQuestion) -> Json:
    if question.chooses:
        options = [_option(option.label, option.go_to, question.branches) for option in question.options]
        options += [{"isOther": True}] if question.other else []
        return {"choiceQuestion": {"type": _CHOICE_TYPES[question.kind], "options": options}}
    if question.kind is QuestionKind.DATE:
        return {"dateQuestion": {"includeYear": True}}
    if question.kind is QuestionKind.TIME:
        return {"timeQuestion": {}}
    if question.kind is QuestionKind.SCALE:
        return {"scaleQuestion": {"low": question.low, "high": question.high}}
    return {"textQuestion": {"paragraph": True} if question.kind is QuestionKind.PARAGRAPH else {}}


def _option(label: str, go_to: str, branching: bool) -> Json:
    if go_to == SUBMIT:
        return {"value": label, "goToAction": "SUBMIT_FORM"}
    if go_to:
        return {"value": label, "goToSectionId": item_id(f"section:{go_to}")}
    return {"value": label, "goToAction": "NEXT_SECTION"} if branching else {"value": label}


def compare(definition: FormDefinition, company: Company, form: Json) -> tuple[FormDifference, ...]:
    """What somebody changed by hand in a form (as `forms.get` answers), item by item; empty when it is as defined."""
    return (*_frame_differences(definition, company, form), *_item_differences(definition, company, form))


def _frame_differences(definition: FormDefinition, company: Company, form: Json) -> Iterator[FormDifference]:
    info, settings = form.get("info", {}), form.get("settings", {})
    pairs = (
        ("title", definition.title, info.get("title", "")),
        ("description", _filled(definition.description, company), info.get("description", "")),
        ("emailCollectionType", _collected(definition), settings.get("emailCollectionType", "")),
    )
    for what, expected, found in pairs:
        if expected != found:
            yield FormDifference("", what, expected, found)


def _item_differences(definition: FormDefinition, company: Company, form: Json) -> Iterator[FormDifference]:
    wanted, found = items(definition, company), form.get("items", [])
    by_id = {item.get("itemId", ""): item for item in found}
    by_title = {item.get("title", ""): item for item in found}
    matched: list[str] = []
    for item in wanted:
        twin = by_id.get(item["itemId"]) or by_title.get(item["title"])
        if twin is None:
            yield FormDifference(item["title"], "missing", "present", "missing")
            continue
        matched.append(twin.get("itemId", ""))
        yield from _one_item(item, twin)
    for item in found:
        if item.get("itemId", "") not in matched:
            yield FormDifference(item.get("title", ""), "unknown", "missing", "present")
    here = [identity for identity in (item.get("itemId", "") for item in found) if identity in set(matched)]
    if here != matched:
        yield FormDifference("", "order", "as defined", "moved by hand")


def _one_item(wanted: Json, found: Json) -> Iterator[FormDifference]:
    expected, actual = _comparable(wanted), _comparable(found)
    for what in expected:
        if expected[what] != actual.get(what, ""):
            yield FormDifference(wanted["title"], what, expected[what], actual.get(what, ""))


def _comparable(item: Json) -> dict[str, str]:
    """What is compared of an item, as text; ids and the defaults that Google leaves out of its answers do not count."""
    question = _question_of(item)
    choice = question.get("choiceQuestion", {})
    kinds = [name for name in (*item, *question) if name.endswith(("Item", "Question")) and name != "questionItem"]
    options = [(option.get("value", ""), option.get("isOther", False), _leads(option)) for option in choice.get("options", [])]
    return {
        "title": item.get("title", ""),
        "description": item.get("description", ""),
        "kind": " ".join([*kinds, choice.get("type", "")]).strip(),
        "paragraph": str(question.get("textQuestion", {}).get("paragraph", False)),
        "required": str(question.get("required", False)),
        "options": repr(options) if options else "",
    }


def _leads(option: Json) -> str:
    action = option.get("goToAction", "")
    return option.get("goToSectionId", "") or ("" if action == "NEXT_SECTION" else action)


def _question_of(item: Json) -> Json:
    question: Json = item.get("questionItem", {}).get("question", {})
    return question


def prefilled_link(
    responder_uri: str, definition: FormDefinition, answers: Mapping[str, Sequence[str]], ids: Mapping[str, str] | None = None
) -> str:
    """The address that opens the form with these answers in it, so that only the wrong ones are typed again.

    answers: key -> texts as written, or keys of options. What is far too long for its question or for an address is left out.
    ids: key -> question id, where Google's differ from ours (`question_ids_of`).
    """
    known = ids or question_ids(definition)
    link = f"{responder_uri}?usp=pp_url"
    for key, question in definition.questions.items():
        entry = urlencode(list(_entries(question, int(known[key], 16), answers.get(key, ())))) if key in known else ""
        if entry and len(link) + len(entry) < MAX_LINK:
            link += f"&{entry}"
    return link


def _entries(question: FormQuestion, number: int, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        value = clean_text(text, multiline=question.kind is QuestionKind.PARAGRAPH)
        if not value or len(value) > question.max_length:
            continue
        if question.kind is QuestionKind.DATE:
            written = day(value)
            value = written.isoformat() if written else ""
        elif question.kind is QuestionKind.TIME:
            value = time_of_day(value) or ""
        if not question.chooses:
            yield from [(f"entry.{number}", value)] if value else []
        else:
            yield from _chosen(question, number, value)


def _chosen(question: FormQuestion, number: int, value: str) -> Iterator[tuple[str, str]]:
    label = question.label(value)
    if label in {option.label for option in question.options}:
        yield f"entry.{number}", label
    elif question.other:
        yield f"entry.{number}", _OTHER
        yield f"entry.{number}.other_option_response", value
