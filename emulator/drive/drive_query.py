"""The search terms of `drives.list`. Source: Drive API guide, "Search query terms and operators", table of shared drives."""

from __future__ import annotations

from collections.abc import Callable

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.model import Drive, files, parse_time
from emulator.drive.query import COMPARE, Both, Either, Negated, Node, Term, parse
from emulator.kernel import Call


def drive_matches(call: Call, eye: Eye) -> Callable[[Drive], bool]:
    """The test that the `q` of a drives.list makes of a drive; without `q` every drive passes."""
    if not call.query.get("q"):
        return lambda drive: True
    return _test(eye, parse(str(call.query["q"])))


def _test(eye: Eye, node: Node) -> Callable[[Drive], bool]:
    if isinstance(node, Negated):
        inner = _test(eye, node.inner)
        return lambda drive: not inner(drive)
    if isinstance(node, Term):
        return _term(eye, node)
    left, right = _test(eye, node.left), _test(eye, node.right)
    if isinstance(node, Both):
        return lambda drive: left(drive) and right(drive)
    assert isinstance(node, Either)
    return lambda drive: left(drive) or right(drive)


def _term(eye: Eye, term: Term) -> Callable[[Drive], bool]:
    if term.field == "name" and term.operator == "contains":
        return lambda drive: drive.name.lower().startswith(term.value.lower())
    if term.operator not in (("=", "!=") if term.field in ("name", "hidden") else COMPARE):
        raise refusals.invalid("q")
    compare = COMPARE[term.operator]
    try:
        if term.field == "name":
            return lambda drive: compare(drive.name, term.value)
        if term.field == "hidden":
            return lambda drive: compare(eye.actor in drive.hidden_for, term.value.lower() == "true")
        if term.field == "createdTime":
            instant = parse_time(term.value)
            return lambda drive: compare(drive.created_at, instant)
        if term.field in ("memberCount", "organizerCount"):
            number, role = int(term.value), "organizer" if term.field == "organizerCount" else None
            return lambda drive: compare(_count(eye, drive, role), number)
    except ValueError as broken:
        raise refusals.invalid("q") from broken
    raise refusals.invalid("q")


def _count(eye: Eye, drive: Drive, role: str | None) -> int:
    return sum(1 for grant in files(eye.world)[drive.id].grants.values() if role in (None, grant.role))
