"""register, rollout, promote and monitor: from a judged candidate to whoever serves."""

from __future__ import annotations

from typing import Any

from components.contracts import Outcome, Verdict
from components.cycle.history import lineage, matrix
from components.cycle.run import Context, Outputs, Step, step_seconds
from components.cycle.steps.evaluate import past_experiences, stops, verdict_of
from components.storage import read_json, write_json

ACTOR = "perdure"


def _register_inputs(c: Context) -> dict[str, Any]:
    return {
        "candidate": c.candidate.name,
        "champion": c.champion.name if c.champion else None,
        "cases": c.outputs("evaluate")["cases"],
        "verdict": c.outputs("judge"),
    }


def _register(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.control.register import register
    from components.evaluation.evaluate import Evaluation
    from components.evaluation.examples import changes
    from components.evaluation.metrics import continual_metrics
    from components.registry.registration import Registration
    from components.registry.registry import Registry

    registry = Registry(c.workspace)
    evaluation = Evaluation.load(c.folder / "evaluate")
    rows, names = candidate_matrix(c)
    metrics = {name: value for name, value in continual_metrics(rows).items() if value is not None}
    measured = c.folder / "learn" / "training.json"  # not there when DVC restored the step instead of running it
    registration = Registration(
        checkpoint=c.candidate,
        parent_version=registry.version_of(c.champion.name) if c.champion else None,
        experience=c.experience,
        params={**c.settings.learning.model_dump(mode="json"), "seed": c.settings.seed},
        metrics=metrics,
        verdict=verdict_of(c),
        evaluation_summary=evaluation.summary,
        examples=changes(evaluation),
        matrix=rows,
        names=names,
        cost={**step_seconds(c.cycle, c.workspace), "training": read_json(measured) if measured.is_file() else {}},
        validation=read_json(c.folder / "ingest" / "validation.json"),
        judged_against=inputs["champion"],
        cycle=c.cycle,
    )
    return {"version": register(registry, registration, c.now)}


def candidate_matrix(c: Context) -> tuple[list[list[float | None]], list[str]]:
    """The accuracy matrix as it would stand with the candidate promoted, and its columns' names."""
    cycles = lineage(c.workspace, c.champion.name if c.champion else None)
    names = [read_json(c.workspace.cycles / cycle / "cycle.json")["name"] for cycle in cycles] + [c.request["name"]]
    return matrix([*cycles, c.cycle], c.workspace, candidate=c.cycle), names


# ---------------------------------------------------------------- rollout


def _rollout_inputs(c: Context) -> dict[str, Any]:
    return {
        "candidate": c.candidate.name,
        "champion": c.champion.name if c.champion else None,
        "experience": c.experience.digest,
        "verdict": [c.outputs("judge")["status"], c.outputs("judge")["mode"]],
        "settings": c.settings.rollout.model_dump(mode="json", exclude={"approval"}),
        "seed": c.settings.seed,
    }


def _rollout(c: Context, inputs: dict[str, Any]) -> Outputs:
    if stops(verdict_of(c)):
        return {"status": "skipped", "reason": ""}
    from components.gateway.kept import kept_gateway
    from components.gateway.replay import rollout

    found = rollout(
        c.candidate, c.champion, c.experience, settings=c.settings.rollout, seed=c.settings.seed,
        gateway=kept_gateway(c.settings.learning.base), progress=c.progress,
    )  # fmt: skip
    write_json(c.folder / "rollout" / "traffic.json", found.as_dict())
    decision = found.decision
    return {
        "status": decision.status,
        "reason": decision.reason,
        "estimate": decision.estimate,
        "low": decision.low,
        "high": decision.high,
    }


# ---------------------------------------------------------------- promote


def _promote_inputs(c: Context) -> dict[str, Any]:
    return {
        "version": c.outputs("register")["version"],
        "verdict": c.outputs("judge"),
        "rollout": c.outputs("rollout"),
        "approval": c.settings.rollout.approval,
    }


def decide(verdict: Verdict, traffic: dict[str, Any], approval: str) -> tuple[Outcome, list[str]]:
    """What becomes of a candidate, and why: a failed gate rejects, traffic rolls back, doubt holds for a person."""
    if stops(verdict):
        return "rejected", verdict.reasons
    if traffic["status"] == "rolled_back":
        return "rolled_back", [traffic["reason"]]
    if verdict.mode == "enforce" and verdict.status == "inconclusive":
        return "held", verdict.reasons
    if traffic["status"] == "held":
        return "held", [traffic["reason"]]
    if approval == "always":
        return "held", ["Every promotion waits for a person (rollout.approval: always)."]
    return "promoted", verdict.reasons


def _promote(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.control.actions import conclude
    from components.registry.registry import Registry

    registry = Registry(c.workspace)
    version = inputs["version"]
    outcome, reasons = decide(verdict_of(c), inputs["rollout"], inputs["approval"])
    learned = c.outputs("learn")
    if (
        outcome == "promoted"
        and not c.request["after"]
        and registry.champion_checkpoint() not in (learned["serving"], c.candidate.name)
    ):
        outcome, reasons = "held", ["The champion moved while this candidate was tested: it was compared with another one."]
    reason = " ".join(reasons) or "All gates passed and traffic showed no harm."
    conclude(registry, version, outcome, actor=ACTOR, reason=reason, now=c.now)
    champion = c.candidate.name if outcome == "promoted" else learned["champion"]
    if outcome == "promoted":
        from components.evaluation.suites import freeze

        freeze(c.experience, c.workspace.suites)
    return {"outcome": outcome, "reasons": reasons, "version": version, "champion": champion}


# ---------------------------------------------------------------- monitor


def _monitor_inputs(c: Context) -> dict[str, Any]:
    return {"promoted": c.outputs("promote")["outcome"] == "promoted", "cases": c.outputs("evaluate")["cases"]}


def _monitor(c: Context, inputs: dict[str, Any]) -> Outputs:
    if not inputs["promoted"]:
        return {"status": "skipped"}
    from components.monitoring.gather import known_events, new_events, past_cases
    from components.monitoring.monitor import monitor
    from components.monitoring.page import render, tripped
    from components.registry.attach import attach_monitoring
    from components.registry.registry import Registry

    past = past_experiences(c)
    learned = [c.workspace.cycles / cycle for cycle in lineage(c.workspace, c.champion.name if c.champion else None)]
    files = [
        (read_json(folder / "ingest" / "record.json")["outputs"]["experience"], folder / "evaluate" / "cases.parquet")
        for folder in learned
    ]
    reference, current = past_cases(files, c.folder / "evaluate" / "cases.parquet", past)
    known, against = known_events(past, c.champion)
    found = monitor(
        c.workspace,
        cycle=c.cycle,
        now=c.now,
        reference=reference,
        current=current,
        events=new_events(c.experience),
        known=known,
        against=against,
        names={experience.digest: experience.name for experience in past},
    )
    forgotten = tripped(found)
    attach_monitoring(Registry(c.workspace), c.outputs("promote")["version"], found, render(found, c.cycle), forgotten)
    return {"status": "forgetting" if forgotten else "kept", **found}


REGISTER = Step("register", _register_inputs, _register, lambda c, made: [])
ROLLOUT = Step("rollout", _rollout_inputs, _rollout, lambda c, made: [])
PROMOTE = Step("promote", _promote_inputs, _promote, lambda c, made: [])
MONITOR = Step("monitor", _monitor_inputs, _monitor, lambda c, made: [])
