"""First pass: read, validate and clean each chunk; good rows go to a spool file on disk, bad ones to quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from components.contracts import EVENT_COLUMNS, Progress
from components.ingestion.chunk import Chunk
from components.ingestion.columns import to_columns
from components.ingestion.pii import Redact, hide_subjects, make_redactor
from components.ingestion.quarantine import chunk_lines, rows_into
from components.ingestion.readers import read_chunks
from components.ingestion.rules import value_rules
from components.ingestion.screening import Keys, join_keys, make_keys
from components.ingestion.validate import Check, Validation, make_check, validate
from components.privacy.pseudonyms import Pseudonyms
from components.privacy.sealing import Seal
from components.settings import IngestionSettings
from components.storage import digest_text

SPOOL, QUARANTINE, DUPLICATES = "events.arrow", "quarantine.jsonl", "duplicates.jsonl"
#: EVENT_COLUMNS as they are stored. Times are ISO 8601 in UTC, `metadata` is a JSON object, `priority` is never null.
EVENTS = pa.schema([(name, pa.bool_() if name == "consent" else pa.string()) for name in EVENT_COLUMNS])


@dataclass(frozen=True)
class Intake:
    """What the first pass found; `keys` has one entry for each row of the spool."""

    read: int
    reasons: Counter[str]
    keys: Keys
    validation: Validation
    redacted: Counter[str]


def take_in(
    files: Sequence[Path],
    scratch: Path,
    settings: IngestionSettings,
    now: datetime,
    progress: Progress | None,
    pseudonyms: Pseudonyms,
    seal: Seal | None = None,
) -> Intake:
    """Read all files; leaves SPOOL (good rows, schema EVENTS) and QUARANTINE in `scratch`."""
    rules = value_rules(settings, now)
    check, redact, validation = make_check(rules), make_redactor(settings.pii, pseudonyms), Validation(rules)
    read, reasons, redacted, keys = 0, Counter[str](), Counter[str](), list[Keys]()
    sizes = [path.stat().st_size for path in files]
    with rows_into(scratch / QUARANTINE, "wb", seal) as refuse, pa.ipc.new_file(scratch / SPOOL, EVENTS) as spool:
        for number, path in enumerate(files):
            for chunk in read_chunks(path, settings.chunk_rows):
                read += len(chunk)
                values, good = _sort_out(path, chunk, check, validation, refuse, reasons)
                values, digests = _clean(values, redact, redacted, pseudonyms)
                spool.write_table(values.append_column("digest", pa.array(digests, pa.string())).select(EVENTS.names))
                keys.append(make_keys(values, digests, number, np.asarray(chunk.rows, np.int64)[good], settings.near_duplicates))
                if progress:
                    progress(sum(sizes[:number]) + chunk.done, sum(sizes), f"{read:,} events")
    return Intake(read, reasons, join_keys(keys), validation, redacted)


def _sort_out(
    path: Path, chunk: Chunk, check: Check, validation: Validation, refuse: Callable[[bytes], object], reasons: Counter[str]
) -> tuple[pa.Table, np.ndarray]:
    """The values of the good rows of a chunk, and a (rows,) mask of them. The others go to quarantine."""
    columns = to_columns(chunk.events)
    broken = validate(columns.checks, check, validation)
    fields = {i: str(columns.checks[f"{kind}_field"][i]) for i, rules in broken.items() for kind in _several(rules[0].code)}
    for code, line in chunk_lines(path, chunk, broken, fields):
        reasons[code] += 1
        refuse(line)
    good = np.ones(len(chunk.events), bool)
    good[list(broken)] = False
    return columns.values.filter(pa.array(good)) if broken else columns.values, good


def _several(code: str) -> tuple[str, ...]:
    """The derived column that names the field, for the rules that look at several fields at once."""
    return {"nul_byte": ("nul",), "field_not_string": ("mistyped",)}.get(code, ())


def _clean(values: pa.Table, redact: Redact | None, redacted: Counter[str], pseudonyms: Pseudonyms) -> tuple[pa.Table, list[str]]:
    """The values without personal data and with pseudonyms for subjects, and the digest of each text."""
    if redact:
        values, counts = redact(values)
        redacted.update(counts)
    return hide_subjects(values, pseudonyms), [digest_text(text) for text in values["text"].to_pylist()]
