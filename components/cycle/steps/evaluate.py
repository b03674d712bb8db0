"""evaluate and judge: a candidate's answers beside the champion's, and what the gates make of them."""

from __future__ import annotations

from typing import Any

from components.contracts import Experience, Verdict
from components.cycle.run import Context, Outputs, Step
from components.learning.shared_bases import load
from components.storage import digest_file, read_manifest, write_json


def past_experiences(c: Context) -> list[Experience]:
    """What the champion has learned before, oldest first; today's experience is not past."""
    learned = read_manifest(c.champion)["experiences"] if c.champion else []
    return [c.workspace.experience(digest) for digest in learned if digest != c.experience.digest]


def _evaluate_inputs(c: Context) -> dict[str, Any]:
    from components.evaluation.suites import digests, suites_of

    return {
        "candidate": c.candidate.name,
        "champion": c.champion.name if c.champion else None,
        "experience": c.experience.digest,
        "suites": digests(suites_of(c.settings.gates)),
        "probe_cases": c.settings.gates.probe_cases,
        "mode": c.settings.gates.mode,  # enforced, a hard safety failure stops the tests at once
        "seed": c.settings.seed,
    }


def _evaluate(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.evaluation.evaluate import evaluate
    from components.evaluation.suites import suites_of

    features = c.workspace.features
    candidate, champion = load(c.candidate, features), load(c.champion, features) if c.champion else None
    found = evaluate(
        candidate, champion, experience=c.experience, past=past_experiences(c),
        suites=suites_of(c.settings.gates), settings=c.settings.gates, seed=c.settings.seed, progress=c.progress,
        cache=c.workspace.answers, checkpoint_bytes=sum(path.stat().st_size for path in c.candidate.rglob("*") if path.is_file()),
    )  # fmt: skip
    folder = c.folder / "evaluate"
    found.save(folder)
    write_json(folder / "accuracy.json", {side: found.accuracy(side) for side in ("candidate", "champion")})
    return {"cases": digest_file(folder / "cases.parquet"), "suites": found.summary["asked"]}


def _judge_inputs(c: Context) -> dict[str, Any]:
    # the suites' digests, not their folders; bounds of cost suites are not among the cases
    return {**c.outputs("evaluate"), "settings": c.settings.gates.model_dump(mode="json", exclude={"suites"})}


def _judge(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.evaluation.evaluate import Evaluation
    from components.evaluation.gates import judge

    return judge(Evaluation.load(c.folder / "evaluate"), c.settings.gates).record()


def verdict_of(c: Context) -> Verdict:
    """The verdict as `judge` recorded it."""
    return Verdict.read(c.outputs("judge"))


def stops(verdict: Verdict) -> bool:
    """Does the verdict end the candidate's way? In mode `report` gates only tell."""
    return verdict.status == "fail" and verdict.mode == "enforce"


EVALUATE = Step(
    "evaluate",
    _evaluate_inputs,
    _evaluate,
    lambda c, made: [c.folder / "evaluate" / name for name in ("cases.parquet", "summary.json", "accuracy.json")],
)
JUDGE = Step("judge", _judge_inputs, _judge, lambda c, made: [])
