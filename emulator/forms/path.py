"""The way through a form: which sections a person sees who answers in a certain manner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.forms.errors import invalid
from emulator.forms.model import Form, questions_of
from emulator.kernel import Json

Chosen = Callable[[Json, Json], "str | None"]


@dataclass
class Section:
    """A page of a form: what stands between two page breaks. The first has no id."""

    section_id: str | None
    items: list[Json] = field(default_factory=list)


def sections(form: Form) -> list[Section]:
    """The pages of a form in their order, each without its page break."""
    found = [Section(None)]
    for item in form.items:
        if "pageBreakItem" in item:
            found.append(Section(item["itemId"]))
        else:
            found[-1].items.append(item)
    return found


def reached_items(form: Form, chosen: Chosen) -> list[Json]:
    """The items on the way that the answers take, in order.

    chosen: (item, question) -> the option that was chosen, None when unanswered.
    Raises 400 when an answer restarts the form or the answers lead in a circle: such a form is never submitted.
    """
    pages = sections(form)
    index_of = {page.section_id: number for number, page in enumerate(pages)}
    items: list[Json] = []
    seen: set[int] = set()
    here: int | None = 0
    while here is not None and here < len(pages):
        if here in seen:
            raise invalid("The answers lead in a circle through the sections of the form.")
        seen.add(here)
        items += pages[here].items
        here = _next(pages[here], here, index_of, chosen)
    return items


def _next(page: Section, here: int, index_of: dict[str | None, int], chosen: Chosen) -> int | None:
    """The number of the next page, None to submit. The last answered branching question of a page decides."""
    following: int | None = here + 1
    for item in page.items:
        option = _chosen_option(item, chosen)
        if option is None:
            continue
        target, action = option.get("goToSectionId"), option.get("goToAction")
        if target:
            following = index_of[target]
        elif action == "SUBMIT_FORM":
            following = None
        elif action == "RESTART_FORM":
            raise invalid("The chosen option leads back to the start of the form, which is then not submitted.")
        elif action == "NEXT_SECTION":
            following = here + 1
    return following


def _chosen_option(item: Json, chosen: Chosen) -> Json | None:
    if "questionItem" not in item:
        return None
    question = questions_of(item)[0]
    options: list[Json] = question.get("choiceQuestion", {}).get("options", [])
    value = chosen(item, question)
    if value is None:
        return None
    other = next((option for option in options if option.get("isOther")), None)
    return next((option for option in options if option.get("value") == value), other)
