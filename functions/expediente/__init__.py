"""Expediente: the onboarding of a client of a cash-in-transit company on the company's own Google Workspace."""
