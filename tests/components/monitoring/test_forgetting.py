"""Forgetting as Evidently finds it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from components.monitoring.forgetting import MOST, POOLED, forgetting

pytestmark = pytest.mark.integration
NOW = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)
Make = Callable[..., pa.Table]


def test_a_forgotten_experience_trips_its_bound_and_an_equal_one_does_not(results: Make) -> None:
    then = results({"a": (200, 0.9), "b": (200, 0.9), "c": (17, 0.9)})
    now = results({"a": (200, 0.9), "b": (200, 0.6), "c": (17, 0.85)})
    summary = forgetting(then, now, now=NOW, names={"a": "DESC", "b": "ENTY"}).summary
    assert (summary["past"], summary["cases"], summary["passed"]) == (3, 417, False)
    assert list(summary["experiences"]) == [POOLED, "DESC", "ENTY", "c"]
    desc, enty = summary["experiences"]["DESC"], summary["experiences"]["ENTY"]
    assert [desc[metric]["passed"] for metric in ("correct", "confidence", "margin")] == [True] * 3
    assert [enty[metric]["passed"] for metric in ("correct", "confidence", "margin")] == [False] * 3
    assert (enty["correct"]["reference"], enty["correct"]["current"]) == (0.9, 0.6)
    assert desc["correct"]["bound"] == pytest.approx(0.95 * 0.9)
    assert summary["experiences"]["c"]["correct"]["passed"]  # one case of 17 is noise
    assert not summary["experiences"][POOLED]["correct"]["passed"]


def test_a_loss_within_the_bound_passes_and_one_beyond_it_does_not(results: Make) -> None:
    then = results({"a": (1000, 0.9), "b": (1000, 0.9)})
    experiences = forgetting(then, results({"a": (1000, 0.87), "b": (1000, 0.85)}), now=NOW).summary["experiences"]
    assert experiences["a"]["correct"]["passed"]
    assert not experiences["b"]["correct"]["passed"]


def test_a_gain_is_no_drift(results: Make) -> None:
    summary = forgetting(results({"a": (50, 0.5)}), results({"a": (50, 0.9)}), now=NOW).summary
    assert summary["passed"]


def test_only_the_cases_of_both_count(results: Make) -> None:
    summary = forgetting(
        results({"a": (100, 0.9), "gone": (50, 1.0)}), results({"a": (40, 1.0), "new": (50, 0.0)}), now=NOW
    ).summary
    assert (summary["past"], summary["cases"]) == (1, 40)
    assert summary["experiences"]["a"]["correct"]["reference"] == 1.0  # of the first 40 of its 90 right cases


def test_the_first_cycle_has_no_past(results: Make) -> None:
    drift = forgetting(results({}), results({}), now=NOW)
    assert drift.snapshot is None
    assert drift.summary == {"past": 0, "cases": 0, "passed": True, "experiences": {}}


def test_the_report_stays_bounded_and_keeps_the_worst(results: Make) -> None:
    then = results({f"e{i}": (20, 1.0) for i in range(30)})
    now = results({f"e{i}": (20, 0.2 if i == 17 else 1.0) for i in range(30)})
    summary = forgetting(then, now, now=NOW).summary
    assert summary["past"] == 30
    assert len(summary["experiences"]) == MOST + 1
    assert not summary["experiences"]["e17"]["correct"]["passed"]
    assert summary["experiences"][POOLED]["cases"] == 600


def test_experiences_of_one_name_are_told_apart(results: Make) -> None:
    table = results({"0123456789": (20, 1.0), "9876543210": (20, 1.0)})
    summary = forgetting(table, table, now=NOW, names=dict.fromkeys(["0123456789", "9876543210"], "weekly")).summary
    assert set(summary["experiences"]) == {POOLED, "weekly", "weekly (98765432)"}
