"""All pages of the portal, one line a module."""

from __future__ import annotations

from expediente import (
    portal_enter,
    portal_help,
    portal_home,
)
from expediente.portal import PortalPage

PAGES: tuple[PortalPage, ...] = (
    *portal_enter.PAGES,
    *portal_home.PAGES,
    *portal_help.PAGES,
)
