"""Words and small figures of the pages, in Spanish."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

from emulator.drive.model import parse_time

# Panama has no daylight saving time.
PANAMA = timezone(timedelta(hours=-5))
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic")
_DAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
_TINTS = ("#1a73e8", "#188038", "#c5221f", "#8430ce", "#b06000", "#00796b", "#ad1457", "#3949ab", "#5d4037", "#455a64")

PRODUCTS: dict[str, dict[str, str]] = {
    "desk": {"name": "Escritorio", "real": "Google Workspace"},
    "drive": {"name": "Drive", "real": "Google Drive"},
    "sheets": {"name": "Hojas de cálculo", "real": "Google Sheets"},
    "forms": {"name": "Formularios", "real": "Google Forms"},
    "mail": {"name": "Correo", "real": "Google Gmail"},
    "calls": {"name": "Llamadas", "real": "Google Workspace"},
}

ROLES = {
    "owner": "Propietario",
    "organizer": "Administrador",
    "fileOrganizer": "Administrador de contenido",
    "writer": "Editor",
    "commenter": "Comentador",
    "reader": "Lector",
}


def role_name(role: str, *, member: bool = False) -> str:
    """A role as Drive calls it in Spanish; a writer who is a member of a shared drive is called a contributor."""
    return "Colaborador" if member and role == "writer" else ROLES.get(role, role)


def _local(when: datetime | str) -> datetime:
    return (parse_time(when) if isinstance(when, str) else when).astimezone(PANAMA)


def day(when: datetime | str, now: datetime | None = None) -> str:
    """The date of a list: the hour today, day and month this year, all of it before."""
    there = _local(when)
    today = _local(now) if now else None
    if today and there.date() == today.date():
        return f"{there:%H:%M}"
    short = f"{there.day} {_MONTHS[there.month - 1]}"
    return short if today and there.year == today.year else f"{short} {there.year}"


def iso_day(when: datetime | str) -> str:
    """The day as a date field takes it."""
    return _local(when).date().isoformat()


def instant(when: datetime | str) -> str:
    """Date and hour in full."""
    there = _local(when)
    return f"{_DAYS[there.weekday()]}, {there.day} {_MONTHS[there.month - 1]} {there.year}, {there:%H:%M}"


def ago(when: datetime | str, now: datetime) -> str:
    """How long ago, as the pages of Drive say it."""
    minutes = int((now - (parse_time(when) if isinstance(when, str) else when)).total_seconds() // 60)
    if minutes < 1:
        return "hace unos segundos"
    if minutes < 60:
        return f"hace {minutes} minuto{'s' if minutes > 1 else ''}"
    if minutes < 24 * 60:
        return f"hace {minutes // 60} hora{'s' if minutes >= 120 else ''}"
    return f"el {day(when, now)}"


def size(octets: Any) -> str:
    """A file size for people."""
    number = float(octets or 0)
    for unit in ("B", "KB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}".replace(".", ",")
        number /= 1000
    return f"{number:.1f} GB".replace(".", ",")


def initial(name: str) -> str:
    """The letter in a person's round picture."""
    return next((char.upper() for char in name if char.isalnum()), "?")


def tint(name: str) -> str:
    """The colour of a person's round picture, always the same for the same name."""
    return _TINTS[hashlib.sha256(name.encode()).digest()[0] % len(_TINTS)]
