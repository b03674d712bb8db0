"""The cosine head: lengths do not matter, names decide where a class starts, old rows stay."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from components.learning.heads.cosine import Cosine
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.run import Past, Run, Split

pytestmark = pytest.mark.unit


def test_scores_are_the_scaled_cosine_whatever_the_lengths() -> None:
    head, x = Cosine(scale=7.0), torch.randn(9, 300)
    head.grow(["a", "b"], 300)
    weight = head.parameters()["weight"]
    expected = 7 * torch.nn.functional.cosine_similarity(x.unsqueeze(1), weight.unsqueeze(0), dim=-1)
    torch.testing.assert_close(head.logits(x), expected)
    before = head.logits(x).detach()
    with torch.no_grad():
        weight[0] *= 50
    torch.testing.assert_close(head.logits(3 * x), before)
    assert float(head.logits(x).detach().abs().max()) <= 7 + 1e-4


def test_rows_depend_on_names_and_not_on_the_order_of_growth() -> None:
    one, other = Cosine(), Cosine()
    one.grow(["a", "b", "c"], 600)
    for label in ("c", "a", "b"):
        other.grow([label], 600)
    rows = {label: other.parameters()["weight"][i] for i, label in enumerate(other.labels)}
    for i, label in enumerate(one.labels):
        assert torch.equal(one.parameters()["weight"][i], rows[label])
    assert float((one.parameters()["weight"] @ one.parameters()["weight"].T - torch.eye(3)).abs().max()) < 0.2


def test_old_rows_stay_bit_for_bit_and_the_state_comes_back() -> None:
    head, x = Cosine(), torch.randn(5, 8)
    head.grow(["d", "b"], 8)
    for parameter in head.parameters().values():
        torch.nn.init.uniform_(parameter, 0.5, 2)
    before = {name: tensor.clone() for name, tensor in head.state().items()}
    head.grow(["a", "d", "c"], 8)
    assert head.labels == ("b", "d", "a", "c")
    assert torch.equal(head.state()["weight"][:2], before["weight"])
    assert torch.equal(head.state()["scale"], before["scale"])
    again = Cosine()
    again.restore(head.labels, head.state())
    assert torch.equal(again.probabilities(x), head.probabilities(x))


def test_the_scale_moves_only_if_it_is_to() -> None:
    learned, fixed = Cosine(), Cosine(learn_scale=False, scale=3.0)
    for head in (learned, fixed):
        head.grow(["a", "b"], 4)
        head.logits(torch.randn(5, 4)).log_softmax(-1)[:, 0].sum().backward()
        assert head.parameters()["weight"].grad is not None
    assert learned.parameters()["scale"].grad.abs() > 0
    assert set(fixed.parameters()) == {"weight"}
    fixed.load(learned.state())
    assert float(fixed.state()["scale"]) == 3.0


@pytest.mark.parametrize("cached", [True, False])
def test_new_classes_start_at_the_mean_direction_of_their_training_texts(cached: bool) -> None:
    x = torch.randn(8, 4)
    network: Any = SimpleNamespace(encode=lambda tokens: x[[int(ids[0]) for ids in tokens.ids]], train=lambda mode: None)
    network.model = SimpleNamespace(training=True)
    truth = ("new", "old", "new", "new", "old", "new", "new", "old")
    table = Table(Tokens(tuple(np.array([i]) for i in range(8))), truth, x if cached else None)
    split, past = Split(training=np.array([0, 1, 2, 3, 4, 6])), Past(seen={"old": 3})
    run = Run(network, table, 7, np.random.default_rng(0), split, past)
    head = Cosine()
    head.grow(truth, 4)
    old = head.state()["weight"][1].clone()
    head.before_experience(run)
    unit = torch.nn.functional.normalize(x[[0, 2, 3, 6]], dim=-1).mean(0)
    torch.testing.assert_close(head.state()["weight"][0], unit / unit.norm())
    assert torch.equal(head.state()["weight"][1], old)
    untouched = Cosine(imprint=False)
    untouched.grow(truth, 4)
    before = untouched.state()["weight"].clone()
    untouched.before_experience(run)
    assert torch.equal(untouched.state()["weight"], before)
