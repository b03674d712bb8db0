"""Arrays on disk: what comes back is what went in, never more than the room, and a full disk only costs time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.learning.networks.spill import Spill

pytestmark = pytest.mark.unit


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 5)), min_size=1, max_size=12), st.integers(0, 400))
def test_what_comes_back_is_what_went_in(shapes: list[tuple[int, int]], room: int) -> None:
    spill, rng = Spill(room), np.random.default_rng(0)
    arrays = {bytes([i]): rng.normal(size=shape).astype(np.float32) for i, shape in enumerate(shapes)}
    kept = {name for name, array in arrays.items() if spill.put(name, array)}
    assert spill.used == sum(arrays[name].nbytes for name in kept) <= room
    assert kept or arrays[b"\0"].nbytes > room
    for name, array in arrays.items():
        found = spill.get(name)
        assert (found is not None) == (name in kept)
        if found is not None:
            assert np.array_equal(found, array)
            found += 1  # its own memory, not the file's


def test_it_leaves_no_file(tmp_path: Path) -> None:
    spill = Spill(100, tmp_path / "cache")
    assert spill.put(b"a", np.ones(3, np.float32))
    assert not list((tmp_path / "cache").iterdir()), "it has no name, so no kill can leave it behind"


def test_a_full_disk_only_costs_time(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    spill = Spill(1000)
    assert spill.put(b"a", np.ones(3, np.float32))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert not spill.put(b"b", np.ones(3, np.float32))
    assert spill.get(b"b") is None
    kept = spill.get(b"a")
    assert kept is not None
    assert np.array_equal(kept, np.ones(3))
    assert "computed again" in caplog.text
    monkeypatch.undo()
    assert not spill.put(b"c", np.ones(3, np.float32)), "it does not try again at every row"
