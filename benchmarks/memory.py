"""Items per second that the buffer policies process, against the textbook Python loops, in one run.

Each policy gets 1,000,000 class numbers in batches of 50,000 with 50 classes, shuffled or class after class, starting with an
empty memory (the expensive part: later almost every row is skipped). `Memory.add` is the same with the rows' texts, labels and
digests as an Arrow table. The loops do the same work row by row with constant-time bookkeeping, on fewer rows. Policies that need
to know more about a row get random numbers instead. Herding's work grows faster than its rows: policy, `Memory.add` and loop all
get a tenth of the rows, in batches of a tenth, and the target does not apply to it.

With `--learning`, the peak memory of learning is measured instead: see benchmarks/footprint.py.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.common import finish, interleaved, parser, seconds, spread, table
from benchmarks.footprint import compare
from components.memory import Lane, Memory, get_policy
from components.memory.policies import NEEDS

CLASSES = 50
WIDTH = 32  # width of the features that herding gets
GROWING = ("herding",)  # policies whose work grows faster than the rows of a batch


def reservoir_loop(stream: list[int], capacity: int, seed: int) -> list[int]:
    """Algorithm R, as in the textbook."""
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
    """CBRS as in the paper, with one list of rows per class."""
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


def ring_loop(stream: list[int], capacity: int, seed: int) -> dict[int, deque[int]]:
    """A queue of the newest rows for each class; all queues are cut when a class comes for the first time."""
    kept: dict[int, deque[int]] = {}
    share = capacity
    for i, c in enumerate(stream):
        if c not in kept:
            kept[c] = deque()
            share = max(1, capacity // len(kept))
            for rows in kept.values():
                while len(rows) > share:
                    rows.popleft()
        mine = kept[c]
        mine.append(i)
        if len(mine) > share:
            mine.popleft()
    return kept


def gdumb_loop(stream: list[int], capacity: int, seed: int) -> dict[int, list[int]]:
    """The greedy sampler of GDumb as in the paper."""
    rng, stored = random.Random(seed), 0
    kept: dict[int, list[int]] = {}
    for i, c in enumerate(stream):
        mine = kept.setdefault(c, [])
        if len(mine) < max(1, capacity // len(kept)):
            if stored < capacity:
                stored += 1
            else:
                top = max(map(len, kept.values()))
                victim = rng.choice([rows for rows in kept.values() if len(rows) == top])
                victim[rng.randrange(top)] = victim[-1]
                victim.pop()
            mine.append(i)
    return kept


def priority_loop(stream: list[int], capacity: int, seed: int, surprise: list[float]) -> list[list[tuple[float, int]]]:
    """A heap for each class; beyond the capacity the least surprising row of a largest class is removed."""
    kept: list[list[tuple[float, int]]] = [[] for _ in range(CLASSES)]
    stored = top = 0
    for i, (c, loss) in enumerate(zip(stream, surprise)):
        mine = kept[c]
        if stored < capacity:
            heapq.heappush(mine, (loss, i))
            stored, top = stored + 1, max(top, len(mine))
        elif len(mine) == top:
            heapq.heappushpop(mine, (loss, i))
        else:
            heapq.heappop(max(kept, key=len))
            heapq.heappush(mine, (loss, i))
            top = max(map(len, kept))
    return kept


def herding_loop(stream: list[int], capacity: int, seed: int, features: np.ndarray, batch: int) -> list[list[int]]:
    """iCaRL's exemplars as in the paper: at each pick the distance of every candidate's mean is computed from scratch."""
    kept: list[list[int]] = [[] for _ in range(CLASSES)]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    seen = [0] * CLASSES
    for start in range(0, len(stream), batch):
        fresh: dict[int, list[int]] = {}
        for i in range(start, min(start + batch, len(stream))):
            fresh.setdefault(stream[i], []).append(i)
        share = capacity // len({*fresh, *(c for c, rows in enumerate(kept) if rows)})
        for c, rows in enumerate(kept):
            if c in fresh:
                candidates, weights = rows + fresh[c], [seen[c] / max(1, len(rows))] * len(rows) + [1.0] * len(fresh[c])
                seen[c] += len(fresh[c])
                points = unit[candidates]
                mean, total = np.average(points, axis=0, weights=weights), np.zeros(points.shape[1])
                chosen: list[int] = []
                for k in range(1, min(share, len(candidates)) + 1):
                    distances = np.linalg.norm(mean - (total + points) / k, axis=1)
                    distances[chosen] = np.inf
                    chosen.append(int(distances.argmin()))
                    total = total + points[chosen[-1]]
                kept[c] = [candidates[place] for place in chosen]
            else:
                kept[c] = rows[:share]
    return kept


LOOPS = {
    "reservoir": reservoir_loop, "class_balanced": class_balanced_loop, "ring": ring_loop, "herding": herding_loop,
    "gdumb": gdumb_loop, "priority": priority_loop,
}  # fmt: skip


def offer(policy: str, stream: np.ndarray, capacity: int, batch: int, signals: dict[str, np.ndarray]) -> np.ndarray:
    """Offer all batches of the stream, one after another, to the policy alone. Returns the numbers of the rows kept."""
    rng, names = np.random.default_rng(0), tuple(f"{c:03d}" for c in range(CLASSES))
    lane = Lane(capacity, names, np.zeros(0, np.int64), np.zeros(CLASSES, np.int64))
    kept = np.zeros(0, np.int64)
    for start in range(0, len(stream), batch):
        new = stream[start : start + batch]
        if signals:
            numbers = np.concatenate([kept, np.arange(start, start + len(new))])
            lane = replace(lane, signals={name: values[numbers] for name, values in signals.items()})
        placed = get_policy(policy)(lane, new, rng)
        classes = np.concatenate([lane.classes, new])[placed.slots]
        lane = Lane(capacity, names, classes, lane.seen + np.bincount(new, minlength=CLASSES), placed.state)
        if signals:
            kept = numbers[placed.slots]
    return kept


def add(policy: str, rows: pa.Table, capacity: int, batch: int, signals: dict[str, np.ndarray]) -> Memory:
    """Like `offer`, through `Memory.add`."""
    memory = Memory.empty(capacity, policy, 0)
    for start in range(0, len(rows), batch):
        new = rows.slice(start, batch)
        known = {}
        if signals:
            kept = [int(digest, 16) for digest in memory.rows["digest"].to_pylist()]
            numbers = np.concatenate([np.array(kept, np.int64), np.arange(start, start + len(new))])
            known = {name: values[numbers] for name, values in signals.items()}
        memory = memory.add(new, signals=known)
    return memory


def measure(policy: str, order: str, capacity: int, rows: int, batch: int, repeats: int) -> dict[str, Any]:
    """Items per second of the policy, of `Memory.add` and of the loop, and the ratios to the loop of the same round."""
    if policy in GROWING:
        rows, batch = max(1, rows // 10), max(1, batch // 10)
    rng = np.random.default_rng(1)
    stream = rng.integers(0, CLASSES, rows)
    if order == "class after class":
        stream.sort()
    every = 1 if policy in GROWING else max(1, rows // 100_000)
    short = stream[::every].tolist()  # the loop's share of the stream, same order
    made = {"surprise": lambda: rng.exponential(size=rows), "features": lambda: rng.normal(size=(rows, WIDTH))}
    signals = {name: made[name]().astype(np.float32) for name in NEEDS[policy]}
    more: list[Any] = [values[::every].tolist() if values.ndim == 1 else values[::every] for values in signals.values()]
    more += [batch] if policy in GROWING else []
    names = np.array([f"{c:03d}" for c in range(CLASSES)])
    columns = {
        "text": [f"What is number {i} ?" for i in range(rows)],
        "label": names[stream],
        "digest": [f"{i:032x}" for i in range(rows)],
    }
    events = pa.table(columns)
    rates = interleaved(
        repeats,
        lambda: rows / seconds(lambda: offer(policy, stream, capacity, batch, signals)),
        lambda: rows / seconds(lambda: add(policy, events, capacity, batch, signals)),
        lambda: len(short) / seconds(lambda: LOOPS[policy](short, capacity, 0, *more)),
    )
    speeds = dict(zip(("policy", "add", "loop"), rates))
    return {
        **{"policy": policy, "order": order, "capacity": capacity, "batch": batch, "rows": rows},
        "reference": (LOOPS[policy].__doc__ or "").strip(),
        **{f"{name}_items_per_second": spread(values) for name, values in speeds.items()},
        **{f"{name}_ratio": spread([x / y for x, y in zip(speeds[name], speeds["loop"])]) for name in ("policy", "add")},
    }


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure every policy in both orders at two capacities."""
    options = parser("memory", __doc__ or "")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--batch", type=int, default=50_000)
    options.add_argument("--capacities", type=int, nargs="+", default=[600, 10_000])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--policies", nargs="+", choices=sorted(LOOPS), default=list(LOOPS))
    options.add_argument("--learning", action="store_true", help="measure the peak memory of learning instead")
    options.add_argument("--stream", default="newsgroups", help="with --learning: the stream")
    options.add_argument("--each", type=int, nargs="+", default=[135, 540], help="with --learning: rows per experience")
    given = options.parse_args(argv)
    if given.learning:
        return compare(given)
    cases = [
        measure(policy, order, capacity, given.rows, given.batch, given.repeats)
        for policy in given.policies
        for order in ("shuffled", "class after class")
        for capacity in given.capacities
    ]
    result = {
        "target_items_per_second": 2_000_000,
        "least": min((row["policy_items_per_second"]["median"] for row in cases if row["policy"] not in GROWING), default=None),
        "least_by_policy": {
            policy: min(row["policy_items_per_second"]["median"] for row in cases if row["policy"] == policy)
            for policy in given.policies
        },
        "cases": cases,
    }
    rows = [
        [
            f"{row['policy']}, {row['order']}", row["capacity"], *(
                f"{row[key]['median'] / 1e6:.2f} ({row[key]['low'] / 1e6:.2f}-{row[key]['high'] / 1e6:.2f})"
                for key in ("policy_items_per_second", "add_items_per_second", "loop_items_per_second")
            ), f"{row['policy_ratio']['median']:.0f} x",
        ]
        for row in cases
    ]  # fmt: skip
    header = ["million items/s: median (range)", "capacity", "policy", "Memory.add", "Python loop", "policy/loop"]
    return finish("memory", result, table(header, rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
