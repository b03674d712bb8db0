"""A catalogue stream as ingested experiences in a workspace, whole or with fewer rows, with its own or a random split."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from components.catalog.streams import get_stream
from components.contracts import EVENT_COLUMNS, Experience
from components.ingestion.ingest import ingest
from components.settings import IngestionSettings
from components.storage import building, digest_text, publish, write_text
from components.workspace import Workspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)  # events of the catalogue carry no time; a fixed one keeps digests equal


def write_parts(
    stream: str, workspace: Workspace, *, rows: int | None = None, split: int | None = None, heldout: float = 0.2
) -> list[tuple[str, Path]]:
    """The stream's files of events in the workspace's inbox: (experience name, file), in order."""
    parts = []
    for number, part in enumerate(get_stream(stream).experiences):
        events = [json.loads(line) for line in part.path.read_text(encoding="utf-8").splitlines()]
        if rows and len(events) > rows:
            events = [events[i] for i in np.linspace(0, len(events) - 1, rows).astype(int)]
        if split is not None:
            events = draw_split(events, np.random.default_rng([split, number]), heldout)
        parts.append((part.name, workspace.inbox / f"{part.name}.jsonl"))
        write_text(parts[-1][1], "".join(json.dumps(event) + "\n" for event in events))
    return parts


def prepare(
    stream: str, workspace: Workspace, *, rows: int | None = None, split: int | None = None, heldout: float = 0.2
) -> list[Experience]:
    """Ingest a stream, one experience after another.

    rows: at most this many per experience; heldout: share of them to hold out; split: seed of a random split instead of the one
    by digest.
    """
    settings = IngestionSettings(pii="off", heldout_share=heldout)  # public data, as its owners published it
    experiences: list[Experience] = []
    for name, file in write_parts(stream, workspace, rows=rows, split=split, heldout=heldout):
        after = experiences[-1].digest if experiences else None
        ingested = ingest([file], name=name, workspace=workspace, settings=settings, now=NOW, after=after)
        if ingested.experience is None:
            raise SystemExit(f"{file}: no usable row ({ingested.reasons})")
        experiences.append(workspace.experience(ingested.experience))
    return experiences


def publish_events(events: Sequence[Mapping[str, Any]], name: str, workspace: Workspace) -> Experience:
    """Events with a `split` as an experience, without the checks of ingestion: where only learning is measured."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    kinds = {"consent": pa.bool_()}
    parts = {
        part: [
            {**event, "digest": digest_text(event["text"]), "priority": "normal"} for event in events if event["split"] == split
        ]
        for part, split in (("train", "train"), ("heldout", "test"), ("unlabelled", "none"))
    }
    with building(workspace.experiences) as scratch:
        for part, own in parts.items():
            columns = [pa.array([event.get(c) for event in own], kinds.get(c, pa.string())) for c in EVENT_COLUMNS]
            parquet.write_table(pa.table(columns, names=list(EVENT_COLUMNS)), scratch / f"{part}.parquet")
        labels = sorted({event["label"] for event in events})
        fields = {"kind": "experience", "name": name, "labels": labels, "after": None}
        counts = {part: len(own) for part, own in parts.items()}
        digest = publish(scratch, workspace.experiences, {**fields, "counts": counts})
    return workspace.experience(digest)


def draw_split(events: list[dict[str, Any]], rng: np.random.Generator, share: float = 0.2) -> list[dict[str, Any]]:
    """This share of each label's events, drawn at random, is held out (never a label's only event, unless by half or more)."""
    of: dict[str, list[int]] = defaultdict(list)
    for i, event in enumerate(events):
        of[event["label"]].append(i)
    test = {i for label in sorted(of) for i in rng.permutation(of[label])[: round(share * len(of[label]))]}
    return [{**event, "split": "test" if i in test else "train"} for i, event in enumerate(events)]
