"""Make an experience of files of events: the whole of ingestion, from top to bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from components.contracts import Progress
from components.errors import RefusedError, UsageError
from components.ingestion.assign import LEFT_OUT, Assignment, assign, write_down
from components.ingestion.chain import experiences_of, labels_of, note_head
from components.ingestion.experience_files import write_parts
from components.ingestion.heldout import DIGESTS, PARTS, SMALLEST_CUT, write_digests
from components.ingestion.intake import DUPLICATES, QUARANTINE, SPOOL, SPOOLED, Intake, take_in
from components.ingestion.labels import came_under, doubts, recognised
from components.ingestion.learned import index_file, label_hash, matter, write_index
from components.ingestion.propose import as_command
from components.ingestion.quarantine import keep, rows_into, way_back
from components.ingestion.readers import check_files
from components.ingestion.removal import restore_texts
from components.ingestion.screening import KEEP, Keys
from components.naming import file_part, tidy
from components.privacy.pseudonyms import Pseudonyms
from components.privacy.sealing import seal_of
from components.provenance import PROVENANCE, PROVENANCES, given_in
from components.relabelling import Names
from components.settings import IngestionSettings
from components.storage import building, digest_file, publish, read_manifest, sweep
from components.workspace import Workspace

#: So few rows that contradict the past never cost their file
FEWEST = 5


@dataclass(frozen=True)
class Ingested:
    """What became of the rows of one call: read = accepted + quarantined + duplicates. `validation` holds no row contents."""

    read: int
    accepted: int
    quarantined: int
    duplicates: int
    experience: str | None  # None: every good row had been ingested before
    reasons: dict[str, int]
    quarantine_file: Path | None
    validation: dict[str, Any]
    duplicates_file: Path | None = None
    doubts: tuple[str, ...] = ()  # about the names of labels (labels.py)
    given: Mapping[str, int] = field(default_factory=dict)  # accepted rows with a target, by who gave it (provenance.py)
    relabelled: tuple[str, ...] = ()  # what was learned under other labels (learned.py)


class TooFewRowsError(RefusedError):
    """Too few good rows for an experience. `ingested` has the counts and the quarantine file."""

    code = "refused.too_few_rows"

    def __init__(self, message: str, hint: str, ingested: Ingested) -> None:
        super().__init__(message, hint)
        self.ingested = ingested


class RelabelledError(RefusedError):
    """Too many rows whose text was learned under another label. `ingested` has the counts and the quarantine file."""

    code = "refused.relabelled"

    def __init__(self, message: str, hint: str, ingested: Ingested) -> None:
        super().__init__(message, hint)
        self.ingested = ingested


def ingest(
    files: Sequence[Path],
    *,
    name: str,
    workspace: Workspace,
    settings: IngestionSettings,
    now: datetime,
    after: str | None = None,
    progress: Progress | None = None,
    again: bool = False,
    key: Path | None = None,
    names: Names | None = None,
    learned: Sequence[str] | None = None,
) -> Ingested:
    """Publish the accepted events of `files` as the experience that follows `after` (a digest, or None for the first).

    `again`: rows whose text and target the chain already holds are duplicates (re-queueing). `key`: a file with the key that
    refused rows are sealed with. `names`: what classes were renamed to; rows with a name that was given up come in under the new
    one. `learned`: experiences, oldest first, whose labels rows must not contradict; None: the chain's.
    Raises UsageError for a file that cannot be read; TooFewRowsError (exit code 3) for too few good labelled rows;
    RelabelledError (3) for too many that contradict what was learned. The quarantine file is written either way.
    """
    name = tidy(name)
    check_files(files)
    seal = seal_of(key)
    sweep(workspace.scratch, workspace.experiences)
    with building(workspace.scratch) as scratch:
        with rows_into(scratch / QUARANTINE, "wb", seal) as refuse, pa.ipc.new_file(scratch / SPOOL, SPOOLED) as spool:
            intake = take_in(files, spool.write_table, refuse, settings, now, progress, Pseudonyms(workspace), names)
        if not intake.read:
            raise UsageError(f"{', '.join(map(str, files))}: no events in it", "Was the export interrupted?")
        past = experiences_of(workspace, after) if learned is None else tuple(learned)
        assignment = assign(intake.keys, settings, after, workspace, again, past, names=names)
        write_down(assignment, intake.keys, files, scratch, after, seal, past)
        kept = (
            keep(scratch / QUARANTINE, workspace.quarantine, file_part(name), ".jsonl", seal),
            keep(scratch / DUPLICATES, workspace.quarantine, file_part(name), ".duplicates.jsonl"),
        )
        ingested = account(intake, assignment, labels_of(workspace, after, names), *kept)
        if again and ingested.duplicates and not ingested.accepted:
            return ingested  # nothing in it is new
        refuse_if_relabelled(files, ingested, assignment, intake, settings)
        refuse_if_too_few(files, ingested, assignment, settings.min_rows, intake.unnamed)
        experience = _publish(name, scratch, intake.keys, assignment, workspace, after)
        _remember(intake.keys, assignment, index_file(workspace, experience))
        note_head(workspace, experience)
        return replace(ingested, experience=experience)


def account(
    intake: Intake, assignment: Assignment, known: Set[str], quarantine: Path | None = None, duplicate: Path | None = None
) -> Ingested:
    """The counts. known: labels learned before. `quarantine`, `duplicate`: the files of quarantined and duplicate rows."""
    left_out = Counter(str(reason) for reason in assignment.reasons if reason != KEEP)
    duplicates = {reason: count for reason, count in left_out.items() if reason.startswith("duplicate")}
    counts = {part: assignment.count(part) for part in PARTS}
    quarantined = intake.reasons + Counter({reason: count for reason, count in left_out.items() if reason not in duplicates})
    relabelled = _relabelled(intake, assignment, known)
    told: dict[str, Any] = {"redacted": dict(sorted(intake.redacted.items()))}
    told |= {"relabelled": relabelled} if relabelled else {}
    told |= {"renamed": dict(sorted(intake.renamed.items()))} if intake.renamed else {}
    return Ingested(
        read=intake.read,
        accepted=sum(counts.values()),
        quarantined=quarantined.total(),
        duplicates=sum(duplicates.values()),
        experience=None,
        reasons=dict(sorted({**quarantined, **duplicates}.items())),
        quarantine_file=quarantine,
        validation={**intake.validation.summary(), **told},
        duplicates_file=duplicate,
        doubts=tuple(
            map(str, [*came_under(intake.renamed, intake.names), *doubts(intake.labels, recognised(known, intake.names))])
        ),
        given=given_in({"counts": counts, PROVENANCE: provenance_of(intake.keys, assignment.sides != LEFT_OUT)}),
        relabelled=tuple(relabelled),
    )


def _relabelled(intake: Intake, assignment: Assignment, known: Set[str]) -> list[str]:
    contradicted = np.flatnonzero(assignment.reasons == "contradicts_past")
    names = {label_hash(label): label for label in intake.labels}
    comes = [names[int(target)] for target in intake.keys.target[contradicted]]
    return matter(assignment.taught.label[contradicted].tolist(), comes, intake.labels, known)


def refuse_if_relabelled(
    files: Sequence[Path], ingested: Ingested, assignment: Assignment, intake: Intake, settings: IngestionSettings
) -> None:
    """Raise RelabelledError if more rows contradict the past than are set aside one by one."""
    contradicted, of = int((assignment.reasons == "contradicts_past").sum()), int(intake.keys.labelled.sum())
    allowed = 0.0 if settings.contradictions == "refuse" else max(settings.max_contradictions * of, FEWEST - 1)
    if contradicted <= allowed:
        return
    where = f"These rows are in {ingested.quarantine_file}. " if ingested.quarantine_file else ""
    raise RelabelledError(
        f"No experience was made of {', '.join(map(str, files))}: the texts of {contradicted:,} of its {of:,} labelled rows were "
        f"learned under other labels ({'; '.join(ingested.relabelled)})",
        f"{where}If all of them are corrections of what was learned, ingest the file again with "
        "`--set ingestion.contradictions=accept`; if not, find out who sent them.",
        ingested,
    )


def refuse_if_too_few(
    files: Sequence[Path], ingested: Ingested, assignment: Assignment, least: int, unnamed: Mapping[Path, Mapping[str, str]]
) -> None:
    """Raise TooFewRowsError unless there is enough to learn from and to test on."""
    labelled, file = assignment.count("train", "heldout"), ingested.quarantine_file
    heldout = assignment.count("heldout")
    tested = heldout > 0 or least < SMALLEST_CUT  # whoever asks for so few rows knows that they show nothing
    if labelled >= least and labelled > heldout and tested:
        return
    problem = f"{labelled} of its {ingested.read} rows can be learned from, at least {least} are needed"
    if labelled >= least and not heldout:
        problem = f"none of its {labelled} good rows can be held out for testing: each label has fewer than {SMALLEST_CUT}"
    elif labelled >= least:
        problem = f"all of its {labelled} good rows are held out for testing, none is left to learn from"
    counts = [f"{count} {reason}" for reason, count in sorted(ingested.reasons.items(), key=lambda item: (-item[1], item[0]))]
    if unlabelled := assignment.count("unlabelled"):
        counts.append(f"{unlabelled} without label or completion")
    hint = "Add rows"
    if labelled >= least and not heldout:
        hint = "Add rows to its labels, or mark some with `split: test`"
    elif unnamed:
        hint = f"{' '.join(as_command(path, columns) for path, columns in unnamed.items())}. Or add rows"
    elif file:
        said = way_back(file)
        hint = f"{said[0].upper()}{said[1:]}, or add rows"
    raise TooFewRowsError(
        f"No experience was made of {', '.join(map(str, files))}: {problem}" + (f" ({', '.join(counts)})" if counts else ""),
        f"{hint}; `ingestion.min_rows` says how many are needed.",
        ingested,
    )


def _remember(keys: Keys, assignment: Assignment, path: Path) -> None:
    """Write the index of an experience's labelled rows. After a kill before it, the index is made of the texts."""
    learned = keys.labelled & (assignment.sides != LEFT_OUT)
    write_index(path, keys.folded[learned], keys.target[learned], keys.task[learned])


