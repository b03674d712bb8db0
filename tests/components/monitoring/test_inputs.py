"""Input drift as Evidently finds it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from components.monitoring.inputs import inputs

pytestmark = pytest.mark.integration
NOW = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)
Make = Callable[..., pa.Table]


WORDS = "alpha beta gamma delta epsilon zeta"


def embed(shift: float) -> Callable[[Sequence[str]], np.ndarray]:
    """Random vectors, those of texts with "omega" moved by `shift` in every direction."""
    return lambda texts: (
        np.stack([np.random.default_rng(len(t)).normal(size=40) for t in texts])
        + shift * np.array([["omega" in t] for t in texts])
    )


def test_inputs_like_the_memory_do_not_drift(events: Make) -> None:
    summary = inputs(events(300, WORDS, "x y", 1), events(600, WORDS, "x y", 2), now=NOW, embed=embed(0)).summary
    assert summary["rows"] == {"current": 300, "reference": 600}
    assert summary["drifted_share"] == 0.0
    assert set(summary["columns"]) == {"characters", "words", "unknown_words", "label", "embedding"}


def test_new_words_classes_and_meanings_drift(events: Make) -> None:
    new = events(300, f"{WORDS} omega psi chi", "x z", 1)
    columns = inputs(new, events(600, WORDS, "x y", 2), now=NOW, embed=embed(1.0)).summary["columns"]
    assert {name for name, column in columns.items() if column["drifted"]} >= {"unknown_words", "label", "embedding"}
    assert not columns["words"]["drifted"]


def test_too_few_rows_say_nothing(events: Make) -> None:
    drift = inputs(events(200, WORDS, "x", 1), events(3, WORDS, "x", 2), now=NOW)
    assert drift.snapshot is None
    assert drift.summary["drifted_share"] is None


def test_unlabelled_events_can_be_compared(events: Make) -> None:
    new = events(50, WORDS, "x y", 1)
    new = new.set_column(1, "label", pa.nulls(50, pa.string()))
    assert inputs(new, events(50, WORDS, "x y", 2), now=NOW).summary["columns"]["label"]["drifted"]
