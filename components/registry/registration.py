"""A checkpoint becomes a version: a run with its evidence, a logged model that serves, tags, and the evidence page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components import __version__
from components.contracts import Experience, Verdict
from components.governance.ledger import Ledger
from components.registry.client import MODEL
from components.registry.evidence import Evidence, render
from components.registry.picture import draw_matrix
from components.storage import canonical_json, verify

if TYPE_CHECKING:
    from components.registry.registry import Registry

EXPERIMENT = "perdure"
_SERVE = Path(__file__).with_name("serve_model.py")


@dataclass(frozen=True)
class Facts:
    """Everything that is known of a checkpoint when it is registered; the fields are those of Registry.register."""

    checkpoint: Path
    parent_version: str | None
    experience: Experience
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    verdict: Verdict
    evaluation_summary: Mapping[str, Any]
    examples: Mapping[str, Sequence[Mapping[str, Any]]]
    matrix: Sequence[Sequence[float | None]]
    names: Sequence[str]
    cost: Mapping[str, Any]
    validation: Mapping[str, Any]
    judged_against: str | None
    cycle: str


def register(registry: Registry, facts: Facts, now: datetime) -> str:
    """The version of these facts, made now or found. A registration that was killed half-way is begun anew."""
    manifest = verify(facts.checkpoint)
    version = registry.version_of(facts.checkpoint.name, facts.cycle)
    if version is None:
        import mlflow

        model_id = _log(registry, facts, manifest)
        with redirect_stderr(StringIO()):  # it prints what it does
            made = mlflow.register_model(f"models:/{model_id}", MODEL, await_registration_for=0, tags=_tags(facts, manifest))
        version = str(made.version)
    else:
        registry.tag(version, _verdict_tags(facts))
    page = render(_evidence(version, facts, manifest))
    if registry.client.get_model_version(MODEL, version).description != page:
        registry.client.update_model_version(MODEL, version, page)
    _record(registry, version, facts, manifest, now)
    if "outcome" not in registry.tags(version):
        registry.set_alias("candidate", version)
    return version


def _log(registry: Registry, facts: Facts, manifest: Mapping[str, Any]) -> str:
    """A run with the evidence and a logged model with the checkpoint, whose id is returned. No text of an event goes in."""
    import mlflow

    tags = {"cycle": facts.cycle, "checkpoint": facts.checkpoint.name, "experience": facts.experience.digest}
    params = _flat(facts.params)
    with mlflow.start_run(experiment_id=_experiment(registry), run_name=facts.cycle, tags=tags):
        mlflow.log_params(params)
        data = _dataset(facts.experience)
        mlflow.log_input(data, context="training", tags={"experience": facts.experience.digest, **_counts(facts.experience)})
        model = mlflow.pyfunc.log_model(
            name=facts.experience.name,
            python_model=str(_SERVE),
            artifacts={"checkpoint": str(facts.checkpoint)},
            pip_requirements=[f"mlflow=={mlflow.__version__}", f"perdure=={__version__}"],
            params=params,
            tags=tags,
        )
        mlflow.log_metrics(_metrics(facts), model_id=model.model_id, dataset=data)
        mlflow.log_dict(asdict(facts.verdict), "verdict.json")
        mlflow.log_dict(dict(facts.evaluation_summary), "evaluation.json")
        mlflow.log_dict(dict(facts.validation), "validation.json")
        mlflow.log_dict(dict(facts.cost), "cost.json")
        mlflow.log_dict(dict(manifest), "manifest.json")
        if facts.matrix:
            mlflow.log_figure(draw_matrix(facts.matrix, facts.names), "accuracy_matrix.png")
        return str(model.model_id)


def _experiment(registry: Registry) -> str:
    found = registry.client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    local = registry.uri.startswith("sqlite:")  # a server knows where its artefacts belong
    where = registry.workspace.mlflow_artifacts.resolve().as_uri() if local else None
    return str(registry.client.create_experiment(EXPERIMENT, artifact_location=where))


def _dataset(experience: Experience) -> Any:
    """The experience as lineage: name and digest, no rows."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    source = CodeDatasetSource({"perdure.experience": experience.digest})
    return MetaDataset(source, name=experience.name, digest=experience.digest[:32])  # MLflow keeps 36 characters


