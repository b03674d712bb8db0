"""Forgetting and input drift as Evidently finds them."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from components.monitoring.forgetting import MOST, POOLED, forgetting
from components.monitoring.inputs import inputs
from components.monitoring.monitor import watch
from components.workspace import Workspace

pytestmark = pytest.mark.integration
NOW = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)
Make = Callable[..., pa.Table]


def test_a_forgotten_experience_trips_its_bound_and_an_equal_one_does_not(results: Make) -> None:
    then = results({"a": (200, 0.9), "b": (200, 0.9), "c": (17, 0.9)})
    now = results({"a": (200, 0.9), "b": (200, 0.6), "c": (17, 0.85)})
    found = forgetting(then, now, now=NOW, names={"a": "DESC", "b": "ENTY"}).summary
    assert (found["past"], found["cases"], found["passed"]) == (3, 417, False)
    assert list(found["experiences"]) == [POOLED, "DESC", "ENTY", "c"]
    desc, enty = found["experiences"]["DESC"], found["experiences"]["ENTY"]
    assert [desc[metric]["passed"] for metric in ("correct", "confidence", "margin")] == [True] * 3
    assert [enty[metric]["passed"] for metric in ("correct", "confidence", "margin")] == [False] * 3
    assert (enty["correct"]["reference"], enty["correct"]["current"]) == (0.9, 0.6)
    assert desc["correct"]["bound"] == pytest.approx(0.95 * 0.9)
    assert found["experiences"]["c"]["correct"]["passed"]  # one case of 17 is noise
    assert not found["experiences"][POOLED]["correct"]["passed"]


def test_a_loss_within_the_bound_passes_and_one_beyond_it_does_not(results: Make) -> None:
    then = results({"a": (1000, 0.9), "b": (1000, 0.9)})
    found = forgetting(then, results({"a": (1000, 0.87), "b": (1000, 0.85)}), now=NOW).summary["experiences"]
    assert found["a"]["correct"]["passed"]
    assert not found["b"]["correct"]["passed"]


def test_a_gain_is_no_drift(results: Make) -> None:
    found = forgetting(results({"a": (50, 0.5)}), results({"a": (50, 0.9)}), now=NOW).summary
    assert found["passed"]


def test_only_the_cases_of_both_count(results: Make) -> None:
    found = forgetting(
        results({"a": (100, 0.9), "gone": (50, 1.0)}), results({"a": (40, 1.0), "new": (50, 0.0)}), now=NOW
    ).summary
    assert (found["past"], found["cases"]) == (1, 40)
    assert found["experiences"]["a"]["correct"]["reference"] == 1.0  # of the first 40 of its 90 right cases


def test_the_first_cycle_has_no_past(results: Make) -> None:
    found = forgetting(results({}), results({}), now=NOW)
    assert found.snapshot is None
    assert found.summary == {"past": 0, "cases": 0, "passed": True, "experiences": {}}


def test_the_report_stays_bounded_and_keeps_the_worst(results: Make) -> None:
    then = results({f"e{i}": (20, 1.0) for i in range(30)})
    now = results({f"e{i}": (20, 0.2 if i == 17 else 1.0) for i in range(30)})
    found = forgetting(then, now, now=NOW).summary
    assert found["past"] == 30
    assert len(found["experiences"]) == MOST + 1
    assert not found["experiences"]["e17"]["correct"]["passed"]
    assert found["experiences"][POOLED]["cases"] == 600


def test_experiences_of_one_name_are_told_apart(results: Make) -> None:
    table = results({"0123456789": (20, 1.0), "9876543210": (20, 1.0)})
    found = forgetting(table, table, now=NOW, names=dict.fromkeys(["0123456789", "9876543210"], "weekly")).summary
    assert set(found["experiences"]) == {POOLED, "weekly", "weekly (98765432)"}


WORDS = "alpha beta gamma delta epsilon zeta"


def embed(shift: float) -> Callable[[Sequence[str]], np.ndarray]:
    """Random vectors, those of texts with "omega" moved by `shift` in every direction."""
    return lambda texts: (
        np.stack([np.random.default_rng(len(t)).normal(size=40) for t in texts])
        + shift * np.array([["omega" in t] for t in texts])
    )


def test_inputs_like_the_memory_do_not_drift(events: Make) -> None:
    found = inputs(events(300, WORDS, "x y", 1), events(600, WORDS, "x y", 2), now=NOW, embed=embed(0)).summary
    assert found["rows"] == {"current": 300, "reference": 600}
    assert found["drifted_share"] == 0.0
    assert set(found["columns"]) == {"characters", "words", "unknown_words", "label", "embedding"}


def test_new_words_classes_and_meanings_drift(events: Make) -> None:
    new = events(300, f"{WORDS} omega psi chi", "x z", 1)
    found = inputs(new, events(600, WORDS, "x y", 2), now=NOW, embed=embed(1.0)).summary["columns"]
    assert {name for name, column in found.items() if column["drifted"]} >= {"unknown_words", "label", "embedding"}
    assert not found["words"]["drifted"]


def test_too_few_rows_say_nothing(events: Make) -> None:
    found = inputs(events(200, WORDS, "x", 1), events(3, WORDS, "x", 2), now=NOW)
    assert found.snapshot is None
    assert found.summary["drifted_share"] is None


def test_unlabelled_events_can_be_compared(events: Make) -> None:
    new = events(50, WORDS, "x y", 1)
    new = new.set_column(1, "label", pa.nulls(50, pa.string()))
    assert inputs(new, events(50, WORDS, "x y", 2), now=NOW).summary["columns"]["label"]["drifted"]


def test_a_cycle_run_again_replaces_its_snapshots(results: Make, events: Make, tmp_path: Path) -> None:
    from evidently.ui.workspace import Workspace as Evidently

    from components.monitoring.dashboard import PROJECT, render_html

    workspace = Workspace(tmp_path)
    table = results({"a": (20, 1.0)})
    given = {"now": NOW, "reference": table, "current": table, "known": events(50, WORDS, "x", 2)}
    first = watch(workspace, cycle="one", events=events(50, "secretword", "x", 1), **given)
    assert watch(workspace, cycle="one", events=events(50, "secretword", "x", 1), **given) == first
    watch(workspace, cycle="two", events=events(50, WORDS, "x", 3), **given)
    kept = Evidently(str(workspace.evidently))
    (project,) = kept.list_projects()
    assert (project.id, project.name) == (PROJECT, "perdure")
    assert len(kept.list_runs(PROJECT)) == 4
    assert {Path(path).stem for path in first["snapshots"].values()} <= {str(run) for run in kept.list_runs(PROJECT)}
    assert [panel.title for panel in kept.get_dashboard(PROJECT).panels][-1] == "Input drift"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidently"]
    assert "secretword" not in json.dumps(first)
    assert "secretword" not in (tmp_path / first["snapshots"]["inputs"]).read_text()
    page = render_html(tmp_path / first["snapshots"]["forgetting"], tmp_path / "page.html")
    assert "a: correct" in page.read_text()


def test_nothing_at_all(results: Make, events: Make, tmp_path: Path) -> None:
    found = watch(
        Workspace(tmp_path), cycle="one", now=NOW, reference=results({}), current=results({}), events=events(50, WORDS, "x", 1),
        known=events(0, WORDS, "x", 1),
    )  # fmt: skip
    assert found["snapshots"] == {}
    assert found["forgetting"]["past"] == 0
