"""Whose texts are answered next: fair by the work in a request, so that a small one never waits for a large one to end.

Fair queueing (Demers, Keshav and Shenker 1989). A request is a flow, and its work is counted in tokens of text. The next part of
a request carries the time at which it would end if all waiting requests were worked on at once, at the same speed; the part that
would end first is done first. Time is the work that each of them would have got, so nobody can be overtaken for ever.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

MOST = 64  # texts in one pass
WORK = 2048  # tokens of text in one pass, about: some tenths of a second for a small encoder on two cores
_LONGEST = 1024  # a model reads no more than so much of a text
_EACH = 8  # what a text costs besides


def work(text: str) -> int:
    """About how many tokens a model reads of a text: four bytes each."""
    return _EACH + min(_LONGEST, len(text.encode("utf-8", "surrogatepass")) // 4)


@dataclass(eq=False)
class Request:
    """Texts for one predictor (`of`: equal for texts that can share a pass). `asked` of them are done or in a pass."""

    of: Hashable
    texts: Sequence[str]
    works: Sequence[int] = field(init=False)
    asked: int = 0
    begins: float = 0.0  # in virtual time: when the next part can begin

    def __post_init__(self) -> None:
        self.works = [work(text) for text in self.texts]

    def part(self, texts: int, tokens: float) -> range:
        """The next texts: at most so many, with at most so much work."""
        end = self.asked
        while end < len(self.texts) and end - self.asked < texts and tokens >= self.works[end]:
            tokens -= self.works[end]
            end += 1
        return range(self.asked, end)

    def cost(self, part: range) -> int:
        return sum(self.works[part.start : part.stop])


class FairQueue:
    """Requests that wait. Not thread-safe: it belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: list[Request] = []
        self._now = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: Request) -> None:
        request.begins = self._now
        self._waiting.append(request)

    def drop(self, request: Request) -> None:
        """Harmless on one that does not wait."""
        if request in self._waiting:
            self._waiting.remove(request)

    def take(self) -> list[tuple[Request, range]]:
        """The parts of the next pass, for one predictor; empty when nothing waits."""
        if not self._waiting:
            return []
        ends = {id(one): one.begins + one.cost(self._next(one)) for one in self._waiting}
        order = sorted(self._waiting, key=lambda one: ends[id(one)])
        first = order[0]
        taken = [(first, self._next(first))]
        texts, tokens = MOST - len(taken[0][1]), WORK - first.cost(taken[0][1])
        for other in order[1:]:
            if other.of == first.of and (part := other.part(texts, tokens)):
                taken.append((other, part))
                texts, tokens = texts - len(part), tokens - other.cost(part)
        self._now += sum(request.cost(part) for request, part in taken) / len(self._waiting)
        for request, part in taken:
            request.asked = part.stop
            request.begins += request.cost(part)
        self._waiting = [one for one in self._waiting if one.asked < len(one.texts)]
        return taken

    @staticmethod
    def _next(request: Request) -> range:
        """The next part of a request by itself: at least one text."""
        return request.part(MOST, WORK) or range(request.asked, request.asked + 1)
