"""The first page of the portal: the account at a glance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from expediente.portal import PortalPage, PortalVisit

if TYPE_CHECKING:
    from flask import Response


def home(visit: PortalVisit) -> Response:
    """How the client stands, and what it may do here."""
    return visit.show("home.html")


PAGES = (PortalPage(re.compile("/"), home),)
