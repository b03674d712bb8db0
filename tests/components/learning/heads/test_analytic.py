"""The analytic head's options: transport of stale statistics, layers and width chosen by leave-one-out, weights, calibration."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from components.errors import UsageError
from components.learning.heads import _ridge as ridge
from components.learning.heads import analytic
from components.learning.heads._calibration import usual
from components.learning.heads._statistics import Lesson
from components.learning.heads._transport import drift
from components.learning.heads.analytic import MOST_LAYERS, Analytic
from components.learning.method import read_method
from tests.examples import examples

pytestmark = pytest.mark.unit
LABELS = ["a", "b", "c", "d"]
WIDTHS = (0, 40, 120)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Smaller widths to choose from: an eigendecomposition of 2001 x 2001 takes seconds."""
    monkeypatch.setattr(analytic, "WIDTHS", WIDTHS)


def randn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def blobs(seed: int, n: int, classes: list[int], p: int = 6, noise: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, p) rows around the means of these classes, and their columns."""
    columns = torch.tensor(classes)[torch.arange(n) % len(classes)]
    return 2 * randn(99, 8, p)[columns] + noise * randn(seed, n, p), columns


def lesson(x: torch.Tensor, columns: torch.Tensor, **more: Any) -> Lesson:
    ones = torch.ones(len(x), dtype=torch.float64)
    return Lesson(**{
        "features": x, "columns": columns, "weights": ones, "counted": len(x), "fresh": False, "before": None,
        "trusted": torch.arange(len(x)), **more,
    })  # fmt: skip


def head_of(labels: list[str] = LABELS, **options: Any) -> Analytic:
    head: Analytic = read_method("head", {"kind": "analytic", "width": 0, **options})
    head.grow(labels, 6)
    return head


# ---------------------------------------------------------------- transport


@examples(8)
@given(seed=st.integers(0, 10**6), width=st.sampled_from([0, 30]))
def test_a_base_that_did_not_move_leaves_the_statistics_as_they_were(seed: int, width: int) -> None:
    old, new = blobs(seed, 40, [0, 1]), blobs(seed + 1, 40, [2, 3])
    heads = head_of(width=width, stale="transport"), head_of(width=width)
    for head, before in zip(heads, (new[0], None)):
        head.learn(lesson(*old, fresh=True))
        head.learn(lesson(*new, before=before))
    carried, plain = (head.state() for head in heads)
    assert all(torch.equal(carried[name], plain[name]) for name in plain)


@examples(8)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([0.1, 1.0, 30.0]))
def test_a_translation_is_followed_exactly_without_an_old_row(seed: int, scale: float) -> None:
    """As if the old rows had been encoded again: weights of the ridge solution, and so every answer, are the same."""
    old, new, shift = blobs(seed, 40, [0, 1]), blobs(seed + 1, 40, [2, 3]), scale * randn(seed + 2, 6)
    head, ideal = head_of(stale="transport"), head_of()
    for one in (head, ideal):
        one.learn(lesson(*old, fresh=True))
    everything = torch.cat([old[0], new[0]]) + shift, torch.cat([old[1], new[1]])
    head.learn(lesson(new[0] + shift, new[1], before=new[0]))
    ideal.load({name: one * (name in ("mean", "scale", "penalty")) for name, one in ideal.state().items()})  # no row yet
    ideal.add(ideal.phi(everything[0]), ridge.one_hot(everything[1], 4), torch.ones(80, dtype=torch.float64))
    ideal.solve()
    torch.testing.assert_close(head.statistics.whole_gram(), ideal.statistics.whole_gram(), rtol=1e-9, atol=1e-6)
    torch.testing.assert_close(head.statistics.cross, ideal.statistics.cross, rtol=1e-9, atol=1e-6)
    scores = [one.phi(everything[0]) @ one.statistics.weights for one in (head, ideal)]
    torch.testing.assert_close(*scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [0, 30])
def test_statistics_move_as_the_drift_in_their_own_features_says(width: int) -> None:
    old, new, moved = blobs(1, 40, [0, 1]), blobs(2, 40, [1, 2]), blobs(3, 40, [1, 2])
    head = head_of(width=width, stale="transport", bandwidth=0.5)
    head.learn(lesson(*old, fresh=True))
    phi, y = head.phi(old[0]), ridge.one_hot(old[1], 4)
    delta = drift(head.phi(new[0]), head.phi(moved[0]), (y.T @ phi) / y.sum(0).clamp(min=1e-9).unsqueeze(1), 0.5)
    shifted, late = phi + delta[old[1]], head.phi(moved[0])
    head.learn(lesson(moved[0], new[1], before=new[0]))
    torch.testing.assert_close(head.statistics.gram, shifted.T @ shifted + late.T @ late)
    torch.testing.assert_close(head.statistics.cross, shifted.T @ y + late.T @ ridge.one_hot(new[1], 4))
    assert head.statistics.cross[-1].tolist() == [20, 40, 20, 0], "the counts stay"


# ---------------------------------------------------------------- auto


def layered(seed: int, informative: int, total: int = MOST_LAYERS) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of `total` layers of 20; the classes are told apart by the one that is `informative` layers from the end."""
    x, columns = blobs(seed, 160, [0, 1, 2, 3], p=20, noise=3.0)
    layers = [randn(1000 * seed + k, 160, 20) for k in range(total)]
    layers[total - informative] = x
    return torch.cat(layers, 1), columns


