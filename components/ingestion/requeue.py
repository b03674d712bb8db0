"""Take corrected rows back in.

The workflow: `perdure ingest FILE` names a quarantine file. Each of its lines is a JSON object with the place of the row
(`file`, `row`), why it was refused (`reason`, `field`, `explanation`), and the row itself as `event` (or as `raw`, where it
could not be parsed). A person opens it, corrects `event` (or adds an `event` beside `raw`), deletes the lines not worth
correcting, leaves the rest as they are, saves it under any name that ends in .jsonl, and runs `perdure ingest --requeue` on it.
All rows are checked like new ones: good ones become the next experience, bad ones go to a new quarantine file with the reason
for which they fail now.

Too few corrected rows for an experience of their own? `perdure ingest NEW.jsonl CORRECTED.jsonl` takes them with the next events:
a corrected quarantine file can be given wherever a file of events can.

A row that contradicts what was learned (`contradicts_past`) and is right is put back with
`--set ingestion.contradictions=accept`: it is learned as a correction, and from then on its label is the one that counts.

Running it twice is safe: a row whose text and label an experience of the chain holds already counts as a duplicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from components.contracts import Progress
from components.ingestion.ingest import Ingested, ingest
from components.relabelling import Names
from components.settings import IngestionSettings
from components.workspace import Workspace


def requeue(
    files: Sequence[Path],
    *,
    name: str,
    workspace: Workspace,
    settings: IngestionSettings,
    now: datetime,
    after: str | None = None,
    progress: Progress | None = None,
    key: Path | None = None,
    names: Names | None = None,
) -> Ingested:
    """Ingest corrected quarantine files. `experience` of the result is None when the chain holds every good row already."""
    return ingest(
        files,
        name=name,
        workspace=workspace,
        settings=settings,
        now=now,
        after=after,
        progress=progress,
        again=True,
        key=key,
        names=names,
    )
