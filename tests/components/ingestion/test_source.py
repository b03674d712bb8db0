"""The bytes of a file: unpacked, and never far more than the file is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from components.errors import UnreadableFileError
from components.ingestion import source
from components.ingestion.source import opened
from tests.components.ingestion.files import EVENTS, read_file, table

pytestmark = pytest.mark.unit


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same in every worker


def test_a_packed_file_is_read_as_what_is_in_it(tmp_path: Path) -> None:
    whole = packed(table("text;label", separator=";", encoding="cp1252"))
    for name, content in (("e.csv.gz", whole), ("e.csv", whole), ("E.CSV.GZ", whole)):
        assert read_file(tmp_path / name, content).events == EVENTS


@pytest.mark.parametrize("content", [packed(table("text,label"))[:-9], packed(b"x" * 99)[:20], b"\x1f\x8b....", b"\x1f\x8b"])
def test_a_damaged_one_is_said_to_be(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="cut short or damaged"):
        read_file(tmp_path / "e.csv.gz", content)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "ALLOWANCE", 1 << 20)
    path = tmp_path / "e.jsonl.gz"
    path.write_bytes(packed(b"0" * (40 << 20)))
    allowed = (1 << 20) + source.EXPANSION * path.stat().st_size
    with opened(path) as content:
        for _ in range(allowed >> 20):
            assert content.read(1 << 20)
        with pytest.raises(UnreadableFileError, match="unpacks to more than"):
            content.read(1 << 20)


def test_what_is_peeked_at_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "e"
    path.write_bytes(b"\xef\xbb\xbf0123456789")
    with opened(path) as content:
        assert (content.peek(3), content.peek(99), content.encoding) == (b"012", b"0123456789", "utf-8")
        content.skip(2)
        assert (content.read(4), content.peek(2), content.read(99), content.read(99)) == (b"2345", b"67", b"6789", b"")
        assert content.tell() == 13
