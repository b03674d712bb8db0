"""Both comparisons together: what is kept, replaced and never written."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from components.monitoring.monitor import monitor
from components.workspace import Workspace

pytestmark = pytest.mark.integration
NOW = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)
Make = Callable[..., pa.Table]


WORDS = "alpha beta gamma delta epsilon zeta"


def test_a_cycle_run_again_replaces_its_snapshots(results: Make, events: Make, tmp_path: Path) -> None:
    from evidently.ui.workspace import Workspace as Evidently

    from components.monitoring.dashboard import PROJECT

    workspace = Workspace(tmp_path)
    table = results({"a": (20, 1.0)})
    given = {"now": NOW, "reference": table, "current": table, "known": events(50, WORDS, "x", 2), "against": "memory"}
    first = monitor(workspace, cycle="one", events=events(50, "secretword", "x", 1), **given)
    assert monitor(workspace, cycle="one", events=events(50, "secretword", "x", 1), **given) == first
    monitor(workspace, cycle="two", events=events(50, WORDS, "x", 3), **given)
    kept = Evidently(str(workspace.evidently))
    (project,) = kept.list_projects()
    assert (project.id, project.name) == (PROJECT, "perdure")
    assert len(kept.list_runs(PROJECT)) == 4
    assert {Path(path).stem for path in first["snapshots"].values()} <= {str(run) for run in kept.list_runs(PROJECT)}
    assert [panel.title for panel in kept.get_dashboard(PROJECT).panels][-1] == "Input drift"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidently"]
    assert "secretword" not in json.dumps(first)
    assert "secretword" not in (tmp_path / first["snapshots"]["inputs"]).read_text()
    assert "a: correct" in (tmp_path / first["snapshots"]["forgetting"]).read_text()


def test_no_markup_of_a_name_or_a_label_reaches_evidently(results: Make, events: Make, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    table = results({"a": (20, 1.0)})
    given = {"now": NOW, "reference": table, "current": table, "known": events(50, WORDS, "x", 2), "against": "memory"}
    found = monitor(Workspace(tmp_path), cycle=hostile, names={"a": hostile}, events=events(50, WORDS, hostile, 1), **given)
    assert hostile in found["forgetting"]["experiences"], "our own pages escape it"
    kept = [path.read_text() for path in (tmp_path / "evidently").rglob("*.json")]
    assert any("‹img src=x" in text for text in kept)
    assert not [text for text in kept if "<" in text or ">" in text]


def test_nothing_at_all(results: Make, events: Make, tmp_path: Path) -> None:
    findings = monitor(
        Workspace(tmp_path),
        cycle="one",
        now=NOW,
        reference=results({}),
        current=results({}),
        events=events(50, WORDS, "x", 1),
        known=events(0, WORDS, "x", 1),
        against="past held-out cases",
    )
    assert findings["snapshots"] == {}
    assert findings["forgetting"]["past"] == 0
    assert findings["inputs"]["against"] == "past held-out cases"
