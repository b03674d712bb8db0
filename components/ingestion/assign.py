"""Between the passes: what becomes of each spooled row, given the other rows and the experiences before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.ingestion.chain import provenance_before
from components.ingestion.experience_files import chosen_rows
from components.ingestion.heldout import PARTS, choose_heldout, look_back
from components.ingestion.intake import DUPLICATES, QUARANTINE, SPOOL
from components.ingestion.learned import Taught, taught_otherwise
from components.ingestion.quarantine import duplicate_line, rows_into, screened_line
from components.ingestion.quotas import set_aside
from components.ingestion.screening import KEEP, Ints, Keys, screen
from components.privacy.sealing import Seal
from components.settings import IngestionSettings
from components.workspace import Workspace

LEFT_OUT = -1
#: So many variants of one text never are a flood: people ask the same question about many things
VARIANTS = 25


@dataclass(frozen=True)
class Assignment:
    """For n spooled rows: the part each goes to (LEFT_OUT: none), why it is left out (KEEP: it is not), which row it repeats.

    taught: for each row, what the past says of its text, where that is another label.
    """

    sides: NDArray[np.int8]
    reasons: NDArray[np.object_]
    repeats: Ints
    taught: Taught

    def count(self, *parts: str) -> int:
        """Rows that go to these parts."""
        return int(np.isin(self.sides, [PARTS[part] for part in parts]).sum())


def assign(
    keys: Keys,
    settings: IngestionSettings,
    after: str | None,
    workspace: Workspace,
    again: bool,
    learned: Sequence[str] = (),
    *,
    dry: bool = False,
    names: Mapping[str, str] | None = None,
) -> Assignment:
    """Screen the rows, then assign each that stays to a part. `again`: rows that the chain already holds are duplicates.

    learned: experiences, oldest first, whose labels the rows are compared with. dry: write no index of them.
    names: what labels that were given up are called now.
    """
    past = look_back(keys.text, keys.target, after, workspace)
    taught = _taught(keys, settings, learned, workspace, dry, names)
    most = max(VARIANTS, int(settings.max_variants * keys.labelled.sum())) if settings.max_variants < 1 else None
    reasons, repeats = screen(keys, settings.near_duplicates, taught.contradicted, most)
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
    return Assignment(sides, reasons, repeats, taught)


def _taught(
    keys: Keys,
    settings: IngestionSettings,
    learned: Sequence[str],
    workspace: Workspace,
    dry: bool,
    names: Mapping[str, str] | None,
) -> Taught:
    place, label = np.full(len(keys.target), -1, np.int64), np.full(len(keys.target), "", object)
    if settings.contradictions != "accept" and learned and keys.labelled.any():
        of = np.flatnonzero(keys.labelled)
        found = taught_otherwise(keys.folded[of], keys.target[of], keys.task[of], learned, workspace, keep=not dry, names=names)
        place[of], label[of] = found.place, found.label
    return Taught(place, label)


def write_down(
    assignment: Assignment,
    keys: Keys,
    files: Sequence[Path],
    scratch: Path,
    after: str | None,
    seal: Seal | None = None,
    learned: Sequence[str] = (),
) -> None:
    """Write the rows that are left out to the scratch files of quarantined and duplicate rows."""
    duplicate = np.char.startswith(assignment.reasons.astype(str), "duplicate")
    refused = (assignment.reasons != KEEP) & ~duplicate
    places = np.flatnonzero(refused)
    with rows_into(scratch / QUARANTINE, "ab", seal) as refuse:
        for table in chosen_rows(scratch / SPOOL, refused):
            here, places = places[: len(table)], places[len(table) :]
            for i, values in zip(here, table.to_pylist(), strict=True):
                code, taught = str(assignment.reasons[i]), assignment.taught
                said = ""
                if code == "contradicts_past":
                    said = f"It was learned as {taught.label[i]!r} in experience {learned[taught.place[i]][:12]}."
                refuse(screened_line(*_place(keys, files, i), code, values, said))
    with open(scratch / DUPLICATES, "wb") as file:
        for i in np.flatnonzero(duplicate):
            repeats: dict[str, str | int | None] = {"chain": after}
            if assignment.repeats[i] >= 0:
                path, row = _place(keys, files, assignment.repeats[i])
                repeats = {"file": str(path), "row": row}
            file.write(duplicate_line(*_place(keys, files, i), str(assignment.reasons[i]), repeats))


def screened_lines(assignment: Assignment, keys: Keys, files: Sequence[Path], most: int) -> list[bytes]:
    """Lines, without their events, about the first rows that the comparison with others puts into quarantine."""
    refused = [i for i, reason in enumerate(assignment.reasons) if reason != KEEP and not str(reason).startswith("duplicate")]
    return [screened_line(*_place(keys, files, i), str(assignment.reasons[i]), {"metadata": "{}"}) for i in refused[:most]]


def _place(keys: Keys, files: Sequence[Path], i: np.intp | np.int64 | int) -> tuple[Path, int]:
    """File and row of a spooled row."""
    return files[keys.file[i]], int(keys.row[i])
