"""The normal form in which personal data are looked for: compatibility forms, digits of all scripts, no invisible characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from components.unseen import unseen

#: Look-alikes that no compatibility form joins
_ALIKE = str.maketrans({**dict.fromkeys("‐‑‒–—―−﹣", "-"), "⁄": "/", "∕": "/", "․": ".", "。": ".", "’": "'", "´": "'"})


class Normal(NamedTuple):
    """`text`: the normal form; `places[i]` is where its character i comes from, and `places[len(text)]` the original's length."""

    text: str
    places: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a span of the normal form comes from."""
        return self.places[start], self.places[end - 1] + 1


def normal(text: str) -> Normal:
    """The normal form of a text. It is the text itself where all of it is ASCII."""
    if text.isascii():
        return Normal(text, range(len(text) + 1))
    pieces, places = [], []
    for place, character in enumerate(text):
        piece = character if character < "\x80" else _normal_character(character)
        pieces.append(piece)
        places.extend([place] * len(piece))
    places.append(len(text))
    return Normal("".join(pieces), places)


@lru_cache(maxsize=4096)
def _normal_character(character: str) -> str:
    if unseen(character):
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character.isspace():
        return "\n" if character in "\u2028\u2029\x85" else " "
    return unicodedata.normalize("NFKC", character).translate(_ALIKE)
