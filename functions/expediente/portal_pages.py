"""All pages of the portal, one line a module."""

from __future__ import annotations

from expediente import (
    eva_page,
    portal_documents,
    portal_enter,
    portal_help,
    portal_home,
    portal_invoices,
    portal_payments,
    portal_requests,
    portal_verify,
)
from expediente.portal import PortalPage

PAGES: tuple[PortalPage, ...] = (
    *portal_enter.PAGES,
    *portal_home.PAGES,
    *eva_page.PAGES,
    *portal_requests.PAGES,
    *portal_documents.PAGES,
    *portal_invoices.PAGES,
    *portal_verify.PAGES,
    *portal_help.PAGES,
    *portal_payments.PAGES,
)
