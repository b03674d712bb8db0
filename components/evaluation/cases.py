"""Rows of the cases table: held-out cases of experiences and probes of suites, answered by candidate and champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.contracts import Experience, Predictions, Predictor, Score, exact, target_of
from components.evaluation.answers import Answers
from components.evaluation.expectations import Probe, passes
from components.evaluation.schema import Suite

Row = dict[str, Any]


@dataclass(frozen=True)
class HeldOut:
    """Some held-out cases of an experience, or all cases of a regression suite that people wrote."""

    suite: str
    experience: str | None
    ids: list[str]
    texts: list[str]
    truth: list[str]
    total: int  # how many there are; `ids` may be a sample


def held_out(experience: Experience, suite: str, predictor: Predictor) -> HeldOut:
    """All held-out cases with a known answer: first the completion for models that write, first the label for classifiers."""
    rows = experience.table("heldout").select(["digest", "text", "label", "completion"]).to_pylist()
    writes = predictor.writes
    cases = [(str(row["digest"]), str(row["text"]), answer) for row in rows if (answer := target_of(row, writes))]
    ids, texts, truth = ([case[n] for case in cases] for n in range(3))
    return HeldOut(suite, experience.digest, ids, texts, truth, len(cases))


def written(suite: Suite, known: frozenset[str]) -> HeldOut:
    """The cases of a regression suite that a model with these labels can answer."""
    cases = [case for case in suite.cases if case.applies(known)]
    return HeldOut(
        suite.name,
        suite.experience,
        [case.id for case in cases],
        [case.text for case in cases],
        [case.expect[0] for case in cases],
        len(cases),
    )


def held_out_rows(cases: HeldOut, candidate: Answers, champion: Answers | None, *, past: bool, score: Score = exact) -> list[Row]:
    """One row per held-out case; an answer is right if its score is 1.

    `past`: also score the candidate on only the labels that the champion knows.
    """
    mine = _columns("candidate", candidate.of(cases.texts), cases.truth, score)
    theirs = _columns("champion", champion.of(cases.texts), cases.truth, score) if champion else [{}] * len(cases.ids)
    known: list[bool | None] = [None] * len(cases.ids)
    if champion and past:
        narrowed = _narrow(candidate.of(cases.texts), frozenset(champion.labels)).top()
        known = [score(answer, truth) == 1 for answer, truth in zip(narrowed or [""] * len(cases.ids), cases.truth)]
    place = {"suite": cases.suite, "kind": "regression", "experience": cases.experience}
    return [
        {
            **place,
            "case": cases.ids[n],
            "text": cases.texts[n],
            "truth": cases.truth[n],
            **mine[n],
            **theirs[n],
            "candidate_known_correct": known[n],
        }
        for n in range(len(cases.ids))
    ]


def probe_rows(suite: Suite, probes: Sequence[Probe], candidate: Answers, champion: Answers | None) -> list[Row]:
    """One row per probe of a suite; champion columns stay null where it does not know the labels."""
    rows = []
    for probe in probes:
        row: Row = {"suite": suite.name, "kind": suite.kind, "case": probe.id, "text": probe.text, "truth": probe.truth}
        row |= _behaviour("candidate", probe, candidate)
        if champion and probe.case.applies(frozenset(champion.labels)):
            row |= _behaviour("champion", probe, champion)
        rows.append(row)
    return rows


def _behaviour(side: str, probe: Probe, answers: Answers) -> Row:
    return {
        f"{side}_predicted": answers.label(probe.text),
        f"{side}_correct": passes(probe, answers),
        f"{side}_confidence": answers.confidence(probe.text),
        f"{side}_margin": float(answers.of([probe.text]).margin(probe.case.expect[:1])[0]) if probe.case.expect else None,
    }


def _columns(side: str, predictions: Predictions, truth: Sequence[str], score: Score) -> list[Row]:
    top = predictions.top() or [""] * len(truth)
    right = [score(answer, asked) == 1 for answer, asked in zip(top, truth)]
    columns = zip(top, right, predictions.confidence().tolist(), predictions.margin(truth).tolist())
    return [
        {f"{side}_predicted": answer, f"{side}_correct": correct, f"{side}_confidence": sure, f"{side}_margin": gap}
        for answer, correct, sure, gap in columns
    ]


def _narrow(predictions: Predictions, allowed: frozenset[str]) -> Predictions:
    columns = [n for n, label in enumerate(predictions.labels) if label in allowed]
    return Predictions(tuple(predictions.labels[n] for n in columns), predictions.probabilities[:, columns])
