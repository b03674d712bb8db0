"""What entries lead to: the stack of champions, what became of versions, ledgers of before, and pieces that add up."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.governance.entries import GENESIS
from components.governance.replay import replay
from components.governance.rules import obstacle
from components.governance.state import Known, LedgerState
from tests.components.governance.story import Story
from tests.components.governance.tales import tales
from tests.examples import examples

pytestmark = pytest.mark.unit


def outcomes(story: Story) -> dict[str, str | None]:
    return {version: known.outcome for version, known in story.state.versions.items()}


def test_an_empty_ledger() -> None:
    state = LedgerState()
    assert (state.serving, state.previous, state.candidate, state.waiting, state.shown) == (None, None, None, [], GENESIS)
    assert replay([]) == state


def test_a_promotion_pushes_and_says_when_and_by_which_entry() -> None:
    story = Story()
    one, two = story.champion(), story.version()
    assert story.state.candidate == two
    story.promote(two)
    last = story.entries[-1]
    serving = story.state.serving
    assert serving is not None
    assert asdict(serving) == {"version": two, "checkpoint": "c2", "seq": last.seq, "hash": last.hash, "since": last.time}
    assert (story.state.previous, story.state.candidate) == (story.state.served(one), None)
    assert outcomes(story) == {one: "promoted", two: "promoted"}
    assert story.state.last_move == last.seq


def test_a_rollback_pops_everything_above_for_good() -> None:
    story = Story()
    one, two, three = (story.champion() for _ in range(3))
    story.back_to(one)
    assert story.stack() == [one]
    assert outcomes(story) == {one: "promoted", two: "rolled_back", three: "rolled_back"}
    assert story.state.revoked == {"c2": two, "e2": two, "c3": three, "e3": three}
    serving = story.state.serving
    assert serving is not None
    assert serving.seq == len(story.entries)  # the statement is the rollback's, not the first promotion's


def test_a_rollback_to_nothing() -> None:
    story = Story()
    story.champion()
    story.tell("rolled_back", "", {"left": ["1"]})
    assert (story.state.serving, story.state.revoked) == (None, {"c1": "1", "e1": "1"})


def test_held_waits_and_then_is_promoted_or_rejected() -> None:
    story = Story()
    story.champion()
    two, three = story.held(), story.held()
    assert story.state.waiting == [two, three]
    story.tell("rejected", three, {"page": "p" * 64}, reason="bad labels")
    story.promote(two)
    assert story.state.waiting == []
    assert story.state.revoked == {"c3": three, "e3": three}
    known = story.state.versions[three]
    assert (known.outcome, known.reason, known.page) == ("rejected", "bad labels", "p" * 64)


def test_a_new_attempt_at_what_was_rolled_back_brings_it_back() -> None:
    story = Story()
    one, two = story.champion(), story.champion()
    story.back_to(one)
    again = story.champion(experience="e2")
    assert story.stack() == [one, again]
    assert story.state.revoked == {"c2": two}
    story.champion()  # what learns from it is free, too


def test_the_same_checkpoint_again_brings_it_back() -> None:
    story = Story()
    one = story.champion()
    story.champion()
    story.back_to(one)
    story.champion(checkpoint="c2", experience="e2")
    assert story.state.revoked == {}


def test_what_serves_in_another_version_is_not_revoked_with_one() -> None:
    story = Story()
    story.champion()
    twin = story.version(checkpoint="c1", experience="e1")
    story.tell("rejected", twin)
    assert story.state.revoked == {}


@pytest.mark.parametrize("kind", ["held", "rejected", "candidate_rolled_back"])
def test_no_conclusion_takes_out_what_serves_or_served(kind: str) -> None:
    story = Story()
    one, two = story.champion(), story.champion()
    before = story.state
    for version in (one, two):
        story.tell(kind, version)
    assert story.stack() == [one, two]
    assert (story.state.versions, story.state.revoked) == (before.versions, {})


def test_what_the_ledger_does_not_know_is_not_concluded() -> None:
    story = Story()
    story.tell("rejected", "9")
    assert story.state.versions == {}


def test_registered_again_keeps_the_outcome_and_takes_the_verdict() -> None:
    story = Story()
    story.champion()
    two = story.held()
    story.tell("registered", two, {"checkpoint": "c2", "gate": "pass"})
    known = story.state.versions[two]
    assert (known.gate, known.outcome) == ("pass", "held")


def test_answers_are_kept_by_wish() -> None:
    story = Story()
    story.champion()
    two = story.held()
    story.tell("refused", two, {"wish": "w1", "tag": "approval", "asked_on": two}, reason="stale")
    assert story.state.answers[f"approval {two}"].problem == "stale"
    story.tell("promoted", two, {"wish": "w2", "tag": "approval", "asked_on": two})
    assert asdict(story.state.answers[f"approval {two}"]) == {"wish": "w2", "problem": ""}


@pytest.mark.parametrize("kind", ["moving", "abandoned", "evaluated", "serving", "of a later time"])
def test_some_entries_change_nothing_that_mlflow_shows(kind: str) -> None:
    story = Story()
    story.champion()
    before = story.state
    entry = story.tell(kind, "1")
    assert story.state.shown == before.shown != entry.hash
    assert (story.state.hash, story.state.seq) == (entry.hash, entry.seq)


def test_any_other_entry_is_to_be_shown() -> None:
    story = Story()
    evidence = {"problems": [], "versions": {}, "revoked": {}, "champions": []}  # what `continued` says
    for kind in ("registered", "promoted", "held", "refused", "reverted", "repaired", "continued"):
        assert story.tell(kind, "1", evidence).hash == story.state.shown


# Ledgers of before: `moving` before each move and `abandoned` when it came to nothing, `champion_moved` for an alias put on an
# older version, and rollbacks that went back and forth.


def test_an_old_move_is_its_second_entry() -> None:
    story = Story()
    one = story.champion()
    two = story.version()
    story.tell("moving", two, {"outcome": "promoted", "from": one})
    assert story.stack() == [one]  # killed here: it had not been made
    story.tell("abandoned", two)
    assert story.stack() == [one]
    story.tell("moving", two, {"outcome": "promoted", "from": one})
    story.tell("promoted", two)  # of before: evidence names no checkpoint
    assert story.stack() == [one, two]
    assert story.state.serving is not None
    assert story.state.serving.checkpoint == "c2"


def test_an_old_champion_that_was_deleted_in_mlflow_is_taken_off() -> None:
    story = Story()
    one, two = story.champion(), story.champion()
    story.tell("champion_moved", one, {"moved_to": None, "from": two})
    assert story.stack() == [one]
    assert outcomes(story)[two] == "rolled_back"
    story.tell("champion_moved", "", {"moved_to": None, "from": one})
    assert story.state.serving is None


@pytest.mark.parametrize("kind", ["rolled_back", "champion_moved"])
def test_an_old_rollback_that_went_forward_again_leaves_a_champion_to_learn_from(kind: str) -> None:
    """Before, a second rollback returned to what the first had left. What serves since then is no obstacle to its children."""
    story = Story()
    one, two = story.champion(), story.champion()
    story.back_to(one)
    story.tell(kind, two)
    assert story.stack() == [one, two]
    assert story.state.revoked == {}
    assert outcomes(story) == {one: "promoted", two: "promoted"}
    assert obstacle(story.version(), story.state) == ""


def test_a_damaged_chain_is_continued_from_what_was_known() -> None:
    story = Story()
    one, two = story.champion(), story.champion()
    kept, other = story.state, Story()
    other.tell("note")
    evidence = {
        "problems": ["entry 1 was changed"],
        "champions": [asdict(each) for each in kept.champions],
        "versions": {version: asdict(known) for version, known in kept.versions.items()},
        "revoked": {"c9": "9"},
    }
    entry = other.tell("continued", two, json.loads(json.dumps(evidence)))
    assert other.stack() == [one, two]
    assert other.state.accepted == ("entry 1 was changed",)
    assert other.state.versions == kept.versions
    assert other.state.revoked == {"c9": "9"}
    assert {(each.seq, each.hash) for each in other.state.champions} == {(entry.seq, entry.hash)}
    assert other.state.last_move == entry.seq


@examples(60)
@given(tales(), st.integers(0, 60))
def test_pieces_add_up_and_survive_the_file(story: Story, cut: int) -> None:
    entries = story.entries
    first = replay(entries[:cut])
    kept = LedgerState.from_dict(json.loads(json.dumps(first.as_dict())))
    assert kept == first
    assert replay(entries[cut:], kept) == replay(entries)
    assert replay(entries[:cut]) == first  # nothing was changed in place


@pytest.mark.parametrize(
    "value", [{}, {"champions": []}, {**LedgerState().as_dict(), "more": 1}, {**LedgerState().as_dict(), "versions": {"1": {}}}]
)
def test_what_is_no_state_is_refused(value: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError)):
        LedgerState.from_dict(value)


def test_the_newest_version_of_a_checkpoint() -> None:
    state = LedgerState(versions={"1": Known("c", "pass"), "2": Known("c", "pass"), "3": Known("d", "pass")})
    assert (state.version_of("c"), state.version_of("none")) == ("2", None)
