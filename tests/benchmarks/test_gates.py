"""The operating curves of the gates: every part runs, and the report has every row."""

from __future__ import annotations

import pytest

from benchmarks import gates
from benchmarks.noise import noise_row

pytestmark = pytest.mark.unit


def test_a_row_says_what_was_stopped_and_what_it_cost() -> None:
    sound, gone = (gates.task_row(60, 50, 0.02, uneven=False, loss=loss, runs=3) for loss in (0.0, 0.8))
    assert sound["two stages"]["stopped"] == 0.0
    assert gone["two stages"]["stopped"] == gone["all cases"]["stopped"] == 1.0
    assert 60 * 33 <= sound["two stages"]["cases"] < sound["all cases"]["cases"] == 60 * 50


def test_a_fall_that_is_tried_again_passes_more_often_without_the_correction() -> None:
    row = gates.look_row(45, 0.1, 60)
    assert row["plain"]["in five"] > row["corrected"]["in five"] >= row["corrected"]["at once"]


def test_every_part_is_in_the_report() -> None:
    result = {
        "tasks": [gates.task_row(20, 15, 0.05, uneven=True, loss=0.3, runs=1)],
        "rounds": [gates.round_row(20, 15, 0.05, 0.3, 5, 1)],
        "lifetime": [gates.life_row(5, 0.01, 0.3, 1)],
        "looks": [gates.look_row(15, 0.1, 2)],
        "noise": [noise_row(60, "two swapped", 1)],
    }
    text = gates.report(result)
    assert text.count("\n## ") == 5
    assert "0.05 uneven" in text
    assert "two swapped" in text
