"""Tables in plain text: what stands under a heading is what the heading says. name,dob and below it Mira,1966-12-16."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: A heading and the line below it: each of two fields or more, of one delimiter
_HEAD = re.compile(r"(?:^|\n)(?P<head>[^\n,;|\t]{0,60}[,;|\t][^\n]{0,400})(?=\n)")
_RULE = re.compile(r"[\s|:+=-]{3,400}\Z")
_MOST, _WIDEST = 2_000, 1_000


def cells(text: str, naming: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Spans of the fields below headings that `naming` matches, as far as the lines below have as many fields as the heading."""
    done = 0
    for match in _HEAD.finditer(text) if "\n" in text else ():
        head = match["head"]
        if match.start("head") < done or len(head) > 300:
            continue
        delimiter = max("\t|;,", key=head.count)
        named = [place for place, name in enumerate(head.split(delimiter)) if len(name) <= 40 and naming.search(name)]
        if not named or any(map(str.isdigit, head)):
            continue
        wide, start = head.count(delimiter), match.end() + 1
        for _ in range(_MOST):
            end = text.find("\n", start)
            line = text[start : end if end >= 0 else len(text)]
            if not _RULE.match(line):
                if not line or len(line) > _WIDEST or line.count(delimiter) != wide:
                    break
                yield from _fields(line, start, delimiter, named)
            if end < 0:
                break
            start = done = end + 1


def _fields(line: str, start: int, delimiter: str, named: list[int]) -> Iterator[tuple[int, int]]:
    """Spans of some fields of a line, without blanks and quotes around them."""
    at = start
    for place, field in enumerate(line.split(delimiter)):
        value = field.strip(" \t\r\"'")
        if place in named and value:
            first = at + field.index(value)
            yield first, first + len(value)
        at += len(field) + len(delimiter)
