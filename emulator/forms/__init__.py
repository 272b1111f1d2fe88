"""Forms v1: forms as Google keeps them, and people who answer them."""

from emulator.forms import batch, documents, listing, watches
from emulator.forms.watches import resume

__all__ = ["batch", "documents", "listing", "resume", "watches"]
