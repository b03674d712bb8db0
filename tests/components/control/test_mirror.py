"""What MLflow is made to show: derived from the ledger alone, in an order that a kill may cut anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.control.mirror import aliases_of, differences, gone, make_agree, tags_of
from components.governance.state import LedgerState
from components.governance.wishes import Observed, wishes_of
from tests.components.governance.story import Story
from tests.components.governance.tales import tales
from tests.examples import examples

pytestmark = pytest.mark.unit


class Shown:
    """A registered model that remembers what was written to it, in order."""

    def __init__(self, observed: Observed) -> None:
        self.held = {version: dict(tags) for version, tags in observed.tags.items()}
        self.names = dict(observed.aliases)
        self.shown = observed.shown
        self.writes: list[tuple[Any, ...]] = []

    def tag(self, version: str, tags: dict[str, str | None], known: dict[str, str]) -> None:
        assert known == self.held[version]
        for name, value in tags.items():
            self.writes.append(("tag", version, name, value))
            self.held[version] = {**self.held[version], **({name: value} if value is not None else {})}
            if value is None:
                self.held[version].pop(name, None)

    def look(self, observed: Observed, versions: list[str]) -> Observed:
        return replace(observed, absent=observed.absent | (set(versions) - set(self.held)))

    def set_alias(self, alias: str, version: str | None) -> None:
        self.writes.append(("alias", alias, version))
        self.names = {name: at for name, at in self.names.items() if name != alias} | ({alias: version} if version else {})

    def note_head(self, head: str) -> None:
        self.writes.append(("head", head))
        self.shown = head

    @property
    def observed(self) -> Observed:
        tags = {version: dict(tags) for version, tags in self.held.items()}
        return Observed(dict(self.names), self.shown, tags)


def bare(state: LedgerState) -> Observed:
    """MLflow with the versions and nothing else."""
    return Observed({}, None, {version: {} for version in state.versions})


def test_aliases_and_tags_repeat_the_ledger() -> None:
    story = Story()
    one, two = story.champion(), story.champion()
    three = story.version(gate="inconclusive")
    state = story.state
    assert aliases_of(state) == {"previous": one, "champion": two, "candidate": three}
    assert tags_of(state.versions[two]) == {
        "checkpoint": "c2", "gate.status": "pass", "judged_against": "c1", "experience": "e2", "cycle": "cycle 2",
        "outcome": "promoted", "outcome.reason": "told",
    }  # fmt: skip
    assert tags_of(state.versions[three])["outcome"] is None
    assert aliases_of(LedgerState()) == {"previous": None, "champion": None, "candidate": None}


def test_previous_is_set_before_champion_and_the_head_last() -> None:
    story = Story()
    story.champion()
    story.champion()
    shown = Shown(bare(story.state))
    make_agree(shown, story.state, shown.observed)  # type: ignore[arg-type]
    assert [write[:2] for write in shown.writes if write[0] != "tag"] == [
        ("alias", "previous"),
        ("alias", "champion"),
        ("head", story.state.shown),
    ]
    assert [write[0] for write in shown.writes][-3:] == ["alias", "alias", "head"]


def test_a_wish_that_was_refused_is_answered_beside_it_while_it_stands() -> None:
    story = Story()
    story.champion()
    two = story.held()
    tags = {"approval": "approved", "approval.reason": "please"}
    (wish,) = wishes_of(two, tags)
    story.tell("refused", two, {"wish": wish.digest, "tag": "approval", "asked_on": two}, reason="stale")
    shown = Shown(replace(bare(story.state), tags={"1": {}, two: tags}))
    make_agree(shown, story.state, shown.observed)  # type: ignore[arg-type]
    assert shown.held[two]["approval.problem"] == "stale"
    for changed in ({"approval.reason": "pretty please"}, {"approval": "rejected"}, {"approval": ""}):
        found = differences(story.state, replace(shown.observed, tags={two: {**shown.held[two], **changed}}))
        assert [each.tags for each in found] == [{"approval.problem": None}]


def test_a_forged_answer_is_taken_away() -> None:
    story = Story()
    story.champion()
    shown = Shown(bare(story.state))
    make_agree(shown, story.state, shown.observed)  # type: ignore[arg-type]
    shown.held["1"]["rollback.problem"] = "forbidden"
    assert [each.tags for each in differences(story.state, shown.observed)] == [{"rollback.problem": None}]


def test_a_version_that_is_gone_gets_no_alias() -> None:
    story = Story()
    story.champion()
    two = story.champion()
    shown = Shown(replace(bare(story.state), tags={"1": {}}, aliases={"champion": "1"}))
    after = make_agree(shown, story.state, shown.observed)  # type: ignore[arg-type]
    assert shown.names == {"previous": "1"}
    assert gone(story.state, after) == [two]


def test_nothing_is_written_where_mlflow_has_nothing() -> None:
    story = Story()
    story.champion()
    shown = Shown(Observed({}, None, {}))
    make_agree(shown, story.state, shown.observed)  # type: ignore[arg-type]
    assert shown.writes == []


@st.composite
def messes(draw: st.DrawFn) -> tuple[Story, Observed]:
    """A lawful story, and MLflow with any tags and aliases."""
    story = draw(tales(12))
    versions = st.sampled_from([*story.state.versions, "99"])
    names = st.sampled_from(["checkpoint", "outcome", "gate.status", "approval", "approval.reason", "approval.problem", "mine"])
    tags = {
        version: draw(st.dictionaries(names, st.sampled_from(["approved", "x", "", "pass"]), max_size=3))
        for version in story.state.versions
    }
    aliases = draw(st.dictionaries(st.sampled_from(["champion", "previous", "candidate", "mine"]), versions, max_size=4))
    return story, Observed(aliases, draw(st.sampled_from([None, story.state.shown, "f" * 64])), tags)


@examples(80)
@given(messes())
def test_mlflow_agrees_afterwards_whatever_it_showed_and_a_second_time_writes_nothing(case: tuple[Story, Observed]) -> None:
    story, observed = case
    state, shown = story.state, Shown(observed)
    after = make_agree(shown, state, observed)  # type: ignore[arg-type]
    assert after == shown.observed
    assert differences(state, after) == []
    expected = {alias: version for alias, version in aliases_of(state).items() if version}
    assert {alias: version for alias, version in after.aliases.items() if alias != "mine"} == expected
    assert after.aliases.get("mine") == observed.aliases.get("mine")
    for version, tags in observed.tags.items():  # people's own tags, and their wishes, are left as they are
        for name in ("mine", "approval", "approval.reason"):
            assert after.tags[version].get(name) == tags.get(name)
    assert not observed.tags or after.shown == state.shown
    shown.writes.clear()
    assert make_agree(shown, state, after) == after  # type: ignore[arg-type]
    assert shown.writes == []


@examples(60)
@given(messes(), st.integers(0, 30))
def test_a_kill_anywhere_is_made_good_by_the_next(case: tuple[Story, Observed], at: int) -> None:
    story, observed = case
    undisturbed, shown = Shown(observed), Shown(observed)
    make_agree(undisturbed, story.state, observed)  # type: ignore[arg-type]

    class KilledError(BaseException):
        pass

    class Dying(list[tuple[Any, ...]]):
        def append(self, write: tuple[Any, ...]) -> None:
            if len(self) == at:
                raise KilledError
            super().append(write)

    shown.writes = Dying()
    try:
        make_agree(shown, story.state, observed)  # type: ignore[arg-type]
    except KilledError:
        before = shown.observed.shown
        assert before == observed.shown  # the head comes last: until then nobody is blamed for what differs
    shown.writes = []
    make_agree(shown, story.state, shown.observed)  # type: ignore[arg-type]
    assert shown.observed == undisturbed.observed
