"""A checkpoint becomes a version, an entry of the ledger and the candidate, on real MLflow and a real ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from components.control.actions import conclude, rollback
from components.control.register import register
from components.errors import RegistryError
from components.registry.registry import Registry
from tests.components.control.conftest import ledger_of
from tests.components.registry.making import AddVersion, make_checkpoint, make_experience, minute, registration

pytestmark = pytest.mark.integration

Champion = Callable[..., tuple[str, str]]


def test_the_ledger_says_what_a_version_is(registry: Registry) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    version = register(registry, registration(checkpoint, experience, "inconclusive", "d" * 64), minute(0))
    (entry,) = ledger_of(registry).log()
    assert (entry.kind, entry.subject, entry.reason) == ("registered", version, "Too uncertain.")
    assert entry.evidence["checkpoint"] == checkpoint.name
    assert (entry.evidence["gate"], entry.evidence["judged_against"]) == ("inconclusive", "d" * 64)
    assert (entry.evidence["experience"], entry.evidence["cycle"]) == (experience.digest, "cycle one")
    assert registry.aliases() == {"candidate": version}
    assert registry.noted_head() == entry.hash
    assert registry.client.get_registered_model(registry.model).tags["workspace"] == registry.owner


def test_what_an_unknown_parent_had_learned_is_noted(registry: Registry, add_version: AddVersion) -> None:
    _, known = add_version("one")
    add_version("two", parent=known)
    add_version("three", parent="e" * 64)
    noted = [entry.evidence.get("experiences") for entry in ledger_of(registry).entries()]
    assert noted == [None, None, []]


def test_registering_again_is_the_same_version_with_its_verdict_updated(
    registry: Registry, capfd: pytest.CaptureFixture[str]
) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    first = register(registry, registration(checkpoint, experience, "inconclusive"), minute(0))
    assert register(registry, registration(checkpoint, experience, "inconclusive"), minute(1)) == first
    ledger = ledger_of(registry)
    assert len(ledger.log()) == 1

    assert register(registry, registration(checkpoint, experience), minute(2)) == first
    assert registry.tags(first)["gate.status"] == "pass"
    assert [entry.evidence["gate"] for entry in ledger.entries()] == ["inconclusive", "pass"]

    other = register(registry, registration(checkpoint, experience, cycle="another cycle's"), minute(3))
    assert other != first
    assert registry.version_of(checkpoint.name, "another cycle's") == other
    assert registry.version_of(checkpoint.name, "cycle one") == first
    assert capfd.readouterr() == ("", "")  # stdout belongs to the command's JSON


@pytest.mark.parametrize("outcome", ["held", "rejected", "rolled_back"])
def test_a_decision_stands_and_a_new_attempt_is_another_version(registry: Registry, champion: Champion, outcome: str) -> None:
    """Also when the attempt learned the very same checkpoint: its evidence and its verdict are its own."""
    _, first = champion("zero")
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience, first)
    known = registration(checkpoint, experience, "inconclusive", first)
    one = register(registry, known, minute(2))
    conclude(registry, one, outcome, actor="perdure", reason="first attempt", now=minute(3))  # type: ignore[arg-type]
    two = register(registry, known, minute(4))
    assert two != one
    assert registry.tags(one)["outcome"] == outcome
    assert conclude(registry, two, "promoted", actor="perdure", reason="second attempt", now=minute(5)).outcome == "promoted"


def test_an_attempt_after_a_rollback_is_another_version_of_the_same_checkpoint(registry: Registry, champion: Champion) -> None:
    _, first = champion("zero")
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience, first)
    known = registration(checkpoint, experience, "pass", first)
    one = register(registry, known, minute(2))
    conclude(registry, one, "promoted", actor="perdure", reason="passed", now=minute(3))
    assert register(registry, known, minute(4)) == one  # it serves: the step ran again
    rollback(registry, actor="ada", reason="complaints", now=minute(5))
    two = register(registry, known, minute(6))
    assert two != one
    assert conclude(registry, two, "promoted", actor="perdure", reason="judged anew", now=minute(7)).outcome == "promoted"


def test_another_checkpoint_of_an_undecided_cycle_supersedes_the_first(registry: Registry) -> None:
    experience = make_experience(registry.workspace, "one")
    older, newer = (make_checkpoint(registry.workspace, experience, rows=rows) for rows in (3, 4))
    one = register(registry, registration(older, experience), minute(0))
    two = register(registry, registration(newer, experience), minute(1))
    assert registry.tags(one)["outcome"] == "rejected"
    assert f"superseded by version {two}" in registry.tags(one)["outcome.reason"]
    assert registry.aliases() == {"candidate": two}
    assert conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(2)).outcome == "promoted"


def test_a_registry_that_was_set_back_is_noticed(registry: Registry, add_version: AddVersion, tmp_path: Path) -> None:
    """MLflow's database was restored from an older backup: it gives a number again that the ledger knows."""
    add_version("one")
    database = registry.workspace.root / "mlflow.db"
    with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        now.backup(backup)
        two, _ = add_version("two")
        backup.backup(now)
    head = ledger_of(registry).head()
    before = registry.versions()
    with pytest.raises(RegistryError, match=f"Version {two}, the newest that the ledger knows, is gone from MLflow"):
        add_version("three")
    assert [each.version for each in registry.versions()] == [each.version for each in before], "no version is left behind"
    assert ledger_of(registry).head() == head


def test_a_registration_killed_half_way_is_made_whole(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    for write in (
        "mlflow.MlflowClient._create_model_version",
        "components.governance.ledger.Ledger.append",
        "mlflow.MlflowClient.set_registered_model_alias",
    ):
        with monkeypatch.context() as patched:
            patched.setattr(write, killed)
            with pytest.raises(KeyboardInterrupt):
                register(registry, registration(checkpoint, experience), minute(0))
    version = register(registry, registration(checkpoint, experience), minute(0))
    assert len(registry.versions()) == 1
    assert registry.aliases() == {"candidate": version}
    assert len(ledger_of(registry).log()) == 1


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
