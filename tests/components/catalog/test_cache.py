"""A cache entry appears whole or not at all, once, and again when it was damaged."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.catalog.cache import cached, read_entry
from components.errors import UnavailableError

pytestmark = pytest.mark.unit


class Maker:
    """Fills a folder and counts how often it was asked to."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / "inner").mkdir()
        (folder / "inner" / "data.txt").write_text("good")


def test_made_once_and_found_again(cache: Path) -> None:
    make = Maker()
    first = cached("things", "one", "v1", make)
    assert first == cache / "things" / "one"
    assert cached("things", "one", "v1", make) == first
    assert make.calls == 1
    assert set(read_entry(first)["files"]) == {"inner/data.txt"}
    assert [path.name for path in first.parent.iterdir()] == ["one"], "no scratch is left"


@pytest.mark.parametrize("damage", ["change", "truncate", "delete", "manifest"])
def test_damaged_is_made_again(cache: Path, damage: str) -> None:
    make = Maker()
    folder = cached("things", "one", "v1", make)
    data = folder / "inner" / "data.txt"
    if damage == "change":
        data.write_text("evil")
    elif damage == "truncate":
        data.write_text("")
    elif damage == "delete":
        data.unlink()
    else:
        (folder / "manifest.json").write_text("{")
    cached("things", "one", "v1", make)
    assert make.calls == 2
    assert data.read_text() == "good"


def test_outdated_is_made_again(cache: Path) -> None:
    make = Maker()
    cached("things", "one", "v1", make)
    cached("things", "one", "v2", make)
    assert make.calls == 2


def test_a_failed_attempt_leaves_nothing(cache: Path) -> None:
    def broken(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        cached("things", "one", "v1", broken)
    assert list((cache / "things").iterdir()) == []


def _hang(folder: Path) -> None:
    (folder / "half").write_text("half")
    time.sleep(60)


def test_a_killed_attempt_is_not_seen_and_its_scratch_goes(cache: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=cached, args=("things", "one", "v1", _hang))
    process.start()
    while not list(cache.glob("things/.building-*/fresh/half")):
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not (cache / "things" / "one").exists()
    cached("things", "one", "v1", Maker())
    assert [path.name for path in (cache / "things").iterdir()] == ["one"]


def test_two_at_once_make_it_once(cache: Path) -> None:
    make = Maker()
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: cached("things", "one", "v1", make), range(4)))
    assert make.calls == 1
    assert len(set(folders)) == 1


def test_a_cache_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PERDURE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UnavailableError, match="cache folder") as caught:
        cached("things", "one", "v1", Maker())
    assert "PERDURE_CACHE" in caught.value.hint
