"""`python -m local serve | demo | play | desk-test`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Entry point; gives the exit code."""
    options = _parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="El producto entero en esta máquina, sin Google.")
    commands = parser.add_subparsers(required=True, metavar="orden")
    serve = commands.add_parser(
        "serve", help="arranca todo y lo deja andando", epilog="Ejemplo: python -m local serve --store sqlite --state build/stack"
    )
    serve.add_argument("--store", choices=("sqlite", "firestore"), default="sqlite", help="dónde se guardan los expedientes")
    serve.add_argument("--port", type=int, default=0, help="puerto del Workspace (0: uno libre)")
    serve.add_argument("--page-port", type=int, default=0, help="puerto de las páginas (0: uno libre)")
    serve.add_argument("--state", type=Path, help="carpeta donde se conserva todo; sin ella se olvida al terminar")
    serve.add_argument("--now", default="", help="instante en que empieza el reloj, como 2026-03-02T09:00:00-05:00")
    serve.set_defaults(run=_serve)
    demo = commands.add_parser(
        "demo", help="abre una empresa viva con un recorrido de cinco minutos", epilog="Ejemplo: python -m local demo --once"
    )
    demo.add_argument(
        "--once", action="store_true", help="lleva un cliente hasta el servicio activo y termina, con una línea JSON"
    )
    demo.add_argument("--out", type=Path, default=Path("build/demo"), help="carpeta de la página que se deja")
    demo.add_argument("--port", type=int, default=0, help="puerto de la página que se abre (0: uno libre)")
    demo.set_defaults(run=_demo)
    play = commands.add_parser(
        "play",
        help="juega casos escritos como tests/data/sample_cases.yaml y los compara",
        epilog="Ejemplo: python -m local play --cases tests/data/sample_cases.yaml --only C01,C02",
    )
    play.add_argument("--cases", type=Path, required=True, help="archivo de casos")
    play.add_argument("--only", default="", help="claves de casos, separadas por comas")
    play.add_argument("--store", choices=("sqlite", "firestore"), default="sqlite", help="dónde se guardan los expedientes")
    play.set_defaults(run=_play)
    desk = commands.add_parser(
        "desk-test",
        help="juega cada solicitud de un cliente en un Chromium de verdad, cuenta y mide, y compara con lo de antes",
        epilog="Ejemplo: python -m local desk-test -n 30",
    )
    desk.add_argument("-n", type=int, default=30, dest="runs", help="cuántas veces cada solicitud")
    desk.add_argument("--only", default="", help="claves de local/desk_baseline.yaml, separadas por comas; no escribe la página")
    desk.set_defaults(run=_desk)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from local.serve import Options, serve

    return asyncio.run(serve(Options(options.store, options.port, options.page_port, options.state, options.now)))


def _demo(options: argparse.Namespace) -> int:
    from local.demo import demo

    return demo(options.out, once=options.once, port=options.port)


def _play(options: argparse.Namespace) -> int:
    from local.play import play

    return play(options.cases, [name for name in options.only.split(",") if name], options.store)


def _desk(options: argparse.Namespace) -> int:
    from local.desk_test import desk_test

    return desk_test(options.runs, only=[name for name in options.only.split(",") if name])


if __name__ == "__main__":
    sys.exit(main())
