"""Score a candidate and its champion on the new experience, on past experiences within a budget, and on the suites."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.contracts import Experience, Predictor, Progress
from components.evaluation.cache import ask_cached
from components.evaluation.cases import HeldOut, Row, held_out, held_out_rows, probe_rows, written
from components.evaluation.cost import latency
from components.evaluation.examples import changed
from components.evaluation.expectations import expand
from components.evaluation.gates import suite_gates
from components.evaluation.probe import quotas, sample
from components.evaluation.result import Evaluation, case_table
from components.evaluation.schema import PROBED, Suite
from components.evaluation.statistics import wilson
from components.settings import GateSettings

__all__ = ["Evaluation", "evaluate"]

SHOWN = 20  # ids of failed cases per suite in the summary


def evaluate(
    candidate: Predictor,
    champion: Predictor | None,
    *,
    experience: Experience,
    past: Sequence[Experience],
    suites: Sequence[Suite],
    settings: GateSettings,
    seed: int,
    progress: Progress | None = None,
    full: bool = False,
    cache: Path | None = None,
    checkpoint_bytes: int | None = None,
) -> Evaluation:
    """Score safety first; a hard failure ends the evaluation (mode enforce). Then past and new held-out cases, behaviour, cost.

    At most settings.probe_cases past cases are scored (`full`: all). `cache`: a folder for answers to held-out cases, so that
    a candidate that became champion is not asked twice. `checkpoint_bytes`: the candidate's size, for cost suites.
    """
    began = time.perf_counter()
    known = frozenset(candidate.labels)
    skipped = {suite.key: note for suite in suites if (note := suite.note(known))}
    asked = sorted(
        (suite for suite in suites if suite.key not in skipped),
        key=lambda suite: (suite.kind != "safety", not suite.hard, suite.kind, suite.name),
    )
    names = Counter(part.name for part in (*past, experience))
    groups = [held_out(part, _name(part, names), candidate) for part in past]
    scored = list(groups) if full else _probe(groups, settings.probe_cases, seed)
    scored += [written(suite, known) for suite in asked if suite.kind == "regression" and suite.experience is None]
    scored.append(held_out(experience, _name(experience, names), candidate))
    probed = [suite for suite in asked if suite.kind in PROBED]
    summary: dict[str, Any] = {
        "experience": experience.digest,
        "new_labels": sorted(known - frozenset(champion.labels)) if champion else [],
        "stopped": None,
        "suites": {suite.key: _asks(suite) for suite in probed},
        "asked": {suite.key: suite.digest for suite in asked if suite.experience is None},
        "skipped": skipped,
        "probe": {"scored": sum(len(group.ids) for group in scored[: len(groups)]), "of": sum(group.total for group in groups)},
        "bounds": {suite.name: suite.bounds.model_dump(exclude_none=True) for suite in asked if suite.bounds},
        "cost": {} if checkpoint_bytes is None else {"checkpoint_bytes": checkpoint_bytes},
    }
    rows: list[Row] = []
    for number, suite in enumerate(probed):
        _report(progress, number, len(probed) + len(scored), f"{suite.kind} {suite.name}")
        rows += _suite_rows(suite, candidate, champion)
        if (
            suite.hard
            and settings.mode == "enforce"
            and any(gate.hard for gate in suite_gates(rows, _only(summary, rows), settings.alpha))
        ):
            summary["stopped"] = suite.name
            return _finish(rows, _only(summary, rows), began)
    for number, group in enumerate(scored, start=len(probed)):
        _report(progress, number, len(probed) + len(scored), f"held-out cases of {group.suite}")
        theirs = ask_cached(champion, group.texts, cache) if champion else None
        mine = ask_cached(candidate, group.texts, cache)
        rows += held_out_rows(group, mine, theirs, past=group.experience != experience.digest)
        summary["suites"][f"regression.{group.suite}"] = {
            "kind": "regression",
            "suite": group.suite,
            "experience": group.experience,
        }
    summary["cost"] |= latency(candidate, scored[-1].texts)
    _report(progress, len(probed) + len(scored), len(probed) + len(scored), f"{len(rows)} cases")
    return _finish(rows, summary, began)


def _name(experience: Experience, names: Counter[str]) -> str:
    return experience.name if names[experience.name] == 1 else f"{experience.name}-{experience.digest[:8]}"


def _probe(groups: Sequence[HeldOut], budget: int, seed: int) -> list[HeldOut]:
    chosen = []
    for group, quota in zip(groups, quotas([len(group.ids) for group in groups], budget)):
        keep = sample(group.ids, quota, seed)
        ids, texts, truth = ([column[n] for n in keep] for column in (group.ids, group.texts, group.truth))
        chosen.append(HeldOut(group.suite, group.experience, ids, texts, truth, group.total))
    return chosen


def _suite_rows(suite: Suite, candidate: Predictor, champion: Predictor | None) -> list[Row]:
    probes = expand(suite, frozenset(candidate.labels))
    texts = [text for probe in probes for text in probe.texts]
    return probe_rows(suite, probes, ask_cached(candidate, texts, None), ask_cached(champion, texts, None) if champion else None)


def _asks(suite: Suite) -> dict[str, Any]:
    return {"kind": suite.kind, "suite": suite.name, "experience": None, "pass_rate": suite.pass_rate, "hard": suite.hard}


def _only(summary: dict[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """The summary with only those suites that have rows."""
    there = {f"{row['kind']}.{row['suite']}" for row in rows}
    kept = {part: {name: value for name, value in summary[part].items() if name in there} for part in ("suites", "asked")}
    return {**summary, **kept}


def _finish(rows: list[Row], summary: dict[str, Any], began: float) -> Evaluation:
    for suite in summary["suites"].values():
        mine = [row for row in rows if (row["kind"], row["suite"]) == (suite["kind"], suite["suite"])]
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
