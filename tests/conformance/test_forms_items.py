"""Every kind of item and question comes back as Google keeps it, and what Google refuses in one is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conformance.forms_kit import OWNER, Service, choice, edit, new_form, refusal, section, text

PICTURE = "https://example.com/logo.png"
VIDEO = "https://www.youtube.com/watch?v=abc"
COLUMNS = {"type": "RADIO", "options": [{"value": "sí"}, {"value": "no"}]}
ROWS = [{"rowQuestion": {"title": "Caja"}}, {"rowQuestion": {"title": "Bolsa"}}]


@pytest.fixture
def forms(service: Service) -> Any:
    """The owner's Forms client on a fresh Workspace."""
    return service("forms", "v1", OWNER).forms()


def made(forms: Any, item: Any) -> Any:
    """What `forms.get` shows of an item after it was made, without its ids."""
    form_id = new_form(forms)
    edit(forms, form_id, {"createItem": {"item": item, "location": {"index": 0}}})
    (shown,) = forms.get(formId=form_id).execute()["items"]
    del shown["itemId"]
    for question in [shown.get("questionItem", {}).get("question"), *shown.get("questionGroupItem", {}).get("questions", [])]:
        if question:
            assert re.fullmatch("[0-9a-f]{8}", question.pop("questionId"))
    return shown


def asked(kind: str, **members: Any) -> Any:
    """An item with one question of that kind."""
    return {"title": "A", "questionItem": {"question": {kind: members}}}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (asked("textQuestion", paragraph=True), asked("textQuestion", paragraph=True)),
        (asked("textQuestion", paragraph=False), asked("textQuestion")),
        (asked("scaleQuestion", low=0, high=5, lowLabel="mal"), asked("scaleQuestion", high=5, lowLabel="mal")),
        (asked("ratingQuestion", ratingScaleLevel=5, iconType="STAR"), asked("ratingQuestion", ratingScaleLevel=5, iconType="STAR")),
        (asked("dateQuestion", includeYear=True, includeTime=False), asked("dateQuestion", includeYear=True)),
        (asked("timeQuestion", duration=True), asked("timeQuestion", duration=True)),
        (
            asked("choiceQuestion", type="DROP_DOWN", options=[{"value": "x", "isOther": False}], shuffle=False),
            asked("choiceQuestion", type="DROP_DOWN", options=[{"value": "x"}]),
        ),
        (
            asked("choiceQuestion", type="CHECKBOX", options=[{"value": "x"}, {"isOther": True}], shuffle=True),
            asked("choiceQuestion", type="CHECKBOX", options=[{"value": "x"}, {"isOther": True}], shuffle=True),
        ),
        ({"title": "S", "description": "d", "pageBreakItem": {}}, {"title": "S", "description": "d", "pageBreakItem": {}}),
        ({"title": "T", "textItem": {}}, {"title": "T", "textItem": {}}),
        (
            {"title": "V", "videoItem": {"video": {"youtubeUri": VIDEO}, "caption": "c"}},
            {"title": "V", "videoItem": {"video": {"youtubeUri": VIDEO}, "caption": "c"}},
        ),
        (
            {"title": "G", "questionGroupItem": {"questions": ROWS, "grid": {"columns": COLUMNS, "shuffleQuestions": False}}},
            {"title": "G", "questionGroupItem": {"questions": ROWS, "grid": {"columns": COLUMNS}}},
        ),
    ],
)  # fmt: skip
def test_item_comes_back_without_defaults(forms: Any, sent: Any, kept: Any) -> None:
    """Each kind of item is kept as sent; what is false, zero or empty does not come back (google-apis 1.1)."""
    assert made(forms, sent) == kept


def test_image_is_served_from_an_address_of_google(forms: Any) -> None:
    """The source of an image goes in and an address of its own comes out, on the left unless told otherwise."""
    image = made(forms, {"imageItem": {"image": {"sourceUri": PICTURE, "altText": "logo"}}})["imageItem"]["image"]
    assert image.pop("contentUri").startswith("https://lh7-rt.googleusercontent.com/")
    assert image == {"altText": "logo", "properties": {"alignment": "LEFT"}}
    option = {"value": "x", "image": {"sourceUri": PICTURE, "properties": {"alignment": "CENTER", "width": 300}}}
    (kept,) = made(forms, asked("choiceQuestion", type="RADIO", options=[option]))["questionItem"]["question"]["choiceQuestion"][
        "options"
    ]
    assert "sourceUri" not in kept["image"]
    assert kept["image"]["properties"] == {"alignment": "CENTER", "width": 300}


