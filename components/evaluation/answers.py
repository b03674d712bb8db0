"""A predictor's answers to a set of texts, asked once per distinct text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.contracts import Predictions, Predictor


@dataclass(frozen=True)
class Answers:
    """Predictions for distinct texts; `row` gives the row of each text in them."""

    predictions: Predictions
    row: Mapping[str, int]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.predictions.labels

    def label(self, text: str) -> str:
        """The most probable label; empty for a model without labels."""
        return self.labels[int(self.predictions.probabilities[self.row[text]].argmax())] if self.labels else ""

    def confidence(self, text: str) -> float:
        """Probability of that label; 0 for a model without labels."""
        return float(self.predictions.probabilities[self.row[text]].max()) if self.labels else 0.0

    def probability(self, text: str, label: str) -> float:
        """Probability of any label; 0 if the model does not know it."""
        return float(self.predictions.probabilities[self.row[text], self.labels.index(label)]) if label in self.labels else 0.0

    def among(self, allowed: Collection[str]) -> Answers:
        """The same answers if only these labels could have been given; unchanged where none of them is known."""
        columns = [n for n, label in enumerate(self.labels) if label in allowed]
        if not columns or len(columns) == len(self.labels):
            return self
        narrowed = Predictions(tuple(self.labels[n] for n in columns), self.predictions.probabilities[:, columns])
        return Answers(narrowed, self.row)

    def of(self, texts: Sequence[str]) -> Predictions:
        """The predictions for some of the texts, in the given order."""
        return Predictions(self.labels, self.predictions.probabilities[[self.row[text] for text in texts]])


def ask(predictor: Predictor, texts: Iterable[str]) -> Answers:
    """Ask a predictor each distinct text once."""
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        return Answers(Predictions(predictor.labels, np.zeros((0, len(predictor.labels)), np.float32)), {})
    return Answers(predictor.predict(distinct), {text: n for n, text in enumerate(distinct)})
