"""How much a regular expression works: a plain backtracking matcher that counts its steps, as `re` does not tell them.

It knows what the patterns of components/privacy use. Counts of more than CLIP repetitions are cut to CLIP: where every
quantifier is bounded, work per character does not depend on the text's length once it is longer than the bounds, and small
bounds show it sooner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

CLIP = 24
Rest = Callable[[int], bool]


def largest(pattern: re.Pattern[str]) -> int:
    """The largest bound of a quantifier; MAXREPEAT if one has none."""

    def bounds(items: Any) -> Iterator[int]:
        for code, value in items:
            if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
                yield int(value[1])
                yield from bounds(value[2])
            elif code is codes.SUBPATTERN:
                yield from bounds(value[3])
            elif code is codes.BRANCH:
                for branch in value[1]:
                    yield from bounds(branch)
            elif code in (codes.ASSERT, codes.ASSERT_NOT):
                yield from bounds(value[1])

    return max(bounds(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)), default=0)


class Counting:
    """One pattern on one text. `steps`: comparisons of a character so far."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.tree = list(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
        self.ignore = bool(pattern.flags & re.IGNORECASE)
        self.text = text.lower() if self.ignore else text
        self.groups: dict[int, tuple[int, int]] = {}
        self.steps = 0

    def search_everywhere(self) -> int:
        """Try to match at every place, as a search without a hit does; returns the steps."""
        for place in range(len(self.text) + 1):
            self.groups = {}
            self.sequence(self.tree, 0, place, lambda _: True)
        return self.steps

    def sequence(self, items: list[Any], at: int, place: int, rest: Rest) -> bool:
        if at == len(items):
            return rest(place)
        return self.item(items[at], place, lambda end: self.sequence(items, at + 1, end, rest))

    def item(self, node: Any, place: int, rest: Rest) -> bool:
        code, value = node
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            return self.repeat(code is codes.MIN_REPEAT, value, place, rest)
        if code is codes.SUBPATTERN:
            group, _, _, inner = value

            def closed(end: int) -> bool:
                if group is not None:
                    self.groups[group] = (place, end)
                return rest(end)

            return self.sequence(list(inner), 0, place, closed)
        if code is codes.BRANCH:
            return any(self.sequence(list(branch), 0, place, rest) for branch in value[1])
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            direction, inner = value
            width = inner.getwidth()[0]
            start = place - width if direction < 0 else place
            found = start >= 0 and self.sequence(list(inner), 0, start, lambda end: direction > 0 or end == place)
            return rest(place) if found == (code is codes.ASSERT) else False
        if code is codes.AT:
            return rest(place) if self.edge(value, place) else False
        if code is codes.GROUPREF:
            start, end = self.groups.get(value, (0, 0))
            size = end - start
            self.steps += size
            return rest(place + size) if self.text[place : place + size] == self.text[start:end] else False
        return rest(place + 1) if self.fits(node, place) else False

    def repeat(self, lazy: bool, value: Any, place: int, rest: Rest) -> bool:
        least, most, inner = value
        most = min(int(most), max(CLIP, least))
        least = min(least, most)
        items = list(inner)
        if len(items) == 1 and items[0][0] in _SINGLE:  # as `re` does it: a loop, no recursion
            count = 0
            while count < most and self.fits(items[0], place + count):
                count += 1
            order = range(least, count + 1) if lazy else range(count, least - 1, -1)
            return any(rest(place + n) for n in order)

        def again(n: int, here: int) -> bool:
            def more() -> bool:
                return n < most and self.sequence(items, 0, here, lambda end: (end > here or n < least) and again(n + 1, end))

            if n < least:
                return more()
            return (rest(here) or more()) if lazy else (more() or rest(here))

        return again(0, place)

    def edge(self, where: Any, place: int) -> bool:
        if where in (codes.AT_END, codes.AT_END_STRING):
            return place == len(self.text)
        if where in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
            return place == 0
        before = place > 0 and (self.text[place - 1].isalnum() or self.text[place - 1] == "_")
        after = place < len(self.text) and (self.text[place].isalnum() or self.text[place] == "_")
        return (before != after) == (where is codes.AT_BOUNDARY)

    def fits(self, node: Any, place: int) -> bool:
        """Whether one character fits."""
        self.steps += 1
        if place >= len(self.text):
            return False
        code, value = node
        character = self.text[place]
        if code is codes.LITERAL:
            return character == self.folded(value)
        if code is codes.NOT_LITERAL:
            return character != self.folded(value)
        if code is codes.ANY:
            return character != "\n"
        negated = value[0][0] is codes.NEGATE
        return any(self.among(each, character) for each in value[negated:]) != negated

    def among(self, each: Any, character: str) -> bool:
        code, value = each
        if code is codes.LITERAL:
            return character == self.folded(value)
        if code is codes.RANGE:
            return value[0] <= ord(character) <= value[1] or (self.ignore and value[0] <= ord(character.upper()[0]) <= value[1])
        return _CATEGORIES[value](character)

    def folded(self, code: int) -> str:
        return chr(code).lower() if self.ignore else chr(code)


_SINGLE = (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    codes.CATEGORY_DIGIT: str.isdecimal,
    codes.CATEGORY_NOT_DIGIT: lambda c: not c.isdecimal(),
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    codes.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    codes.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}
