"""What a cycle continues from, in every way in which it may open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.cycle.basis import serving, settle
from components.cycle.outputs import Basis
from components.workspace import Workspace
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def registered(workspace: Workspace) -> None:
    """A registry that has something in it: without its file nothing can serve, and none is made to ask."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    (workspace.root / "mlflow.db").touch()


def test_without_a_cycle_before_it_continues_from_what_serves(line: Line, serves: Callable[..., None]) -> None:
    serves("champion")
    assert settle(line.records, follows=None, learn_from=None) == Basis("champion", "champion", None)
    serves(None)
    assert settle(line.records, follows=None, learn_from=None) == Basis(None, None, None)


def test_no_registry_is_made_to_learn_that_nothing_serves(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (workspace.root / "mlflow.db").unlink()
    assert serving(workspace) is None
    assert not (workspace.root / "mlflow.db").exists()


def test_after_a_start_from_nothing_whatever_serves_and_nobody_watches(line: Line, serves: Callable[..., None]) -> None:
    serves("champion")
    line.records.start("start")
    assert settle(line.records, follows="start", learn_from=None) == Basis(None, None, "start", watched=False)
    line.open("one", "start", watched=False)
    line.ingest("one")
    line.learn("one")
    line.decide("one")
    one = line.checkpoints["one"]
    assert settle(line.records, follows="one", learn_from=None) == Basis(one, one, "one", watched=False), "nor further down"


@pytest.mark.parametrize("outcome", ["promoted", "rejected"])
def test_after_a_cycle_from_the_champion_that_it_left(line: Line, serves: Callable[..., None], outcome: str) -> None:
    serves("of somebody else")
    line.cycle("one")
    line.cycle("two", "one", "one", outcome)  # type: ignore[arg-type]
    left = line.checkpoints["two" if outcome == "promoted" else "one"]
    assert settle(line.records, follows="two", learn_from=None) == Basis(left, left, "two")


def test_a_champion_that_was_rolled_back_since_is_not_gone_on_from(line: Line, serves: Callable[..., None]) -> None:
    line.cycle("one")
    serves("the one before", rolled_back=(line.checkpoints["one"],))
    assert settle(line.records, follows="one", learn_from=None) == Basis("the one before", "the one before", "one")


def test_another_checkpoint_to_learn_from_is_judged_against_the_champion_all_the_same(
    line: Line, serves: Callable[..., None]
) -> None:
    serves("champion")
    assert settle(line.records, follows=None, learn_from="older") == Basis("champion", "older", None)
