"""Floods: one text sent many times, each time with another word in one place. Pure.

Two texts that differ in one word are the same once that word is cut out of both. So every text is known by itself and by what is
left of it without each of its words, and the rows that share one of these are variants of one text: no pair is compared, and the
cost is the number of words. Words with digits are never cut: order 17 is not order 18. Longer texts need no such care: with one
word changed they are near duplicates (near.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FEWEST, MOST = 5, 40  # words of a text
_WORDS = re.compile(r"\w+")


def holes(texts: Sequence[str]) -> pa.ListArray:
    """(n,) 64-bit keys of each text: of itself, and of it without each of its words; none for short and long ones."""
    return pa.array([_holes(text) for text in texts], pa.list_(pa.uint64()))


def flooded(keys: pa.ListArray, most: int) -> NDArray[np.bool_]:
    """(n,) which rows are variants of one text beyond the first `most` of them. keys: `holes` of the rows."""
    over = np.zeros(len(keys), bool)
    owner, key = np.asarray(pc.list_parent_indices(keys)).astype(np.int64), np.asarray(keys.flatten())
    if not len(key):
        return over
    order = np.lexsort((owner, key))
    key, owner = key[order], owner[order]
    starts = np.r_[True, key[1:] != key[:-1]]
    begin = np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    over[owner[np.arange(len(key)) - begin >= most]] = True
    return over


def _holes(text: str) -> list[int]:
    words = _WORDS.findall(text.casefold())
    if not FEWEST <= len(words) <= MOST:
        return []
    placed = [_hash(word) * power for word, power in zip(words, _POWERS, strict=False)]
    moved = [0, *(_hash(word) * power for word, power in zip(words[1:], _POWERS, strict=False))]
    found, before, after = [sum(placed) & _ALL], 0, sum(moved)
    for word, here, to_the_front in zip(words, placed, moved, strict=True):
        after -= to_the_front  # a word that is cut out moves those after it one place to the front
        if not any(char.isdigit() for char in word):
            found.append((before + after) & _ALL)
        before += here
    return list(dict.fromkeys(found))


@lru_cache(maxsize=65536)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[:8], "little")


_ALL = 2**64 - 1
_POWERS = [pow(0xD1342543DE82EF95, place, 2**64) for place in range(MOST)]
