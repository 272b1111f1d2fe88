"""`expediente audit verify | export`: the chains against their anchors, and the evidence of one dossier as files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.model import Dossier

Parsers = argparse._SubParsersAction
Add = Callable[..., argparse.ArgumentParser]


def add(commands: Parsers[argparse.ArgumentParser], add_command: Add) -> None:
    """Put the commands below `audit`."""
    says = "La bitácora de cada expediente: se comprueba, y se entrega con lo necesario para que otros la comprueben."
    example = "Ejemplo: expediente --env produccion.env audit verify"
    parts = commands.add_parser("audit", help=says, description=says, epilog=example).add_subparsers(
        required=True, metavar="parte"
    )
    verify = add_command(
        parts,
        "verify",
        _verify,
        "Comprueba la cadena de un expediente, o las de todos y la del libro Ajustes, y las anclas del depósito.",
        "--env produccion.env audit verify --dossier EXP-0ABC1DEF",
    )
    verify.add_argument("--dossier", default="", metavar="CLAVE", help="solo ese expediente; sin esto, todos y Ajustes")
    export = add_command(
        parts,
        "export",
        _export,
        "Escribe las evidencias de un expediente en una carpeta, con verificar.py para comprobarlas sin nada nuestro.",
        "--env produccion.env audit export --dossier EXP-0ABC1DEF --out evidencias",
    )
    export.add_argument("--dossier", required=True, metavar="CLAVE", help="clave del expediente")
    export.add_argument("--out", required=True, type=Path, metavar="CARPETA", help="carpeta vacía o nueva")


def tell(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(text + "\n")


def for_app() -> App:
    """The App of this terminal; only warnings are logged."""
    from expediente.bootstrap import app, setup_logging

    setup_logging("WARNING")
    return app()


def dossiers(app: App, dossier_id: str) -> Iterator[Dossier]:
    """The dossier of that id, or all of them, state by state, page by page; none when the id is unknown."""
    from expediente import codec
    from expediente.model import Dossier, State

    if dossier_id:
        read = app.store.get("dossier", dossier_id)
        yield from [codec.from_data(Dossier, read.data)] if read else []
        return
    for state in State:
        since = None
        while page := app.store.query("dossiers_by_state", equals=state.value, since=since, limit=200):
            yield from (codec.from_data(Dossier, read.data) for read in page)
            since = page[-1].data["opened_at"]


def unknown(dossier_id: str) -> int:
    """Say that there is no such dossier; gives the exit code."""
    sys.stderr.write(f"No hay expediente con la clave {dossier_id}. Ejecute `expediente status` para ver todas.\n")
    return 1


def _verify(options: argparse.Namespace) -> int:
    from expediente import anchors

    app, count, wrong = for_app(), 0, 0
    known = anchors.read_anchors(app)
    for fault in known.faults:
        tell(f"Anclas: {fault}.")
    for dossier in dossiers(app, options.dossier):
        count += 1
        faults = list(anchors.faults_of(app, dossier, known))
        wrong += bool(faults)
        for fault in faults:
            tell(f"{dossier.dossier_id}: {fault}.")
    if options.dossier and not count:
        return unknown(options.dossier)
    book = None if options.dossier else anchors.adjustments_faults(app, known)
    if book is not None:
        count, wrong = count + 1, wrong + bool(book)
        for fault in book:
            tell(f"Ajustes: {fault}.")
    tell(f"{count} cadena(s) y {len(known.found)} ancla(s) comprobadas; {wrong + len(known.faults)} con problemas.")
    return 1 if wrong or known.faults else 0


def _export(options: argparse.Namespace) -> int:
    from expediente import anchors, evidence

    app = for_app()
    dossier = next(dossiers(app, options.dossier), None)
    if dossier is None:
        return unknown(options.dossier)
    out: Path = options.out
    if out.exists() and any(out.iterdir()):
        sys.stderr.write(f"{out} no está vacía. Indique una carpeta nueva.\n")
        return 2
    chain = evidence.events_of(app.store, dossier.dossier_id)
    anchored = anchors.read_anchors(app).of(dossier.dossier_id)
    files = evidence.bundle(app.process, dossier, chain, hashes=evidence.hashes_of(app, dossier), anchors=anchored)
    out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (out / name).write_bytes(data)
    tell(f"{len(files)} archivos en {out}. Para comprobarlos: python3 {out / evidence.VERIFIER}")
    return 0