def _publish(name: str, scratch: Path, keys: Keys, assignment: Assignment, workspace: Workspace, after: str | None) -> str:
    """Write and name the experience; returns its digest. The same content ingested twice in a row is the same experience."""
    kept = assignment.sides != LEFT_OUT
    given = provenance_of(keys, kept)
    with building(workspace.experiences) as folder:
        labels = write_parts(scratch / SPOOL, assignment.sides, folder, provenance=bool(given))
        write_digests(folder / DIGESTS, keys.text.filter(pa.array(kept)), assignment.sides[kept], keys.target[kept])
        if after is not None:
            before = read_manifest(workspace.experience(after).path)
            if before["name"] == name and before["files"] == {path.name: digest_file(path) for path in folder.iterdir()}:
                restore_texts(workspace.experience(after), folder)
                return after
        counts = {part: assignment.count(part) for part in PARTS}
        fields = {"kind": "experience", "name": name, "labels": labels, "counts": counts, "after": after}
        fields |= {PROVENANCE: given} if given else {}  # experiences that say nothing keep the digests of earlier releases
        digest = publish(folder, workspace.experiences, fields)
        restore_texts(workspace.experience(digest), folder)
        return digest


def provenance_of(keys: Keys, kept: NDArray[np.bool_]) -> dict[str, int]:
    """How many of the rows that are kept say who gave their label, by what they say; empty if none does."""
    counts = np.bincount(keys.provenance[kept], minlength=1 + len(PROVENANCES))[1:].tolist()
    return {who: count for who, count in zip(PROVENANCES, counts, strict=True) if count}
