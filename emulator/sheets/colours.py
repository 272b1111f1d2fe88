"""Colours: Google's old and new way of writing them, and hexadecimal."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
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
            old = name.removesuffix("Style")
            result[old] = rgb_of(result[name])
        elif (name.endswith("Color") or name == "color") and isinstance(result[name], dict) and f"{name}Style" not in value:
            result[f"{name}Style"] = {"rgbColor": result[name]}
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
    parts = {name: int(text[at : at + 2], 16) / 255 for name, at in (("red", 1), ("green", 3), ("blue", 5))}
    return {name: value for name, value in parts.items() if value}
