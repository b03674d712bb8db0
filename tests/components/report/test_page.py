"""The report's page: everything in it, nothing beside it, and nothing of unknown origin as markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest

from components.report import charts
from components.report.baselines import Baseline
from components.report.collect import CycleView, ReportData
from components.report.page import render

pytestmark = pytest.mark.unit


def data(**changes: object) -> ReportData:
    entry = {
        "cycle": "c", "name": "<desc>", "experience": "e" * 64, "checkpoint": "c" * 64, "version": "1", "verdict": "rejected",
        "reasons": ["It <b>failed</b>."], "seconds": 2.0, "steps": {"learn": 1.5, "evaluate": 0.5},
    }  # fmt: skip
    gate = {"name": "learned", "status": "fail", "reason": "Too low.", "estimate": 0.2, "low": 0.1, "high": 0.3, "n": 20}
    bare = {"name": "cost", "status": "pass", "reason": "Fine.", "estimate": None, "low": None, "high": None, "n": 0}
    view = CycleView(
        entry, [gate, bare], {"status": "skipped", "reason": ""}, {},
        {"parent": None, "recipe": {"head": {"kind": "analytic"}}, "base": "minilm"},
        {"read": 10, "accepted": 9, "quarantined": 1, "duplicates": 0},
    )  # fmt: skip
    decision = SimpleNamespace(seq=3, time="2027-05-03T14:03:00", kind="promoted", subject="1", actor="anna", reason="<i>ok</i>")
    fields: dict[str, object] = {
        "cycles": [view], "names": ["<desc>", "enty"], "matrix": [[0.9, 0.0], [0.8, 0.7]],
        "metrics": {"accuracy": 0.75, "forgetting": 0.1, "backward_transfer": -0.1, "forward_transfer": 0.0},
        "training_seconds": 12.0,
        "baselines": [Baseline("fine-tune only", 0.37, 0.5, 141.0, [], "x")],
        "ledger": {"entries": 3, "valid": True, "head": "h" * 64, "problems": []},
        "decisions": [decision],
        "status": {"champion": {"version": "1", "checkpoint": "c" * 64}},
    }  # fmt: skip
    return ReportData(**{**fields, **changes})  # type: ignore[arg-type]


NOW = datetime(2027, 5, 3, tzinfo=UTC)


def test_the_page_stands_alone_and_escapes_what_it_shows() -> None:
    page = render(data(), now=NOW)
    assert "It &lt;b&gt;failed&lt;/b&gt;." in page
    assert "&lt;i&gt;ok&lt;/i&gt;" in page
    assert "<desc>" not in page
    for outside in ("<script", "src=", "href=", "@import", "url("):
        assert outside not in page
    assert "0.800" in page
    assert "fine-tune only" in page
    assert "+0.100 to +0.300" in page


def test_a_line_without_a_champion_or_baselines_still_has_a_page() -> None:
    page = render(data(names=[], matrix=[], metrics={}, baselines=[], status={"champion": None}), now=NOW)
    assert "No champion." in page
    assert "perdure report --baselines" in page


def test_labels_of_curves_never_overlap() -> None:
    placed = charts._spread([(10.0, 0), (11.0, 1), (50.0, 2)], 14)
    assert [column for _, column in placed] == [0, 1, 2]
    assert all(below - above >= 14 for (above, _), (below, _) in pairwise(placed))


def test_missing_scores_leave_gaps_not_zeros() -> None:
    svg = charts.curves(["a", "b"], [[0.5, None], [None, 0.7]])
    assert svg.count("<circle") == 2


def test_the_lifetime_budget_has_a_picture_once_something_was_compared() -> None:
    assert "The lifetime budget" not in render(data(), now=NOW)
    one = data().cycles[0]
    gate = {"name": "lifetime.pooled", "status": "pass", "reason": "", "estimate": -0.02, "low": -0.04, "high": 0.01, "n": 90}
    compared = replace(one, gates=[*one.gates, {**gate, "margin": 0.05}])
    page = render(data(cycles=[compared]), now=NOW)
    assert "The lifetime budget" in page
    assert "&lt;desc&gt;: +0.020 [-0.010, +0.040]" in page


def test_a_loss_beyond_the_budget_has_another_colour() -> None:
    within, beyond = (charts.losses([("a", loss, loss - 0.01, loss + 0.01)], 0.05) for loss in (0.04, 0.06))
    assert charts.colour(1) not in within
    assert charts.colour(1) in beyond
