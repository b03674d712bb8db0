"""DER and DER++: the terms of the paper on hand-made scores, and scores that stay those of the moment when a row came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from components.contracts import Experience
from components.learning.learn import learn
from components.learning.method import read_method
from components.learning.networks.encoder import Classifier
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.recipe import Recipe
from components.learning.rehearsal.der import Der, dense, distance
from components.learning.run import Batch, Draw, Past, Run, Split
from components.learning.shared_bases import load_predictor
from components.learning.trainer import Machinery, Position, train
from components.memory import Memory
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace

unit, integration = pytest.mark.unit, pytest.mark.integration
Make = Callable[..., LearningSettings]
MakeExperience = Callable[..., Experience]


@unit
def test_the_distance_is_the_mean_over_known_columns_then_over_rows() -> None:
    scores = torch.tensor([[1.0, 2.0, 30.0], [0.0, 1.0, -1.0], [5.0, 5.0, 5.0]])
    stored = torch.tensor([[0.0, 4.0, 0.0], [1.0, 1.0, 2.0], [0.0, 0.0, 0.0]])
    known = torch.tensor([[True, True, False], [True, True, True], [False, False, False]])
    wanted = ((1 + 4) / 2 + (1 + 0 + 9) / 3) / 2
    assert distance(scores, stored, known).item() == pytest.approx(wanted)
    every = torch.ones(2, 3, dtype=torch.bool)
    both = torch.nn.functional.mse_loss(scores[:2], stored[:2])
    assert distance(scores[:2], stored[:2], every).item() == pytest.approx(both.item()), (
        "the paper's, where all columns are known"
    )


LABELS = ("pear", "saw", "ant")  # as they came: the newest is first by name
TARGETS = ["pear", "saw", "ant", "ant", "pear"]
STORED: list[tuple[str, list[float] | None]] = [
    ("pear", [2.0, -1.0]), ("saw", [-0.5, 1.5]), ("pear", None), ("ant", [0.3, -0.2, 1.1]),
]  # fmt: skip


def small_run(kind: str, stored: Sequence[tuple[str, list[float] | None]] = STORED, **settings: Any) -> tuple[Run, Recipe]:
    """Five new rows and the stored ones, features at random, behind a linear head of three classes that knows something."""
    rng = np.random.default_rng(0)
    head = read_method("head", {"kind": "linear"})
    for labels in (LABELS[:2], LABELS):
        head.grow(labels, 4)
    assert head.labels == LABELS
    weight, bias = torch.tensor(rng.normal(size=(3, 4)) / 9).float(), torch.tensor(rng.normal(size=3)).float()
    head.load({"weight": weight, "bias": bias})
    rehearsal = read_method("rehearsal", {"kind": kind, "ratio": len(stored) / len(TARGETS), **settings})
    remembered = pa.table(
        {
            "text": [f"text {i}" for i in range(len(stored))], "digest": [f"{i}" for i in range(len(stored))],
            "label": [label for label, _ in stored], "logits": pa.array([own for _, own in stored], pa.list_(pa.float32())),
        }
    )  # fmt: skip
    memory = Memory.empty(50, "reservoir", 0).add(remembered)
    rehearsal._memory, rehearsal._left_by = memory, head.record()
    rows = len(TARGETS) + len(memory)
    network: Any = Classifier(SimpleNamespace(), torch.nn.Linear(1, 1), head, 16)  # type: ignore[arg-type]
    tokens = Tokens(tuple(np.zeros(1, np.int64) for _ in range(rows)))
    features = torch.tensor(rng.normal(size=(rows, 4))).float()
    table = Table(tokens, (*TARGETS, *(label for label, _ in stored)), features)
    split, past = Split(training=np.arange(len(TARGETS))), Past(memory=memory)
    run = Run(network, table, len(TARGETS), np.random.default_rng(1), split, past)
    network.model.requires_grad_(False)
    optimizer = {"kind": "sgd", "rate": 0.01, "epochs": 1, "batch": run.new, "clip": 1e9}
    recipe = Recipe(
        read_method("regime", {"kind": "head"}), head, rehearsal, (), read_method("routing", {"kind": "none"}),
        read_method("optimizer", optimizer),
    )  # fmt: skip
    rehearsal.before_experience(run)
    return run, recipe


def scored(run: Run, recipe: Recipe) -> Batch:
    """All new rows with what the rehearsal adds to them."""
    draw = recipe.rehearsal.compose_batch(run, Draw(np.arange(run.new)))
    losses, scores = run.network.score(run.table, draw.rows)
    return Batch(rows=draw.rows, weights=draw.weights, losses=losses, scores=scores)


def one_step(run: Run, recipe: Recipe) -> None:
    """By the real trainer."""
    optimizer = recipe.optimizer.build(list(run.network.parameters().values()))
    backward = SimpleNamespace(device=torch.device("cpu"), backward=lambda loss: loss.backward())
    assert train(run, recipe, Machinery(optimizer, backward), Position(), {}, lambda *a: None) == 1


@unit
@pytest.mark.parametrize("alpha", [0.0, 0.3, 2.0])
@pytest.mark.parametrize(("kind", "beta"), [("der", 0.0), ("derpp", 0.0), ("derpp", 0.5), ("derpp", 1.7)])
def test_a_step_goes_down_the_gradient_of_the_papers_loss(kind: str, beta: float, alpha: float) -> None:
    """Each draw takes every memory row once, so that the loss does not hang on chance: eq. 6, and eq. 7 with beta."""
    more = {"beta": beta} if kind == "derpp" else {}
    run, recipe = small_run(kind, alpha=alpha, **more)
    before = {name: p.detach().clone() for name, p in recipe.head.parameters().items()}
    weight, bias = (before[name].clone().requires_grad_() for name in ("weight", "bias"))
    features = run.table.features
    assert features is not None
    scores = 20 * features / features.norm(dim=1, keepdim=True) @ weight.T + bias
    chance = scores.log_softmax(1)
    truth = [LABELS.index(label) for label in run.table.targets]
    loss = -sum(chance[i, truth[i]] for i in range(5)) / 5
    gaps = []
    for i, (_, own) in enumerate(STORED):
        loss = loss - beta * chance[5 + i, truth[5 + i]] / 4
        if own:
            gaps.append(sum((scores[5 + i, c] - value) ** 2 for c, value in enumerate(own)) / len(own))
    (loss + alpha * sum(gaps) / 3).backward()
    one_step(run, recipe)
    for name, own in (("weight", weight), ("bias", bias)):
        assert own.grad is not None
        torch.testing.assert_close(before[name] - recipe.head.parameters()[name], 0.01 * own.grad, rtol=1e-3, atol=1e-5)


@unit
def test_columns_that_came_later_get_no_gradient_from_the_stored_scores() -> None:
    run, recipe = small_run("der", [("pear", [2.0, -1.0]), ("saw", [-0.5, 1.5])], alpha=1.0)
    penalty = recipe.rehearsal.penalty(run, scored(run, recipe))
    assert penalty is not None
    penalty.backward()
    own = recipe.head.parameters()
    for parameter in own.values():
        assert parameter.grad is not None
        assert torch.equal(parameter.grad[2], torch.zeros_like(parameter.grad[2]))
        assert parameter.grad[:2].abs().min() > 0
    scores = run.network.logits(run.table, np.array([5, 6])).detach().double()
    known = scores[:, :2] - torch.tensor([[2.0, -1.0], [-0.5, 1.5]])
    assert penalty.item() == pytest.approx(known.square().mean().item(), rel=1e-5)
    torch.testing.assert_close(own["bias"].grad[:2].double(), known.mean(0), rtol=1e-4, atol=1e-5)  # 2 gap / columns, over rows


@unit
def test_rows_without_scores_teach_nothing() -> None:
    run, recipe = small_run("der", [("pear", None), ("saw", None)])
    batch = scored(run, recipe)
    assert recipe.rehearsal.penalty(run, batch) is None
    assert batch.weights is not None
    assert batch.weights.tolist() == pytest.approx([0.2] * 5 + [0.0] * 2)


@unit
def test_the_two_draws_of_derpp_are_draws_of_their_own() -> None:
    stored = [("pear", [float(i), 0.0]) for i in range(10)]
    run, recipe = small_run("derpp", stored, ratio=0.6, beta=0.5)  # 3 of 10 rows for 5 new ones
    alike = 0
    for _ in range(300):
        draw = recipe.rehearsal.compose_batch(run, Draw(np.arange(run.new)))
        rows = draw.rows
        first, second = set(rows[5:8].tolist()), set(rows[8:].tolist())
        assert len(rows) == 11
        assert min(first | second) >= run.new
        assert draw.weights is not None
        assert draw.weights.tolist() == pytest.approx([0.2] * 5 + [0.0] * 3 + [0.5 / 3] * 3)
        assert recipe.rehearsal._drawn == slice(5, 8)
        alike += len(first & second)
    assert alike / 300 == pytest.approx(3 * 3 / 10, abs=0.2)  # hypergeometric: standard error .04


def scores_of(checkpoint: Path, texts: Sequence[str]) -> np.ndarray:
    """(n, C) what the checkpoint's head says of texts."""
    network: Any = load_predictor(checkpoint)._network
    with torch.inference_mode():
        return np.asarray(network.head.logits(network.encode(network.tokenise(texts))).numpy())


