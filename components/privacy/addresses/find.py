"""Postal addresses: a street and a number, what belongs to them, and whether they are somebody's.

A street and a number alone is a place, and may be anybody's: 10 Downing Street. It is personal where a postcode or a flat
makes it a whole address, or where words tie it to somebody: my address, I live at, deliver to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from components.privacy.addresses import fields
from components.privacy.addresses.after import after
from components.privacy.addresses.before import before, street_before
from components.privacy.addresses.scripts import SCRIPTS
from components.privacy.addresses.somebodys import ADDRESSED, HINTS, NUMBER_ADDRESSED, SMALL, is_somebodys
from components.privacy.addresses.streets import BOXES, DOORS, NUMBER_FIRST, NUMBER_LAST
from components.privacy.addresses.towns import EXACT, POST, STRONG, YEAR
from components.privacy.findings import Finding, Findings

KIND = "STREET_ADDRESS"
_STOPS = " ,.;|/-\n"


def find(text: str) -> Findings:
    """Every postal address in a normal text."""
    if not any(map(str.isdigit, text)):
        return
    for start, end in _joined(_places(text)):
        while end > start and text[end - 1] in _STOPS:
            end -= 1
        yield Finding(start, end, KIND, rank=2)  # before the telephone number that its postcode could be
    lowered = text.lower()
    if any(hint in lowered for hint in HINTS):
        near = _around([number.span() for number in _NUMBER.finditer(text)], 120, 50)
        for match in (match for pattern in (ADDRESSED, NUMBER_ADDRESSED, SMALL) for match in _in(text, pattern, near)):
            start, end = match.span("address")
            yield Finding(start, after(text, start, end).place, KIND, rank=5)
    for start, end in fields.values(text):
        yield Finding(start, end, KIND, rank=4)


def _joined(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in the order of the text; those that overlap become one."""
    first = last = -1
    for start, end in sorted(places):
        if start < last:
            last = max(last, end)
            continue
        if last > 0:
            yield first, last
        first, last = start, end
    if last > 0:
        yield first, last


def _places(text: str) -> Iterator[tuple[int, int]]:
    scripts = [script for script in SCRIPTS if script.gate.search(text)] if not text.isascii() else []
    numbers = [number.span() for number in _NUMBER.finditer(text)]
    near, from_number, to_number = (_around(numbers, *width) for width in ((90, 60), (6, 100), (70, 14)))
    groups = ((NUMBER_FIRST, from_number), (NUMBER_LAST, to_number), *((script.streets, near) for script in scripts))
    for pattern, places in ((pattern, places) for patterns, places in groups for pattern in patterns):
        for match in _in(text, pattern, places):
            left, right = before(text, match.start()), after(text, match.start(), match.end())
            doors, post = left.doors + right.doors, left.post or right.post
            if doors or post or is_somebodys(text, match.start(), match.end()):
                yield left.place, right.place
    for script in scripts:
        for pattern in script.whole:
            for match in pattern.finditer(text):
                yield match.span()
    for pattern in BOXES:
        for match in _in(text, pattern, near):
            right = after(text, match.start(), match.end())
            if right.post or right.region or is_somebodys(text, match.start(), match.end()) or _says_box(match.group()):
                yield before(text, match.start()).place, right.place
    for match in _in(text, DOORS, near):
        street, _ = street_before(text, match.start())
        right = after(text, street if street >= 0 else match.start(), match.end())
        if street >= 0:
            yield before(text, street).place, right.place
        elif _FOLLOWED.match(text, match.end()):
            left = before(text, match.start())
            if (
                right.post
                or left.post
                or right.region
                or (_FLAT.match(match.group()) and (right.towns > 1 or left.doors + right.doors))
                or (_FLAT.match(match.group()) and is_somebodys(text, match.start(), match.end()))
            ):
                yield left.place, right.place
    yield from _before_postcodes(text, near)


_FOLLOWED = re.compile(r",?\s[^\W\d_a-z]|,\s?\d")
_FLAT = re.compile(r"apt|apartment|flat|villa|plot|house|h\.?\s?no|door|d\.?\s?no|blk|мкр|ж\.к", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}")
_BOX = re.compile(
    r"p\.?\s?o\.?\s?box|postfach|post office box|postbus|apartado|casella|caixa postal|postboks|private bag"
    r"|locked bag|а/я",
    re.IGNORECASE,
)


def _around(numbers: list[tuple[int, int]], before: int, behind: int) -> list[tuple[int, int]]:
    """Where something near a number could be; neighbours joined."""
    places: list[tuple[int, int]] = []
    for start, end in numbers:
        if places and start - before <= places[-1][1]:
            places[-1] = (places[-1][0], end + behind)
        else:
            places.append((max(0, start - before), end + behind))
    return places


def _in(text: str, pattern: re.Pattern[str], near: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """The matches of a pattern near numbers: elsewhere there are none, and a text is long."""
    for start, end in near:
        yield from pattern.finditer(text, start, end)


def _says_box(box: str) -> bool:
    return bool(_BOX.match(box))


_DIGITS = re.compile(
    r"(?<![\w.,/-])(?:[A-Z]{1,3}-)?(?:\d{4,8}|\d{2,5}-\d{3}|\d{3}-\d{4}|\d{5}-\d{4}|\d{3} \d{2,3}"
    r"|\d{4} ?[A-Za-z]{2}|[A-Z]\d{4}[A-Z]{3})(?![\w]|[.,-]\d)|-\d{6}(?!\w)"
)
_CLAUSE_END = re.compile(r"\s{0,2}(?:$|[.,;!?)\n\"'])")
_LONG_AGO = re.compile(r"1[5-9]\d\d|20\d\d")
_CUT = re.compile(r"[,;|\n:(]|\s-\s")


def _before_postcodes(text: str, near: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Whatever has a number and stands before a postcode and its town: no word for a street is needed."""
    for pattern in (_DIGITS, EXACT):
        for match in _in(text, pattern, near):
            cuts = [cut.end() for cut in _CUT.finditer(text, max(0, match.start() - 60), match.start())]
            begins = [match.start()]
            for place in cuts[-2:]:
                while place < match.start() and text[place].isspace():
                    place += 1
                begins.insert(0, place)
            for begin in begins:
                post = POST.match(text, begin, begin + 120)
                if post and post.end() >= match.end():
                    break
            else:
                continue
            town_first = len(match.group()) == 4 and begin != match.start() and not STRONG.match(post.group())
            if town_first and (_LONG_AGO.match(match.group()) or not _CLAUSE_END.match(text, post.end())):
                continue
            if YEAR.fullmatch(match.group()) and not STRONG.match(post.group()):
                continue
            start, names = street_before(text, begin)
            if town_first and not text[start : start + 1].isdigit():
                continue
            if start >= 0 and (names >= 0 or pattern is EXACT or (names <= -3 and len(match.group().strip("-")) == 6)):
                yield before(text, start).place, after(text, begin, post.end(), post=True).place
