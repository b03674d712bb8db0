"""A latency that the machine made is not the candidate's: simulated machines that stall, measured in pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gateway.attempt import PAIRS
from components.gateway.traffic import BLOCK
from components.rollout.latency import FEWEST, compare_latency, sign_p
from components.rollout.replay_test import Answer, Guards, Pair, judge_replay, latency_of, surely_fast
from tests.examples import examples

pytestmark = pytest.mark.unit
ALPHA = 0.05
ANSWERS = [Answer("candidate", "ok", True), Answer("champion", "ok", True)]


@dataclass(frozen=True)
class Machine:
    """Request times: the work, spread by `noise`, plus stalls that begin at random and last for `length` requests on average."""

    work_ms: float
    noise: float = 0.2
    stalled: float = 0.0  # share of the requests
    length: float = 1.0
    stall_ms: float = 2000.0

    def times(self, rng: np.random.Generator, n: int, factor: np.ndarray) -> np.ndarray:
        """n consecutive requests that take `factor` times the usual work."""
        ends, begins = 1 / self.length, self.stalled / (1 - self.stalled) / self.length
        on, inside = np.empty(n, bool), rng.random() < self.stalled
        for i, chance in enumerate(rng.random(n)):
            inside = chance >= ends if inside else chance < begins
            on[i] = inside
        stall = on * self.stall_ms * rng.pareto(1.5, n)
        return np.asarray(self.work_ms * factor * rng.lognormal(0, self.noise, n) + stall)


MACHINES = {
    "calm": Machine(100),
    "noisy": Machine(100, noise=0.8),
    "stalls": Machine(100, stalled=0.1),
    "stalls for long": Machine(100, stalled=0.2, length=15),
    "stalls half of the time": Machine(100, stalled=0.5, length=4),
}


def share_too_slow(machine: Machine, slower: float, pairs: int, times: int = 300) -> float:
    """How often a candidate that is `slower` than its champion is called too slow, asked in pairs in random order."""
    rng, found = np.random.default_rng([int(slower * 10), pairs]), 0
    for _ in range(times):
        first = rng.random(pairs) < 0.5  # the candidate comes first
        mine = np.stack([first, ~first], axis=1)
        ms = machine.times(rng, 2 * pairs, np.where(mine, slower, 1.0).ravel()).reshape(pairs, 2)
        seen = [_pair(*both) for both in zip(ms[mine], ms[~mine], strict=True)]
        ends = next((n for n in range(BLOCK, pairs, BLOCK) if surely_fast(seen[:n])), pairs)
        found += judge_replay(ANSWERS, latency_of(seen[:ends]), margin=0.05).status == "rolled_back"
    return found / times


def _pair(mine: float, theirs: float) -> Pair:
    return Pair(Answer("candidate", "ok", True, mine), Answer("champion", "ok", True, theirs))


def share_too_slow_before(machine: Machine, waves: int, times: int = 300) -> float:
    """The rule before, for an equal candidate: 16 requests at a time, a forward pass for each arm, two medians compared."""
    rng, found = np.random.default_rng(waves), 0
    for _ in range(times):
        passes = machine.times(rng, 2 * waves, np.ones(1)).reshape(waves, 2)
        ms = rng.permuted(np.cumsum(passes, axis=1), axis=1)  # the second arm waits for the first
        mine, theirs = (np.repeat(arm, 8) * rng.lognormal(0, 0.1, 8 * waves) for arm in ms.T)
        found += np.median(mine) > max(250, 3 * np.median(theirs))
    return found / times


@pytest.mark.parametrize("pairs", [BLOCK, PAIRS])
@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_that_stalls_rolls_no_sound_candidate_back(name: str, pairs: int) -> None:
    assert share_too_slow(MACHINES[name], 1.0, pairs) <= ALPHA / 10
    assert share_too_slow(MACHINES[name], Guards().latency_ratio, pairs) <= ALPHA


def test_the_comparison_of_two_medians_did() -> None:
    machine = MACHINES["stalls"]
    assert share_too_slow_before(machine, 2) > ALPHA  # a replay of 32 cases
    assert share_too_slow(machine, 1.0, BLOCK) == 0


@pytest.mark.parametrize(("name", "power"), [("calm", 0.99), ("stalls", 0.97), ("stalls for long", 0.75)])
def test_a_candidate_that_is_four_times_slower_is_found(name: str, power: float) -> None:
    assert share_too_slow(MACHINES[name], 4.0, PAIRS) >= power


def test_slower_below_the_floor_is_not_noticed() -> None:
    assert share_too_slow(Machine(10), 4.0, PAIRS) == 0


def test_pairs_end_as_soon_as_it_is_plain_that_the_candidate_is_fast() -> None:
    fast, slow, failed = _pair(20, 10), _pair(40, 10), Pair(Answer("candidate", "timeout"), Answer("champion", "ok"))
    assert surely_fast([fast] * FEWEST)
    assert not surely_fast([fast] * (FEWEST - 1) + [failed] * 9)
    assert not surely_fast([fast] * 9 + [slow] * 3)
    assert not surely_fast([slow] * 12)


def test_the_figures() -> None:
    latency = compare_latency([(20.0, 10.0), (30.0, 10.0), (40.0, 10.0), (50.0, 20.0), (10.0, 10.0), (60.0, 10.0)])
    assert latency.as_dict() == {
        "ratio": 2.75, "low": 1.0, "high": 6.0, "n": 6, "candidate_p50_ms": 35.0, "champion_p50_ms": 10.0,
    }  # fmt: skip
    with pytest.raises(ValueError, match="5 pairs bound no median at 95%"):
        compare_latency([(1.0, 1.0)] * (FEWEST - 1))


def test_the_interval_is_the_sign_test() -> None:
    """Of n sorted ratios, so many lie outside on each side that the sign test rejects just those."""
    for n in range(FEWEST, 60):
        ratios = compare_latency([(float(i + 1), 1.0) for i in range(n)])
        outside = int(ratios.low) - 1
        assert ratios.high == n - outside
        assert sign_p(n - outside, outside) <= ALPHA / 2 < sign_p(n - outside - 1, outside + 1)
    assert sign_p(0, 0) == 1.0
    assert sign_p(3, 1) == pytest.approx(5 / 16)


times = st.tuples(st.floats(0.01, 1e5), st.floats(0.01, 1e5))


@given(pairs=st.lists(times, min_size=FEWEST, max_size=60))
@examples(60)
def test_it_treats_both_arms_alike_and_orders_its_bounds(pairs: list[tuple[float, float]]) -> None:
    one, other = compare_latency(pairs), compare_latency([(theirs, mine) for mine, theirs in pairs])
    assert one.low <= one.ratio <= one.high
    assert (one.low, one.high) == (pytest.approx(1 / other.high), pytest.approx(1 / other.low))
    slower = compare_latency([(2 * mine, theirs) for mine, theirs in pairs])
    assert slower.low == pytest.approx(2 * one.low)
