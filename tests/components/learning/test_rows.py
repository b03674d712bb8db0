"""The validation slice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.learning.rows import validation_slice
from tests.examples import examples

pytestmark = pytest.mark.unit


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
