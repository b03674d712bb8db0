"""Nearest class mean: exact sums, erasure bit for bit, left-out scores against refitting."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.learning.heads._class_sums import ClassSums, likeliest
from components.learning.heads._statistics import Lesson
from components.learning.heads.lda import Lda
from components.learning.heads.prototypes import Prototypes
from tests.examples import examples

pytestmark = pytest.mark.unit
HEADS: list[tuple[type[ClassSums], dict[str, Any]]] = [
    (Prototypes, {"distance": "cosine"}),
    (Prototypes, {"distance": "cosine", "centre": False}),
    (Prototypes, {"distance": "euclidean"}),
    (Lda, {}),
]


def data(seed: int, n: int = 40, p: int = 6, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of overlapping classes, off the origin, at several scales; every class is there at least twice."""
    generator = torch.Generator().manual_seed(seed)
    columns = torch.cat([torch.arange(2 * classes) % classes, torch.randint(classes, (n - 2 * classes,), generator=generator)])
    means = torch.randn(classes, p, generator=generator)
    return (means[columns] + torch.randn(n, p, generator=generator)) * torch.logspace(-1, 1, p) + 3, columns


def lesson(x: torch.Tensor, columns: torch.Tensor, fresh: bool = False, before: torch.Tensor | None = None) -> Lesson:
    """All rows count once."""
    return Lesson(x, columns, torch.ones(len(x)).double(), len(x), fresh, before, torch.arange(len(x)))


def taught(kind: type[ClassSums], config: dict[str, Any], parts: list[tuple[torch.Tensor, torch.Tensor]]) -> Any:
    """A head of three classes that was given these parts, one after another."""
    head = kind(**config)
    head.grow(["a", "b", "c"], 6)
    for i, (x, columns) in enumerate(parts):
        head.learn(lesson(x, columns, fresh=i == 0))
    return head


def same(one: ClassSums, other: ClassSums, but: tuple[str, ...] = ()) -> bool:
    return all(torch.equal(tensor, other.state()[name]) for name, tensor in one.state().items() if name not in but)


@pytest.mark.parametrize(("kind", "config"), HEADS)
@examples(6)
@given(seed=st.integers(0, 10**6), gone=st.sets(st.integers(0, 39), min_size=1, max_size=25))
def test_erased_rows_were_never_there_bit_for_bit(
    kind: type[ClassSums], config: dict[str, Any], seed: int, gone: set[int]
) -> None:
    (x, columns), second = data(seed), data(seed + 1)
    chosen, kept = torch.tensor(sorted(gone)), torch.tensor([i for i in range(40) if i not in gone])
    head = taught(kind, config, [(x, columns), second])
    head.erase(x[chosen], ["abc"[c] for c in columns[chosen].tolist()])
    never = taught(kind, config, [(x[kept], columns[kept]), second])
    for name in ("counts", "sums", "moment"):
        if name in head.state():
            assert torch.equal(head.state()[name], never.state()[name]), name
    if kind is Prototypes:
        assert torch.equal(head.scores(x), never.scores(x)), "what it answers is the statistics' alone"


@pytest.mark.parametrize(("kind", "config"), HEADS)
@examples(6)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(80)), cut=st.integers(1, 79))
def test_any_order_in_any_parts_gives_the_same_bits(
    kind: type[ClassSums], config: dict[str, Any], seed: int, order: list[int], cut: int
) -> None:
    x, columns = (torch.cat(pair) for pair in zip(data(seed), data(seed + 1)))
    whole = taught(kind, config, [(x, columns)])
    parts = taught(kind, config, [(x[order[:cut]], columns[order[:cut]]), (x[order[cut:]], columns[order[cut:]])])
    for name in ("counts", "sums", "moment"):
        if name in whole.state():
            assert torch.equal(whole.state()[name], parts.state()[name]), name


@pytest.mark.parametrize("config", [{"distance": "euclidean"}, {"distance": "cosine", "centre": False}])
@pytest.mark.parametrize("weight", [1.0, 2.5])
def test_left_out_scores_equal_never_having_seen_the_row(config: dict[str, Any], weight: float) -> None:
    x, columns = data(3)
    head = taught(Prototypes, config, [(x, columns)])
    weights = torch.where(torch.arange(40) < 20, weight, 1.0).double()
    head.begin(6)
    head.add(x, columns, weights)
    found = head.left_out(x, columns, weights)
    for i in range(0, 40, 7):
        rest = torch.arange(40) != i
        never = taught(Prototypes, config, [(x, columns)])
        never.begin(6)
        never.add(x[rest], columns[rest], weights[rest])
        torch.testing.assert_close(found[i], never.scores(x[i : i + 1])[0], rtol=1e-9, atol=1e-9)


