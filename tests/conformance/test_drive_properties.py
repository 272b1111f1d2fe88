"""Searches and masks at random, against models that are as simple as can be."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

import pytest
from googleapiclient.discovery_cache import get_static_doc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.drive_kit import BOT, DOCUMENT, EDGAR, FOLDER, MARISOL, Desk, Service, new_drive

_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_WORDS = ("acta", "aviso", "borrador", "carta")
_INSTANTS = ("2026-01-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z")


@dataclass(frozen=True)
class Paper:
    """What the model knows of a file."""

    name: str
    mime_type: str
    parent: str
    trashed: bool
    starred: bool
    modified: str
    properties: tuple[tuple[str, str], ...]
    writers: frozenset[str]
    readers: frozenset[str]


@dataclass(frozen=True)
class Library:
    """A drive with every kind of paper, and the model of it."""

    desk: Desk
    folder_ids: tuple[str, str]
    papers: tuple[Paper, ...]


@pytest.fixture
def library(service: Service) -> Library:
    """Twelve papers in two folders, unlike in all that can be searched for."""
    desk, drive_id = new_drive(service)
    tops = [desk.create(f"carpeta {n}") for n in "ab"]
    papers = [
        Paper(tops[0]["name"], FOLDER, drive_id, False, False, "", (), frozenset({BOT}), frozenset({BOT})),
        Paper(tops[1]["name"], FOLDER, drive_id, False, False, "", (), frozenset({BOT}), frozenset({BOT})),
    ]
    for number, (first, second) in enumerate(itertools.permutations(_WORDS, 2)):
        kind = (FOLDER, DOCUMENT, "application/pdf")[number % 3]
        top, instant = tops[number % 2], _INSTANTS[number % 3]
        pairs = {"caso": str(number % 4)} if number % 2 else {}
        made = desk.create(f"{first} {second}", parent=top["id"], mimeType=kind, appProperties=pairs, modifiedTime=instant)
        writers, readers = {BOT}, {BOT}
        if number % 3 == 0:
            desk.grant(made["id"], EDGAR, "reader")
            readers.add(EDGAR)
        if number % 4 == 0:
            desk.grant(made["id"], MARISOL, "writer")
            readers.add(MARISOL)
            writers.add(MARISOL)
        if number % 5 == 0:
            desk.update(made["id"], starred=True)
        if number % 6 == 0:
            desk.update(made["id"], trashed=True)
        papers.append(
            Paper(
                f"{first} {second}",
                kind,
                top["id"],
                number % 6 == 0,
                number % 5 == 0,
                instant,
                tuple(pairs.items()),
                frozenset(writers),
                frozenset(readers),
            )
        )
    return Library(desk, (tops[0]["id"], tops[1]["id"]), tuple(papers))


# A query as a tree: ("and" | "or", left, right), ("not", inner), or (term kind, operator, value).
_COMPARISONS = ("<", "<=", "=", "!=", ">", ">=")
_TERMS = st.one_of(
    st.tuples(st.just("name"), st.sampled_from(("=", "!=")), st.sampled_from(["acta aviso", "carta acta", "nada"])),
    st.tuples(st.just("name"), st.just("contains"), st.sampled_from([*_WORDS, "act", "aviso bor", "visor", "ACTA"])),
    st.tuples(
        st.just("mimeType"), st.sampled_from(("=", "!=", "contains")), st.sampled_from([FOLDER, DOCUMENT, "application/pdf"])
    ),
    st.tuples(st.sampled_from(("trashed", "starred")), st.sampled_from(("=", "!=")), st.booleans()),
    st.tuples(st.just("modifiedTime"), st.sampled_from(_COMPARISONS), st.sampled_from(_INSTANTS)),
    st.tuples(st.just("parents"), st.just("in"), st.sampled_from([0, 1])),
    st.tuples(st.sampled_from(("writers", "readers")), st.just("in"), st.sampled_from([EDGAR, MARISOL, BOT])),
    st.tuples(st.just("appProperties"), st.just("has"), st.sampled_from(["0", "1", "3"])),
)
_TREES = st.recursive(
    _TERMS,
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(("and", "or")), inner, inner)),
    max_leaves=6,
)


def _written(tree: Any, folder_ids: tuple[str, str]) -> str:
    """The tree as `q` says it, with brackets wherever they could matter."""
    if tree[0] == "not":
        return f"not ({_written(tree[1], folder_ids)})"
    if tree[0] in ("and", "or"):
        return f"({_written(tree[1], folder_ids)}) {tree[0]} ({_written(tree[2], folder_ids)})"
    field, operator, value = tree
    if field == "parents":
        return f"'{folder_ids[value]}' in parents"
    if operator == "in":
        return f"'{value}' in {field}"
    if field == "appProperties":
        return f"appProperties has {{ key='caso' and value='{value}' }}"
    if isinstance(value, bool):
        return f"{field} {operator} {str(value).lower()}"
    return f"{field} {operator} '{value}'"


def _holds(tree: Any, paper: Paper, folder_ids: tuple[str, str]) -> bool:
    if tree[0] == "not":
        return not _holds(tree[1], paper, folder_ids)
    if tree[0] == "and":
        return _holds(tree[1], paper, folder_ids) and _holds(tree[2], paper, folder_ids)
    if tree[0] == "or":
        return _holds(tree[1], paper, folder_ids) or _holds(tree[2], paper, folder_ids)
    field, operator, value = tree
    if field == "name" and operator == "contains":
        return any(rest.startswith(value.lower()) for rest in (paper.name.lower(), paper.name.lower().partition(" ")[2]))
    known: dict[str, Any] = {
        "name": paper.name,
        "mimeType": paper.mime_type,
        "trashed": paper.trashed,
        "starred": paper.starred,
        "modifiedTime": paper.modified or "2026-11-01T00:00:00.000Z",
    }
    if field == "parents":
        return bool(paper.parent == folder_ids[value])
    if field in ("writers", "readers"):
        return value in getattr(paper, field)
    if field == "appProperties":
        return ("caso", value) in paper.properties
    if operator == "contains":
        return bool(value in known[field])
    return {
        "=": known[field] == value,
        "!=": known[field] != value,
        "<": known[field] < value,
        "<=": known[field] <= value,
        ">": known[field] > value,
        ">=": known[field] >= value,
    }[str(operator)]


@given(tree=_TREES)
@_SLOW
def test_any_query_finds_what_the_model_finds(library: Library, tree: Any) -> None:
    """Whatever is joined by and, or, not and brackets finds the papers that a model of a few lines finds (google-apis 2.3)."""
    expected = sorted(paper.name for paper in library.papers if _holds(tree, paper, library.folder_ids))
    assert library.desk.names(_written(tree, library.folder_ids)) == expected


_KEYS = {
    "name": lambda paper: paper.name.lower(),
    "folder": lambda paper: paper.mime_type != FOLDER,
    "modifiedTime": lambda paper: paper.modified,
    "starred": lambda paper: not paper.starred,
}


@given(keys=st.lists(st.tuples(st.sampled_from(sorted(_KEYS)), st.booleans()), min_size=1, max_size=3), size=st.integers(1, 9))
@_SLOW
def test_any_order_holds_over_all_pages(library: Library, keys: list[tuple[str, bool]], size: int) -> None:
    """Several keys, each up or down, sort as they are named, and pages of any size hold every paper once."""
    top = library.folder_ids[0]
    order = ",".join(f"{name} desc" if down else name for name, down in keys)
    found: list[str] = []
    token = None
    while token is not None or not found:
        page = library.desk.search(f"'{top}' in parents", orderBy=order, pageSize=size, pageToken=token)
        found += [file["name"] for file in page["files"]]
        token = page.get("nextPageToken")
        if token is None:
            break
    papers = {paper.name: paper for paper in library.papers if paper.parent == top}
    assert sorted(found) == sorted(papers)
    for one, other in itertools.pairwise(found):
        for name, down in keys:
            left, right = _KEYS[name](papers[one]), _KEYS[name](papers[other])
            if left != right:
                assert (left > right) == down
                break


def test_new_file_does_not_push_another_over_the_edge(library: Library) -> None:
    """Pages hold no file twice and miss none when files are added between them."""
    first = library.desk.search(pageSize=5)
    library.desk.create("nueva")
    names = [file["name"] for file in first["files"]]
    token = first.get("nextPageToken")
    while token:
        page = library.desk.search(pageSize=5, pageToken=token)
        names += [file["name"] for file in page["files"]]
        token = page.get("nextPageToken")
    assert sorted(names) == sorted(paper.name for paper in library.papers)


_FILE = json.loads(get_static_doc("drive", "v3"))["schemas"]["File"]["properties"]
_NESTED = {
    "capabilities": ("canEdit", "canShare", "canTrash", "canListChildren"),
    "lastModifyingUser": ("me", "emailAddress", "kind"),
    "downloadRestrictions": ("itemDownloadRestriction", "effectiveDownloadRestrictionWithContext"),
    "linkShareMetadata": ("securityUpdateEligible",),
}
_MEMBERS = st.one_of(
    st.sampled_from(sorted(_FILE)).map(lambda name: (name, name, None)),
    st.sampled_from(sorted((name, inner) for name, inners in _NESTED.items() for inner in inners)).flatmap(
        lambda pair: st.sampled_from([f"{pair[0]}/{pair[1]}", f"{pair[0]}({pair[1]})", f"{pair[0]} ( {pair[1]} )"]).map(
            lambda text: (text, pair[0], pair[1])
        )
    ),
)


@given(members=st.lists(_MEMBERS, min_size=1, max_size=6))
@_SLOW
def test_any_mask_selects_what_it_names(library: Library, members: list[tuple[str, str, str | None]]) -> None:
    """A mask gives the members of the whole resource that it names, nested ones alone, and nothing else (google-apis 2.4)."""
    top = library.folder_ids[0]
    whole = library.desk.get(top, "*")
    expected: dict[str, Any] = {}
    for _, name, inner in members:
        if name not in whole:
            continue
        if inner is None or expected.get(name) == whole[name]:
            expected[name] = whole[name]
        else:
            expected[name] = expected.get(name, {}) | {key: value for key, value in whole[name].items() if key == inner}
    seen = library.desk.get(top, ",".join(text for text, _, _ in members))
    assert seen == expected
