"""The truth table of decisions.py, and its two laws: deciding is pure, and carrying out leaves nothing to decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.governance.decisions import (
    SOMEONE,
    Abandon,
    Action,
    Explain,
    Finish,
    Follow,
    Promote,
    Reject,
    Restore,
    decide,
)
from components.governance.state import LedgerState, Move, Policy, Registered, RegistryState, VersionState
from tests.examples import examples

pytestmark = pytest.mark.unit


def version(number: str, **changes: object) -> VersionState:
    """A version that passed and was promoted in its turn, with changes."""
    plain = VersionState(number, checkpoint=f"c{number}", gate="pass", outcome="promoted", judged_against=f"c{int(number) - 1}")
    return replace(plain, **changes)


def held(number: str, **changes: object) -> VersionState:
    """A held version, judged against version 2."""
    return version(number, **{"outcome": "held", "gate": "inconclusive", "judged_against": "c2", **changes})


def world(
    *extra: VersionState, champion: str | None = "2", without: str = "", **ledger: object
) -> tuple[RegistryState, LedgerState]:
    """Versions 1 and 2 served, 2 is champion by the ledger; `extra` versions registered as they look."""
    versions = [state for state in (version("1", judged_against=None), version("2"), *extra) if state.version not in without]
    registered = {state.version: Registered(f"c{state.version}", state.gate or "pass") for state in versions}
    known = LedgerState(champion="2", champions=("1", "2"), registered=registered, last_seq=9)
    return RegistryState(champion, tuple(versions)), replace(known, **ledger)


def test_nothing_to_do() -> None:
    assert decide(*world(), "auto") == []
    assert decide(RegistryState(None), LedgerState(), "auto") == []
    assert decide(*world(held("3")), "auto") == []  # it waits


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"approval": "approved"}, Promote("3", SOMEONE, "no reason given")),
        ({"approval": " Approved ", "approval_reason": "fine", "approval_by": "ada"}, Promote("3", "ada", "fine")),
        ({"approval": "approved", "gate": "pass"}, Promote("3", SOMEONE, "no reason given")),
        ({"approval": "rejected", "approval_reason": "bad data"}, Reject("3", SOMEONE, "bad data")),
        ({"approval": "rejected", "judged_against": "c1"}, Reject("3", SOMEONE, "no reason given")),
        ({"approval": "approved", "judged_against": "c1"}, "Stale: judged against c1, but c2 serves now. Run the cycle again"),
        ({"approval": "approved", "judged_against": None}, "Stale: judged against no champion, but c2 serves now"),
        ({"approval": "approved", "gate": "fail"}, "failed its gates"),
        ({"approval": "approved", "checkpoint": "other"}, "does not know"),
        ({"approval": "maybe"}, "takes `approved` or `rejected`, not `maybe`"),
        ({"approval": "approved", "outcome": "rejected"}, "Only a held version can be approved; this one is rejected"),
        ({"approval": "approved", "outcome": "rolled_back"}, "this one is rolled back"),
        ({"approval": "rejected", "outcome": "promoted"}, "Only a held version can be rejected"),
        ({"approval": "approved", "outcome": "promoted"}, None),  # carried out before
        ({"approval": "rejected", "outcome": "rejected"}, None),
        ({"approval": "approved", "outcome": None}, None),  # its cycle is still under way
        ({"approval": ""}, None),
        ({"approval": None, "problem": "old answer"}, Explain("3", "")),
        ({"approval": "approved", "outcome": "promoted", "problem": "old answer"}, Explain("3", "")),
    ],
)
@pytest.mark.parametrize("policy", ["auto", "always"])
def test_approvals(changes: dict[str, object], expected: Action | str | None, policy: Policy) -> None:
    registry, ledger = world(held("3", **changes))
    actions = decide(registry, ledger, policy)
    if isinstance(expected, str):
        (action,) = actions
        assert isinstance(action, Explain)
        assert expected in action.problem
        answered = replace(registry, versions=(*registry.versions[:-1], replace(registry.versions[-1], problem=action.problem)))
        assert decide(answered, ledger, policy) == []  # said once
    else:
        assert actions == ([expected] if expected else [])


def test_the_champion_cannot_be_rejected_only_rolled_back() -> None:
    registry, ledger = world(version("3", approval="rejected"), champion="3")
    (action,) = decide(registry, replace(ledger, champion="3", champions=("1", "2", "3")), "auto")
    assert isinstance(action, Explain)
    assert "rollback" in action.problem


def test_the_first_of_two_approvals_makes_the_second_stale() -> None:
    first, second = decide(*world(held("3", approval="approved"), held("4", approval="approved")), "auto")
    assert first == Promote("3", SOMEONE, "no reason given")
    assert isinstance(second, Explain)
    assert "Stale" in second.problem


MAY = [
    ({"outcome": "promoted"}, {"1", "2", "3"}, "", ""),
    ({"outcome": "rolled_back", "gate": "fail"}, {"3"}, "", ""),  # it served once: going back is allowed
    ({"outcome": "held", "gate": "pass"}, set(), "", "every promotion needs approval"),
    ({"outcome": None, "gate": "pass"}, set(), "", "every promotion needs approval"),
    ({"outcome": "held", "gate": "inconclusive"}, set(), "nobody approved", "nobody approved"),
    ({"outcome": "held", "gate": "inconclusive", "approval": "approved"}, set(), "", ""),
    ({"outcome": "held", "gate": "fail", "approval": "approved"}, set(), "failed its gates", "failed its gates"),
    ({"outcome": "rejected", "gate": "fail"}, set(), "failed its gates", "failed its gates"),
    ({"outcome": "rejected", "gate": "pass"}, set(), "it was rejected", "it was rejected"),
    ({"outcome": "rolled_back", "gate": "pass"}, set(), "it was rejected", "it was rejected"),
    ({"outcome": "held", "gate": "pass", "approval": "rejected"}, set(), "it was rejected", "it was rejected"),
    ({"outcome": "rolled_back", "gate": "pass", "approval": "approved"}, set(), "", ""),
]


@pytest.mark.parametrize(("changes", "served", "auto", "always"), MAY)
@pytest.mark.parametrize("policy", ["auto", "always"])
def test_a_person_moves_champion(changes: dict[str, object], served: set[str], auto: str, always: str, policy: Policy) -> None:
    registry, ledger = world(version("3", **changes), champion="3")
    ledger = replace(ledger, champions=(*(["3"] if "3" in served else []), "1", "2"))
    first, *_ = decide(registry, ledger, policy)
    obstacle = auto if policy == "auto" else always
    if obstacle:
        assert isinstance(first, Restore)
        assert (first.version, first.moved_to) == ("2", "3")
        assert obstacle in first.reason
    else:
        assert first == Follow("3", "2", "rolled_back" if "3" in served else "promoted")


@pytest.mark.parametrize(
    "forged",
    [
        VersionState("9"),  # made by hand, without our tags
        version("3", checkpoint="other"),
        version("3", gate="pass", outcome="held"),  # the ledger says: inconclusive
    ],
)
def test_champion_moved_to_what_the_ledger_does_not_know_is_put_back(forged: VersionState) -> None:
    registry, ledger = world(forged, champion=forged.version)
    registered = {**ledger.registered, "3": Registered("c3", "inconclusive")}
    registered.pop("9", None)
    (action,) = decide(registry, replace(ledger, registered=registered), "auto")
    assert isinstance(action, Restore)
    assert (action.version, action.moved_to) == ("2", forged.version)


def test_champion_deleted() -> None:
    assert decide(*world(champion=None), "auto") == [Restore("2", None, "the alias `champion` was deleted")]
    registry, ledger = world(champion=None, without="2")  # deleting a version drops its aliases
    assert decide(registry, ledger, "auto") == [Restore("1", None, "version 2 was deleted from the registry")]
    registry, ledger = world(champion=None, without="12")  # nothing left
    assert decide(registry, ledger, "auto") == []


def test_champion_set_where_there_was_none() -> None:
    registry, ledger = world(version("3", outcome="held"), champion="3", champions=())
    assert decide(registry, replace(ledger, champion=None), "auto") == [Follow("3", None, "promoted")]
    registry, ledger = world(version("3", gate="fail", outcome="rejected"), champion="3", champions=())
    (action,) = decide(registry, replace(ledger, champion=None), "auto")
    assert isinstance(action, Restore)
    assert (action.version, action.moved_to) == (None, "3")


MOVE = Move(9, "promoted", "3", "2", "perdure", "passed")


@pytest.mark.parametrize(
    ("champion", "expected"),
    [
        ("2", [Finish(MOVE)]),  # killed before the alias moved
        ("3", [Finish(MOVE)]),  # killed after it
        ("1", [Follow("1", "2", "rolled_back")]),  # a person moved it in between: that wins
        (None, [Restore("2", None, "the alias `champion` was deleted")]),
    ],
)
def test_a_move_cut_short(champion: str | None, expected: list[Action]) -> None:
    actions = decide(*world(version("3", outcome=None), champion=champion, pending=MOVE), "auto")
    if expected != [Finish(MOVE)]:
        closed = actions.pop(0)
        assert isinstance(closed, Abandon)
        assert closed.move == MOVE
    assert actions == expected


def test_a_move_to_a_version_that_was_deleted_is_abandoned() -> None:
    (action,) = decide(*world(pending=MOVE), "auto")
    assert isinstance(action, Abandon)


states = st.builds(
    VersionState,
    version=st.sampled_from(["1", "2", "3", "4"]),
    checkpoint=st.sampled_from([None, "c1", "c2", "c3", "c4"]),
    gate=st.sampled_from([None, "pass", "fail", "inconclusive"]),
    outcome=st.sampled_from([None, "promoted", "rejected", "held", "rolled_back"]),
    judged_against=st.sampled_from([None, "c1", "c2", "c3"]),
    approval=st.sampled_from([None, "approved", "rejected", "yes"]),
)
registries = st.builds(
    RegistryState,
    champion=st.sampled_from([None, "1", "2", "3", "4"]),
    versions=st.lists(states, unique_by=lambda state: state.version, max_size=4).map(
        lambda versions: tuple(sorted(versions, key=lambda s: s.version))
    ),
)
ledgers = st.builds(
    LedgerState,
    champion=st.none(),
    champions=st.lists(st.sampled_from(["1", "2", "3"]), unique=True).map(tuple),
    registered=st.dictionaries(
        st.sampled_from(["1", "2", "3", "4"]),
        st.builds(Registered, st.sampled_from(["c1", "c2", "c3", "c4"]), st.sampled_from(["pass", "fail"])),
    ),
    pending=st.one_of(st.none(), st.just(MOVE)),
).map(lambda state: replace(state, champion=state.champions[-1] if state.champions else None))


def carried_out(registry: RegistryState, ledger: LedgerState, actions: list[Action]) -> tuple[RegistryState, LedgerState]:
    """The state after the actions, by what each of them means."""

    def change(number: str, **changes: object) -> None:
        nonlocal registry
        new = tuple(replace(state, **changes) if state.version == number else state for state in registry.versions)
        registry = replace(registry, versions=new)

    def serve(number: str | None) -> None:
        nonlocal registry, ledger
        registry = replace(registry, champion=number)
        others = tuple(known for known in ledger.champions if known != number)
        ledger = replace(ledger, champion=number, champions=(*others, number) if number else others, pending=None)
        if number:
            change(number, outcome="promoted", problem="")

    for action in actions:
        match action:
            case Finish(move):
                serve(move.version)
            case Abandon():
                ledger = replace(ledger, pending=None)
            case Follow(number) | Promote(number):
                serve(number)
            case Restore(number):
                registry = replace(registry, champion=number)
                ledger = replace(ledger, champion=number)
            case Reject(number):
                change(number, outcome="rejected", problem="")
            case Explain(number, problem):
                change(number, problem=problem)
    return registry, ledger


@examples(100)
@given(registries, ledgers, st.sampled_from(["auto", "always"]))
def test_carrying_out_leaves_nothing_to_decide_and_only_serves_what_may(
    registry: RegistryState, ledger: LedgerState, policy: Policy
) -> None:
    actions = decide(registry, ledger, policy)
    assert actions == decide(registry, ledger, policy)
    for action in actions:
        if isinstance(action, Promote):
            state = registry.find(action.version)
            assert state is not None
            assert state.gate != "fail"
            assert state.approval == "approved"
            assert action.version in ledger.registered
        if isinstance(action, Follow):
            assert action.version in ledger.registered
    second = carried_out(registry, ledger, actions)
    third = carried_out(
        *second, decide(*second, policy)
    )  # an approval may go stale by what was done first: that is answered next
    assert decide(*third, policy) == []
