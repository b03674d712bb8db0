"""A checkpoint becomes a version, an entry of the ledger and the candidate, on real MLflow and a real ledger."""

from __future__ import annotations

import pytest

from components.control.register import register
from components.governance.ledger import Ledger
from components.registry.registry import Registry
from tests.components.registry.making import NOW, make_checkpoint, make_experience, registration

pytestmark = pytest.mark.integration


def test_the_ledger_says_what_a_version_is(registry: Registry) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    version = register(registry, registration(checkpoint, experience, "inconclusive", "d" * 64), NOW)
    (entry,) = Ledger(registry.workspace.ledger_url).log()
    assert (entry.kind, entry.subject, entry.reason) == ("registered", version, "Too uncertain.")
    assert entry.evidence["checkpoint"] == checkpoint.name
    assert (entry.evidence["gate"], entry.evidence["judged_against"]) == ("inconclusive", "d" * 64)
    assert registry.candidate() == version


def test_registering_again_is_the_same_version_with_its_verdict_updated(
    registry: Registry, capfd: pytest.CaptureFixture[str]
) -> None:
    experience = make_experience(registry.workspace, "one")
    checkpoint = make_checkpoint(registry.workspace, experience)
    first = register(registry, registration(checkpoint, experience, "inconclusive"), NOW)
    assert register(registry, registration(checkpoint, experience, "inconclusive"), NOW) == first
    ledger = Ledger(registry.workspace.ledger_url)
    assert len(ledger.log()) == 1

    assert register(registry, registration(checkpoint, experience), NOW) == first
    assert registry.tags(first)["gate.status"] == "pass"
    assert [entry.evidence["gate"] for entry in ledger.entries()] == ["inconclusive", "pass"]

    other = register(registry, registration(checkpoint, experience, cycle="another cycle's"), NOW)
    assert other != first
    assert registry.version_of(checkpoint.name) == other
    assert registry.version_of(checkpoint.name, "another cycle's") == other
    assert registry.version_of(checkpoint.name, "cycle one") == first
    assert capfd.readouterr() == ("", "")  # stdout belongs to the command's JSON


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
                register(registry, registration(checkpoint, experience), NOW)
    version = register(registry, registration(checkpoint, experience), NOW)
    assert len(registry.versions()) == 1
    assert registry.candidate() == version
    assert len(Ledger(registry.workspace.ledger_url).log()) == 1


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
