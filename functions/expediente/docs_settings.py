"""The administrator's page of settings, `docs/settings.md`, made from the fields of `Settings`."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from expediente.settings import Settings

PAGE = "settings.md"

_HEAD = """# Variables de entorno

Cada función y la orden `expediente` leen estas variables al empezar.
Una variable que falta, que está mal escrita o que no existe se dice de una vez, con las demás, y nada arranca.
Los secretos no se escriben aquí: se escribe dónde están.
Esta página se hace a partir de `functions/expediente/settings.py`; no la corrija a mano.

| Variable | Qué se escribe | Si se deja vacía |
|---|---|---|
"""
_TAIL = """
## De quién es cada una

- `EXPEDIENTE_FORMS_OWNER` y `EXPEDIENTE_SENDERS` dicen en nombre de quién se puede actuar.
  Se dan solo a las funciones que lo necesitan.
- `EXPEDIENTE_WORKSPACE_URL`, `EXPEDIENTE_STORAGE_URL`, `EXPEDIENTE_STORE_PATH` y `EXPEDIENTE_CLOCK` son del Workspace local.
  En la nube no se escriben.
- `FIRESTORE_EMULATOR_HOST` no es nuestra: la lee la biblioteca de Firestore, y solo se usa en pruebas.
"""


def settings_page() -> str:
    """The page as Markdown: a row a variable, in the order of the fields."""
    return _HEAD + "".join(_row(item) for item in fields(Settings)) + _TAIL


def _row(item: Field[Any]) -> str:
    told = str(item.metadata["explains"]).replace("|", "\\|")
    return f"| `{item.metadata['variable']}` | {told} | {_without(item)} |\n"


def _without(item: Field[Any]) -> str:
    if item.default is MISSING:
        return "es obligatoria"
    if item.default in ("", (), None, False):
        return "-"
    return f"`{item.default}`"
