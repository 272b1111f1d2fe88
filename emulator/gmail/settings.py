"""Settings that are kept and given back: IMAP, POP, language."""

from __future__ import annotations

import re

from emulator.gmail.account import own_box
from emulator.gmail.errors import invalid
from emulator.gmail.store import save
from emulator.kernel import Call, Json, handles

_FOLDER_SIZES = (0, 1000, 2000, 5000, 10000)
_LANGUAGE_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


@handles("gmail.users.settings.getImap")
def get_imap(call: Call) -> Json:
    """The IMAP settings."""
    return own_box(call).settings.imap


@handles("gmail.users.settings.updateImap")
def update_imap(call: Call) -> Json:
    """Replace the IMAP settings."""
    box = own_box(call)
    if call.body.get("maxFolderSize", 0) not in _FOLDER_SIZES:
        raise invalid("Invalid maxFolderSize")
    made: Json = {"enabled": False, "autoExpunge": False, "expungeBehavior": "archive"} | call.body
    box.settings.imap = {name: value for name, value in made.items() if name != "maxFolderSize" or value}
    save(call.world, box)
    return box.settings.imap


@handles("gmail.users.settings.getPop")
def get_pop(call: Call) -> Json:
    """The POP settings."""
    return own_box(call).settings.pop


@handles("gmail.users.settings.updatePop")
def update_pop(call: Call) -> Json:
    """Replace the POP settings."""
    box = own_box(call)
    box.settings.pop = {"accessWindow": "disabled", "disposition": "leaveInInbox"} | call.body
    save(call.world, box)
    return box.settings.pop


@handles("gmail.users.settings.getLanguage")
def get_language(call: Call) -> Json:
    """The language of Gmail's pages."""
    return own_box(call).settings.language


@handles("gmail.users.settings.updateLanguage")
def update_language(call: Call) -> Json:
    """Choose the language of Gmail's pages."""
    box, tag = own_box(call), call.body.get("displayLanguage", "")
    if _LANGUAGE_TAG.fullmatch(tag) is None:
        raise invalid("Invalid display language")
    box.settings.language = {"displayLanguage": tag}
    save(call.world, box)
    return box.settings.language
