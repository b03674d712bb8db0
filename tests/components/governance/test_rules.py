"""What may become champion, where a rollback goes: the truth tables row by row, and what holds whatever happened before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.governance.rules import go_back, leaves, lineage, obstacle
from components.governance.state import LedgerState
from tests.components.governance.story import Story
from tests.components.governance.tales import tales
from tests.examples import examples

pytestmark = pytest.mark.unit


def reject(story: Story, version: str) -> str:
    story.tell("rejected", version)
    return version


def rejected(story: Story) -> str:
    return reject(story, story.version())


def rolled_back_in_traffic(story: Story) -> str:
    version = story.version()
    story.tell("candidate_rolled_back", version)
    return version


def rolled_back(story: Story) -> str:
    before = story.state.serving
    version = story.champion()
    assert before is not None
    story.back_to(before.version)
    return version


def stale(story: Story) -> str:
    version = story.held()
    story.champion()
    return version


def judged_against_nothing(story: Story) -> str:
    return story.held(judged_against=None)


def child_of_what_is_judged_later(story: Story) -> str:
    """Learned from a candidate, as a person may ask: that candidate was rejected since."""
    parent = story.held()
    child = story.held(parent=f"c{parent}")
    reject(story, parent)
    return child


def grandchild(story: Story) -> str:
    parent = story.held()
    child = story.held(parent=f"c{parent}")
    last = story.held(parent=f"c{child}")
    reject(story, parent)
    return last


def learned_a_revoked_experience(story: Story) -> str:
    """Its parent is a checkpoint that was never registered; what that had learned is noted."""
    gone = rejected(story)
    return story.held(parent="elsewhere", experiences=[f"e{gone}"])


def learned_from_a_revoked_checkpoint(story: Story) -> str:
    gone = rejected(story)
    return story.held(parent=f"c{gone}")


def served_before(story: Story) -> str:
    version = story.champion()
    story.champion()
    return version


def serving(story: Story) -> str:
    return story.champion()


MAY_NOT: list[tuple[Callable[[Story], str], str]] = [
    (lambda _: "99", "the ledger does not know this version"),
    (rejected, "it was rejected"),
    (rolled_back_in_traffic, "it was rolled back"),
    (rolled_back, "it was rolled back"),
    (stale, "stale: it was judged against c1"),
    (judged_against_nothing, "stale: it was judged against no champion, but c1 serves now"),
    (child_of_what_is_judged_later, "it learned from what was rejected or rolled back with version 2"),
    (grandchild, "it learned from what was rejected or rolled back with version 2"),
    (learned_a_revoked_experience, "it learned from what was rejected or rolled back with version 2"),
    (learned_from_a_revoked_checkpoint, "it learned from what was rejected or rolled back with version 2"),
    (served_before, "it served before: go back to it with a rollback"),
]
MAY: list[Callable[[Story], str]] = [
    serving,
    lambda story: story.version(),
    lambda story: story.version(gate="inconclusive"),  # a conclusion, or an approval, decides what its gates mean
    lambda story: story.held(),
    lambda story: story.held(parent="elsewhere", experiences=["e77"]),
]


@pytest.mark.parametrize(("tell", "why"), MAY_NOT)
def test_may_not_become_champion(tell: Callable[[Story], str], why: str) -> None:
    story = Story()
    story.champion()
    version = tell(story)
    assert obstacle(version, story.state).startswith(why)
    assert ("--again` learns its events again" in obstacle(version, story.state)) == (tell not in (MAY_NOT[0][0], served_before))


@pytest.mark.parametrize("tell", MAY)
def test_may_become_champion(tell: Callable[[Story], str]) -> None:
    story = Story()
    story.champion()
    assert obstacle(tell(story), story.state) == ""


def test_the_first_champion_was_judged_against_none() -> None:
    story = Story()
    story.version()
    story.version(judged_against="c9")
    assert obstacle("1", story.state) == ""
    assert obstacle("2", story.state).startswith("stale: it was judged against c9, but no champion serves now")


def test_the_way_out_of_each_obstacle_is_a_new_attempt() -> None:
    for tell, _ in MAY_NOT[1:-1]:
        story = Story()
        story.champion()
        version = tell(story)
        again = story.version(experience=story.state.versions[version].experience)  # learned from what serves, judged against it
        assert obstacle(again, story.state) == "", tell


def test_lineage_ends_where_a_circle_closes() -> None:
    story = Story()
    story.version(parent="c2")
    story.version(parent="c1")
    assert list(lineage("1", story.state)) == ["c2", "e2"]


def history(*promoted: str, back: tuple[str, ...] = ()) -> Story:
    """`promoted` versions one after the other, then rollbacks to each of `back`."""
    story = Story()
    for _ in promoted:
        story.champion()
    for version in back:
        story.back_to(version)
    return story


@pytest.mark.parametrize(
    ("story", "to", "expected"),
    [
        (history(), None, "Nothing serves"),
        (history(), "1", "Nothing serves"),
        (history("1"), None, "Nothing served before version 1"),
        (history("1"), "1", ("1", [])),
        (history("1", "2"), None, ("1", ["2"])),
        (history("1", "2"), "2", ("2", [])),
        (history("1", "2"), "1", ("1", ["2"])),
        (history("1", "2"), "9", "does not know version 9"),
        (history("1", "2", "3"), None, ("2", ["3"])),
        (history("1", "2", "3"), "1", ("1", ["3", "2"])),
        (history("1", "2", back=("1",)), None, "Nothing served before version 1"),  # a second rollback does not go forward
        (history("1", "2", back=("1",)), "2", "rolled back, and a rollback never returns to that"),
        (history("1", "2", "3", back=("2",)), None, ("1", ["2"])),  # a second one goes further back
        (history("1", "2", "3", back=("2",)), "3", "rolled back, and a rollback never returns to that"),
        (history("1", "2", "3", back=("1",)), "2", "rolled back, and a rollback never returns to that"),
    ],
)
def test_where_a_rollback_goes(story: Story, to: str | None, expected: str | tuple[str, list[str]]) -> None:
    target = go_back(story.state, to)
    if isinstance(expected, str):
        assert isinstance(target, str)
        assert expected in target
    else:
        assert not isinstance(target, str)
        assert (target.version, leaves(story.state, target)) == expected
        assert target == story.state.served(target.version)


@pytest.mark.parametrize(
    ("tell", "why"),
    [
        (rejected, "was rejected"),
        (rolled_back_in_traffic, "was rolled back"),
        (Story.held, "never served"),
        (Story.version, "never served"),
    ],
)
def test_a_rollback_never_goes_to_what_never_served(tell: Callable[[Story], str], why: str) -> None:
    story = history("1", "2")
    version = tell(story)
    target = go_back(story.state, version)
    assert isinstance(target, str)
    assert why in target


def test_leaving_everything() -> None:
    assert leaves(history("1", "2", "3").state, None) == ["3", "2", "1"]


def lawful(state: LedgerState) -> None:
    """What is true of every state that the rules lead to."""
    stack = [each.version for each in state.champions]
    assert len(stack) == len(set(stack))
    for each in state.champions:
        assert state.versions[each.version].outcome == "promoted"
        assert state.versions[each.version].checkpoint == each.checkpoint
        assert each.checkpoint not in state.revoked
        assert state.versions[each.version].experience not in state.revoked
        assert not [digest for digest in lineage(each.version, state) if digest in state.revoked]
    for version, known in state.versions.items():
        assert (known.outcome == "promoted") == (version in stack)
    assert state.candidate is None or state.versions[state.candidate].outcome is None


@examples(150)
@given(tales())
def test_nothing_revoked_is_in_what_serves_or_in_what_a_rollback_returns_to(story: Story) -> None:
    lawful(story.state)


@examples(100)
@given(tales(), st.data())
def test_a_rollback_never_returns_to_what_was_rolled_back_or_rejected(story: Story, data: st.DataObject) -> None:
    state = story.state
    to = data.draw(st.sampled_from([None, "99", *state.versions]))
    target = go_back(state, to)
    if isinstance(target, str):
        assert target
        return
    assert target in state.champions
    assert to in (None, target.version)
    gone = set(leaves(state, target))
    ended = {version for version, known in state.versions.items() if known.outcome in ("rejected", "rolled_back")}
    story.back_to(target.version)
    after = story.state
    lawful(after)
    assert after.serving is not None
    assert after.serving.version == target.version not in ended
    assert {version for version, known in after.versions.items() if known.outcome == "rolled_back"} >= gone
    for version in gone | ended:  # for good
        assert isinstance(go_back(after, version), str)
        assert obstacle(version, after)


@examples(100)
@given(tales())
def test_rolling_back_again_and_again_ends_at_the_first(story: Story) -> None:
    expected = story.stack()
    seen = []
    while not isinstance(target := go_back(story.state), str):
        seen.append(target.version)
        story.back_to(target.version)
    assert seen == expected[:-1][::-1]
    assert "Nothing" in target


def test_the_same_rows_do_not_come_back_as_another_experience() -> None:
    """Two attempts at a file learn the same rows; what was ingested in between makes them two experiences."""
    for ends in ("rolled back", "rejected"):
        story = Story()
        one = story.champion()
        waiting = story.held(content="the rows")
        again = story.version(content="the rows")
        if ends == "rejected":
            story.tell("rejected", again)
        else:
            story.promote(again)
            story.back_to(one)
        assert f"rejected or rolled back with version {again}" in obstacle(waiting, story.state)
        child = story.version(parent=story.state.versions[again].checkpoint)
        assert "rejected or rolled back" in obstacle(child, story.state)
        anew = story.version(content="the rows")  # judged after it was taken back: another attempt
        assert obstacle(anew, story.state) == ""
