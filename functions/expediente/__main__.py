"""The command line of administrators: `expediente check | setup | status | sweep | resume | report | docs build | access | audit | archive`.

Exit codes: 0 done, 1 problems were found or Google refused, 2 wrong use or wrong settings.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expediente import commands_access, commands_adjustments, commands_archive, commands_audit
from expediente.errors import ConfigurationError, ExpedienteError

if TYPE_CHECKING:
    from expediente.bootstrap import App

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.env:
            load_env(options.env)
        code: int = options.run(options)
        return code
    except ConfigurationError as problem:
        _complain(str(problem))
        return 2
    except ExpedienteError as problem:
        _complain(f"No se pudo terminar. Vuelva a intentarlo; si se repite, entregue esto a soporte: {problem}")
        return 1


def load_env(path: Path) -> None:
    """Put the `NAME=value` lines of a file into the environment; what is set already in it is replaced. `#` begins a comment line.

    :raises ConfigurationError: the file is missing, or a line has another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ConfigurationError("--env", f"no se puede leer {path}", "Escriba la ruta de un archivo de NOMBRE=valor.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigurationError("--env", f"{path}, línea {number}, no es NOMBRE=valor", "Corrija esa línea.")
        os.environ[name.strip()] = value.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="expediente",
        description="Órdenes de administración de Expediente.",
        epilog="Ejemplo: expediente --env produccion.env status",
    )
    parser.add_argument(
        "--env", type=Path, metavar="ARCHIVO", help="archivo con los ajustes, una línea NOMBRE=valor por cada uno"
    )
    commands = parser.add_subparsers(required=True, metavar="orden")
    check = _add(
        commands,
        "check",
        _check,
        "Revisa las tablas de process/, forms/ y sheets_templates/ y dice todo lo que está mal.",
        "check",
    )
    check.add_argument("--ajustes", action="store_true", help="revisa además el libro Ajustes como está ahora (necesita --env)")
    setup = _add(
        commands,
        "setup",
        _setup,
        "Prepara las unidades compartidas, las carpetas, el formulario, el registro y el libro Ajustes. Repetirlo no cambia nada.",
        "--env produccion.env setup --dry-run",
    )
    setup.add_argument("--dry-run", action="store_true", help="solo dice qué haría")
    setup.add_argument("--json", action="store_true", help="responde en JSON")
    status = _add(
        commands, "status", _status, "Dice cómo va cada expediente, o todo lo de uno.", "--env produccion.env status EXP-0ABC1DEF"
    )
    status.add_argument("dossier", nargs="?", help="clave de un expediente o de una respuesta del formulario")
    status.add_argument(
        "--find", metavar="PALABRAS", default="", help="solo los que las llevan en código, ubicación física, cliente o RUC"
    )
    status.add_argument("--parked", action="store_true", help="solo los detenidos, con su motivo")
    status.add_argument("--json", action="store_true", help="responde en JSON")
    _add(commands, "sweep", _sweep, "Pide mirar otra vez todos los expedientes abiertos.", "--env produccion.env sweep")
    says = "Pone otra vez en marcha un expediente, o un archivo de Cartera, detenido."
    resume = _add(commands, "resume", _resume, says, "--env produccion.env resume EXP-0ABC1DEF")
    resume.add_argument("dossier", help="clave del expediente, o del archivo de Cartera")
    report = _add(
        commands,
        "report",
        _report,
        "Da los clientes y servicios de un año, como los pide la autoridad cada enero.",
        "--env produccion.env report --year 2026 --out informe.xlsx",
    )
    report.add_argument("--year", type=int, required=True, metavar="AÑO", help="año del informe")
    report.add_argument("--out", type=Path, metavar="ARCHIVO", help="archivo de Excel que se escribe; sin él, se muestra")
    report.add_argument("--json", action="store_true", help="responde en JSON")
    _add_docs(commands)
    commands_access.add(commands, _add)
    commands_audit.add(commands, _add)
    commands_archive.add(commands, _add)
    commands_adjustments.add(commands, _add)
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Command, says: str, example: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=says, description=says, epilog=f"Ejemplo: expediente {example}")
    command.set_defaults(run=run)
    return command


def _add_docs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    docs = commands.add_parser("docs", help="Páginas de docs/ que salen de las tablas.", epilog="Ejemplo: expediente docs build")
    parts = docs.add_subparsers(required=True, metavar="parte")
    build = _add(
        parts,
        "build",
        _docs_build,
        "Escribe el flujograma, los procedimientos y la tabla RACI a partir de process/.",
        "docs build",
    )
    build.add_argument("--out", type=Path, help="carpeta (por defecto docs/)")


def _app() -> App:
    from expediente.bootstrap import app, setup_logging

    setup_logging("WARNING")
    return app()


def _root() -> Path:
    """Where the tables are: `check` and `docs` work before anything is installed, so they need no other setting."""
    from expediente.process import ROOT

    return Path(os.environ.get("EXPEDIENTE_PROCESS_ROOT") or ROOT)


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")


