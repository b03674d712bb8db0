"""The truth table of decisions.py, and its laws: deciding is pure and ends, and only what may serve comes to serve."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.governance.decisions import Action, Promote, Refuse, Reject, Restore, RollBack
from components.governance.decisions import decide as decided
from components.governance.rules import leaves, obstacle
from components.governance.state import LedgerState
from components.governance.wishes import SOMEONE, Observed, Wish, digest_of_words, wishes_of
from tests.components.governance.story import Story
from tests.components.governance.tales import tales
from tests.components.governance.test_rules import lawful
from tests.examples import examples

pytestmark = pytest.mark.unit


def decide(observed: Observed, state: LedgerState, agreed: bool = True) -> Action | None:
    """Where MLflow had been brought up to date."""
    return decided(observed, state, agreed)


WHY = {"approval.reason": "I looked"}


def seen(state: LedgerState, tags: dict[str, dict[str, str]] | None = None, **changes: object) -> Observed:
    """MLflow as it is when it agrees with the ledger, but for `tags` and `changes`."""
    wanted = {"champion": state.serving.version if state.serving else None, "candidate": state.candidate}
    aliases = {alias: version for alias, version in wanted.items() if version}
    plain = Observed(aliases, state.shown, {version: (tags or {}).get(version, {}) for version in state.versions} | (tags or {}))
    return replace(plain, **changes)


def two_champions() -> Story:
    """1 and 2 served, one after the other."""
    story = Story()
    story.champion()
    story.champion()
    return story


def test_nothing_to_do() -> None:
    assert decide(Observed({}, None, {}), LedgerState()) is None
    story = two_champions()
    story.held()
    assert decide(seen(story.state), story.state) is None  # it waits


HELD: list[tuple[dict[str, str], dict[str, object], str | None]] = [
    # tags, how version 3 differs from a held one, what is done (the problem of a refusal)
    ({"approval": "approved", **WHY}, {}, "promote"),
    ({"approval": " Approved ", **WHY}, {}, "promote"),
    ({"approval": "approved", **WHY}, {"gate": "pass"}, "promote"),
    ({"approval": "rejected", **WHY}, {}, "reject"),
    ({"approval": "rejected", **WHY}, {"judged_against": "c1"}, "reject"),
    ({"approval": "rejected", **WHY}, {"gate": "fail"}, "reject"),
    ({"approval": "approved"}, {}, "A reason is required, in the tag `approval.reason`"),
    ({"approval": "approved", "approval.reason": "  "}, {}, "A reason is required"),
    ({"approval": "rejected"}, {}, "A reason is required"),
    ({"approval": "maybe", **WHY}, {}, "takes `approved` or `rejected`, not `maybe`"),
    ({"approval": "approved", **WHY}, {"judged_against": "c1"}, "Stale: it was judged against c1, but c2 serves now"),
    ({"approval": "approved", **WHY}, {"judged_against": None}, "Stale: it was judged against no champion"),
    ({"approval": "approved", **WHY}, {"gate": "fail"}, "It failed its gates"),
    ({"rollback": "it was better"}, {}, "Version 3 never served"),
    ({"rollback": ""}, {}, "A reason is required, as the value of the tag `rollback`"),
    ({"approval": ""}, {}, None),
    ({"approval.reason": "I looked", "approval.by": "ada"}, {}, None),
    ({}, {}, None),
]


@pytest.mark.parametrize(("tags", "changes", "expected"), HELD)
def test_a_wish_on_a_held_version(tags: dict[str, str], changes: dict[str, object], expected: str | None) -> None:
    story = two_champions()
    story.held(**changes)
    action = decide(seen(story.state, {"3": tags}), story.state)
    check(action, wishes_of("3", tags), expected)


@pytest.mark.parametrize(
    ("kind", "word", "expected"),
    [
        ("rejected", "approved", "Only a held version can be approved; this one is rejected"),
        ("rejected", "rejected", None),  # it is so
        ("candidate_rolled_back", "approved", "this one is rolled back"),
        ("candidate_rolled_back", "rejected", "Only a held version can be rejected; this one is rolled back"),
        ("promoted", "approved", None),
        ("promoted", "rejected", "This version serves. To take it back: `perdure rollback"),
        ("registered", "approved", None),  # its cycle is under way
        ("registered", "rejected", None),
    ],
)
def test_a_wish_on_any_other_version(kind: str, word: str, expected: str | None) -> None:
    story = two_champions()
    story.version()
    if kind != "registered":
        story.tell(kind, "3")
    tags = {"approval": word, **WHY}
    check(decide(seen(story.state, {"3": tags}), story.state), wishes_of("3", tags), expected)


def check(action: Action | None, wishes: list[Wish], expected: str | None) -> None:
    match expected:
        case None:
            assert action is None
        case "promote":
            assert action == Promote(wishes[0])
        case "reject":
            assert action == Reject(wishes[0])
        case _:
            assert isinstance(action, Refuse)
            assert action.wish == wishes[0]
            assert expected in action.problem


def test_a_wish_about_a_former_champion() -> None:
    story = two_champions()
    for tags, expected in (
        ({"approval": "approved", **WHY}, None),  # it was promoted
        ({"approval": "rejected", **WHY}, "Only a held version can be rejected; this one is promoted"),
    ):
        check(decide(seen(story.state, {"1": tags}), story.state), wishes_of("1", tags), expected)


def test_a_wish_about_a_version_that_the_ledger_does_not_know() -> None:
    story = two_champions()
    for tags in ({"approval": "approved", **WHY}, {"approval": "rejected", **WHY}, {"rollback": "please"}):
        check(decide(seen(story.state, {"9": tags}), story.state), wishes_of("9", tags), "The ledger does not know this version")


def test_a_rollback_by_tag() -> None:
    story = two_champions()
    observed = seen(story.state, {"1": {"rollback": "complaints"}})
    (wish,) = observed.wishes()
    assert decide(observed, story.state) == RollBack("1", SOMEONE, "complaints", wish)


def test_a_rollback_to_what_serves_is_answered_and_does_not_come_true_later() -> None:
    story = two_champions()
    tags = {"2": {"rollback": "again"}}
    action = decide(seen(story.state, tags), story.state)
    assert isinstance(action, Refuse)
    assert action.problem == "It serves already"
    answer(story, action)
    assert decide(seen(story.state, tags), story.state) is None
    story.champion()
    assert decide(seen(story.state, tags), story.state) is None


def test_nobody_is_named_without_saying_that_nobody_checked() -> None:
    by_ada = {"approval.by": "ada", "approval.at": "now", "approval.given": digest_of_words("approved", "", "ada", "now")}
    plain, named = wishes_of("3", {"approval": "approved"}) + wishes_of("3", {"approval": "approved", **by_ada})
    (changed,) = wishes_of("3", {"approval": "rejected", **by_ada})
    assert changed.actor == SOMEONE, "ada did not say that"
    assert plain.actor == SOMEONE == "someone in MLflow, unauthenticated"
    assert named.actor == "claimed by ada, unauthenticated"


def test_a_wish_is_answered_once_and_another_one_anew() -> None:
    story = two_champions()
    story.held(judged_against="c1")
    tags = {"approval": "approved", **WHY}
    for reason in ("I looked", "I looked again", "I looked"):
        tags["approval.reason"] = reason
        action = decide(seen(story.state, {"3": tags}), story.state)
        assert isinstance(action, Refuse)
        answer(story, action)
        assert decide(seen(story.state, {"3": tags}), story.state) is None
    later = {"approval.at": "later", "approval.given": digest_of_words("approved", "I looked", "", "later")}
    assert decide(seen(story.state, {"3": {**tags, **later}}), story.state) is not None


def test_the_first_of_two_approvals_makes_the_second_stale() -> None:
    story = two_champions()
    story.held()
    story.held()
    tags = {version: {"approval": "approved", **WHY} for version in ("3", "4")}
    first = decide(seen(story.state, tags), story.state)
    assert isinstance(first, Promote)
    assert first.wish.version == "3"
    answer(story, first)
    second = decide(seen(story.state, tags), story.state)
    assert isinstance(second, Refuse)
    assert "Stale" in second.problem


def moved_to(version: str | None, story: Story, tags: dict[str, dict[str, str]] | None = None) -> Observed:
    observed = seen(story.state, tags)
    aliases = {alias: at for alias, at in observed.aliases.items() if alias != "champion"}
    return replace(observed, aliases={**aliases, **({"champion": version} if version else {})})


REFUSED_PASSPORTS: list[tuple[Callable[[Story], str], str]] = [
    (lambda story: story.held(), "nobody approved it"),
    (lambda story: story.version(), "nobody approved it"),
    (lambda story: story.held(judged_against="c1"), "stale"),
    (lambda story: ended(story, "rejected"), "it was rejected"),
    (lambda story: ended(story, "candidate_rolled_back"), "it was rolled back"),
    (lambda _: "99", "the ledger does not know this version"),
]


def ended(story: Story, kind: str) -> str:
    version = story.version()
    story.tell(kind, version)
    return version


@pytest.mark.parametrize(("make", "why"), REFUSED_PASSPORTS)
@pytest.mark.parametrize("approved", [False, True])
def test_an_alias_moved_to_what_did_not_serve_is_put_back(make: Callable[[Story], str], why: str, approved: bool) -> None:
    """Also with an approval that was refused: it is no passport."""
    story = two_champions()
    version = make(story)
    tags = {version: {"approval": "approved"}} if approved else {}  # without a reason: refused
    for _ in range(2):
        action = decide(moved_to(version, story, tags), story.state)
        if not isinstance(action, Refuse):
            break
        answer(story, action)
    assert isinstance(action, Restore)
    assert action.moved_to == version
    assert why in action.reason


def test_an_alias_moved_to_a_former_champion_is_a_rollback() -> None:
    story = two_champions()
    action = decide(moved_to("1", story), story.state)
    assert isinstance(action, RollBack)
    assert (action.version, action.actor, action.wish) == ("1", SOMEONE, None)
    assert action.reason == "the alias `champion` was moved from version 2 to version 1 in MLflow"


def test_an_alias_moved_to_what_was_rolled_back_is_put_back() -> None:
    story = two_champions()
    story.back_to("1")
    action = decide(moved_to("2", story), story.state)
    assert isinstance(action, Restore)
    assert "it was rolled back" in action.reason


def test_an_alias_that_was_deleted_is_put_back() -> None:
    story = two_champions()
    assert decide(moved_to(None, story), story.state) == Restore(None, "the alias `champion` was deleted in MLflow")


def test_a_version_that_is_gone_from_mlflow_cannot_have_its_alias_back() -> None:
    story = two_champions()
    observed = moved_to(None, story)
    observed = without(observed, ["2"])
    assert decide(observed, story.state) is None
    action = decide(replace(observed, aliases={"champion": "1"}), story.state)
    assert isinstance(action, RollBack)


def test_an_alias_set_where_nothing_serves_is_taken_away() -> None:
    story = Story()
    story.held()
    action = decide(moved_to("1", story), story.state)
    assert isinstance(action, Restore)
    assert action.moved_to == "1"


def test_taking_out_of_production_comes_before_any_wish() -> None:
    story = two_champions()
    story.held()
    action = decide(moved_to("1", story, {"3": {"approval": "approved", **WHY}}), story.state)
    assert isinstance(action, RollBack)


def test_an_approval_beside_a_moved_alias_moves_it() -> None:
    story = two_champions()
    story.held()
    action = decide(moved_to("3", story, {"3": {"approval": "approved", **WHY}}), story.state)
    assert isinstance(action, Promote)


@pytest.mark.parametrize("alias", ["1", "3", None])
def test_an_alias_is_no_wish_where_mlflow_was_not_brought_up_to_date(alias: str | None) -> None:
    story = two_champions()
    story.held()
    assert decide(moved_to(alias, story), story.state, agreed=False) is None


def answer(story: Story, action: Action) -> None:
    """The entries that carrying out an action leaves."""

    def asked(wish: Wish) -> dict[str, str]:
        return {"wish": wish.digest, "tag": wish.tag, "asked_on": wish.version}

    match action:
        case Promote(wish):
            assert obstacle(wish.version, story.state) == ""
            story.tell("approved", wish.version, asked(wish))
            story.tell("promoted", wish.version, asked(wish))
        case Reject(wish):
            story.tell("rejected", wish.version, asked(wish))
        case RollBack(version, _, _, wish):
            left = leaves(story.state, story.state.served(version))
            story.tell("rolled_back", version, {"left": left, **(asked(wish) if wish else {})})
        case Refuse(wish, problem):
            story.tell("refused", wish.version, asked(wish), problem)
        case Restore(version, reason):
            serves = story.state.serving
            story.tell("reverted", serves.version if serves else "", {"moved_to": version}, reason)


@st.composite
def tampered(draw: st.DrawFn) -> tuple[Story, Observed]:
    """A lawful story, and MLflow after people wrote any tags and moved the alias anywhere."""
    story = draw(tales(15))
    versions = [*story.state.versions, "99"]
    words = st.sampled_from(["approved", "rejected", "yes", ""])
    reasons = st.sampled_from(["", "because", "again"])
    tags: dict[str, dict[str, str]] = {}
    for version in draw(st.lists(st.sampled_from(versions), max_size=5)):
        tags.setdefault(version, {})["approval"] = draw(words)
        tags[version]["approval.reason"] = draw(reasons)
    for version in draw(st.lists(st.sampled_from(versions), max_size=2)):
        tags.setdefault(version, {})["rollback"] = draw(reasons)
    observed = moved_to(draw(st.sampled_from([None, *versions])), story, tags)
    gone = draw(st.sets(st.sampled_from(versions), max_size=2))
    return story, without(observed, gone)


def without(observed: Observed, gone: Collection[str]) -> Observed:
    """The same after versions were deleted in MLflow; their aliases go with them."""
    aliases = {alias: version for alias, version in observed.aliases.items() if version not in gone}
    tags = {version: tags for version, tags in observed.tags.items() if version not in gone}
    return replace(observed, aliases=aliases, tags=tags, absent=frozenset(gone))


@examples(150)
@given(tampered())
def test_carrying_out_ends_and_only_serves_what_may(case: tuple[Story, Observed]) -> None:
    story, observed = case
    limit = 2 * len(observed.tags) + 2
    for _ in range(limit):
        action = decide(observed, story.state)
        assert action == decide(observed, story.state)
        if action is None:
            break
        before = story.state
        answer(story, action)
        lawful(story.state)
        if not isinstance(action, Promote | RollBack):
            assert story.state.champions == before.champions
        agreeing = seen(story.state, {version: dict(tags) for version, tags in observed.tags.items()})
        observed = without(agreeing, observed.absent)
    assert decide(observed, story.state) is None
    for version in observed.tags:
        known = story.state.versions.get(version)
        if version in [each.version for each in story.state.champions]:
            assert known is not None
            assert known.outcome == "promoted"
