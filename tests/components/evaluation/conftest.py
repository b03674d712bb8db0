"""Predictors and experiences that need no torch: a keyword model and published folders of parquet files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import EVENT_COLUMNS, Experience, Predictions
from components.storage import building, digest_text, publish


@dataclass
class Keywords:
    """Answers with the label whose keyword is in the text, `sure` of it; else with the first label, at even odds."""

    words: Mapping[str, str]  # keyword -> label
    sure: float = 0.9
    digest: str = "0" * 64
    asked: list[str] = field(default_factory=list)
    writes = False

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.words.values()))

    def predict(self, texts: Sequence[str]) -> Predictions:
        self.asked += texts
        rows = np.full((len(texts), len(self.labels)), 1 / max(1, len(self.labels)), np.float32)
        for n, text in enumerate(texts):
            for word, label in self.words.items():
                if word in text.lower().split():
                    rows[n] = (1 - self.sure) / max(1, len(self.labels) - 1)
                    rows[n, self.labels.index(label)] = self.sure
        return Predictions(self.labels, rows)


def publish_experience(
    folder: Path, name: str, heldout: Sequence[tuple[str, str]], train: Sequence[tuple[str, str]] = ()
) -> Experience:
    """An experience as ingestion publishes it, of (text, label) pairs."""
    schema = pa.schema([(column, pa.string()) for column in EVENT_COLUMNS])
    with building(folder) as scratch:
        for part, rows in (("train", train), ("heldout", heldout), ("unlabelled", ())):
            events = [{"text": text, "label": label, "digest": digest_text(text), "metadata": "{}"} for text, label in rows]
            parquet.write_table(pa.Table.from_pylist(events, schema=schema), scratch / f"{part}.parquet")
        labels = sorted({label for _, label in [*heldout, *train]})
        counts = {"train": len(train), "heldout": len(heldout), "unlabelled": 0}
        digest = publish(scratch, folder, {"kind": "experience", "name": name, "labels": labels, "counts": counts, "after": None})
    return Experience(folder / digest)


@pytest.fixture
def fruit(tmp_path: Path) -> Experience:
    """A past experience: 80 cases, two labels."""
    pairs = [(f"the apple number {n}", "apple") for n in range(40)] + [(f"the pear number {n}", "pear") for n in range(40)]
    return publish_experience(tmp_path / "experiences", "fruit", pairs)


@pytest.fixture
def tools(tmp_path: Path) -> Experience:
    """A new experience: 20 cases, one label nobody knew."""
    return publish_experience(tmp_path / "experiences", "tools", [(f"the hammer number {n}", "hammer") for n in range(20)])


@pytest.fixture
def keywords() -> type[Keywords]:
    return Keywords


@pytest.fixture
def publish_heldout() -> Callable[..., Experience]:
    return publish_experience
