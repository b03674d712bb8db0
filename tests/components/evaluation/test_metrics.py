"""The metrics of the accuracy matrix against examples worked by hand, and the bootstrap against known truth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from components.evaluation.metrics import bootstrap, continual_metrics, over_seeds

pytestmark = pytest.mark.unit

MATRIX = [
    [0.90, 0.10, None],
    [0.80, 0.70, 0.20],
    [0.85, 0.60, 0.50],
]


def test_every_metric_of_a_matrix_worked_by_hand() -> None:
    found = continual_metrics(MATRIX, baseline=[0.0, 0.05, 0.10], joint=[0.92, 0.80, 0.60])
    assert found == {
        "accuracy": pytest.approx((0.85 + 0.60 + 0.50) / 3),
        "backward_transfer": pytest.approx(((0.85 - 0.90) + (0.60 - 0.70)) / 2),
        "forward_transfer": pytest.approx(((0.10 - 0.05) + (0.20 - 0.10)) / 2),
        "forgetting": pytest.approx(((0.90 - 0.85) + (0.70 - 0.60)) / 2),
        "intransigence": pytest.approx(((0.92 - 0.90) + (0.80 - 0.70) + (0.60 - 0.50)) / 3),
        "learning_accuracy": pytest.approx((0.90 + 0.70 + 0.50) / 3),
        "average_incremental_accuracy": pytest.approx((0.90 + (0.80 + 0.70) / 2 + (0.85 + 0.60 + 0.50) / 3) / 3),
    }
    json.dumps(found, allow_nan=False)


def test_forgetting_is_measured_from_the_best_earlier_row_and_may_be_negative() -> None:
    found = continual_metrics([[0.5, None, None], [0.9, 0.6, None], [0.7, 0.8, 0.5]])
    assert found["forgetting"] == pytest.approx(((0.9 - 0.7) + (0.6 - 0.8)) / 2)  # the paper's maximum leaves the last row out
    assert found["backward_transfer"] == pytest.approx(((0.7 - 0.5) + (0.8 - 0.6)) / 2)


def test_forward_transfer_needs_the_row_before() -> None:
    assert continual_metrics([[0.9, None], [0.8, 0.7]])["forward_transfer"] is None
    assert continual_metrics([[0.9, 0.2], [0.8, 0.7]])["forward_transfer"] == pytest.approx(0.2)


def test_one_experience_forgets_nothing_that_can_be_measured() -> None:
    found = continual_metrics([[0.9]])
    assert (found["accuracy"], found["forgetting"], found["backward_transfer"]) == (0.9, None, None)


def test_retraining_on_everything_is_one_row() -> None:
    assert continual_metrics([[0.9, 0.8, 0.7]])["accuracy"] == pytest.approx(0.8)


def test_rows_that_were_never_scored_do_not_hide_the_last_that_was() -> None:
    assert continual_metrics([[0.9, 0.1], [None, None]])["accuracy"] == 0.9
    assert continual_metrics([])["accuracy"] is None


def test_a_ragged_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        continual_metrics([[0.9], [0.8, 0.7]])


def test_bootstrap_intervals_cover_the_truth() -> None:
    shares = np.array([[0.9, 0.1], [0.8, 0.7]])
    rng = np.random.default_rng(3)
    inside = dict.fromkeys(("accuracy", "forgetting", "backward_transfer"), 0)
    truth = {"accuracy": 0.75, "forgetting": 0.1, "backward_transfer": -0.1}
    for _ in range(100):
        outcomes = [rng.random((2, 80)) < shares[:, [j]] for j in range(2)]
        found = bootstrap(outcomes, rng=rng, draws=200)
        for name in inside:
            inside[name] += found[name].low <= truth[name] <= found[name].high
    assert all(count >= 88 for count in inside.values()), inside  # 95 % nominal: 95 of 100, less Monte Carlo error


def test_bootstrap_is_repeatable_and_leaves_out_what_was_not_scored() -> None:
    cases = [np.array([[1, 1, 0, 1], [1, 0, 0, 1]]), np.array([[np.nan] * 3, [1, 0, 1]])]
    first, second = (bootstrap(cases, rng=np.random.default_rng(5), draws=100) for _ in range(2))
    assert first == second
    assert "forward_transfer" not in first
    assert first["accuracy"].estimate == pytest.approx((0.5 + 2 / 3) / 2)


def test_seeds_give_a_student_interval() -> None:
    found = over_seeds([0.80, 0.82, 0.84], alpha=0.05)
    half = 4.302653 * 0.02 / np.sqrt(3)  # t(0.975, 2) from a printed table
    assert (found.estimate, found.low, found.high) == (
        pytest.approx(0.82),
        pytest.approx(0.82 - half),
        pytest.approx(0.82 + half),
    )
    assert over_seeds([0.8]).low == over_seeds([0.8]).high == 0.8
