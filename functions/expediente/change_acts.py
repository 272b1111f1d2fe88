"""The signed acts of changes: deciding, inspecting a new place, taking back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from expediente import change, compliance
from expediente.acts import ActRefusedError, Deed, Handler
from expediente.amendments import amended
from expediente.change_data import Change, ChangeState, StudyState
from expediente.change_rules import change_rules, kind_of, said, state_text, to_decide, to_study, waits
from expediente.mails import Line
from expediente.model import Dossier
from expediente.process import Process
from expediente.wanted import area_folder
from expediente.work import View, Work

_APPROVED = "approved"


def _deciding(*, confidential: bool) -> Callable[[View], Sequence[str]]:
    def subjects(view: View) -> Sequence[str]:
        found = to_decide(view.dossier)
        return tuple(one.change_id for one in found if kind_of(view.process, one).confidential is confidential)

    return subjects


def _studying(view: View) -> Sequence[str]:
    return tuple(one.change_id for one in to_study(view.dossier))


def _taking_back(view: View) -> Sequence[str]:
    return tuple(one.change_id for one in view.dossier.changes.values() if waits(view.process, one))


def _shows(view: View, subject: str, *, decides: bool) -> tuple[Line, ...]:
    """The kind, each value before and now, and what goes with it."""
    process, dossier = view.process, view.dossier
    one, rules = dossier.changes[subject], change_rules(process.folder)
    texts = rules.texts
    open_to_all = decides or not kind_of(process, one).confidential
    values = said(process, dossier, one) if open_to_all else ()
    lines = [Line(texts["kind"], kind_of(process, one).label)]
    lines += [Line(v.label, f"{texts['before']}: {v.before}\n{texts['now']}: {v.now}") for v in values]
    lines.append(Line(texts["valid"], one.valid_from.strftime("%d/%m/%Y") if one.valid_from else texts["at_once"]))
    lines.append(Line(texts["asked_for"], texts[one.for_whom]))
    lines.append(Line(texts["reason"], one.reason))
    if one.study is not StudyState.NONE:
        lines.append(Line(texts["study"], "\n".join((rules.studies[one.study.value], *one.study_conditions))))
    lines.append(Line(texts["state"], state_text(process, one, decides=decides)))
    return tuple(lines)


def _decide(work: Work, deed: Deed) -> None:
    one, answers = work.dossier.changes[deed.subject], deed.answers
    approved = answers.text("decision") == _APPROVED
    if change.lacks_study(work.app.process, one):
        raise ActRefusedError("study_missing")
    if not approved and not answers.text("reason"):
        raise ActRefusedError("reason_needed")
    agreed = (other for other in work.dossier.changes.values() if other.state is ChangeState.APPROVED)
    if approved and change.takes_last_point(work.dossier, one, *agreed):
        raise ActRefusedError("last_point")
    change.decide(work, one, deed, approved=approved, reason=answers.text("reason"))


def _decide_legal(work: Work, deed: Deed) -> None:
    """New people and companies are looked up first: the evidence must be younger than the change."""
    one = work.dossier.changes[deed.subject]
    after = amended(work.dossier.intake, one.amendments)
    others = compliance.subjects_hash(after) != compliance.subjects_hash(work.dossier.intake)
    if deed.answers.text("decision") == _APPROVED and others and not compliance.evidence_since(work, one.worded_at):
        raise ActRefusedError("evidence_missing")
    _decide(work, deed)


def _study(work: Work, deed: Deed) -> None:
    one = work.dossier.changes[deed.subject]
    result = StudyState(deed.answers.text("result"))
    conditions = tuple(line.strip() for line in deed.answers.text("conditions").splitlines() if line.strip())
    if result is StudyState.APPROVED_WITH_CONDITIONS and not conditions:
        raise ActRefusedError("conditions_needed")
    if not has_report(work.app.process, work.dossier, one):
        raise ActRefusedError("report_missing")
    change.keep_study(work, one, deed, result, conditions)


def has_report(process: Process, dossier: Dossier, one: Change) -> bool:
    """Whether a report came into the folder of whoever inspects since the change was asked."""
    area, files = process.area(kind_of(process, one).study_by), dossier.files.values()
    return any(file.place == area_folder(process, area) and file.at >= one.worded_at and not file.refused for file in files)


def _take_back(work: Work, deed: Deed) -> None:
    change.withdraw(work, work.dossier.changes[deed.subject], deed)


def _handler(apply: Callable[[Work, Deed], None], subjects: Callable[[View], Sequence[str]], *, decides: bool = False) -> Handler:
    return Handler(apply, subjects, lambda view, subject: _shows(view, subject, decides=decides))


HANDLERS = {
    "decidir_modificacion": _handler(_decide, _deciding(confidential=False), decides=True),
    "decidir_modificacion_legal": _handler(_decide_legal, _deciding(confidential=True), decides=True),
    "registrar_estudio": _handler(_study, _studying),
    "retirar_modificacion": _handler(_take_back, _taking_back),
}
