"""A checkpoint becomes a version in MLflow: a run with its evidence, a logged model that serves, tags; and its description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pyarrow.parquet import read_metadata

from components import __version__
from components.contracts import Experience, Verdict
from components.naming import metric_name, model_name
from components.registry.client import answering, connect
from components.registry.picture import draw_matrix
from components.registry.registry import Registry
from components.storage import canonical_json, make_private, verify

EXPERIMENT = "perdure"
_SERVE = Path(__file__).with_name("serve_model.py")


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What is logged of a checkpoint when it becomes a version.

    names: the columns of `matrix`. cost: seconds by step, and `training` {"seconds", "peak_bytes"}.
    judged_against: a checkpoint; None when none served. rebuilt: the cycle belongs to a stream that is run again from its start.
    """

    checkpoint: Path
    parent_version: str | None
    experience: Experience
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    verdict: Verdict
    evaluation_summary: Mapping[str, Any]
    matrix: Sequence[Sequence[float | None]]
    names: Sequence[str] = ()
    cost: Mapping[str, Any]
    validation: Mapping[str, Any]
    judged_against: str | None
    cycle: str
    rebuilt: bool = False


def make_version(registry: Registry, registration: Registration, again: str | None = None) -> str:
    """The version of a checkpoint with all its evidence; raises IntegrityError when the checkpoint is damaged.

    again: a version that was made before for the same checkpoint and cycle; its verdict is updated.
    """
    manifest = verify(registration.checkpoint)
    connect(registry.workspace)  # another workspace may have been used in between: MLflow's fluent calls are global
    with answering(registry.uri):
        if again is None:
            return _create(registry, registration, manifest)
        registry.tag(again, _verdict_tags(registration))
    return again


def _create(registry: Registry, registration: Registration, manifest: Mapping[str, Any]) -> str:
    import mlflow

    model_id = _log(registry, registration, manifest)
    tags = _tags(registration, manifest)
    with redirect_stderr(StringIO()):  # it prints what it does
        made = mlflow.register_model(f"models:/{model_id}", registry.model, await_registration_for=0, tags=tags)
    return str(made.version)


def _log(registry: Registry, registration: Registration, manifest: Mapping[str, Any]) -> str:
    """Log a run with the evidence and a model with the checkpoint; returns the model's id. No text of an event goes in."""
    import mlflow

    tags = {"cycle": registration.cycle, "checkpoint": registration.checkpoint.name, "experience": registration.experience.digest}
    params = _flat(registration.params)
    with mlflow.start_run(experiment_id=experiment(registry), run_name=registration.cycle, tags=tags):
        mlflow.log_params(params)
        data = _dataset(registration.experience)
        mlflow.log_input(
            data, context="training", tags={"experience": registration.experience.digest, **_counts(registration.experience)}
        )
        model = log_model(registration.experience.name, registration.checkpoint, params, tags)
        mlflow.log_metrics(_metrics(registration), model_id=model.model_id, dataset=data)
        mlflow.log_dict(asdict(registration.verdict), "verdict.json")
        mlflow.log_dict(dict(registration.evaluation_summary), "evaluation.json")
        mlflow.log_dict(dict(registration.validation), "validation.json")
        mlflow.log_dict(dict(registration.cost), "cost.json")
        mlflow.log_dict(dict(manifest), "manifest.json")
        if registration.matrix:
            mlflow.log_figure(draw_matrix(registration.matrix, registration.names), "accuracy_matrix.png")
        return str(model.model_id)


def log_model(name: str, checkpoint: Path, params: Mapping[str, str], tags: Mapping[str, str]) -> Any:
    """Log a checkpoint as a model that serves, in the run that is active; returns MLflow's ModelInfo."""
    import mlflow

    logged = mlflow.pyfunc.log_model(
        name=model_name(name),
        python_model=str(_SERVE),
        artifacts={"checkpoint": str(checkpoint)},
        pip_requirements=[f"mlflow=={mlflow.__version__}", f"perdure=={__version__}"],
        params=dict(params),
        tags=dict(tags),
    )
    where = urlsplit(mlflow.get_logged_model(logged.model_id).artifact_location)
    if where.scheme == "file":  # MLflow copies files with the modes that they had
        make_private(Path(url2pathname(where.path)))
    return logged


def experiment(registry: Registry) -> str:
    """The id of the experiment that all runs belong to; made if there is none."""
    experiment = registry.client.get_experiment_by_name(EXPERIMENT)
    if experiment is not None:
        return str(experiment.experiment_id)
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


def _metrics(registration: Registration) -> dict[str, float]:
    """The metrics under names that MLflow accepts, and the gates' estimates with their intervals."""
    gates = {
        f"gate.{gate.name}.{name}": value
        for gate in registration.verdict.gates
        for name, value in (("estimate", gate.estimate), ("low", gate.low), ("high", gate.high), ("n", float(gate.n)))
        if value is not None
    }
    return {metric_name(name): float(value) for name, value in {**registration.metrics, **gates}.items()}


def _verdict_tags(registration: Registration) -> dict[str, str | None]:
    return {
        "gate.status": registration.verdict.status,
        "gate.mode": registration.verdict.mode,
        "judged_against": registration.judged_against or "",
        "parent": registration.parent_version or "",
    }


def _tags(registration: Registration, manifest: Mapping[str, Any]) -> dict[str, str | None]:
    rows, size = _memory(registration.checkpoint)
    return {
        **_verdict_tags(registration),
        "checkpoint": registration.checkpoint.name,
        "experience": registration.experience.digest,
        "experience.name": registration.experience.name,
        "cycle": registration.cycle,
        "base": str(manifest["base"]["name"]),
        "memory.rows": str(rows),
        "memory.bytes": str(size),
    }


def _memory(checkpoint: Path) -> tuple[int, int]:
    """Rows and bytes of the replay memory in a checkpoint."""
    path = checkpoint / "memory.parquet"
    if not path.is_file():
        return 0, 0
    return int(read_metadata(path).num_rows), path.stat().st_size
