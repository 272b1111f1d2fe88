"""The KYC-only questions of a dossier, `forms/kyc.yaml`: answered by form, they fill the document to be signed. No paper by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from expediente.answers import Answers
from expediente.form_definition import FormDefinition
from expediente.form_routing import Asked, read_response
from expediente.ids import person_ref
from expediente.model import Fact, Problem, State
from expediente.texts import clean_text
from expediente.work import Work

FORM = "kyc"
_MINE = f"{FORM}."


def names(forms: dict[str, FormDefinition]) -> frozenset[str]:
    """The questions by which a document may name an answer, such as `kyc.banks`."""
    definition = forms.get(FORM)
    return frozenset(key for key in definition.questions if key.startswith(_MINE)) if definition else frozenset()


def judge(asked: Asked) -> Sequence[Problem]:
    """Nothing depends on the dossier but that it still takes answers, which every form of a dossier is asked."""
    return ()


def fold_form(work: Work, fact: Fact) -> None:
    """A response that has found its dossier: another version of the data, of which the document is made anew."""
    answers, _ = read_response(work.app, fact)
    said = {key: _said(answers, key) for key in sorted(names(work.app.forms))}
    if work.dossier.state is not State.COLLECTING or said == work.dossier.kyc:
        return
    work.set(kyc=said, data_version=work.dossier.data_version + 1)
    work.record(person_ref(fact.actor), "kyc_answered", submission=fact.payload["response_id"])


def _said(answers: Answers, key: str) -> str:
    question = answers.definition.questions[key]
    return clean_text(", ".join(question.label(value) for value in answers.all(key)), multiline=True)
