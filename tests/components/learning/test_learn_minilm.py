"""The default recipe on the real encoder and a few dozen texts: learned, reloaded, remembered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from components.contracts import Experience
from components.learning.learn import learn
from components.learning.shared_bases import load_predictor
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration

TEMPLATES = {
    "city": "Which city hosted the {} in {}?", "person": "Who won the {} in {}?",
    "year": "In what year did the {} of {} start?", "money": "How much did the {} of {} cost?",
}  # fmt: skip
EVENTS = ["Olympic Games", "world cup", "jazz festival", "book fair", "car race", "peace summit", "chess match", "film awards"]


def test_the_default_recipe_learns_two_experiences(workspace: Workspace, make: Callable[..., Experience]) -> None:
    settings = LearningSettings()
    halves = [("city", "person"), ("year", "money")]
    rows = [[(TEMPLATES[c].format(e, p), c) for e in EVENTS for p in ("Oslo", "Lima") for c in half] for half in halves]
    experiences = [make(workspace, own, f"half {i}") for i, own in enumerate(rows)]
    digests: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(digests[-1]) if digests else None
        digests.append(learn(experience, parent, settings, seed=0, workspace=workspace).checkpoint)
    predictor = load_predictor(workspace.checkpoint(digests[-1]))
    held = [e.table("heldout") for e in experiences]
    texts, truth = ([x for t in held for x in t[c].to_pylist()] for c in ("text", "label"))
    found = predictor.predict(texts)
    assert np.mean([a == b for a, b in zip(found.top(), truth)]) >= 0.9
    again = load_predictor(workspace.checkpoint(digests[-1])).predict(texts)
    np.testing.assert_array_equal(again.probabilities, found.probabilities)
    assert predictor.embed(texts).shape == (len(texts), 384)
