from __future__ import annotations

import pytest

from components.provenance import given_in, share_not_human, told

pytestmark = pytest.mark.unit


def test_what_an_experience_says_of_its_labels() -> None:
    counts = {"train": 8, "heldout": 2, "unlabelled": 7}
    assert given_in({"counts": counts}) == {"unknown": 10}, "of earlier releases"
    assert given_in({"counts": counts, "provenance": {"feedback": 3, "human": 7}}) == {"feedback": 3, "human": 7}
    assert given_in({}) == {}


def test_the_share_for_which_no_person_vouches() -> None:
    given = {"human": 1, "unknown": 4, "feedback": 2, "canary": 2, "model": 1}
    assert share_not_human(given) == 0.5
    assert share_not_human({}) == 0
    assert told(given) == "1 human, 1 model, 2 feedback, 2 canary, 4 not said; 50% from feedback and models"
