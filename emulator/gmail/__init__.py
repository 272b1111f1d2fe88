"""Gmail v1: a mailbox for every person, and for every outside address that was written to."""

from emulator.gmail import delegates, drafts, filters, forwarding, history, labels, messages, send_as, settings, threads, vacation
from emulator.gmail.store import forget as reset

__all__ = [
    "delegates", "drafts", "filters", "forwarding", "history", "labels", "messages", "reset", "send_as", "settings", "threads",
    "vacation",
]  # fmt: skip
