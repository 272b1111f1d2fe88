"""Drive v3: files, permissions, shared drives, changes, channels, approvals, revisions, comments. Importing it registers the handlers."""

from emulator.drive import (
    about,
    access_proposals,
    approvals,
    apps,
    changes,
    comments,
    drives,
    export,
    file_calls,
    labels,
    listing,
    permissions,
    revisions,
    teamdrives,
)
from emulator.drive.about import default_fields
from emulator.drive.drives import seed_drive
from emulator.drive.trash import resume

__all__ = [
    "about",
    "access_proposals",
    "approvals",
    "apps",
    "changes",
    "comments",
    "default_fields",
    "drives",
    "export",
    "file_calls",
    "labels",
    "listing",
    "permissions",
    "resume",
    "revisions",
    "seed_drive",
    "teamdrives",
]