@pytest.mark.parametrize("informative", [1, 2, 3])
def test_layers_auto_takes_as_many_as_are_needed(informative: int) -> None:
    x, columns = layered(5, informative)
    head = head_of(layers="auto")
    assert (head.layers, head.choose_layers) == (MOST_LAYERS, True)
    head.learn(lesson(x, columns, fresh=True))
    assert head.state()["chosen"].tolist() == [informative, 0]
    assert head.state()["gram"].numel() == (20 * informative + 1) * (20 * informative + 2) // 2
    exact = head_of(layers=informative)
    exact.learn(lesson(x[:, -20 * informative :], columns, fresh=True))
    assert torch.equal(head.probabilities(x), exact.probabilities(x[:, -20 * informative :]))


def test_width_auto_takes_random_features_only_where_they_are_needed(narrow: None) -> None:
    x = randn(3, 400, 2)
    straight, crossed = (x[:, 0] > 0).long(), (x[:, 0] * x[:, 1] > 0).long()
    chosen = {}
    for name, columns in (("straight", straight), ("crossed", crossed)):
        head = head_of(["a", "b"], width="auto")
        head.learn(lesson(x, columns, fresh=True))
        chosen[name] = head.state()["chosen"].tolist()[1]
    assert chosen["straight"] == 0
    assert chosen["crossed"] in WIDTHS[1:]


def test_auto_is_the_least_left_out_loss_of_all(narrow: None) -> None:
    x, columns = layered(8, 2, total=2)
    trusted = torch.arange(0, 160, 3)
    losses = {}
    for layers in (1, 2):
        for width in WIDTHS:
            one = head_of(width=width)
            one.learn(lesson(x[:, -20 * layers :], columns, fresh=True))
            phi = one.phi(x[:, -20 * layers :])[trusted]
            left_out = one.solve().left_out(phi, columns[trusted], torch.ones(len(trusted), dtype=torch.float64))
            losses[layers, width] = ridge.likeliest(left_out, columns[trusted])[1]
    head = head_of(layers=2, choose_layers=True, width="auto")
    head.learn(lesson(x, columns, fresh=True, trusted=trusted))
    assert tuple(head.state()["chosen"].tolist()) == min(losses, key=lambda choice: losses[choice])


def test_the_choice_stands_for_the_line_and_survives_saving(narrow: None) -> None:
    head = head_of(layers="auto", width="auto")
    head.learn(lesson(*layered(5, 1), fresh=True))
    chosen = head.state()["chosen"].tolist()
    assert chosen[0] == 1
    again = head_of([], layers="auto", width="auto")
    again.restore(head.labels, head.state())
    x = layered(6, 3)
    assert torch.equal(again.probabilities(x[0]), head.probabilities(x[0]))
    for fresh in (False, True):  # made anew after the base model moved, too
        again.learn(lesson(*x, fresh=fresh))
        assert again.state()["chosen"].tolist() == chosen
    assert again.fits(head.record())
    assert not head_of(layers=MOST_LAYERS, width="auto").fits(head.record())
    assert not head.fits(head_of(layers=MOST_LAYERS, width="auto").record())


def test_one_class_says_nothing_and_all_layers_are_used(narrow: None) -> None:
    head = head_of(["a"], layers="auto", width="auto")
    x, _ = layered(5, 1)
    head.learn(lesson(x, torch.zeros(160, dtype=torch.long), fresh=True))
    assert head.state()["chosen"].tolist() == [MOST_LAYERS, 0]