def _counts(experience: Experience) -> dict[str, str]:
    return {f"rows.{part}": str(n) for part, n in experience.manifest.get("counts", {}).items()}


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as MLflow parameters: {"regime": {"kind": "lora"}} -> {"regime.kind": "lora"}."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value if isinstance(value, str) else canonical_json(value)
    return flat


def _metrics(facts: Facts) -> dict[str, float]:
    """The metrics under names that MLflow takes, and the gates' estimates with their intervals."""
    gates = {
        f"gate.{gate.name}.{name}": value
        for gate in facts.verdict.gates
        for name, value in (("estimate", gate.estimate), ("low", gate.low), ("high", gate.high), ("n", float(gate.n)))
        if value is not None
    }
    return {re.sub(r"[^\w\-. :/]", "_", name)[:250]: float(value) for name, value in {**facts.metrics, **gates}.items()}


def _verdict_tags(facts: Facts) -> dict[str, str | None]:
    return {
        "gate.status": facts.verdict.status,
        "gate.mode": facts.verdict.mode,
        "judged_against": facts.judged_against or "",
        "parent": facts.parent_version or "",
    }


def _tags(facts: Facts, manifest: Mapping[str, Any]) -> dict[str, str | None]:
    rows, size = _memory(facts.checkpoint)
    return {
        **_verdict_tags(facts),
        "checkpoint": facts.checkpoint.name,
        "experience": facts.experience.digest,
        "experience.name": facts.experience.name,
        "cycle": facts.cycle,
        "base": str(manifest["base"]["name"]),
        "memory.rows": str(rows),
        "memory.bytes": str(size),
    }


def _memory(checkpoint: Path) -> tuple[int, int]:
    """Rows and bytes of the replay memory in a checkpoint."""
    path = checkpoint / "memory.parquet"
    if not path.is_file():
        return 0, 0
    from pyarrow.parquet import read_metadata

    return int(read_metadata(path).num_rows), path.stat().st_size


def _evidence(version: str, facts: Facts, manifest: Mapping[str, Any]) -> Evidence:
    experience = facts.experience.manifest
    better, worse = (list(facts.examples.get(side, ())) for side in ("better", "worse"))
    changed = facts.evaluation_summary.get("changes", {})
    return Evidence(
        version=version,
        parent_version=facts.parent_version,
        checkpoint=facts.checkpoint.name,
        experience=facts.experience.digest,
        name=facts.experience.name,
        counts=experience.get("counts", {}),
        labels=experience.get("labels", ()),
        manifest=manifest,
        verdict=facts.verdict,
        judged_against=facts.judged_against,
        cycle=facts.cycle,
        better=better,
        worse=worse,
        n_better=changed.get("better", len(better)),
        n_worse=changed.get("worse", len(worse)),
        cost=facts.cost,
        validation=facts.validation,
    )


def _record(registry: Registry, version: str, facts: Facts, manifest: Mapping[str, Any], now: datetime) -> None:
    """Say in the ledger what the version is; again only when its verdict has changed."""
    evidence = {
        "checkpoint": facts.checkpoint.name,
        "experience": facts.experience.digest,
        "parent": manifest.get("parent"),
        "memory": manifest["files"].get("memory.parquet"),
        "gate": facts.verdict.status,
        "judged_against": facts.judged_against,
        "cycle": facts.cycle,
    }
    chosen = manifest.get("notes", {}).get("recipe")
    if chosen:  # learning.recipe: auto
        evidence["recipe"] = chosen["chosen"]
    ledger = Ledger(registry.workspace.ledger_url)
    known = [entry.evidence for entry in ledger.entries(kinds=("registered",)) if entry.subject == version]
    if not known or known[-1] != evidence:
        reason = "; ".join(facts.verdict.reasons) or "all gates passed"
        if chosen:
            reason = f"{reason}. Recipe {chosen['chosen']}: {'; '.join(chosen['reasons'])}"
        ledger.append("registered", actor="perdure", subject=version, evidence=evidence, reason=reason, now=now)
