"""How a shared drive looks: theme, colour and picture, and whether the caller has it out of sight.

Source: Drive API reference, resource Drive; the themes are those of `about`.
"""

from __future__ import annotations

import re

from emulator.drive import refusals
from emulator.drive.calls import item_of
from emulator.drive.formats import THEMES, background
from emulator.drive.model import Drive
from emulator.kernel import Call

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_IMAGE_MEMBERS = ("id", "xCoordinate", "yCoordinate", "width")


def check_look(call: Call) -> None:
    """Refuse a theme that does not exist or comes with a colour or picture of its own, and a picture that is half described."""
    body = call.body
    theme, color, image = body.get("themeId"), body.get("colorRgb"), body.get("backgroundImageFile")
    if theme and (color or image):
        raise refusals.bad_request("The themeId cannot be set together with colorRgb or backgroundImageFile.")
    if theme and theme not in THEMES:
        raise refusals.invalid("themeId")
    if color and not _COLOR.fullmatch(str(color)):
        raise refusals.invalid("colorRgb")
    if image:
        if any(image.get(name) is None for name in _IMAGE_MEMBERS):
            raise refusals.bad_request("All fields of the backgroundImageFile must be set.")
        if not item_of(call, str(image["id"])).mime_type.startswith("image/"):
            raise refusals.invalid("backgroundImageFile.id")


def dress(call: Call, drive: Drive) -> None:
    """Put on what a checked body asks for. `hidden` is for the caller alone."""
    body = call.body
    if body.get("themeId"):
        drive.theme_id, drive.background_file = str(body["themeId"]), None
        drive.color_rgb = THEMES[drive.theme_id]
    drive.color_rgb = str(body.get("colorRgb") or drive.color_rgb)
    if body.get("backgroundImageFile"):
        drive.background_file = str(body["backgroundImageFile"]["id"])
    if "hidden" in body:
        (drive.hidden_for.add if body["hidden"] else drive.hidden_for.discard)(call.actor.lower())


def picture(drive: Drive) -> str:
    """The address of the background picture."""
    if drive.background_file:
        return f"https://lh3.googleusercontent.com/d/{drive.background_file}"
    return background(drive.theme_id or "glass")