@pytest.mark.parametrize(("key", "value"), [("width", -1), ("width", "wide"), ("width", True), ("layers", 0), ("layers", "all")])
def test_a_wrong_size_is_named(key: str, value: object) -> None:
    with pytest.raises(UsageError, match=rf"learning\.head\.{key}: "):
        read_method("head", {"kind": "analytic", key: value})


# ---------------------------------------------------------------- erasure, weights, calibration


OPTIONS: list[dict[str, Any]] = [
    {}, {"width": 30}, {"balance": 0.5}, {"stale": "transport"}, {"layers": 2, "choose_layers": True}, {"width": "auto"},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@examples(4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), gone=st.sets(st.integers(0, 39), min_size=1, max_size=20))
def test_erased_rows_were_never_there_whatever_the_options(
    options: dict[str, Any], seed: int, gone: set[int], narrow: None
) -> None:
    """Rows that came when the base model was moved by a translation, too: any rows measure it alike. Calibration stays."""
    old, new, shift = blobs(seed, 40, [0, 1]), blobs(seed + 1, 40, [1, 2, 3]), randn(seed + 2, 6)
    head = head_of(**options)
    head.learn(lesson(*old, fresh=True))
    never = head_of(**options)
    never.restore(head.labels, {name: tensor.clone() for name, tensor in head.state().items()})
    moved = options.get("stale") == "transport"
    x = new[0] + shift if moved else new[0]
    kept, lost = torch.tensor([i for i in range(40) if i not in gone]), torch.tensor(sorted(gone))
    head.learn(lesson(x, new[1], before=new[0] if moved else None))
    head.erase(x[lost], [LABELS[c] for c in new[1][lost].tolist()])
    never.learn(lesson(x[kept], new[1][kept], before=new[0][kept] if moved else None))
    for name in ("gram", "cross"):
        torch.testing.assert_close(head.state()[name], never.state()[name], rtol=1e-6, atol=1e-6)
    assert head.statistics.penalty == never.statistics.penalty
    scores = [one.phi(old[0]) @ one.statistics.weights for one in (head, never)]
    torch.testing.assert_close(*scores, rtol=1e-4, atol=1e-5)
    assert head.statistics.rows == never.statistics.rows == 40 + len(kept)


def test_a_class_whose_rows_are_all_erased_is_never_answered() -> None:
    x, columns = blobs(4, 120, [0, 1, 2, 3])
    head = head_of()
    head.learn(lesson(x, columns, fresh=True))
    head.erase(x[columns == 2], ["c"] * 30)
    found = head.probabilities(x)
    assert not found[:, 2].any()
    torch.testing.assert_close(found.sum(1), torch.ones(120, dtype=torch.float64))


@examples(5)
@given(order=st.permutations(range(4)), seed=st.integers(0, 1000), width=st.sampled_from([0, 30]))
def test_any_order_of_experiences_gives_the_same_answers(order: list[int], seed: int, width: int) -> None:
    """A base that stands still; with random features, the same rows in front of them: the first experience stays first."""
    parts = [blobs(seed + i, 30 + 10 * i, [i, (i + 1) % 4, (i + 2) % 4], noise=2.0) for i in range(4)]
    order = order if not width else [0, *(i for i in order if i)]
    heads = head_of(width=width), head_of(width=width)
    for head, line in zip(heads, (range(4), order)):
        for k, i in enumerate(line):
            head.learn(lesson(*parts[i], fresh=k == 0))
    assert heads[0].statistics.penalty == heads[1].statistics.penalty
    x, _ = blobs(seed + 9, 50, [0, 1, 2, 3], noise=2.0)
    one, other = (head.phi(x) @ head.statistics.weights for head in heads)
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("options", [{}, {"width": 500}], ids=["plain", "random features"])
def test_calibration_makes_rows_never_seen_more_likely(seed: int, options: dict[str, Any]) -> None:
    """Against raw scores as logits, and nearly as good as a temperature fitted to those very rows."""
    x, columns = blobs(seed, 200, [0, 1, 2, 3], noise=1.5)
    new, truth = blobs(1000 + seed, 4000, [0, 1, 2, 3], noise=1.5)
    head = head_of(**options)
    head.learn(lesson(x, columns, fresh=True))
    scores = head.phi(new) @ head.statistics.weights
    loss = float(-head.probabilities(new)[torch.arange(4000), truth].log().mean())
    assert loss <= float(torch.nn.functional.cross_entropy(scores * usual(4), truth)) + 0.005
    assert loss < ridge.likeliest(scores, truth)[1] + 0.02
