"""Generative rehearsal on tiny models: Gaussians against closed forms, LAMOL against a direct reference, no text kept, kills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from components.catalog.models import get_base
from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.networks.backbone import load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.table import Table
from components.learning.rehearsal import _lamol as lamol
from components.learning.rehearsal._gaussians import Gaussians
from components.learning.rehearsal.generative import Generative
from components.learning.run import Draw, Run, Split
from components.learning.shared_bases import load_predictor
from components.learning.tensors import load_tensors
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
FIRST = {"kind": "lora", "rank": 2, "dropout": 0.2, "adapt": "first", "experiences": 1}


def teach(experiences: list[Experience], settings: LearningSettings, workspace: Workspace) -> list[str]:
    digests: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(digests[-1]) if digests else None
        digests.append(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint)
    return digests


def data(n: int = 60) -> tuple[torch.Tensor, list[str]]:
    """Correlated 5-dimensional features of three classes."""
    rng = np.random.default_rng(0)
    targets = [("c", "a", "b")[i % 3] for i in range(n)]
    shift = np.array([{"a": 0.0, "b": 2.0, "c": -1.0}[t] for t in targets])[:, None]
    return torch.from_numpy((rng.normal(size=(n, 5)) @ rng.normal(size=(5, 5)) + shift).astype(np.float32)), targets


@pytest.mark.parametrize("shared", [True, False])
def test_sums_give_the_closed_form_in_any_order_and_rows_can_be_taken_away(shared: bool) -> None:
    features, targets = data()
    whole = Gaussians.empty(5, shared).add(features, targets)
    parts = Gaussians.empty(5, shared)
    for i in range(0, 60, 7):  # the first part brings all classes, later ones bring them again
        parts = parts.add(features[i : i + 7], targets[i : i + 7])
    strangers, names = data(90)
    erased = parts.add(strangers[60:], names[60:]).add(strangers[60:], names[60:], sign=-1)
    z = features.double().numpy()
    for found in (whole, parts, erased, Gaussians.load(whole.state())):
        assert found.labels == ("a", "b", "c")
        assert found.shared == shared
        own = [z[[t == label for t in targets]] for label in found.labels]
        np.testing.assert_allclose(found.means(), [rows.mean(0) for rows in own], rtol=1e-10)
        if shared:
            pooled = sum(len(rows) * np.cov(rows.T, bias=True) for rows in own) / 60
            np.testing.assert_allclose(found.spread(0), pooled, atol=1e-10)
            np.testing.assert_allclose(found.spread(0.3), 0.7 * pooled + 0.3 * np.trace(pooled) / 5 * np.eye(5), atol=1e-10)
        else:
            variances = np.array([rows.var(0) for rows in own])
            np.testing.assert_allclose(found.spread(0), variances, atol=1e-10)
            np.testing.assert_allclose(found.spread(0.3), 0.7 * variances + 0.3 * variances.mean(0), atol=1e-10)


@pytest.mark.parametrize("shared", [True, False])
def test_draws_have_the_moments_that_are_kept(shared: bool) -> None:
    features, targets = data()
    known = Gaussians.empty(5, shared).add(features, targets)
    drawn = known.sample(["b"] * 40_000 + ["a"], np.random.default_rng(1), 0.0)[:-1].double().numpy()
    spread = known.spread(0.0)
    wanted = spread.numpy() if shared else np.diag(spread[1])
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    np.testing.assert_allclose(drawn.mean(0), known.means()[1], atol=5 * np.sqrt(np.diag(wanted).max() / 40_000))
    np.testing.assert_allclose(np.cov(drawn.T) / scale, wanted / scale, atol=0.03)


@pytest.mark.parametrize("covariance", ["shared", "diagonal"])
def test_drawn_features_keep_old_classes_alive_without_any_text(
    covariance: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    right: dict[str, float] = {}
    optimizer = {"kind": "adamw", "rate": 0.05, "epochs": 8, "batch": 8}
    for kind, more in (("generative", {"covariance": covariance}), ("none", {})):
        settings = settings_for(
            tiny_encoder, head={"kind": "linear"}, regime=FIRST, rehearsal={"kind": kind, **more}, optimizer=optimizer
        )
        digests = teach(experiences, settings, workspace)
        table = experiences[0].table("train")
        found = load_predictor(workspace.checkpoint(digests[-1])).predict(table["text"].to_pylist()).top()
        right[kind] = float(np.mean([a == b for a, b in zip(found, table["label"].to_pylist())]))
        for digest in digests:
            assert "memory.parquet" not in read_manifest(workspace.checkpoint(digest))["files"]
    assert right["generative"] > right["none"] + 0.3
    assert right["generative"] > 0.7


def test_the_gaussians_are_those_of_the_final_features(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, head={"kind": "linear"}, regime=FIRST, rehearsal={"kind": "generative"})
    digests = teach(experiences, settings, workspace)
    state = load_tensors(workspace.checkpoint(digests[-1]) / "regularizer.safetensors")
    known = Gaussians.load({name.removeprefix("rehearsal."): tensor for name, tensor in state.items()})
    embed = load_predictor(workspace.checkpoint(digests[-1])).embed
    reference = Gaussians.empty(32, True)
    for experience in experiences:
        table = experience.table("train")
        reference = reference.add(torch.from_numpy(embed(table["text"].to_pylist())), table["label"].to_pylist())
    assert known.labels == reference.labels == ("fruit", "tool", "bird", "metal")
    assert known.counts.tolist() == [16.0] * 4
    torch.testing.assert_close(known.sums, reference.sums, atol=1e-3, rtol=1e-5)
    torch.testing.assert_close(known.moments, reference.moments, atol=1e-3, rtol=1e-5)


def test_drawn_rows_are_of_all_past_classes_alike_and_join_each_batch(
    monkeypatch: pytest.MonkeyPatch, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    seen: list[tuple[list[str], int]] = []
    real = Generative.compose_batch

    def spy(self: Generative, run: Run, draw: Draw) -> Draw:
        found, table = real(self, run, draw), run.table
        assert table.features is None or len(table.features) == len(table.targets) == len(table.tokens.ids)
        seen.append(([table.targets[row] for row in found.rows[len(draw.rows) :]], len(self._pool)))
        return found

    monkeypatch.setattr(Generative, "compose_batch", spy)
    rehearsal = {"kind": "generative", "ratio": 0.5}
    teach(
        experiences, settings_for(tiny_encoder, head={"kind": "linear"}, regime={"kind": "head"}, rehearsal=rehearsal), workspace
    )
    first, second = seen[:8], seen[8:]
    assert all(not drawn for drawn, _ in first)
    assert len(second) == 8
    assert [len(drawn) for drawn, _ in second].count(4) == 6, "half of 8; one batch of each epoch is smaller"
    assert {pool for _, pool in second} == {16}, "half of 32"
    counts = Counter(label for drawn, _ in second for label in drawn)
    assert set(counts) == {"fruit", "tool"}
    assert min(counts.values()) > 8


@pytest.mark.parametrize(
    ("axes", "reason", "hint"),
    [
        ({"regime": {"kind": "lora", "adapt": "always"}, "head": {"kind": "linear"}}, "moves the representation", "adapt: first"),
        ({"regime": {"kind": "full"}, "head": {"kind": "linear"}}, "moves the representation", "buffer"),
        ({"regime": {"kind": "lora", "adapt": "first", "experiences": 2}, "head": {"kind": "linear"}}, "moves", "experiences: 1"),
        ({"regime": {"kind": "depth", "depth": 1}, "head": {"kind": "linear"}}, "moves the representation", "head"),
        ({"regime": {"kind": "head"}, "head": {"kind": "analytic"}}, "exact statistics", "none"),
    ],
)
def test_what_cannot_work_is_refused_with_a_way_out(
    axes: dict[str, Any], reason: str, hint: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    settings = settings_for(tiny_encoder, **axes, rehearsal={"kind": "generative"})
    with pytest.raises(UsageError, match=reason) as caught:
        learn(experiences[0], None, settings, seed=3, workspace=workspace)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("changed", [{"head": {"kind": "linear", "pooling": "cls"}}, {"rehearsal": {"covariance": "diagonal"}}])
def test_gaussians_of_other_features_are_not_drawn_from(
    changed: dict[str, Any], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    axes: dict[str, Any] = {"regime": {"kind": "head"}, "head": {"kind": "linear"}}
    parent = learn(
        experiences[0], None, settings_for(tiny_encoder, **axes, rehearsal={"kind": "generative"}), seed=3, workspace=workspace
    ).checkpoint
    axes |= {**changed, "rehearsal": {"kind": "generative", **changed.get("rehearsal", {})}}
    with pytest.raises(UsageError, match="other features or another covariance"):
        learn(experiences[1], workspace.checkpoint(parent), settings_for(tiny_encoder, **axes), seed=3, workspace=workspace)


@pytest.fixture
def llama_run(tiny_llama: Path) -> Run:
    """Three rows on the untrained tiny Llama, at most 10 tokens each."""
    backbone = load_backbone(get_base(str(tiny_llama)))
    truth = ("fruit", "bird", "fruit")
    network = CausalLM(backbone, backbone.model, ("fruit", "bird"), 10)
    texts = ["i see a plum", "bring me that owl now", "this is the fig bring me that owl now i see"]
    table, split = Table(network.tokenise(texts, truth), truth), Split(training=np.arange(3))
    return Run(network, table, 3, np.random.default_rng(5), split)


def test_to_write_is_the_whole_row_after_the_prefix_of_its_experience(llama_run: Run) -> None:
    rows, tasks = np.array([0, 1, 2]), [0, 1, 1]
    written = lamol.to_write(llama_run, rows, tasks)
    starts = [lamol.prefix(llama_run, task).tolist() for task in tasks]
    assert starts[0] != starts[1]
    for row, start in zip(rows[:2], starts):
        assert written.ids[row].tolist() == start + llama_run.table.tokens.ids[row].tolist()
    assert written.prompt == (2, 2, 2)
    long, own = written.ids[2].tolist(), llama_run.table.tokens.ids[2].tolist()
    assert len(own) == len(long) == 10, "cut at the text's end"
    assert long == starts[2] + own[:5] + own[7:], "separator, answer and end stay"
    llama_run.append(written, llama_run.table.targets)
    losses = llama_run.network.losses(llama_run.table, np.arange(3, 6)).detach().numpy()
    for row, loss in zip(rows, losses):
        ids = torch.tensor([written.ids[row].tolist()])
        labels = ids.clone()
        labels[:, :2] = -100  # the prefix is given
        reference = llama_run.network.model(input_ids=ids, labels=labels).loss.item()
        assert loss == pytest.approx(reference, rel=1e-5)


def test_the_loss_is_l_qa_plus_a_quarter_l_lm(llama_run: Run) -> None:
    method, table = Generative(), llama_run.table
    method.before_experience(llama_run)
    draw = method.compose_batch(llama_run, Draw(np.array([2, 0])))
    assert draw.weights is not None
    assert draw.rows[:2].tolist() == [2, 0]
    losses = llama_run.network.losses(table, draw.rows)
    parts = llama_run.network.losses(table, np.array([2, 0])), lamol.to_write(llama_run, np.array([2, 0]), [0, 0])
    alone = Table(parts[1], ("", ""))
    reference = parts[0].mean() + 0.25 * llama_run.network.losses(alone, np.arange(2)).mean()
    torch.testing.assert_close(draw.loss(losses), reference)


def test_sampling_keeps_to_the_k_most_probable_and_to_their_shares(llama_run: Run) -> None:
    start = lamol.prefix(llama_run, 0)
    with torch.inference_mode():
        logits = llama_run.network.model(input_ids=torch.from_numpy(start).unsqueeze(0)).logits[0, -1].double()
    best, options = logits.topk(4)
    shares = dict(zip(options.tolist(), torch.softmax(best, 0).tolist()))
    wrote = lamol.sample(llama_run, start, 4000, 4)
    counts = Counter(own[0] for own in wrote)
    assert set(counts) == set(shares)
    for token, share in shares.items():
        assert counts[token] / 4000 == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 4000))
    assert max(len(own) for own in wrote) <= 8, "10 less the prefix"
    assert all(llama_run.network.end not in own[:-1] for own in wrote), "nothing after the end"
    greedy = lamol.sample(llama_run, start, 3, 1)
    assert greedy[0] == greedy[1] == greedy[2]


def test_a_trained_model_dreams_of_its_past_in_equal_parts_and_answers_it(
    monkeypatch: pytest.MonkeyPatch, experiences: list[Experience], workspace: Workspace, tiny_llama: Path, settings_for: Make,
    make: Callable[..., Experience],
) -> None:  # fmt: skip
    dreams: list[tuple[list[int], list[str], list[str]]] = []
    real = lamol.dream

    def spy(run: Run, tasks: Any, count: int, top_k: int) -> Any:
        tokens, answers, sources = real(run, tasks, count, top_k)
        decode = run.network.backbone.tokenizer.decode
        texts = [decode(ids[: given - 1]) for ids, given in zip(tokens.ids, tokens.prompt)]
        dreams.append((sources, list(answers), texts))
        return tokens, answers, sources

    monkeypatch.setattr(lamol, "dream", spy)
    optimizer = {"kind": "adamw", "rate": 0.005, "epochs": 30, "batch": 8, "patience": 30}
    settings = settings_for(
        tiny_llama, regime={"kind": "full"}, optimizer=optimizer, rehearsal={"kind": "generative", "gamma": 1.0, "top_k": 5}
    )
    third = make(workspace, [(f"this is the {word}", "word") for word in ("plum", "axe", "owl", "tin", "zinc")], "three")
    digests = teach([*experiences, third], settings, workspace)
    (sources, answers, texts), (later, _, _) = dreams
    assert set(sources) == {0}
    assert len(sources) > 24, "of 32 drawn, most are well formed"
    assert set(answers) == {"fruit", "tool"}
    past = set(experiences[0].table("train")["text"].to_pylist())
    assert np.mean([text in past or text.split()[-1] in {w for t in past for w in t.split()} for text in texts]) > 0.9
    assert set(later) == {0, 1}
    assert max(Counter(later).values()) <= 2, "4 in equal parts of two experiences"
    for digest in digests:
        assert "memory.parquet" not in read_manifest(workspace.checkpoint(digest))["files"]
    assert load_tensors(workspace.checkpoint(digests[-1]) / "regularizer.safetensors")["rehearsal.tasks"].tolist() == [0, 1, 2]


class PowerCutError(Exception):
    """Stands for a power cut."""


@pytest.mark.parametrize(("base", "every", "epochs"), [("encoder", 2, 2), ("llama", 9, 12)])
def test_interrupted_at_any_step_it_ends_in_the_same_digest(
    base: str, every: int, epochs: int, monkeypatch: pytest.MonkeyPatch, experiences: list[Experience], workspace: Workspace,
    tmp_path: Path, tiny_encoder: Path, tiny_llama: Path, settings_for: Make,
) -> None:  # fmt: skip
    pools: list[int] = []
    real = Generative.before_experience

    def spy(self: Generative, run: Run) -> None:
        real(self, run)
        pools.append(len(self._pool))

    monkeypatch.setattr(Generative, "before_experience", spy)
    axes = {"head": {"kind": "linear"}, "rehearsal": {"kind": "generative", "gamma": 1.0}}
    axes |= {"optimizer": {"kind": "adamw", "rate": 0.005, "epochs": epochs, "batch": 8, "patience": epochs}}
    folder, regime = {"encoder": (tiny_encoder, FIRST), "llama": (tiny_llama, {"kind": "full"})}[base]
    settings = settings_for(folder, regime=regime, **axes)
    undisturbed = teach(experiences, settings, workspace)
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    told: list[int] = []

    def stop(done: int, total: int, text: str) -> None:
        told.append(done)
        if len(told) % every == 0:
            raise PowerCutError

    digests: list[str] = []
    for experience in experiences:
        parent = disturbed.checkpoint(digests[-1]) if digests else None
        for _ in range(40):
            try:
                more: dict[str, Any] = {"seed": 3, "workspace": disturbed, "progress": stop, "snapshot_seconds": 0}
                digests.append(learn(experience, parent, settings, **more).checkpoint)
                break
            except PowerCutError:
                continue
    assert digests == undisturbed
    assert len(told) < 2 * 2 * 4 * epochs, "it went on from snapshots"
    first, second = pools[:2]
    assert first == 0
    assert second > 8, "there was something to rehearse"
    assert set(pools[2:]) == {0, second}, "and it is made up alike after each interruption"
