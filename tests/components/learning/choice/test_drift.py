"""The decision of `adapt: drift`: a reference implementation, its invariances, and what it does to a line of experiences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Experience
from components.errors import UsageError
from components.learning.choice.drift import Decision, Floats, Ints, skill, spread_over
from components.learning.choice.resolve import refuse_illegal
from components.learning.learn import learn
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace
from tests.examples import examples

unit, integration = pytest.mark.unit, pytest.mark.integration


def data(seed: int, n: int = 30, m: int = 20, classes: int = 3, p: int = 4) -> tuple[Floats, Ints, Floats, Ints]:
    """Overlapping classes; integers, so that moving them about is exact."""
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, classes, n + m)
    means = rng.integers(-20, 20, (classes, p))
    x = (means[columns] + rng.integers(-15, 16, (n + m, p))).astype(np.float64)
    return x[:n], columns[:n], x[n:], columns[n:]


def by_hand(features: Floats, columns: Ints, others: Floats, other_columns: Ints) -> float:
    """One row after another, with loops."""
    x, y = np.concatenate([features, others]), np.concatenate([columns, other_columns])
    names, right = sorted(set(y.tolist())), {}
    for i in range(len(features)):
        rest = np.arange(len(x)) != i
        if not (y[rest] == y[i]).any():
            continue
        away = {c: float(((x[i] - x[rest & (y == c)].mean(0)) ** 2).sum()) for c in names}
        best = all(away[int(y[i])] < value for c, value in away.items() if c != y[i])
        right.setdefault(int(y[i]), []).append(best)
    chance = 1 / len(names)
    return (float(np.mean([np.mean(own) for own in right.values()])) - chance) / (1 - chance)


@unit
@examples(20)
@given(seed=st.integers(0, 10**6), classes=st.integers(2, 6))
def test_it_is_leave_one_out_done_by_hand(seed: int, classes: int) -> None:
    given_ = data(seed, classes=classes)
    assert skill(*given_) == pytest.approx(by_hand(*given_), abs=1e-12)


@unit
@examples(20)
@given(seed=st.integers(0, 10**6), shift=st.integers(-1000, 1000), power=st.integers(-8, 8), data_=st.data())
def test_moving_turning_scaling_reordering_and_renaming_change_nothing(
    seed: int, shift: int, power: int, data_: st.DataObject
) -> None:
    x, y, others, other_y = data(seed)
    before = skill(x, y, others, other_y)
    axes = np.array(data_.draw(st.permutations(range(4))))
    signs = np.array(data_.draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=4, max_size=4)))
    order, new_names = np.array(data_.draw(st.permutations(range(len(x))))), np.array(data_.draw(st.permutations(range(3))))

    def moved(z: Floats) -> Floats:
        return np.asarray((z + shift)[:, axes] * signs * 2.0**power)

    assert skill(moved(x)[order], new_names[y[order]], moved(others), new_names[other_y]) == pytest.approx(before, abs=1e-12)


@unit
@examples(20)
@given(seed=st.integers(0, 10**6))
def test_any_rotation_changes_nothing(seed: int) -> None:
    x, y, others, other_y = data(seed)
    rng = np.random.default_rng(seed)
    noise = 0.01 * rng.standard_normal((50, 4))  # no ties, which rounding could break either way
    x, others = x + noise[:30], others + noise[30:]
    turn, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    assert skill(x @ turn, y, others @ turn, other_y) == pytest.approx(skill(x, y, others, other_y), abs=1e-12)


@unit
def test_its_scale_is_chance_to_perfection() -> None:
    rng = np.random.default_rng(0)
    y, none, no_class = np.arange(600) % 4, np.zeros((0, 8)), np.zeros(0, np.int64)
    assert skill(np.eye(8)[y] + 0.01 * rng.standard_normal((600, 8)), y, none, no_class) == 1.0
    assert abs(skill(rng.standard_normal((600, 8)), y, none, no_class) or 0) < 0.1
    assert skill(np.ones((6, 2)), np.array([0, 0, 1, 1, 2, 2]), none[:, :2], no_class) == pytest.approx(-0.5), "ties are wrong"


@unit
def test_what_cannot_be_measured_is_said() -> None:
    x, none, no_class = np.eye(3), np.zeros((0, 3)), np.zeros(0, np.int64)
    assert skill(none, no_class, x, np.arange(3)) is None
    assert skill(x, np.zeros(3, np.int64), none, no_class) is None, "one class: nothing to tell it from"
    assert skill(x, np.arange(3), none, no_class) is None, "no class has a second row"
    assert skill(x, np.array([0, 0, 1]), none, no_class) is not None


@unit
@pytest.mark.parametrize(
    ("found", "reference", "threshold", "move"),
    [
        (0.5, 0.8, 0.1, True), (0.75, 0.8, 0.1, False), (0.9, 0.8, 0.1, False), (0.79, 0.8, 0.0, True), (0.8, 0.8, 0.0, False),
        (None, 0.8, 0.1, False), (0.9, None, 0.1, True), (None, None, 0.1, True), (-0.5, 1.0, 2.0, False),
    ],
)  # fmt: skip
def test_the_decision(found: float | None, reference: float | None, threshold: float, move: bool) -> None:
    decision = Decision(found, reference, threshold, 10)
    assert decision.move is move
    assert decision.record()["move"] is move


@unit
@examples(30)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), limit=st.integers(12, 100))
def test_rows_are_spread_over_classes(sizes: list[int], limit: int) -> None:
    labels = [str(c) for c, size in enumerate(sizes) for _ in range(size)]
    rows = np.arange(len(labels))
    kept = spread_over(labels, rows, limit)
    assert len(set(kept.tolist())) == len(kept) <= limit
    assert sorted(kept.tolist()) == kept.tolist()
    counts = [sum(labels[i] == str(c) for i in kept) for c in range(len(sizes))]
    assert counts == [min(size, limit // len(sizes)) for size in sizes]


def a_line(
    experiences: list[Experience], workspace: Workspace, learning: LearningSettings, **more: Any
) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Manifests of the checkpoints, and the steps that each experience took."""
    manifests: list[dict[str, Any]] = []
    taken: list[list[int]] = []
    parent = None
    for experience in experiences:
        steps: list[int] = []

        def note(done: int, total: int, line: str, steps: list[int] = steps) -> None:
            steps.append(done)

        found = learn(experience, parent, learning, seed=3, workspace=workspace, progress=note, **more)
        parent = workspace.checkpoint(found.checkpoint)
        manifests.append(read_manifest(parent))
        taken.append(steps)
    return manifests, taken


