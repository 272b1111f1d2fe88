"""How alike two short texts are: typing errors between words, likeness of sentences. Pure; both texts are folded already."""

from __future__ import annotations

from difflib import SequenceMatcher


def typos(one: str, other: str, most: int) -> int:
    """Letters to add, drop, change or swap with their neighbour to get from one word to another; `most` + 1 as soon as it is more.

    >>> typos("factrua", "factura", 2), typos("saldo", "cupo", 1)
    (1, 2)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        older, before, row = before, row, [number]
        for place, wanted in enumerate(other, 1):
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != wanted))
            if number > 1 and place > 1 and letter == other[place - 2] and one[number - 2] == wanted:
                cost = min(cost, older[place - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def sentences(one: str, other: str) -> int:
    """0 to 100: how much two sentences have in common, whatever the order of their words.

    >>> sentences("debo cuanto", "cuanto debo")
    100
    """
    first, second = (" ".join(sorted(text.split())) for text in (one, other))
    longest = max(len(first), len(second))
    if not longest or min(len(first), len(second)) * 2 < longest:
        return 0
    return round(100 * SequenceMatcher(None, first, second, autojunk=False).ratio())
