"""A cache of answers, one parquet file per checkpoint: a candidate that is promoted is the champion of the next cycle.

It is bounded: only the KEPT newest files stay. Deleting the folder costs nothing but time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from components.contracts import Predictions, Predictor
from components.evaluation.answers import Answers, ask
from components.evaluation.relabelled import Renamed
from components.storage import atomic_path

KEPT = 8

Rows = dict[str, NDArray[np.float32]]  # SHA-256 of the exact text -> (C,) probabilities


@dataclass
class AnswerCache:
    """Answers to texts, in memory until `save` writes them to `folder`, where later caches find them. No folder: no cache."""

    folder: Path | None
    _known: dict[str, Rows] = field(default_factory=dict)  # by the digest of a predictor
    _grown: set[str] = field(default_factory=set)

    def ask(self, predictor: Predictor, texts: Iterable[str]) -> Answers:
        """Like `answers.ask`, without asking again for what is known. A predictor without a digest is always asked."""
        if isinstance(predictor, Renamed):
            given = self.ask(predictor.predictor, texts)
            return Answers(predictor.of(given.predictions), given.row)
        digest = getattr(predictor, "digest", None)
        distinct = list(dict.fromkeys(texts))
        if self.folder is None or digest is None or not distinct or not predictor.labels:
            return ask(predictor, distinct)
        if digest not in self._known:
            self._known[digest] = _read(self.folder / f"{digest}.parquet", len(predictor.labels))
        known = self._known[digest]
        keys = {text: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in distinct}
        missing = [text for text in distinct if keys[text] not in known]
        if missing:
            answered = predictor.predict(missing)
            if answered.labels != predictor.labels:  # it wrote freely: its columns are those of this call alone
                return Answers(answered, {text: n for n, text in enumerate(missing)})
            known |= {keys[text]: row for text, row in zip(missing, answered.probabilities)}
            self._grown.add(digest)
        probabilities = np.stack([known[keys[text]] for text in distinct])
        return Answers(Predictions(predictor.labels, probabilities), {text: n for n, text in enumerate(distinct)})

    def save(self) -> None:
        """Write what is new."""
        if self.folder is None:
            return
        for digest in sorted(self._grown):
            _write(self.folder / f"{digest}.parquet", self._known[digest])
        self._grown.clear()


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
