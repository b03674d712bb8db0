"""What people do in the MLflow UI is carried out, followed or put back, and written down, on real MLflow."""

from __future__ import annotations

import shutil

import pytest

from components.control.actions import approve, conclude, reject
from components.control.reconcile import reconcile
from components.governance.decisions import SOMEONE
from components.governance.ledger import Ledger
from components.registry.client import MODEL
from components.registry.registry import Registry
from tests.components.registry.making import AddVersion, minute

pytestmark = pytest.mark.integration


def kinds(registry: Registry) -> list[str]:
    return [entry.kind for entry in Ledger(registry.workspace.ledger_url).entries()]


def act(registry: Registry) -> list[tuple[str, str | None]]:
    """Reconcile; a second time must find nothing to do."""
    done = reconcile(registry.workspace, "auto", minute(10))
    assert reconcile(registry.workspace, "auto", minute(11)) == []
    assert Ledger(registry.workspace.ledger_url).verify(registry.noted_head())["valid"]
    return [(action["action"], action["version"]) for action in done]


@pytest.fixture
def one(registry: Registry, add_version: AddVersion) -> tuple[str, str]:
    """A champion."""
    version, checkpoint = add_version("one")
    conclude(registry, version, "promoted", actor="perdure", reason="passed", now=minute(0))
    return version, checkpoint


def hold(registry: Registry, add_version: AddVersion, name: str, against: str | None) -> tuple[str, str]:
    version, checkpoint = add_version(name, "inconclusive", against)
    conclude(registry, version, "held", actor="perdure", reason="uncertain", now=minute(1))
    return version, checkpoint


def test_an_approval_by_tag_is_carried_out(registry: Registry, add_version: AddVersion, one: tuple[str, str]) -> None:
    two, _ = hold(registry, add_version, "two", one[1])
    assert act(registry) == []
    assert registry.waiting() == [two]
    registry.client.set_model_version_tag(MODEL, two, "approval", "approved")  # what the UI does
    registry.client.set_model_version_tag(MODEL, two, "approval.reason", "I looked at the cases")
    assert act(registry) == [("promoted", two)]
    assert (registry.champion(), registry.previous(), registry.waiting()) == (two, one[0], [])
    assert kinds(registry)[-3:] == ["approved", "moving", "promoted"]
    last = Ledger(registry.workspace.ledger_url).log(limit=1)[0]
    assert (last.actor, last.reason) == (SOMEONE, "I looked at the cases")


def test_approve_and_reject_name_the_person(registry: Registry, add_version: AddVersion, one: tuple[str, str]) -> None:
    two, _ = hold(registry, add_version, "two", one[1])
    three, _ = hold(registry, add_version, "three", one[1])
    reject(registry, two, actor="grace", reason="bad labels")
    approve(registry, three, actor="ada", reason="fine")
    assert act(registry) == [("rejected", two), ("promoted", three)]
    actors = {
        entry.subject: entry.actor for entry in Ledger(registry.workspace.ledger_url).entries(kinds=("rejected", "approved"))
    }
    assert actors == {two: "grace", three: "ada"}
    assert registry.tags(two)["outcome"] == "rejected"


def test_a_stale_or_misspelt_approval_is_answered_on_the_version(
    registry: Registry, add_version: AddVersion, one: tuple[str, str]
) -> None:
    two, _ = hold(registry, add_version, "two", one[1])
    three, _ = hold(registry, add_version, "three", one[1])
    approve(registry, two, actor="ada", reason="fine")
    approve(registry, three, actor="ada", reason="fine too")
    assert act(registry) == [("promoted", two), ("refused", three)]
    assert "Run the cycle again" in registry.tags(three)["approval.problem"]
    registry.client.set_model_version_tag(MODEL, three, "approval", "ok")
    assert act(registry) == [("refused", three)]
    assert "takes `approved` or `rejected`" in registry.tags(three)["approval.problem"]
    registry.client.delete_model_version_tag(MODEL, three, "approval")
    assert act(registry) == [("cleared", three)]
    assert "approval.problem" not in registry.tags(three)
    assert registry.champion() == two


def test_a_champion_moved_in_the_ui_is_followed(registry: Registry, add_version: AddVersion, one: tuple[str, str]) -> None:
    two, second = add_version("two", "pass", one[1])
    conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(1))
    registry.client.set_registered_model_alias(MODEL, "champion", one[0])
    assert act(registry) == [("rolled_back", one[0])]
    assert (registry.champion(), registry.previous()) == (one[0], two)
    assert registry.tags(two)["outcome"] == "rolled_back"
    served = Ledger(registry.workspace.ledger_url).at(minute(60))
    assert served is not None
    assert (served.kind, served.subject, served.actor) == ("rolled_back", one[0], SOMEONE)
    assert served.evidence["checkpoint"] == one[1] != second


@pytest.mark.parametrize("how", ["failed", "alien", "forged", "damaged", "deleted"])
def test_a_champion_moved_where_it_may_not_go_is_put_back(
    registry: Registry, add_version: AddVersion, one: tuple[str, str], how: str
) -> None:
    two, second = add_version("two", "fail" if how == "failed" else "inconclusive" if how == "forged" else "pass", one[1])
    if how == "alien":
        two = str(registry.client.create_model_version(MODEL, registry.workspace.root.as_uri(), await_creation_for=0).version)
    elif how == "forged":
        registry.client.set_model_version_tag(MODEL, two, "gate.status", "pass")
    elif how == "damaged":
        (registry.workspace.checkpoint(second) / "head.safetensors").write_bytes(b"other")
    if how == "deleted":
        registry.client.delete_registered_model_alias(MODEL, "champion")
    else:
        registry.client.set_registered_model_alias(MODEL, "champion", two)
    assert act(registry) == [("restored", one[0])]
    assert registry.champion() == one[0]
    assert kinds(registry)[-1] == "reverted"


def test_a_deleted_champion_gives_way_to_the_one_before(
    registry: Registry, add_version: AddVersion, one: tuple[str, str]
) -> None:
    two, _ = add_version("two", "pass", one[1])
    conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(1))
    registry.client.delete_model_version(MODEL, two)
    assert act(registry) == [("restored", one[0])]
    served = Ledger(registry.workspace.ledger_url).at(minute(60))
    assert served is not None
    assert (served.kind, served.subject) == ("champion_moved", one[0])


def test_an_approval_of_a_damaged_checkpoint_is_refused_and_of_a_lost_one_carried_out(
    registry: Registry, add_version: AddVersion, one: tuple[str, str]
) -> None:
    two, second = hold(registry, add_version, "two", one[1])
    path = registry.workspace.checkpoint(second)
    (path / "head.safetensors").write_bytes(b"other")
    approve(registry, two, actor="ada", reason="fine")
    assert act(registry) == [("refused", two)]
    assert "does not match its digest" in registry.tags(two)["approval.problem"]
    assert registry.champion() == one[0]
    shutil.rmtree(path)
    assert act(registry) == [("promoted", two)]
    assert path.is_dir()
