"""Whose versions are whose: a workspace's id and the name of its model, where several share a server or one has it alone."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from components.control.register import register
from components.errors import IntegrityError, RegistryError, UsageError
from components.registry.identity import MODEL, Identity, identity
from components.registry.registry import OWNER, Registry
from components.storage import write_json
from components.workspace import Workspace
from tests.components.registry.making import make_checkpoint, make_experience, minute, registration

SERVER = "http://mlflow:5000"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> None:
    for name in ("MLFLOW_TRACKING_URI", "PERDURE_LEDGER_URL", "PERDURE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    workspace.root.mkdir(parents=True, exist_ok=True)


@pytest.mark.unit
def test_a_workspace_with_a_database_of_its_own_has_the_plain_name(workspace: Workspace) -> None:
    first = identity(workspace)
    assert first.model == MODEL
    assert len(first.id) == 16
    assert identity(workspace) == first
    assert json.loads((workspace.root / "workspace.json").read_text()) == {"id": first.id, "model": MODEL}


@pytest.mark.unit
def test_workspaces_on_one_server_have_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", SERVER)
    found = []
    for parent in ("a", "b"):
        folder = tmp_path / parent / "My work: 1"
        folder.mkdir(parents=True)
        found.append(identity(Workspace(folder)))
    one, other = found
    assert one.model.startswith("perdure-My-work-1-")
    assert one.model != other.model
    moved = tmp_path / "moved"
    shutil.move(tmp_path / "a" / "My work: 1", moved)
    assert identity(Workspace(moved)) == one


def registered(workspace: Workspace) -> None:
    """A cycle that has registered a version."""
    write_json(workspace.cycles / "one" / "register" / "record.json", {})


@pytest.mark.unit
def test_a_cycle_that_has_just_opened_makes_a_workspace_no_older(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", SERVER)
    (workspace.cycles / "one").mkdir(parents=True)
    assert identity(workspace).model.startswith("perdure-")


@pytest.mark.unit
def test_an_older_workspace_keeps_the_name_that_its_versions_have(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", SERVER)
    registered(workspace)
    assert identity(workspace).model == MODEL


@pytest.mark.unit
def test_a_name_is_given_before_the_first_use_and_stays(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERDURE_MODEL", "greetings")
    assert identity(workspace).model == "greetings"
    monkeypatch.setenv("PERDURE_MODEL", "hello")
    assert identity(workspace).model == "hello", "no version has the old name yet"
    monkeypatch.setenv("PERDURE_MODEL", "greetings")
    assert identity(workspace).model == "greetings"
    registered(workspace)
    monkeypatch.setenv("PERDURE_MODEL", "others")
    with pytest.raises(UsageError, match=r"'others', but the versions of .* belong to 'greetings'"):
        identity(workspace)
    monkeypatch.delenv("PERDURE_MODEL")
    assert identity(workspace).model == "greetings"


@pytest.mark.unit
@pytest.mark.parametrize("content", ["", "[]", "{}", '{"id": "", "model": "perdure"}', '{"id": 1, "model": "perdure"}'])
def test_a_damaged_file_is_said(workspace: Workspace, content: str) -> None:
    (workspace.root / "workspace.json").write_text(content)
    with pytest.raises(IntegrityError, match=r"workspace\.json"):
        identity(workspace)


@pytest.mark.unit
def test_a_folder_that_can_only_be_read_gets_none(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert identity(workspace) == Identity("", MODEL)
    assert list(workspace.root.iterdir()) == []


@pytest.mark.unit
def test_all_who_ask_first_at_once_get_the_same(workspace: Workspace) -> None:
    found: list[Identity] = []
    threads = [threading.Thread(target=lambda: found.append(identity(workspace))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


@pytest.mark.integration
def test_a_second_workspace_on_the_same_model_changes_nothing_there(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "mlflow.db"
    shutil.copy(migrated, database)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    monkeypatch.setenv("PERDURE_MODEL", "shared")
    registries = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        registries.append(Registry(Workspace(tmp_path / name)))
    first, second = registries
    experience = make_experience(first.workspace, "one")
    monkeypatch.chdir(tmp_path)
    version = register(first, registration(make_checkpoint(first.workspace, experience), experience), minute(0))
    before = first.observe((), whole=True)
    assert first.client.get_registered_model("shared").tags[OWNER] == first.owner
    for act in (lambda: second.observe(()), second.aliases, second.claim, second.noted_head):
        with pytest.raises(RegistryError, match=f"belongs to the workspace {first.owner}") as caught:
            act()
        assert "PERDURE_MODEL" in caught.value.hint
    experience = make_experience(second.workspace, "two")
    with pytest.raises(RegistryError):
        register(second, registration(make_checkpoint(second.workspace, experience), experience), minute(1))
    assert first.observe((), whole=True) == before
    assert list(before.tags) == [version]
    assert not (second.workspace.root / "ledger.db").exists()
