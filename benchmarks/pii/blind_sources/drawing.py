"""Drawing characters, filling shapes, and the check digits that several kinds of number share."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence

from benchmarks.pii.rows import Source

Make = Callable[[random.Random], str]

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
BASE64 = ALNUM + "+/"
BASE64_URL = ALNUM + "-_"
_SHAPES = {"#": string.digits, "%": "123456789", "@": string.ascii_uppercase, "~": string.ascii_lowercase}


def source(kind: str, detail: str, make: Make, *sentences: str, each: int = 1) -> Source:
    """A source that uses every sentence `each` times."""
    return Source(kind, detail, make, sentences, each * len(sentences))


def nobodys(detail: str, make: Make, *sentences: str, each: int = 3) -> Source:
    """A source of sentences without anything personal; `make`: what may be taken for it."""
    return source("", detail, make, *sentences, each=each)


def drawn(rng: random.Random, alphabet: Sequence[str], n: int) -> str:
    """`n` characters of an alphabet."""
    return "".join(rng.choice(alphabet) for _ in range(n))


def filled(rng: random.Random, shape: str) -> str:
    """`#`: a digit, `%`: one that is not 0, `@`: a capital, `~`: a small letter; the rest stays."""
    return "".join(rng.choice(_SHAPES[c]) if c in _SHAPES else c for c in shape)


def shaped(*shapes: str) -> Make:
    """Values of one of these shapes."""
    return lambda rng: filled(rng, rng.choice(shapes))


def one_of(*values: str) -> Make:
    """One of these values."""
    return lambda rng: rng.choice(values)


def laid_over(digits: str, shape: str) -> str:
    """The digits in the places of `#`: what a form does to a number."""
    left = iter(digits)
    return "".join(next(left) if c == "#" else c for c in shape)


def luhn(digits: str) -> str:
    """The Luhn digit that belongs behind these."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        n = int(digit) * (2 if place % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return str(-total % 10)


def mod_11_10(digits: str) -> str:
    """The digit of ISO 7064 MOD 11,10 (Germany's tax id, Croatia's OIB)."""
    product = 10
    for digit in digits:
        product = (int(digit) + product) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)


def weighted(digits: str, weights: Sequence[int]) -> int:
    """The weighted sum."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def born(rng: random.Random, first: int = 1942, last: int = 1999) -> tuple[int, int, int]:
    """Year, month, day of a birth."""
    return rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28)
