"""A version and its evidence on real MLflow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.registry.evidence import page_digest
from components.registry.registration import make_version
from components.registry.registry import Registry
from components.storage import verify
from tests.components.registry.making import make_checkpoint, make_experience, registration

pytestmark = pytest.mark.integration


def test_a_version_carries_all_its_evidence(registry: Registry) -> None:
    from mlflow.artifacts import list_artifacts, load_dict

    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience, rows=5)
    known = registration(checkpoint, experience, "inconclusive", "d" * 64, parent_version="9")
    version = make_version(registry, known)

    tags = registry.tags(version)
    expected = {
        "checkpoint": checkpoint.name, "experience": experience.digest, "experience.name": "one", "parent": "9",
        "cycle": "cycle one", "gate.status": "inconclusive", "gate.mode": "enforce", "judged_against": "d" * 64,
        "memory.rows": "5", "base": "minilm",
    }  # fmt: skip
    assert expected.items() <= tags.items()
    stored = registry.client.get_model_version(registry.model, version)

    run = registry.client.get_run(stored.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["regime.kind"] == "lora"
    assert run.data.params["regularizers"] == "[]"
    assert run.data.metrics["accuracy on _a__"] == 0.5
    assert run.data.metrics["gate.past cases.low"] == -0.03
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("one", experience.digest[:32])
    input_tags = {tag.key: tag.value for tag in data.tags}
    assert (input_tags["experience"], input_tags["rows.train"]) == (experience.digest, "4")

    model = registry.client.get_logged_model(stored.source.removeprefix("models:/"))
    assert model.params["regime.rank"] == "8"
    measured = {metric.key: metric for metric in model.metrics}
    assert measured["accuracy"].value == 0.8
    assert measured["accuracy"].dataset_digest == experience.digest[:32]

    names = {artifact.path for artifact in list_artifacts(run_id=stored.run_id)}
    assert names >= {"verdict.json", "evaluation.json", "validation.json", "cost.json", "manifest.json", "accuracy_matrix.png"}
    assert load_dict(f"{run.info.artifact_uri}/validation.json") == known.validation


@pytest.mark.parametrize("name", ["a.b:c%d\"e'f", "$x$_^{", "…", "a//b/../c", "..", "Größe 我 (1)"])
def test_a_version_may_have_an_experience_and_metrics_of_any_name(registry: Registry, name: str) -> None:
    experience = make_experience(registry.workspace, name)
    known = registration(make_checkpoint(registry.workspace, experience), experience)
    known = replace(known, metrics={f"recall of {name}": 0.5, f"{name}": 0.25}, names=[name], matrix=[[0.5]])
    version = make_version(registry, known)
    stored = registry.client.get_model_version(registry.model, version)
    metrics = registry.client.get_run(stored.run_id).data.metrics
    assert {0.5, 0.25} <= set(metrics.values())
    assert registry.tags(version)["experience.name"] == name


def test_no_text_of_an_event_and_no_pickle_goes_to_mlflow(registry: Registry) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    make_version(registry, registration(checkpoint, experience))
    files = [path for path in registry.workspace.mlflow_artifacts.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".pt", ".bin")]
    ours = [path for path in [*files, registry.workspace.root / "mlflow.db"] if checkpoint.name not in path.parts]
    assert not [path for path in ours if b"one train 0" in path.read_bytes()]
    stored = next(path for path in files if path.name == "head.safetensors").parent
    assert verify(stored) == verify(checkpoint)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 4000,
        "😀" * 4000,
        " blanks at both ends \n\n",
        "one\r\ntwo\rthree\n",
        "\t‹U+202E› ünï\u0301 \u200b\u2028 東京",
        "'\"; --\\",
    ],
)
def test_a_description_comes_back_as_it_was_written(registry: Registry, text: str) -> None:
    experience = make_experience(registry.workspace, "one")
    version = make_version(registry, registration(make_checkpoint(registry.workspace, experience), experience))
    assert registry.description(version) == ""
    registry.describe(version, text, "held")
    assert registry.tags(version)["page"] == "held"
    assert page_digest(registry.description(version)) == page_digest(text)
    assert page_digest(Registry(registry.workspace).description(version)) == page_digest(text)


def test_describing_again_writes_nothing(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    experience = make_experience(registry.workspace, "one")
    known = registration(make_checkpoint(registry.workspace, experience), experience)
    version = make_version(registry, known)
    registry.describe(version, "the page", "held")
    monkeypatch.setattr("mlflow.MlflowClient.update_model_version", lambda *_, **__: pytest.fail("it was written again"))
    registry.describe(version, "the page", "held")
    assert make_version(registry, known, again=version) == version
    assert registry.description(version) == "the page"
