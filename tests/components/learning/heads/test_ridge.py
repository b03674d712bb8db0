"""Random features, packing and the temperature against what they must be."""

from __future__ import annotations

import pytest
import torch

from components.learning.heads import _ridge as ridge

pytestmark = pytest.mark.unit

EXPECTED_SIGNS = [-1, 1, -1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 1, -1, 1, 1, -1, -1, -1, -1, 1, -1, 1, 1, -1, 1, 1, -1, -1, 1]


def test_packing_halves_and_restores() -> None:
    gram = torch.randn(7, 7, dtype=torch.float64)
    gram = gram + gram.T
    assert ridge.pack(gram).numel() == 28
    assert torch.equal(ridge.unpack(ridge.pack(gram), 7), gram)


def test_the_projection_never_changes() -> None:
    signs = ridge.projection(0, 4, 8) * 2
    assert signs.int().flatten().tolist() == EXPECTED_SIGNS


def test_temperature_recovers_the_scale_of_true_probabilities() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(20000, 4, generator=generator).double()
    truth = torch.multinomial((3 * scores).softmax(-1), 1, generator=generator)[:, 0]
    assert ridge.temperature(scores, truth) == pytest.approx(3, rel=0.08)
