"""Heads grow by name and never move what is there."""

from __future__ import annotations

import pytest
import torch

from components.learning.axes import Head
from components.learning.method import read_method

pytestmark = pytest.mark.unit
CONFIGS = {"linear": {"kind": "linear"}, "analytic": {"kind": "analytic", "width": 20}}


def head_of(kind: str) -> Head:
    """A head that knows b and d, with something learned."""
    head: Head = read_method("head", CONFIGS[kind])
    head.grow(["d", "b"], 4)
    if kind == "linear":
        for p in head.parameters().values():
            torch.nn.init.normal_(p)
    else:
        _add(head, torch.randn(12, 4))
    return head


def _add(head: Head, x: torch.Tensor) -> None:
    from components.learning.heads import _ridge as ridge

    head.begin(x)
    phi = head.phi(x)
    head.add(phi, ridge.one_hot(torch.arange(len(x)) % 2, 2), torch.ones(len(x)).double())
    head.solve()


@pytest.mark.parametrize("kind", ["linear", "analytic"])
def test_new_labels_are_appended_and_old_columns_stay(kind: str) -> None:
    head = head_of(kind)
    before = {name: tensor.clone() for name, tensor in head.state().items()}
    head.grow(["a", "d", "c"], 4)
    assert head.labels == ("b", "d", "a", "c")
    after = head.state()
    if kind == "linear":
        assert torch.equal(after["weight"][:2], before["weight"])
        assert after["weight"].shape == (4, 4)
    else:
        assert torch.equal(after["cross"][:, :2], before["cross"])
        assert torch.equal(after["gram"], before["gram"])
        assert not after["cross"][:, 2:].any()


@pytest.mark.parametrize("kind", ["linear", "analytic"])
def test_state_comes_back_bit_for_bit(kind: str) -> None:
    head, x = head_of(kind), torch.randn(5, 4)
    again: Head = read_method("head", CONFIGS[kind])
    again.restore(head.labels, head.state())
    assert torch.equal(again.probabilities(x), head.probabilities(x))
    assert again.labels == head.labels
