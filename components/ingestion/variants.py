"""Floods: one text sent many times, each time with another word in one place. Pure.

Two texts that differ in one word are the same once that word is cut out of both. So every text is known by itself and by what is
left of it without each of its words, and the rows that share one of these are variants of one text: no pair is compared, and the
cost is the number of words. Words with digits are never cut: order 17 is not order 18. Longer texts need no such care: with one
word changed they are near duplicates (near.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FEWEST, MOST = 5, 30  # words of a text; with more, a text with another word is a near duplicate
_WORDS = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")


def holes(texts: Sequence[str]) -> pa.ListArray:
    """(n,) keys of each text: of itself, and of it without each of its words; none for short and long ones.

    Keys are Python's own hashes: they are compared within this process only, and nobody can make two that are equal.
    """
    forms = [_forms(text) for text in texts]
    ends = np.cumsum([0, *map(len, forms)], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array([hash(form) for each in forms for form in each], pa.int64()))


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


def _forms(text: str) -> list[str]:
    """The words of a text, all of them and without each one."""
    words = _WORDS.findall(text.casefold())
    if not FEWEST <= len(words) <= MOST:
        return []
    cut = [n for n, word in enumerate(words) if not _DIGIT.search(word)]
    return list(dict.fromkeys([" ".join(words), *(" ".join(words[:n] + words[n + 1 :]) for n in cut)]))
