"""The help page of the clients, open to everybody: what can be done in the portal, a task at a time."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from expediente.help_rules import words
from expediente.portal import PortalPage, PortalVisit

if TYPE_CHECKING:
    from flask import Response


def page(visit: PortalVisit) -> Response:
    """Every task with the words of today's tables."""
    known = words(visit.app.process)
    tasks = [
        replace(task, steps=tuple(step.format(**known) for step in task.steps), note=task.note.format(**known))
        for task in visit.app.process.help
    ]
    return visit.show("help.html", tasks=tasks)


PAGES = (PortalPage(re.compile("/ayuda"), page, may=()),)
