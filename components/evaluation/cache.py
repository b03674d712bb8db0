"""A cache of answers, one parquet file per checkpoint: a candidate that is promoted is the champion of the next cycle.

It is bounded: only the KEPT newest files stay. Deleting the folder costs nothing but time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from components.contracts import Predictions, Predictor
from components.evaluation.answers import Answers, ask
from components.storage import atomic_path

KEPT = 8

Rows = dict[str, NDArray[np.float32]]  # SHA-256 of the exact text -> (C,) probabilities


def ask_cached(predictor: Predictor, texts: Iterable[str], folder: Path | None) -> Answers:
    """Like `answers.ask`, without asking again for what the cache holds. No folder, or a predictor without a digest: no cache."""
    digest = getattr(predictor, "digest", None)
    distinct = list(dict.fromkeys(texts))
    if folder is None or digest is None or not distinct or not predictor.labels:
        return ask(predictor, distinct)
    path = folder / f"{digest}.parquet"
    keys = {text: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in distinct}
    known = _read(path, len(predictor.labels))
    missing = [text for text in distinct if keys[text] not in known]
    if missing:
        answered = predictor.predict(missing)
        if answered.labels != predictor.labels:  # it wrote freely: its columns are those of this call alone
            return Answers(answered, {text: n for n, text in enumerate(missing)})
        known |= {keys[text]: row for text, row in zip(missing, answered.probabilities)}
        _write(path, known)
    probabilities = np.stack([known[keys[text]] for text in distinct])
    return Answers(Predictions(predictor.labels, probabilities), {text: n for n, text in enumerate(distinct)})


def _read(path: Path, width: int) -> Rows:
    if not path.is_file():
        return {}
    try:
        table = parquet.read_table(path)
    except pa.ArrowInvalid:  # damaged: it is only a cache
        return {}
    values = table["probabilities"].combine_chunks().flatten().to_numpy().reshape(-1, width)
    return dict(zip(table["key"].to_pylist(), values.astype(np.float32)))


def _write(path: Path, rows: Mapping[str, NDArray[np.float32]]) -> None:
    values = np.stack(list(rows.values())).astype(np.float32)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
    with atomic_path(path) as temporary:
        parquet.write_table(pa.table({"key": list(rows), "probabilities": lists}), temporary)
    _trim(sorted(path.parent.glob("*.parquet"), key=lambda file: file.stat().st_mtime))


def _trim(files: Sequence[Path]) -> None:
    for file in files[:-KEPT]:
        file.unlink(missing_ok=True)
