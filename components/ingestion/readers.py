"""Which reader reads which file, and the checks on a file as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from components.errors import UsageError
from components.ingestion.chunk import Chunk
from components.ingestion.csv_reader import read_csv
from components.ingestion.jsonl_reader import read_jsonl
from components.ingestion.parquet_reader import read_parquet

Reader = Callable[[Path, int], Iterator[Chunk]]
READERS: Mapping[str, Reader] = {".jsonl": read_jsonl, ".ndjson": read_jsonl, ".csv": read_csv, ".parquet": read_parquet}

#: First bytes of files that are not text: what they are, and the remedy.
_SIGNATURES = (
    (b"PAR1", "is a Parquet file", "Rename it to end in .parquet."),
    (b"\x1f\x8b", "is compressed by gzip", "Unpack it first (gunzip)."),
    (b"PK\x03\x04", "is a ZIP archive or a spreadsheet", "Unpack it, or export the sheet as CSV (UTF-8)."),
    (b"\xff\xfe", "is encoded in UTF-16", "Save it as UTF-8 (iconv -f UTF-16 -t UTF-8)."),
    (b"\xfe\xff", "is encoded in UTF-16", "Save it as UTF-8 (iconv -f UTF-16 -t UTF-8)."),
)


def check_files(files: Sequence[Path]) -> None:
    """Raise UsageError, naming the file and a remedy, unless every file can be read as its extension says."""
    if not files:
        raise UsageError("No file of events was given", "Give one or more JSONL, CSV or Parquet files.")
    for path in files:
        _check(path)


def read_chunks(path: Path, chunk_rows: int) -> Iterator[Chunk]:
    """The rows of one file in order, at most `chunk_rows` at a time."""
    return READERS[path.suffix.lower()](path, chunk_rows)


def _check(path: Path) -> None:
    known = ", ".join(READERS)
    if not path.exists():
        raise UsageError(f"No such file: {path}", "Check the path; relative paths start at the folder you are in.")
    if path.suffix == ".sealed":
        raise UsageError(f"{path} is sealed", f"Open it first: `perdure quarantine open {path} --out {path.stem}`.")
    if not path.is_file():
        raise UsageError(f"{path} is not a file", "Give the files in it one by one.")
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise UsageError(f"{path}: files that end in {suffix or 'no extension'} cannot be read", f"Known extensions: {known}.")
    try:
        with open(path, "rb") as file:
            head = file.read(64)
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}", "Check its permissions.") from error
    if not head:
        raise UsageError(f"{path} is empty", "Give a file that holds events; was the export interrupted?")
    if suffix == ".parquet":
        if not head.startswith(b"PAR1"):
            raise UsageError(
                f"{path} is not a Parquet file, whatever its name says", f"Rename it to what it is ({known}), or write it again."
            )
        return
    for signature, what, way_out in _SIGNATURES:
        if head.startswith(signature):
            raise UsageError(f"{path} {what}, not {suffix[1:].upper()}", way_out)
    if suffix != ".csv" and head.split(b"\n")[0].strip() == b"[":
        raise UsageError(
            f"{path} holds one JSON array, not one JSON object per line",
            "Write one object per line, for instance with: jq -c '.[]'",
        )
