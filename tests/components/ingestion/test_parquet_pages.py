"""Headers of pages: read as Arrow writes them, and files whose pages, footers or both do not say what is true."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UnreadableFileError
from components.ingestion.parquet_limits import check_pages
from components.ingestion.parquet_pages import BrokenPageError, Page, pages
from tests.components.ingestion.files import read_file
from tests.examples import examples

pytestmark = pytest.mark.unit

WORDS = [f"w{n}" for n in range(100)]


def varint(number: int, length: int = 0) -> bytes:
    """A whole number as Thrift's compact protocol writes it, with leading zeros to a length."""
    rest, out = number << 1, bytearray()
    while rest > 127 or len(out) + 1 < length:
        out.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*out, rest])


def header(kind: int, unpacked: int, packed: int, about: int, values: int) -> bytes:
    """A page header; `about` is the field that describes the page."""
    start = b"\x15" + varint(kind) + b"\x15" + varint(unpacked) + b"\x15" + varint(packed)
    return start + bytes([(about - 3) << 4 | 12]) + b"\x15" + varint(values) + b"\x15\x00" + b"\0\0"


def found(content: bytes, values: int, length: int | None = None) -> list[Page]:
    return list(pages(io.BytesIO(content), 0, len(content) if length is None else length, values))


def test_the_pages_of_every_kind() -> None:
    content = header(2, 900, 2, 7, 40) + b"ab" + header(0, 5, 1, 5, 3) + b"c" + header(3, 70, 0, 8, 9) + header(0, 1, 0, 5, 1)
    assert found(content, 12) == [Page(True, 900, 40), Page(False, 5, 3), Page(False, 70, 9)], "as many as there are values"
    assert found(content, 0) == []
    statistics = b"\x18" + bytes([0xB8, 0x17]) + b"x" * 3000  # 3,000 bytes, more than are read at first
    content = header(0, 5, 1, 5, 3)
    between = content.index(b"\x2c")
    assert found(content[:between] + statistics + b"\x1c" + content[between + 1 :] + b"c", 3) == [Page(False, 5, 3)]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0", b"\xff" * 40, b"\x15", b"\x15\x00\x15\x00\x15", b"\x1c" * 40, b"\x19\xfc" + b"\xff" * 12, b"\x1e\x00",
        header(0, 5, 1000, 5, 3), b"\x15\x00\x15\x01\x15\x00\x00", b"\x18" + varint(2**40), b"\x19\xf5\xff\xff\xff\x7f",
    ],
)  # fmt: skip
def test_a_broken_header_is_told(content: bytes) -> None:
    with pytest.raises(BrokenPageError):
        found(content, 1, 99)


@examples(300)
@given(st.binary(max_size=80), st.integers(0, 90), st.integers(0, 50))
def test_nothing_else_comes_of_any_bytes(content: bytes, length: int, values: int) -> None:
    with suppress(BrokenPageError):
        assert len(found(content, values, length)) <= length + 1


columns = st.sampled_from(
    [
        pa.array(WORDS * 3),
        pa.array([None, "a", ""] * 50),
        pa.array([[{"a": n, "b": "x" * n}] * (n % 4) for n in range(90)]),
        pa.array(range(300)),
        pa.array([1.5, None] * 70),
        pa.array([True, False, None] * 40),
        pa.array([b"abcd"] * 64, pa.binary(4)),
        pa.nulls(100, pa.string()),
    ]
)


