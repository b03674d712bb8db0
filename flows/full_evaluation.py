"""Weekly: test the champion on every case, not only on the sample that a cycle can afford."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from components.control import artefacts
from components.errors import RefusedError
from components.settings import Settings
from components.storage import digest_file, read_manifest, write_json
from components.workspace import Workspace
from flows.common import holding, now, workspace_and_settings


@task(log_prints=True, result_serializer="json", cache_policy=NO_CACHE)
def measure(checkpoint: str, workspace: Workspace, settings: Settings) -> dict[str, Any]:
    """Run all suites on a checkpoint: {"checkpoint", "status", "gates", "accuracy", "summary"}."""
    from components.evaluation.evaluate import evaluate
    from components.evaluation.gates import judge
    from components.evaluation.suites import suites_of
    from components.learning.shared_bases import load

    folder = artefacts.checkpoint(workspace, checkpoint)
    manifest = read_manifest(folder)
    *past, latest = [workspace.experience(digest) for digest in manifest["experiences"]]
    champion = load(folder, workspace.features)
    evaluation = evaluate(
        champion,
        None,
        experience=latest,
        past=past,
        suites=suites_of(settings.gates),
        settings=settings.gates,
        seed=settings.seed,
        full=True,
        names=manifest.get("relabelled", {}),
    )
    verdict = judge(evaluation, settings.gates)
    return {
        "checkpoint": checkpoint,
        "status": verdict.status,
        "gates": [asdict(gate) for gate in verdict.gates],
        "accuracy": evaluation.accuracy("candidate"),
        "summary": evaluation.summary,
    }


@flow(log_prints=True, result_serializer="json")
def full_evaluation(workspace: str | None = None, params: str | None = None) -> dict[str, Any]:
    """Test the champion on all cases of all suites. Writes a report and a ledger entry. Raises RefusedError if a gate fails."""
    from components.control.authority import consult

    space, settings = workspace_and_settings(workspace, params)
    with holding(space):
        serves = consult(space).state.serving
        if serves is None:
            print("There is no champion yet.")
            return {}
        measured = measure(serves.checkpoint, space, settings)
        report = space.reports / f"full-evaluation-{now():%Y-%m-%d}.json"
        write_json(report, measured)
        failed = [gate["reason"] for gate in measured["gates"] if gate["status"] == "fail"]
        evidence = {"report": digest_file(report), "status": measured["status"]}
        reason = " ".join(failed) or "Every gate of the full evaluation holds."
        consult(space).ledger.append(
            "evaluated", actor="full evaluation flow", subject=serves.checkpoint, evidence=evidence, reason=reason, now=now
        )
    if failed:
        raise RefusedError(f"The champion fails its full evaluation: {failed[0]}", f"See {report}; `perdure rollback` goes back.")
    return measured
