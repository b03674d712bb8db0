"""The classes of what serves: what each stands for, how it came to its name, and an act of a person that gives it another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from components.control import artefacts
from components.control.authority import serving
from components.cycle.history import lineage, names_of
from components.cycle.records import Records
from components.errors import RefusedError, UsageError
from components.ingestion.labels import Doubt, doubts, merge_command, normal
from components.ingestion.rules import MAX_LABEL
from components.privacy.replace import redact
from components.relabelling import Names, Relabelling
from components.storage import read_manifest
from components.workspace import Workspace


@dataclass(frozen=True)
class Given:
    """A name that was given up for a class: in which cycle, by whom, why."""

    name: str
    cycle: str
    by: str
    reason: str


@dataclass(frozen=True)
class Label:
    """A class that what serves knows. rows: learned; first: the experience that brought it; heldout: cases of all experiences."""

    label: str
    rows: int
    first: str
    heldout: int
    was: tuple[Given, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def names_served(workspace: Workspace) -> Names:
    """What classes were renamed to on the way to what serves."""
    serves = serving(workspace)
    return names_of(workspace, serves.checkpoint) if serves else {}


def asked(old: Sequence[str], new: str, *, reason: str, by: str) -> Relabelling:
    """The act that a person asks for: all `old` classes are `new` from now on. Raises UsageError where no class would change."""
    wanted = normal(new)
    names = {label: wanted for label in map(normal, old) if label != wanted}
    if not names or not wanted:
        raise UsageError(
            f"That changes the name of no class to {wanted!r}", "Give the new name last, as in `perdure labels rename OLD NEW`."
        )
    if any(ord(char) < 32 or 127 <= ord(char) < 160 for char in wanted) or len(wanted) > MAX_LABEL or redact(wanted) != wanted:
        raise UsageError(
            "The new name cannot be one of a class",
            f"It has at most {MAX_LABEL} characters, and no control characters or personal data.",
        )
    return Relabelling(names, reason, by)


def refuse_impossible(workspace: Workspace, act: Relabelling, *, merges: bool) -> None:
    """Raise UsageError or RefusedError for an act that what serves cannot take. merges: whether a person wants one of several."""
    from components.learning.relabel import refuse_relabelling

    serves = serving(workspace)
    if serves is None:
        raise RefusedError("Nothing serves, so there are no classes yet", "Learn something first: `perdure cycle FILE`.")
    folder = artefacts.checkpoint(workspace, serves.checkpoint)
    refuse_relabelling(folder, act.names)
    labels = read_manifest(folder)["labels"]
    old, new = list(act.names), next(iter(act.names.values()))
    if new in labels and not merges:
        raise UsageError(f"There is a class {new!r} already", f"To make one class of both: {merge_command(old, new)}.")
    if merges and len({*old, *([new] if new in labels else [])}) < 2:
        raise UsageError(
            f"A merge makes one class of several, and {new!r} would be made of {old[0]!r} alone",
            "Name all classes and then the one that they become; another name for one class is `perdure labels rename OLD NEW`.",
        )


def listed(workspace: Workspace) -> list[Label]:
    """Every class of what serves, in the order in which they came."""
    serves = serving(workspace)
    if serves is None:
        return []
    manifest = read_manifest(artefacts.checkpoint(workspace, serves.checkpoint))
    names, first, heldout = manifest.get("relabelled", {}), dict[str, str](), Counter[str]()
    for digest in manifest["experiences"]:
        if not (workspace.experiences / digest).is_dir():
            continue
        experience = workspace.experience(digest).known_as(names)
        heldout.update(experience.table("heldout", ["label"])["label"].drop_null().to_pylist())
        for label in experience.manifest["labels"]:
            first.setdefault(names.get(label, label), experience.name)
    was = _given_up(workspace, serves.checkpoint)
    return [
        Label(label, manifest["seen"].get(label, 0), first.get(label, ""), heldout[label], tuple(was.get(label, ())))
        for label in manifest["labels"]
    ]


def _given_up(workspace: Workspace, checkpoint: str) -> dict[str, list[Given]]:
    """{class: names that were given up for it}, by the acts of the cycles that led to a checkpoint."""
    records, names, found = Records(workspace), names_of(workspace, checkpoint), dict[str, list[Given]]()
    for cycle in lineage(workspace, checkpoint):
        if act := records.opened(cycle).act:
            for old in act.names:
                if old in names:
                    found.setdefault(names[old], []).append(Given(old, cycle, act.by, act.reason))
    return found


def alike(labels: Sequence[Label]) -> list[Doubt]:
    """Classes that may be one, each with the command that puts them together."""
    rows = {each.label: each.rows for each in labels}
    return [doubt for doubt in doubts(rows, rows) if len(doubt.labels) > 1]
