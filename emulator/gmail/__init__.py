"""Gmail v1: a mailbox for every person, and for every outside address that was written to."""

from emulator.gmail import drafts, history, labels, messages, settings, threads
from emulator.gmail.store import forget as reset

__all__ = ["drafts", "history", "labels", "messages", "reset", "settings", "threads"]