@integration
@pytest.mark.parametrize("head", [{"kind": "analytic", "width": 20}, {"kind": "prototypes"}], ids=lambda head: head["kind"])
def test_the_base_moves_again_only_when_told_to(
    head: dict[str, Any], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Callable[..., LearningSettings],
) -> None:  # fmt: skip
    adapters: dict[float, list[str]] = {}
    for threshold in (0.0, 2.0):
        regime = {"kind": "lora", "rank": 2, "adapt": "drift", "threshold": threshold}
        manifests, taken = a_line(experiences, workspace, settings_for(tiny_encoder, regime=regime, head=head))
        assert "notes" not in manifests[0], "the first experience asks nothing"
        note = manifests[1]["notes"]["drift"]
        assert note["threshold"] == threshold
        assert note["rows"] == 32
        assert -1 <= note["skill"] <= 1
        assert note["move"] is (note["reference"] - note["skill"] > threshold)
        assert bool(taken[1]) is note["move"]
        adapters[threshold] = [m["files"]["adapter/adapter_model.safetensors"]["sha256"] if isinstance(
            m["files"]["adapter/adapter_model.safetensors"], dict) else m["files"]["adapter/adapter_model.safetensors"]
            for m in manifests]  # fmt: skip
        assert (adapters[threshold][0] == adapters[threshold][1]) is not note["move"]
    assert adapters[2.0][0] == adapters[2.0][1], "no drop is larger than 2"


@integration
def test_new_rows_that_cannot_be_told_apart_move_the_base(
    make: Callable[..., Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> None:
    """Labels that follow the word, and then labels that nothing in the text tells."""
    from tests.components.learning.conftest import sentences  # type: ignore[import-not-found]

    plain = [(text, label) for pair in zip(*map(sentences, ("fruit", "tool"))) for text, label in zip(pair, ("fruit", "tool"))]
    coins = np.random.default_rng(0).permutation(np.arange(40) % 2)
    odd = [(text, ("bird", "metal")[coin]) for text, coin in zip(sentences("bird") * 2, coins)]
    regime = {"kind": "lora", "rank": 2, "adapt": "drift", "threshold": 0.3}
    line = [make(workspace, plain, "plain"), make(workspace, odd[:20] + [(t + " now", y) for t, y in odd[20:]], "odd")]
    long = {"kind": "adamw", "rate": 0.02, "epochs": 30, "batch": 8, "validation": 0}
    manifests, taken = a_line(line, workspace, settings_for(tiny_encoder, regime=regime, optimizer=long))
    assert manifests[1]["notes"]["drift"]["move"] is True, manifests[1]["notes"]
    assert taken[1]


@integration
def test_it_is_refused_for_a_model_that_writes(tiny_encoder: Path, tiny_llama: Path) -> None:
    regime = {"kind": "lora", "adapt": "drift"}
    refuse_illegal(LearningSettings.model_validate({"base": str(tiny_encoder), "regime": regime}))
    with pytest.raises(UsageError, match="encoder's features"):
        refuse_illegal(LearningSettings.model_validate({"base": str(tiny_llama), "regime": regime}))
