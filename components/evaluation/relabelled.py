"""What an evaluation compares a candidate with, under the candidate's names of classes: a champion's answers, and suites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import escape

import numpy as np

from components.contracts import Predictions, Predictor
from components.evaluation.schema import Case, Suite
from components.relabelling import Names, now_called


@dataclass(frozen=True)
class Renamed:
    """A predictor whose answers are read under other names. Of classes that became one, the more probable answer counts.

    So its answers are those that it gives, in other words: a merge can make them right, and never wrong.
    """

    predictor: Predictor
    names: Names = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether it writes its answers."""
        return self.predictor.writes

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of today, each once."""
        return tuple(now_called(self.predictor.labels, self.names))

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Probabilities of the classes under their names of today."""
        return self.of(self.predictor.predict(texts))

    def of(self, given: Predictions) -> Predictions:
        """Its own answers under the names of today."""
        labels = now_called(given.labels, self.names)
        most = np.zeros((len(given.probabilities), len(labels)), np.float32)
        for n, label in enumerate(given.labels):
            place = labels.index(self.names.get(label, label))
            most[:, place] = np.maximum(most[:, place], given.probabilities[:, n])
        return Predictions(tuple(labels), most)

    def generate(self, texts: Sequence[str]) -> list[str]:
        """What it writes."""
        return self.predictor.generate(texts)


def suite_now(suite: Suite, names: Names) -> Suite:
    """A suite with the names of today in all that it expects. The file that it was read from stays as it is."""
    if not names:
        return suite

    def now(labels: Sequence[str]) -> tuple[str, ...]:
        return tuple(now_called(labels, names))

    patterns = [escape(new) for old, new in names.items() if any(fnmatchcase(old, each) for each in suite.calibrated_on)]
    return suite.model_copy(
        update={
            "when": suite.when.model_copy(update={"labels": now(suite.when.labels)}),
            "calibrated_on": tuple(dict.fromkeys([*suite.calibrated_on, *patterns])),
            "cases": tuple(_case_now(case, names) for case in suite.cases),
        }
    )


def _case_now(case: Case, names: Names) -> Case:
    told = ("expect", "never", "abstain", "requires_labels")
    changed: dict[str, object] = {name: tuple(now_called(getattr(case, name), names)) for name in told}
    if case.direction:
        label = case.direction.label
        changed["direction"] = case.direction.model_copy(update={"label": names.get(label, label)})
    return case.model_copy(update=changed)
