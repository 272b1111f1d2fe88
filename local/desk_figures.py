"""The desk test's figures: medians, the ninth tenth, the saving against the baseline; as a table for the terminal and as docs/desk-test.md."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from local.desk_hands import Counts
from local.tables import ROOT

Json = dict[str, Any]

BASELINE = ROOT / "local" / "desk_baseline.yaml"
_HEADS = ("Solicitud", "Clics", "Campos", "Teclas", "Páginas", "Portal (s)", "p90", "Persona (s)", "p90", "Antes (min)", "Ahorro")
_WIDTHS = (30, 6, 7, 7, 8, 11, 6, 12, 7, 12, 8)


def baseline() -> Json:
    """desk_baseline.yaml, as plain YAML."""
    table: Json = yaml.safe_load(BASELINE.read_text(encoding="utf-8"))
    return table


@dataclass(frozen=True)
class Figure:
    """What a request came to. Counts are medians of the runs; seconds: (median, ninth tenth); saved: share of the time before, 0..1."""

    key: str
    label: str
    runs: int
    clicks: int
    fields: int
    keys: int
    pages: int
    portal: tuple[float, float]
    person: tuple[float, float]
    before_minutes: float
    waits_hours: float
    saved: float
    published: str


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Median and ninth tenth (nearest rank).

    >>> spread([1.0, 2.0, 3.0, 10.0])
    (2.5, 10.0)
    """
    ordered = sorted(values)
    return statistics.median(ordered), ordered[math.ceil(0.9 * len(ordered)) - 1]


def figures(table: Json, runs: Mapping[str, Sequence[Counts]]) -> list[Figure]:
    """One figure for each request that was played, in the order of the baseline."""
    return [_figure(table, key, row, runs[key]) for key, row in table["requests"].items() if runs.get(key)]


def _figure(table: Json, key: str, row: Json, runs: Sequence[Counts]) -> Figure:
    minutes = sum(float(step["minutes"]) for step in row["before"])
    person = spread([one.seconds(table["person"]) for one in runs])
    clicks, fields, keys, pages = (
        int(statistics.median_high([getattr(one, name) for one in runs])) for name in ("clicks", "fields", "keys", "pages")
    )
    said = table["published"]["figures"].get(row["published"], {}).get("percent", "")
    return Figure(
        key,
        row["label"],
        len(runs),
        clicks,
        fields,
        keys,
        pages,
        spread([one.waited for one in runs]),
        person,
        minutes,
        float(row["waits"]),
        1 - person[0] / (minutes * 60),
        said,
    )


def percent(share: float) -> str:
    """A share as people write it.

    >>> percent(0.9312)
    '93.12 %'
    """
    return f"{share * 100:.2f} %"


def terminal(rows: Sequence[Figure]) -> Iterator[str]:
    """The table as lines of text."""
    yield _line(_HEADS)
    for row in rows:
        cells = (row.clicks, row.fields, row.keys, row.pages)
        times = (f"{row.portal[0]:.2f}", f"{row.portal[1]:.2f}", f"{row.person[0]:.1f}", f"{row.person[1]:.1f}")
        yield _line((row.label, *map(str, cells), *times, f"{row.before_minutes:g}", percent(row.saved)))


def _line(cells: Sequence[str]) -> str:
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], _WIDTHS[1:], strict=True))
    return cells[0].ljust(_WIDTHS[0]) + "".join(rest)


def document(table: Json, rows: Sequence[Figure], entering: Sequence[Counts], runs: int, when: str) -> str:
    """docs/desk-test.md. entering: what it took to enter by a link; when: day of the run, as it is to be read."""
    return "\n".join([*_head(runs, when), *_ours(table, rows, entering), *_published(table, rows), *_made_of(table)]) + "\n"


