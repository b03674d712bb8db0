"""The tables that monitoring compares, read from experiences, answered cases and the champion's memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from components.contracts import Experience, Part
from components.monitoring.forgetting import METRICS

ANSWERS = pa.schema([("experience", pa.string()), ("case", pa.string()), *((metric, pa.float32()) for metric in METRICS)])
TEXTS = pa.schema([("text", pa.string()), ("label", pa.string())])


def past_cases(
    reference_files: Sequence[tuple[str, Path]], current: Path, past: Sequence[Experience]
) -> tuple[pa.Table, pa.Table]:
    """(reference, current) for `forgetting`: past cases as answered by the version that learned them, and as answered now.

    reference_files: (experience digest, cases.parquet of the cycle that learned it), oldest first; the first of a digest counts.
    current: cases.parquet of this cycle. An experience without a file, because it was learned elsewhere, has no reference.
    """
    digests = [experience.digest for experience in past]
    missing = set(digests)
    reference = [ANSWERS.empty_table()]
    for digest, cases in reference_files:
        if digest in missing:
            missing.discard(digest)
            reference.append(_answers(cases, [digest]))
    return pa.concat_tables(reference), _answers(current, digests)


def new_events(experience: Experience) -> pa.Table:
    """Text and label of the new events: the training share and the unlabelled ones; the held-out ones if those were removed."""
    parts: tuple[Part, ...] = ("train", "unlabelled") if experience.has("train") else ("heldout",)
    return pa.concat_tables([experience.table(part).select(TEXTS.names).cast(TEXTS) for part in parts])


def known_events(past: Sequence[Experience], champion: Path | None) -> tuple[pa.Table, str]:
    """Text and label of the champion's memory, and "memory"; of the past held-out cases if the memory keeps no texts."""
    file = champion / "memory.parquet" if champion else None
    if file and file.is_file():
        return parquet.read_table(file, columns=TEXTS.names).cast(TEXTS), "memory"
    parts = [experience.table("heldout").select(TEXTS.names).cast(TEXTS) for experience in past]
    return pa.concat_tables([TEXTS.empty_table(), *parts]), "past held-out cases"


def _answers(cases: Path, digests: Collection[str]) -> pa.Table:
    columns = ["experience", "case", *(f"candidate_{metric}" for metric in METRICS)]
    chosen = (pc.field("kind") == "regression") & pc.field("experience").isin(pa.array(list(digests), pa.string()))
    table = parquet.read_table(cases, columns=columns, filters=chosen)
    return table.rename_columns(ANSWERS.names).cast(ANSWERS)
