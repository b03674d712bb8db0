"""Whose fault a failure is. What the machine does is nobody's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollout.findings import ALPHA, Finding, examine, suspects
from components.rollout.replay_test import Answer, Pair, Status
from components.rollout.split import Arm
from tests.examples import examples

pytestmark = pytest.mark.unit


def answers(arm: Arm, ok: int, failed: int = 0, status: Status = "timeout") -> list[Answer]:
    return [*[Answer(arm, "ok", True, 10.0)] * ok, *[Answer(arm, status)] * failed]


def pairs(fine: int = 0, mine: int = 0, theirs: int = 0, both: int = 0, status: Status = "timeout") -> list[Pair]:
    """Pairs that both arms answered, that only the candidate failed, only the champion, and both."""
    ok, bad = (lambda arm: Answer(arm, "ok", True, 10.0)), (lambda arm: Answer(arm, status))
    return [
        *[Pair(ok("candidate"), ok("champion"))] * fine,
        *[Pair(bad("candidate"), ok("champion"))] * mine,
        *[Pair(ok("candidate"), bad("champion"))] * theirs,
        *[Pair(bad("candidate"), bad("champion"))] * both,
    ]


FINE = answers("champion", 50)
STATES: dict[str, tuple[list[Answer], list[Pair], str]] = {
    "all answer": ([*answers("candidate", 50), *FINE], pairs(12), "sound"),
    "one of two hundred fails": ([*answers("candidate", 199, 1), *FINE], pairs(12), "sound"),
    "the candidate fails, also in pairs": ([*answers("candidate", 45, 5), *FINE], pairs(0, mine=12), "candidate"),
    "some of its texts, every time": ([*answers("candidate", 45, 5, "error"), *FINE], pairs(4, mine=8), "candidate"),
    "it fails, and answers in pairs": ([*answers("candidate", 45, 5), *FINE], pairs(12), "trouble"),
    "both fail in the replay, it alone in pairs": (
        [*answers("candidate", 45, 5), *answers("champion", 40, 10)], pairs(2, mine=10), "candidate",
    ),
    "both fail in pairs": ([*answers("candidate", 45, 5), *FINE], pairs(0, both=12), "trouble"),
    "now one fails, now the other": ([*answers("candidate", 45, 5), *FINE], pairs(2, mine=5, theirs=5), "trouble"),
    "the champion fails": ([*answers("candidate", 50), *answers("champion", 40, 10)], pairs(0, theirs=12), "champion"),
    "the champion fails, then no more": ([*answers("candidate", 50), *answers("champion", 49, 1)], pairs(12), "trouble"),
    "connections break": ([*answers("candidate", 40, 10, "lost"), *FINE], pairs(12), "trouble"),
    "another version answers": ([*answers("candidate", 50), *FINE, Answer("champion", "wrong_version")], pairs(12), "trouble"),
    "no time to send": ([*answers("candidate", 20, 30, "unsent"), *FINE], pairs(12), "trouble"),
    "the pairs are not answered": ([*answers("candidate", 50), *FINE], pairs(5, both=3), "trouble"),
    "half of the pairs are not": ([*answers("candidate", 50), *FINE], pairs(20, mine=13, both=8), "trouble"),
    "it stopped answering in the pairs": ([*answers("candidate", 45, 5), *FINE], [], "trouble"),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_fault(name: str) -> None:
    replayed, paired, kind = STATES[name]
    assert examine(replayed, paired, champion=True).kind == kind


def test_a_fault_says_what_was_seen() -> None:
    replayed, paired, _ = STATES["the candidate fails, also in pairs"]
    assert examine(replayed, paired, champion=True).what == (
        "the candidate failed to answer 5 of 50 requests; asked the same texts again, one after the other, it failed 12 of 12 "
        "times where the champion answered (0 times the other way round)"
    )


@pytest.mark.parametrize(("status", "kind"), [("error", "candidate"), ("timeout", "trouble"), ("lost", "trouble")])
def test_without_a_champion_only_what_the_candidate_itself_said_counts(status: Status, kind: str) -> None:
    assert examine(answers("candidate", 45, 5, status), (), champion=False).kind == kind
    assert examine(answers("candidate", 45), (), champion=False) == Finding("sound")


def test_what_failed_is_asked_again_and_nothing_else() -> None:
    assert suspects([*answers("candidate", 2, 1), *answers("champion", 1, 1, "error"), Answer("champion", "unsent")]) == (2, 4)
    assert suspects([*answers("candidate", 199, 1), *FINE]) == ()


@pytest.mark.parametrize("failing", [0.02, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("long", [1, 8])
def test_a_machine_that_drops_requests_is_no_verdict(failing: float, long: int) -> None:
    """Time-outs that come in runs of `long` requests and hit either arm: two gateways in a row seldom blame a candidate."""
    rng, times = np.random.default_rng([int(failing * 100), long]), 1000
    replayed, blamed = [*answers("candidate", 45, 5), *answers("champion", 45, 5)], 0
    for _ in range(times):
        drops = np.repeat(rng.random(24 // long + 1) < failing, long)[:24].reshape(12, 2)
        orders = [rng.permutation(2) for _ in drops]
        paired = [
            Pair(Answer("candidate", "timeout" if pair[a] else "ok"), Answer("champion", "timeout" if pair[b] else "ok"))
            for pair, (a, b) in zip(drops, orders, strict=True)
        ]
        blamed += examine(replayed, paired, champion=True).kind == "candidate"
    assert blamed / times <= ALPHA / 2
    assert (blamed / times) ** 2 <= 0.001  # on two gateways


@given(counts=st.tuples(*[st.integers(0, 20)] * 4), failed=st.tuples(st.integers(0, 20), st.integers(0, 20)))
@examples(100)
def test_no_arm_is_blamed_for_what_the_other_one_fails_as_well(counts: tuple[int, ...], failed: tuple[int, int]) -> None:
    fine, mine, theirs, both = counts
    replayed = [*answers("candidate", 30, failed[0]), *answers("champion", 30, failed[1])]
    swapped = [*answers("candidate", 30, failed[1]), *answers("champion", 30, failed[0])]
    found = examine(replayed, pairs(fine, mine, theirs, both), champion=True).kind
    mirrored = examine(swapped, pairs(fine, theirs, mine, both), champion=True).kind
    assert mirrored == {"candidate": "champion", "champion": "candidate"}.get(found, found)
    assert found != "candidate" or mine > theirs
    assert found in ("trouble", "sound") or failed != (0, 0)
