"""Class-balancing reservoir sampling: classes as equal as the stream allows, and within a class a fair sample."""

from __future__ import annotations

import numpy as np

from components.memory.policies import Ints, Lane, Placement, policy
from components.memory.shares import rank_in_class

CHUNK = 16_384  # rows whose candidates are found together; smaller keeps the bound tighter, larger saves calls


@policy("class_balanced")
def class_balanced(lane: Lane, offered: Ints, rng: np.random.Generator) -> Placement:
    """CBRS (Chrysakis and Moens, ICML 2020, Algorithm 1), exact, looping only over rows that can come in.

    If there is room: store. Otherwise a class that was never a largest one stores its row over a random row of a largest class.
    A class that was one ("full") stores with probability m_c/n_c over a random row of its own, with m_c stored and n_c seen.
    The size of the largest class never grows once the memory is full. So a row with coin u >= bound/n_c cannot come in,
    whatever happens before it, and all such rows are skipped at once.
    Free slots left by erasure or by a raised capacity are filled at the rate m_c/n_c of the class's rows.
    """
    board = _Board(lane)
    if board.rows > lane.capacity:
        board.shrink(lane.capacity, rng)
    ordinal = lane.seen[offered] + rank_in_class(offered) + 1  # n_c when each row comes, itself included
    coin = rng.random(len(offered))
    start = 0
    if board.rows < lane.capacity:
        rate = np.divide(board.sizes, lane.seen, out=np.ones(len(lane.seen)), where=lane.seen > 0)
        entering = np.flatnonzero(coin < rate[offered])[: lane.capacity - board.rows]
        filled = board.rows + len(entering) == lane.capacity
        start = int(entering[-1]) + 1 if filled and len(entering) else len(offered)
        board.append(offered[entering], len(lane.classes) + entering)
    if board.rows < lane.capacity or not lane.capacity:
        return board.placement()
    board.mark_largest()
    for begin in range(start, len(offered), CHUNK):
        chunk = slice(begin, begin + CHUNK)
        classes, reach = offered[chunk], coin[chunk] * ordinal[chunk]
        candidates = np.flatnonzero(reach < board.bounds()[classes])
        board.offer(
            classes[candidates].tolist(),
            reach[candidates].tolist(),
            (len(lane.classes) + begin + candidates).tolist(),
            rng.random(len(candidates)).tolist(),
        )
    return board.placement()


class _Board:
    """Working state of one call: which item each slot holds, the slots of each class, and which classes are full."""

    def __init__(self, lane: Lane) -> None:
        self.holds: list[int] = []
        self.slots: list[list[int]] = [[] for _ in lane.labels]
        self.sizes = np.zeros(len(lane.labels), dtype=np.int64)
        self.largest: list[int] = []  # the classes of size `top`
        self.top = 0
        self.append(lane.classes, np.arange(len(lane.classes)))
        # Full: a class that lost or refused a row, which happens only after it was a largest one. Classes that are a largest one
        # now are marked when offering begins; a class that no longer is one has lost a row.
        self.full = self.sizes < lane.seen

    @property
    def rows(self) -> int:
        return len(self.holds)

    def placement(self) -> Placement:
        return Placement(np.asarray(self.holds, dtype=np.int64))

    def append(self, classes: Ints, items: Ints) -> None:
        for place, c in enumerate(classes.tolist(), start=self.rows):
            self.slots[c].append(place)
        self.holds += items.tolist()
        self.sizes += np.bincount(classes, minlength=len(self.sizes))

    def mark_largest(self) -> None:
        """Mark every class that is as large as the largest as full."""
        self.top = int(self.sizes.max(initial=0))
        self.largest = np.flatnonzero(self.sizes == self.top).tolist()
        self.full[self.largest] = True

    def bounds(self) -> Ints:
        """(C,) most rows that each class can hold from now on, at least 1."""
        return np.maximum(np.where(self.full, self.sizes, self.sizes.max(initial=0)), 1)

    def free_largest(self, draw: float) -> int:
        """Free a random slot of the largest classes (they have equal sizes); `draw` is uniform on [0, 1)."""
        which = int(draw * len(self.largest) * self.top)
        victim = self.largest.pop(which // self.top)
        mine = self.slots[victim]
        mine[which % self.top], mine[-1] = mine[-1], mine[which % self.top]
        self.sizes[victim] -= 1
        return mine.pop()

    def shrink(self, capacity: int, rng: np.random.Generator) -> None:
        """Free random slots of the largest classes, one after another, until `capacity` are left."""
        self.mark_largest()
        for draw in rng.random(self.rows - capacity).tolist():
            self.free_largest(draw)
            if not self.largest:
                self.mark_largest()
        left = np.sort(np.concatenate([np.asarray(mine, dtype=np.int64) for mine in self.slots]))
        self.holds = [self.holds[place] for place in left]
        self.slots = [np.searchsorted(left, mine).tolist() for mine in self.slots]

    def offer(self, classes: list[int], reach: list[float], items: list[int], draws: list[float]) -> None:
        """Algorithm 1 on the candidates; `reach` is coin * n_c, so that reach < m_c is the acceptance."""
        for c, r, item, draw in zip(classes, reach, items, draws):
            mine = self.slots[c]
            if self.full[c] and mine:
                if r < len(mine):
                    self.holds[mine[int(draw * len(mine))]] = item
            elif not self.full[c] or r < 1.0:  # a full class with no row left may come back
                slot = self.free_largest(draw)
                self.holds[slot] = item
                self.slots[c].append(slot)
                self.sizes[c] += 1
                if self.sizes[c] == self.top:
                    self.largest.append(c)
                    self.full[c] = True
                if not self.largest:
                    self.mark_largest()
