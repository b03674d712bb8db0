"""Versions, tags, aliases and artefacts on real MLflow."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from components.errors import IntegrityError, UnavailableError, UsageError
from components.governance.ledger import Ledger
from components.registry.client import MODEL
from components.registry.registry import Registry
from components.storage import verify
from components.workspace import Workspace
from tests.components.registry.making import facts, make_checkpoint, make_experience

pytestmark = pytest.mark.integration

Line = Callable[..., tuple[str, str]]


def test_an_empty_registry(registry: Registry) -> None:
    nothing = {
        "champion": None,
        "previous": None,
        "candidate": None,
        "canary": None,
        "waiting": [],
        "memory": {"rows": 0, "bytes": 0},
    }
    assert registry.status() == nothing
    assert registry.champion() is registry.champion_checkpoint() is registry.noted_head() is registry.version_of("c" * 64) is None
    assert registry.observe().versions == ()
    with pytest.raises(UsageError, match="no version '1'"):
        registry.checkpoint_of("1")


def test_a_version_carries_all_its_evidence(registry: Registry) -> None:
    from mlflow.artifacts import list_artifacts, load_dict

    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience, rows=5)
    arguments = facts(experience, "inconclusive", "d" * 64, parent_version="9")
    version = registry.register(checkpoint, **arguments)

    tags = registry.tags(version)
    expected = {
        "checkpoint": checkpoint.name, "experience": experience.digest, "experience.name": "one", "parent": "9",
        "cycle": "cycle one", "gate.status": "inconclusive", "gate.mode": "enforce", "judged_against": "d" * 64,
        "memory.rows": "5", "base": "minilm",
    }  # fmt: skip
    assert expected.items() <= tags.items()
    found = registry.client.get_model_version(MODEL, version)
    assert "### Gates" in found.description
    assert f"perdure approve {version}" in found.description

    run = registry.client.get_run(found.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["regime.kind"] == "lora"
    assert run.data.params["regularizers"] == "[]"
    assert run.data.metrics["accuracy on _a__"] == 0.5
    assert run.data.metrics["gate.past cases.low"] == -0.03
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("one", experience.digest[:32])
    input_tags = {tag.key: tag.value for tag in data.tags}
    assert (input_tags["experience"], input_tags["rows.train"]) == (experience.digest, "4")

    model = registry.client.get_logged_model(found.source.removeprefix("models:/"))
    assert model.params["regime.rank"] == "8"
    measured = {metric.key: metric for metric in model.metrics}
    assert measured["accuracy"].value == 0.8
    assert measured["accuracy"].dataset_digest == experience.digest[:32]

    names = {artifact.path for artifact in list_artifacts(run_id=found.run_id)}
    assert names >= {"verdict.json", "evaluation.json", "validation.json", "cost.json", "manifest.json", "accuracy_matrix.png"}
    assert load_dict(f"{run.info.artifact_uri}/validation.json") == arguments["validation"]

    (entry,) = Ledger(registry.workspace.ledger_url).log()
    assert (entry.kind, entry.subject) == ("registered", version)
    assert entry.evidence["checkpoint"] == checkpoint.name


def test_no_text_of_an_event_and_no_pickle_goes_to_mlflow(registry: Registry) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    registry.register(checkpoint, **facts(experience))
    files = [path for path in registry.workspace.mlflow_artifacts.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".pt", ".bin")]
    ours = [path for path in [*files, registry.workspace.root / "mlflow.db"] if checkpoint.name not in path.parts]
    assert not [path for path in ours if b"one train 0" in path.read_bytes()]
    stored = next(path for path in files if path.name == "head.safetensors").parent
    assert verify(stored) == verify(checkpoint)


def test_registering_again_is_the_same_version_with_its_verdict_renewed(
    registry: Registry, capfd: pytest.CaptureFixture[str]
) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    first = registry.register(checkpoint, **facts(experience, "inconclusive"))
    assert registry.register(checkpoint, **facts(experience, "inconclusive")) == first
    ledger = Ledger(registry.workspace.ledger_url)
    assert len(ledger.log()) == 1

    assert registry.register(checkpoint, **facts(experience, "pass")) == first
    assert registry.tags(first)["gate.status"] == "pass"
    assert "all gates passed" in registry.client.get_model_version(MODEL, first).description
    assert [entry.evidence["gate"] for entry in ledger.entries()] == ["inconclusive", "pass"]

    other = registry.register(checkpoint, **facts(experience, "pass", cycle="another cycle's"))
    assert other != first
    assert registry.version_of(checkpoint.name) == other
    assert registry.version_of(checkpoint.name, "another cycle's") == other
    assert registry.version_of(checkpoint.name, "cycle one") == first
    assert capfd.readouterr() == ("", "")  # stdout belongs to the command's JSON


def test_a_registration_killed_half_way_is_made_whole(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    for method in ("_create_model_version", "update_model_version", "set_registered_model_alias"):
        with monkeypatch.context() as patched:
            patched.setattr(f"mlflow.MlflowClient.{method}", killed)
            with pytest.raises(KeyboardInterrupt):
                registry.register(checkpoint, **facts(experience))
    version = registry.register(checkpoint, **facts(experience))
    assert len(registry.versions()) == 1
    assert registry.candidate() == version
    assert "### Gates" in registry.client.get_model_version(MODEL, version).description
    assert len(Ledger(registry.workspace.ledger_url).log()) == 1


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_previous_is_written_before_champion_moves(registry: Registry, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    (one, first), (two, _) = line("one"), line("two")
    registry.set_champion(one)
    assert registry.status()["champion"] == {"version": one, "checkpoint": first}
    assert registry.previous() is None
    moves: list[tuple[str, str | None]] = []
    real = registry.set_alias
    monkeypatch.setattr(registry, "set_alias", lambda alias, version: (moves.append((alias, version)), real(alias, version)))
    registry.set_champion(two)
    registry.set_champion(two)
    assert moves == [("previous", one), ("champion", two)]
    assert (registry.previous(), registry.champion()) == (one, two)


def test_a_lost_checkpoint_comes_back_and_a_damaged_one_is_named(registry: Registry, line: Line) -> None:
    version, digest = line("one")
    path = registry.workspace.checkpoint(digest)
    before = verify(path)
    shutil.rmtree(path)
    assert registry.fetch_checkpoint(version) == path
    assert verify(path) == before
    assert [found.name for found in path.parent.iterdir()] == [digest]

    (path / "head.safetensors").write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match") as caught:
        registry.fetch_checkpoint(version)
    assert "fetched back from MLflow" in caught.value.hint

    shutil.rmtree(path)
    stored = next(registry.workspace.mlflow_artifacts.rglob("head.safetensors"))
    stored.write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match"):
        registry.fetch_checkpoint(version)


def test_a_version_that_perdure_did_not_make(registry: Registry, line: Line) -> None:
    line("one")
    alien = registry.client.create_model_version(MODEL, registry.workspace.root.as_uri(), await_creation_for=0)
    with pytest.raises(UsageError, match="was not registered by Perdure"):
        registry.checkpoint_of(str(alien.version))
    assert registry.observe().find(str(alien.version)).checkpoint is None


def test_an_unreachable_server_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://ada:secret@127.0.0.1:{port}")
    registry = Registry(Workspace(tmp_path))
    with pytest.raises(UnavailableError, match=f"127.0.0.1:{port}") as caught:
        registry.status()
    assert "nothing was lost" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_a_broken_database_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlflow.db").write_bytes(b"this is no database, it is a sentence of some length" * 20)
    with pytest.raises(UnavailableError, match=r"mlflow\.db"):
        Registry(Workspace(tmp_path))


def test_status(registry: Registry, line: Line) -> None:
    (one, first), (two, second), (three, _) = line("one"), line("two"), line("three")
    registry.set_champion(one)
    registry.set_champion(two)
    registry.mark(three, "held", "because")
    status = registry.status()
    size = (registry.workspace.checkpoint(second) / "memory.parquet").stat().st_size
    assert status == {
        "champion": {"version": two, "checkpoint": second}, "previous": {"version": one, "checkpoint": first}, "candidate": None,
        "canary": None, "waiting": [three], "memory": {"rows": 3, "bytes": size},
    }  # fmt: skip
    assert registry.waiting() == [three]
    assert json.dumps(status)
    registry.note_head("f" * 64)
    assert registry.noted_head() == "f" * 64
    assert registry.tags(three)["outcome.reason"] == "because"


def test_one_process_may_use_two_workspaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    first, second = Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    Registry(first).champion()
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert Registry(second).uri == second.mlflow_uri != first.mlflow_uri
