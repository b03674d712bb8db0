"""What a name may be, a safe form of it for every place that it goes to, and who has one.

Names come from anywhere: files, columns, options, streams. `tidy` is what people see and manifests keep. The others are parts of
paths and names in MLflow, which each allow less. All of them leave a usual name as it is.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TypeVar

from components.errors import UsageError

K = TypeVar("K")
#: For a name of which nothing is left
NAMELESS = "events"
#: Bytes of a name as part of a file's name: systems allow 255, and digests, endings and marks of unfinished files are added
_PART = 120
_CYCLE = re.compile(r"[^\W_][\w .-]{0,119}")


def tidy(name: str) -> str:
    """The name of an experience or a stream: in one line, without what leads out of a folder or is not to be seen."""
    kept = "".join("-" if char in "/\\" or unicodedata.category(char) in _UNSEEN else char for char in name)
    kept = kept.strip()[:120].strip()
    return kept if kept.strip(".") else NAMELESS


#: Unicode's categories of control characters, surrogates, unassigned characters and ends of lines
_UNSEEN = ("Cc", "Cs", "Cn", "Zl", "Zp")


def cycle_part(name: str) -> str:
    """A name as part of a cycle's id, which names a folder: what is no letter, digit, blank, dot, - or _ becomes -."""
    return fit(re.sub(r"[^\w .-]+", "-", name).strip(" .-_")[:50], 100).strip(" .-_") or NAMELESS


def is_cycle(name: str) -> bool:
    """Whether a cycle may have this id: it is the plain name of a folder."""
    return bool(_CYCLE.fullmatch(name)) and len(os.fsencode(name)) <= 240


def file_part(name: str) -> str:
    """A name as part of a file's name: what is no letter, digit, dot, - or _ becomes -."""
    return fit(re.sub(r"[^\w.-]+", "-", name).strip(".-")[:80]).strip(".-") or NAMELESS


def suite_part(name: str) -> str:
    """A name as part of a suite's: letters and digits of ASCII, dots, - and _; it begins with a letter or digit."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._")[:80] or NAMELESS


def model_name(name: str) -> str:
    """A name for a model that MLflow logs: it takes no dots, slashes, colons, quotes or percent signs."""
    return re.sub(r"[^\w -]+", "-", name)


def model_part(name: str) -> str:
    """A name as part of a registered model's; empty if nothing is left of it."""
    return re.sub(r"[^\w-]+", "-", name).strip("-")[:40]


def metric_name(name: str) -> str:
    """A name for a metric in MLflow: 250 of the characters that it takes, and no path that leads elsewhere."""
    plain = re.sub(r"[^\w\-. :/]", "_", name)[:250]
    return plain if posixpath.normpath(plain) == plain and plain[:1] not in "/." else plain.replace("/", "_").lstrip(".") or "_"


def fit(name: str, most: int = _PART) -> str:
    """The beginning of a name that takes at most so many bytes in a file system."""
    return shown(name).encode()[:most].decode("utf-8", "ignore")


def shown(name: str) -> str:
    """The name of a file for messages and records; bytes of it that are not UTF-8 are escaped."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character that no file's name holds
        return name.encode("utf-8", "backslashreplace").decode()


def check_path(path: Path) -> None:
    """Raise UsageError for a path that cannot be written down, because it is not UTF-8."""
    if shown(str(path)) != str(path):
        raise UsageError(f"The name of {shown(str(path))} is not UTF-8", "Rename the file, or its folder.")


def claim(known: MutableMapping[K, Any], name: K, newcomer: Any, what: str) -> None:
    """Enter a class or function under a name that a recipe can choose. Importing it again replaces it.

    Raises UsageError if the name is taken. what: its name in a message, e.g. "buffer policy 'ring'".
    """
    taken = known.get(name)
    if taken is not None and full_name(taken) != full_name(newcomer):
        raise UsageError(f"{full_name(newcomer)}: {what} is taken by {full_name(taken)}", "Register it under another name.")
    known[name] = newcomer


def full_name(thing: Any) -> str:
    """MODULE.NAME of a class or function."""
    return f"{thing.__module__}.{thing.__qualname__}"
