"""`adapt: drift` on a run: encode a few hundred rows as the base model is now, and ask `drift.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.learning.choice import drift

if TYPE_CHECKING:
    from components.learning.run import Run

#: Rows encoded of each kind: new ones, and memory rows to tell them from
LIMIT = 400
#: Fewer rows held back than this say nothing: then all new rows are asked, though they were trained on
FEWEST = 30


def decide(run: Run, reference: float | None, threshold: float) -> drift.Decision:
    """Whether this run's new rows, none of which was trained on yet, ask for another move of the base model."""
    rows = drift.spread_over(run.table.targets, np.arange(run.new), LIMIT)
    return drift.Decision(_skill(run, rows, _remembered(run)), reference, threshold, len(rows))


def reached(run: Run) -> float | None:
    """The skill after the base model moved: of rows held back from training; of all new rows where too few were."""
    held = run.split.validation if len(run.split.validation) >= FEWEST else np.arange(run.new)
    rows = drift.spread_over(run.table.targets, held, LIMIT)
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
