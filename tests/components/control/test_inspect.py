"""What serves and what a rollback goes back to is compared with the disk and with MLflow, on real MLflow."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from components.control import artefacts
from components.control.inspect import compare, inspect
from components.errors import IntegrityError, UsageError
from components.registry.registry import Registry
from components.storage import verify
from tests.components.control.conftest import everything
from tests.components.registry.making import AddVersion

pytestmark = pytest.mark.integration

Champion = Callable[..., tuple[str, str]]


def stored(registry: Registry, checkpoint: str) -> Path:
    """MLflow's own copy of a checkpoint."""
    (found,) = [path for path in registry.workspace.mlflow_artifacts.rglob(checkpoint) if path.is_dir()]
    return found


def test_everything_that_a_rollback_can_go_back_to(registry: Registry, champion: Champion, hold: Champion) -> None:
    made = [champion(name) for name in ("one", "two", "three")]
    held, _ = hold("four")
    found = inspect(registry.workspace)
    assert [(each.version, each.checkpoint) for each in found] == made[::-1]
    assert [each.role for each in found] == ["champion", "previous", "served"]
    assert not [each.problems for each in found if each.problems]
    (one,) = inspect(registry.workspace, [held])
    assert (one.version, one.role) == (held, "held")
    with pytest.raises(UsageError, match="does not know version 9") as caught:
        inspect(registry.workspace, ["9"])
    assert held in caught.value.hint


def test_a_checkpoint_that_is_damaged_or_gone_on_either_side_is_named(registry: Registry, champion: Champion) -> None:
    _, first = champion("one")
    _, second = champion("two")
    (registry.workspace.checkpoint(first) / "memory.parquet").write_bytes(b"poison")
    (stored(registry, second) / "head.safetensors").write_bytes(b"poison")
    two, one = inspect(registry.workspace)
    assert [problem[:12] for problem in one.problems] == ["on the disk:"]
    assert "memory.parquet" in one.problems[0]
    assert [problem[:10] for problem in two.problems] == ["in MLflow:"]
    shutil.rmtree(registry.workspace.checkpoint(second))
    (two, _) = inspect(registry.workspace)
    assert len(two.problems) == 2
    assert not list(registry.workspace.root.glob("scratch/*"))


@pytest.mark.parametrize("intrusion", ["a file more", "a link", "a link instead"])
def test_what_the_manifest_does_not_name_is_refused(
    registry: Registry, champion: Champion, tmp_path: Path, intrusion: str
) -> None:
    version, checkpoint = champion("one")
    folder = registry.workspace.checkpoint(checkpoint)
    if intrusion == "a file more":
        (folder / "adapter.bin").write_bytes(b"more")
    elif intrusion == "a link":
        (folder / "more").symlink_to(tmp_path)
    else:
        shutil.move(folder / "memory.parquet", tmp_path / "elsewhere")
        (folder / "memory.parquet").symlink_to(tmp_path / "elsewhere")
    (found,) = inspect(registry.workspace, [version])
    assert [problem[:12] for problem in found.problems] == ["on the disk:"]
    with pytest.raises(IntegrityError):
        registry.fetch_checkpoint(version, checkpoint)


def test_an_edited_evidence_page_of_what_waits_for_a_person_is_named(
    registry: Registry, champion: Champion, hold: Champion
) -> None:
    champion("one")
    version, _ = hold("two")
    registry.client.update_model_version(registry.model, version, "All is well.")
    (found,) = inspect(registry.workspace, [version])
    assert found.problems == ("in MLflow: its evidence page is not the one that was written",)


def test_what_mlflow_shows_otherwise_is_listed_and_nothing_is_changed(registry: Registry, champion: Champion) -> None:
    (one, _), (two, _), (three, _) = champion("one"), champion("two"), champion("three")
    assert compare(registry.workspace) == []
    registry.client.set_registered_model_alias(registry.model, "champion", one)
    registry.client.delete_registered_model_alias(registry.model, "previous")
    registry.client.set_model_version_tag(registry.model, two, "checkpoint", "../..")
    registry.client.delete_model_version(registry.model, three)
    before = everything(registry)
    assert compare(registry.workspace) == [
        f"version {three} is gone from MLflow",
        f"MLflow shows another `checkpoint` of version {two} than the ledger",
        f"the alias `previous` names nothing, and the ledger {two}",
        f"the alias `champion` names {one}, and the ledger {three}",
    ]
    assert everything(registry) == before


def test_a_lost_checkpoint_is_fetched_back_by_the_ledgers_word(
    registry: Registry, champion: Champion, add_version: AddVersion
) -> None:
    version, checkpoint = champion("one")
    registry.client.set_model_version_tag(registry.model, version, "checkpoint", "f" * 64)  # the tag is not asked
    folder = registry.workspace.checkpoint(checkpoint)
    before = verify(folder)
    shutil.rmtree(folder)
    serves = artefacts.champion(registry.workspace)
    assert serves is not None
    assert (serves[0].version, serves[1]) == (version, folder)
    assert verify(folder) == before
    shutil.rmtree(folder)
    assert artefacts.checkpoint(registry.workspace, checkpoint) == folder
    for unknown in ("f" * 64, "../.."):
        with pytest.raises((UsageError, IntegrityError)):
            artefacts.checkpoint(registry.workspace, unknown)


def test_where_nothing_serves_there_is_no_champion(registry: Registry) -> None:
    assert artefacts.champion(registry.workspace) is None
    assert inspect(registry.workspace) == []
    assert compare(registry.workspace) == []
