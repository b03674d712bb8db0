"""How memory rows are drawn: MIR against a virtual step by hand, GRASP against its rule, balance by chi-square."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy.special import chdtrc

from components.catalog.models import get_base
from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.method import read_method
from components.learning.networks.backbone import load_backbone
from components.learning.networks.encoder import Classifier
from components.learning.networks.split_encoder import whole_features
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.rehearsal.sampling import SAMPLINGS, get_sampling
from components.learning.rehearsal.sampling.grasp import to_class_mean
from components.learning.rehearsal.sampling.mir import interference
from components.learning.run import Draw, Run
from components.learning.tensors import load_tensors
from components.memory import Memory
from components.settings import LearningSettings
from components.workspace import Workspace

unit, integration = pytest.mark.unit, pytest.mark.integration
LABELS = ("bird", "fruit", "tool")
NEW = [("i see a plum", "fruit"), ("this is the fig", "fruit"), ("bring me that saw now", "tool"), ("i see a lime", "fruit")]
OLD = [
    (f"{frame} {word}", label)
    for label, words in (("bird", ("crow", "wren", "gull", "owl")), ("tool", ("axe", "drill", "file")), ("fruit", ("pear",)))
    for word in words
    for frame in ("i see a", "what about one")
]


def p_of(counts: Sequence[float], wanted: Sequence[float] | None = None) -> float:
    """p-value of Pearson's chi-square test of these counts, of all alike if nothing else is wanted; both add up to the same."""
    found = np.asarray(counts, float)
    expected = np.full(len(found), found.mean()) if wanted is None else np.asarray(wanted, float)
    assert found.sum() == pytest.approx(expected.sum())
    return float(chdtrc(len(found) - 1, ((found - expected) ** 2 / expected).sum()))


def memory_of(rows: Sequence[tuple[str, str]]) -> Memory:
    """Rows in this order."""
    columns = {
        "text": [text for text, _ in rows],
        "label": [label for _, label in rows],
        "digest": [f"{i}" for i in range(len(rows))],
    }
    return Memory.empty(max(1, len(rows)), "reservoir", 0).add(pa.table(columns))


def encoder_run(base: Path, regime: dict[str, Any]) -> tuple[Run, Memory]:
    """NEW, and OLD in memory, before the tiny encoder with a linear head that knows something."""
    backbone, method = load_backbone(get_base(str(base))), read_method("regime", regime)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = method.prepare(backbone.model, None)
        head = read_method("head", {"kind": "linear"})
        head.grow(LABELS, backbone.width)
        head.load({"weight": torch.randn(3, backbone.width) / 5, "bias": torch.randn(3) / 5})
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter.data, std=0.3)
    network = Classifier(backbone, model, head, 16)
    if regime.get("blocks"):
        network.cut(method.moving(model), None)
    memory = memory_of(OLD)
    tokens = network.tokenise([text for text, _ in (*NEW, *OLD)])
    moved = any(p.requires_grad for p in model.parameters())
    table = Table(tokens, tuple(label for _, label in (*NEW, *OLD)), None if moved else network.encode(tokens))
    network.train(moved)
    return Run(network, table, len(NEW), np.random.default_rng(5), moved=moved), memory


def losses_by_hand(run: Run, parameters: dict[str, torch.Tensor], rows: np.ndarray) -> torch.Tensor:
    """(n,) cross-entropies of the whole model in evaluation mode with these parameters in the place of its own."""
    network: Any = run.network
    model = copy.deepcopy(network.model).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if f"base.{name}" in parameters:
                parameter.copy_(parameters[f"base.{name}"])
        states = whole_features(model, run.table.tokens, rows, 1, "mean", 0)
        scores = 20 * states / states.norm(dim=1, keepdim=True) @ parameters["head.weight"].T + parameters["head.bias"]
        truth = [LABELS.index(run.table.targets[row]) for row in rows]
        return -scores.double().log_softmax(1)[range(len(rows)), truth]


REGIMES = [
    {"kind": "lora", "rank": 2, "dropout": 0.3},
    {"kind": "lora", "rank": 2, "dropout": 0.3, "blocks": 1},
    {"kind": "full"},
    {"kind": "head"},
]


