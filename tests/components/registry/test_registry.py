"""Versions, tags, aliases and artefacts on real MLflow."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from components.errors import IntegrityError, UnavailableError, UsageError
from components.registry.client import MODEL
from components.registry.registry import Registry
from components.storage import verify
from components.workspace import Workspace
from tests.components.registry.making import AddVersion

pytestmark = pytest.mark.integration


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


def test_a_lost_checkpoint_comes_back_and_a_damaged_one_is_named(registry: Registry, add_version: AddVersion) -> None:
    version, digest = add_version("one")
    path = registry.workspace.checkpoint(digest)
    before = verify(path)
    shutil.rmtree(path)
    assert registry.fetch_checkpoint(version) == path
    assert verify(path) == before
    assert [other.name for other in path.parent.iterdir()] == [digest]

    (path / "head.safetensors").write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match") as caught:
        registry.fetch_checkpoint(version)
    assert "fetched back from MLflow" in caught.value.hint

    shutil.rmtree(path)
    stored = next(registry.workspace.mlflow_artifacts.rglob("head.safetensors"))
    stored.write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match"):
        registry.fetch_checkpoint(version)


def test_a_version_that_perdure_did_not_make(registry: Registry, add_version: AddVersion) -> None:
    add_version("one")
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


def test_status(registry: Registry, add_version: AddVersion) -> None:
    (one, first), (two, second), (three, _) = add_version("one"), add_version("two"), add_version("three")
    registry.set_alias("previous", one)
    registry.set_alias("champion", two)
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
