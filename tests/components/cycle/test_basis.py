"""What a cycle continues from, in every way in which it may open: what serves, by the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.control.authority import serving
from components.cycle.basis import settle
from components.cycle.outputs import Basis
from components.errors import LedgerError, RefusedError, UsageError
from components.workspace import Workspace
from tests.components.cycle.conftest import NOW, Line, tell

pytestmark = pytest.mark.unit

Serves = Callable[..., str]


def opens(line: Line, follows: str | None = None, learn_from: str | None = None) -> Basis:
    return settle(line.records, follows=follows, learn_from=learn_from, now=lambda: NOW)


def test_without_a_cycle_before_it_continues_from_what_serves(line: Line, serves: Serves) -> None:
    serves("champion")
    assert opens(line) == Basis("champion", "champion", None)
    serves(None)
    assert opens(line) == Basis(None, None, None)


def test_nothing_is_made_to_learn_that_nothing_serves(line: Line, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert opens(line) == Basis(None, None, None)
    assert not workspace.root.exists()


@pytest.mark.parametrize("outcome", ["promoted", "rejected", "held"])
def test_after_a_cycle_from_what_serves_too(line: Line, serves: Serves, outcome: str) -> None:
    """Not from what the cycle before recorded: a person may have approved, rolled back or promoted meanwhile."""
    line.cycle("one")
    line.cycle("two", "one", "one", outcome)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="three"):
        opens(line, "three")
    serves("of somebody else")
    assert opens(line, "two") == Basis("of somebody else", "of somebody else", "two")


def test_a_stream_does_not_go_on_from_a_champion_that_was_rolled_back(line: Line, serves: Serves) -> None:
    line.cycle("one")
    before = serves("the one before")
    serves(line.checkpoints["one"], "one")
    assert opens(line, "one").champion == line.checkpoints["one"]
    tell(line.workspace, "rolled_back", before)
    assert opens(line, "one") == Basis("the one before", "the one before", "one")


def test_an_approval_given_meanwhile_is_not_lost(line: Line, serves: Serves) -> None:
    line.cycle("one")
    serves(line.checkpoints["one"], "one")
    line.cycle("two", "one", "one", "held")
    serves(line.checkpoints["two"], "two")  # approved since
    assert opens(line, "two").champion == line.checkpoints["two"]


def test_another_checkpoint_to_learn_from_is_judged_against_the_champion_all_the_same(line: Line, serves: Serves) -> None:
    serves("champion")
    assert opens(line, learn_from="older") == Basis("champion", "older", None)


def test_no_cycle_opens_on_a_ledger_that_is_gone(line: Line, serves: Serves) -> None:
    """It would learn from nothing, meet no regression gate and be promoted."""
    serves("champion")
    opens(line)
    for path in line.workspace.root.glob("ledger.db*"):
        path.unlink()
    with pytest.raises(LedgerError):
        opens(line)


# A stream that DVC rebuilds from its start


def rebuilt(line: Line, name: str, follows: str, champion: str | None = None) -> None:
    line.open(name, follows, champion, watched=False)
    line.ingest(name)
    line.learn(name)
    line.decide(name)


def test_a_start_from_nothing_sets_back_what_the_stream_itself_had_made(line: Line, serves: Serves) -> None:
    line.records.start("start")
    assert opens(line, "start") == Basis(None, None, "start", watched=False)
    rebuilt(line, "one", "start")
    serves(line.checkpoints["one"], "one", rebuilt=True)
    rebuilt(line, "two", "one", "one")
    serves(line.checkpoints["two"], "two", rebuilt=True)
    assert opens(line, "two").champion == line.checkpoints["two"]
    one = line.checkpoints["one"]
    assert opens(line, "one") == Basis(one, one, "one", watched=False)  # `two` is to be made anew, and so is what served
    serves_now = serving(line.workspace)
    assert serves_now is not None
    assert serves_now.checkpoint == one
    assert opens(line, "start") == Basis(None, None, "start", watched=False)
    assert serving(line.workspace) is None


def test_a_stream_takes_nothing_out_of_production_that_it_did_not_make(line: Line, serves: Serves) -> None:
    line.records.start("start")
    line.cycle("watched")
    for cycle in (None, "unknown", "watched"):
        serves(f"of {cycle}", cycle)
        before = serving(line.workspace)
        with pytest.raises(RefusedError, match="this stream did not make it") as caught:
            opens(line, "start")
        assert "PERDURE_WORKSPACE" in caught.value.hint
        assert serving(line.workspace) == before
        serves(None)
