"""How alike two short texts are: typing errors between words, likeness of sentences. Pure; both texts are folded already."""

from __future__ import annotations


def typos(one: str, other: str, most: int) -> int:
    """Letters to add, drop, change or swap with their neighbour to get from one word to another; `most` + 1 as soon as it is more.

    >>> typos("factrua", "factura", 2), typos("saldo", "cupo", 1)
    (1, 2)
    """
    from rapidfuzz.distance import OSA

    return int(OSA.distance(one, other, score_cutoff=most))


def sentences(one: str, other: str) -> int:
    """0 to 100: how much two sentences have in common, whatever the order of their words; 0 when one is twice as long as the other.

    >>> sentences("debo cuanto", "cuanto debo")
    100
    """
    from rapidfuzz import fuzz

    longest = max(len(one), len(other))
    if not longest or min(len(one), len(other)) * 2 < longest:
        return 0
    return round(fuzz.token_sort_ratio(one, other))
