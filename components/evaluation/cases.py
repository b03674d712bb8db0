"""Rows of the cases table: held-out cases of experiences and probes of suites, answered by candidate and champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from components.contracts import Experience, Predictions, Predictor, Score, exact, target_of
from components.evaluation.anchors import Anchors
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


@dataclass(frozen=True)
class Sides:
    """The answers that past and new cases are compared by. labels, champion_knew: what each predictor knows.

    The labels of answers are others where a model writes freely: those that it wrote.
    """

    candidate: Answers
    labels: tuple[str, ...]
    champion: Answers | None = None
    champion_knew: tuple[str, ...] = ()
    score: Score = exact
    anchors: Anchors = field(default_factory=Anchors)


def held_out_rows(cases: HeldOut, sides: Sides, *, past: bool, doubted: bool = False) -> list[Row]:
    """One row per held-out case; an answer is right if its score is 1.

    `past`: also score the candidate on only the labels that the champion knew, those known when the case was learned, and those
    that the last approved version knew; and take the anchors' scores. `doubted`: these cases were scored because others of
    their task had got worse, so a mean over all tasks must leave them out.
    """
    candidate, champion, score = sides.candidate, sides.champion, sides.score
    mine = _columns("candidate", candidate, cases, score)
    theirs = _columns("champion", champion, cases, score) if champion else [{}] * len(cases.ids)
    more = _against(cases, sides) if past else [{}] * len(cases.ids)
    place = {"suite": cases.suite, "kind": "regression", "experience": cases.experience, "doubted": doubted}
    return [
        {**place, "case": cases.ids[n], "text": cases.texts[n], "truth": cases.truth[n], **mine[n], **theirs[n], **more[n]}
        for n in range(len(cases.ids))
    ]


def _against(cases: HeldOut, sides: Sides) -> list[Row]:
    """What the anchors scored on these past cases, and the candidate with no more labels than each of its rivals knew."""
    anchors, labels = sides.anchors, sides.labels
    task = anchors.tasks.get(cases.experience or "")
    approved = anchors.approved.get(cases.experience or "", {})
    rivals = {
        "candidate_known_score": frozenset(sides.champion_knew) if sides.champion else None,
        "candidate_then_score": task.known.among(labels) if task else None,
        "candidate_approved_score": anchors.approver_knew.among(labels) if approved and anchors.approver_knew else None,
    }
    scored = {name: _among(cases, sides, known) for name, known in rivals.items()}
    return [
        {
            **{name: scores[n] for name, scores in scored.items()},
            "anchor_score": task.best.get(case) if task else None,
            "anchor_joint_score": task.joint.get(case) if task else None,
            "approved_score": approved.get(case),
        }
        for n, case in enumerate(cases.ids)
    ]


def _among(cases: HeldOut, sides: Sides, known: frozenset[str] | None) -> Sequence[float | None]:
    """The candidate's scores if it may answer with these labels only; a model that writes freely has none to leave out."""
    if known is None:
        return [None] * len(cases.ids)
    answers = sides.candidate if sides.candidate.labels != sides.labels else sides.candidate.among(known)
    return _scores(answers.of(cases.texts), cases.truth, sides.score)


def probe_rows(suite: Suite, probes: Sequence[Probe], candidate: Answers, champion: Answers | None) -> list[Row]:
    """One row per probe of a suite; champion columns stay null where it does not know the labels.

    candidate_known_score: whether the candidate passes as well if it may answer with the champion's labels only.
    """
    rows = []
    for probe in probes:
        row: Row = {"suite": suite.name, "kind": suite.kind, "case": probe.id, "text": probe.text, "truth": probe.truth}
        row |= _behaviour("candidate", probe, candidate)
        if champion and probe.case.applies(frozenset(champion.labels)):
            row |= _behaviour("champion", probe, champion)
            row["candidate_known_score"] = float(passes(probe, candidate.among(champion.labels)))
        rows.append(row)
    return rows


def _behaviour(side: str, probe: Probe, answers: Answers) -> Row:
    return {
        f"{side}_predicted": answers.label(probe.text),
        f"{side}_correct": passes(probe, answers),
        f"{side}_confidence": answers.confidence(probe.text),
        f"{side}_margin": float(answers.of([probe.text]).margin(probe.case.expect[:1])[0]) if probe.case.expect else None,
    }


def _columns(side: str, answers: Answers, cases: HeldOut, score: Score) -> list[Row]:
    predictions = answers.of(cases.texts)
    top = predictions.top() or [""] * len(cases.truth)
    scores = _scores(predictions, cases.truth, score)
    columns = zip(top, scores, predictions.confidence().tolist(), predictions.margin(cases.truth).tolist())
    return [
        {
            f"{side}_predicted": answer, f"{side}_correct": right == 1, f"{side}_score": right,
            f"{side}_confidence": sure, f"{side}_margin": gap,
        }
        for answer, right, sure, gap in columns
    ]  # fmt: skip


def _scores(predictions: Predictions, truth: Sequence[str], score: Score) -> list[float]:
    top = predictions.top() or [""] * len(truth)
    return [score(answer, asked) for answer, asked in zip(top, truth)]
