"""Files that are something else: each is named, with a command that names the file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, orc

from components.errors import UnreadableFileError
from components.ingestion.signatures import check_signature
from tests.components.ingestion.files import read_file, table

pytestmark = pytest.mark.unit


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same in every worker


TABLE = pa.table({"text": ["a"]})


def zipped(*names: str) -> bytes:
    with zipfile.ZipFile(whole := io.BytesIO(), "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x")
    return whole.getvalue()


def written(how: str) -> bytes:
    whole = io.BytesIO()
    if how == "feather":
        feather.write_feather(TABLE, whole)
    elif how == "orc":
        orc.write_table(TABLE, whole)
    elif how == "tar":
        with tarfile.open(fileobj=whole, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("a.csv"))
    else:
        with pa.ipc.new_stream(whole, TABLE.schema) as stream:
            stream.write_table(TABLE)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "what", "way_out"),
    [
        ("e.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook", "CSV UTF-8"),
        ("e.csv", zipped("_rels/.rels", "xl/workbook.xml"), "an Excel workbook", "CSV UTF-8"),
        ("e.ods", zipped("mimetype", "content.xml"), "an OpenDocument spreadsheet", "CSV"),
        ("e.zip", zipped("a.csv"), "a ZIP archive", "unzip {}"),
        ("e.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Excel workbook", "CSV"),
        ("e.csv.bz2", bz2.compress(table("text,label")), "bzip2", "bunzip2 {}"),
        ("e.jsonl", lzma.compress(b"{}"), "xz", "unxz {}"),
        ("e.jsonl.zst", b"\x28\xb5\x2f\xfd" + bytes(9), "Zstandard", "unzstd {}"),
        ("e.csv.gz", packed(packed(b"text\na")), "gzip twice", "gunzip {}"),
        ("e.csv.gz", packed(written("tar")), "a tar archive", "tar xf {}"),
        ("e.feather", written("feather"), "an Arrow (Feather) file", "read_feather('{}')"),
        ("e.csv", written("stream"), "an Arrow stream", "open_stream('{}')"),
        ("e.orc", written("orc"), "an ORC file", "read_orc('{}')"),
        ("e.jsonl", b"PAR1" + bytes(9), "a Parquet file", "mv {} "),
        ("e.parquet", b"PARE" + bytes(9), "an encrypted Parquet file", "Decrypt"),
        ("e.db", b"SQLite format 3\0" + bytes(9), "an SQLite database", "sqlite3 -header -csv {}"),
        ("e.csv", pickle.dumps([1]), "a Python pickle", "can run code"),
        ("e.csv", b"<!DOCTYPE html><html>", "a page of HTML", "Export the file again"),
        ("e.csv", b"\xef\xbb\xbf<?xml version='1.0'?>", "XML", "CSV or JSON"),
        ("e.csv", "<table><tr>".encode("utf-16"), "a page of HTML", "CSV"),
        ("e.txt", b"__label__a some text\n", "a fastText file", "{} > events.jsonl"),
    ],
)
def test_each_is_named_with_the_way_out(tmp_path: Path, name: str, content: bytes, what: str, way_out: str) -> None:
    path = tmp_path / name
    with pytest.raises(UnreadableFileError) as refused:
        read_file(path, content)
    assert str(path) in refused.value.message
    assert what in refused.value.message
    assert way_out.format(path) in refused.value.hint


@pytest.mark.parametrize(
    "head", [b"ORCID,text\n", b"text\n", b"PK,text\n", b"Obj,text\n", b"<b>,text", b'{"text": \'', b"BZh,text", b"\x80,text"]
)
def test_a_header_that_begins_like_one_of_them_is_a_header(head: bytes) -> None:
    if head != b"<b>,text":
        check_signature(head, Path("e.csv"))
