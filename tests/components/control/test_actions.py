"""Promotion, rollback and what a kill in the middle of them leaves behind, on real MLflow and a real ledger."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from components.control.actions import conclude, promote, rollback
from components.control.reconcile import reconcile
from components.errors import BusyError, IntegrityError, RefusedError, UsageError
from components.governance.ledger import Ledger
from components.governance.state import STATE_KINDS, remember
from components.registry.registry import Registry
from components.storage import read_manifest, verify
from tests.components.registry.making import AddVersion, minute

pytestmark = pytest.mark.integration


def ledger_of(registry: Registry) -> Ledger:
    return Ledger(registry.workspace.ledger_url)


def champion_by_ledger(registry: Registry) -> str | None:
    return remember(ledger_of(registry).entries(kinds=STATE_KINDS)).champion


def up(registry: Registry, version: str, at: int = 0) -> None:
    conclude(registry, version, "promoted", actor="perdure", reason="passed", now=minute(at))


def test_promotion_and_rollback_restore_the_whole_learner(registry: Registry, add_version: AddVersion) -> None:
    (one, first), (two, second) = add_version("one"), add_version("two")
    up(registry, one, 1)
    up(registry, two, 2)
    assert registry.candidate() is None
    assert (registry.champion(), registry.previous()) == (two, one)

    entry = rollback(registry, actor="ada", reason="complaints", now=minute(3))
    assert (registry.champion(), registry.previous()) == (one, two)
    assert registry.champion_checkpoint() == first
    manifest = verify(registry.workspace.checkpoint(first))
    assert (entry.kind, entry.subject, entry.actor, entry.reason) == ("rolled_back", one, "ada", "complaints")
    assert entry.evidence == {
        "checkpoint": first, "experience": manifest["experience"], "memory": manifest["files"]["memory.parquet"], "from": two,
    }  # fmt: skip
    assert registry.tags(two)["outcome"] == "rolled_back"
    assert registry.status()["memory"]["bytes"] == (registry.workspace.checkpoint(first) / "memory.parquet").stat().st_size
    assert read_manifest(registry.workspace.checkpoint(second))["experience"] != manifest["experience"]

    ledger = ledger_of(registry)
    served = [ledger.at(minute(n)) for n in range(5)]
    assert [served_by.subject if served_by else None for served_by in served] == [None, one, two, one, one]
    assert ledger.verify(expected_head=registry.noted_head())["valid"]
    again = rollback(registry, to=one, actor="ada", reason="again", now=minute(4))
    assert again == entry  # it serves already


def test_rollback_to_a_version_by_number(registry: Registry, add_version: AddVersion) -> None:
    versions = [add_version(name)[0] for name in ("one", "two", "three")]
    for n, version in enumerate(versions):
        up(registry, version, n)
    rollback(registry, versions[0], actor="ada", reason="far back", now=minute(9))
    assert (registry.champion(), registry.previous()) == (versions[0], versions[2])


def test_rollback_says_why_it_cannot(registry: Registry, add_version: AddVersion) -> None:
    with pytest.raises(UsageError, match="no earlier champion"):
        rollback(registry, actor="ada", reason="", now=minute(0))
    (one, first), (two, _), (three, _) = add_version("one"), add_version("two"), add_version("three")
    up(registry, one)
    with pytest.raises(UsageError, match="no earlier champion"):
        rollback(registry, actor="ada", reason="", now=minute(0))
    up(registry, two)
    with pytest.raises(UsageError, match="no version '77'"):
        rollback(registry, "77", actor="ada", reason="", now=minute(0))
    with pytest.raises(RefusedError, match=f"Version {three} never served"):
        rollback(registry, three, actor="ada", reason="", now=minute(0))

    before = ledger_of(registry).head()
    (registry.workspace.checkpoint(first) / "memory.parquet").write_bytes(b"poison")
    with pytest.raises(IntegrityError, match=r"memory\.parquet"):
        rollback(registry, actor="ada", reason="", now=minute(0))
    assert (registry.champion(), registry.previous()) == (two, one)
    assert ledger_of(registry).head() == before


@pytest.mark.parametrize(
    ("outcome", "kind"), [("held", "held"), ("rejected", "rejected"), ("rolled_back", "candidate_rolled_back")]
)
def test_a_candidate_that_is_not_promoted_changes_nothing_else(
    registry: Registry, add_version: AddVersion, outcome: str, kind: str
) -> None:
    (one, first), (two, _) = add_version("one"), add_version("two")
    up(registry, one)
    for _ in range(2):  # concluding twice is concluding once
        conclude(registry, two, outcome, actor="perdure", reason="numbers", now=minute(1))
    assert (registry.champion(), registry.champion_checkpoint(), registry.candidate()) == (one, first, None)
    assert (registry.tags(two)["outcome"], registry.tags(two)["outcome.reason"]) == (outcome, "numbers")
    assert [entry.kind for entry in ledger_of(registry).entries()].count(kind) == 1
    assert ledger_of(registry).at(minute(5)).subject == one


def test_a_conclusion_run_again_does_not_undo_what_a_person_decided_since(registry: Registry, add_version: AddVersion) -> None:
    (one, _), (two, _) = add_version("one"), add_version("two")
    up(registry, one)
    up(registry, two)
    rollback(registry, actor="ada", reason="no", now=minute(1))
    up(registry, two, 2)  # the step that promoted it runs again
    assert registry.champion() == one
    conclude(registry, two, "held", actor="perdure", reason="", now=minute(3))
    promote(registry, two, actor="ada", reason="now", now=minute(4))
    conclude(registry, two, "held", actor="perdure", reason="", now=minute(5))
    assert registry.tags(two)["outcome"] == "promoted"


def test_of_two_movers_at_once_one_is_refused(
    registry: Registry, add_version: AddVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, _), (two, _), (three, _) = add_version("one"), add_version("two"), add_version("three")
    up(registry, one)
    state = remember(ledger_of(registry).entries(kinds=STATE_KINDS))
    monkeypatch.setattr("components.control.champion.remember", lambda _: state)  # it read the ledger before the other one wrote
    other = {"outcome": "promoted", "from": one}
    key = f"moving-after:{state.last_seq}"
    ledger_of(registry).append("moving", actor="b", subject=two, evidence=other, reason="", now=minute(1), key=key)
    with pytest.raises(BusyError, match=f"version {two}"):
        promote(registry, three, actor="a", reason="", now=minute(1))
    assert registry.champion() == one


class KilledError(BaseException):
    """Stands for SIGKILL: nothing after it runs."""


@contextmanager
def dying(registry: Registry, monkeypatch: pytest.MonkeyPatch, at: int) -> Iterator[None]:
    """Die just before write number `at` to MLflow or the ledger."""
    count = itertools.count()

    def doomed(write: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if next(count) == at:
                raise KilledError
            return write(*args, **kwargs)

        return call

    with monkeypatch.context() as patched:
        for name in (
            "set_registered_model_alias",
            "delete_registered_model_alias",
            "set_model_version_tag",
            "set_registered_model_tag",
        ):
            patched.setattr(registry.client, name, doomed(getattr(registry.client, name)))
        patched.setattr(Ledger, "append", doomed(Ledger.append))
        yield


@pytest.mark.parametrize("way", ["reconcile", "again", "rollback"])
def test_a_kill_before_any_write_is_repaired(
    registry: Registry, add_version: AddVersion, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    (old, _), (new, _) = add_version("one"), add_version("two")
    up(registry, new)
    up(registry, old)
    for at in range(20):
        registry.set_alias("candidate", new)
        registry.tag(new, {"outcome": "held"})
        killed = False
        with dying(registry, monkeypatch, at):
            try:
                promote(registry, new, actor="perdure", reason="passed", now=minute(at))
            except KilledError:
                killed = True
        assert registry.champion() in (old, new)
        if way == "reconcile":
            reconcile(registry.workspace, "auto", minute(at))
            assert reconcile(registry.workspace, "auto", minute(at)) == []
        elif way == "again":
            promote(registry, new, actor="perdure", reason="passed", now=minute(at))
            assert (registry.champion(), registry.previous()) == (new, old)
        else:
            rollback(registry, old, actor="ada", reason="", now=minute(at))
            assert registry.champion() == old
        serving = registry.champion()
        assert serving in (old, new)
        assert champion_by_ledger(registry) == serving
        assert registry.tags(serving)["outcome"] == "promoted"
        assert ledger_of(registry).verify(registry.noted_head())["valid"]
        if not killed:
            assert at > 5
            return
        old, new = serving, old if serving == new else new
    pytest.fail("a promotion makes more than twenty writes")
