"""The vector index against brute force, and what is made of its neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from components.learning.rehearsal._index import SLACK, Index, balanced, distinct, normalise

unit, integration = pytest.mark.unit, pytest.mark.integration


def vectors(n: int, width: int = 24, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32) + 0.5


@integration  # LanceDB
@pytest.mark.parametrize(("stored", "queries", "k"), [(500, 32, 16), (500, 1, 16), (9, 4, 16), (20, 3, 16), (1, 1, 1)])
def test_neighbours_are_those_of_brute_force(stored: int, queries: int, k: int) -> None:
    own, asked, rows = vectors(stored), vectors(queries, seed=1), np.arange(stored) * 7 + 100
    index = Index.build(rows, own)
    place, cosine = index.nearest(asked, k)
    a, b = asked.astype(np.float64), own.astype(np.float64)
    truth = (a / np.linalg.norm(a, axis=1, keepdims=True)) @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T
    best = np.argsort(-truth, axis=1)[:, :k]
    np.testing.assert_array_equal(index.rows[place], rows[best])
    np.testing.assert_allclose(cosine, np.take_along_axis(truth, best, 1), atol=1e-5)


@integration
def test_equal_vectors_are_indexed_once_and_ties_go_by_place() -> None:
    basis = np.eye(SLACK + 4, dtype=np.float32)
    index = Index.build(np.arange(2 * len(basis)), np.concatenate([basis, 3 * basis]))
    np.testing.assert_array_equal(index.rows, np.arange(len(basis)), "the first of each pair; length does not matter")
    place, cosine = index.nearest(np.stack([basis[5], -basis[2]]), 4)
    assert place[0].tolist() == [5, 0, 1, 2], "all others are at equal distance"
    assert place[1].tolist() == [0, 1, 3, 4]
    np.testing.assert_allclose(cosine, [[1, 0, 0, 0], [0, 0, 0, 0]], atol=1e-6)


@unit
def test_of_near_duplicates_only_the_first_in_order_stays() -> None:
    angles = np.radians([0, 5, 12, 90, 93])
    unit = normalise(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
    order = np.array([1, 4, 0, 2, 3])
    assert distinct(unit, order, float(np.cos(np.radians(6)))).tolist() == [1, 4, 2]  # 7 degrees apart is far enough
    assert distinct(unit, order, 1.0).tolist() == order.tolist()
    kept = distinct(normalise(vectors(300, width=3)), np.arange(300), 0.98)
    close = normalise(vectors(300, width=3))[kept]
    similar = close @ close.T - 2 * np.eye(len(kept))
    assert len(kept) > 1
    assert similar.max() <= 0.98


@unit
def test_classes_are_as_equal_as_they_can_be_and_the_best_of_each_come_first() -> None:
    order, classes = np.array([9, 8, 7, 6, 5, 4, 3]), ["a", "a", "a", "b", "a", "c", "b"]
    assert balanced(order, classes, 3).tolist() == [9, 6, 4]
    assert balanced(order, classes, 5).tolist() == [9, 6, 4, 8, 3]
    assert balanced(order, classes, 50).tolist() == [9, 6, 4, 8, 3, 7, 5]
    assert not len(balanced(order[:0], [], 4))
