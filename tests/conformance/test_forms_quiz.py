"""Quizzes: what may be graded, and the grades that responses carry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.forms_kit import Desk, Service, choice_item, edit, question, refusal, text

QUIZ = {"updateSettings": {"settings": {"quizSettings": {"isQuiz": True}}, "updateMask": "quizSettings.isQuiz"}}


def key(points: int, *answers: str, **feedback: Any) -> Any:
    """A grading with these correct answers."""
    return {"grading": {"pointValue": points, "correctAnswers": {"answers": [{"value": one} for one in answers]}} | feedback}


def graded(item: Any, grading: Any) -> Any:
    """The item with a grading on its question."""
    item["questionItem"]["question"] |= grading
    return item


@pytest.fixture
def desk(service: Service) -> Desk:
    """An unpublished quiz on a fresh Workspace."""
    made = Desk(service)
    edit(made.forms, made.form_id, QUIZ)
    return made


def test_grading_outside_a_quiz_is_refused(service: Service) -> None:
    """The batch is refused with Google's sentence and the number of the request (google-apis 1.1)."""
    desk = Desk(service)
    request = text("B", grading={"pointValue": 1})
    code, message = refusal(lambda: edit(desk.forms, desk.form_id, text("A"), request))
    said = "Invalid requests[1]: Invalid grading, grading cannot be set on a form that has no grading settings."
    assert (code, message) == (400, said)
    assert "items" not in desk.forms.get(formId=desk.form_id).execute()
    edit(desk.forms, desk.form_id, QUIZ, request)


@pytest.mark.parametrize(
    "item",
    [
        graded(choice_item("A", "00000001", "RADIO", "x"), key(-1, "x")),
        graded(choice_item("A", "00000001", "RADIO", "x"), key(1, "y")),
        graded(choice_item("A", "00000001", "RADIO", "x"), key(1, "x", generalFeedback={"text": "b"})),
        graded(choice_item("A", "00000001", "RADIO", "x"), {"grading": {"pointValue": 1, "whenRight": {"text": "b"}}}),
        graded(question("A", "00000001", textQuestion={}), key(1, "x", whenWrong={"text": "b"})),
    ],
)
def test_grading_that_cannot_be_is_refused(desk: Desk, item: Any) -> None:
    """Negative points, answers that are no option, and feedback of the wrong kind are refused."""
    code, message = refusal(lambda: desk.build(item))
    assert code == 400
    assert message.startswith("Invalid requests[0]: Invalid grading")


def test_every_answer_to_a_quiz_carries_a_grade(desk: Desk) -> None:
    """A right answer has score and correct; a wrong one and one without a key have an empty grade; the points are added up."""
    feedback = {"whenRight": {"text": "bien"}, "whenWrong": {"text": "mal"}}
    desk.build(
        graded(choice_item("Uno", "00000001", "RADIO", "a", "b"), key(2, "a", **feedback)),
        graded(choice_item("Varios", "00000002", "CHECKBOX", "a", "b", "c"), key(3, "a", "b")),
        graded(question("Texto", "00000003", textQuestion={}), key(1, "ACME", "Acme")),
        question("Libre", "00000004", textQuestion={}),
    )
    desk.publish()
    desk.answer({"Uno": "a", "Varios": ["b", "a"], "Texto": "Acme", "Libre": "x"})
    desk.answer({"Uno": "b", "Varios": ["a"], "Texto": "acme", "Libre": "x"})
    good, bad = desk.responses()
    grades = [[answer["grade"] for _, answer in sorted(one["answers"].items())] for one in (good, bad)]
    assert grades[0] == [{"score": 2, "correct": True}, {"score": 3, "correct": True}, {"score": 1, "correct": True}, {}]
    assert grades[1] == [{}, {}, {}, {}]
    assert good["totalScore"] == 6
    assert "totalScore" not in bad


def test_right_answer_without_points_is_only_correct(desk: Desk) -> None:
    """A zero does not appear, so a right answer worth nothing says `correct` alone."""
    desk.build(graded(choice_item("Uno", "00000001", "RADIO", "a"), key(0, "a")))
    desk.publish()
    desk.answer({"Uno": "a"})
    (response,) = desk.responses()
    assert response["answers"]["00000001"]["grade"] == {"correct": True}
    assert "totalScore" not in response


def test_form_that_is_no_quiz_has_no_grades(service: Service) -> None:
    """Outside quizzes answers carry no grade."""
    desk = Desk(service)
    desk.build(question("Libre", "00000004", textQuestion={}))
    desk.publish()
    desk.answer({"Libre": "x"})
    assert set(desk.responses()[0]["answers"]["00000004"]) == {"questionId", "textAnswers"}


def test_end_of_the_quiz_removes_all_grading(desk: Desk) -> None:
    """Setting isQuiz to false deletes the grading of every question; the setting itself is then left out."""
    desk.build(graded(choice_item("Uno", "00000001", "RADIO", "a"), key(2, "a")))
    change = {"updateSettings": {"settings": {"quizSettings": {"isQuiz": False}}, "updateMask": "quizSettings"}}
    edit(desk.forms, desk.form_id, change)
    form = desk.forms.get(formId=desk.form_id).execute()
    assert form["settings"] == {"emailCollectionType": "VERIFIED"}
    assert "grading" not in form["items"][0]["questionItem"]["question"]
