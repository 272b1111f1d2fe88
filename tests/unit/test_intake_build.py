"""The definition as requests of the Forms API, compared with what exists, and the pre-filled link."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from googleapiclient.discovery_cache import get_static_doc
from hypothesis import given, settings
from hypothesis import strategies as st

from expediente.form_build import (
    MAX_LINK,
    build_requests,
    compare,
    item_id,
    items,
    prefilled_link,
    question_id,
    question_ids,
    question_ids_of,
)
from expediente.intake_rules import assess
from tests.unit.intake_samples import TODAY, changed, form, judged, the_process, written

URI = "https://docs.google.com/forms/d/e/1FAIpQLSe/viewform"


def _built() -> dict[str, Any]:
    """The form as it stands after the requests, put together as Google would: inserted by index, targets checked at once."""
    made: dict[str, Any] = {"items": []}
    for request in build_requests(form(), the_process().company):
        if "updateFormInfo" in request:
            made["info"] = request["updateFormInfo"]["info"]
        elif "updateSettings" in request:
            made["settings"] = request["updateSettings"]["settings"]
        else:
            _insert(made["items"], request["createItem"])
    return made


def _insert(made: list[dict[str, Any]], request: dict[str, Any]) -> None:
    index, item = request["location"]["index"], copy.deepcopy(request["item"])
    assert 0 <= index <= len(made)
    present = {other["itemId"] for other in made if "pageBreakItem" in other}
    choice = item.get("questionItem", {}).get("question", {}).get("choiceQuestion", {})
    assert all(option.get("goToSectionId", "") in {"", *present} for option in choice.get("options", []))
    made.insert(index, item)


def test_sections_exist_before_an_option_leads_to_them() -> None:
    """The items come out in the order of the form although the sections were made first."""
    assert _built()["items"] == items(form(), the_process().company)


def test_email_is_collected_verified() -> None:
    """The respondent is a signed-in account, not a typed address."""
    assert _built()["settings"] == {"emailCollectionType": "VERIFIED"}


def test_ids_are_hex_unique_and_the_same_in_every_run() -> None:
    """A second run recognises what the first made."""
    ids = [*question_ids(form()).values(), *(item["itemId"] for item in items(form(), the_process().company))]
    assert len(set(ids)) == len(ids)
    assert all(len(identity) == 8 and 0 < int(identity, 16) < 2**31 for identity in ids)
    assert question_id("client.ruc") == question_id("client.ruc") != item_id("client.ruc")


def test_displayed_texts_have_no_newline_and_company_stands_in_the_notice() -> None:
    """Google refuses a newline in a title or an option; the privacy notice names who is responsible."""
    for item in items(form(), the_process().company):
        options = item.get("questionItem", {}).get("question", {}).get("choiceQuestion", {}).get("options", [])
        assert all("\n" not in text for text in (item["title"], *(option.get("value", "") for option in options)))
    notice = next(item for item in items(form(), the_process().company) if "textItem" in item)
    assert the_process().company.name in notice["description"] and "{" not in notice["description"]


def test_every_field_stands_in_googles_discovery_document() -> None:
    """No field is invented."""
    document = get_static_doc("forms", "v1")
    assert document is not None
    for name in ("emailCollectionType", "goToSectionId", "goToAction", "isOther", "includeYear", "pageBreakItem", "textItem"):
        assert f'"{name}"' in document


def test_an_untouched_form_has_no_differences() -> None:
    """Reading back what was built finds nothing; defaults that Google leaves out do not count."""
    built = _built()
    for item in built["items"]:
        question = item.get("questionItem", {}).get("question", {})
        if question.get("required") is False:
            del question["required"]
        for option in question.get("choiceQuestion", {}).get("options", []):
            if option.get("goToAction") == "NEXT_SECTION":
                del option["goToAction"]
    assert compare(form(), the_process().company, built) == ()


def _find(built: dict[str, Any], key: str) -> dict[str, Any]:
    return next(item for item in built["items"] if item["itemId"] == item_id(key))


def test_changes_by_hand_are_told_one_by_one() -> None:
    """Title, required, option, deletion, addition, order, settings."""
    built = _built()
    _find(built, "client.ruc")["title"] = "Registro"
    _find(built, "client.phone")["questionItem"]["question"]["required"] = False
    _find(built, "client.kind")["questionItem"]["question"]["choiceQuestion"]["options"].pop()
    built["items"].remove(_find(built, "order.needs"))
    built["items"].append({"itemId": "00000001", "title": "¿Algo más?", "questionItem": {}})
    built["items"].insert(3, built["items"].pop(9))
    built["settings"]["emailCollectionType"] = "DO_NOT_COLLECT"
    found = {(difference.item, difference.what) for difference in compare(form(), the_process().company, built)}
    assert {
        ("", "emailCollectionType"),
        ("", "order"),
        ("RUC", "title"),
        ("Teléfono del cliente", "required"),
        ("Tipo de persona", "options"),
        ("Necesidades específicas del cliente", "missing"),
        ("¿Algo más?", "unknown"),
    } == found


def test_an_empty_form_lacks_everything() -> None:
    """Nothing is taken for granted."""
    found = compare(form(), the_process().company, {})
    assert sum(difference.what == "missing" for difference in found) == len(items(form(), the_process().company))


def test_ids_that_google_gave_are_found_by_title() -> None:
    """Should Google not keep our ids, a response can still be read."""
    built = _built()
    _find(built, "client.ruc")["questionItem"]["question"]["questionId"] = "7a7a7a7a"
    titled = [(item["title"], item.get("questionItem", {}).get("question", {}).get("questionId", "")) for item in built["items"]]
    found = question_ids_of(form(), titled)
    assert set(found) == set(form().questions)
    assert found["client.ruc"] == "7a7a7a7a" and found["client.dv"] == question_id("client.dv")


def _entries(answers: dict[str, list[str]]) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(prefilled_link(URI, form(), answers)).query)


def _entry(key: str) -> str:
    return f"entry.{int(question_id(key), 16)}"


def test_link_fills_every_kind_of_question_as_google_writes_it() -> None:
    """Choices by their text, boxes one by one, dates and hours in Google's form, the free text of «Otro» beside its mark."""
    entries = _entries(
        changed("C01", {"points[1].schedule.days": ["Lunes", "feriados largos"], "order.desired_start": "16/03/2026"})
    )
    assert entries[0] == ("usp", "pp_url")
    assert (_entry("client.kind"), "Persona jurídica") in entries
    assert (_entry("order.desired_start"), "2026-03-16") in entries
    assert (_entry("points[1].schedule.window_from"), "09:00") in entries
    days = _entry("points[1].schedule.days")
    assert [(days, "Lunes"), (days, "__other_option__"), (f"{days}.other_option_response", "feriados largos")] == [
        entry for entry in entries if entry[0].startswith(days)
    ]
    assert {_entry("points[1].value_kinds")} == {key for key, text in entries if text in ("Billetes", "Monedas")}


