"""Fixtures for all tiers: quiet processes, and an empty workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from components.environment import prepare_process
from components.workspace import Workspace

prepare_process()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """write_events(name, [(text, label), …]) -> a JSONL file."""

    def write(name: str, rows: list[tuple[str, str | None]]) -> Path:
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows), encoding="utf-8")
        return path

    return write
