"""`fields` and query parameters against a plain reading of their rules, over drawn examples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import masks
from emulator.discovery import routes
from emulator.kernel import ApiError

NAMES = ("a", "b", "c", "d")
Mask = dict[str, Any]  # name -> None for the whole member, or a mask of its own

masks_drawn = st.recursive(
    st.none(), lambda inner: st.dictionaries(st.sampled_from((*NAMES, "*")), inner, min_size=1, max_size=3), max_leaves=8
)
values = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


def paths_of(mask: Mask, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every path that a mask asks for."""
    found = []
    for name, below in mask.items():
        found += [(*before, name)] if below is None else paths_of(below, (*before, name))
    return found


def naive(paths: list[tuple[str, ...]], value: Any) -> Any:
    """What is left of a value when only what begins with one of the paths stays: the rule, word by word."""
    if () in paths:
        return value
    if isinstance(value, list):
        return [naive(paths, item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        below = [path[1:] for path in paths if path[0] in (name, "*")]
        if below:
            kept[name] = naive(below, item)
    return kept


def written(mask: Mask, style: str) -> str:
    """A mask as text, with brackets, slashes or dots."""
    if style == "(":
        return ",".join(name if below is None else f"{name}({written(below, style)})" for name, below in mask.items())
    return ",".join(style.join(path) for path in paths_of(mask))


@given(mask=masks_drawn.filter(bool), value=values, style=st.sampled_from(("(", "/", ".")))
def test_mask_keeps_what_its_paths_name(mask: Mask, value: Any, style: str) -> None:
    """Brackets, slashes and dots, stars and overlapping paths: the same as picking path by path."""
    tree = masks.parse(written(mask, style))
    assert masks.apply(tree, value) == naive(paths_of(mask), value)


@pytest.mark.parametrize("text", ["a,", ",a", "a(b", "a)b", "a()", "a//b", "a b", "(a)", "a(b))", ""])
def test_mask_that_cannot_be_read_is_refused(text: str) -> None:
    """Whole, as it was written."""
    with pytest.raises(masks.BadMask) as caught:
        masks.parse(text)
    assert caught.value.path == text


@given(size=st.integers(-5, 1005), shared=st.booleans(), spelling=st.sampled_from(("lower", "upper", "capitalize")))
def test_typed_parameters_come_out_typed(size: int, shared: bool, spelling: str) -> None:
    """Numbers within their range, booleans in any case; the rest is a 400."""
    method = routes().methods["drive.files.list"]
    pairs = [("pageSize", str(size)), ("supportsAllDrives", getattr(str(shared).lower(), spelling)())]
    if 1 <= size <= 1000:
        assert method.read_query(pairs) == {"pageSize": size, "supportsAllDrives": shared}
        return
    with pytest.raises(ApiError) as caught:
        method.read_query(pairs)
    assert (caught.value.code, caught.value.reason) == (400, "invalidParameter")


@given(ranges=st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4))
def test_repeated_parameters_keep_their_order(ranges: list[str]) -> None:
    """`ranges=A&ranges=B` is a list, also when it is said once."""
    method = routes().methods["sheets.spreadsheets.values.batchGet"]
    assert method.read_query([("ranges", text) for text in ranges]) == {"ranges": ranges}


@given(text=st.text(max_size=6))
def test_boolean_is_read_or_refused_never_guessed(text: str) -> None:
    """Ten spellings in any case, and nothing else."""
    method = routes().methods["sheets.spreadsheets.get"]
    known = {"true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"}
    if text.lower() in known and text.isascii():
        assert method.read_query([("includeGridData", text)])["includeGridData"] is (
            text.lower() in {"true", "t", "yes", "y", "1"}
        )
    else:
        with pytest.raises(ApiError):
            method.read_query([("includeGridData", text)])


@given(first=st.sampled_from(("ROWS", "COLUMNS")), last=st.sampled_from(("ROWS", "COLUMNS")))
def test_parameter_said_twice_is_read_from_one_end(first: str, last: str) -> None:
    """Enums of Sheets from the last, texts from the first, and all of Drive from the first."""
    sheets = routes().methods["sheets.spreadsheets.values.get"]
    pairs = [("majorDimension", first), ("majorDimension", last), ("fields", first), ("fields", last)]
    assert sheets.read_query(pairs) == {"majorDimension": last, "fields": first}
    drive = routes().methods["drive.files.list"]
    assert drive.read_query([("pageSize", "1"), ("pageSize", "3")]) == {"pageSize": 1}
