"""The memory as a value: saved, loaded, protected, sampled, resized and erased from."""

from __future__ import annotations

import gc
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError, UsageError
from components.memory import POLICIES, Memory, Placement, policy
from components.memory.rows import EXTRA, ROWS
from tests.examples import examples

pytestmark = pytest.mark.unit

GOLDEN = Path(__file__).parent / "golden"
POLICY_NAMES = ["reservoir", "class_balanced"]


def reloaded(memory, folder):
    """The memory as a later process sees it: its manifest fields went through JSON with sorted keys."""
    fields = memory.save(folder)
    return Memory.load(folder, json.loads(json.dumps(fields, sort_keys=True)))


def test_new_rows_get_their_share_after_loading(events, tmp_path):
    """ANCHORS defect 1: 10,000 old and 500 new rows, capacity 50: 4.8 % are new, not 90.9 %."""
    old, new = events(["old"] * 10_000), events(["new"] * 500, start=10_000)
    share, runs = 0.0, 80
    for seed in range(runs):
        memory = reloaded(Memory.empty(50, "reservoir", seed).add(old), tmp_path).add(new)
        assert len(memory) == 50
        assert memory.seen == {"new": 500, "old": 10_000}
        share += memory.rows["label"].to_pylist().count("new") / 50 / runs
    assert share == pytest.approx(500 / 10_500, abs=0.01)


def test_who_gave_a_label_is_remembered_and_costs_nothing_where_nobody_said(events, tmp_path):
    silent = Memory.empty(10, "reservoir", 0).add(events(["a"] * 4))
    silent.save(tmp_path)
    assert "provenance" not in parquet.read_schema(tmp_path / "memory.parquet").names
    said = silent.add(events(["b"] * 3, start=4, provenance=["human", "feedback", "canary"]))
    assert reloaded(said, tmp_path).rows["provenance"].to_pylist() == [None] * 4 + ["human", "feedback", "canary"]


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_loading_between_two_updates_changes_nothing(events, tmp_path, policy):
    """ANCHORS defect 2: the generator goes on where it stopped."""
    first = events(list("aabbbccccd") * 20, priority=(["safety"] + ["normal"] * 9) * 20)
    second = events(list("dddeeabc") * 30, start=200)
    memory = Memory.empty(30, policy, 7).add(first, experience="one")
    (tmp_path / "a").mkdir()
    assert memory.generator != Memory.empty(30, policy, 7).generator
    straight, resumed = memory.add(second, experience="two"), reloaded(memory, tmp_path / "a").add(second, experience="two")
    assert straight == resumed
    fields = [m.save(tmp_path / name) for m, name in ((straight, "b"), (resumed, "c"), (reloaded(straight, tmp_path / "d"), "e"))]
    assert fields[0] == fields[1] == fields[2]
    files = {(tmp_path / name / "memory.parquet").read_bytes() for name in "bcde"}
    assert len(files) == 1


def test_a_memory_is_as_large_as_its_rows(events):
    """ANCHORS defect 2: 100 updates keep nothing of what was offered and not stored."""
    memory = Memory.empty(5, "reservoir", 0)
    before = pa.total_allocated_bytes()
    for i in range(100):
        memory = memory.add(events(["a"] * 50, start=50 * i, completion=["x" * 1000] * 50))
    gc.collect()
    assert len(memory) == 5
    assert memory.rows.get_total_buffer_size() < 5 * 1000 + 4000
    assert pa.total_allocated_bytes() - before < 200_000  # one offered table holds 50,000


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_an_update_leaves_the_old_value_as_it_was(events, policy):
    """ANCHORS defect 8: what a refused experience added is in its own memory only."""
    good = Memory.empty(20, policy, 3).add(events(["a"] * 50), experience="good")
    rows, seen, generator, state = good.rows.to_pylist(), dict(good.seen), str(good.generator), str(good.state)
    bad = good.add(events(["b"] * 50, start=50), experience="poisoned")
    assert "poisoned" in bad.rows["experience"].to_pylist()
    assert (good.rows.to_pylist(), good.seen, str(good.generator), str(good.state)) == (rows, seen, generator, state)
    again = good.add(events(["b"] * 50, start=50), experience="poisoned")
    assert again == bad


