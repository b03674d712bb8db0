"""Everything the report shows, read from the workspace's records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.cycle.history import finished_cycles, lineage, matrix
from components.cycle.run import entry
from components.errors import UsageError
from components.evaluation.metrics import continual_metrics
from components.report.baselines import Baseline
from components.storage import read_json, read_manifest
from components.workspace import Workspace


@dataclass(frozen=True)
class CycleView:
    """One finished cycle as the report shows it."""

    entry: dict[str, Any]
    gates: list[dict[str, Any]]
    rollout: dict[str, Any]
    drift: dict[str, Any]
    lineage: dict[str, Any]
    counts: dict[str, int]


@dataclass(frozen=True)
class ReportData:
    """The whole page's content. `matrix` covers the promoted cycles only: what the champion learned, in order."""

    cycles: list[CycleView]
    names: list[str]
    matrix: list[list[float | None]]
    metrics: dict[str, Any]
    training_seconds: float
    baselines: list[Baseline]
    ledger: dict[str, Any]
    decisions: list[Any]
    status: dict[str, Any]


def collect(workspace: Workspace, baselines: list[Baseline]) -> ReportData:
    """Read a workspace. Raises UsageError when no cycle has finished there."""
    from components.governance.ledger import Ledger
    from components.registry.registry import Registry

    cycles = finished_cycles(workspace)
    if not cycles:
        raise UsageError(f"No finished cycle in {workspace.root}", "`perdure demo` or `perdure run STREAM` makes some.")
    status = Registry(workspace).status()
    promoted = lineage(workspace, (status["champion"] or {}).get("checkpoint"))
    table = matrix(promoted, workspace)
    ledger = Ledger(workspace.ledger_url)
    views = [_view(cycle, workspace) for cycle in cycles]
    training = sum(view.entry["steps"].get("learn", 0.0) for view in views if view.entry["cycle"] in promoted)
    return ReportData(
        cycles=views,
        names=[view.entry["name"] for cycle in promoted for view in views if view.entry["cycle"] == cycle],
        matrix=table,
        metrics=continual_metrics(table) if table else {},
        training_seconds=training,
        baselines=baselines,
        ledger=ledger.verify(),
        decisions=list(ledger.log(limit=40)),
        status=status,
    )


def _view(cycle: str, workspace: Workspace) -> CycleView:
    folder = workspace.cycles / cycle

    def outputs(step: str) -> dict[str, Any]:
        path = folder / step / "record.json"
        return dict(read_json(path)["outputs"]) if path.is_file() else {}

    found = entry(cycle, workspace)
    manifest = read_manifest(workspace.checkpoint(found["checkpoint"]))
    return CycleView(
        entry=found,
        gates=outputs("judge")["gates"],
        rollout=outputs("rollout"),
        drift=outputs("monitor"),
        lineage={"parent": manifest["parent"], "recipe": manifest["recipe"], "base": manifest["base"]["name"]},
        counts={key: outputs("ingest")[key] for key in ("read", "accepted", "quarantined", "duplicates")},
    )
