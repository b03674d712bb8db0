"""What a list of cycles adds up to: the accuracy matrix and its metrics, read from the cycles' records. Pure reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.cycle.run import entry
from components.storage import read_json, read_manifest
from components.workspace import Workspace


def serving_accuracy(cycle: str, workspace: Workspace) -> dict[str, dict[str, float]]:
    """{experience digest: {"accuracy", "n"}} of whoever serves after the cycle: the candidate if promoted, else the champion."""
    folder = workspace.cycles / cycle
    outcome = read_json(folder / "promote" / "record.json")["outputs"]["outcome"]
    return scores(folder)["candidate" if outcome == "promoted" else "champion"]


def matrix(cycles: Sequence[str], workspace: Workspace, candidate: str | None = None) -> list[list[float | None]]:
    """Row i: after cycle i; column j: held-out cases of cycle j's experience; null where nobody was scored.

    One step above the diagonal stands what the champion before cycle j made of its cases: forward transfer needs it.
    `candidate`: the cycle not yet decided on, taken as if it were promoted.
    """
    folders = [workspace.cycles / cycle for cycle in cycles]
    digests = [read_json(folder / "ingest" / "record.json")["outputs"]["experience"] for folder in folders]
    rows: list[list[float | None]] = []
    for index, (cycle, folder) in enumerate(zip(cycles, folders, strict=True)):
        scored = scores(folder)["candidate"] if cycle == candidate else serving_accuracy(cycle, workspace)
        row = [scored[digest]["accuracy"] if digest in scored else None for digest in digests]
        if index + 1 < len(cycles):
            row[index + 1] = scores(folders[index + 1])["champion"].get(digests[index + 1], {}).get("accuracy")
        rows.append(row)
    return rows


def scores(folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    """{"candidate" | "champion": {experience digest: {"accuracy", "n"}}} of a cycle's folder."""
    found: dict[str, dict[str, dict[str, float]]] = read_json(folder / "evaluate" / "accuracy.json")
    return found


def finished_cycles(workspace: Workspace) -> list[str]:
    """Ids of the cycles that came to a decision, in the order in which they did."""
    records = [path for path in workspace.cycles.glob("*/promote/record.json") if (path.parent.parent / "cycle.json").is_file()]
    return [path.parent.parent.name for path in sorted(records, key=lambda path: path.stat().st_mtime)]


def lineage(workspace: Workspace, checkpoint: str | None) -> list[str]:
    """The cycles whose checkpoints a checkpoint descends from, its own last: what it learned, in order."""
    made = {
        read_json(workspace.cycles / cycle / "learn" / "record.json")["outputs"]["checkpoint"]: cycle
        for cycle in finished_cycles(workspace)
    }
    cycles: list[str] = []
    while checkpoint:
        if checkpoint in made:
            cycles.append(made[checkpoint])
        checkpoint = read_manifest(workspace.checkpoint(checkpoint))["parent"]
    return cycles[::-1]


def summarise(cycles: Sequence[str], workspace: Workspace) -> dict[str, Any]:
    """The JSON of `run STREAM` (DESIGN §10): accuracy, forgetting, transfers, matrix, and an entry per cycle."""
    from components.evaluation.metrics import continual_metrics

    table = matrix(cycles, workspace)
    return {**continual_metrics(table), "matrix": table, "experiences": [entry(cycle, workspace) for cycle in cycles]}