@integration
@pytest.mark.parametrize("regime", REGIMES, ids=["lora", "cut", "full", "head"])
def test_mir_takes_the_rows_whose_loss_a_virtual_sgd_step_raises_most(regime: dict[str, Any], tiny_encoder: Path) -> None:
    rate, new, old = 0.02, np.arange(len(NEW)), len(NEW) + np.arange(len(OLD))
    run, memory = encoder_run(tiny_encoder, regime)
    moving = run.network.parameters()
    run.network.train(False)
    run.network.losses(run.table, new).mean().backward()
    here = {name: p.detach().clone() for name, p in moving.items()}
    there = {name: p.detach() - rate * p.grad for name, p in moving.items() if p.grad is not None}
    assert set(there) == set(moving)
    for parameter in moving.values():
        parameter.grad = None
    run.network.train(run.moved)
    rise = losses_by_hand(run, there, old) - losses_by_hand(run, here, old)
    assert rise.max() > 0 > rise.min(), "some are interfered with, others gain"
    found = interference(run, Draw(new, rate), old)
    torch.testing.assert_close(found.double(), rise, rtol=5e-3, atol=2e-4)

    gaps = np.diff(np.sort(rise.numpy()))
    count = len(OLD) - 1 - int(np.argmax(gaps[len(OLD) // 3 :]) + len(OLD) // 3)  # where rounding cannot decide
    assert 1 <= count < len(OLD)
    sampler = get_sampling("mir")(candidates=len(OLD) / count)
    chosen = sampler.draw(run, memory, Draw(new, rate), count)
    assert set(chosen.tolist()) == set(np.argsort(-rise.numpy())[:count].tolist())
    np.testing.assert_array_equal(rise.numpy()[chosen], np.sort(rise.numpy())[::-1][:count])


@integration
@pytest.mark.parametrize("regime", REGIMES, ids=["lora", "cut", "full", "head"])
def test_mir_leaves_all_as_it_was_bit_for_bit(regime: dict[str, Any], tiny_encoder: Path) -> None:
    run, memory = encoder_run(tiny_encoder, regime)
    network: Any = run.network
    for parameter in network.parameters().values():
        parameter.grad = torch.full_like(parameter, 0.25)
    before = {name: p.detach().clone() for name, p in network.model.state_dict().items()}
    head = {name: p.detach().clone() for name, p in network.head.parameters().items()}
    modes = {name: module.training for name, module in network.model.named_modules()}
    generator, own = torch.get_rng_state(), run.network.parameters()
    chosen = get_sampling("mir")(candidates=2).draw(run, memory, Draw(np.arange(len(NEW)), 0.5), 4)
    assert len(set(chosen.tolist())) == 4
    for name, tensor in network.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    for name, parameter in network.head.parameters().items():
        assert torch.equal(parameter, head[name]), name
    assert all(torch.equal(p.grad, torch.full_like(p, 0.25)) for p in own.values())
    assert {name: module.training for name, module in network.model.named_modules()} == modes
    assert torch.equal(torch.get_rng_state(), generator), "dropout was off: torch's generator stands where it stood"


@integration
def test_mir_looks_at_candidates_alone(tiny_encoder: Path) -> None:
    """Of a few candidates the most interfered: a row comes as often as its rank among them allows."""
    run, memory = encoder_run(tiny_encoder, {"kind": "head"})
    new = Draw(np.arange(len(NEW)), 0.02)
    order = np.argsort(-interference(run, new, len(NEW) + np.arange(len(OLD))).numpy(), kind="stable")
    sampler, count = get_sampling("mir")(candidates=3), np.zeros(len(OLD))
    draws, n = 400, len(OLD)
    for _ in range(draws):
        [row] = sampler.draw(run, memory, new, 1)
        count[row] += 1
    chance = np.array([(n - 1 - k) * (n - 2 - k) / 2 for k in range(n)]) / (n * (n - 1) * (n - 2) / 6)  # the least rank of 3
    assert not count[order[-2:]].any(), "the two least interfered ones cannot win against two others"
    few = chance[:-2] * draws < 5
    wanted = np.append(chance[:-2][~few], chance[:-2][few].sum())
    got = np.append(count[order[:-2]][~few], count[order[:-2]][few].sum())
    assert p_of(got, wanted * draws) > 1e-4
    everything = get_sampling("mir")(candidates=1).draw(run, memory, new, 5)
    assert len(set(everything.tolist())) == 5, "nothing to choose from: as uniform"


def made_up(features: np.ndarray, labels: Sequence[str], seed: int = 7) -> tuple[Run, Memory]:
    """One new row and these memory rows."""
    memory = memory_of([(f"text {i}", label) for i, label in enumerate(labels)])
    head = read_method("head", {"kind": "linear"})
    head.grow(labels, features.shape[1])
    network: Any = Classifier(SimpleNamespace(), torch.nn.Linear(1, 1), head, 16)  # type: ignore[arg-type]
    both = torch.tensor(np.concatenate([np.ones((1, features.shape[1])), features])).float()
    tokens = Tokens(tuple(np.zeros(1, np.int64) for _ in both))
    return Run(network, Table(tokens, ("a", *labels), both), 1, np.random.default_rng(seed)), memory


FIRST = Draw(np.array([0]), 0.1)  # its one new row


@unit
def test_distance_is_the_cosine_distance_to_the_mean_of_the_class() -> None:
    rng = np.random.default_rng(0)
    features, classes = rng.normal(size=(40, 5)) + 1, rng.integers(0, 3, 40) * 2  # classes 0, 2 and 4

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    wanted = [1 - cosine(row, features[classes == c].mean(0)) for row, c in zip(features, classes)]
    np.testing.assert_allclose(to_class_mean(features, classes), wanted, atol=1e-12)
    assert to_class_mean(np.ones((3, 2)), np.zeros(3, np.int64)).tolist() == pytest.approx([0, 0, 0])


def at_distance(distances: Sequence[float]) -> np.ndarray:
    """Twice as many rows, two at each cosine distance from their mean: left and right of it."""
    angles = np.arccos(1 - np.array(distances))
    return np.stack([np.cos([*angles, *-angles]), np.sin([*angles, *-angles])], 1)


@unit
def test_grasp_draws_by_one_over_distance_and_pushes_away_what_it_drew() -> None:
    """The first two draws of four rows against the authors' rule: d of a drawn row grows by the largest d."""
    near, far = 0.1, 0.3
    run, memory = made_up(at_distance([near, far]), ["a"] * 4)
    distances, found = np.array([near, far, near, far]), np.zeros((4, 4))
    wanted = np.zeros((4, 4))
    for i in range(4):
        after = distances + np.where(np.arange(4) == i, distances.max(), 0)
        wanted[i] = (1 / distances[i]) / (1 / distances).sum() * (1 / after) / (1 / after).sum()
    sampler, times = get_sampling("grasp")(), 4000
    for _ in range(times):
        sampler.begin(run, memory)
        first, second = sampler.draw(run, memory, FIRST, 2)
        found[first, second] += 1
    assert p_of(found.ravel(), wanted.ravel() * times) > 1e-4
    assert wanted[0, 0] < wanted[0, 2] / 3, "the rule has something to tell"


@unit
def test_grasp_goes_from_prototypes_to_hard_rows_and_begins_again() -> None:
    """200 rows from very near to far: as draws go on they are harder; when all are used up, prototypes come back."""
    run, memory = made_up(at_distance(np.geomspace(1e-4, 0.9, 100)), ["a"] * 200)
    rank = np.tile(np.arange(100), 2)
    tenths, repeats = np.zeros(10), 0
    sampler = get_sampling("grasp")()
    for _ in range(20):
        sampler.begin(run, memory)
        drawn = np.concatenate([sampler.draw(run, memory, FIRST, 8) for _ in range(25)])
        tenths += rank[drawn].reshape(10, 20).mean(1) / 20
        repeats += 100 - len(set(drawn[:100].tolist()))
        again = rank[sampler.draw(run, memory, FIRST, 100)].mean()
        assert again < rank[drawn[-60:]].mean(), "easier again than what came last"
    assert (np.diff(tenths[:8]) > 0).all(), tenths
    assert tenths[0] < 20
    assert tenths[7] > 2.5 * tenths[0]
    assert repeats / 20 < 2, "hardly one of the first 100 is one that was drawn before"


@unit
@pytest.mark.parametrize("sizes", [(2,), (1, 3), (5, 1, 1)])
def test_grasp_can_go_on_for_ever(sizes: tuple[int, ...]) -> None:
    """Distances that double at every draw come to an end of what a number holds; the class then starts anew."""
    labels = [f"{c}" for c, size in enumerate(sizes) for _ in range(size)]
    run, memory = made_up(np.random.default_rng(1).normal(size=(len(labels), 3)), labels)
    sampler = get_sampling("grasp")()
    sampler.begin(run, memory)
    drawn = sampler.draw(run, memory, FIRST, 6000)
    last = np.bincount(drawn[-3000:], minlength=len(labels))
    assert last.min() > 3000 / len(sizes) / max(sizes) / 10, "and no row is left out"


@unit
def test_grasp_goes_on_from_its_state_as_if_nothing_had_been() -> None:
    features, labels = np.random.default_rng(0).normal(size=(30, 4)), ["a"] * 17 + ["b"] * 8 + ["c"] * 5
    run, memory = made_up(features, labels)
    sampler, other = get_sampling("grasp")(), get_sampling("grasp")()
    assert sampler.state() == {}, "before it began there is nothing to keep"
    for one in (sampler, other):
        one.begin(run, memory)
    sampler.draw(run, memory, FIRST, 100)
    kept, state = sampler.state(), run.rng.bit_generator.state
    wanted = sampler.draw(run, memory, FIRST, 50)
    other.load(kept)
    run.rng.bit_generator.state = state
    assert other.draw(run, memory, FIRST, 50).tolist() == wanted.tolist()


@integration
@pytest.mark.parametrize("rehearsal", ["buffer", "derpp", "latent"])
def test_what_grasp_has_drawn_goes_into_snapshots_and_not_into_the_checkpoint(
    rehearsal: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Callable[..., LearningSettings],
) -> None:  # fmt: skip
    regime = {"kind": "lora", "rank": 2, "blocks": 1}
    settings = settings_for(
        tiny_encoder, regime=regime, head={"kind": "linear"}, rehearsal={"kind": rehearsal, "capacity": 20, "sampling": "grasp"}
    )
    kept: list[dict[str, Any]] = []

    def look(done: int, total: int, text: str) -> None:
        kept.extend(load_tensors(path) for path in workspace.scratch.glob("learn-*/*/methods.safetensors"))

    parent: Path | None = None
    for experience in experiences:
        made = learn(experience, parent, settings, seed=1, workspace=workspace, progress=look, snapshot_seconds=0)
        parent = workspace.checkpoint(made.checkpoint)
        assert not [name for name in load_tensors(parent / "regularizer.safetensors") if "sampling" in name]
    turns = [int(one["rehearsal.sampling.turn"]) for one in kept if "rehearsal.sampling.turn" in one]
    assert len(turns) == 8, "in the second experience, where there is a memory: a snapshot each step"
    assert turns == sorted(set(turns))
    assert turns[-1] == 60 * (2 if rehearsal == "derpp" else 1), "a draw for each of 30 rows in 2 epochs"


@unit
@pytest.mark.parametrize("sampling", ["balanced", "grasp"])
def test_classes_are_equally_likely(sampling: str) -> None:
    """Whatever their sizes, and over any number of draws; GRASP takes them in turn."""
    sizes = {"a": 60, "b": 7, "c": 1, "d": 20}
    labels = [label for label, size in sizes.items() for _ in range(size)]
    run, memory = made_up(np.random.default_rng(0).normal(size=(len(labels), 3)), labels)
    sampler = get_sampling(sampling)()
    sampler.begin(run, memory)
    drawn = np.array(labels)[np.concatenate([sampler.draw(run, memory, FIRST, 7) for _ in range(600)])]
    assert p_of([np.sum(drawn == label) for label in sizes]) > 1e-4
    rounds = {len(set(one)) for one in drawn.reshape(-1, 4).tolist()}
    assert rounds == ({4} if sampling == "grasp" else {1, 2, 3, 4}), "balanced: each draw of its own"


@unit
def test_balanced_takes_rows_of_a_class_alike_and_uniform_all_rows_alike() -> None:
    labels = ["a"] * 12 + ["b"] * 4
    run, memory = made_up(np.ones((16, 2)), labels)
    for sampling, chance in (("balanced", [1 / 24] * 12 + [1 / 8] * 4), ("uniform", [1 / 16] * 16)):
        drawn = np.concatenate([get_sampling(sampling)().draw(run, memory, FIRST, 4) for _ in range(1000)])
        assert p_of(np.bincount(drawn, minlength=16), np.array(chance) * 4000) > 1e-4
    assert sorted(get_sampling("uniform")().draw(run, memory, FIRST, 16).tolist()) == list(range(16)), "none twice"
    assert len(get_sampling("uniform")().draw(run, memory, FIRST, 40)) == 40


@unit
@pytest.mark.parametrize("sampling", sorted(SAMPLINGS))
def test_draws_hang_on_the_runs_generator_alone(sampling: str) -> None:
    features = np.random.default_rng(0).normal(size=(30, 3))
    labels = ["a"] * 20 + ["b"] * 10
    found: list[list[int]] = []
    for seed in (1, 1, 2):
        run, memory = made_up(features, labels, seed)
        np.random.seed(len(found))
        torch.manual_seed(len(found))
        sampler = get_sampling(sampling)()
        sampler.begin(run, memory)
        found.append(sampler.draw(run, memory, FIRST, 7).tolist())
    assert found[0] == found[1] != found[2]


@unit
def test_an_unknown_sampling_is_suggested_the_right_one() -> None:
    with pytest.raises(UsageError) as caught:
        get_sampling("grsp")
    assert "grasp" in (caught.value.hint or "")