@pytest.mark.parametrize("case_id", ["C01", "C11", "C13", "C23"])
def test_link_brings_the_answers_back(case_id: str) -> None:
    """Sending the pre-filled form unchanged gives the same judgement."""
    back: dict[str, list[str]] = {}
    keys = {_entry(key): key for key in form().questions}
    entries = _entries(written(case_id))
    for name, text in entries[1:]:
        if text != "__other_option__":
            back.setdefault(keys[name.removesuffix(".other_option_response")], []).append(text)
    before, after = judged(case_id), assess(form(), the_process(), back, TODAY)
    gone = {"caracter_de_control"}  # the link carries the cleaned text
    assert {p.code for p in after.problems} == {p.code for p in before.problems} - gone
    assert after.intake == before.intake


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["client.legal_name", "order.needs", "points[1].schedule.days", "client.kind"]), st.lists(st.text())
    )
)
def test_link_takes_any_text(answers: dict[str, list[str]]) -> None:
    """No text breaks the address."""
    link = prefilled_link(URI, form(), answers)
    assert link.isascii() and " " not in link


def test_a_monstrous_answer_is_left_out_of_the_link() -> None:
    """An address has an end."""
    link = prefilled_link(URI, form(), changed("C01", {"client.legal_name": "Ñ" * 50_000, "order.needs": "Ñ" * 1_999}))
    assert len(link) < MAX_LINK and _entry("client.ruc") in link and _entry("client.legal_name") not in link
