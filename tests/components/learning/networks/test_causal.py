"""Causal LMs in the same trainer: completion-only loss, and probabilities along the trie of known answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from components.catalog.models import get_base
from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.networks import causal
from components.learning.networks.backbone import load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.table import Table
from components.learning.shared_bases import load_predictor
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
MakeExperience = Callable[..., Experience]
#: The second answer begins like the first, the third like the second: forks at several depths
ANSWERS = ("apple", "apple pear", "apple pear fig", "owl", "crow gull")


def model_of(folder: Path, labels: tuple[str, ...] = ANSWERS) -> CausalLM:
    """The untrained tiny model."""
    backbone = load_backbone(get_base(str(folder)))
    return CausalLM(backbone, backbone.model, labels, 32)


def log_probability(network: CausalLM, text: str, answer: str) -> list[float]:
    """log p of each token of an answer (and the end) after the text: one plain forward pass."""
    ids = torch.tensor(network.tokenise([text], [answer]).ids[0]).unsqueeze(0)
    given = network.tokenise([text], [answer]).prompt[0]
    with torch.inference_mode():
        scores = torch.log_softmax(network.model(input_ids=ids).logits[0], -1)
    return [float(scores[place - 1, ids[0, place]]) for place in range(given, ids.shape[1])]


def test_the_loss_is_that_of_the_completion_alone(tiny_llama: Path) -> None:
    network = model_of(tiny_llama)
    texts, targets = ["i see a plum", "owl", "bring me that robin now"], ["apple pear", "owl", "crow gull"]
    tokens = network.tokenise(texts, targets)
    table = Table(tokens, tuple(targets))
    with torch.inference_mode():
        found = network.losses(table, np.arange(3)).tolist()
    expected = [-float(np.mean(log_probability(network, text, target))) for text, target in zip(texts, targets)]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_probabilities_follow_the_trie(tiny_llama: Path) -> None:
    network = model_of(tiny_llama)
    texts = ["i see a plum", "owl", "bring me that robin now", ""]
    labels, found = network.predict(texts)
    assert labels == ANSWERS
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-5)
    alone = np.concatenate([network.predict([text])[1] for text in texts])
    np.testing.assert_allclose(found, alone, atol=1e-5)
    for row, text in enumerate(texts):
        # the first fork: apple... | owl | crow gull, the model's own odds
        odds = np.exp([log_probability(network, text, answer)[0] for answer in ("apple", "owl", "crow gull")])
        np.testing.assert_allclose([found[row, :3].sum(), found[row, 3], found[row, 4]], odds / odds.sum(), rtol=1e-3)


def test_long_texts_are_cut_and_leave_room_for_the_answer(tiny_llama: Path) -> None:
    network = model_of(tiny_llama)
    long = " ".join(["plum"] * 200)
    assert max(len(ids) for ids in network.tokenise([long, "a"]).ids) <= 32 - 4
    tokens = network.tokenise([long], ["apple pear fig"])
    assert len(tokens.ids[0]) == 32
    assert tokens.prompt == (28,)


def test_it_learns_completions_and_reloads(
    tiny_llama: Path, workspace: Workspace, make: MakeExperience, settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"plum": "fruit", "owl": "bird", "saw": "tool", "fig": "fruit", "wren": "bird", "axe": "tool"}
    rows = [
        (frame.format(word), answer)
        for word, answer in answers.items()
        for frame in ("i see a {}", "this is the {}", "{}", "a {} now")
    ]
    experience = make(workspace, rows, "words", completions=True)
    settings = settings_for(
        tiny_llama,
        regime={"kind": "full"},
        regularizers=[{"kind": "ewc", "samples": 4}],
        optimizer={"kind": "adamw", "rate": 0.01, "epochs": 8, "batch": 8, "patience": 8},
    )
    digest = learn(experience, None, settings, seed=0, workspace=workspace).checkpoint
    predictor = load_predictor(workspace.checkpoint(digest))
    assert predictor.labels == ("bird", "fruit", "tool")
    table = experience.table("train")
    texts, truth = table["text"].to_pylist(), table["completion"].to_pylist()
    found = predictor.predict(texts)
    assert np.mean([a == b for a, b in zip(found.top(), truth)]) > 0.8
    np.testing.assert_array_equal(load_predictor(workspace.checkpoint(digest)).predict(texts).probabilities, found.probabilities)
    monkeypatch.setattr(causal, "MOST_CLASSES", 2)
    free = predictor.predict(texts)
    assert np.mean([a == b for a, b in zip(free.top(), truth)]) > 0.8, "free writing finds the same answers"
    assert predictor.generate(texts) == free.top(), "and `generate` writes them whatever it knows"
    assert predictor.writes
    assert predictor.generate([]) == []
    assert predictor.embed(texts[:3]).shape == (3, 64)


def test_an_encoder_writes_nothing(
    tiny_encoder: Path, workspace: Workspace, experiences: list[Experience], settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "head"}, rehearsal={"kind": "none"})
    predictor = load_predictor(
        workspace.checkpoint(learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint)
    )
    assert not predictor.writes
    with pytest.raises(UsageError, match="writes nothing"):
        predictor.generate(["i see a plum"])


def test_generate_does_not_hang_on_the_answers_that_are_known(tiny_llama: Path) -> None:
    network = model_of(tiny_llama)
    texts = ["i see a plum", "owl", "bring me that robin now", ""]
    wrote = network.generate(texts)
    assert wrote == [network.generate([text])[0] for text in texts]
    network.labels = ()
    assert network.generate(texts) == wrote


def test_lora_on_a_causal_model(
    tiny_llama: Path, workspace: Workspace, experiences: list[Experience], settings_for: Make
) -> None:
    settings = settings_for(tiny_llama, regime={"kind": "lora", "rank": 2})
    first = learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint
    second = learn(experiences[1], workspace.checkpoint(first), settings, seed=0, workspace=workspace).checkpoint
    assert load_predictor(workspace.checkpoint(second)).labels == ("fruit", "tool", "bird", "metal")
    assert not (workspace.checkpoint(second) / "head.safetensors").exists()
