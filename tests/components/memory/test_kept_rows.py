"""Ring, herding, GDumb and priority against references written row by row, and what every policy owes the memory."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UsageError
from components.memory import Lane, Memory, get_policy
from components.memory.herding import herd
from components.memory.policies import NEEDS
from components.memory.shares import equal_shares, rank_in_class
from tests.examples import examples

pytestmark = pytest.mark.unit

LABELS = ("a", "b", "c", "d", "e")
POLICIES = ["ring", "herding", "gdumb", "priority"]
batches = st.lists(st.lists(st.integers(0, 4), max_size=30), min_size=1, max_size=5)


def facts(numbers):
    """What is known of the rows of these numbers: features and a surprise that depend on the number alone."""
    numbers = np.asarray(numbers, dtype=np.float64)
    features = np.stack([np.sin(numbers * (k + 1.3)) for k in range(3)], axis=1).astype(np.float32) + 0.2
    return {"features": features, "surprise": ((numbers * 7919) % 97).astype(np.float32)}


def keep(policy, stream, capacity, seed, capacities=None):
    """Offer batches of class numbers in turn; capacities: another one for each batch. Returns numbers, classes and seen."""
    rng = np.random.default_rng(seed)
    kept, classes = np.zeros(0, np.int64), np.zeros(0, np.int64)
    seen, state, start = np.zeros(len(LABELS), np.int64), {}, 0
    for i, batch in enumerate(stream):
        room, new = capacities[i] if capacities else capacity, np.asarray(batch, dtype=np.int64)
        numbers = np.concatenate([kept, start + np.arange(len(new))])
        known = facts(numbers)
        signals = {name: known[name] for name in NEEDS[policy]} if len(new) else {}
        placed = get_policy(policy)(Lane(room, LABELS, classes, seen, state, signals), new, rng)
        slots = placed.slots if placed.ordered else np.sort(placed.slots)
        assert len(slots) <= room
        assert len(set(slots.tolist())) == len(slots)
        kept, classes = numbers[slots], np.concatenate([classes, new])[slots]
        seen, state, start = seen + np.bincount(new, minlength=len(LABELS)), placed.state, start + len(new)
    return kept, classes, seen


@pytest.mark.parametrize("policy", POLICIES)
@given(stream=batches, capacity=st.integers(1, 20), seed=st.integers(0, 3))
@examples(30)
def test_any_stream_is_kept_within_the_capacity_and_by_the_seed_alone(policy, stream, capacity, seed):
    kept, classes, seen = keep(policy, stream, capacity, seed)
    offered = [c for batch in stream for c in batch]
    assert [offered[i] for i in kept] == classes.tolist()
    assert len(set(kept.tolist())) == len(kept)
    assert keep(policy, stream, capacity, seed)[0].tolist() == kept.tolist()
    present = int((seen > 0).sum())
    sizes = np.bincount(classes, minlength=len(LABELS))
    assert all(size >= min(n, capacity // present) for size, n in zip(sizes, seen) if n), "every class has its equal share"
    if policy in ("herding", "priority"):
        assert len(kept) == min(capacity, len(offered)), "and no slot is left empty while rows come"


@given(counts=st.lists(st.integers(0, 12), min_size=1, max_size=8), capacity=st.integers(0, 40))
@examples(60)
def test_equal_shares_are_those_of_dealing_one_slot_after_another(counts, capacity):
    dealt = [0] * len(counts)
    for _ in range(capacity):
        open_ = [i for i in range(len(counts)) if dealt[i] < counts[i]]
        if open_:
            dealt[min(open_, key=lambda i: (dealt[i], i))] += 1
    assert equal_shares(np.array(counts), capacity).tolist() == dealt


@given(stream=batches, capacity=st.integers(5, 25))
@examples(30)
def test_ring_holds_the_newest_rows_of_each_class(stream, capacity):
    kept, _, _ = keep("ring", stream, capacity, 0)
    offered = [c for batch in stream for c in batch]
    share = capacity // max(1, len(set(offered)))
    # a class that was cut while it was alone does not grow back by itself: at most, and the newest, share rows of each
    for c in set(offered):
        mine = [i for i, own in enumerate(offered) if own == c]
        assert sorted(i for i in kept if offered[i] == c) == mine[-share:]


@pytest.mark.parametrize("policy", ["priority", "herding"])
@given(stream=st.lists(st.integers(0, 4), min_size=1, max_size=60), capacity=st.integers(1, 20), less=st.integers(1, 20))
@examples(30)
def test_a_memory_that_shrinks_without_signals_holds_what_a_smaller_one_would_have_chosen(policy, stream, capacity, less):
    less = min(capacity, less)
    shrunk = keep(policy, [stream, []], capacity, 0, [capacity, less])
    small = keep(policy, [stream], less, 0)
    sizes = np.bincount(np.asarray(stream), minlength=5)
    own = np.bincount(shrunk[1], minlength=5)
    assert own.sum() == min(less, len(stream))
    if (equal_shares(equal_shares(sizes, capacity), less) == equal_shares(sizes, less)).all():
        assert sorted(shrunk[0]) == sorted(small[0])


@given(stream=batches, capacity=st.integers(1, 20))
@examples(30)
def test_priority_holds_the_most_surprising_rows_of_each_class(stream, capacity):
    kept, classes, _ = keep("priority", stream, capacity, 0)
    offered = [c for batch in stream for c in batch]
    surprise = facts(range(len(offered)))["surprise"]
    if len(stream) == 1:  # one batch: exactly the best; later shares may shrink and grow, and what was given up is gone
        shares = equal_shares(np.bincount(offered, minlength=5), capacity) if offered else np.zeros(5, int)
        for c in set(offered):
            mine = sorted((i for i, own in enumerate(offered) if own == c), key=lambda i: (-surprise[i], i))
            assert [i for i in kept if offered[i] == c] == mine[: shares[c]]
    for c in set(classes.tolist()):
        assert (np.diff([surprise[i] for i in kept if offered[i] == c]) <= 0).all(), "they stand in falling surprise"


def test_priority_never_gives_up_a_row_for_a_less_surprising_one():
    lane = Lane(4, ("a", "b"), np.array([0, 0, 1, 1]), np.array([9, 9]), {},
                {"surprise": np.array([5, 1, 3, 2, 4, 0.5, 2.5, np.nan], np.float32)})  # fmt: skip
    slots = get_policy("priority")(lane, np.array([0, 0, 1, 1]), np.random.default_rng(0)).slots
    assert slots.tolist() == [0, 4, 2, 6]


def greedy_by_the_paper(unit, mean, count):
    """iCaRL, Algorithm 4: argmin over the rows left of the distance between the mean and the mean of those chosen with it."""
    chosen = []
    for k in range(1, count + 1):
        best, nearest = np.inf, -1
        for i in range(len(unit)):
            if i not in chosen:
                distance = np.linalg.norm(mean - (unit[chosen].sum(0) + unit[i]) / k)
                if distance < best - 1e-12:
                    best, nearest = distance, i
        chosen.append(nearest)
    return chosen


@given(rows=st.integers(1, 25), width=st.integers(1, 6), seed=st.integers(0, 1000), data=st.data())
@examples(40)
def test_herding_is_the_papers_greedy_choice(rows, width, seed, data):
    unit = np.random.default_rng(seed).normal(size=(rows, width)) * (1 + seed % 3)
    count = data.draw(st.integers(1, rows))
    picks = herd(unit, unit.mean(0), count)
    expected = greedy_by_the_paper(unit, unit.mean(0), count)
    # rows may tie in exact arithmetic: equally good at each step is what counts
    for k in range(1, count + 1):
        ours, theirs = (np.linalg.norm(unit.mean(0) - unit[list(c[:k])].mean(0)) for c in (picks, expected))
        if picks[:k].tolist() == expected[:k]:
            assert ours == pytest.approx(theirs)
        else:
            best = greedy_by_the_paper(unit, unit.mean(0), 1)[0] if k == 1 else None
            assert best is None or ours == pytest.approx(np.linalg.norm(unit.mean(0) - unit[best]))
            break
    assert len(set(picks.tolist())) == count


def test_herding_chooses_by_normalised_features_and_follows_the_class_mean():
    rng = np.random.default_rng(1)
    features = (rng.normal(size=(300, 8)) + 0.5 * rng.normal(size=8)).astype(np.float32) * rng.uniform(0.1, 10, (300, 1)).astype(
        "f"
    )
    lane = Lane(10, ("a",), np.zeros(0, np.int64), np.array([0]), {}, {"features": features})
    slots = get_policy("herding")(lane, np.zeros(300, np.int64), rng).slots
    unit = features.astype(np.float64) / np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    assert slots.tolist() == greedy_by_the_paper(unit, unit.mean(0), 10)
    gap = np.linalg.norm(unit[slots].mean(0) - unit.mean(0))
    chance = [np.linalg.norm(unit[rng.choice(300, 10, replace=False)].mean(0) - unit.mean(0)) for _ in range(200)]
    assert gap < min(chance)


def test_herding_lets_the_rows_kept_stand_for_all_that_were_seen():
    """2 rows kept of 98 seen at angle 0; 2 rows come at a right angle: their share of the mean is 2 in 100."""
    features = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    lane = Lane(2, ("a",), np.zeros(2, np.int64), np.array([98]), {}, {"features": features})
    assert get_policy("herding")(lane, np.zeros(2, np.int64), np.random.default_rng(0)).slots.tolist() == [0, 1]
    even = Lane(2, ("a",), np.zeros(2, np.int64), np.array([2]), {}, {"features": features})
    assert get_policy("herding")(even, np.zeros(2, np.int64), np.random.default_rng(0)).slots.tolist() in ([0, 2], [2, 0])


def gdumb_loop(stream, capacity, rng):
    """GDumb, Algorithm 1, with k = capacity // classes; returns the numbers of the rows kept."""
    memory, known = [], set()
    for i, c in enumerate(stream):
        share = max(1, capacity // len(known | {c}))
        sizes = {k: sum(stream[j] == k for j in memory) for k in known | {c}}
        if c not in known or sizes[c] < share:
            if len(memory) >= capacity:
                largest = [k for k in sizes if sizes[k] == max(sizes.values())]
                victim = rng.choice(largest)
                memory.remove(rng.choice([j for j in memory if stream[j] == victim]))
            memory.append(i)
        known.add(c)
    return memory


STREAM, RUNS = [0] * 12 + [1] * 7 + [0, 2, 1, 3, 3, 0, 2] + [2] * 9 + [3, 0, 1, 1], 400


@cache
def by_the_loop():
    """The rows that the paper's loop keeps of STREAM, run by run."""
    return [gdumb_loop(STREAM, 10, np.random.default_rng(10_000 + seed)) for seed in range(RUNS)]


@pytest.mark.parametrize("cuts", [[], [16], [3, 9, 30]])
def test_gdumb_agrees_with_the_papers_loop(cuts):
    runs, n = RUNS, len(STREAM)
    ours, theirs = np.zeros(n), np.zeros(n)
    parts = [part.tolist() for part in np.split(np.array(STREAM), cuts)]
    for seed, other in enumerate(by_the_loop()):
        mine = keep("gdumb", parts, 10, seed)[0]
        ours[mine] += 1
        theirs[other] += 1
        assert len(mine) == len(other)
    p = (ours + theirs) / (2 * runs)
    varied = (p > 0) & (p < 1)
    z = (ours - theirs)[varied] / np.sqrt(2 * runs * (p * (1 - p))[varied])
    assert np.abs(z).max() < 4.5
    assert (ours[~varied] == theirs[~varied]).all()


def test_rank_in_class_counts_from_the_front():
    assert rank_in_class(np.array([3, 1, 3, 3, 1])).tolist() == [0, 0, 1, 2, 1]
    assert len(rank_in_class(np.zeros(0, np.int64))) == 0


# ---- the same through the memory


def offer(memory, table):
    """Memory.add with the signals that the policy needs, made from the digests."""
    digests = [*memory.rows["digest"].to_pylist(), *table["digest"].to_pylist()]
    known = facts([int(digest, 16) for digest in digests])
    return memory.add(table, signals={name: known[name] for name in NEEDS[memory.policy]})


@pytest.mark.parametrize("policy", POLICIES)
@given(
    stream=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30), max_size=5),
    capacity=st.integers(1, 25),
)
@examples(15)
def test_safety_rows_are_displaced_by_safety_rows_only(events, policy, stream, capacity):
    memory, offered = Memory.empty(capacity, policy, 1), 0
    for batch in stream:
        protected = memory.rows.filter(pa.array(memory.safety))["digest"].to_pylist()
        labels, priority = [label for label, _ in batch], ["safety" if safe else "normal" for _, safe in batch]
        memory = offer(memory, events(labels, start=offered, priority=priority))
        offered += len(batch)
        now = memory.rows.filter(pa.array(memory.safety))["digest"].to_pylist()
        assert len(now) == min(memory.seen_safety, -(-capacity // 5))
        assert len(memory) <= capacity
        assert len(set(memory.rows["digest"].to_pylist())) == len(memory)
        if "safety" not in priority:
            assert now == protected


@pytest.mark.parametrize("policy", POLICIES)
def test_erased_rows_make_room_that_new_ones_fill(events, policy):
    memory = offer(Memory.empty(30, policy, 5), events(list("aabbc") * 40, subject=(["ann"] * 2 + ["bob"] * 3) * 40))
    assert len(memory) == 30
    erased = memory.drop(subjects={"ann"})
    assert "ann" not in erased.rows["subject"].to_pylist()
    assert len(erased) == 20
    order = erased.rows["digest"].to_pylist()
    assert order == [d for d in memory.rows["digest"].to_pylist() if d in set(order)], "what is left stands as it stood"
    full = offer(erased, events(list("abc") * 40, start=500))
    assert np.bincount(full.classes[1]).tolist() == [10, 10, 10]
    assert "ann" not in full.rows["subject"].to_pylist()


@pytest.mark.parametrize("policy", POLICIES)
def test_capacities_change_without_signals_and_files_keep_the_order(events, tmp_path, policy):
    memory = offer(Memory.empty(30, policy, 5), events(list("aabbc") * 40))
    small = memory.resize(12)
    assert np.bincount(small.classes[1]).tolist() == [4, 4, 4]
    assert set(small.rows["digest"].to_pylist()) <= set(memory.rows["digest"].to_pylist())
    assert small == memory.resize(12)
    if policy != "gdumb":  # what it gives up is drawn
        known = facts([int(d, 16) for d in memory.rows["digest"].to_pylist()])
        rank = known["surprise"] if policy == "priority" else np.arange(30)
        for c in range(3):
            mine = np.flatnonzero(memory.classes[1] == c)
            if policy == "ring":
                assert (
                    small.rows.filter(pa.array(small.classes[1] == c))["digest"].to_pylist()
                    == memory.rows.take(pa.array(mine[-4:]))["digest"].to_pylist()
                )
            elif policy == "priority":
                assert sorted(rank[mine])[-4:] == sorted(rank[mine[:4]])
            else:
                assert (
                    small.rows.filter(pa.array(small.classes[1] == c))["digest"].to_pylist()
                    == memory.rows.take(pa.array(mine[:4]))["digest"].to_pylist()
                )
    assert memory.resize(60).rows == memory.rows
    again = Memory.load(tmp_path, json.loads(json.dumps(memory.save(tmp_path), sort_keys=True)))
    assert again == memory
    more = events(list("abcd") * 30, start=500)
    assert offer(again, more) == offer(memory, more)


def test_another_policy_takes_a_memory_over(events):
    """As a recipe that changes its policy does: rows stay, and the next rows are judged by the new rule."""
    from dataclasses import replace

    memory = Memory.empty(12, "class_balanced", 0).add(events(list("ab") * 40))
    for policy in POLICIES:
        taken = offer(replace(memory, policy=policy, state={}), events(list("abc") * 40, start=100))
        assert np.bincount(taken.classes[1]).tolist() == [4, 4, 4]


@pytest.mark.parametrize(("policy", "signal"), [("herding", "features"), ("priority", "surprise")])
def test_a_missing_signal_is_named(events, policy, signal):
    with pytest.raises(UsageError, match=f"{policy}.*{signal}"):
        Memory.empty(5, policy, 0).add(events(["a"] * 9))
