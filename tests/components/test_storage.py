"""Digests and atomic writes."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import storage
from components.errors import IntegrityError, UnavailableError
from tests.killing import child

pytestmark = pytest.mark.unit


def make(store: Path, content: str = "one") -> Path:
    with storage.building(store) as scratch:
        (scratch / "a.txt").write_text(content)
        return store / storage.publish(scratch, store, {"kind": "test"})


def test_same_content_has_the_same_name_and_other_content_another(tmp_path: Path) -> None:
    assert make(tmp_path / "x") != make(tmp_path / "x", "two")
    assert make(tmp_path / "x").name == make(tmp_path / "y").name
    assert not list((tmp_path / "x").glob(".building-*"))


def test_what_the_manifest_does_not_name_does_not_belong_there(tmp_path: Path) -> None:
    for number, plant in enumerate((plant_file, plant_link, plant_deep)):
        artefact = make(tmp_path / str(number))
        storage.verify(artefact)
        plant(artefact)
        with pytest.raises(IntegrityError, match=r"not name|symbolic link"):
            storage.verify(artefact)


def plant_file(artefact: Path) -> None:
    (artefact / "b.txt").write_text("more")


def plant_link(artefact: Path) -> None:
    content = (artefact / "a.txt").read_text()
    (artefact / "a.txt").unlink()
    (artefact.parent / "elsewhere").write_text(content)
    (artefact / "a.txt").symlink_to(artefact.parent / "elsewhere")


def plant_deep(artefact: Path) -> None:
    (artefact / "deep").mkdir()
    (artefact / "deep" / "manifest.json").write_text("{}")


WRITER = """
import os, sys
from pathlib import Path
from components import storage
with storage.building(Path(sys.argv[1])) as scratch, storage.atomic_path(Path(sys.argv[1]) / "x.json") as temporary:
    (scratch / "half").write_text("half")
    temporary.write_text("half")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    with child(WRITER, tmp_path, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        storage.sweep(tmp_path, tmp_path / "missing")
        assert len(list(tmp_path.iterdir())) == 2, "it is alive, and so is what it writes"
        process.kill()
        process.wait()
        (tmp_path / "keep.json").write_text("{}")
        storage.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["keep.json"]


@pytest.mark.parametrize("damage", ["change", "remove", "manifest"])
def test_damage_is_found_and_the_file_is_named(tmp_path: Path, damage: str) -> None:
    artefact = make(tmp_path)
    if damage == "change":
        (artefact / "a.txt").write_text("other")
    elif damage == "remove":
        (artefact / "a.txt").unlink()
    else:
        (artefact / "manifest.json").write_text('{"kind":"other","files":{}}')
    with pytest.raises(IntegrityError, match=r"a\.txt|manifest\.json"):
        storage.verify(artefact)


def test_a_failing_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    storage.write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        storage.write_text(path, b"not text")  # type: ignore[arg-type]
    assert storage.read_json(path) == {"a": 1}
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_full_disk_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="No space left"), storage.atomic_path(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")


@given(st.text())
def test_the_digest_of_a_text_ignores_case_and_blanks_only(text: str) -> None:
    assert storage.digest_text(f"  {text}\n") == storage.digest_text(text)
    assert storage.digest_text(text + "x") != storage.digest_text(text)
    assert len(storage.digest_text(text)) == 32


def test_link_tree_replaces_what_was_there(tmp_path: Path) -> None:
    first, second = make(tmp_path / "s"), make(tmp_path / "s", "two")
    storage.link_tree(first, tmp_path / "t" / "copy")
    storage.link_tree(second, tmp_path / "t" / "copy")
    assert (tmp_path / "t" / "copy" / "a.txt").read_text() == "two"
    assert os.listdir(tmp_path / "t") == ["copy"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_what_is_written_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        root = tmp_path / "a" / "b"
        storage.write_json(root / "c" / "x.json", {})
        storage.touch(root / "made")
        with storage.locked(root / "d" / ".lock"), storage.building(root / "store") as scratch:
            (scratch / "deep").mkdir()
            (scratch / "deep" / "file").write_text("x")
            published = root / "store" / storage.publish(scratch, root / "store", {"kind": "test"})
        storage.link_tree(published, root / "copy")
    finally:
        os.umask(before)
    assert len(list(root.rglob("*"))) == 14
    assert open_to_others(tmp_path / "a") == []


def open_to_others(root: Path) -> list[str]:
    """What anybody but its owner may read, write or enter, or its owner may not."""
    wanted = {True: storage.FOLDER_MODE, False: storage.FILE_MODE}
    found = [path for path in (root, *root.rglob("*")) if not path.is_symlink()]
    return [f"{path.stat().st_mode & 0o777:o} {path}" for path in found if path.stat().st_mode & 0o777 != wanted[path.is_dir()]]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o750)
    storage.write_text(shared / "new" / "x", "x")
    assert shared.stat().st_mode & 0o777 == 0o750
    assert (shared / "new").stat().st_mode & 0o777 == 0o700
