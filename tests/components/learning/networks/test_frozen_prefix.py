"""The prefix: the losses of the whole model, each text through the lower blocks once, never a reason for another digest."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from components.catalog.models import get_base
from components.contracts import Experience
from components.learning import learn as learning
from components.learning.method import read_method
from components.learning.networks import frozen_prefix as prefixes
from components.learning.networks.backbone import load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.encoder import Classifier
from components.learning.networks.feature_store import MOST_SHARDS, ActivationStore, FeatureCache, key
from components.learning.networks.frozen_prefix import build_prefix
from components.learning.networks.split_encoder import SplitEncoder, whole_features
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings
from components.workspace import Workspace
from tests.killing import Kill, Nursery, beside

unit, integration, end_to_end = pytest.mark.unit, pytest.mark.integration, pytest.mark.end_to_end
TEXTS = ["i see a plum", "this is the axe", "what about one crow", "bring me that owl now", "gold", "i see a plum", "tin"]
LORA = {"kind": "lora", "rank": 2, "dropout": 0.2, "blocks": 2}
ARCHITECTURES = ["Bert", "Roberta", "Electra", "MPNet", "XLMRoberta", "DeBERTa", "ModernBERT", "DistilBERT", "ALBERT"]


@pytest.fixture(scope="session")
def deep_encoder(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny encoder with four blocks."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bases") / "deep-encoder"
    shutil.copytree(tiny_encoder, folder)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = BertModel(BertConfig.from_pretrained(tiny_encoder, num_hidden_layers=4))
        torch.nn.init.normal_(model.embeddings.word_embeddings.weight)
        model.save_pretrained(folder)
    return folder


def classifier(base: Path, regime: dict[str, Any], layers: int = 1, pooling: str = "auto") -> tuple[Classifier, set[str]]:
    """Fresh, with an adapter that does something, and the names of what moves."""
    backbone = load_backbone(get_base(str(base)))
    method = read_method("regime", regime)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = method.prepare(backbone.model, None)
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter.data)
    head = read_method("head", {"kind": "linear", "layers": layers, "pooling": pooling})
    head.grow(["a", "b"], layers * backbone.width)
    return Classifier(backbone, model, head, 16), method.moving(model)


class Counted:
    """How many rows went through lower blocks since, the probes left out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        true, proven = SplitEncoder.lower, prefixes._proven

        def lower(halves: SplitEncoder, tokens: Tokens, rows: np.ndarray) -> torch.Tensor:
            self.rows += len(set(rows.tolist()))  # a small batch is filled up with rows of its own
            return true(halves, tokens, rows)

        def unseen(*arguments: Any) -> SplitEncoder | None:
            before = self.rows
            found = proven(*arguments)
            self.rows = before
            return found

        monkeypatch.setattr(SplitEncoder, "lower", lower)
        monkeypatch.setattr(prefixes, "_proven", unseen)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts rows."""
    return Counted(monkeypatch)


@integration
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize(
    ("regime", "depth"),
    [(LORA, 2), ({**LORA, "blocks": 1}, 3), ({"kind": "depth", "depth": 1}, 3), ({"kind": "depth", "depth": 3}, 1)],
    ids=["lora2", "lora1", "depth1", "depth3"],
)
def test_losses_and_gradients_are_those_of_the_whole_model(
    deep_encoder: Path, regime: dict[str, Any], depth: int, layers: int, pooling: str
) -> None:
    network, moving = classifier(deep_encoder, regime, layers, pooling)
    network.cut(moving, None)
    assert network.prefix is not None
    assert network.prefix.depth == depth
    network.train(True)
    modes = [module.training for module in network.prefix.split.own]
    assert modes == [False] * depth + [True] * (4 - depth), "dropout above the cut alone"
    assert network.model.training
    tokens, rows = network.tokenise(TEXTS), np.arange(len(TEXTS))
    found = []
    for cut in (True, False):
        torch.manual_seed(0)  # the same dropout in both
        if cut:
            features = network.features(tokens, rows)
        else:
            features = network._whole(tokens, rows, network.prefix.first)
        network.model.zero_grad(set_to_none=True)
        features.square().mean().backward()
        moved = {name: p.grad.clone() for name, p in network.model.named_parameters() if p.grad is not None}
        found.append((features.detach(), moved))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-5, atol=1e-5)
    assert found[0][1].keys() == found[1][1].keys() == moving
    for name in moving:
        torch.testing.assert_close(found[0][1][name], found[1][1][name], rtol=1e-4, atol=1e-6, msg=name)
    torch.manual_seed(1)
    assert not torch.equal(network.features(tokens, rows), found[0][0]), "there is dropout above the cut"
    network.train(False)
    assert torch.equal(network.features(tokens, rows), network.features(tokens, rows))


@integration
@pytest.mark.parametrize("layers", [1, 3])
def test_encoding_in_halves_changes_no_bit(deep_encoder: Path, layers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network, moving = classifier(deep_encoder, {**LORA, "blocks": 1}, layers)
    tokens = network.tokenise(TEXTS)
    whole = network.encode(tokens)
    network.cut(moving, None)
    assert network.prefix is not None
    assert torch.equal(network.encode(tokens), whole)
    assert torch.equal(network.encode(network.tokenise(TEXTS[3:4])), whole[3:4]), "warm, and alone"
    monkeypatch.setattr(prefixes, "CHUNK", 1000)
    network.cut(moving, None, room=0)
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    assert torch.equal(network.encode(tokens), whole), "in small parts, on several threads, nothing kept"
    torch.set_num_threads(threads)


def models() -> Iterator[tuple[str, Any, bool]]:
    """Small models of several architectures, and whether they can be run in halves."""
    import transformers as t

    small = {"vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24}
    for kind in ("Bert", "Roberta", "Electra", "MPNet", "XLMRoberta"):
        yield kind, getattr(t, f"{kind}Model")(getattr(t, f"{kind}Config")(**small)), True
    relative = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8}
    yield "DeBERTa", t.DebertaV2Model(t.DebertaV2Config(**small, **relative)), True
    modern = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
    yield "ModernBERT", t.ModernBertModel(t.ModernBertConfig(**small, **modern)), True
    yield "DistilBERT", t.DistilBertModel(t.DistilBertConfig(vocab_size=40, dim=32, n_layers=3, n_heads=2, hidden_dim=24)), True
    yield "ALBERT", t.AlbertModel(t.AlbertConfig(**small, embedding_size=16)), False  # one block, three times


@integration
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architectures(name: str) -> None:
    torch.manual_seed(0)
    model, halves = next((model, halves) for kind, model, halves in models() if kind == name)
    found = build_prefix(model.eval(), "base", 2, 2, "mean")
    assert (found is not None) == halves
    if found is not None:
        tokens = Tokens(tuple(np.arange(3, 3 + n, dtype=np.int64) for n in (4, 9, 2)))
        with torch.inference_mode():
            wanted = whole_features(model, tokens, np.arange(3), 2, "mean", 0)
            torch.testing.assert_close(found.features(found.fetch(tokens, np.arange(3))), wanted, rtol=1e-4, atol=1e-5)


@integration
def test_a_model_that_reads_its_ids_again_is_run_whole(deep_encoder: Path) -> None:
    from transformers import BertModel

    class Odd(BertModel):  # type: ignore[misc]
        def forward(self, input_ids: Any = None, **others: Any) -> Any:
            found = super().forward(input_ids=input_ids, **others)
            found.last_hidden_state = found.last_hidden_state + self.embeddings.word_embeddings(input_ids)
            return found

    model = Odd.from_pretrained(deep_encoder).train()
    model.embeddings.eval()
    assert build_prefix(model, "base", 2, 1, "mean") is None
    assert model.training
    assert not model.embeddings.training, "every module's mode is as it was"
    assert build_prefix(BertModel.from_pretrained(deep_encoder), "base", 2, 1, "mean") is not None


@integration
def test_states_are_named_by_what_they_are(deep_encoder: Path) -> None:
    def name(regime: dict[str, Any], layers: int = 1, pooling: str = "mean") -> str:
        network, moving = classifier(deep_encoder, regime, layers, pooling)
        network.cut(moving, None)
        assert network.prefix is not None
        return network.prefix.digest

    deep = {**LORA, "blocks": 1}
    assert name(deep) == name({"kind": "depth", "depth": 1}) == name(deep, 2, "cls"), "no layer below the cut is part of them"
    assert len({name(deep), name(LORA), name(deep, 3), name(deep, 4), name(deep, 3, "cls")}) == 5
    network, moving = classifier(deep_encoder, {"kind": "full"})
    network.cut(moving, None)
    assert network.prefix is None
    network, moving = classifier(deep_encoder, {"kind": "head"})
    network.cut(moving, None)
    assert network.prefix is None, "nothing moves: pooled features are kept"


@integration
def test_what_an_experience_before_moved_is_not_below_the_cut(
    deep_encoder: Path, experiences: list[Experience], workspace: Workspace, settings_for: Callable[..., LearningSettings]
) -> None:
    deep = settings_for(deep_encoder, regime={"kind": "depth", "depth": 3}, head={"kind": "linear"})
    parent = workspace.checkpoint(learning.learn(experiences[0], None, deep, seed=0, workspace=workspace).checkpoint)
    method = read_method("regime", {"kind": "depth", "depth": 1})
    backbone = load_backbone(get_base(str(deep_encoder)))
    model = method.prepare(backbone.model, parent)
    network = Classifier(backbone, model, read_method("head", {"kind": "linear"}), 16)
    network.cut(method.moving(model), None)
    assert network.prefix is not None
    assert network.prefix.depth == 1


def line(workspace: Workspace, experiences: list[Experience], settings: LearningSettings, seed: int = 0) -> list[str]:
    """Digests of the line of checkpoints over these experiences."""
    found: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(found[-1]) if found else None
        found.append(learning.learn(experience, parent, settings, seed=seed, workspace=workspace).checkpoint)
    return found


@integration
@pytest.mark.parametrize(
    "recipe",
    [
        {"regime": LORA, "head": {"kind": "analytic", "width": 40, "layers": 3}},
        {"regime": {"kind": "depth", "depth": 1}, "head": {"kind": "linear", "layers": 3}},
    ],
    ids=["lora", "depth"],
)
def test_the_digest_is_the_same_whatever_is_kept(
    recipe: dict[str, Any], deep_encoder: Path, experiences: list[Experience], workspace: Workspace, tmp_path: Path,
    settings_for: Callable[..., LearningSettings], monkeypatch: pytest.MonkeyPatch, counted: Counted,
) -> None:  # fmt: skip
    settings = settings_for(deep_encoder, rehearsal={"kind": "buffer", "capacity": 20}, **recipe)
    store = workspace.features.with_name("prefixes")
    cold = line(workspace, experiences, settings)
    assert counted.rows == 64, "each of the 2 x 32 distinct texts once, whatever the epochs, the memory and the statistics ask"
    warm = beside(workspace, tmp_path / "warm")
    shutil.copytree(store, warm.features.with_name("prefixes"))
    assert line(warm, experiences, settings) == cold
    assert counted.rows == 64, "another line makes nothing"
    line(warm, experiences, settings, seed=1)
    assert counted.rows == 64, "nor does another seed"

    damaged = beside(workspace, tmp_path / "damaged")
    shutil.copytree(store, damaged.features.with_name("prefixes"))
    shards = sorted(damaged.features.with_name("prefixes").rglob("*.safetensors"))
    assert len(shards) == 2
    data = bytearray(shards[0].read_bytes())
    for place in range(500, len(data), 701):
        data[place] ^= 255
    shards[0].write_bytes(data)
    shards[1].write_bytes(os.urandom(300))
    assert line(damaged, experiences, settings) == cold
    assert counted.rows > 64

    for limit, room, chunk in ((0, 1 << 20, 1 << 20), (30_000, 4_000, 3_000), (1 << 20, 0, 1 << 20), (0, 0, 5_000)):
        monkeypatch.setattr(learning, "ActivationStore", partial(ActivationStore, limit=limit))
        monkeypatch.setattr(Classifier.cut, "__defaults__", (room,))
        monkeypatch.setattr(prefixes, "CHUNK", chunk)
        other = beside(workspace, tmp_path / f"{limit}-{room}")
        assert line(other, experiences, settings) == cold, (limit, room, chunk)
        kept = [path.stat().st_size for path in other.features.with_name("prefixes").rglob("*") if path.is_file()]
        assert sum(kept) <= limit


@integration
def test_predictors_answer_alike_and_make_no_state_twice(
    deep_encoder: Path, experiences: list[Experience], workspace: Workspace, settings_for: Callable[..., LearningSettings],
    counted: Counted, tmp_path: Path,
) -> None:  # fmt: skip
    recipes = [{"regime": LORA}, {"regime": {**LORA, "blocks": 0}}, {"regime": {"kind": "depth", "depth": 2}}]
    digests = [
        line(workspace, experiences[:1], settings_for(deep_encoder, head={"kind": "linear", "layers": 2}, **recipe))[0]
        for recipe in recipes
    ]
    texts = experiences[1].table("heldout")["text"].to_pylist()
    shared = SharedBase(get_base(str(deep_encoder)), ActivationStore(workspace.features))
    predictors = [shared.load(workspace.checkpoint(digest)) for digest in digests]
    nothing = FeatureCache(ActivationStore(tmp_path, limit=0), "nothing is kept")
    whole = [replace(predictor, _network=replace(predictor._network, prefix=None, cache=nothing)) for predictor in predictors]
    wanted = [predictor.predict(texts).probabilities for predictor in whole]
    assert [predictor._network.prefix is None for predictor in predictors] == [False, True, False]
    counted.rows = 0
    for _ in range(2):
        for predictor, probabilities in zip(predictors, wanted):
            np.testing.assert_array_equal(predictor.predict(texts).probabilities, probabilities)
    assert counted.rows == len(set(texts)), "adapters and moved weights above the same cut share the states below"
    np.testing.assert_allclose(predictors[0].uncached.predict(texts).probabilities, wanted[0], atol=1e-5)
    assert counted.rows == len(set(texts)), "uncached runs the whole model"


@integration
def test_a_causal_model_loses_what_the_whole_one_loses(tiny_llama: Path) -> None:
    backbone, method = load_backbone(get_base(str(tiny_llama))), read_method("regime", {**LORA, "blocks": 1})
    network = CausalLM(backbone, method.prepare(backbone.model, None), (), 32)
    answers = ["fruit", "tool", "bird now", "bird", "metal", "fruit", "metal"]
    tokens = network.tokenise(TEXTS, answers)
    table = Table(tokens, tuple(answers))
    found = []
    for cut in (False, True):
        if cut:
            network.cut(method.moving(network.model), None)
            assert network.prefix is not None
            assert network.prefix.depth == 1
            network.warm(tokens)
        network.train(True)
        assert network.model.training
        torch.manual_seed(0)  # the same dropout in the adapter
        network.model.zero_grad(set_to_none=True)
        losses = network.losses(table, np.arange(len(TEXTS)))
        losses.mean().backward()
        moved = {name: p.grad.clone() for name, p in network.model.named_parameters() if p.grad is not None}
        found.append((losses.detach(), moved))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-5, atol=1e-5)
    assert found[0][1].keys() == found[1][1].keys()
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(gradient, found[1][1][name], rtol=1e-4, atol=1e-6, msg=name)


@integration
def test_a_causal_model_with_scaled_scores_is_run_whole(tiny_llama: Path) -> None:
    backbone, method = load_backbone(get_base(str(tiny_llama))), read_method("regime", {"kind": "depth", "depth": 1})
    model = method.prepare(backbone.model, None)
    handle = model.register_forward_hook(lambda _module, _args, out: out.__setitem__("logits", out.logits * 2))
    network = CausalLM(backbone, model, (), 32)
    network.cut(method.moving(model), None)
    assert network.prefix is None
    tokens = network.tokenise(TEXTS, ["fruit"] * len(TEXTS))
    table = Table(tokens, ("fruit",) * len(TEXTS))
    scaled = network.losses(table, np.arange(len(TEXTS))).detach()
    alone = [network.losses(table, np.array([row])).detach() for row in range(len(TEXTS))]
    torch.testing.assert_close(scaled, torch.cat(alone), rtol=1e-4, atol=1e-5)
    handle.remove()
    network = CausalLM(backbone, model, (), 32)
    network.cut(method.moving(model), None)
    assert network.prefix is not None
    assert not torch.allclose(scaled, network.losses(table, np.arange(len(TEXTS))).detach(), atol=1e-2)


@integration
@pytest.mark.parametrize("regime", [{**LORA, "blocks": 1}, {"kind": "depth", "depth": 1}], ids=["lora", "depth"])
def test_causal_digests_are_the_same_cold_warm_and_without_a_store(
    regime: dict[str, Any], tiny_llama: Path, experiences: list[Experience], workspace: Workspace, tmp_path: Path,
    settings_for: Callable[..., LearningSettings], monkeypatch: pytest.MonkeyPatch, counted: Counted,
) -> None:  # fmt: skip
    settings = settings_for(tiny_llama, max_tokens=32, regime=regime, rehearsal={"kind": "buffer", "capacity": 20})
    cold = line(workspace, experiences, settings)
    assert counted.rows == 64
    warm = beside(workspace, tmp_path / "warm")
    shutil.copytree(workspace.features.with_name("prefixes"), warm.features.with_name("prefixes"))
    assert line(warm, experiences, settings) == cold
    assert counted.rows == 64
    monkeypatch.setattr(learning, "ActivationStore", partial(ActivationStore, limit=0))
    monkeypatch.setattr(CausalLM.cut, "__defaults__", (0,))
    assert line(beside(workspace, tmp_path / "none"), experiences, settings) == cold


@unit
def test_a_store_of_states_survives_damage_and_merging(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    states = {key(np.array([n])): np.full((1 + n % 5, 3), n, np.float32) for n in range(2 * MOST_SHARDS + 1)}
    for name, one in states.items():
        store.write("e", [name], [one])
    assert len(list((tmp_path / "e").iterdir())) <= MOST_SHARDS + 1
    found = store.read("e", list(states), 3)
    assert found.keys() == states.keys()
    for name, one in states.items():
        np.testing.assert_array_equal(found[name], one)
    assert store.read("e", list(states), 4) == {}
    biggest = max((tmp_path / "e").iterdir(), key=lambda path: path.stat().st_size)
    whole = biggest.read_bytes()
    for place in range(8, len(whole), 97):
        data = bytearray(whole)
        data[place] ^= 1
        biggest.write_bytes(data)
        for name, one in store.read("e", list(states), 3).items():
            np.testing.assert_array_equal(one, states[name])


@end_to_end
def test_killed_and_robbed_of_its_states_it_ends_in_the_same_digest(
    deep_encoder: Path, experiences: list[Experience], workspace: Workspace, tmp_path: Path, nursery: Nursery,
    settings_for: Callable[..., LearningSettings], one_thread: None,
) -> None:  # fmt: skip
    settings = settings_for(deep_encoder, regime=LORA, rehearsal={"kind": "buffer", "capacity": 20})
    undisturbed = line(workspace, experiences, settings, seed=3)
    disturbed = beside(workspace, tmp_path / "disturbed")
    dice = random.Random(time.time_ns())

    def rob() -> None:
        for shard in disturbed.features.with_name("prefixes").rglob("*.safetensors"):
            dice.choice([shard.unlink, lambda shard=shard: shard.write_bytes(b"rubbish")])()

    kills = [Kill(0, dice.randint(1, 8)), Kill(1, dice.randint(1, 8))]
    assert nursery.learn(disturbed, settings, experiences, kills, between=rob).digests == undisturbed, f"killed at {kills}"
