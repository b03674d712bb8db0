"""Classes under other names: which name each has now, and columns of labels read through that. Pure.

Names are a mapping from each name that was given up to the class that its rows belong to now. No class of today is among the
names given up, so reading through the mapping twice is the same as once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

Names = Mapping[str, str]


@dataclass(frozen=True)
class Relabelling:
    """An act of a person: classes get other names, and those that get one name become one class."""

    names: Names
    reason: str
    by: str

    @property
    def told(self) -> str:
        """The act in a few words."""
        return told(self.names)


def told(names: Names) -> str:
    """An act in a few words: `refund is now returns`, `a and b are now c`."""
    groups: dict[str, list[str]] = {}
    for old, new in names.items():
        groups.setdefault(new, []).append(repr(old))
    said = ((", ".join(old), "are" if len(old) > 1 else "is", repr(new)) for new, old in groups.items())
    return "; ".join(f"{old} {verb} now {new}" for old, verb, new in said)


def combined(past: Names, act: Names) -> dict[str, str]:
    """The names after an act. A name that comes back to its own class is not given up any more."""
    names = {old: act.get(new, new) for old, new in past.items()}
    names |= {old: new for old, new in act.items() if old not in past}
    return {old: new for old, new in sorted(names.items()) if old != new}


def now_called(labels: Iterable[str], names: Names) -> list[str]:
    """Labels under the names of today, each once, in the order in which each first appears: a prefix stays a prefix."""
    return list(dict.fromkeys(names.get(label, label) for label in labels))


def renamed(table: pa.Table, names: Names) -> pa.Table:
    """A table with its labels under the names of today; completions too, where a row has no label: they are its class then."""
    if not names:
        return table
    import pyarrow as pa
    import pyarrow.compute as pc

    old, new = pa.array(list(names), pa.string()), pa.array(list(names.values()), pa.string())

    def through(column: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.coalesce(new.take(pc.index_in(column, value_set=old)), column)

    bare = pc.is_null(table["label"]) if "label" in table.column_names else None
    for name in ("label", "completion"):
        if name in table.column_names and (name == "label" or bare is not None):
            column = through(table[name])
            if name == "completion":
                column = pc.if_else(bare, column, table[name])
            table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table
