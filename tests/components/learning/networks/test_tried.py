"""Trying a model once: models of one make share what was found, others do not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from components.learning.networks.tried import once

pytestmark = pytest.mark.unit


def test_models_of_one_make_are_tried_once() -> None:
    calls: list[str] = []

    def asked(model: torch.nn.Module, config: object, what: str = "something of this test") -> object:
        return once(what, model, config, lambda: calls.append("tried") or len(calls))

    def stack(*modules: torch.nn.Module) -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Linear(2, 2), *modules)

    small = SimpleNamespace(heads=2)
    assert [asked(stack(), small) for _ in range(3)] == [1, 1, 1], "weights do not matter"
    assert asked(stack(), SimpleNamespace(heads=4)) == 2
    assert asked(stack(torch.nn.Dropout()), small) == 3
    assert asked(stack(torch.nn.Sequential(torch.nn.Dropout())), small) == 4, "where a module is matters too"
    assert asked(stack(), small, "another question") == 5
    assert asked(stack(), small) == 1


def test_nothing_is_an_answer() -> None:
    model, calls = torch.nn.Linear(2, 2), []
    for _ in range(2):
        assert once("nothing of this test", model, 0, lambda: calls.append(1)) is None
    assert len(calls) == 1
