"""A damaged, lost or foreign ledger is continued only by a person's act, which says why and names every problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.control.accept import accept
from components.control.actions import conclude, rollback
from components.control.authority import consult
from components.control.reconcile import reconcile
from components.errors import LedgerError, RefusedError, UsageError
from components.registry.registry import Registry
from components.workspace import Workspace
from tests.components.control.conftest import Intruder, ledger_of, serves
from tests.components.control.test_champion import change_an_entry, remove, rewrite
from tests.components.registry.making import AddVersion, minute

pytestmark = pytest.mark.integration

Champion = Callable[..., tuple[str, str]]


def accepted(registry: Registry, reason: str = "the disk was full") -> Any:
    return accept(registry, actor="claimed by ada, unauthenticated", reason=reason, now=minute(20))


def truncate(registry: Registry) -> None:
    Intruder(registry.workspace).run("DELETE FROM ledger WHERE seq > 3")


def rewrite_and_keep_what_was_seen(registry: Registry) -> None:
    Intruder(registry.workspace).rewrite(lambda fields: {**fields, "reason": "forged"})


@pytest.mark.parametrize("falsify", [truncate, remove, rewrite, rewrite_and_keep_what_was_seen, change_an_entry])
def test_what_serves_goes_on_serving_and_everything_is_possible_again(
    registry: Registry, champion: Champion, add_version: AddVersion, falsify: Callable[[Registry], None]
) -> None:
    one, _ = champion("one")
    two, second = champion("two")
    aliases = registry.aliases()
    falsify(registry)
    with pytest.raises(LedgerError):
        reconcile(registry.workspace, minute(10))

    entry = accepted(registry)
    assert (entry.kind, entry.subject, entry.reason) == ("continued", two, "the disk was full")
    assert entry.evidence["problems"]
    assert serves(registry) == (two, second)
    report = ledger_of(registry).verify(registry.noted_head())
    assert (report["valid"], report["problems"]) == (True, [])
    done = reconcile(registry.workspace, minute(21))
    assert (done.done, done.lost) == ([], [])
    assert registry.aliases() == aliases
    with pytest.raises(UsageError, match="nothing to accept"):
        accepted(registry)

    (registry.workspace.root / "ledger.seen.json").unlink()  # the ledger alone says it again
    assert serves(registry) == (two, second)
    three, third = add_version("three", against=second)
    assert conclude(registry, three, "promoted", actor="perdure", reason="passed", now=minute(22)).outcome == "promoted"
    for expected in (two, one):
        rollback(registry, actor="ada", reason="back", now=minute(23))
        assert serves(registry)[0] == expected
    assert third


def test_what_was_rolled_back_stays_so(registry: Registry, champion: Champion) -> None:
    one, first = champion("one")
    two, _ = champion("two")
    rollback(registry, actor="ada", reason="complaints", now=minute(9))
    remove(registry)
    accepted(registry)
    assert serves(registry) == (one, first)
    with pytest.raises(RefusedError, match="rolled back"):
        rollback(registry, two, actor="ada", reason="hm", now=minute(21))


def test_an_acceptance_is_for_the_problems_that_it_names(registry: Registry, champion: Champion) -> None:
    champion("one")
    truncate(registry)
    Intruder(registry.workspace).run("UPDATE ledger SET actor = 'eve' WHERE seq = 1")
    entry = accepted(registry)
    assert len([problem for problem in entry.evidence["problems"] if "guard" in problem]) == 3
    assert any(problem.startswith("entry 1 was changed: its content (") for problem in entry.evidence["problems"])
    consult(registry.workspace)
    Intruder(registry.workspace).run("UPDATE ledger SET actor = 'eve' WHERE seq = 2", guards=True)
    with pytest.raises(LedgerError, match="entry 2 was changed"):
        consult(registry.workspace)
    assert not ledger_of(registry).verify()["valid"]
    accepted(registry, "again")
    Intruder(registry.workspace).run()
    with pytest.raises(LedgerError, match="guard"):  # accepted once, and put back: this is another time
        consult(registry.workspace)
    assert not ledger_of(registry).verify()["valid"]


def test_a_reason_is_required_and_a_whole_ledger_is_left_alone(registry: Registry, champion: Champion) -> None:
    champion("one")
    before = ledger_of(registry).head()
    with pytest.raises(UsageError, match="nothing to accept"):
        accepted(registry)
    truncate(registry)
    with pytest.raises(UsageError, match="reason is required"):
        accepted(registry, "  ")
    assert "continued" not in [entry.kind for entry in ledger_of(registry).entries()]
    assert before


def test_the_ledger_of_another_workspace_is_refused_by_whoever_looks(
    registry: Registry, champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion("one")
    other = Workspace(tmp_path / "other")
    other.root.mkdir()
    monkeypatch.setenv("PERDURE_LEDGER_URL", registry.workspace.ledger_url)
    for look in (lambda: consult(other), lambda: accept(Registry(other), actor="ann", reason="mine now", now=minute(9))):
        with pytest.raises(LedgerError, match="belongs to the workspace"):
            look()
    assert consult(registry.workspace).state.serving is not None


def test_a_ledger_that_was_never_looked_at_here_is_compared_with_mlflow(registry: Registry, champion: Champion) -> None:
    champion("one")
    champion("two")
    Intruder(registry.workspace).rewrite(lambda fields: {**fields, "reason": "forged"})
    (registry.workspace.root / "ledger.seen.json").unlink()
    with pytest.raises(LedgerError, match="rewritten"):
        consult(registry.workspace)
    assert not (registry.workspace.root / "ledger.seen.json").exists(), "it was not believed"


def test_nothing_is_continued_from_nothing(registry: Registry, champion: Champion) -> None:
    champion("one")
    aliases = registry.aliases()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.seen.json"):
        (registry.workspace.root / name).unlink(missing_ok=True)
    with pytest.raises(LedgerError, match="knows what served"):
        accepted(registry)
    assert registry.aliases() == aliases


def test_an_accepted_change_covers_no_other_change_of_the_same_entry(registry: Registry, champion: Champion) -> None:
    champion("one")
    Intruder(registry.workspace).run("UPDATE ledger SET reason = 'eve' WHERE seq = 1", guards=True)
    accepted(registry)
    Intruder(registry.workspace).run("UPDATE ledger SET reason = 'mallory' WHERE seq = 1", guards=True)
    with pytest.raises(LedgerError, match="entry 1 was changed"):
        consult(registry.workspace)
