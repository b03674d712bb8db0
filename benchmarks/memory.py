"""Items a second that the buffer policies take in, against the textbook Python loops, in one run.

Each policy gets 1,000,000 class numbers in batches of 50,000 with 50 classes, shuffled or class after class, from an empty
memory on (the expensive part: later almost every row is passed over). `Memory.add` is the same with the rows' texts, labels and
digests as an Arrow table. The loops do the same work row by row with constant-time bookkeeping, on fewer rows.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.common import finish, interleaved, parser, seconds, spread, table
from components.memory import Lane, Memory, get_policy

CLASSES = 50


def reservoir_loop(stream: list[int], capacity: int, seed: int) -> list[int]:
    """Algorithm R as in the textbook."""
    rng, memory = random.Random(seed), []
    for i in range(len(stream)):
        if i < capacity:
            memory.append(i)
        else:
            j = rng.randrange(i + 1)
            if j < capacity:
                memory[j] = i
    return memory


def class_balanced_loop(stream: list[int], capacity: int, seed: int) -> list[list[int]]:
    """CBRS as in the paper; the rows of each class in a list of its own."""
    rng = random.Random(seed)
    kept: list[list[int]] = [[] for _ in range(CLASSES)]
    seen, full, stored = [0] * CLASSES, [False] * CLASSES, 0
    for i, c in enumerate(stream):
        seen[c] += 1
        if stored < capacity:
            kept[c].append(i)
            stored += 1
            if stored == capacity:
                full = [len(rows) == max(map(len, kept)) for rows in kept]
        elif not full[c]:
            top = max(map(len, kept))
            victim = rng.choice([rows for rows in kept if len(rows) == top])
            victim[rng.randrange(top)] = victim[-1]
            victim.pop()
            kept[c].append(i)
            top = max(map(len, kept))
            full = [was or len(rows) == top for was, rows in zip(full, kept)]
        elif rng.random() * seen[c] < len(kept[c]):
            kept[c][rng.randrange(len(kept[c]))] = i
    return kept


LOOPS = {"reservoir": reservoir_loop, "class_balanced": class_balanced_loop}


def offer(policy: str, stream: np.ndarray, capacity: int, batch: int) -> None:
    """All batches of the stream, one after another, through the policy alone."""
    rng, names = np.random.default_rng(0), tuple(f"{c:03d}" for c in range(CLASSES))
    lane = Lane(capacity, names, np.zeros(0, np.int64), np.zeros(CLASSES, np.int64))
    for start in range(0, len(stream), batch):
        new = stream[start : start + batch]
        placed = get_policy(policy)(lane, new, rng)
        classes = np.concatenate([lane.classes, new])[placed.slots]
        lane = Lane(capacity, names, classes, lane.seen + np.bincount(new, minlength=CLASSES), placed.state)


def add(policy: str, rows: pa.Table, capacity: int, batch: int) -> None:
    """The same through `Memory.add`."""
    memory = Memory.empty(capacity, policy, 0)
    for start in range(0, len(rows), batch):
        memory = memory.add(rows.slice(start, batch))


def measure(policy: str, order: str, capacity: int, rows: int, batch: int, repeats: int) -> dict[str, Any]:
    """Items a second of the policy, of `Memory.add` and of the loop, and the ratios to the loop of the same round."""
    stream = np.random.default_rng(1).integers(0, CLASSES, rows)
    if order == "class after class":
        stream.sort()
    short = stream[:: max(1, rows // 100_000)].tolist()  # the loop's share of the stream, same order
    names = np.array([f"{c:03d}" for c in range(CLASSES)])
    columns = {
        "text": [f"What is number {i} ?" for i in range(rows)],
        "label": names[stream],
        "digest": [f"{i:032x}" for i in range(rows)],
    }
    events = pa.table(columns)
    found = interleaved(
        repeats,
        lambda: rows / seconds(lambda: offer(policy, stream, capacity, batch)),
        lambda: rows / seconds(lambda: add(policy, events, capacity, batch)),
        lambda: len(short) / seconds(lambda: LOOPS[policy](short, capacity, 0)),
    )
    speeds = dict(zip(("policy", "add", "loop"), found))
    return {
        **{"policy": policy, "order": order, "capacity": capacity, "batch": batch, "rows": rows},
        **{f"{name}_items_per_second": spread(values) for name, values in speeds.items()},
        **{f"{name}_ratio": spread([x / y for x, y in zip(speeds[name], speeds["loop"])]) for name in ("policy", "add")},
    }


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure both policies in both orders at two capacities."""
    options = parser("memory", __doc__ or "")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--batch", type=int, default=50_000)
    options.add_argument("--capacities", type=int, nargs="+", default=[600, 10_000])
    options.add_argument("--repeats", type=int, default=5)
    given = options.parse_args(argv)
    found = [
        measure(policy, order, capacity, given.rows, given.batch, given.repeats)
        for policy in LOOPS
        for order in ("shuffled", "class after class")
        for capacity in given.capacities
    ]
    result = {
        "target_items_per_second": 2_000_000,
        "least": min(row["policy_items_per_second"]["median"] for row in found),
        "cases": found,
    }
    rows = [
        [
            f"{row['policy']}, {row['order']}", row["capacity"], *(
                f"{row[key]['median'] / 1e6:.2f} ({row[key]['low'] / 1e6:.2f}-{row[key]['high'] / 1e6:.2f})"
                for key in ("policy_items_per_second", "add_items_per_second", "loop_items_per_second")
            ), f"{row['policy_ratio']['median']:.0f} x",
        ]
        for row in found
    ]  # fmt: skip
    header = ["million items/s: median (range)", "capacity", "policy", "Memory.add", "Python loop", "policy/loop"]
    return finish("memory", result, table(header, rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