@pytest.mark.integration
@examples(80)
@given(
    columns,
    st.sampled_from(["none", "snappy", "zstd", "gzip", "lz4", "brotli"]),
    st.booleans(),
    st.sampled_from(["1.0", "2.0"]),
    st.sampled_from([64, 1000, 2**20]),
    st.integers(20, 400),
    st.booleans(),
)
def test_what_arrow_writes_adds_up(
    tmp_path_factory: pytest.TempPathFactory,
    column: Any,
    codec: str,
    dictionary: bool,
    version: str,
    size: int,
    rows: int,
    more: bool,
) -> None:
    path = tmp_path_factory.mktemp("pages") / "e.parquet"
    table = pa.table({"text": column, "other": pa.array(range(len(column)))})
    options: Any = {"data_page_version": version, "data_page_size": size, "row_group_size": rows, "write_page_checksum": more}
    parquet.write_table(table, path, compression=codec, use_dictionary=dictionary, write_batch_size=16, **options)
    metadata = parquet.read_metadata(path)
    check_pages(metadata, path)
    with open(path, "rb") as file:
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                begin = chunk.data_page_offset if chunk.dictionary_page_offset is None else chunk.dictionary_page_offset
                there = list(pages(file, begin, chunk.total_compressed_size, chunk.num_values))
                assert sum(page.values for page in there if not page.dictionary) == chunk.num_values
                assert [page.dictionary for page in there] == [
                    chunk.dictionary_page_offset is not None,
                    *[False] * (len(there) - 1),
                ]
                headers = chunk.total_uncompressed_size - sum(page.unpacked for page in there)
                assert 8 * len(there) < headers < 1000 * len(there)


def lying(path: Path, megabytes: int, columns: int = 1) -> Path:
    """Pages of zstd that hold so much in each column, under a footer that says that they hold a thousand bytes."""
    texts = {f"c{n}": ["x" * 900_000] * (megabytes * 10**6 // 900_000) for n in range(columns)}
    table = pa.table({"text": texts.pop("c0"), **texts})
    parquet.write_table(table, path, compression="zstd", use_dictionary=False, data_page_size=2**31 - 1, write_statistics=False)
    metadata = parquet.read_metadata(path).row_group(0)
    content = bytearray(path.read_bytes())
    start = len(content) - 8 - struct.unpack("<I", content[-8:-4])[0]
    footer = bytes(content[start:-8])
    for number in {metadata.total_byte_size, *(metadata.column(n).total_uncompressed_size for n in range(columns))}:
        footer = footer.replace(varint(number), varint(1000, len(varint(number))))
    content[start:-8] = footer
    path.write_bytes(content)
    assert parquet.read_metadata(path).row_group(0).column(0).total_uncompressed_size == 1000
    return path


READ = """
import resource, sys
from pathlib import Path
import pandas, pyarrow.dataset
from components.errors import UnreadableFileError
from components.ingestion.readers import read_chunks
from components.settings import IngestionSettings
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (200 << 20),) * 2)
try:
    print(sum(map(len, read_chunks(Path(sys.argv[1]), IngestionSettings()))))
except UnreadableFileError as error:
    print(error.message)
"""


@pytest.mark.integration
@pytest.mark.parametrize(("megabytes", "columns"), [(400, 1), (60, 8)])
def test_pages_that_hold_more_than_the_footer_says_are_refused_before_they_are_unpacked(
    tmp_path: Path, megabytes: int, columns: int
) -> None:
    path = lying(tmp_path / "e.parquet", megabytes, columns)
    assert path.stat().st_size < 100_000
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    assert "bytes in the pages of" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("dictionary", "said"),
    [(False, "8,191 values in column 0, where it says 100"), (True, "8,191 values in a dictionary of 690 bytes")],
)
def test_a_page_that_says_it_holds_more_values_is_refused(tmp_path: Path, dictionary: bool, said: str) -> None:
    path = tmp_path / "e.parquet"
    parquet.write_table(pa.table({"text": WORDS}), path, compression="none", use_dictionary=dictionary, write_statistics=False)
    chunk = parquet.read_metadata(path).row_group(0).column(0)
    place = chunk.dictionary_page_offset if dictionary else chunk.data_page_offset
    content = path.read_bytes()
    page = content[place : place + 30]
    path.write_bytes(content[:place] + page.replace(varint(100), varint(8191), 1) + content[place + 30 :])
    with pytest.raises(UnreadableFileError, match=said):
        read_file(path)


@pytest.mark.integration
def test_a_page_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    parquet.write_table(pa.table({"text": WORDS}), path, compression="none", use_dictionary=False)
    place = parquet.read_metadata(path).row_group(0).column(0).data_page_offset
    content = path.read_bytes()
    path.write_bytes(content[:place] + b"\xff" * 20 + content[place + 20 :])
    with pytest.raises(UnreadableFileError, match="cannot be read as Parquet"):
        read_file(path)
