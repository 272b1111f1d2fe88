"""`expediente check --ajustes` and `expediente adjustments`: what the workbook Ajustes comes to, and how it is restored."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expediente.bootstrap import App

Add = Callable[..., argparse.ArgumentParser]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], add_command: Add) -> None:
    """Put the command below the others."""
    says = "Dice qué versión del libro Ajustes está vigente y qué falta hacer en la consola de Google; lo restaura si se dañó."
    command = add_command(commands, "adjustments", _adjustments, says, "--env produccion.env adjustments --restore")
    command.add_argument("--restore", action="store_true", help="vuelve a escribir el libro con los valores vigentes")
    command.add_argument("--previous", action="store_true", help="con --restore, vuelve antes a la versión anterior")
    command.add_argument("--json", action="store_true", help="responde en JSON")


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")


def _app() -> App:
    from expediente.bootstrap import app, setup_logging

    setup_logging("WARNING")
    return app()


def check() -> int:
    """Judge the workbook as it stands now, without storing anything; gives the exit code."""
    from expediente import adjustments_book, templates

    app = _app()
    found = adjustments_book.look(app)
    tabs = templates.adjustments(app.tables.folder).tabs
    refused = [(tab, row, text) for (tab, row), text in sorted(found.notices.items())]
    for tab, row, text in refused:
        _tell(f"Ajustes, {tabs[tab].tab}, renglón {row + 1}: {text}")
    for text in found.general:
        _tell(f"Ajustes: {text}")
    _tell(f"{found.refused} dato(s) del libro Ajustes por corregir." if found.refused else "El libro Ajustes está bien.")
    return 1 if found.refused else 0


def _adjustments(options: argparse.Namespace) -> int:
    from expediente import adjustments_book, codec, templates

    app = _app()
    if options.restore:
        adjustments_book.restore(app, previous=options.previous)
    record = adjustments_book.stored(app)
    told = {
        "workbook": app.site.adjustments_id,
        "version": record.version if record else 0,
        "since": codec.stamp(record.at) if record else "",
        "to_do": list(record.to_do) if record else [],
        "restored": options.restore,
    }
    if options.json:
        _tell(json.dumps(told, ensure_ascii=False))
        return 0
    if options.restore:
        _tell("El libro Ajustes quedó escrito otra vez con los valores vigentes.")
    since = f", desde {told['since'][:10]}" if record else ": valen las tablas de process/"
    _tell(f"Versión {told['version']}{since}.")
    label = templates.adjustments(app.tables.folder).texts["to_do"]
    for line in told["to_do"]:
        _tell(f"{label}: {line}")
    return 0