@pytest.fixture
def three(experiences: list[Experience], make: MakeExperience, workspace: Workspace) -> list[Experience]:
    """fruit and tool, then bird and metal, then ant: later names stand before earlier ones."""
    ants = [(f"{one} {other}", "ant") for one in ("crow", "gold", "apple", "saw") for other in ("now", "zinc", "owl", "see")]
    return [*experiences, make(workspace, ants, "three")]


def line(experiences: Sequence[Experience], settings: Sequence[LearningSettings], workspace: Workspace) -> list[Path]:
    """Checkpoint folders."""
    found: list[Path] = []
    for experience, own in zip(experiences, settings, strict=True):
        parent = found[-1] if found else None
        found.append(workspace.checkpoint(learn(experience, parent, own, seed=3, workspace=workspace).checkpoint))
    return found


def memory_of(checkpoint: Path) -> dict[str, dict[str, Any]]:
    """Memory rows by digest."""
    rows = Memory.load(checkpoint, read_manifest(checkpoint)["memory"]).rows.to_pylist()
    return {row["digest"]: row for row in rows}


@integration
@pytest.mark.parametrize("kind", ["der", "derpp"])
@pytest.mark.parametrize(
    "regime", [{"kind": "lora", "rank": 2, "dropout": 0.2}, {"kind": "head"}, {"kind": "lora", "rank": 2, "blocks": 1}],
    ids=["moves", "frozen", "cut"],
)  # fmt: skip
def test_scores_are_those_of_the_moment_when_a_row_came_and_are_compared_by_name(
    kind: str, regime: dict[str, Any], three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    told: list[tuple[str, float, float]] = []
    true, past = Der.penalty, dict[str, tuple[tuple[str, ...], list[float]]]()

    def spy(self: Der, run: Run, batch: Batch) -> Any:
        found = true(self, run, batch)
        assert run.experience is not None
        if found is not None:
            assert batch.scores is not None
            assert run.past.memory is not None
            gaps = []
            for row, scores in zip(batch.rows[self._drawn], batch.scores[self._drawn].tolist()):
                names, stored = past[run.past.memory.rows["digest"][int(row) - run.new].as_py()]
                own = dict(zip(run.network.labels, scores))
                gaps.append(np.mean([(own[name] - value) ** 2 for name, value in zip(names, stored, strict=True)]))
            told.append((run.experience.digest, found.item(), self.alpha * float(np.mean(gaps))))
        return found

    monkeypatch.setattr(Der, "penalty", spy)
    settings = settings_for(
        tiny_encoder, regime=regime, head={"kind": "linear"}, rehearsal={"kind": kind, "capacity": 40, "policy": "reservoir"}
    )
    made: list[Path] = []
    for experience in three:
        parent = made[-1] if made else None
        made.append(workspace.checkpoint(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint))
        rows = memory_of(made[-1])
        own = [row for row in rows.values() if row["experience"] == experience.digest]
        labels = read_manifest(made[-1])["labels"]
        past |= {row["digest"]: (tuple(labels), row["logits"]) for row in own}
        assert own
        wanted = scores_of(made[-1], [row["text"] for row in own])
        np.testing.assert_allclose([row["logits"] for row in own], wanted, rtol=1e-3, atol=1e-4)
        assert all(row["logits"] == past[digest][1] for digest, row in rows.items()), "they stay as they are, bit for bit"
        if parent is not None:
            old = [row for row in rows.values() if row["experience"] == three[0].digest]
            now = scores_of(made[-1], [row["text"] for row in old])[:, :2]
            assert np.abs(now - [row["logits"] for row in old]).max() > 0.01, "the model has moved since"
    assert labels == ["fruit", "tool", "bird", "metal", "ant"], "in order of time, not of name"
    assert {len(names) for names, _ in past.values()} == {2, 4, 5}
    assert {digest for digest, *_ in told} == {experience.digest for experience in three[1:]}
    for _, found, wanted in told:
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-6)


@integration
def test_scores_of_another_head_are_forgotten_whatever_rehearsed_in_between(
    three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another head orders its columns anew: what the first one said of fruit would be held against metal."""
    common = {"capacity": 60, "policy": "reservoir"}
    linear, cosine = {"kind": "linear"}, {"kind": "cosine"}
    steps = [
        settings_for(tiny_encoder, regime={"kind": "head"}, head=head, rehearsal={"kind": kind, **common})
        for head, kind in ((linear, "der"), (cosine, "buffer"), (cosine, "der"))
    ]
    taught: list[int] = []
    before = Der.before_experience

    def look(self: Der, run: Run) -> None:
        before(self, run)
        if self._memory is not None:
            taught.append(int(dense(self._memory, len(run.network.labels))[1].any(1).sum()))

    monkeypatch.setattr(Der, "before_experience", look)
    made = line(three, steps, workspace)
    assert taught == [0], "no score of the linear head is held against the cosine head"
    rows = memory_of(made[-1]).values()
    assert {row["logits"] is None for row in rows if row["experience"] != three[2].digest} == {True}
    assert {row["logits"] is None for row in rows if row["experience"] == three[2].digest} == {False}
