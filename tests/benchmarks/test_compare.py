"""Accuracies and differences of runs from the bits of their answers, by hand and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.common import mean_interval
from benchmarks.compare import chance, difference, matrix_of, pooled
from components.workspace import Workspace

pytestmark = pytest.mark.unit


def run(last: list[str], cases: list[list[str]]) -> dict[str, Any]:
    return {"bits": [last], "cases": cases}


def test_pooled_accuracy_weighs_cases_and_the_mean_weighs_experiences() -> None:
    one = run(["1111111100", "01"], [[], []])
    assert pooled(one) == pytest.approx(9 / 12)
    assert matrix_of(one["bits"]) == [[0.8, 0.5]]


def test_what_was_not_scored_has_no_accuracy() -> None:
    assert matrix_of([["10", None], ["11", "0"]]) == [[0.5, None], [1.0, 0.0]]


def test_the_difference_is_that_of_the_pooled_accuracies() -> None:
    cases = [["a", "b", "c"], ["d"]]
    found = difference([run(["110", "1"], cases)], [run(["100", "0"], cases)])
    assert found["difference"] == pytest.approx(0.5)
    assert found["low"] <= 0.5 <= found["high"]
    assert found["cases"] == 4


def test_equal_answers_have_no_difference_and_no_width() -> None:
    same = run(["1010"], [list("abcd")])
    assert difference([same], [same]) == {"difference": 0.0, "low": 0.0, "high": 0.0, "cases": 4, "splits": 1}


def test_a_case_in_several_splits_is_no_new_case() -> None:
    rng = np.random.default_rng(0)
    names = [f"case{n}" for n in range(80)]
    mine, theirs = ("".join(map(str, (rng.random(80) < p).astype(int))) for p in (0.8, 0.7))
    once = difference([run([mine], [names])], [run([theirs], [names])])
    four = difference([run([mine], [names])] * 4, [run([theirs], [names])] * 4)
    assert four["cases"] == once["cases"] == 80
    assert four["high"] - four["low"] == pytest.approx(once["high"] - once["low"])
    others = [run([mine], [[f"{name}-{k}" for name in names]]) for k in range(4)]
    wide, narrow = once["high"] - once["low"], difference(others, [run([theirs], r["cases"]) for r in others])
    assert narrow["high"] - narrow["low"] < 0.7 * wide, "four times as many cases do count"


def test_the_interval_covers_the_difference() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for k in range(60):
        right = rng.random((2, 150)) < [[0.8], [0.72]]
        mine, theirs = ("".join(map(str, side.astype(int))) for side in right)
        cases = [[f"{k}-{n}" for n in range(150)]]
        found = difference([run([mine], cases)], [run([theirs], cases)], seed=k)
        hits += found["low"] <= 0.08 <= found["high"]
    assert hits >= 51, "57 of 60 are expected at 95 %"


def test_chance_is_a_guess_among_the_labels_known_before(tmp_path: Any) -> None:
    from benchmarks.streams import publish_events

    def experience(name: str, labels: list[str]) -> Any:
        events = [
            {"text": f"{name} {i} {s}", "label": label, "split": s} for i, label in enumerate(labels) for s in ("train", "test")
        ]
        return publish_events(events, name, Workspace(tmp_path))

    levels = chance(
        [experience("a", ["x", "y"]), experience("b", ["x", "y"]), experience("c", ["z", "w"]), experience("d", ["z", "v"])]
    )
    assert levels == pytest.approx([0.0, 0.5, 0.0, 0.125])


@pytest.mark.parametrize(("values", "known"), [([0.5], False), ([0.5, 0.6], False), ([0.5, 0.6, 0.7], True)])
def test_two_values_have_no_interval(values: list[float], known: bool) -> None:
    found = mean_interval(values)
    assert (found["low"] is not None) == (found["high"] is not None) == known
    assert found["mean"] == pytest.approx(np.mean(values))
