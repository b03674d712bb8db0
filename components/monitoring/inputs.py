"""Input drift: how far the new events are from those that the memory holds."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from components.monitoring.forgetting import Drift

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ROWS = 2000  # rows of each side that are compared, evenly spaced: the cost does not grow
EMBEDDED = 300  # rows of each side that are embedded, at some milliseconds each
LEAST = 10  # with fewer rows on a side nothing can be concluded

Embed = Callable[[Sequence[str]], NDArray[np.float32]]  # texts -> (n, width)

DESCRIPTORS = ("characters", "words", "unknown_words")


def inputs(
    current: pa.Table,
    reference: pa.Table,
    *,
    now: datetime,
    embed: Embed | None = None,
) -> Drift:
    """Compare new events (current) with the memory (reference); both tables have text and label (nullable).

    Compares the length in characters and words, the share of words that the memory does not know, the labels (new classes are
    drift), and with `embed` the position of the texts between the two sides. Evidently chooses the tests by number of rows.

    Summary: {"rows": {"current", "reference"}, "drifted_share", "columns": {name: {"score", "method", "threshold", "drifted"}}}
    """
    rows = {"current": current.num_rows, "reference": reference.num_rows}
    if min(rows.values()) < LEAST:
        return Drift({"rows": rows, "drifted_share": None, "columns": {}})
    tables = [table.take(_spaced(table.num_rows, ROWS)) for table in (current, reference)]
    known = Counter(word for text in reference["text"].to_pylist() for word in set(_words(text)))
    frames = [_describe(tables[0], known, 0), _describe(tables[1], known, 1)]
    if embed is not None:
        rows_of = [_spaced(table.num_rows, EMBEDDED) for table in tables]
        sides = [
            np.asarray(embed(table["text"].take(chosen).to_pylist()), float)
            for table, chosen in zip(tables, rows_of, strict=True)
        ]
        for frame, chosen, placed in zip(frames, rows_of, _between(*sides), strict=True):
            frame.loc[chosen, "embedding"] = placed
    snapshot = _run(frames[0], frames[1], now)
    columns = _findings(snapshot)
    share = sum(column["drifted"] for column in columns.values()) / len(columns)
    return Drift({"rows": rows, "drifted_share": round(share, 6), "columns": columns}, snapshot)


def _spaced(n: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _describe(table: pa.Table, known: Counter[str], own: int) -> pd.DataFrame:
    """Descriptors of each text. A word is unknown when at most `own` rows of the memory have it: a row of the memory
    itself (own = 1) does not count as knowing its words, or the memory would know all of them by construction."""
    import pandas as pd

    texts: Sequence[str] = table["text"].to_pylist()
    words = [_words(text) for text in texts]
    unknown = [sum(known[word] <= own for word in mine) / max(1, len(mine)) for mine in words]
    labels = [label if label is not None else "(none)" for label in table["label"].to_pylist()]
    values = ([len(text) for text in texts], [len(mine) for mine in words], unknown)
    return pd.DataFrame({**{name: np.asarray(v, float) for name, v in zip(DESCRIPTORS, values, strict=True)}, "label": labels})


def _between(current: NDArray[np.float64], reference: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Where each vector lies on the axis that best separates the two sides: Fisher's discriminant, ridged.

    Each half of the rows is placed on the axis fitted to the other half, so that equal sides look equal.
    """
    sides = (current, reference)
    scores = [np.empty(len(side)) for side in sides]
    for fold in (0, 1):
        fit = [side[1 - fold :: 2] for side in sides]
        means = [side.mean(axis=0) for side in fit]
        within = np.concatenate([side - mean for side, mean in zip(fit, means, strict=True)])
        spread = within.T @ within / len(within)
        ridge = max(1e-12, float(np.trace(spread)) / len(spread))
        axis = np.linalg.solve(spread + ridge * np.eye(len(spread)), means[0] - means[1])
        for side, placed in zip(sides, scores, strict=True):
            placed[fold::2] = (side[fold::2] - (means[0] + means[1]) / 2) @ axis
    return scores


def _run(current: pd.DataFrame, reference: pd.DataFrame, now: datetime) -> Any:
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import DriftedColumnsCount, ValueDrift

    names = list(current.columns)
    definition = DataDefinition(numerical_columns=[name for name in names if name != "label"], categorical_columns=["label"])
    report = Report([DriftedColumnsCount(columns=names), *(ValueDrift(column=name) for name in names)], include_tests=True)
    sides = (Dataset.from_pandas(frame, data_definition=definition) for frame in (current, reference))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # constant columns: histograms and z-tests divide by zero
        return report.run(*sides, timestamp=now, name="inputs", tags=["inputs"])


def _findings(snapshot: Any) -> dict[str, Any]:
    content = snapshot.dict()
    drifted = {test["metric_config"]["metric_id"]: test["status"].name == "FAIL" for test in content["tests"]}
    return {
        metric["config"]["column"]: {
            "score": round(float(metric["value"]), 6),
            "method": metric["config"]["method"],
            "threshold": metric["config"]["threshold"],
            "drifted": drifted[metric["id"]],
        }
        for metric in content["metrics"]
        if metric["config"]["type"].endswith("ValueDrift")
    }
