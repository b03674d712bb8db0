"""Versions, tags, aliases and artefacts on real MLflow."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from components.errors import IntegrityError, UnavailableError, UsageError
from components.governance.wishes import Observed
from components.registry.registry import Registry
from components.storage import verify
from components.workspace import Workspace
from tests.components.registry.making import AddVersion

pytestmark = pytest.mark.integration


def test_an_empty_registry(registry: Registry) -> None:
    assert registry.observe(()) == Observed({}, None, {})
    assert registry.observe(["1"]).absent == {"1"}
    assert (registry.aliases(), registry.versions(), registry.noted_head()) == ({}, [], None)
    assert registry.version_of("c" * 64, "a cycle") is None
    for ask in (registry.tags, registry.description, lambda version: registry.tag(version, {"a": "b"})):
        with pytest.raises(UsageError, match="no version '1'"):
            ask("1")


def test_what_is_observed_is_everything_that_mlflow_shows(registry: Registry, add_version: AddVersion) -> None:
    (one, first), (two, _) = add_version("one"), add_version("two")
    registry.set_alias("champion", one)
    registry.tag(one, {"mine": "1", "gate.mode": None})
    registry.note_head("f" * 64)
    observed = registry.observe(())
    assert observed.aliases == registry.aliases() == {"champion": one, "candidate": two}
    assert (observed.champion, observed.shown, list(observed.tags)) == (one, "f" * 64, [one, two])
    assert (observed.tags[one]["checkpoint"], observed.tags[one]["mine"]) == (first, "1")
    assert "gate.mode" not in observed.tags[one]
    registry.set_alias("champion", None)
    assert registry.aliases() == {"candidate": two}


def test_more_versions_than_a_page_are_in_the_order_of_their_numbers(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.claim()
    for _ in range(11):
        registry.client.create_model_version(registry.model, registry.workspace.root.as_uri(), await_creation_for=0)
    real = registry.client.search_model_versions
    monkeypatch.setattr(
        registry.client, "search_model_versions", lambda wanted, max_results, page_token: real(wanted, 4, page_token=page_token)
    )
    assert list(registry.observe((), whole=True).tags) == [str(number) for number in range(1, 12)]


@pytest.mark.parametrize("digest", ["", "c" * 63, "C" * 64, "../" * 21 + "c", "c" * 64 + "' OR name != '", "c" * 64 + "\n"])
def test_what_is_no_digest_becomes_no_path_and_no_query(registry: Registry, add_version: AddVersion, digest: str) -> None:
    version, _ = add_version("one")
    with pytest.raises(IntegrityError, match="is not the digest"):
        registry.fetch_checkpoint(version, digest)
    with pytest.raises(IntegrityError, match="is not the digest"):
        registry.version_of(digest, "cycle one")


def test_the_checkpoint_tag_is_not_asked(registry: Registry, add_version: AddVersion) -> None:
    (one, first), (two, second) = add_version("one"), add_version("two")
    registry.client.set_model_version_tag(registry.model, one, "checkpoint", second)
    assert registry.fetch_checkpoint(one, first).name == first
    shutil.rmtree(registry.workspace.checkpoint(second))
    with pytest.raises((IntegrityError, UnavailableError)):
        registry.fetch_checkpoint(one, second)  # MLflow's copy in version 1 is another
    assert registry.fetch_checkpoint(two, second).is_dir()


def test_a_lost_checkpoint_comes_back_and_a_damaged_one_is_named(registry: Registry, add_version: AddVersion) -> None:
    version, digest = add_version("one")
    path = registry.workspace.checkpoint(digest)
    before = verify(path)
    shutil.rmtree(path)
    assert registry.fetch_checkpoint(version, digest) == path
    assert verify(path) == before
    assert [other.name for other in path.parent.iterdir()] == [digest]

    (path / "head.safetensors").write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match") as caught:
        registry.fetch_checkpoint(version, digest)
    assert "fetched back from MLflow" in caught.value.hint

    shutil.rmtree(path)
    stored = next(registry.workspace.mlflow_artifacts.rglob("head.safetensors"))
    stored.write_bytes(b"other")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match"):
        registry.fetch_checkpoint(version, digest)


def test_an_unreachable_server_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://ada:secret@127.0.0.1:{port}")
    registry = Registry(Workspace(tmp_path))
    with pytest.raises(UnavailableError, match=f"127.0.0.1:{port}") as caught:
        registry.observe(())
    assert "nothing was lost" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_a_broken_database_is_said_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlflow.db").write_bytes(b"this is no database, it is a sentence of some length" * 20)
    with pytest.raises(UnavailableError, match=r"mlflow\.db"):
        Registry(Workspace(tmp_path))


def test_one_process_may_use_two_workspaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    first, second = Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    Registry(first).observe(())
    assert "MLFLOW_TRACKING_URI" not in os.environ
    assert Registry(second).uri == second.mlflow_uri != first.mlflow_uri
