"""Score a candidate and its rivals on the new experience, on past experiences within a budget, and on the suites.

Past cases are scored in two stages. First a few of every task. Then, where a task has got worse, the rest of its cases: so the
budget is spent where doubt is, and the number of tasks hardly matters.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from components.contracts import Experience, Predictor, Progress
from components.evaluation.anchors import Anchors
from components.evaluation.answers import ask
from components.evaluation.cache import AnswerCache
from components.evaluation.cases import Row, held_out, probe_rows, written
from components.evaluation.cost import latency
from components.evaluation.exam import Beside, Exam, compare, past_rows
from components.evaluation.examples import changed
from components.evaluation.expectations import expand
from components.evaluation.gates_suites import suite_gates
from components.evaluation.reference import Encode, Reference
from components.evaluation.relabelled import Renamed, suite_now
from components.evaluation.result import Evaluation, case_table
from components.evaluation.schema import PROBED, Suite
from components.evaluation.scores import SCORES
from components.evaluation.statistics import wilson
from components.relabelling import Names
from components.settings import GateSettings

__all__ = ["Evaluation", "evaluate"]

SHOWN = 20  # ids of failed cases per suite in the summary
NAMED = 3  # labels named that a suite was not set for


@dataclass(frozen=True)
class Rivals:
    """What a candidate is compared with besides the champion's present answers.

    anchors: how each past task was answered when it was served best. encode: the frozen base model, and `joint`: the reference
    over all that the champion learned; None, empty: no reference (models that write).
    """

    anchors: Anchors = field(default_factory=Anchors)
    encode: Encode | None = None
    joint: Reference = field(default_factory=Reference)


def evaluate(
    candidate: Predictor,
    champion: Predictor | None,
    *,
    experience: Experience,
    past: Sequence[Experience],
    suites: Sequence[Suite],
    settings: GateSettings,
    seed: int,
    rivals: Rivals | None = None,
    progress: Progress | None = None,
    full: bool = False,
    cache: Path | None = None,
    checkpoint_bytes: int | None = None,
    names: Names | None = None,
) -> Evaluation:
    """Score safety first; a hard failure ends the evaluation (mode enforce). Then past and new held-out cases, behaviour, cost.

    About settings.probe_cases past cases are scored (`full`: all). `cache`: a folder for answers to held-out cases, so that
    a candidate that became champion is not asked twice. `checkpoint_bytes`: the candidate's size, for cost suites.
    `names`: what classes were renamed to before the candidate was made: truths, suites and the champion are read through it.
    """
    began, rivals, names = time.perf_counter(), rivals or Rivals(), names or {}
    known = frozenset(candidate.labels)
    experience, past = experience.known_as(names), [part.known_as(names) for part in past]
    written_down, suites = suites, [suite_now(suite, names) for suite in suites]
    if champion and not names.keys().isdisjoint(champion.labels):
        champion = Renamed(champion, names)
    skipped = {suite.key: note for suite in suites if (note := suite.note(known))}
    digests = {suite.key: suite.digest for suite in written_down}
    asked = sorted(
        (suite for suite in suites if suite.key not in skipped),
        key=lambda suite: (suite.kind != "safety", not suite.hard, suite.kind, suite.name),
    )
    titles = Counter(part.name for part in (*past, experience))
    groups = [held_out(part, _name(part, titles), candidate) for part in past]
    people = [written(suite, known) for suite in asked if suite.kind == "regression" and suite.experience is None]
    new = held_out(experience, _name(experience, titles), candidate)
    probed = [suite for suite in asked if suite.kind in PROBED]
    total = len(probed) + len(groups) + len(people) + 1
    summary: dict[str, Any] = {
        "experience": experience.digest,
        "new_labels": sorted(known - frozenset(champion.labels)) if champion else [],
        "compared": champion is not None,
        "stopped": None,
        "suites": {suite.key: _asks(suite, known) for suite in probed},
        "asked": {suite.key: digests[suite.key] for suite in asked if suite.experience is None},
        "skipped": skipped,
        "bounds": {suite.name: suite.bounds.model_dump(exclude_none=True) for suite in asked if suite.bounds},
        "cost": {} if checkpoint_bytes is None else {"checkpoint_bytes": checkpoint_bytes},
    }
    if experience.relabels:
        merges = isinstance(champion, Renamed) and len(champion.labels) < len(champion.predictor.labels)
        summary["act"] = {"names": dict(experience.relabels), "merges": merges}
    if read := [suite.key for suite in suites if suite.digest != digests[suite.key]]:
        summary["read_under_new_names"] = read
    rows: list[Row] = []
    for number, suite in enumerate(probed):
        _report(progress, number, total, f"{suite.kind} {suite.name}")
        rows += _suite_rows(suite, candidate, champion)
        if (
            suite.hard
            and settings.mode == "enforce"
            and any(gate.hard for gate in suite_gates(rows, _only(summary, rows), settings.alpha))
        ):
            summary["stopped"] = suite.name
            return _finish(rows, _only(summary, rows), began)
    exam = Exam(candidate, champion, rivals.anchors, SCORES[settings.score], AnswerCache(cache))
    _report(progress, len(probed), total, f"held-out cases of {len(groups)} past tasks")
    probe = past_rows(exam, groups, None if full else settings.probe_cases, seed + len(past), settings.collapse_margin)
    rows += probe
    summary["probe"] = {
        "scored": len(probe),
        "doubted": sum(row["doubted"] for row in probe),
        "of": sum(group.total for group in groups),
        "tasks": len(groups),
    }
    rows += [row for those in exam.rows(people, past=True) for row in those]
    _report(progress, total - 1, total, f"held-out cases of {new.suite}")
    rows += exam.rows([new], past=False)[0]
    beside = Beside(rivals.joint)
    if not candidate.writes:
        beside = compare(rows, exam, experience, rivals.encode, rivals.joint, new)
        summary |= {"left_out": beside.left_out.summary(), "triggers": [], **beside.odd}
    exam.cache.save()
    for group in (*groups, *people, *([] if experience.relabels else [new])):
        place = {"kind": "regression", "suite": group.suite, "experience": group.experience}
        summary["suites"][f"regression.{group.suite}"] = place
    summary["cost"] |= latency(candidate, new.texts)
    _report(progress, total, total, f"{len(rows)} cases")
    return replace(_finish(rows, summary, began), joint=beside.joint)


def _name(experience: Experience, names: Counter[str]) -> str:
    return experience.name if names[experience.name] == 1 else f"{experience.name}-{experience.digest[:8]}"


def _suite_rows(suite: Suite, candidate: Predictor, champion: Predictor | None) -> list[Row]:
    probes = expand(suite, frozenset(candidate.labels))
    texts = [text for probe in probes for text in probe.texts]
    return probe_rows(suite, probes, ask(candidate, texts), ask(champion, texts) if champion else None)


def _asks(suite: Suite, known: frozenset[str]) -> dict[str, Any]:
    """pass_rate: None where it was set for other labels than these."""
    asks = {"kind": suite.kind, "suite": suite.name, "experience": None, "pass_rate": suite.pass_rate, "hard": suite.hard}
    foreign = suite.foreign(known)
    return {**asks, "pass_rate": None, "foreign": foreign[:NAMED], "foreign_labels": len(foreign)} if foreign else asks


def _only(summary: dict[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """The summary with only those suites that have rows."""
    there = {f"{row['kind']}.{row['suite']}" for row in rows}
    kept = {part: {name: value for name, value in summary[part].items() if name in there} for part in ("suites", "asked")}
    return {**summary, **kept}


def _finish(rows: list[Row], summary: dict[str, Any], began: float) -> Evaluation:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["kind"], row["suite"]), []).append(row)
    for suite in summary["suites"].values():
        mine = groups.get((suite["kind"], suite["suite"]), [])
        suite["n"] = len(mine)
        for side in ("candidate", "champion"):
            outcomes = [row[f"{side}_correct"] for row in mine if row.get(f"{side}_correct") is not None]
            suite[side] = wilson(sum(outcomes), len(outcomes)).as_dict() if outcomes else None
        suite["failed"] = [row["case"] for row in mine if not row["candidate_correct"]][:SHOWN]
    summary["changes"] = {side: len(those) for side, those in changed(rows).items()}
    summary["cost"]["seconds"] = round(time.perf_counter() - began, 3)
    return Evaluation(case_table(rows), summary)


def _report(progress: Progress | None, done: int, total: int, line: str) -> None:
    if progress:
        progress(done, total, line)
