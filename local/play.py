"""`python -m local play`: plays cases written like `tests/data/sample_cases.yaml` against fresh stacks and compares with `esperado`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from local.cases import Case
from local.cast import Cast
from local.play_checks import compare
from local.play_portal import play as play_cartera
from local.play_shapes import strange_keys
from local.play_table import CASE_KEYS, DATA_ONLY, FILE_KEYS, LATER
from local.playing import Run, begins_active, method_of, play_case
from local.playing import actions as playable
from local.stack import HttpError, Stack, StackError
from local.travel import Travel, TravelError

Json = dict[str, Any]

# The key of a file that holds what is played in the portal; asked for by this name, like a case.
PORTAL = "cartera"


@dataclass(frozen=True)
class Result:
    """What a case has come to. later: what an open issue brings; differences: anything else that is not as expected."""

    case_id: str
    title: str
    differences: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    played: bool = True

    def lines(self) -> list[str]:
        """The case's line and, below it, its differences."""
        verdict = "DIFERENCIAS" if self.differences else "todavía no" if not self.played else "bien"
        extras = [f"todavía no: {', '.join(self.later)}"] if self.later else []
        tail = "; ".join([*extras, *self.notes])
        return [f"{self.case_id:<5} {verdict:<12} {self.title}" + (f"  [{tail}]" if tail else "")] + [
            f"        - {text}" for text in self.differences
        ]


def play(path: Path, only: Sequence[str], store: str = "sqlite") -> int:
    """Play the cases of a file. Prints a line a case; gives 0 when all are as expected, 1 otherwise, 2 for a wrong call."""
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        table["casos"]
    except (OSError, yaml.YAMLError, TypeError, KeyError) as problem:
        print(
            f"No se puede leer {path}: {type(problem).__name__}. Se espera un archivo YAML con una lista «casos».",
            file=sys.stderr,
        )
        return 2
    cases: dict[str, Case] = {case["id"]: _completed(case, table["casos"]) for case in table["casos"]}
    unknown = [case_id for case_id in only if case_id not in cases and (case_id != PORTAL or PORTAL not in table)]
    if unknown:
        print(f"No hay casos con la clave {', '.join(unknown)}.", file=sys.stderr)
        return 2
    strange = sorted(table.keys() - FILE_KEYS)
    if strange:
        print(f"-     DIFERENCIAS  el archivo trae claves desconocidas: {', '.join(strange)}")
    chosen = [cases[case_id] for case_id in (only or cases) if case_id in cases]
    results = _play_all(chosen, store)
    if PORTAL in table and (not only or PORTAL in only):
        results += _play_portal(table[PORTAL], cases, store)
    failed = [result for result in results if result.differences]
    later = [result for result in results if not result.played and not result.differences]
    print(
        f"{len(results)} casos: {len(results) - len(failed) - len(later)} bien, {len(later)} todavía no, {len(failed)} con diferencias"
    )
    return 1 if failed or strange else 0


def _completed(case: Case, cases: Iterable[Case]) -> Case:
    """A case with what it takes from its base."""
    base = next((other for other in cases if other["id"] == case.get("base")), None)
    if base is None:
        return case
    taken = {key: value for key, value in base.items() if key not in ("eventos", "esperado", "etiquetas", "titulo")}
    return {**taken, **case}


def _play_all(chosen: Sequence[Case], store: str) -> list[Result]:
    """Cases of one client never share a stack: the second would find the first's dossier. Told in the order asked.

    What happens to an active client takes months, and no clock goes back: such a case has a stack of its own.
    """
    results: list[Result] = []
    waiting: list[Case] = []
    for case in chosen:
        found = _before(case)
        results += [found] if found else []
        waiting += [] if found else [case]
    for result in results:
        _tell(result)
    while waiting:
        group: list[Case] = []
        for case in waiting:
            alone = _is_long(case) or any(_is_long(other) for other in group)
            if not group or (not alone and case["cliente"]["ruc"] not in [other["cliente"]["ruc"] for other in group]):
                group.append(case)
        waiting = [case for case in waiting if case not in group]
        results += _play_group(sorted(group, key=_begins), store)
    return results


def _is_long(case: Case) -> bool:
    served = begins_active(case) and (bool(case.get("eventos")) or bool(case.get("base")))
    return "reloj" in case or (served and case["id"] not in DATA_ONLY)


def _begins(case: Case) -> datetime:
    return datetime.fromisoformat(case["enviado_en"])


def _before(case: Case) -> Result | None:
    """A case that is not played: something of it is later work, or unknown."""
    actions = [event["accion"] for event in case.get("eventos", [])]
    known = playable()
    needs = [key for key in (*case, *actions) if key in LATER]
    strange = [f"clave desconocida: {key}" for key in case if key not in CASE_KEYS and key not in LATER]
    strange += [f"clave desconocida: {path}" for path in (() if needs else strange_keys(case))]
    strange += [f"acción desconocida: {name}" for name in actions if name not in known and name not in LATER]
    strange += [f"paso de fallo desconocido: {f['paso']}" for f in case.get("fallos", []) if not method_of(f["paso"])]
    if not needs and not strange:
        return None
    later = tuple(dict.fromkeys(f"{key} ({LATER[key]})" for key in needs))
    return Result(case["id"], case["titulo"], tuple(strange), later, played=False)


def _play_group(group: Sequence[Case], store: str) -> list[Result]:
    cast, results = Cast.load(), []
    with Stack.start(store, now=group[0]["enviado_en"], log=_log()) as stack:
        for number, case in enumerate(group):
            result = _play_one(stack, cast, case, f"DEN-{900100 + number:06d}")
            _tell(result)
            results.append(result)
    return results


def _play_portal(cartera: Json, cases: Mapping[str, Case], store: str) -> list[Result]:
    """Accounts, conversations and payments, each told as it ends."""
    results = []
    for told in play_cartera(cartera, cases, store, _log()):
        results.append(Result(told.key, told.title, tuple(told.differences), notes=tuple(told.notes)))
        _tell(results[-1])
    return results


def _log() -> Path:
    path = Path("build") / "play.log"
    path.parent.mkdir(exist_ok=True)
    return path


def _play_one(stack: Stack, cast: Cast, case: Case, code: str) -> Result:
    run = Run(stack, cast, case, code, Travel(stack, cast, case))
    try:
        play_case(run)
        differences, later = compare(run)
    except (TravelError, StackError, HttpError, LookupError, StopIteration) as problem:
        differences, later = [f"no se pudo seguir: {type(problem).__name__}: {problem}"], []
    return Result(case["id"], case["titulo"], tuple(differences), tuple(later), tuple(run.notes))


def _tell(result: Result) -> None:
    for line in result.lines():
        print(line, flush=True)


__all__: list[Any] = ["Result", "play"]
