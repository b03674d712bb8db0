"""Which reader reads which file, and the checks on a file as a whole."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from components.errors import PerdureError, UnavailableError, UnreadableFileError, UsageError
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.csv_dialect import header_in, sniff
from components.ingestion.csv_reader import read_csv, typed
from components.ingestion.encoding import encoding_of
from components.ingestion.json_layout import layout_of
from components.ingestion.jsonl_reader import HEAD, read_jsonl
from components.ingestion.parquet_reader import decoded, read_parquet
from components.ingestion.shapes import Understanding, as_json, is_known
from components.ingestion.signatures import check_signature
from components.ingestion.source import opened
from components.naming import check_path
from components.settings import IngestionSettings

Kind = Literal["json", "table", "parquet"]
KINDS: dict[str, Kind] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "table"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}
#: Bytes by which a file is told
_HEAD = 4096
_KNOWN = f"Known extensions: {', '.join(KINDS)}; the first seven also with .gz."


def check_files(files: Sequence[Path]) -> None:
    """Raise UsageError, naming the file and a remedy, unless every file can be read as its extension says."""
    if not files:
        raise UsageError("No file of events was given", "Give one or more JSONL, CSV or Parquet files.")
    for path in files:
        _check(path)


def read_chunks(path: Path, settings: IngestionSettings, noticed: set[str] | None = None) -> Iterator[Chunk]:
    """The events of one file in order, at most `settings.chunk_rows` at a time. `noticed` is filled: what they were made of.

    Raises UnreadableFileError for a file that cannot be read, UnavailableError when the disk does not give it.
    """
    understanding, finish = Understanding(settings.columns, path, noticed), _FINISH.get(_kind(path))
    try:
        for chunk in _records(path, settings):
            understood = understanding.chunk(chunk)
            yield _finished(understood, finish) if finish else understood
    except PerdureError:
        raise
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read: {error.strerror or error}", "Check the disk, and run the command again."
        ) from error
    except Exception as error:  # a file is never worth a traceback, and never kills a nightly run
        raise UnreadableFileError(
            f"{path} cannot be read: {type(error).__name__}", "Export it again in another format; `--debug` shows more."
        ) from error


def describe(path: Path, settings: IngestionSettings) -> str:
    """How a file is read, for people: its format, encoding and dialect."""
    kind = _kind(path)
    if kind == "parquet":
        return "Parquet"
    encoding = encoding_of(path, settings.encoding, table=kind == "table")
    with opened(path, encoding) as source:
        head, packed = source.peek(HEAD), " packed by gzip," if source.packed else ""
        written = sniff(head, settings.columns)[0] if kind == "table" else layout_of(head, len(head) < HEAD, path)
        return f"{'a table,' if kind == 'table' else ''}{packed} {written}, {source.encoding or 'utf-8'}".strip()


def _records(path: Path, settings: IngestionSettings) -> Iterator[Chunk]:
    """The chunks of a file with the records as they are in it."""
    kind, rows = _kind(path), settings.chunk_rows
    if kind == "parquet":
        yield from read_parquet(path, rows, settings.columns)
        return
    encoding = encoding_of(path, settings.encoding, table=kind == "table")
    with opened(path, encoding) as source:
        if kind == "json":
            yield from read_jsonl(source, path, rows)
        else:
            yield from read_csv(source, path, rows, settings.columns)


#: What is done to an event once its columns are understood, by the format that it comes from
_FINISH: dict[Kind, Callable[[Event], Event | str]] = {"table": typed, "parquet": decoded}


def _finished(chunk: Chunk, finish: Callable[[Event], Event | str]) -> Chunk:
    done = Chunk(faults=chunk.faults, corrected=chunk.corrected, done=chunk.done)
    for row, event in zip(chunk.rows, chunk.events, strict=True):
        finished = finish(event)
        if isinstance(finished, str):
            done.faults.append(Fault(row, finished, as_json(event)))
        else:
            done.rows.append(row)
            done.events.append(finished)
    return done


def _kind(path: Path) -> Kind:
    suffix, inner = path.suffix.lower(), Path(path.stem).suffix.lower()
    kind = KINDS.get(inner if suffix == ".gz" else suffix)
    if kind is None:
        raise UsageError(f"{path}: files that end in {path.suffix or 'no extension'} cannot be read", _KNOWN)
    if kind == "parquet" and suffix == ".gz":
        raise UnreadableFileError(f"{path} is compressed as a whole", f"Unpack it first: gunzip {shlex.quote(str(path))}")
    return kind


def _check(path: Path) -> None:
    check_path(path)
    if not path.exists():
        raise UsageError(f"No such file: {path}", "Check the path; relative paths start at the folder you are in.")
    if path.suffix == ".sealed":
        raise UsageError(f"{path} is sealed", f"Open it first: `perdure quarantine open {path} --out {path.stem}`.")
    if not path.is_file():
        raise UsageError(f"{path} is not a file", "Give the files in it one by one.")
    try:
        with opened(path) as source:
            head = source.peek(_HEAD)
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}", "Check its permissions.") from error
    if not head:
        raise UnreadableFileError(f"{path} is empty", "Give a file that holds events; was the export interrupted?")
    kind = KINDS.get(path.suffix.lower())
    if kind == "parquet" and head.startswith(b"PAR1"):
        return
    check_signature(head, path)
    if kind == "parquet":
        raise UnreadableFileError(
            f"{path} is not a Parquet file, whatever its name says",
            f"Rename it to what it is ({', '.join(KINDS)}), or write it again.",
        )
    _check_name(head, path)


def _check_name(head: bytes, path: Path) -> None:
    """Raise UnreadableFileError when a table is called JSON, or JSON a table."""
    kind, first = _kind(path), next((line for line in head.splitlines() if line.strip()), b"").strip()
    is_json = first[:1] in (b"{", b"[")
    is_table = not is_json and kind == "json" and is_known(dict.fromkeys(header_in(head), ""))
    if (kind == "table" and is_json) or is_table:
        right = ".csv" if is_table else ".jsonl"
        name = path.with_name(path.name.removesuffix(".gz")).with_suffix(f"{right}.gz" if path.suffix.lower() == ".gz" else right)
        raise UnreadableFileError(
            f"{path} holds {'a table' if is_table else 'JSON'}, whatever its name says",
            f"Rename it: mv {shlex.quote(str(path))} {shlex.quote(str(name))}",
        )
