"""Ingestion's fixtures: events to files, and a call with the defaults of the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.ingestion.ingest import Ingested, ingest
from components.settings import IngestionSettings
from components.workspace import Workspace

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """lines(name, [event or bytes, ...]) -> a JSONL file."""

    def write(name: str, rows: Sequence[dict[str, Any] | bytes]) -> Path:
        path = tmp_path / f"{name}.jsonl"
        path.write_bytes(b"".join(map(_ended, rows)))
        return path

    return write


def _ended(row: dict[str, Any] | bytes) -> bytes:
    return (row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n"


@pytest.fixture
def take(workspace: Workspace) -> Callable[..., Ingested]:
    """take(file or files, after=..., again=..., name=..., **settings) without PII and with min_rows 1, unless said otherwise."""

    def call(
        files: Path | Sequence[Path], *, name: str = "first", after: str | None = None, again: bool = False, **changed: Any
    ) -> Ingested:
        settings = IngestionSettings.model_validate({"pii": "off", "min_rows": 1, **changed})
        paths = [files] if isinstance(files, Path) else files
        return ingest(paths, name=name, workspace=workspace, settings=settings, now=NOW, after=after, again=again)

    return call


@pytest.fixture
def quarantined() -> Callable[[Path | None], list[dict[str, Any]]]:
    """The lines of a quarantine (or duplicates) file."""

    def read(path: Path | None) -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_text().splitlines()] if path else []

    return read


@pytest.fixture
def questions() -> Callable[..., list[dict[str, Any]]]:
    """questions(n) -> n distinct labelled events over three labels."""

    def make(n: int, start: int = 0, **fields: Any) -> list[dict[str, Any]]:
        return [{"text": f"Question number {i} ?", "label": "abc"[i % 3], **fields} for i in range(start, start + n)]

    return make
