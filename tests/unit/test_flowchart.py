"""The flowchart is made from the process: the company's steps A to K in order, changes and cancellation."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

from expediente import docs_build, process
from tests.unit.process_copy import ROOT

TABLES = process.load(ROOT)
PAGES = docs_build.pages(TABLES)
SVG = "{http://www.w3.org/2000/svg}"
# The company's own flowchart, word for word.
STEPS = {
    "A": "Vendedora cierra la venta",
    "B": "Recopilación de documentos",
    "C": "Entrega documentos al Encargado de Expedientes",
    "D": "Digitalización y carga en Denarius",
    "E": "Servicio al Cliente envía correo de bienvenida",
    "F": "Operaciones recibe detalles de servicio",
    "G": "Seguridad realiza estudio de seguridad",
    "H": "Sala de Procesamiento recibe notificación",
    "I": "Creación de hoja de control",
    "J": "Áreas confirman recepción en Denarius",
    "K": "Servicio activo y expediente actualizado",
}


def boxes() -> dict[str, str]:
    """Key -> label of the Mermaid source, in order."""
    return dict(re.findall(r'^ {8}(\w+)[\[({]+"(.+?)"[\])}]+$', PAGES["flujograma.mmd"], re.MULTILINE))


def arrows() -> list[tuple[str, str]]:
    """Source and target of every arrow."""
    return re.findall(r"^ {4}(\w+) -\.?->(?:\|.*?\|)? (\w+)$", PAGES["flujograma.mmd"], re.MULTILINE)


def reachable(start: str) -> set[str]:
    """Everything behind a box."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        here = ahead.pop()
        fresh = {target for source, target in arrows() if source == here} - found
        found |= fresh
        ahead.extend(fresh)
    return found


def test_steps_a_to_k_stand_in_order_with_the_companys_words() -> None:
    """The letters and words are those of the description."""
    steps = {key: label for key, label in boxes().items() if len(key) == 1}
    assert steps == STEPS and list(steps) == list(STEPS)


def test_each_step_leads_to_the_next() -> None:
    """One may stand between them: a control."""
    controls = {node.key for node in TABLES.flow_nodes if node.kind == "decision"}
    follows = set(arrows())
    for here, there in zip("ABCDEFGHIJ", "BCDEFGHIJK", strict=True):
        assert (here, there) in follows or any((here, c) in follows and (c, there) in follows for c in controls)


def test_changes_and_cancellation_follow_the_active_service() -> None:
    """Stages E and F of the description are in the chart, behind K."""
    stages = {node.key: node.stage for node in TABLES.flow_nodes}
    assert {stages[key] for key in reachable("K")} >= {"E", "F"} and "archived" in reachable("A")


def test_every_stage_of_the_description_is_named() -> None:
    """A to G, the last one along the whole chart."""
    for stage in TABLES.stages:
        assert f"{stage.key} · {stage.label}" in PAGES["flujograma.mmd"]
        assert stage.label.split()[0] in PAGES["flujograma.svg"]


def test_every_arrow_joins_boxes_that_exist() -> None:
    """No arrow leads nowhere and no box is alone."""
    used = {key for arrow in arrows() for key in arrow}
    assert used == set(boxes())


def test_drawing_is_well_formed_and_says_what_it_is() -> None:
    """A title and a description for those who do not see it."""
    root = ElementTree.fromstring(PAGES["flujograma.svg"])
    assert root.tag == f"{SVG}svg" and root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")


def test_drawing_shows_every_box_and_none_lies_over_another() -> None:
    """Boxes keep their distance."""
    root = ElementTree.fromstring(PAGES["flujograma.svg"])
    places = {}
    for group in root.iter(f"{SVG}g"):
        if group.get("id", "").startswith("node-"):
            places[group.get("id", "")[5:]] = _place(group)
    assert set(places) == set(boxes())
    for (ax, ay, aw), (bx, by, bw) in combinations(places.values(), 2):
        assert abs(ay - by) > 66 or abs(ax - bx) > (aw + bw) / 2


def _place(group: ElementTree.Element) -> tuple[float, float, float]:
    rect, polygon = group.find(f"{SVG}rect"), group.find(f"{SVG}polygon")
    if rect is not None:
        x, y, width, height = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
        return x + width / 2, y + height / 2, width
    assert polygon is not None
    points = [tuple(map(float, pair.split(","))) for pair in polygon.get("points", "").split()]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs)


def test_committed_pages_are_those_that_the_process_makes() -> None:
    """Whoever changes the process runs `expediente docs build`."""
    for name, text in PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"docs/{name} is stale"
