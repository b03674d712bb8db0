"""`adapt: drift` in a run: encode a few hundred rows with the present base model, and ask `drift.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.learning.choice import drift

if TYPE_CHECKING:
    from components.learning.run import Run

#: Most rows that are encoded of each kind: new rows, and memory rows to separate them from
LIMIT = 400
#: Fewer validation rows than this are too few to measure on: then all new rows are used, although they were trained on
FEWEST = 30


def decide(run: Run, reference: float | None, threshold: float) -> drift.Decision:
    """Whether the base model should move again for this run's new rows, none of which was trained on yet."""
    rows = drift.spread_over(run.table.targets, np.arange(run.new), LIMIT)
    return drift.Decision(_skill(run, rows, _remembered(run)), reference, threshold, len(rows))


def reached(run: Run) -> float | None:
    """The skill after the base model moved: on the validation rows, or on all new rows if those are too few."""
    measured = run.split.validation if len(run.split.validation) >= FEWEST else np.arange(run.new)
    rows = drift.spread_over(run.table.targets, measured, LIMIT)
    trained = drift.spread_over(run.table.targets, np.setdiff1d(run.split.training, rows), LIMIT)
    return _skill(run, rows, np.concatenate([trained, _remembered(run)]))


def _remembered(run: Run) -> drift.Ints:
    return drift.spread_over(run.table.targets, run.remembered, LIMIT)


def _skill(run: Run, rows: drift.Ints, others: drift.Ints) -> float | None:
    both = np.concatenate([rows, others])
    features = run.represent(both).double().numpy()
    names = sorted(set(run.table.targets))
    columns = np.array([names.index(run.table.targets[i]) for i in both], dtype=np.int64)
    n = len(rows)
    return drift.skill(features[:n], columns[:n], features[n:], columns[n:])
