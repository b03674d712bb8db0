"""The history of cycles, read from their records: entries, lineage, the accuracy matrix and its metrics. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from components.contracts import Outcome
from components.cycle.records import Records
from components.evaluation.metrics import continual_metrics
from components.storage import read_manifest
from components.workspace import Workspace

Matrix = list[list[float | None]]


class Entry(TypedDict):
    """What scripts read about a finished cycle. `recipe`: only with `learning.recipe: auto`."""

    cycle: str
    name: str
    experience: str
    checkpoint: str
    recipe: NotRequired[dict[str, Any]]
    version: str
    verdict: Outcome
    reasons: list[str]
    seconds: float
    steps: dict[str, float]


def entry(cycle: str, workspace: Workspace) -> Entry:
    """The entry of a cycle that came to its decision."""
    records = Records(workspace)
    learned, concluded = records.learned(cycle), records.concluded(cycle)
    costs = records.seconds(cycle)
    finished = Entry(
        cycle=cycle,
        name=records.opened(cycle).name,
        experience=records.ingested(cycle).experience,
        checkpoint=learned.checkpoint,
        version=concluded.version,
        verdict=concluded.outcome,
        reasons=list(concluded.reasons),
        seconds=round(sum(costs.values()), 3),
        steps=costs,
    )
    if learned.recipe:
        finished["recipe"] = {"chosen": learned.recipe.chosen, "reasons": list(learned.recipe.reasons)}
    return finished


def finished_cycles(workspace: Workspace) -> list[str]:
    """Ids of the cycles that came to a decision, in the order in which they opened."""
    records = Records(workspace)
    return [cycle for cycle in records.cycles() if records.decided(cycle)]


def lineage(workspace: Workspace, checkpoint: str | None) -> list[str]:
    """The cycles whose checkpoints a checkpoint descends from, its own last: everything that it learned, in order."""
    records = Records(workspace)
    made = {records.learned(cycle).checkpoint: cycle for cycle in finished_cycles(workspace)}
    cycles: list[str] = []
    while checkpoint:
        if checkpoint in made:
            cycles.append(made[checkpoint])
        checkpoint = read_manifest(workspace.checkpoint(checkpoint))["parent"]
    return cycles[::-1]


def stream_of(cycle: str, workspace: Workspace) -> list[str]:
    """The cycles from the start of a stream to this one, oldest first. Each cycle records which one it follows."""
    records = Records(workspace)
    cycles: list[str] = []
    following: str | None = cycle
    while following and records.exists(following):
        cycles.insert(0, following)
        following = records.opened(following).basis.follows
    return cycles


def past_experiences(workspace: Workspace, champion: str | None, experience: str) -> tuple[str, ...]:
    """Digests of the experiences that the champion has learned, oldest first, without the experience of this cycle."""
    learned = read_manifest(workspace.checkpoint(champion))["experiences"] if champion else []
    return tuple(digest for digest in learned if digest != experience)


def serving_accuracy(cycle: str, workspace: Workspace) -> dict[str, dict[str, float]]:
    """{experience digest: {"accuracy", "n"}} of what serves after the cycle: the candidate if promoted, else the champion."""
    records = Records(workspace)
    return records.scores(cycle)["candidate" if records.concluded(cycle).outcome == "promoted" else "champion"]


def matrix(cycles: Sequence[str], workspace: Workspace, candidate: str | None = None) -> Matrix:
    """Row i: after cycle i; column j: held-out cases of cycle j's experience; null where no model was scored.

    One step above the diagonal is the accuracy of the champion before cycle j on its cases: forward transfer needs it.
    `candidate`: a cycle that is not decided yet; it is treated as promoted.
    """
    records = Records(workspace)
    digests = [records.ingested(cycle).experience for cycle in cycles]
    rows: Matrix = []
    for index, cycle in enumerate(cycles):
        scored = records.scores(cycle)["candidate"] if cycle == candidate else serving_accuracy(cycle, workspace)
        row = [scored[digest]["accuracy"] if digest in scored else None for digest in digests]
        if index + 1 < len(cycles):
            row[index + 1] = records.scores(cycles[index + 1])["champion"].get(digests[index + 1], {}).get("accuracy")
        rows.append(row)
    return rows


def candidate_matrix(cycle: str, workspace: Workspace) -> tuple[Matrix, list[str]]:
    """The accuracy matrix as if the cycle's candidate were promoted, and the names of its columns."""
    records = Records(workspace)
    cycles = [*lineage(workspace, records.opened(cycle).basis.champion), cycle]
    return matrix(cycles, workspace, candidate=cycle), [records.opened(each).name for each in cycles]


def summarise(cycles: Sequence[str], workspace: Workspace) -> dict[str, Any]:
    """The JSON of `run STREAM`: accuracy, forgetting, transfers, matrix, and an entry per cycle."""
    table = matrix(cycles, workspace)
    return {**continual_metrics(table), "matrix": table, "experiences": [entry(cycle, workspace) for cycle in cycles]}
