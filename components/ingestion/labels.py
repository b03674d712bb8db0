"""The names of classes: one normal form, and what looks like the same class under another name. Pure.

Two names that nobody can tell apart on a screen are one class: composed and decomposed accents, invisible characters, blanks
around and between. So a label is stored in its normal form. Names that differ in case, punctuation or width may be two classes,
and a label such as `nan` may be the trace of a missing value: nothing is changed there, but it is said, with the way out.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from components.ingestion.folded import as_seen
from components.unseen import unseen

_BLANKS = re.compile(" +")
JOINERS = "\u200c\u200d"  # between letters of some scripts and between emoji they change what one sees
#: What tables and tools write where a value is missing
MISSING = frozenset({"nan", "none", "null", "nil", "na", "undefined", "missing", "notavailable", "notapplicable"})


@dataclass(frozen=True)
class Doubt:
    """Labels that may be one class, or (one label alone) no class at all; `reason` says why, and `way` what to do."""

    labels: tuple[str, ...]
    reason: str
    way: str

    def __str__(self) -> str:
        return f"{', '.join(map(repr, self.labels))}: {self.reason}; {self.way}"


@lru_cache(maxsize=65536)
def normal(label: str) -> str:
    """The normal form of a label: NFC, without invisible characters, single blanks between words, none around.

    Control characters within it stay: a rule refuses them.
    """
    if label.isascii() and label.isprintable() and "  " not in label:
        return label.strip()
    kept = []
    for n, char in enumerate(label):
        kind = unicodedata.category(char)
        if char in JOINERS:
            beside = label[n - 1 : n] + label[n + 1 : n + 2]
            if len(beside) == 2 and not beside.isascii() and not beside.isspace():
                kept.append(char)
        elif kind in ("Zs", "Zl", "Zp"):
            kept.append(" ")
        elif not unseen(char):
            kept.append(char)
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", "".join(kept)).strip())


def normal_column(labels: pa.Array) -> pa.Array:
    """The normal forms of (n,) strings; each distinct label is looked at once."""
    coded = pc.dictionary_encode(labels)
    names = pa.array([None if name is None else normal(name) for name in coded.dictionary.to_pylist()], pa.string())
    return pc.take(names, coded.indices)


def folded(label: str) -> str:
    """What is left of a label without case, width, accents' composition and everything that is no letter or digit.

    Letters of other alphabets are the Latin ones that they look like.
    """
    seen = as_seen(unicodedata.normalize("NFKC", label))
    wide = unicodedata.normalize("NFKC", seen.casefold())
    return "".join(char for char in wide if char.isalnum()) or wide


def merge_command(old: Sequence[str], new: str) -> str:
    """The command that makes one class of several."""
    return f'`perdure labels merge {shlex.join([*old, new])} --reason "..."`'


def came_under(rows: Mapping[str, int], names: Mapping[str, str]) -> list[Doubt]:
    """Rows that came under a name that was given up. rows: how many of each; names: what it is now."""
    now = "it was renamed, as `perdure labels list` shows, and they are learned as"
    way = "for a class of its own choose a name that never was one, or undo the act with `perdure rollback`"
    return [Doubt((old,), f"{n:,} rows; {now} {names[old]!r}", way) for old, n in sorted(rows.items())]


def recognised(known: Iterable[str], names: Mapping[str, str]) -> set[str]:
    """Known labels, and names that were given up, of which rows may still come; a class of today comes before its variants."""
    labels = set(known)
    folds = {folded(label) for label in labels}
    return labels | set({folded(old): old for old in sorted(names) if folded(old) not in folds}.values())


def doubts(given: Mapping[str, int], known: Iterable[str] = ()) -> list[Doubt]:
    """What is odd about the labels of new rows. given: rows of each label; known: labels that were learned before."""
    rows = {label: n for label, n in given.items() if label}
    past = set(known)
    groups: dict[str, list[str]] = {}
    for label in sorted(rows.keys() | past):
        groups.setdefault(folded(label), []).append(label)
    found = [_same(group, rows, past) for group in groups.values() if len(group) > 1 and any(label in rows for label in group)]
    for label in sorted(rows.keys() - past):
        if folded(label) in MISSING:
            way = "leave the label out of these rows if so"
            found.append(Doubt((label,), f"{rows[label]:,} rows; it looks like a missing value", way))
    return found


def _same(group: Sequence[str], rows: Mapping[str, int], past: set[str]) -> Doubt:
    """The name to keep: one that was learned, else the commonest."""
    keep = max(group, key=lambda label: (label in past, rows.get(label, 0), label))
    fresh = keep in past and not past.issuperset(group)
    new = "the last is known, the others would be new classes" if fresh else "each is a class of its own"
    others = tuple(label for label in group if label != keep)
    way = f"if they are one, write {keep!r} everywhere"
    if learned := [label for label in others if label in past]:
        way += f", and put together what was learned: {merge_command(learned, keep)}"
    return Doubt(
        (*others, keep), f"the same but for case, punctuation, width or letters that look alike{_written(group)}: {new}", way
    )


def _written(group: Sequence[str]) -> str:
    """The letters of names that look alike, by their numbers; nothing where all are of one alphabet."""
    if all(label.isascii() for label in group) or len({as_seen(label) for label in group}) == len(group):
        return ""
    return f" ({', '.join(map(ascii, group))})"
