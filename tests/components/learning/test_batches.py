"""Batches of like length, and the validation slice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.learning.networks.tokens import Tokens, pad, shuffled_batches, sorted_batches
from components.learning.rows import validation_slice
from tests.examples import examples

pytestmark = pytest.mark.unit


@examples(30)
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=300), batch=st.integers(1, 40), seed=st.integers(0, 99))
def test_every_row_comes_once_an_epoch(lengths: list[int], batch: int, seed: int) -> None:
    sizes, rows = np.array(lengths), np.arange(len(lengths))
    batches = shuffled_batches(sizes, rows, batch, np.random.default_rng(seed))
    assert sorted(np.concatenate(batches).tolist()) == rows.tolist()
    assert max(map(len, batches)) <= batch
    again = shuffled_batches(sizes, rows, batch, np.random.default_rng(seed))
    assert all(np.array_equal(a, b) for a, b in zip(batches, again))
    assert sorted(np.concatenate(sorted_batches(sizes, batch)).tolist()) == rows.tolist()


def test_bucketing_saves_most_padding() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 60, 2000)
    padded = sum(int(lengths[b].max()) * len(b) for b in shuffled_batches(lengths, np.arange(2000), 16, rng))
    assert padded < 1.1 * lengths.sum()


@pytest.mark.parametrize("left", [False, True])
def test_padding_is_masked(left: bool) -> None:
    tokens = Tokens((np.array([5, 6, 7]), np.array([8]), np.zeros(0, np.int64)))
    ids, mask = pad(tokens, np.array([0, 1, 2]), 9, left=left)
    assert ids.tolist() == ([[5, 6, 7], [9, 9, 8], [9, 9, 9]] if left else [[5, 6, 7], [8, 9, 9], [9, 9, 9]])
    assert mask.sum(1).tolist() == [3, 1, 0]


@examples(30)
@given(labels=st.lists(st.sampled_from("abc"), min_size=1, max_size=120), share=st.sampled_from([0.0, 0.1, 0.3]))
def test_the_validation_slice_is_stratified_and_independent_of_order(labels: list[str], share: float) -> None:
    digests = [f"d{i}" for i in range(len(labels))]
    training, validation = validation_slice(digests, labels, share)
    assert sorted([*training, *validation]) == list(range(len(labels)))
    for label in set(labels):
        assert sum(labels[i] == label for i in validation) == int(share * labels.count(label))
    flipped = validation_slice(digests[::-1], labels[::-1], share)[1]
    assert {digests[i] for i in validation} == {digests[::-1][i] for i in flipped}
