"""Rows leave the sums with the weight that they are in them with, whatever happened in between."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UsageError
from components.learning.heads import _ridge as ridge
from components.learning.heads._row_weights import RowWeights
from components.learning.heads._statistics import Lesson, StatisticsHead
from components.learning.method import read_method
from tests.examples import examples

pytestmark = pytest.mark.unit
LABELS = ["a", "b", "c"]
WIDTH = 5


class Line:
    """A head over a stream, a bounded memory beside it, and what must be in its sums: a weight for each row."""

    def __init__(self, config: dict[str, Any], seed: int) -> None:
        self.head: StatisticsHead = read_method("head", config)
        self.generator = torch.Generator().manual_seed(seed)
        self.shift = torch.zeros(WIDTH, dtype=torch.float64)  # the base model moves by translations
        self.x: list[torch.Tensor] = []  # rows as the first base model reads them
        self.columns: list[int] = []
        self.experience: list[int] = []
        self.weight: list[float] = []
        self.memory: list[int] = []
        self.gone: set[int] = set()
        self.learned = 0

    def digest(self, row: int) -> str:
        return hashlib.sha256(str(row).encode()).hexdigest()

    def read(self, rows: list[int], shift: torch.Tensor | None = None) -> torch.Tensor:
        return torch.stack([self.x[i] for i in rows]) + (self.shift if shift is None else shift)

    def experience_of(self, n: int, how: str) -> None:
        """Learn n new rows; how: still, refresh (the base moves, sums are rebuilt from memory) or transport."""
        new = list(range(len(self.x), len(self.x) + n))
        for i in new:
            self.columns.append(i % 3)
            point = 3 * torch.eye(3, WIDTH, dtype=torch.float64)[i % 3] + torch.randn(WIDTH, generator=self.generator)
            self.x.append((point * 64).round() / 64)  # on the grid of heads that round
            self.experience.append(self.learned)
            self.weight.append(1.0)
        self.head.grow(LABELS, WIDTH)
        before = self.shift
        if how != "still":
            self.shift = before + (torch.randn(WIDTH, generator=self.generator) * 64).round() / 64
        rows = new + self.memory
        fresh = how == "refresh" or not self.head.taught
        weights = torch.ones(len(rows), dtype=torch.float64)
        if fresh:
            seen = [sum(self.columns[i] == c for i in range(new[0]) if i not in self.gone) for c in range(3)]
            for k, i in enumerate(self.memory):
                kept = sum(self.columns[j] == self.columns[i] for j in self.memory)
                weights[n + k] = max(1.0, seen[self.columns[i]] / kept)
            self.weight = [0.0] * new[0] + [1.0] * n
            for k, i in enumerate(self.memory):
                self.weight[i] = float(weights[n + k])
        self.head.take(Lesson(
            self.read(rows), torch.tensor([self.columns[i] for i in rows]), weights, len(rows) if fresh else n, fresh,
            self.read(rows, before) if how == "transport" and not fresh else None, torch.arange(n), self.learned,
            [self.digest(i) for i in self.memory] if fresh else (),
        ))  # fmt: skip
        self.memory = (self.memory + new)[-12:]  # the oldest are evicted; what they weigh in the sums stays
        self.learned += 1

    def erase(self, rows: list[int]) -> None:
        labels, where = [LABELS[self.columns[i]] for i in rows], [self.experience[i] for i in rows]
        self.head.erase(self.read(rows), labels, [self.digest(i) for i in rows], where)  # type: ignore[attr-defined]
        for i in rows:
            self.weight[i] = 0.0
            self.gone.add(i)
        self.memory = [i for i in self.memory if i not in rows]

    def reload(self) -> None:
        again: StatisticsHead = read_method("head", self.head.record())
        again.restore(self.head.labels, {name: tensor.clone() for name, tensor in self.head.state().items()})
        self.head = again

    def expected(self) -> tuple[torch.Tensor, torch.Tensor]:
        """G and Q of all rows with a last feature of 1, in raw features."""
        phi = torch.cat([self.read(list(range(len(self.x)))), torch.ones(len(self.x), 1, dtype=torch.float64)], 1)
        weighted = phi * torch.tensor(self.weight).unsqueeze(1).double()
        return weighted.T @ phi, weighted.T @ ridge.one_hot(torch.tensor(self.columns), 3)

    def found(self) -> tuple[torch.Tensor, torch.Tensor]:
        if self.head.kind == "analytic":
            own = self.head.statistics  # type: ignore[attr-defined]
            unit = torch.cat([own.scale.double().diag(), own.mean.double().unsqueeze(1)], 1)
            unit = torch.cat([unit, torch.eye(1, WIDTH + 1, dtype=torch.float64).roll(WIDTH, 1)])
            return unit @ own.whole_gram() @ unit.T, unit @ own.cross
        state = self.head.state()
        cross = torch.cat([state["sums"].T, state["counts"].unsqueeze(0)])
        moment = ridge.unpack(state["moment"], WIDTH)
        outer = torch.cat([moment, cross[:-1].sum(1, keepdim=True)], 1)
        return torch.cat([outer, torch.cat([cross[:-1].sum(1), state["counts"].sum().unsqueeze(0)]).unsqueeze(0)]), cross


ACTIONS = st.one_of(
    st.tuples(st.sampled_from(["still", "refresh", "transport"]), st.integers(6, 20)),
    st.tuples(st.just("erase"), st.lists(st.integers(0, 200), min_size=1, max_size=8)),
    st.tuples(st.just("reload"), st.none()),
)


@pytest.mark.parametrize("kind", [{"kind": "analytic", "width": 0}, {"kind": "lda", "shrinkage": 0.1}], ids=["analytic", "lda"])
@examples(25)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=8), seed=st.integers(0, 10**6))
def test_the_sums_are_those_of_what_is_left(kind: dict[str, Any], actions: list[tuple[str, Any]], seed: int) -> None:
    """After learning, refreshes, transport, eviction, erasure and loading in any order; and G has no negative eigenvalue."""
    line = Line({"stale": "transport", **kind}, seed)
    line.experience_of(12, "still")
    for action, given_ in actions:
        if action == "reload":
            line.reload()
        elif action == "erase":
            rows = {i % len(line.x) for i in given_} - line.gone
            if rows:
                line.erase(sorted(rows))
        else:
            line.experience_of(given_, action)
        gram, cross = line.found()
        expected = line.expected()
        torch.testing.assert_close(cross, expected[1], rtol=1e-7, atol=1e-6)
        torch.testing.assert_close(gram, expected[0], rtol=1e-7, atol=1e-5)
        values = torch.linalg.eigvalsh(gram)
        assert float(values[0]) >= -1e-9 * max(1.0, float(values[-1]))


def test_erasing_twice_takes_nothing_more_and_later_rows_weigh_one() -> None:
    weights = RowWeights.rebuilt(2, ["00" * 32, "ff" * 32], torch.tensor([7.5, 2.0]))
    taken, left = weights.take(["ff" * 32, "ab" * 32, "ff" * 32], [0, 1, 2])
    assert taken.tolist() == [2.0, 0.0, 1.0], "in the sums with 2, not in them, and learned since"
    again, _ = left.take(["ff" * 32, "00" * 32], [0, 1])
    assert again.tolist() == [0.0, 7.5]
    assert RowWeights.load(left.state()) == left
    assert RowWeights.load({}) == RowWeights()


def test_sums_that_an_earlier_release_rebuilt_refuse_to_guess() -> None:
    head = read_method("head", {"kind": "analytic", "width": 0})
    head.grow(LABELS, WIDTH)
    x, columns = torch.randn(30, WIDTH, generator=torch.Generator().manual_seed(1)).double(), torch.arange(30) % 3
    head.learn(Lesson(x, columns, torch.full((30,), 2.5).double(), 30, True, None, torch.arange(30)))
    with pytest.raises(UsageError, match="did not keep the rows' weights"):
        head.erase(x[:1], ["a"])
