"""Quizzes: what may stand in the grading of a question, and the marks an answer gets by itself.

Source: Forms API reference, Grading and Grade; that every answer to a quiz carries a grade, empty when the answer is wrong
or the question has no key, was seen on the live service.
"""

from __future__ import annotations

from emulator.forms.errors import invalid
from emulator.forms.model import Form, all_questions
from emulator.kernel import Json

_OF_CHOICES = ("whenRight", "whenWrong")


def check_grading(form: Form, question: Json) -> None:
    """Refuse grading outside a quiz, and what a grading of this kind of question cannot have."""
    grading = question.get("grading")
    if grading is None:
        return
    if not form.is_quiz:
        raise invalid("Invalid grading, grading cannot be set on a form that has no grading settings.")
    if grading.get("pointValue", 0) < 0:
        raise invalid("Invalid grading, point value must not be negative.")
    choice, key = question.get("choiceQuestion"), _key(question)
    if (choice is None or not key) and any(name in grading for name in _OF_CHOICES):
        raise invalid(
            "Invalid grading, feedback for right and wrong answers can only be set for multiple choice questions that have "
            "correct answers."
        )
    if choice is not None and key and "generalFeedback" in grading:
        raise invalid("Invalid grading, general feedback cannot be set for automatically graded multiple choice questions.")
    if choice is not None and not key <= {option.get("value", "") for option in choice.get("options", [])}:
        raise invalid("Invalid grading, correct answers must be among the options of the question.")


def _key(question: Json) -> set[str]:
    answers = question.get("grading", {}).get("correctAnswers", {}).get("answers", [])
    return {answer.get("value", "") for answer in answers}


def grade(form: Form, answers: Json) -> float:
    """Put the grade into each answer of a response to a quiz, and return the sum of the points; 0 when it is no quiz."""
    if not form.is_quiz:
        return 0
    questions = {question["questionId"]: question for _, question in all_questions(form)}
    return sum(_grade_one(questions[question_id], answer) for question_id, answer in answers.items())


def _grade_one(question: Json, answer: Json) -> float:
    answer["grade"] = {}
    key = _key(question)
    given = [one["value"] for one in answer.get("textAnswers", {}).get("answers", [])]
    if question.get("choiceQuestion", {}).get("type") == "CHECKBOX":
        right = bool(key) and set(given) == key
    else:
        right = bool(given) and given[0] in key
    if not right:
        return 0
    points: float = question["grading"].get("pointValue", 0)
    answer["grade"] = {"score": points, "correct": True} if points else {"correct": True}
    return points
