"""The history of cycles, read from their records: entries, lineage, the accuracy matrix and its metrics. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import eq
from typing import Any, NotRequired, TypedDict

from components.contracts import Outcome
from components.control import artefacts
from components.control.authority import consult
from components.cycle.outputs import Concluded
from components.cycle.records import Records
from components.evaluation.cache import AnswerCache
from components.evaluation.cases import held_out
from components.evaluation.metrics import continual_metrics
from components.governance.state import LedgerState
from components.relabelling import Names
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


def ended(cycle: str, workspace: Workspace, state: LedgerState | None = None) -> Concluded:
    """How a cycle ended, by what the ledger says of its version today: held and then approved is promoted.

    state: the ledger's, if it is at hand.
    """
    concluded = Records(workspace).concluded(cycle)
    known = (state or consult(workspace).state).versions.get(concluded.version)
    if known is None or known.outcome in (None, concluded.outcome):  # restored without its ledger, as after `dvc pull`
        return concluded
    return replace(concluded, outcome=known.outcome, reasons=(known.reason,))


def entry(cycle: str, workspace: Workspace, state: LedgerState | None = None) -> Entry:
    """The entry of a cycle that came to its decision."""
    records = Records(workspace)
    learned, concluded = records.learned(cycle), ended(cycle, workspace, state)
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
        checkpoint = read_manifest(artefacts.checkpoint(workspace, checkpoint))["parent"]
    return cycles[::-1]


def names_of(workspace: Workspace, checkpoint: str | None) -> Names:
    """What classes were renamed to on the way to a checkpoint: from each name that was given up to the class of today."""
    return read_manifest(artefacts.checkpoint(workspace, checkpoint)).get("relabelled", {}) if checkpoint else {}


def is_act(cycle: str, workspace: Workspace) -> bool:
    """Whether a cycle renames or merges classes instead of learning rows."""
    return Records(workspace).opened(cycle).act is not None


def without_acts(cycles: Sequence[str], workspace: Workspace) -> list[str]:
    """The cycles that learned rows: those that a matrix has a column for."""
    return [cycle for cycle in cycles if not is_act(cycle, workspace)]


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
    learned = read_manifest(artefacts.checkpoint(workspace, champion))["experiences"] if champion else []
    return tuple(digest for digest in learned if digest != experience)


def serving_accuracy(cycle: str, workspace: Workspace, state: LedgerState | None = None) -> dict[str, dict[str, float]]:
    """{experience digest: {"accuracy", "n"}} of what served after the cycle: the candidate if promoted, else the champion."""
    records = Records(workspace)
    served = "promoted" in (records.concluded(cycle).outcome, ended(cycle, workspace, state).outcome)
    return records.scores(cycle)["candidate" if served else "champion"]


def matrix(cycles: Sequence[str], workspace: Workspace, candidate: str | None = None) -> Matrix:
    """Row i: after cycle i; column j: held-out cases of cycle j's experience; null where no model was scored.

    One step above the diagonal is the accuracy of the champion before cycle j on its cases: forward transfer needs it.
    `candidate`: a cycle that is not decided yet; it is treated as promoted.
    """
    records, state = Records(workspace), consult(workspace).state
    digests = [records.ingested(cycle).experience for cycle in cycles]
    rows: Matrix = []
    for index, cycle in enumerate(cycles):
        scored = records.scores(cycle)["candidate"] if cycle == candidate else serving_accuracy(cycle, workspace, state)
        row = [scored[digest]["accuracy"] if digest in scored else None for digest in digests]
        if index + 1 < len(cycles):
            row[index + 1] = records.scores(cycles[index + 1])["champion"].get(digests[index + 1], {}).get("accuracy")
        rows.append(row)
    return rows


def candidate_matrix(cycle: str, workspace: Workspace) -> tuple[Matrix, list[str]]:
    """The accuracy matrix as if the cycle's candidate were promoted, and the names of its columns."""
    records = Records(workspace)
    cycles = without_acts([*lineage(workspace, records.opened(cycle).basis.champion), cycle], workspace)
    return matrix(cycles, workspace, candidate=cycle), [records.opened(each).name for each in cycles]


def summarise(cycles: Sequence[str], workspace: Workspace) -> dict[str, Any]:
    """The JSON of `perdure run`: accuracy, forgetting, transfers, matrix, and an entry per cycle.

    What serves at the end is asked about every experience of the stream: those that it never learned count as well.
    """
    table, state = matrix(cycles, workspace), consult(workspace).state
    if cycles:
        table[-1] = answered(table[-1], cycles, workspace)
    return {**continual_metrics(table), "matrix": table, "experiences": [entry(cycle, workspace, state) for cycle in cycles]}


def answered(row: Sequence[float | None], cycles: Sequence[str], workspace: Workspace) -> list[float | None]:
    """The last row of the matrix with the accuracies that no evaluation measured, by asking what served after the last cycle."""
    from components.learning.shared_bases import load  # torch and peft: `status` reads the history, and needs neither

    records, missing = Records(workspace), [n for n, value in enumerate(row) if value is None]
    champion = records.concluded(cycles[-1]).champion
    if not missing:
        return list(row)
    if champion is None:
        return [0.0 if value is None else value for value in row]
    predictor, filled = load(artefacts.checkpoint(workspace, champion), workspace.features), list(row)
    cache = AnswerCache(workspace.answers)
    for n in missing:
        experience = workspace.experience(records.ingested(cycles[n]).experience)
        cases = held_out(experience.known_as(names_of(workspace, champion)), "", predictor)
        given = cache.ask(predictor, cases.texts).of(cases.texts).top() or [""] * len(cases.texts)
        filled[n] = sum(map(eq, given, cases.truth)) / len(given) if given else None
    cache.save()
    return filled
