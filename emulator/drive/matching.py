"""What the terms of a search mean for a file: names by prefix, private properties of the caller's project, roles, dates.

Source: Drive API guide, "Search query terms and operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from emulator.drive import refusals
from emulator.drive.access import Eye, rank, standings
from emulator.drive.model import RANK, File, parse_time
from emulator.drive.query import COMPARE, Both, Either, Negated, Node, Term

_EQUALITY = ("=", "!=")


class Matcher:
    """Decides whether files match a query, for one caller and the private properties of one project.

    :raises ApiError: 400 invalid, location `q`, already when it is made, for a term that does not exist or an operator it does not take.
    """

    def __init__(self, eye: Eye, project: str, node: Node) -> None:
        self.eye, self.project = eye, project
        self.matches = self._test(node)

    def _test(self, node: Node) -> Callable[[File], bool]:
        if isinstance(node, Term):
            return self._term(node)
        if isinstance(node, Negated):
            inner = self._test(node.inner)
            return lambda file: not inner(file)
        left, right = self._test(node.left), self._test(node.right)
        if isinstance(node, Both):
            return lambda file: left(file) and right(file)
        assert isinstance(node, Either)
        return lambda file: left(file) or right(file)

    def _term(self, term: Term) -> Callable[[File], bool]:
        makers: dict[str, Callable[[Term], Callable[[File], bool]]] = {
            "name": self._name,
            "fullText": self._full_text,
            "mimeType": self._mime_type,
            "parents": self._parents,
            "owners": self._people,
            "writers": self._people,
            "readers": self._people,
            "createdTime": self._time,
            "modifiedTime": self._time,
            "viewedByMeTime": self._time,
            "trashed": self._flag,
            "starred": self._flag,
            "sharedWithMe": self._flag,
            "properties": self._pairs,
            "appProperties": self._pairs,
            "visibility": self._visibility,
            "shortcutDetails.targetId": self._shortcut,
            "labels": self._labelled,
        }
        if term.field not in makers:
            raise refusals.invalid("q")
        return makers[term.field](term)

    def _name(self, term: Term) -> Callable[[File], bool]:
        if term.operator == "contains":
            words = re.compile(r"(?:^|[^\w])" + re.escape(term.value.lower()))
            return lambda file: words.search(file.name.lower()) is not None
        compare = _of(term, _EQUALITY)
        return lambda file: compare(file.name, term.value)

    def _full_text(self, term: Term) -> Callable[[File], bool]:
        if term.operator != "contains":
            raise refusals.invalid("q")
        phrase = term.value.startswith('"') and term.value.endswith('"') and len(term.value) > 1
        wanted = _words(term.value)

        def matches(file: File) -> bool:
            text = [file.name, file.description or "", file.indexable_text]
            if file.content and file.mime_type.startswith("text/"):
                text.append(file.content.decode("utf-8", "replace"))
            words = _words("\n".join(text))
            if phrase:
                return any(words[at : at + len(wanted)] == wanted for at in range(len(words)))
            return set(wanted) <= set(words)

        return matches

    def _mime_type(self, term: Term) -> Callable[[File], bool]:
        if term.operator == "contains":
            return lambda file: term.value in file.mime_type
        compare = _of(term, _EQUALITY)
        return lambda file: compare(file.mime_type, term.value)

    def _parents(self, term: Term) -> Callable[[File], bool]:
        _need(term, ("in",))
        return lambda file: term.value in file.parents

    def _people(self, term: Term) -> Callable[[File], bool]:
        _need(term, ("in",))
        who = self.eye.actor if term.value == "me" else term.value.lower()
        least = {"owners": RANK["owner"], "writers": RANK["writer"], "readers": RANK["reader"]}[term.field]

        def matches(file: File) -> bool:
            if term.field == "owners":
                return file.owner == who
            found = (one.permission for one in standings(self.eye.world, file) if one.permission.view is None)
            return any(grant.grantee == who and rank(grant.role) >= least for grant in found)

        return matches

    def _time(self, term: Term) -> Callable[[File], bool]:
        compare = _of(term, tuple(COMPARE))
        try:
            instant = parse_time(term.value)
        except ValueError as broken:
            raise refusals.invalid("q") from broken

        def moment(file: File) -> datetime | None:
            if term.field == "viewedByMeTime":
                return file.viewed_by.get(self.eye.actor)
            return file.created_at if term.field == "createdTime" else file.modified_at

        def matches(file: File) -> bool:
            value = moment(file)
            return value is not None and compare(value, instant)

        return matches

    def _flag(self, term: Term) -> Callable[[File], bool]:
        compare = _of(term, _EQUALITY)
        if term.value.lower() not in ("true", "false"):
            raise refusals.invalid("q")
        wanted = term.value.lower() == "true"
        read: dict[str, Callable[[File], bool]] = {
            "trashed": self.eye.trashed,
            "starred": lambda file: self.eye.actor in file.starred_by,
            "sharedWithMe": self._shared_with_me,
        }
        value = read[term.field]
        return lambda file: compare(value(file), wanted)

    def _shared_with_me(self, file: File) -> bool:
        if file.owner == self.eye.actor:
            return False
        given = (grant for grant in file.grants.values() if grant.type in ("user", "group") and not file.is_root)
        return any(self.eye.reaches(grant) for grant in given)

    def _pairs(self, term: Term) -> Callable[[File], bool]:
        _need(term, ("has",))
        pairs = dict(term.pairs)
        if set(pairs) != {"key", "value"}:
            raise refusals.invalid("q")

        def matches(file: File) -> bool:
            shown = file.properties if term.field == "properties" else file.app_properties.get(self.project, {})
            return shown.get(pairs["key"]) == pairs["value"]

        return matches

    def _visibility(self, term: Term) -> Callable[[File], bool]:
        compare = _of(term, _EQUALITY)
        if term.value not in ("anyoneCanFind", "anyoneWithLink", "domainCanFind", "domainWithLink", "limited"):
            raise refusals.invalid("q")
        return lambda file: compare(_visibility_of(self.eye, file), term.value)

    def _shortcut(self, term: Term) -> Callable[[File], bool]:
        compare = _of(term, _EQUALITY)
        return lambda file: compare(file.shortcut_target, term.value)

    def _labelled(self, term: Term) -> Callable[[File], bool]:
        _need(term, ("in",))
        label_id = term.value.removeprefix("labels/")
        return lambda file: label_id in file.labels


def _visibility_of(eye: Eye, file: File) -> str:
    found = {}
    for standing in standings(eye.world, file):
        grant = standing.permission
        if grant.type in ("anyone", "domain") and grant.view is None:
            found[grant.type] = "CanFind" if grant.allow_file_discovery else "WithLink"
    for kind in ("anyone", "domain"):
        if kind in found:
            return kind + found[kind]
    return "limited"


def _need(term: Term, operators: tuple[str, ...]) -> None:
    if term.operator not in operators:
        raise refusals.invalid("q")


def _of(term: Term, operators: tuple[str, ...]) -> Callable[[Any, Any], bool]:
    _need(term, operators)
    return COMPARE[term.operator]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())
