"""What a list of cycles adds up to: the accuracy matrix and its metrics, read from the cycles' records. Pure reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.cycle import entry
from components.storage import read_json
from components.workspace import Workspace


def serving_accuracy(cycle: str, workspace: Workspace) -> dict[str, dict[str, float]]:
    """{experience digest: {"accuracy", "n"}} of whoever serves after the cycle: the candidate if promoted, else the champion."""
    folder = workspace.cycles / cycle
    accuracy: dict[str, dict[str, dict[str, float]]] = read_json(folder / "evaluate" / "accuracy.json")
    outcome = read_json(folder / "promote" / "record.json")["outputs"]["outcome"]
    return accuracy["candidate" if outcome == "promoted" else "champion"]


def matrix(cycles: Sequence[str], workspace: Workspace) -> list[list[float | None]]:
    """Row i: after cycle i; column j: held-out cases of cycle j's experience; null where nobody was scored.

    One step above the diagonal stands what the champion before cycle j made of its cases: forward transfer needs it.
    """
    digests = [read_json(workspace.cycles / cycle / "ingest" / "record.json")["outputs"]["experience"] for cycle in cycles]
    rows: list[list[float | None]] = []
    for index, cycle in enumerate(cycles):
        scored = serving_accuracy(cycle, workspace)
        row = [scored[digest]["accuracy"] if digest in scored else None for digest in digests]
        if index + 1 < len(cycles):
            before = read_json(workspace.cycles / cycles[index + 1] / "evaluate" / "accuracy.json")["champion"]
            row[index + 1] = before.get(digests[index + 1], {}).get("accuracy")
        rows.append(row)
    return rows


def summarise(cycles: Sequence[str], workspace: Workspace) -> dict[str, Any]:
    """The JSON of `run STREAM` (DESIGN §10): accuracy, forgetting, transfers, matrix, and an entry per cycle."""
    from components.evaluation.metrics import continual_metrics

    table = matrix(cycles, workspace)
    return {**continual_metrics(table), "matrix": table, "experiences": [entry(cycle, workspace) for cycle in cycles]}
