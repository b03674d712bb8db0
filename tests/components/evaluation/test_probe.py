"""The sample of past cases: it repeats, and grows by addition."""

from __future__ import annotations

import pytest

from components.evaluation.probe import sample

pytestmark = pytest.mark.unit


def test_the_sample_repeats_and_grows_by_addition() -> None:
    digests = [f"{n:032x}" for n in range(300)]
    small, large = sample(digests, 50, seed=1), sample(digests, 120, seed=1)
    assert small == sample(digests, 50, seed=1)
    assert set(small) < set(large)  # more budget keeps what was scored before
    assert small != sample(digests, 50, seed=2)
    assert sample(digests, 400, seed=1) == list(range(300))
