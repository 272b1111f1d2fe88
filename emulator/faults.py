"""Faults on demand: the nth call of a method fails as asked, before or after its effect."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.answers import refused
from emulator.discovery import Api
from emulator.errors import rate_limited, unavailable
from emulator.kernel import Json
from emulator.wire import Answer

# Those with `html` are the pages of Google's outermost servers, which know nothing of the API.
KINDS = frozenset(("500", "502", "503", "429", "403-rate", "429-html", "403-html", "close", "cut", "delay"))
_TITLES = {502: "Server Error", 429: "Too Many Requests", 403: "Forbidden"}
_KEYS = frozenset(("method", "nth", "when", "do", "ms", "times"))


class BadRule(ValueError):
    """A rule that asks for something unknown."""


@dataclass
class Rule:
    """`times` calls of `method` (`*`: of any), beginning with the nth since the rule was set, suffer `do`."""

    method: str
    do: str
    nth: int = 1
    when: str = "before"
    ms: int = 0
    times: int = 1
    seen: int = 0

    def strikes(self, method: str) -> bool:
        """Count a call; whether this one is to suffer."""
        if self.method not in ("*", method):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class Faults:
    """The rules in force and how often each has been met."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def put(self, rules: list[Json], known: frozenset[str]) -> None:
        """Replace all rules; raises BadRule with the key that is wrong."""
        self.rules = [_rule(number, given, known) for number, given in enumerate(rules)]

    def strike(self, method: str) -> list[Rule]:
        """The rules that are due for this call. Every rule counts every call of its method, struck or not."""
        return [rule for rule in self.rules if rule.strikes(method)] if self.rules else []

    def shown(self) -> list[Json]:
        """The rules as they were given, with `seen`, the calls counted so far."""
        return [dict(vars(rule)) for rule in self.rules]


def _rule(number: int, given: Json, known: frozenset[str]) -> Rule:
    if not isinstance(given, dict) or not given.keys() <= _KEYS:
        raise BadRule(f"rules[{number}]: expected an object with keys of {sorted(_KEYS)}, found {given!r}")
    rule = Rule(method=str(given.get("method", "*")), do=str(given.get("do", "")))
    if rule.method != "*" and rule.method not in known:
        raise BadRule(f"rules[{number}].method: {rule.method!r} is no method id such as 'drive.files.create'")
    if rule.do not in KINDS:
        raise BadRule(f"rules[{number}].do: expected one of {sorted(KINDS)}, found {rule.do!r}")
    rule.when = str(given.get("when", "before"))
    if rule.when not in ("before", "after"):
        raise BadRule(f"rules[{number}].when: expected 'before' or 'after', found {rule.when!r}")
    for name, least in (("nth", 1), ("ms", 0), ("times", 1)):
        value = given.get(name, getattr(rule, name))
        if type(value) is not int or value < least:
            raise BadRule(f"rules[{number}].{name}: expected a whole number of at least {least}, found {value!r}")
        setattr(rule, name, value)
    return rule


def suffered(rule: Rule, answer: Answer | None, api: Api) -> Answer:
    """What the caller gets instead. answer: what the method answered, if it ran."""
    if rule.do in ("close", "cut"):
        whole = answer or Answer(200, {}, b"{}")
        return Answer(whole.status, whole.headers, whole.body or b"{}", rule.do)
    if rule.do in ("502", "429-html", "403-html"):
        code = int(rule.do[:3])
        page = f"<!DOCTYPE html>\n<html lang=en>\n  <title>Error {code} ({_TITLES[code]})!!1</title>\n"
        return Answer(code, {"Content-Type": "text/html; charset=UTF-8", "Referrer-Policy": "no-referrer"}, page.encode())
    if rule.do in ("500", "503"):
        return refused(unavailable(int(rule.do)), api)
    return refused(rate_limited(api, 429 if rule.do == "429" else 403), api)
