"""`adapt: drift` on a run: encode a few hundred rows as the base model is now, and ask `drift.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.errors import UsageError
from components.learning.choice import drift

if TYPE_CHECKING:
    from components.learning.run import Run

#: Rows encoded of each kind: new ones, and memory rows to tell them from
LIMIT = 400
#: Fewer rows held back than this say nothing: then all new rows are asked, though they were trained on
FEWEST = 30


def decide(run: Run, reference: float | None, threshold: float) -> drift.Decision:
    """Whether this run's new rows, none of which was trained on yet, ask for another move of the base model."""
    rows = drift.spread_over(run.targets, np.arange(run.new), LIMIT)
    return drift.Decision(_skill(run, rows, _remembered(run)), reference, threshold, len(rows))


def reached(run: Run) -> float | None:
    """The skill after the base model moved: of rows held back from training; of all new rows where too few were."""
    held = run.validation if len(run.validation) >= FEWEST else np.arange(run.new)
    rows = drift.spread_over(run.targets, held, LIMIT)
    trained = drift.spread_over(run.targets, np.setdiff1d(run.training, rows), LIMIT)
    return _skill(run, rows, np.concatenate([trained, _remembered(run)]))


def _remembered(run: Run) -> drift.Ints:
    held = len(run.memory) if run.memory is not None else 0
    return drift.spread_over(run.targets, np.arange(run.new, run.new + held), LIMIT)


def _skill(run: Run, rows: drift.Ints, others: drift.Ints) -> float | None:
    from components.learning.networks.tokens import Tokens

    if not hasattr(run.network, "encode"):
        raise UsageError("learning.regime.adapt: drift is measured on an encoder's features", "Use adapt: first.")
    both = np.concatenate([rows, others])
    features = run.network.encode(Tokens(tuple(run.tokens.ids[i] for i in both))).double().numpy()
    names = sorted(set(run.targets))
    columns = np.array([names.index(run.targets[i]) for i in both], dtype=np.int64)
    n = len(rows)
    return drift.skill(features[:n], columns[:n], features[n:], columns[n:])
