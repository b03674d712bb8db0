"""What a detector finds, and which of overlapping findings counts."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Finding(NamedTuple):
    """A span of the normal form. `kind`: the placeholder's name. `rank`: where findings overlap, the lowest counts."""

    start: int
    end: int
    kind: str
    rank: int = 5


Findings = Iterator[Finding]


def settle(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that do not overlap, in the order of the text. Of two that do, the lower rank counts, then the longer."""
    taken: list[Finding] = []
    for finding in sorted(findings, key=lambda one: (one.rank, one.start - one.end, one.start, one.kind)):
        place = bisect_left(taken, (finding.start,))
        if (place == 0 or taken[place - 1].end <= finding.start) and (place == len(taken) or finding.end <= taken[place].start):
            insort(taken, finding)
    return taken
