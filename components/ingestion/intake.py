"""First pass: read, validate and clean each chunk; good rows go to a spool file on disk, bad ones to quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from components.contracts import EVENT_COLUMNS, Progress
from components.errors import PerdureError, UnreadableFileError
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.columns import to_columns
from components.ingestion.pii import Redact, hide_subjects, make_redactor, plain_subjects
from components.ingestion.propose import proposal
from components.ingestion.quarantine import chunk_lines
from components.ingestion.readers import read_chunks
from components.ingestion.rules import Rule, value_rules
from components.ingestion.screening import Keys, join_keys, make_keys
from components.ingestion.shapes import as_json
from components.ingestion.validate import Check, Validation, make_check, validate
from components.privacy.pseudonyms import Pseudonyms
from components.provenance import PROVENANCE
from components.relabelling import Names, renamed
from components.settings import IngestionSettings
from components.storage import digest_text

SPOOL, QUARANTINE, DUPLICATES = "events.arrow", "quarantine.jsonl", "duplicates.jsonl"
#: EVENT_COLUMNS as they are stored. Times are ISO 8601 in UTC, `metadata` is a JSON object, `priority` is never null.
EVENTS = pa.schema([(name, pa.bool_() if name == "consent" else pa.string()) for name in EVENT_COLUMNS])
#: The columns of the spool
SPOOLED = EVENTS.append(pa.field(PROVENANCE, pa.string()))

#: Rows of a file that are looked at when it has no texts or no labels, and rows that may cost themselves before it costs the file
_SAMPLE, _FAILURES = 100, 10


@dataclass(frozen=True)
class Intake:
    """What the first pass found; `keys` has one entry for each row of the spool. `unnamed`: columns to propose, by file.

    `labels`: good rows of each label, before duplicates are left out. `renamed`: rows that came under a name that was given up;
    `names`: what it is now.
    """

    read: int
    reasons: Counter[str]
    keys: Keys
    validation: Validation
    redacted: Counter[str]
    unnamed: dict[Path, dict[str, str]]
    labels: Counter[str]
    renamed: Counter[str]
    names: Names


@dataclass(frozen=True)
class Sorted:
    """A chunk, sorted out: the values of its good rows with their digests and row numbers, and (reason, line) of the others.

    renamed: rows that came under a name that was given up.
    """

    values: pa.Table
    digests: list[str]
    rows: NDArray[np.int64]
    lines: list[tuple[str, bytes]]
    validation: Validation
    redacted: Counter[str]
    renamed: Counter[str]


def take_in(
    files: Sequence[Path],
    spool: Callable[[pa.Table], object],
    quarantine: Callable[[bytes], object],
    settings: IngestionSettings,
    now: datetime,
    progress: Progress | None = None,
    pseudonyms: Pseudonyms | None = None,
    names: Names | None = None,
) -> Intake:
    """Read all files. Good rows go to `spool` (tables with the schema SPOOLED), lines about the others to `quarantine`.

    pseudonyms: for subjects; without (a preview), subjects are left out. names: what classes were renamed to.
    """
    rules = value_rules(settings, now)
    check, redact, validation = make_check(rules), make_redactor(settings.pii, pseudonyms), Validation(rules)
    read, reasons, redacted, keys = 0, Counter[str](), Counter[str](), list[Keys]()
    unnamed, labels, before = dict[Path, dict[str, str]](), Counter[str](), Counter[str]()
    sizes = [path.stat().st_size for path in files]
    for number, path in enumerate(files):
        sample: list[Event] = []
        sort = _Sorter(path, check, redact, rules, pseudonyms, names or {})
        for chunk in read_chunks(path, settings):
            read += len(chunk)
            sample += chunk.events[: _SAMPLE - len(sample)]
            for part in sort(chunk):
                validation.add(part.validation)
                redacted.update(part.redacted)
                before.update(part.renamed)
                labels.update(label for label in part.values["label"].to_pylist() if label)
                reasons.update(code for code, _ in part.lines)
                for _, line in part.lines:
                    quarantine(line)
                shown = part.values if pseudonyms else hide_subjects(part.values, None)
                spool(shown.append_column("digest", pa.array(part.digests, pa.string())).select(SPOOLED.names))
                keys.append(make_keys(part.values, part.digests, number, part.rows, settings.near_duplicates))
            if progress:
                progress(sum(sizes[:number]) + chunk.done, sum(sizes), f"{read:,} events")
        if found := proposal(sample):
            unnamed[path] = found
    return Intake(read, reasons, join_keys(keys), validation, redacted, unnamed, labels, before, names or {})


class _Sorter:
    """Sorts out the chunks of one file. A row that something unforeseen happens to costs itself, up to a number of rows."""

    def __init__(
        self,
        path: Path,
        check: Check,
        redact: Redact | None,
        rules: Sequence[Rule],
        pseudonyms: Pseudonyms | None,
        names: Names,
    ) -> None:
        self._path, self._check, self._redact, self._rules, self._pseudonyms = path, check, redact, rules, pseudonyms
        self._names = names
        self._failures = 0

    def __call__(self, chunk: Chunk) -> list[Sorted]:
        try:
            return [self._sort(chunk)]
        except PerdureError:
            raise
        except Exception as error:
            n = len(chunk.events) // 2
            if n:
                one = Chunk(chunk.rows[:n], chunk.events[:n], chunk.faults)
                return [*self(one), *self(Chunk(chunk.rows[n:], chunk.events[n:]))]
            self._failures += 1
            if self._failures > _FAILURES or not chunk.events:
                raise UnreadableFileError(
                    f"{self._path} has rows that cannot be processed: {type(error).__name__}",
                    "`--debug` shows more. Please report it.",
                ) from error
            lost = Fault(chunk.rows[0], "unreadable_row", as_json(chunk.events[0]))
            return [self._sort(Chunk(faults=[*chunk.faults, lost]))]

    def _sort(self, chunk: Chunk) -> Sorted:
        columns, validation = to_columns(chunk.events), Validation(self._rules)
        broken = validate(columns.checks, self._check, validation)
        fields = {i: str(columns.checks[f"{kind}_field"][i]) for i, rules in broken.items() for kind in _several(rules[0].code)}
        good = np.ones(len(chunk.events), bool)
        good[list(broken)] = False
        values, redacted = columns.values.filter(pa.array(good)) if broken else columns.values, Counter[str]()
        if self._redact:
            values, redacted = self._redact(values)
        values = hide_subjects(values, self._pseudonyms) if self._pseudonyms else plain_subjects(values)
        before = Counter[str](label for label in values["label"].to_pylist() if label in self._names)
        values = renamed(values, self._names)
        digests = [digest_text(text) for text in values["text"].to_pylist()]
        lines = chunk_lines(self._path, chunk, broken, fields)
        return Sorted(values, digests, np.asarray(chunk.rows, np.int64)[good], lines, validation, redacted, before)


def _several(code: str) -> tuple[str, ...]:
    """The derived column that names the field, for the rules that look at several fields at once."""
    return {"nul_byte": ("nul",), "field_not_string": ("mistyped",)}.get(code, ())
