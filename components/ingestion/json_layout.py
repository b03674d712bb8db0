"""How the events stand in a file of JSON: one object per line, an array, an array in an object, or objects over several lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from components.errors import UnreadableFileError
from components.ingestion.json_values import Values
from components.ingestion.shapes import is_known

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True)
class Layout:
    """`skip`: bytes before the first element of an array. `inside`: the array is a field of an object."""

    kind: Literal["lines", "array", "values"]
    skip: int = 0
    inside: bool = False

    def __str__(self) -> str:
        return {"lines": "one JSON object per line", "array": "a JSON array", "values": "JSON objects over several lines"}[
            self.kind
        ]


LINES = Layout("lines")


def layout_of(head: bytes, whole: bool, path: Path) -> Layout:
    """The layout of a file that begins with `head`; `whole`: that is all of it. Where in doubt, one object per line.

    Raises UnreadableFileError for a table written column by column.
    """
    lines = [line for line in head.splitlines() if line.strip()][:3]
    first = lines[0].strip() if lines else b""
    if first[:1] not in (b"[", b"{"):
        return LINES
    value, following = _loads(first), [_loads(line) for line in lines[1:]]
    if first.startswith(b"["):
        alone = value is None and following[:1] not in ([], [None]) and not first.startswith(b"[{") and first != b"["
        return LINES if alone or (value is not None and following) else Layout("array", head.index(b"[") + 1)
    if value is not None and following:
        return LINES
    if value is None and following and following[0] is not None and not (len(lines) > 2 and lines[2].strip()[:1] == b"]"):
        return LINES  # its first line is broken
    one = value if value is not None else _first(head)
    if isinstance(one, dict) and isinstance(one.get("text"), dict | list):
        _refuse_columns(one, path)
    if isinstance(one, dict) and is_known(one):
        return Layout("values") if value is None else LINES
    skip = _array_within(head)
    if skip is not None:
        return Layout("array", skip, inside=True)
    if isinstance(one, dict):
        _refuse_columns(one, path)
    return Layout("values") if one is not None and value is None else LINES


def _loads(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _first(head: bytes) -> Any:
    """The first of several values, if it is whole and valid."""
    return next((_loads(value) for value, _ in Values(_Head(head), array=False)), None)


class _Head:
    """Bytes at hand, to be read once."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int, /) -> bytes:
        given, self._content = self._content, b""
        return given

    def tell(self) -> int:
        return 0


def _array_within(head: bytes) -> int | None:
    """Where the first array of objects that is a field of the outermost object begins, if there is one."""
    depth = 0
    for token in _TOKEN.finditer(head):
        if token[0] == b"[" and depth == 1 and head[token.end() :].lstrip()[:1] == b"{":
            return token.end()
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        if depth == 0 and token[0] == b"}":
            return None
    return None


def _refuse_columns(one: Mapping[str, Any], path: Path) -> None:
    """Raise UnreadableFileError for {"text": [...], "label": [...]}, and for {"columns": [...], "data": [[...]]}."""
    lengths = [len(value) if isinstance(value, dict | list) else 0 for value in one.values()]
    if (len(set(lengths)) == 1 and len(lengths) >= 2 and lengths[0] >= 2) or {"columns", "data"} <= one.keys():
        raise UnreadableFileError(
            f"{path} is a table written column by column, not event by event",
            f"""Write it again: python -c "import pandas; pandas.read_json('{path}').to_json('events.jsonl', """
            """orient='records', lines=True)" (with orient='split' in read_json if it has `columns` and `data`).""",
        )
