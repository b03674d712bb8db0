"""Whether answers have anything to do with the truth: a permutation test of the number of matches. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb, factorial, perm, sqrt

EXACT = 200  # cases up to which every permutation is counted (about 20 ms)


def agreement_p(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """p of "the answers are independent of the truth": how often shuffled answers match at least as often as these do.

    Given how often each label is true and how often each is answered, the ways to place k matches are the rook numbers of
    disjoint rectangles, and they give the distribution exactly (Riordan, An Introduction to Combinatorial Analysis, 1958,
    ch. 7). Above 200 cases a shifted gamma distribution with the exact mean, variance and skewness stands in (Mielke & Berry,
    Permutation Methods, 2007), corrected for continuity. No cases, or one and the same answer to all: p = 1.
    """
    n = len(truth)
    if n != len(predicted):
        raise ValueError(f"{n} true labels, {len(predicted)} answers: they must be of the same cases")
    asked, answered = Counter(truth), Counter(predicted)
    both = [(asked[label], answered[label]) for label in asked.keys() & answered.keys()]
    matches = sum(a == b for a, b in zip(truth, predicted))
    if matches == 0 or len(answered) == 1 or len(asked) == 1:
        return 1.0
    return _exact(both, n, matches) if n <= EXACT else _gamma(both, n, matches, 2 if len(asked | answered) == 2 else 1)


def rooks(both: Sequence[tuple[int, int]], most: int) -> list[int]:
    """In how many ways k matches can be placed, for k = 0 ... most, if label i is true `both[i][0]` and answered `[1]` times."""
    ways = [1]
    for a, b in both:
        own = [comb(a, k) * perm(b, k) for k in range(min(a, b, most) + 1)]
        product = [0] * min(len(ways) + len(own) - 1, most + 1)
        for i, left in enumerate(ways):
            for j, right in enumerate(own[: len(product) - i]):
                product[i + j] += left * right
        ways = product
    return ways


def _exact(both: Sequence[tuple[int, int]], n: int, matches: int) -> float:
    ways = rooks(both, n)
    # P(at least m) by inclusion and exclusion: sum over k >= m of (-1)^(k-m) C(k-1, m-1) ways(k) (n-k)! / n!
    tail = sum((-1) ** (k - matches) * comb(k - 1, matches - 1) * ways[k] * factorial(n - k) for k in range(matches, len(ways)))
    return tail / factorial(n)


def _gamma(both: Sequence[tuple[int, int]], n: int, matches: int, step: int) -> float:
    from scipy.special import gammaincc, ndtr

    ways = [*rooks(both, 3), 0, 0, 0]
    first, second, third = (factorial(k) * ways[k] / perm(n, k) for k in (1, 2, 3))  # factorial moments
    variance = second + first - first**2
    if variance <= 1e-9 * n:
        return 1.0
    third_central = third + 3 * second + first - 3 * first * (second + first) + 2 * first**3
    skew = third_central / variance**1.5
    z = (matches - step / 2 - first) / sqrt(variance)
    if abs(skew) < 1e-3:
        return float(ndtr(-z))
    shape = 4 / skew**2
    above = shape + z * sqrt(shape) * (1 if skew > 0 else -1)
    tail = float(gammaincc(shape, max(0.0, above)))
    return tail if skew > 0 else 1.0 - tail
