"""How good an answer is, in [0, 1]: what `gates.score` may name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from components.contracts import Score, exact


def overlap(answer: str, truth: str) -> float:
    """F1 of the words that answer and truth share, counted as often as they occur, whatever their case (as in SQuAD, 2016)."""
    mine, theirs = Counter(answer.casefold().split()), Counter(truth.casefold().split())
    shared = sum((mine & theirs).values())
    return 2 * shared / (sum(mine.values()) + sum(theirs.values())) if shared else float(answer == truth)


SCORES: Mapping[str, Score] = {"exact": exact, "overlap": overlap}
