"""Write control: which state of a form a batch was written against.

A batch against an older state is carried over to the present one: its indexes mean the items that stood there then.
"""

from __future__ import annotations

from datetime import timedelta

from emulator.forms.errors import invalid, invalid_union
from emulator.forms.model import Form
from emulator.kernel import Json, World

LIFE = timedelta(hours=24)


class Base:
    """The order of the items as the writer of a batch believes it to be, kept up with each request of the batch."""

    def __init__(self, order: list[str]) -> None:
        self.order = order

    def existing(self, draft: Form, index: int) -> int:
        """Where the item is now that the writer means by `index`; 400 when somebody has deleted it since."""
        item_id = self.order[index]
        for place, item in enumerate(draft.items):
            if item["itemId"] == item_id:
                return place
        raise invalid(f"The item at index {index} was changed after the target revision and the changes conflict.")

    def gap(self, draft: Form, index: int) -> int:
        """Where an item goes that the writer wants at `index`: after the nearest item before it that still exists."""
        places = {item["itemId"]: place for place, item in enumerate(draft.items)}
        before = next((one for one in reversed(self.order[:index]) if one in places), None)
        return 0 if before is None else places[before] + 1


def base_of(world: World, form: Form, control: Json) -> Base | None:
    """The state that `writeControl` names; None when it is the present one.

    :raises ApiError: 400 for a required revision that is not the latest, and for a target that is unknown or too old.
    """
    if len(control) > 1:
        raise invalid_union("write_control", "control", "targetRevisionId")
    required, target = control.get("requiredRevisionId"), control.get("targetRevisionId")
    if required and required != form.revision_id:
        raise invalid(f"The required revision ID '{required}' does not match the latest revision.")
    if not target or target == form.revision_id:
        return None
    for number, replaced_at, order in form.earlier:
        if f"{number:08x}" == target and world.clock.now() - replaced_at <= LIFE:
            return Base(list(order))
    raise invalid(f"The target revision ID '{target}' is invalid or too far behind the latest revision.")


def advance(world: World, before: Form, after: Form) -> None:
    """Give the changed form its new revision and remember the old one for as long as it may be named."""
    now = world.clock.now()
    order = tuple(item["itemId"] for item in before.items)
    after.earlier = [entry for entry in before.earlier if now - entry[1] <= LIFE] + [(before.revision, now, order)]
    after.revision = before.revision + 1
