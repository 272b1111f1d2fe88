"""`expediente archive fetch`: the retained copy of an archived dossier as a folder that verifies itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from expediente.commands_audit import Add, Parsers, dossiers, for_app, tell, unknown


def add(commands: Parsers[argparse.ArgumentParser], add_command: Add) -> None:
    """Put the command below `archive`."""
    says = "La copia que se guarda de cada expediente archivado, fuera de Drive."
    example = "Ejemplo: expediente --env produccion.env archive fetch --dossier EXP-0ABC1DEF --out copia"
    parts = commands.add_parser("archive", help=says, description=says, epilog=example).add_subparsers(
        required=True, metavar="parte"
    )
    fetch = add_command(
        parts,
        "fetch",
        _fetch,
        "Trae la copia de un expediente archivado a una carpeta, con verificar.py para comprobarla sin nada nuestro.",
        "--env produccion.env archive fetch --dossier EXP-0ABC1DEF --out copia",
    )
    fetch.add_argument("--dossier", required=True, metavar="CLAVE", help="clave del expediente")
    fetch.add_argument("--out", required=True, type=Path, metavar="CARPETA", help="carpeta vacía o nueva")


def _fetch(options: argparse.Namespace) -> int:
    from expediente import archive, evidence

    app, out = for_app(), options.out
    dossier = next(dossiers(app, options.dossier), None)
    if dossier is None:
        return unknown(options.dossier)
    if not app.settings.archive_bucket or not dossier.done(archive.MANIFEST):
        sys.stderr.write(
            f"De {options.dossier} no hay copia: se guarda al archivarlo por una cancelación. Mire `expediente status`.\n"
        )
        return 1
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        sys.stderr.write(f"{out} no está vacía. Indique una carpeta nueva.\n")
        return 2
    archive.fetch(app, dossier, out)
    files = sum(path.is_file() for path in out.rglob("*"))
    tell(f"{files} archivos en {out}. Para comprobarlos: python3 {out / evidence.VERIFIER}")
    return 0
