"""Between the passes: what becomes of each spooled row, given the other rows and the experiences before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.ingestion.chain import provenance_before
from components.ingestion.experience_files import chosen_rows
from components.ingestion.heldout import PARTS, choose_heldout, look_back
from components.ingestion.intake import DUPLICATES, QUARANTINE, SPOOL
from components.ingestion.quarantine import duplicate_line, rows_into, screened_line
from components.ingestion.quotas import set_aside
from components.ingestion.screening import KEEP, Ints, Keys, screen
from components.privacy.sealing import Seal
from components.settings import IngestionSettings
from components.workspace import Workspace

LEFT_OUT = -1


@dataclass(frozen=True)
class Assignment:
    """For n spooled rows: the part each goes to (LEFT_OUT: none), why it is left out (KEEP: it is not), which row it repeats."""

    sides: NDArray[np.int8]
    reasons: NDArray[np.object_]
    repeats: Ints

    def count(self, *parts: str) -> int:
        """Rows that go to these parts."""
        return int(np.isin(self.sides, [PARTS[part] for part in parts]).sum())


def assign(keys: Keys, settings: IngestionSettings, after: str | None, workspace: Workspace, again: bool) -> Assignment:
    """Screen the rows, then assign each that stays to a part. `again`: rows that the chain already holds are duplicates."""
    past = look_back(keys.text, keys.target, after, workspace)
    reasons, repeats = screen(keys, settings.near_duplicates)
    bare = keys.target == 0
    reasons[(reasons == KEEP) & bare & past.heldout] = "duplicate_heldout"
    if again:
        reasons[(reasons == KEEP) & past.ingested] = "duplicate_ingested"
    set_aside(reasons, keys, settings, provenance_before(workspace, after))
    kept = reasons == KEEP
    sides = np.where(kept & bare, PARTS["unlabelled"], LEFT_OUT).astype(np.int8)
    # exact copies count: if one of them asks to be tested on, the text is not trained on
    voting = np.flatnonzero(~bare & (kept | (reasons == "duplicate_exact")))
    heldout = choose_heldout(
        keys.text.take(voting),
        keys.stratum[voting],
        keys.side[voting],
        past.heldout[voting],
        past.trained[voting],
        settings.heldout_share,
    )
    sides[voting] = np.where(heldout, PARTS["heldout"], PARTS["train"])
    sides[~kept] = LEFT_OUT
    return Assignment(sides, reasons, repeats)


def write_down(
    assignment: Assignment, keys: Keys, files: Sequence[Path], scratch: Path, after: str | None, seal: Seal | None = None
) -> None:
    """Write the rows that are left out to the scratch files of quarantined and duplicate rows."""
    duplicates = np.array([reason.startswith("duplicate") for reason in assignment.reasons], bool)
    refused = (assignment.reasons != KEEP) & ~duplicates
    places = np.flatnonzero(refused)
    with rows_into(scratch / QUARANTINE, "ab", seal) as refuse:
        for table in chosen_rows(scratch / SPOOL, refused):
            here, places = places[: len(table)], places[len(table) :]
            for i, values in zip(here, table.to_pylist(), strict=True):
                refuse(screened_line(*_place(keys, files, i), str(assignment.reasons[i]), values))
    with open(scratch / DUPLICATES, "wb") as file:
        for i in np.flatnonzero(duplicates):
            repeats: dict[str, str | int | None] = {"chain": after}
            if assignment.repeats[i] >= 0:
                path, row = _place(keys, files, assignment.repeats[i])
                repeats = {"file": str(path), "row": row}
            file.write(duplicate_line(*_place(keys, files, i), str(assignment.reasons[i]), repeats))


def _place(keys: Keys, files: Sequence[Path], i: np.intp | np.int64) -> tuple[Path, int]:
    """File and row of a spooled row."""
    return files[keys.file[i]], int(keys.row[i])
