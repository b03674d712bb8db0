"""Texts that are no language: letters in an order that no other text has. Pure.

Each text is measured by the pairs of letters of other texts (bits a letter, Shannon 1951): first of all texts, then of the third
that took the fewest bits, so that a mass of nonsense does not speak for itself. Where everything is random, that third is no
language either: what its letters take is near the logarithm of the alphabet, in which no language comes. Random words of a
language are not seen like this; labels that nobody can learn are what gives them away. A second language in the batch is not
nonsense: its texts explain each other, and nothing is said about an alphabet that the others do not use.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log2

FEWEST = 12  # letters of a text, without which nothing is said about it
READ = 800  # characters of a text
ROW = 5.8  # bits a letter, from which a text is none
BATCH = 4.4  # bits a letter of the plainest third, from which all of them are none
ALPHABET = 0.5  # share of a text's pairs that must be of letters which the others use
ROUNDS = 3  # times that it is chosen
PRIOR = 0.2  # what a pair of letters counts that nobody wrote
IDEOGRAPHS = "\u2e80"  # scripts with thousands of signs begin here: nothing is said about them


def gibberish(texts: Sequence[str]) -> list[int]:
    """The places of the texts that are no language."""
    read = {place: letters for place, text in enumerate(texts) if len(letters := _letters(text)) >= FEWEST}
    if not read:
        return []
    own = {place: Counter(a + b for a, b in pairwise(letters)) for place, letters in read.items()}
    core = list(own)
    for _ in range(ROUNDS):
        bits = _bits(own, core)
        core = sorted(own, key=lambda place: (bits[place], place))[: max(1, len(own) // 3)]
    bits = _bits(own, core)
    if sum(bits[place] for place in core) / len(core) >= BATCH:
        return list(own)
    known = {letter for place in core for pair in own[place] for letter in pair}
    odd = {place: own[place] for place in own if bits[place] >= ROW and _share(own[place], known) >= ALPHABET}
    among = _bits(odd, list(odd)) if odd else {}
    return [place for place in odd if among[place] >= BATCH]


def _share(pairs: Counter[str], known: set[str]) -> float:
    """The share of a text's pairs that are of known letters."""
    return sum(n for pair, n in pairs.items() if known.issuperset(pair)) / pairs.total()


def _bits(own: Mapping[int, Counter[str]], core: Sequence[int]) -> dict[int, float]:
    """Bits that a letter of each text takes by the pairs of the core's texts, its own left out."""
    pairs: Counter[str] = Counter()
    for place in core:
        pairs.update(own[place])
    firsts: Counter[str] = Counter()
    for pair, n in pairs.items():
        firsts[pair[0]] += n
    alphabet, inside, found = len({pair[0] for counts in own.values() for pair in counts}) + 1, set(core), {}
    for place, counts in own.items():
        mine: Counter[str] = Counter()
        if place in inside:
            for pair, n in counts.items():
                mine[pair[0]] += n
        cost = sum(
            n * log2((pairs[pair] - n * (place in inside) + PRIOR) / (firsts[pair[0]] - mine[pair[0]] + PRIOR * alphabet))
            for pair, n in counts.items()
        )
        found[place] = -cost / counts.total()
    return found


def _letters(text: str) -> str:
    """The letters of a text without case and accents, one blank between words; nothing where most are ideographs."""
    folded = unicodedata.normalize("NFKD", text[:READ].casefold())
    letters = "".join(char if char.isalpha() else " " for char in folded if not unicodedata.combining(char))
    if sum(char >= IDEOGRAPHS for char in letters) > len(letters) / 5:
        return ""
    return " ".join(letters.split())
