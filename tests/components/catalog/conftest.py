"""A cache of its own for a test, and a small real wheel that pip can download."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from components.catalog.pins import Pin, Wheel

CONTENT = b"some rows\n" * 100


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "cache"
    monkeypatch.setenv("PERDURE_CACHE", str(root))
    return root


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A wheel with one data file, in a folder of its own."""
    path = tmp_path / "index" / "perdure_fixture-1.0-py3-none-any.whl"
    path.parent.mkdir()
    info = "perdure_fixture-1.0.dist-info/"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("perdure_fixture/rows.txt", CONTENT)
        zipped.writestr(
            info + "METADATA", "Metadata-Version: 2.1\nName: perdure-fixture\nVersion: 1.0\nRequires-Dist: not-there\n"
        )
        zipped.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        zipped.writestr(info + "RECORD", "")
    return path


@pytest.fixture
def wheel(archive: Path) -> Wheel:
    """The right pins for `archive`."""
    pin = Pin("perdure_fixture/rows.txt", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    return Wheel("perdure-fixture", "1.0", archive.stat().st_size, (pin,))
