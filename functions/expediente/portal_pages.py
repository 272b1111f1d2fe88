"""All pages of the portal, one line a module."""

from __future__ import annotations

from expediente import (
    portal_documents,
    portal_enter,
    portal_help,
    portal_home,
    portal_invoices,
    portal_payments,
    portal_verify,
)
from expediente.portal import PortalPage

PAGES: tuple[PortalPage, ...] = (
    *portal_enter.PAGES,
    *portal_home.PAGES,
    *portal_documents.PAGES,
    *portal_invoices.PAGES,
    *portal_verify.PAGES,
    *portal_help.PAGES,
    *portal_payments.PAGES,
)
