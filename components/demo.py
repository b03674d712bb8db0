"""The demo's data: the trec stream without a share of every experience, which arrives later and poisoned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from components.catalog.streams import Stream
from components.storage import digest_text, write_text

LATE_PERCENT = 15
POISONED_SHARE = 1 / 3


def write_demo_stream(stream: Stream, folder: Path, *, seed: int) -> tuple[list[tuple[str, Path]], Path]:
    """Write the demo's files. Returns the good experiences (name, file) and the poisoned late batch.

    The late batch holds 15 % of every experience, picked by digest; a third of its labels are shuffled among each other.
    """
    late: list[dict[str, object]] = []
    parts: list[tuple[str, Path]] = []
    for part in stream.experiences:
        kept: list[str] = []
        for line in part.path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if int(digest_text(event["text"])[:8], 16) % 100 < LATE_PERCENT:
                late.append(event)
            else:
                kept.append(line)
        path = folder / f"{part.name}.jsonl"
        write_text(path, "\n".join(kept) + "\n")
        parts.append((part.name, path))
    generator = np.random.default_rng(seed)
    chosen = generator.permutation(len(late))[: round(len(late) * POISONED_SHARE)]
    labels = [late[i]["label"] for i in chosen]
    for target, source in zip(chosen, generator.permutation(len(chosen)), strict=True):
        late[target] = {**late[target], "label": labels[source]}
    poisoned = folder / "late-poisoned.jsonl"
    write_text(poisoned, "\n".join(json.dumps(event, sort_keys=True) for event in late) + "\n")
    return parts, poisoned