def test_grid_answers_one_id_for_each_row(forms: Any) -> None:
    """The reply to a new grid lists the ids of all its rows (google-apis 1.1)."""
    item = {"title": "G", "questionGroupItem": {"questions": ROWS, "grid": {"columns": COLUMNS}}}
    answer = edit(forms, new_form(forms), {"createItem": {"item": item, "location": {"index": 0}}})
    assert len(set(answer["replies"][0]["createItem"]["questionId"])) == 2


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"title": "A"}, "item kind was not provided"),
        ({"title": "A", "questionItem": {"question": {}}}, "question kind was not provided"),
        ({"questionItem": {"question": {"rowQuestion": {"title": "a"}}}}, "row question"),
        (asked("choiceQuestion", type="RADIO", options=[]), "must not be empty"),
        (asked("choiceQuestion", options=[{"value": "x"}]), "type is required"),
        (asked("choiceQuestion", type="RADIO", options=[{"value": "x"}, {"value": "x"}]), "Duplicate"),
        (asked("choiceQuestion", type="DROP_DOWN", options=[{"isOther": True}]), "isOther is only allowed"),
        (asked("scaleQuestion", low=2, high=5), "scale_question.low"),
        (asked("scaleQuestion", low=1, high=11), "scale_question.high"),
        (asked("ratingQuestion", ratingScaleLevel=11, iconType="STAR"), "between 3 and 10"),
        (asked("ratingQuestion", ratingScaleLevel=5), "icon_type is required"),
        ({"questionGroupItem": {"questions": ROWS, "grid": {"columns": COLUMNS | {"type": "DROP_DOWN"}}}}, "RADIO or CHECKBOX"),
        ({"questionGroupItem": {"questions": [{"textQuestion": {}}], "grid": {"columns": COLUMNS}}}, "row questions"),
        ({"imageItem": {"image": {"altText": "x"}}}, "source_uri is required"),
        ({"imageItem": {"image": {"sourceUri": PICTURE, "properties": {"width": 741}}}}, "between 0 and 740"),
        ({"videoItem": {"video": {"youtubeUri": "https://example.com/"}}}, "YouTube"),
    ],
)  # fmt: skip
def test_item_outside_the_reference_is_refused(forms: Any, item: Any, words: str) -> None:
    """What the reference rules out is a 400 that names the request by its number."""
    code, message = refusal(lambda: made(forms, item))
    assert (code, message[:21]) == (400, "Invalid requests[0]: ")
    assert words in message


def test_two_kinds_at_once_are_refused_before_anything_else(forms: Any) -> None:
    """A second member of a choice is refused by the reader of the request, with the place of the fault."""
    form_id = new_form(forms)
    both = {"createItem": {"item": {"textItem": {}, "pageBreakItem": {}}, "location": {"index": 0}}}
    text_ = (
        "Invalid value at 'requests[0].create_item.item' (oneof), oneof field 'kind' is already set. Cannot set 'pageBreakItem'"
    )
    assert refusal(lambda: edit(forms, form_id, both)) == (400, text_)
    option = {"value": "x", "goToAction": "SUBMIT_FORM", "goToSectionId": "00000abc"}
    code, message = refusal(lambda: edit(forms, form_id, choice("A", "RADIO", [option])))
    assert (code, message.endswith("oneof field 'go_to_section' is already set. Cannot set 'goToSectionId'")) == (400, True)


@pytest.mark.parametrize("kind", ["RADIO", "DROP_DOWN"])
@pytest.mark.parametrize("action", ["NEXT_SECTION", "RESTART_FORM", "SUBMIT_FORM"])
def test_options_of_single_choices_lead_on(forms: Any, kind: str, action: str) -> None:
    """RADIO and DROP_DOWN options may name an action or an existing section, the option "other" too (google-apis 1.1)."""
    form_id = new_form(forms)
    options: list[Any] = [{"value": "a", "goToAction": action}, {"value": "b", "goToSectionId": "00000abc"}]
    options += [{"isOther": True, "goToSectionId": "00000abc"}] if kind == "RADIO" else []
    edit(forms, form_id, section("S", "00000abc", 0), choice("A", kind, options))
    assert forms.get(formId=form_id).execute()["items"][0]["questionItem"]["question"]["choiceQuestion"]["options"] == options


def test_deleted_section_is_forgotten_by_the_options(forms: Any) -> None:
    """Options that led to a section lead to the next one when it is deleted."""
    form_id = new_form(forms)
    edit(forms, form_id, section("S", "00000abc", 0), choice("A", "RADIO", [{"value": "b", "goToSectionId": "00000abc"}]))
    edit(forms, form_id, {"deleteItem": {"location": {"index": 1}}})
    (item,) = forms.get(formId=form_id).execute()["items"]
    assert item["questionItem"]["question"]["choiceQuestion"]["options"] == [{"value": "b", "goToAction": "NEXT_SECTION"}]


def test_update_of_everything_makes_new_ids_where_none_are_given(forms: Any) -> None:
    """`*` replaces the item: ids that are sent stay, ids that are not sent are new (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A", itemId="0a0b0c01", questionId="0a0b0c02"))

    def replaced(**ids: str) -> Any:
        question = {"textQuestion": {"paragraph": True}} | ({"questionId": ids["questionId"]} if "questionId" in ids else {})
        item = {"title": "B", "questionItem": {"question": question}}
        item |= {"itemId": ids["itemId"]} if "itemId" in ids else {}
        edit(forms, form_id, {"updateItem": {"item": item, "location": {"index": 0}, "updateMask": "*"}})
        (shown,) = forms.get(formId=form_id).execute()["items"]
        return shown["itemId"], shown["questionItem"]["question"]["questionId"]

    assert replaced(itemId="0a0b0c01", questionId="0a0b0c02") == ("0a0b0c01", "0a0b0c02")
    fresh = replaced()
    assert set(fresh).isdisjoint({"0a0b0c01", "0a0b0c02"})


@pytest.mark.parametrize("mask", ["kind", "item.title", "questionItem.question.nothing", "title.more"])
def test_unknown_path_in_a_mask_is_refused(forms: Any, mask: str) -> None:
    """A mask names members of the item, without the root (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A"))
    change = {"updateItem": {"item": {"title": "B"}, "location": {"index": 0}, "updateMask": mask}}
    assert refusal(lambda: edit(forms, form_id, change))[0] == 400