def _head(runs: int, when: str) -> Iterator[str]:
    yield from (
        "# Prueba de escritorio del portal",
        "",
        f"La escribe `.venv/bin/python -m local desk-test -n {runs}`; no se edita a mano.",
        f"Última vez: {when}, {runs} veces cada solicitud, en un Chromium de verdad y con el conjunto entero en una sola máquina.",
        "",
        "Cada solicitud se juega como la haría un cliente que ya entró: abre la página, escribe, aprieta botones y lee o guarda la respuesta.",
        "Se cuentan los clics, los campos y las páginas, y se mide cuánto hizo esperar el portal.",
        "",
    )


def _ours(table: Json, rows: Sequence[Figure], entering: Sequence[Counts]) -> Iterator[str]:
    inside = spread([one.seconds(table["person"]) for one in entering])[0]
    yield from ("## Lo nuestro", "")
    heads = ("Solicitud", "Clics", "Campos", "Teclas", "Páginas", "Espera al portal, s", "Persona, s", "Antes, min", "Ahorro")
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        portal, person = (f"{median:.2f} (p90 {ninth:.2f})" for median, ninth in (row.portal, row.person))
        counts = f"{row.clicks} | {row.fields} | {row.keys} | {row.pages}"
        yield f"| {row.label} | {counts} | {portal} | {person} | {row.before_minutes:g} | {percent(row.saved)} |"
    yield from (
        "",
        "Espera: mediana y, entre paréntesis, lo que no pasaron nueve de cada diez veces.",
        "Persona: la espera más el tiempo de pensar, apuntar, escribir y leer, calculado con el modelo de abajo.",
        "Ahorro: cuánto menos es la mediana de la persona que los minutos de antes.",
        f"Entrar: {entering[0].interactions} interacciones y {inside:.1f} s, una vez por sesión; va aparte porque sirve para todo.",
        "",
    )


def _published(table: Json, rows: Sequence[Figure]) -> Iterator[str]:
    yield from ("## Al lado de lo publicado", "", f"Fuente: {table['published']['source']}.")
    yield from (
        "El trabajo publicado da porcentajes y no minutos, de otra empresa y otro sistema.",
        "Se ponen al lado para orientarse; ninguna de sus cifras entra en las nuestras.",
        "",
        "| Grupo | Publicado | Lo nuestro, por solicitud |",
        "|---|---|---|",
    )
    for key, told in table["published"]["figures"].items():
        ours = [f"{row.label} {percent(row.saved)}" for row in rows if table["requests"][row.key]["published"] == key]
        yield f"| {told['label']} | {told['percent']} % | {'; '.join(ours) or 'sin jugar'} |"
    yield from (
        "",
        "Allá los documentos casi no ahorraban tiempo; aquí salen en el momento, como una conversación, porque los hace el sistema.",
        "",
    )


def _made_of(table: Json) -> Iterator[str]:
    yield from ("## De dónde sale el tiempo de antes", "")
    yield from (
        "Son supuestos mientras la empresa no ponga los suyos en `local/desk_baseline.yaml`.",
        "La espera de la respuesta en horas hábiles no entra en el ahorro.",
        "",
    )
    yield from ("| Solicitud | Lo que hace el cliente | Minutos | Fuente | Espera la respuesta |", "|---|---|---|---|---|")
    for row in table["requests"].values():
        for number, step in enumerate(row["before"]):
            label, waits = (row["label"], f"{row['waits']} h hábiles") if number == 0 else ("", "")
            yield f"| {label} | {step['what']} | {step['minutes']} | {step['source']} | {waits} |"
    model = table["person"]
    yield from (
        "",
        "## El tiempo de una persona",
        "",
        *re.split(r"(?<=\.) (?=[A-Z])", f"Fuente: {' '.join(model['source'].split())}"),
        "",
        "| Acción | Segundos |",
        "|---|---|",
        f"| Pensar antes de actuar | {model['think']} |",
        f"| Apuntar | {model['point']} |",
        f"| Apretar el botón | {model['press']} |",
        f"| Mano del ratón al teclado, o de vuelta | {model['hand']} |",
        f"| Una tecla | {model['key']} |",
        f"| Leer | {model['words_a_minute']} palabras por minuto |",
    )