# --- commands ------------------------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    from expediente.checks import check

    findings = check(_root())
    for finding in findings:
        _tell(str(finding))
    _tell(f"{len(findings)} problema(s)." if findings else "Las tablas están bien.")
    in_workbook = commands_adjustments.check() if options.ajustes else 0
    return 1 if findings or in_workbook else 0


def _setup(options: argparse.Namespace) -> int:
    from expediente import setup
    from expediente.google.clients import form_link

    report = setup.run(_app(), dry_run=options.dry_run)
    if options.json:
        forms = {name: form.form_id for name, form in report.site.forms.items()}
        told = {"done": report.done, "look_at": report.look_at, "forms": forms, "registers": report.site.registers}
        _tell(json.dumps(told, ensure_ascii=False))
        return 0
    for sentence in report.done:
        _tell(("Se haría: " if options.dry_run else "Hecho: ") + sentence)
    for sentence in report.look_at:
        _tell(f"Mírelo usted: {sentence}")
    _tell("Todo estaba listo; no se cambió nada." if not report.done else "Listo.")
    for name, form in report.site.forms.items():
        if form.form_id:
            _tell(f"A mano, una sola vez, en el formulario «{name}» ({form_link(form.form_id)}): {_BY_HAND}")
    return 0


# Google's API has no field for these settings of a form, so setup can neither make nor check them.
_BY_HAND = (
    "Configuración → Respuestas → active «Permitir editar la respuesta» y deje apagado «Limitar a 1 respuesta»; "
    "Presentación → active «Mostrar la barra de progreso»."
)


def _status(options: argparse.Namespace) -> int:
    from expediente import status

    if options.dossier:
        found = status.detail(_app(), options.dossier)
        if found is None:
            _complain(
                f"No hay expediente ni respuesta con la clave {options.dossier}. Ejecute `expediente status` para ver todas."
            )
            return 1
        _tell(json.dumps(found, ensure_ascii=False, indent=None if options.json else 2))
        return 0
    lines = status.overview(_app(), parked_only=options.parked, find=options.find)
    if options.json:
        _tell(
            json.dumps(
                {"dossiers": lines, "ledger_files": status.ledger_files(_app(), parked_only=options.parked)}, ensure_ascii=False
            )
        )
        return 0
    for line in lines:
        parked = f"  detenido: {line['parked']}" if line["parked"] else ""
        _tell(f"{line['dossier']}  {line['state']:<10}  desde {line['since'][:10]}  le faltan {line['missing']}{parked}")
    _tell(f"{len(lines)} expediente(s).")
    for one in status.ledger_files(_app(), parked_only=options.parked):
        parked = f"  detenido: {one['reference']}" if one["parked"] else ""
        _tell(f"Cartera: {one['file']}  {one['state']}  desde {one['since'][:10]}  {one['rows']} de {one['of']} fila(s){parked}")
    return 0


def _sweep(options: argparse.Namespace) -> int:
    from expediente import feeds

    published = feeds.publish_open(_app())
    _tell(f"Se pidió mirar {published} expediente(s).")
    return 0


def _resume(options: argparse.Namespace) -> int:
    from expediente import ledger_files
    from expediente.reconcile import resume

    try:
        resume(_app(), options.dossier)
    except KeyError:
        if not ledger_files.resume(_app(), options.dossier):
            nothing = f"No hay expediente ni archivo detenido con la clave {options.dossier}."
            _complain(f"{nothing} Ejecute `expediente status --parked` para ver los detenidos.")
            return 1
    _tell(f"{options.dossier} sigue su camino.")
    return 0


def _report(options: argparse.Namespace) -> int:
    from expediente import yearly

    app = _app()
    rows = yearly.report(app, options.year)
    if options.out:
        try:
            options.out.write_bytes(yearly.as_excel(app, options.year, rows))
        except OSError:
            problem, remedy = f"no se puede escribir {options.out}", "Escriba la ruta de un archivo en una carpeta que exista."
            raise ConfigurationError("--out", problem, remedy) from None
        _tell(f"Escrito: {options.out}, con {len(rows)} cliente(s).")
        return 0
    if options.json:
        told = [{**vars(one), "started": str(one.started), "ended": str(one.ended or "")} for one in rows]
        _tell(json.dumps({"year": options.year, "clients": told}, ensure_ascii=False))
        return 0
    for one in rows:
        until = f"hasta {one.ended:%d/%m/%Y}" if one.ended else "vigente"
        _tell(f"{one.client}  RUC {one.ruc}  {one.services}  puntos: {one.points}  desde {one.started:%d/%m/%Y}, {until}")
    _tell(f"{len(rows)} cliente(s) en {options.year}.")
    return 0


def _docs_build(options: argparse.Namespace) -> int:
    from expediente import docs_build
    from expediente.process import load

    root = _root()
    changed = docs_build.build(load(root), options.out or root / "docs")
    for path in changed:
        _tell(f"Escrito: {path}")
    _tell(f"{len(changed)} página(s) cambiaron.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
