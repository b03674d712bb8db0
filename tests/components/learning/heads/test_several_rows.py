"""Merging classes in a head: rows of weights that share a class, and sums that are those of one class from the start."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UsageError
from components.learning.heads._several_rows import by_class, checked, grown, merged
from components.learning.heads._statistics import Lesson
from components.learning.method import read_method
from tests.components.learning.heads.test_analytic import blobs, randn
from tests.examples import examples

pytestmark = pytest.mark.unit

LABELS = ["a", "b", "c", "d"]
SUMS: list[tuple[str, dict[str, Any]]] = [
    ("analytic", {"width": 0}),
    ("analytic", {"width": 30}),
    ("prototypes", {}),
    ("lda", {}),
]
#: Which of fewer classes each of the four becomes: every class has one, and they are named by their first
MERGES = st.sampled_from(["aacd", "abbd", "abca", "aaca", "abab", "aaaa"])


def lesson(x: torch.Tensor, columns: torch.Tensor) -> Lesson:
    return Lesson(x, columns, torch.ones(len(x), dtype=torch.float64), len(x), True, None, torch.arange(len(x)))


def learned(kind: str, labels: list[str], x: torch.Tensor, columns: torch.Tensor, **options: Any) -> Any:
    head = read_method("head", {"kind": kind, **options})
    head.grow(labels, x.shape[1])
    head.learn(lesson(x, columns))
    return head


@pytest.mark.parametrize(("kind", "options"), SUMS)
@examples(6)
@given(seed=st.integers(0, 10**6), after=MERGES)
def test_merged_sums_are_those_of_one_class_from_the_start(kind: str, options: dict[str, Any], seed: int, after: str) -> None:
    x, columns = blobs(seed, 80, [0, 1, 2, 3])
    labels = sorted(set(after))
    head = learned(kind, LABELS, x, columns, **options)
    head.relabel(tuple(LABELS), dict(zip(LABELS, after)))
    assert head.labels == tuple(labels)
    ideal = learned(kind, labels, x, torch.tensor([labels.index(after[n]) for n in columns.tolist()]), **options)
    one, other = head.state(), ideal.state()
    names = ("cross", "gram", "weights") if kind == "analytic" else ("counts", "sums")
    for name in names:
        torch.testing.assert_close(one[name], other[name], rtol=1e-6, atol=1e-6)
    if kind == "lda":
        torch.testing.assert_close(one["moment"], other["moment"], rtol=1e-9, atol=1e-9)
    else:
        assert head.probabilities(x).argmax(1).tolist() == ideal.probabilities(x).argmax(1).tolist()


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@examples(10)
@given(seed=st.integers(0, 10**6), first=MERGES, second=MERGES)
def test_rows_of_a_class_add_up_merge_after_merge_and_after_loading(kind: str, seed: int, first: str, second: str) -> None:
    head: Any = read_method("head", {"kind": kind})
    head.grow(LABELS, 6)
    with torch.no_grad():
        head.parameters()["weight"].copy_(randn(seed, 4, 6).float())
    x, given, owner = randn(seed + 1, 9, 6).float(), {label: n for n, label in enumerate(LABELS)}, dict(zip(LABELS, LABELS))
    alone = head.probabilities(x)
    for after in (first, second):
        names = dict(zip(LABELS, after))
        head.relabel(head.labels, names)
        owner = {label: names[now] for label, now in owner.items()}
    wanted = torch.stack([sum(alone[:, given[old]] for old in LABELS if owner[old] == label) for label in head.labels], 1)
    torch.testing.assert_close(head.probabilities(x), wanted, rtol=1e-5, atol=1e-6)
    again: Any = read_method("head", {"kind": kind})
    again.restore(head.labels, head.state())
    torch.testing.assert_close(again.probabilities(x), head.probabilities(x))
    again.grow(["new"], 6)
    assert again.labels == (*head.labels, "new")
    assert again.probabilities(x).shape == (9, len(head.labels) + 1)
    again.logits(x).sum().backward()
    assert all(own.grad is not None and own.grad.isfinite().all() for own in again.parameters().values())


def test_a_head_with_a_row_for_each_class_is_left_alone() -> None:
    scores = randn(0, 3, 4)
    assert by_class(scores, None) is scores
    assert grown(None, 4, 2) is None
    assert merged(None, [0, 0, 1]).tolist() == [0, 0, 1]
    assert grown(torch.tensor([0, 0, 1]), 2, 2).tolist() == [0, 0, 1, 2, 3]  # type: ignore[union-attr]


@pytest.mark.parametrize("owners", [[0, 2], [0.0, 1.0], [[0, 1]], [0, -1]])
def test_owners_that_are_none_are_refused(owners: list[Any]) -> None:
    with pytest.raises(ValueError, match="owners of rows"):
        checked(torch.tensor(owners), 2)


def test_a_head_that_cannot_merge_says_so_and_can_rename() -> None:
    """As those of other packages do, which know nothing of merges."""
    head: Any = read_method("head", {"kind": "none"})
    head._labels = ["a", "b"]
    head.relabel(("a", "b"), {"a": "z"})
    assert head.labels == ("z", "b")
    with pytest.raises(UsageError, match="head cannot merge classes"):
        head.relabel(("z", "b"), {"b": "z"})
