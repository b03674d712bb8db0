"""Parts of a batch: every text in one of them, none larger than the room, and together the losses and gradients of the whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.models import get_base
from components.learning.networks import parts as those
from components.learning.networks.backbone import load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.packing import lay_out
from components.learning.networks.parts import ROOM, Load, cut
from components.learning.networks.table import Table
from tests.components.learning.networks.test_frozen_prefix import LORA, TEXTS, classifier

unit, integration = pytest.mark.unit, pytest.mark.integration
CPU, MINILM = torch.device("cpu"), Load(width=384, heads=12, blocks=3)


@unit
@given(st.lists(st.integers(1, 512), min_size=1, max_size=128), st.booleans())
def test_every_text_is_in_one_part_and_every_part_fits(lengths: list[int], packs: bool) -> None:
    first = 0 if packs else None
    parts = cut(np.array(lengths), first, MINILM, CPU)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(lengths)))
    for part in parts:
        shape = lay_out(np.array(lengths)[part], first).shape
        assert len(part) == 1 or MINILM.bytes(shape) <= ROOM["cpu"]


@unit
def test_a_batch_of_short_texts_is_left_as_it_is() -> None:
    lengths = np.random.default_rng(0).integers(5, 40, 64)
    (part,) = cut(lengths, 0, MINILM, CPU)
    assert part.tolist() == list(range(64)), "in its own order: nothing changes, to the bit"


@unit
def test_long_answers_of_a_large_vocabulary_are_counted() -> None:
    lengths, load = np.full(64, 20), Load(width=64, heads=2, blocks=2, vocabulary=50_000)
    assert len(cut(lengths, None, load, CPU, np.full(64, 1))) == 1
    assert len(cut(lengths, None, load, CPU, np.full(64, 15))) > 1


def encoder(base: Path, _: Path) -> Any:
    return classifier(base, LORA)[0]


def causal(_: Path, base: Path) -> Any:
    backbone = load_backbone(get_base(str(base)))
    return CausalLM(backbone, backbone.model, ("a", "b"), 16)


@integration
@pytest.mark.parametrize("make", [encoder, causal])
@pytest.mark.parametrize("gradients", [True, False])
def test_parts_give_the_losses_and_gradients_of_the_whole_batch(
    make: Callable[..., Any], gradients: bool, tiny_encoder: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make(tiny_encoder, tiny_llama)
    targets = tuple("ab"[i % 2] for i in range(len(TEXTS)))
    table, rows = Table(network.tokenise(TEXTS, targets), targets), np.arange(len(TEXTS))
    weights = torch.linspace(0.5, 2, len(TEXTS))
    network.train(False)  # without dropout, whose masks differ
    found = []
    for room in (ROOM, {"cpu": 60_000}):
        monkeypatch.setattr(those, "ROOM", room)
        with torch.set_grad_enabled(gradients):
            assert (len(network.parts(table, rows)) > 1) == (room is not ROOM)
            losses, scores = network.score(table, rows)
        network.model.zero_grad(set_to_none=True)
        if gradients:
            ((losses * weights).sum() + losses.square().mean()).backward()
        grads = {name: p.grad for name, p in network.model.named_parameters() if p.grad is not None}
        found.append((losses.detach(), scores, grads))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-5, atol=1e-6)
    if found[0][1] is not None:
        torch.testing.assert_close(found[1][1], found[0][1], rtol=1e-5, atol=1e-5)
    assert bool(found[0][2]) == gradients
    assert found[0][2].keys() == found[1][2].keys()
    for name, gradient in found[0][2].items():
        torch.testing.assert_close(found[1][2][name], gradient, rtol=1e-4, atol=1e-6, msg=name)
