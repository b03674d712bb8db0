"""YAML that somebody else wrote, read within bounds: its size, its depth, and what its aliases stand for.

A file of 1 kB can name 10^9 values: each line an alias of the line before, ten times. They share memory while they are read, and
no longer once they are copied, checked or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from components.errors import UsageError

MOST_BYTES = 4 * 2**20
MOST_VALUES = 200_000  # with every alias written out
DEEPEST = 40
_HINT = "Fix the line it names. `key: value` needs the blank; indent with spaces; put texts with : or # in quotes."


def read_yaml(path: Path, hint: str = _HINT) -> Any:
    """The value of a file. Raises FileNotFoundError, and UsageError naming file and line for what cannot be read.

    hint: what to say of a file that is no YAML.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", "Check the path and its permissions.") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path} has more than {MOST_BYTES:,} bytes", "Split it, or put its rows into a file of data.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 ({error.reason} at byte {error.start})", "Save it as UTF-8.") from error
    return parse_yaml(text, str(path), hint)


def parse_yaml(text: str, source: str, hint: str = _HINT) -> Any:
    """The value of a text. Raises UsageError that begins with the source and names the line."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            if _values(node) > MOST_VALUES:
                raise UsageError(
                    f"{source} stands for more than {MOST_VALUES:,} values", "Write fewer, or fewer aliases (*name)."
                )
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UsageError(f"{source} is not valid YAML: {where}{_said(error.problem or error.context)}", hint) from error
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        # What a value's type raises, `!!int x` for instance.
        raise UsageError(f"{source} is not valid YAML: {_said(error)}", hint) from error


def _said(problem: object) -> str:
    """What the parser says, which may quote an alias or a tag of any length."""
    said = " ".join(str(problem).split())
    return said if len(said) <= 300 else f"{said[:200]} … {said[-80:]}"


class _Loader(yaml.SafeLoader):
    """Refuses what is nested too deep, and numbers that are not finite."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                mark = self.peek_event().start_mark
                raise yaml.composer.ComposerError(None, None, f"nested deeper than {DEEPEST}", mark)
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        value: float = super().construct_yaml_float(node)
        if value - value != 0:
            raise yaml.constructor.ConstructorError(None, None, f"{node.value} is not a finite number", node.start_mark)
        return value


_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)


def _values(node: yaml.Node) -> int:
    """How many values a node stands for, with every alias written out. Raises ComposerError for one that contains itself."""
    counted: dict[int, int] = {}
    open_: set[int] = set()

    def count(one: yaml.Node) -> int:
        if id(one) in open_:
            raise yaml.composer.ComposerError(None, None, "an alias within what it names", one.start_mark)
        if id(one) not in counted:
            open_.add(id(one))
            counted[id(one)] = 1 + sum(count(child) for child in _children(one))
            open_.discard(id(one))
        return counted[id(one)]

    return count(node)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
