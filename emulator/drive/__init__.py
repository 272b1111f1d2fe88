"""Drive v3: files, permissions, shared drives, changes, revisions and comments. Importing it registers the handlers."""

from emulator.drive import (
    about,
    changes,
    comments,
    drives,
    export,
    file_calls,
    listing,
    permissions,
    revisions,
)
from emulator.drive.about import default_fields
from emulator.drive.drives import seed_drive

__all__ = [
    "about",
    "changes",
    "comments",
    "default_fields",
    "drives",
    "export",
    "file_calls",
    "listing",
    "permissions",
    "revisions",
    "seed_drive",
]
