"""Everything that the report shows, read from the workspace's records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from components.control import artefacts
from components.control.standing import standing
from components.cycle.history import Entry, entry, finished_cycles, lineage, matrix, without_acts
from components.cycle.records import Records, plain
from components.errors import UsageError
from components.evaluation.metrics import continual_metrics
from components.report.baselines import Baseline
from components.storage import read_manifest
from components.workspace import Workspace


@dataclass(frozen=True)
class CycleView:
    """One finished cycle, as the report shows it."""

    entry: Entry
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

    cycles = finished_cycles(workspace)
    if not cycles:
        raise UsageError(f"No finished cycle in {workspace.root}", "Run `perdure demo` or `perdure run STREAM` first.")
    status = standing(workspace)
    promoted = lineage(workspace, status["champion"]["checkpoint"])
    learned = without_acts(promoted, workspace)
    table = matrix(learned, workspace)
    ledger = Ledger(workspace.ledger_url)
    views = [_view(cycle, workspace) for cycle in cycles]
    training = sum(view.entry["steps"].get("learn", 0.0) for view in views if view.entry["cycle"] in promoted)
    return ReportData(
        cycles=views,
        names=[view.entry["name"] for cycle in learned for view in views if view.entry["cycle"] == cycle],
        matrix=table,
        metrics=continual_metrics(table) if table else {},
        training_seconds=training,
        baselines=baselines,
        ledger=ledger.verify(),
        decisions=list(ledger.log(limit=40)),
        status=status,
    )


def _view(cycle: str, workspace: Workspace) -> CycleView:
    records, finished = Records(workspace), entry(cycle, workspace)
    manifest = read_manifest(artefacts.checkpoint(workspace, finished["checkpoint"]))
    ingested = records.ingested(cycle)
    return CycleView(
        entry=finished,
        gates=[asdict(gate) for gate in records.judged(cycle).gates],
        rollout=plain(records.rolled_out(cycle)),
        drift=plain(records.monitored(cycle)) if records.done(cycle, "monitor") else {},
        lineage={"parent": manifest["parent"], "recipe": manifest["recipe"], "base": manifest["base"]["name"]},
        counts={
            "read": ingested.read,
            "accepted": ingested.accepted,
            "quarantined": ingested.quarantined,
            "duplicates": ingested.duplicates,
        },
    )
