"""What the portal stores about a client, folded into its dossier: one function a kind of `what`.

Every payload bears `what`, and is stored by `page_facts.keep(app, Fact(event_id, dossier_id, KIND, now, address of the contact, payload))`:
- `case`: case_id (`cases.new_case_id()`), kind (of cases.yaml), said (field -> text), amount ('100.00' or none), transcript ([{who, text, at}]);
- `case_paper`: case_id, paper (of cases.yaml), sha256, mime_type, size_bytes, name, round; `case_paper_back`: case_id, arrival (its key);
- `issued`: code of an `Issued` record, kept by then; `copied`: number of an invoice whose copy was handed out, format (pdf | xml);
- `paid`: order_id of an order that was applied; `payment_refused`: order_id and reason for which a notice of it was not believed;
- `credit_used`: amount of what was in the client's favour that settled its oldest debts, at its own word;
- `contact`: said (path such as `client.contact.email` -> value that the client has proved or typed), taken up at once;
- `satisfaction`: case_id, score 1 to 5; `eva_rated`: score, of what Eva settled alone.
A `what` that nobody knows is recorded and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from expediente import case_papers, cases, contact_change, issued_copy
from expediente.model import Fact
from expediente.work import Work

KIND = "portal"
_MOST_LETTERS = 60


def fold(work: Work, fact: Fact) -> None:
    """Apply a fact of the portal."""
    found = FOLDS.get(str(fact.payload.get("what", "")))
    if found is None:
        work.record("client", "portal_fact_unknown", fact=fact.event_id)
        return
    found(work, fact)


def _noted(event: str, *names: str) -> Callable[[Work, Fact], None]:
    """Nothing follows in the dossier but that it is known: the chain keeps what was done. names: of the ids in the payload."""

    def note(work: Work, fact: Fact) -> None:
        work.record("client", event, **{name: str(fact.payload.get(name, ""))[:_MOST_LETTERS] for name in names})

    return note


FOLDS: dict[str, Callable[[Work, Fact], None]] = {
    "case": cases.fold,
    case_papers.HANDED_IN: case_papers.fold_handed_in,
    case_papers.TAKEN_BACK: case_papers.fold_taken_back,
    "issued": issued_copy.fold,
    "copied": issued_copy.fold_copied,
    "paid": _noted("payment_applied", "order_id"),
    "payment_refused": cases.fold_payment,
    "contact": contact_change.fold,
    "satisfaction": cases.fold_satisfaction,
    "eva_rated": cases.fold_eva_rated,
}
