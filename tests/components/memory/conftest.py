"""Small tables of events for the memory's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

Events = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def events() -> Events:
    """events(labels, start=0, **columns): one row per label, text and digest numbered from `start`."""

    def make(labels: Sequence[str], start: int = 0, **columns: Sequence[object]) -> pa.Table:
        numbers = range(start, start + len(labels))
        base = {"text": [f"text {i}" for i in numbers], "label": list(labels), "digest": [f"{i:032x}" for i in numbers]}
        return pa.table({**base, **columns})

    return make
