"""The split: sticky, as asked, else a share of each label by digest; whole texts only."""

from __future__ import annotations

import hashlib
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.heldout import choose_heldout
from tests.examples import examples

pytestmark = pytest.mark.unit


def text_of(numbers: list[int]) -> pa.Array:
    return pa.array([hashlib.sha256(str(n).encode()).digest()[:16] for n in numbers], pa.binary(16))


def choose(
    numbers: list[int], stratum: list[int], asked: list[int] | None = None, before: list[bool] | None = None,
    trained: list[bool] | None = None, share: float = 0.2,
) -> np.ndarray:  # fmt: skip
    n = len(numbers)
    return choose_heldout(
        text_of(numbers), np.array(stratum, np.uint64), np.array(asked or [-1] * n, np.int8), np.array(before or [False] * n),
        np.array(trained or [False] * n), share,
    )  # fmt: skip


@pytest.mark.parametrize(("rows", "heldout"), [(1, 0), (4, 0), (5, 1), (7, 1), (8, 2), (100, 20)])
def test_each_label_gives_its_share(rows: int, heldout: int) -> None:
    chosen = choose(list(range(rows + 50)), [1] * rows + [2] * 50)
    assert chosen[:rows].sum() == heldout
    assert chosen[rows:].sum() == 10


def test_what_was_asked_counts_towards_the_share() -> None:
    chosen = choose(list(range(20)), [1] * 20, asked=[1] * 3 + [-1] * 17)
    assert chosen[:3].all()
    assert chosen.sum() == 4
    assert choose(list(range(20)), [1] * 20, asked=[1] * 9 + [-1] * 11).sum() == 9
    assert choose(list(range(20)), [1] * 20, asked=[0] * 20).sum() == 0


def test_the_past_comes_before_what_is_asked() -> None:
    chosen = choose(
        [1, 2, 3, 4], [1] * 4, asked=[0, 1, 1, 0], before=[True, False, False, True], trained=[False, True, False, True]
    )
    assert chosen.tolist() == [True, False, True, True]


rows_of = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2), st.sampled_from([-1, -1, -1, 0, 1])), min_size=1, max_size=40)


@examples(60)
@given(rows_of, st.sets(st.integers(0, 12)), st.sets(st.integers(0, 12)), st.randoms(use_true_random=False))
def test_invariants_of_the_split(rows: list[tuple[int, int, int]], before: set[int], trained: set[int], random: Random) -> None:
    numbers, stratum, asked = (list(column) for column in zip(*rows, strict=True))
    chosen = choose(numbers, stratum, asked, [n in before for n in numbers], [n in trained for n in numbers])
    sides = {}
    for n, side in zip(numbers, chosen.tolist(), strict=True):
        assert sides.setdefault(n, side) == side  # a text is on one side
    for n, side in sides.items():
        if n in before:
            assert side
        elif n in trained:
            assert not side
        elif any(m == n and wish == 1 for m, _, wish in rows):
            assert side
    order = list(range(len(rows)))
    random.shuffle(order)
    if len({(n, s) for n, s, _ in rows}) == len(sides):  # each text in one stratum: then the order of rows does not matter
        again = choose(
            [numbers[i] for i in order], [stratum[i] for i in order], [asked[i] for i in order],
            [numbers[i] in before for i in order], [numbers[i] in trained for i in order],
        )  # fmt: skip
        assert {numbers[i]: side for i, side in zip(order, again.tolist(), strict=True)} == sides


def test_nothing_to_split() -> None:
    assert choose([], []).shape == (0,)