@pytest.mark.parametrize("policy", POLICY_NAMES)
@given(
    stream=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30), max_size=5),
    capacity=st.integers(1, 25),
    seed=st.integers(0, 3),
)
@examples(20)
def test_safety_rows_are_displaced_by_safety_rows_only(events, policy, stream, capacity, seed):
    memory, offered, share = Memory.empty(capacity, policy, seed), 0, -(-capacity // 5)
    for batch in stream:
        protected = set(memory.rows.filter(pa.array(memory.safety))["digest"].to_pylist())
        labels, priority = [label for label, _ in batch], ["safety" if safe else "normal" for _, safe in batch]
        memory = memory.add(events(labels, start=offered, priority=priority))
        offered += len(batch)
        now = set(memory.rows.filter(pa.array(memory.safety))["digest"].to_pylist())
        assert len(now) == min(memory.seen_safety, share)
        if "safety" not in priority:
            assert now == protected
        assert len(memory) == len(now) + min(capacity - len(now), sum(memory.seen.values()))
        assert sum(memory.seen.values()) + memory.seen_safety == offered


def test_held_out_rows_are_refused(events):
    memory = Memory.empty(10, "reservoir", 0)
    with pytest.raises(IntegrityError, match="2 held-out rows of 3"):
        memory.add(events(["a", "b", "c"]), forbidden={f"{1:032x}", f"{2:032x}", f"{99:032x}"})
    assert len(memory.add(events(["a", "b", "c"]), forbidden={f"{99:032x}"})) == 3


def test_sampling_is_uniform_over_rows_or_over_classes(events):
    memory = Memory.empty(100, "reservoir", 0).add(events(["a"] * 90 + ["b"] * 10))
    rng = np.random.default_rng(0)
    labels = np.array(memory.rows["label"].to_pylist())
    assert sorted(memory.sample(100, rng).tolist()) == list(range(100))  # without repetition while rows suffice
    assert (labels[memory.sample(20_000, rng)] == "b").mean() == pytest.approx(0.1, abs=0.01)
    drawn = memory.sample(20_000, rng, "balanced")
    assert (labels[drawn] == "b").mean() == pytest.approx(0.5, abs=0.015)
    assert np.bincount(drawn, minlength=100).min() > 0
    assert len(Memory.empty(5, "reservoir", 0).sample(3, rng)) == 0


def test_a_smaller_capacity_keeps_classes_balanced_and_a_larger_one_keeps_the_rows(events):
    memory = Memory.empty(60, "class_balanced", 0).add(events(["a"] * 500 + ["b"] * 100 + ["c"] * 4))
    small = memory.resize(12)
    assert small.classes[0] == ["a", "b", "c"]
    assert np.bincount(small.classes[1]).tolist() == [4, 4, 4]
    assert small == memory.resize(12)
    assert small.seen == memory.seen
    large = memory.resize(200)
    assert large.rows == memory.rows
    grown = large.add(events(["d"] * 200, start=604))
    assert memory.rows["digest"].to_pylist() == grown.rows["digest"].to_pylist()[:60]
    assert len(grown) == 200


def test_erasure_and_expiry_take_the_rows_and_their_share_of_the_counts(events):
    table = events(
        ["a"] * 8 + ["b"] * 2,
        subject=["ann"] * 4 + ["bob"] * 6,
        expires=[None] * 6 + ["2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z", "2026-06-01", None],
        priority=["normal"] * 9 + ["safety"],
    )
    memory = Memory.empty(10, "class_balanced", 0).add(table)
    assert memory.drop() is memory
    without = memory.drop(subjects={"ann"})
    assert without.rows["subject"].to_pylist() == ["bob"] * 6
    assert (without.seen, without.seen_safety) == ({"a": 4, "b": 1}, 1)
    now = datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert memory.expired(now).nonzero()[0].tolist() == [6]  # midnight two hours east of Greenwich is past, UTC midnight is not
    assert len(memory.drop({f"{0:032x}"}, now=datetime(2026, 7, 1, tzinfo=UTC))) == 6
    assert memory.drop({f"{9:032x}"}).seen_safety == 0


def test_rows_of_causal_models_are_balanced_by_task(events):
    table = events([None] * 40, task=["sum"] * 30 + ["copy"] * 10, completion=["done"] * 40)
    memory = Memory.empty(10, "class_balanced", 0).add(table)
    assert memory.seen == {"copy": 10, "sum": 30}
    assert np.bincount(memory.classes[1]).tolist() == [5, 5]


def test_what_a_policy_notes_for_itself_is_there_the_next_time(events, tmp_path, monkeypatch):
    monkeypatch.setattr("components.memory.policies.POLICIES", dict(POLICIES))

    @policy("every_other_update")
    def every_other_update(lane, offered, rng):
        calls = lane.state.get("calls", 0)
        new = len(offered) if calls % 2 == 0 else 0
        return Placement(np.arange(len(lane.classes) + new), {"calls": calls + 1})

    memory = Memory.empty(20, "every_other_update", 0)
    for i in range(4):
        memory = reloaded(memory.add(events(["a"] * 3, start=3 * i)), tmp_path)
    assert memory.rows["text"].to_pylist() == [f"text {i}" for i in (0, 1, 2, 6, 7, 8)]
    assert memory.state == {"calls": 4}


def test_wrong_settings_and_damaged_files_are_named(events, tmp_path):
    with pytest.raises(UsageError, match="capacity is 0"):
        Memory.empty(0, "reservoir", 0)
    with pytest.raises(UsageError, match="'resevoir'"):
        Memory.empty(5, "resevoir", 0)
    fields = Memory.empty(5, "reservoir", 0).add(events(["a"] * 9)).save(tmp_path)
    with pytest.raises(IntegrityError, match=r"memory\.parquet holds 5 rows, its manifest says 4"):
        Memory.load(tmp_path, {**fields, "rows": 4})


def test_a_memory_saved_by_an_older_release_loads(tmp_path):
    """golden/ was written by 0.1.0 (Memory.save on a class-balanced memory); it is never written again."""
    fields = json.loads((GOLDEN / "fields.json").read_text())
    memory = Memory.load(GOLDEN, fields)
    assert memory.rows.select(ROWS.names).to_pylist() == json.loads((GOLDEN / "rows.json").read_text())
    assert all(memory.rows[name].null_count == len(memory) for name in EXTRA.names)
    assert (memory.capacity, memory.policy, memory.seen_safety) == (6, "class_balanced", 1)
    assert memory.seen == {"LOC:city": 9, "LOC:country": 3}
    assert memory.save(tmp_path) == fields
    assert Memory.load(tmp_path, fields) == memory


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_classes_get_other_names_and_become_one(events, policy):
    memory = Memory.empty(12, policy, 3).add(events(list("aabbccdd") * 5), experience="one")
    merged = memory.relabelled(("a", "b", "c", "d"), {"a": "z", "c": "z"})
    assert merged.seen == {"b": 10, "d": 10, "z": 20}
    assert merged.rows["digest"].to_pylist() == memory.rows["digest"].to_pylist()
    old = memory.rows["label"].to_pylist()
    assert merged.rows["label"].to_pylist() == [{"a": "z", "c": "z"}.get(label, label) for label in old]
    grown = merged.add(events(list("zb") * 20, start=100), experience="two")
    assert len(grown) == 12
    assert grown.seen == {"b": 30, "d": 10, "z": 40}


def test_stored_scores_of_merged_classes_are_those_of_either(events):
    scores = pa.array([[0.0, 1.0, 2.0], [0.5, 0.25], None], pa.list_(pa.float32()))
    memory = Memory.empty(5, "reservoir", 3).add(events(list("abc")).append_column("logits", scores))
    merged = memory.relabelled(("a", "b", "c"), {"c": "a"}).rows["logits"].to_pylist()
    order = memory.rows["label"].to_pylist()
    wanted = {"a": [np.logaddexp(0.0, 2.0), 1.0], "b": [0.5, 0.25], "c": None}
    for label, own in zip(order, merged, strict=True):
        assert own == (None if wanted[label] is None else pytest.approx(wanted[label], abs=1e-6))
    assert memory.relabelled(("a", "b", "c"), {"c": "d"}).rows["logits"] == memory.rows["logits"]
