"""The columns of a Parquet file: whether its texts are found, and the names of classes that Hugging Face keeps with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from components.errors import UnreadableFileError
from components.ingestion.mapping import Mapped, sources
from components.ingestion.propose import Values, map_command
from components.ingestion.rules import MAX_COLUMNS, MAX_DEPTH
from components.ingestion.shapes import is_known

#: {column: names of its classes, by number}
Classes = Mapping[str, Sequence[str]]


def check_columns(schema: Any, path: Path, columns: Mapped, sample: Callable[[], Values]) -> None:
    """Raise UnreadableFileError, with the way out, for a schema that cannot be read or has no column of texts.

    sample: reads some values of each column.
    """
    names = list(schema.names)
    if len(names) > MAX_COLUMNS:
        raise UnreadableFileError(
            f"{path} has {len(names):,} columns; at most {MAX_COLUMNS:,} are read", "Leave out those that are not needed."
        )
    if any(_depth(field.type) > MAX_DEPTH for field in schema):
        raise UnreadableFileError(f"{path} has a column nested more than {MAX_DEPTH} deep", "Leave it out.")
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise UnreadableFileError(f"{path} has two columns named {twice[0]!r}", "Rename one of them.")
    filled = {name: _example(field.type) for name, field in zip(names, schema, strict=True)}
    if not is_known(filled) and columns.get("text", "").partition(".")[0] not in names and columns.get("text") not in names:
        problem = f"{path} has no column `text`: it has {', '.join(map(repr, names[:12]))}"
        if columns.get("text"):
            problem += f", and no column {columns['text']!r}, which is mapped to it"
        raise UnreadableFileError(problem, map_command(path, sample()))


def _depth(kind: Any) -> int:
    """How deeply lists and objects are nested in a type; what is far too deep is not counted to its end."""
    deepest, level = 0, [kind]
    while level and deepest <= MAX_DEPTH:
        level = [inner.field(n).type for inner in level for n in range(inner.num_fields)]
        deepest += 1
    return deepest


def _example(kind: Any) -> Any:
    """What tells a list of objects, an object and anything else apart."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [{}] if pa.types.is_struct(kind.value_type) else []
    return {} if pa.types.is_struct(kind) else ""


def class_names(schema: Any, columns: Mapped) -> Classes:
    """The names of the classes of the column that holds the labels, if it holds their numbers."""
    wanted = {"label", *sources({"label": columns.get("label", "")})}
    try:
        features = orjson.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        kinds = {name: feature for name, feature in features.items() if name in wanted and feature.get("_type") == "ClassLabel"}
        return {name: [str(each) for each in kind["names"]] for name, kind in kinds.items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return {}  # it does not say
