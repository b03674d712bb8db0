"""What a detector finds, and which of overlapping findings counts."""

from __future__ import annotations

import re
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


def regions(text: str, gate: re.Pattern[str], before: int, after: int) -> Iterator[tuple[int, int]]:
    """Where something could be found: around each match of a quick pattern, neighbours joined. The rest need not be looked at."""
    start = end = -1
    for match in gate.finditer(text):
        if start >= 0 and match.start() - before <= end:
            end = match.end() + after
            continue
        if start >= 0:
            yield start, end
        start, end = max(0, match.start() - before), match.end() + after
    if start >= 0:
        yield start, end


def matches(
    text: str, patterns: Iterable[re.Pattern[str]], gate: re.Pattern[str], before: int, after: int
) -> Iterator[re.Match[str]]:
    """The matches of some patterns in the regions of a text."""
    places = list(regions(text, gate, before, after))
    for pattern in patterns if places else ():
        for start, end in places:
            yield from pattern.finditer(text, start, end)