def test_it_answers_the_nearest_mean() -> None:
    x, columns = data(4)
    means = torch.stack([x[columns == c].double().mean(0) for c in range(3)])
    euclidean = taught(Prototypes, {"distance": "euclidean"}, [(x, columns)])
    assert torch.equal(euclidean.probabilities(x).argmax(1), torch.cdist(x.double(), means).argmin(1))
    cosine = taught(Prototypes, {"distance": "cosine"}, [(x, columns)])
    centre = x.double().mean(0)
    similar = torch.nn.functional.cosine_similarity((x.double() - centre).unsqueeze(1), (means - centre).unsqueeze(0), dim=-1)
    torch.testing.assert_close(cosine.scores(x), similar, rtol=1e-4, atol=1e-5)


def test_the_temperature_is_where_left_out_rows_are_likeliest() -> None:
    generator = torch.Generator().manual_seed(0)
    for scale in (1e-3, 1.0, 1e4):  # whatever the unit of the scores
        scores = torch.randn(20000, 4, generator=generator).double()
        truth = torch.multinomial((3 * scores).softmax(-1), 1, generator=generator)[:, 0]
        factor, _ = likeliest(scores * scale, truth)
        assert factor * scale == pytest.approx(3, rel=0.08)


@pytest.mark.parametrize(("kind", "config"), HEADS)
def test_growth_keeps_what_is_there_and_unseen_classes_win_nothing(kind: type[ClassSums], config: dict[str, Any]) -> None:
    x, columns = data(5)
    head = taught(kind, config, [(x, columns)])
    before, state = head.probabilities(x), head.state()
    head.grow(["aa", "d", "b"], 6)
    assert head.labels == ("a", "b", "c", "aa", "d")
    after = head.probabilities(x)
    for name in ("counts", "sums"):
        assert torch.equal(head.state()[name][:3], state[name])
        assert not head.state()[name][3:].any()
    torch.testing.assert_close(after[:, :3], before, rtol=1e-12, atol=1e-14)
    assert not after[:, 3:].any()


@pytest.mark.parametrize(("kind", "config"), HEADS)
def test_growth_by_name_in_any_order_gives_the_same_answers(kind: type[ClassSums], config: dict[str, Any]) -> None:
    x, columns = data(6)
    one, other = kind(**config), kind(**config)
    one.grow(["a", "b", "c"], 6)
    for label in ("c", "a", "b"):
        other.grow([label], 6)
    one.learn(lesson(x, columns, fresh=True))
    place = torch.tensor([other.labels.index(label) for label in "abc"])
    other.learn(lesson(x, place[columns], fresh=True))
    torch.testing.assert_close(one.probabilities(x), other.probabilities(x)[:, place], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("kind", "config"), HEADS)
def test_its_state_comes_back_bit_for_bit_and_learns_on(kind: type[ClassSums], config: dict[str, Any]) -> None:
    x, columns = data(7)
    head, again = taught(kind, config, [(x, columns)]), kind(**config)
    again.restore(head.labels, {name: tensor.clone() for name, tensor in head.state().items()})
    assert torch.equal(again.probabilities(x), head.probabilities(x))
    for one in (head, again):
        one.learn(lesson(*data(8)))
        one.erase(x[:3], ["abc"[c] for c in columns[:3].tolist()])
    assert same(head, again)


@pytest.mark.parametrize(("kind", "config"), HEADS)
def test_erasing_a_whole_class_or_everything_leaves_it_standing(kind: type[ClassSums], config: dict[str, Any]) -> None:
    x, columns = data(9)
    head = taught(kind, config, [(x, columns)])
    head.erase(x[columns == 1], ["b"] * int((columns == 1).sum()))
    assert not head.probabilities(x)[:, 1].any()
    torch.testing.assert_close(head.probabilities(x).sum(1), torch.ones(40).double())
    rest = columns != 1
    head.erase(x[rest], ["abc"[c] for c in columns[rest].tolist()])
    torch.testing.assert_close(head.probabilities(x), torch.full((40, 3), 1 / 3).double())
