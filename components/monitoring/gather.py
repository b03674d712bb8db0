"""What monitoring compares, read from the records of the cycles and from the artefacts of the champion."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from components.contracts import Experience
from components.cycle.history import lineage
from components.monitoring.forgetting import METRICS
from components.storage import read_json
from components.workspace import Workspace

ANSWERS = pa.schema([("experience", pa.string()), ("case", pa.string()), *((metric, pa.float32()) for metric in METRICS)])
TEXTS = pa.schema([("text", pa.string()), ("label", pa.string())])


def past_cases(workspace: Workspace, cycle: str, past: Sequence[Experience], champion: Path | None) -> tuple[pa.Table, pa.Table]:
    """(reference, current) for `forgetting`: past cases as their own cycle's candidate answered them, and this cycle's.

    An experience whose cycle left no record here, because it was learned elsewhere, has no reference.
    """
    wanted = {experience.digest for experience in past}
    reference = [ANSWERS.empty_table()]
    for learned in lineage(workspace, champion.name if champion else None):
        digest = read_json(workspace.cycles / learned / "ingest" / "record.json")["outputs"]["experience"]
        if digest in wanted:
            wanted.discard(digest)
            reference.append(_answers(workspace.cycles / learned, [digest]))
    return pa.concat_tables(reference), _answers(workspace.cycles / cycle, [experience.digest for experience in past])


def new_events(experience: Experience) -> pa.Table:
    """Text and label of what came in: the training share and what has no label."""
    return pa.concat_tables([experience.table(part).select(TEXTS.names).cast(TEXTS) for part in ("train", "unlabelled")])


def known_events(past: Sequence[Experience], champion: Path | None) -> tuple[pa.Table, str]:
    """Text and label of the champion's memory, and "memory"; of the past held-out cases where it keeps no texts."""
    file = champion / "memory.parquet" if champion else None
    if file and file.is_file():
        return parquet.read_table(file, columns=TEXTS.names).cast(TEXTS), "memory"
    parts = [experience.table("heldout").select(TEXTS.names).cast(TEXTS) for experience in past]
    return pa.concat_tables([TEXTS.empty_table(), *parts]), "past held-out cases"


def _answers(folder: Path, digests: Collection[str]) -> pa.Table:
    columns = ["experience", "case", *(f"candidate_{metric}" for metric in METRICS)]
    chosen = (pc.field("kind") == "regression") & pc.field("experience").isin(pa.array(list(digests), pa.string()))
    table = parquet.read_table(folder / "evaluate" / "cases.parquet", columns=columns, filters=chosen)
    return table.rename_columns(ANSWERS.names).cast(ANSWERS)
