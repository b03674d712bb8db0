"""Weekly: the champion against every case there is, not the sample that a cycle can afford."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from components.errors import RefusedError
from components.settings import Settings
from components.storage import digest_file, read_manifest, write_json
from components.workspace import Workspace
from flows.common import holding, line, now


@task(log_prints=True, result_serializer="json", cache_policy=NO_CACHE)
def measure(checkpoint: str, workspace: Workspace, settings: Settings) -> dict[str, Any]:
    """All suites on a checkpoint: {"checkpoint", "status", "gates", "accuracy", "summary"}."""
    from components.evaluation.evaluate import evaluate
    from components.evaluation.gates import judge
    from components.evaluation.suites import suites_of
    from components.learning.shared_bases import load

    folder = workspace.checkpoint(checkpoint)
    *past, latest = [workspace.experience(digest) for digest in read_manifest(folder)["experiences"]]
    champion = load(folder, workspace.features)
    found = evaluate(
        champion,
        None,
        experience=latest,
        past=past,
        suites=suites_of(settings.gates),
        settings=settings.gates,
        seed=settings.seed,
        full=True,
    )
    verdict = judge(found, settings.gates)
    return {
        "checkpoint": checkpoint,
        "status": verdict.status,
        "gates": [asdict(gate) for gate in verdict.gates],
        "accuracy": found.accuracy("candidate"),
        "summary": found.summary,
    }


@flow(log_prints=True, result_serializer="json")
def full_evaluation(workspace: str | None = None, params: str | None = None) -> dict[str, Any]:
    """Measure the champion on all cases of all suites: a report in the workspace, a note in the ledger. Fails if a gate fails."""
    from components.governance.ledger import Ledger
    from components.registry.registry import Registry

    space, settings = line(workspace, params)
    with holding(space):
        champion = Registry(space).champion_checkpoint()
        if champion is None:
            print("There is no champion yet.")
            return {}
        found = measure(champion, space, settings)
        report = space.reports / f"full-evaluation-{now():%Y-%m-%d}.json"
        write_json(report, found)
        failed = [gate["reason"] for gate in found["gates"] if gate["status"] == "fail"]
        evidence = {"report": digest_file(report), "status": found["status"]}
        reason = " ".join(failed) or "Every gate of the full evaluation holds."
        Ledger(space.ledger_url).append(
            "evaluated", actor="full evaluation flow", subject=champion, evidence=evidence, reason=reason, now=now()
        )
    if failed:
        raise RefusedError(f"The champion fails its full evaluation: {failed[0]}", f"See {report}; `perdure rollback` goes back.")
    return found
