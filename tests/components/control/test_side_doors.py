"""Side doors of MLflow itself: what hides a model, what reads as another version, and a database that goes away. On real MLflow.

Behind each the same holds: nothing is decided, what serves goes on serving, and whoever looks is told the way out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from components.control.actions import ask, conclude, rollback
from components.control.inspect import compare
from components.control.reconcile import reconcile
from components.control.register import register
from components.cycle.rebuild import rebuild_registry
from components.errors import PerdureError, RefusedError, RegistryError, UnavailableError, UsageError
from components.gateway.serve import Follower
from components.governance.ledger import Ledger
from components.governance.wishes import claimed
from components.registry.registry import HEAD, OWNER, Registry
from tests.components.control.world import Ticking
from tests.components.registry.making import make_checkpoint, make_experience, registration

pytestmark = pytest.mark.integration
PROMPT = "mlflow.prompt.is_prompt"
WHO = claimed("ada")
now = Ticking()


def enter(registry: Registry, name: str, against: str | None = None) -> tuple[str, str]:
    experience = make_experience(registry.workspace, name)
    made = make_checkpoint(registry.workspace, experience, against)
    return register(registry, registration(made, experience, "pass", against), now), made.name


@pytest.fixture
def two(registry: Registry) -> list[str]:
    """The checkpoints of versions 1 and 2, promoted one after the other."""
    made: list[str] = []
    for name in ("one", "two"):
        version, checkpoint = enter(registry, name, made[-1] if made else None)
        conclude(registry, version, "promoted", actor="perdure", reason="passed", now=now)
        made.append(checkpoint)
    reconcile(registry.workspace, now, registry)
    return made


def acts(registry: Registry) -> dict[str, Callable[[], object]]:
    workspace = registry.workspace
    return {
        "reconcile": lambda: reconcile(workspace, now, registry),
        "roll back": lambda: rollback(registry, actor=WHO, reason="worse", now=now),
        "conclude": lambda: conclude(registry, "2", "held", actor="perdure", reason="no", now=now),
        "promote": lambda: conclude(registry, "2", "promoted", actor="perdure", reason="again", now=now),
        "register": lambda: enter(registry, "three"),
    }


def closed(registry: Registry, error: type[PerdureError], says: str) -> None:
    """Every act is refused with a way out, and what serves goes on serving."""
    ledger = Ledger(registry.workspace.ledger_url)
    head, serves = ledger.head(), Follower(registry.workspace, "test").wanted()
    for name, act in acts(registry).items():
        with pytest.raises(error, match=says) as raised:
            act()
        assert raised.value.hint, name
    assert ledger.head() == head
    assert Follower(registry.workspace, "test").wanted() == serves
    assert serves.champion is not None
    assert serves.champion.version == "2"


def store_of(registry: Registry) -> Any:
    return registry.client._get_registry_client().store


def test_a_model_that_is_hidden_as_a_prompt_is_a_model_that_is_gone(registry: Registry, two: list[str]) -> None:
    registry.client.set_registered_model_tag(registry.model, PROMPT, "true")
    closed(registry, RegistryError, "holds nothing of the 2 versions that the ledger knows")
    assert compare(registry.workspace)[:2] == ["version 1 is gone from MLflow", "version 2 is gone from MLflow"]
    store_of(registry).delete_registered_model_tag(registry.model, PROMPT)
    assert reconcile(registry.workspace, now, registry).done == []


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_version_that_is_hidden_as_a_prompt_is_lost_and_said_to_be(registry: Registry, two: list[str], value: str) -> None:
    """With the value `true` it hides every version of the model from searches."""
    registry.client.set_model_version_tag(registry.model, "1", PROMPT, value)
    for _ in range(2):
        found = reconcile(registry.workspace, now, registry)
        assert found.done == []
        assert ("1" in found.lost) == (value == "true")
    assert Follower(registry.workspace, "test").wanted().champion.path.endswith(two[1])  # type: ignore[union-attr]
    assert (compare(registry.workspace) == []) == (value == "false")
    back = rollback(registry, actor=WHO, reason="worse", now=now)
    assert back is not None
    assert Follower(registry.workspace, "test").wanted().champion.path.endswith(two[0])  # type: ignore[union-attr]
    assert reconcile(registry.workspace, now, registry).done == []


def test_a_version_is_written_in_one_way(registry: Registry, two: list[str]) -> None:
    """MLflow takes "01" for 1; the ledger does not."""
    ledger = Ledger(registry.workspace.ledger_url)
    head = ledger.head()
    for written in ("01", " 2 ", "1_0", "١", "+1", "2.0", ""):
        with pytest.raises(RefusedError, match="does not know version"):
            rollback(registry, written, actor=WHO, reason="worse", now=now)
        with pytest.raises(UsageError, match="does not know version"):
            conclude(registry, written, "promoted", actor="perdure", reason="passed", now=now)
        with pytest.raises(UsageError, match="There is no version"):
            ask(registry, written, "approved", actor="ada", reason="fine", now=now)
    assert ledger.head() == head
    assert reconcile(registry.workspace, now, registry).done == []


def test_an_alias_to_a_version_in_another_spelling_is_followed_as_that_version(registry: Registry, two: list[str]) -> None:
    registry.client.set_registered_model_alias(registry.model, "champion", "01")
    assert [each["action"] for each in reconcile(registry.workspace, now, registry).done] == ["rolled_back"]
    assert Follower(registry.workspace, "test").wanted().champion.path.endswith(two[0])  # type: ignore[union-attr]


def test_an_alias_of_a_like_name_means_nothing(registry: Registry, two: list[str]) -> None:
    registry.client.set_registered_model_alias(registry.model, "Champion", "1")
    assert reconcile(registry.workspace, now, registry).done == []
    assert Follower(registry.workspace, "test").wanted().champion.path.endswith(two[1])  # type: ignore[union-attr]


def test_a_database_that_is_taken_away_while_it_is_open(registry: Registry, two: list[str]) -> None:
    """The open connection reads the old file on, so it must be looked at."""
    file = registry.workspace.mlflow_file
    assert file is not None
    kept = file.rename(file.with_suffix(".away"))
    closed(registry, UnavailableError, "removed or replaced")
    kept.rename(file)
    assert reconcile(registry.workspace, now, registry).done == []


def test_a_database_that_is_emptied_while_it_is_open(registry: Registry, two: list[str]) -> None:
    file = registry.workspace.mlflow_file
    assert file is not None
    kept = file.rename(file.with_suffix(".away"))
    file.touch()
    closed(registry, UnavailableError, "removed or replaced")
    os.replace(kept, file)
    assert reconcile(registry.workspace, now, registry).done == []


def test_another_workspace_model_is_neither_asked_nor_rebuilt(registry: Registry, two: list[str]) -> None:
    registry.client.set_registered_model_tag(registry.model, OWNER, "0123456789abcdef")
    before = registry.client.search_model_versions(f"name = '{registry.model}'")
    closed(registry, RegistryError, "belongs to the workspace 0123456789abcdef")
    with pytest.raises(RegistryError, match="belongs to the workspace"):
        ask(registry, "2", "approved", actor="ada", reason="fine", now=now)
    with pytest.raises(RegistryError, match="belongs to the workspace"):
        rebuild_registry(registry.workspace, now)
    after = registry.client.search_model_versions(f"name = '{registry.model}'")
    assert [dict(each) for each in after] == [dict(each) for each in before]


def test_a_registry_is_not_rebuilt_from_a_ledger_that_it_has_not_agreed_with(registry: Registry, two: list[str]) -> None:
    registry.client.set_registered_model_tag(registry.model, HEAD, "f" * 64)
    with pytest.raises(PerdureError, match="is not the one that MLflow's model"):
        rebuild_registry(registry.workspace, now)
    assert len(registry.versions()) == 2
