"""A store that counts what is asked of it."""

from __future__ import annotations

from collections import Counter


class Counting:
    """A store that counts what is asked of it and how many records it answers."""

    def __init__(self, store: object, counted: Counter[str]) -> None:
        self._store, self._counted = store, counted

    def __getattr__(self, name: str) -> object:
        action = getattr(self._store, name)
        if name not in ("get", "get_many", "query"):
            return action

        def asked(*args: object, **options: object) -> object:
            answer = action(*args, **options)
            self._counted["questions"] += 1
            self._counted["records"] += len([one for one in answer if one]) if isinstance(answer, list) else answer is not None
            return answer

        return asked
