"""The eight steps of the cycle: for each, what it depends on, what it does, and what it must leave behind."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from components.contracts import Experience, Gate, Predictor, Verdict
from components.cycle import Context, Outputs
from components.storage import digest_file, digest_json, link_tree, read_manifest, write_json

# ---------------------------------------------------------------- ingest


def _ingest_inputs(c: Context) -> dict[str, Any]:
    from components.ingestion.ingest import latest

    done, after = c.record("ingest"), c.request["after"]
    if after:
        previous = c.outputs("ingest", after)["experience"]
    else:  # the first of its line follows whatever came last, and keeps following it when run again
        previous = done["inputs"]["previous"] if done else latest(c.workspace)
    files = [digest_file(Path(path)) for path in c.request["events"]]
    return {
        "name": c.request["name"],
        "files": files,
        "previous": previous,
        "settings": c.settings.ingestion.model_dump(mode="json"),
    }


def _ingest(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.errors import RefusedError
    from components.ingestion.ingest import ingest

    files = [Path(path) for path in c.request["events"]]
    found = ingest(
        files, name=inputs["name"], workspace=c.workspace, settings=c.settings.ingestion, now=c.now, after=inputs["previous"],
        progress=c.progress,
    )  # fmt: skip
    if found.experience is None:
        raise RefusedError(f"{files[0]} holds no usable row", f"See {found.quarantine_file}.")
    write_json(c.folder / "ingest" / "validation.json", found.validation)
    link_tree(c.workspace.experiences / found.experience, c.folder / "ingest" / "experience")
    counts = {"read": found.read, "accepted": found.accepted, "quarantined": found.quarantined, "duplicates": found.duplicates}
    return {"experience": found.experience, **counts, "reasons": found.reasons}


# ---------------------------------------------------------------- learn


def _learn_inputs(c: Context) -> dict[str, Any]:
    done, after = c.record("learn"), c.request["after"]
    if after:
        champion = c.outputs("promote", after)["champion"]
    else:
        champion = done["inputs"]["champion"] if done else _serving(c)
    return {
        "experience": c.outputs("ingest")["experience"],
        "champion": champion,
        "parent": c.request["learn_from"] or champion,
        "settings": c.settings.learning.model_dump(mode="json"),
        "seed": c.settings.seed,
    }


def _serving(c: Context) -> str | None:
    from components.registry.registry import Registry

    return Registry(c.workspace).champion_checkpoint()


def _learn(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.learning.learn import learn

    parent = c.workspace.checkpoint(inputs["parent"]) if inputs["parent"] else None
    learned = learn(c.experience, parent, c.settings.learning, seed=c.settings.seed, workspace=c.workspace, progress=c.progress)
    link_tree(c.workspace.checkpoints / learned.checkpoint, c.folder / "learn" / "checkpoint")
    write_json(
        c.folder / "learn" / "training.json",
        {"seconds": learned.cost.seconds, "peak_bytes": learned.cost.peak_bytes, **learned.cost.detail},
    )
    return {"checkpoint": learned.checkpoint, "champion": inputs["champion"], "parent": inputs["parent"]}


# ---------------------------------------------------------------- evaluate


def suites_folder() -> Path:
    """regression_suites/ of the project that one stands in, else the one beside this package."""
    here = Path("regression_suites")
    return here if here.is_dir() else Path(__file__).parent.parent / "regression_suites"


@lru_cache(maxsize=2)
def _shared_base(name: str) -> Any:
    from components.catalog.models import get_base
    from components.learning.predictor import SharedBase

    return SharedBase(get_base(name))


def load(checkpoint: Path) -> Predictor:
    """A checkpoint ready to answer, on a base model that this process keeps."""
    predictor: Predictor = _shared_base(read_manifest(checkpoint)["base"]["name"]).load(checkpoint)
    return predictor


def past_experiences(c: Context) -> list[Experience]:
    """What the champion has learned before, oldest first; today's experience is not past."""
    learned = read_manifest(c.champion)["experiences"] if c.champion else []
    return [c.workspace.experience(digest) for digest in learned if digest != c.experience.digest]


def _evaluate_inputs(c: Context) -> dict[str, Any]:
    suites = {str(path.relative_to(suites_folder())): digest_file(path) for path in sorted(suites_folder().rglob("*.yaml"))}
    return {
        "candidate": c.candidate.name,
        "champion": c.champion.name if c.champion else None,
        "experience": c.experience.digest,
        "suites": digest_json(suites),
        "probe_cases": c.settings.gates.probe_cases,
        "seed": c.settings.seed,
    }


def _evaluate(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.evaluation.evaluate import evaluate
    from components.evaluation.suites import load_suites

    found = evaluate(
        load(c.candidate), load(c.champion) if c.champion else None, experience=c.experience, past=past_experiences(c),
        suites=load_suites(suites_folder()), settings=c.settings.gates, seed=c.settings.seed, progress=c.progress,
    )  # fmt: skip
    folder = c.folder / "evaluate"
    found.save(folder)
    write_json(folder / "accuracy.json", {side: found.accuracy(side) for side in ("candidate", "champion")})
    return {"cases": digest_file(folder / "cases.parquet")}


# ---------------------------------------------------------------- judge


def _judge_inputs(c: Context) -> dict[str, Any]:
    return {"cases": c.outputs("evaluate")["cases"], "settings": c.settings.gates.model_dump(mode="json")}


def _judge(c: Context, inputs: dict[str, Any]) -> Outputs:
    from dataclasses import asdict

    from components.evaluation.evaluate import Evaluation
    from components.evaluation.gates import judge

    verdict = judge(Evaluation.load(c.folder / "evaluate"), c.settings.gates)
    return {
        "status": verdict.status,
        "mode": verdict.mode,
        "gates": [asdict(gate) for gate in verdict.gates],
        "reasons": verdict.reasons,
    }


def verdict_of(c: Context) -> Verdict:
    """The verdict as `judge` recorded it."""
    found = c.outputs("judge")
    return Verdict(found["status"], tuple(Gate(**gate) for gate in found["gates"]), found["mode"])


def stops(verdict: Verdict) -> bool:
    """Does the verdict end the candidate's way? In mode `report` gates only tell."""
    return verdict.status == "fail" and verdict.mode == "enforce"
