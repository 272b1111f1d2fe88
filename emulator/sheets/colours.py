"""Colours: Google's old and new way of writing them, and hexadecimal."""

from __future__ import annotations

import struct
from typing import Any

from emulator.sheets.masks import Tree, merged

Json = dict[str, Any]
_WIDTHS = {"DOTTED": 1, "DASHED": 1, "SOLID": 1, "SOLID_MEDIUM": 2, "SOLID_THICK": 3, "DOUBLE": 3}
THEME = {
    "TEXT": "#000000",
    "BACKGROUND": "#ffffff",
    "ACCENT1": "#4285f4",
    "ACCENT2": "#ea4335",
    "ACCENT3": "#fbbc04",
    "ACCENT4": "#34a853",
    "ACCENT5": "#ff6d01",
    "ACCENT6": "#46bdc6",
    "LINK": "#1155cc",
}


def with_both_colours(value: Any) -> Any:
    """A copy where every colour stands both as `xColor` and as `xColorStyle`, as Google answers; the style wins."""
    if isinstance(value, list):
        return [with_both_colours(item) for item in value]
    if not isinstance(value, dict):
        return value
    result: Json = {name: with_both_colours(item) for name, item in value.items()}
    for name in list(result):
        if name.endswith("ColorStyle") or name == "colorStyle":
            if not result[name]:
                # Recorded: a style that names no colour takes the colour away. An empty Color would be black.
                del result[name]
                continue
            result[name] = _style(result[name])
            result[name.removesuffix("Style")] = dict(rgb_of(result[name]))
        elif (name.endswith("Color") or name == "color") and isinstance(result[name], dict) and name != "rgbColor":
            result[name] = _rgb(result[name])
            if f"{name}Style" not in value:
                result[f"{name}Style"] = {"rgbColor": result[name]}
    if result.get("style") in _WIDTHS:
        # A border: Google tells its width, and black where no colour was said.
        result["width"] = _WIDTHS[result["style"]]
        result.setdefault("color", {})
        result.setdefault("colorStyle", {"rgbColor": {}})
    return result


def _rgb(colour: Json) -> Json:
    """A Color as Google answers it: without the parts that are zero, and without alpha, which Sheets does not keep."""
    parts = {part: stored_channel(colour.get(part) or 0) for part in ("red", "green", "blue")}
    return {part: value for part, value in parts.items() if value}


def _style(style: Json) -> Json:
    return {"rgbColor": _rgb(style["rgbColor"])} if "rgbColor" in style else style


def merged_colours(target: Json | None, source: Json | None, tree: Tree) -> Json:
    """The target with the masked fields taken from the source, each colour in both spellings; the one in the mask decides."""
    result: Json = with_both_colours(merged(_without_twins(target or {}, tree), source, tree))
    return result


def _without_twins(target: Json, tree: Tree) -> Json:
    """The target without the other spelling of every colour that the mask names."""
    result = dict(target)
    for name, sub in tree.items():
        twin = name.removesuffix("Style") if name.endswith("Style") else f"{name}Style"
        if name.removesuffix("Style").lower().endswith("color") and twin not in tree:
            result.pop(twin, None)
        elif sub and isinstance(result.get(name), dict):
            result[name] = _without_twins(result[name], sub)
    return result


def rgb_of(style: Json) -> Json:
    """The rgb colour of a ColorStyle; a theme colour by the standard theme."""
    if "rgbColor" in style:
        found: Json = style["rgbColor"]
        return found
    return rgb_from_hex(THEME.get(str(style.get("themeColor")), "#000000"))


def hex_of(colour: Json | None) -> str | None:
    """`#rrggbb` of a Color or a ColorStyle; None when there is none."""
    if colour is None:
        return None
    if "rgbColor" in colour or "themeColor" in colour:
        colour = rgb_of(colour)
    return "#" + "".join(f"{round(255 * float(colour.get(part, 0))):02x}" for part in ("red", "green", "blue"))


def rgb_from_hex(text: str) -> Json:
    """A Color of `#rrggbb`; parts that are zero are left out."""
    parts = {name: single_precision(int(text[at : at + 2], 16) / 255) for name, at in (("red", 1), ("green", 3), ("blue", 5))}
    return {name: value for name, value in parts.items() if value}


def single_precision(value: float) -> float | int:
    """A number as Google writes a 32-bit float: the shortest text that gives the same float again, 0.25882354 for 66/255."""
    packed = struct.pack("f", value)
    (exact,) = struct.unpack("f", packed)
    short = next(s for digits in range(1, 10) if struct.pack("f", s := float(f"{exact:.{digits}g}")) == packed)
    return int(short) if short.is_integer() else short


def stored_channel(value: float) -> float | int:
    """A part of a colour as Sheets keeps it, cut down to one of 256 steps: 0.5 becomes 127/255. Source: recorded answers."""
    return single_precision(min(255, max(0, int(float(value) * 255 + 1e-4))) / 255)


def standard_theme() -> Json:
    """The SpreadsheetTheme of a new spreadsheet."""
    colours = [{"colorType": name, "color": {"rgbColor": rgb_from_hex(code)}} for name, code in THEME.items()]
    return {"primaryFontFamily": "Arial", "themeColors": colours}
