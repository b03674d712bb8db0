"""The cycles to run: one per experience of a stream, for a file, or for a batch of the inbox; or another attempt at a cycle.

A decided cycle stands. A new attempt at it is a cycle of its own, ID.2, ID.3 …, with its own folder, records and verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from components.control.authority import consult
from components.cycle.outputs import Opened
from components.cycle.records import Records
from components.errors import RefusedError, UsageError
from components.ingestion.batches import Taken
from components.naming import cycle_part, tidy
from components.relabelling import Relabelling
from components.storage import digest_file, digest_json


@dataclass(frozen=True)
class Planned:
    """A cycle to run: its id, the name of its experience, its files of events, and the cycle that it continues from."""

    cycle: str
    name: str
    events: tuple[Path, ...]
    after: str | None = None  # None: it continues from what serves
    learn_from: str | None = None  # a checkpoint to learn from instead of the champion
    act: Relabelling | None = None  # what to do instead of learning events: rename or merge classes


def plan(stream: str, parts: Sequence[tuple[str, Path]]) -> list[Planned]:
    """One cycle per part, each after the one before: trec-1-desc, trec-2-enty, …"""
    planned: list[Planned] = []
    for number, (name, path) in enumerate(parts, start=1):
        after = planned[-1].cycle if planned else None
        planned.append(Planned(f"{cycle_part(stream)}-{number}-{cycle_part(name)}", tidy(name), (path,), after))
    return planned


def single(file: Path) -> Planned:
    """The cycle for one file of events. Its id comes from the file's name and content: the same file twice is the same cycle."""
    return Planned(f"{cycle_part(file.stem)}-{digest_file(file)[:8]}", tidy(file.stem), (file,))


def gathered(taken: Taken) -> Planned:
    """The cycle for a batch of the inbox. Its id comes from the batch's content: that of a single file is the file's cycle."""
    batch = taken.batch
    return Planned(f"{cycle_part(batch.name)}-{batch.digest[:8]}", tidy(batch.name), taken.files)


def acting(act: Relabelling) -> Planned:
    """The cycle that renames or merges classes. Its id comes from the act: the same act for the same reason is the same cycle."""
    old, new = "-".join(act.names), next(iter(act.names.values()))
    return Planned(f"labels-{cycle_part(f'{old}-to-{new}')}-{digest_json(asdict(act))[:8]}", tidy(act.told), (), act=act)


def named(target: str | Path, records: Records) -> Planned:
    """The cycle that a person names: by a file of events, or by the id of a cycle, which stands for the events it opened with.

    Raises UsageError when there is neither, or when the recorded files are gone or changed.
    """
    if Path(target).is_file():
        return single(Path(target))
    cycle = str(target)
    if not _is_cycle(cycle, records):
        hint = "Give the path of a JSONL, CSV or Parquet file of events, or the id of a cycle."
        raise UsageError(f"No such file: {target}, and no cycle has this name", hint)
    opened = records.opened(cycle)
    events = tuple(Path(event) for event in opened.events)
    lost = [str(path) for path, digest in zip(events, opened.files or ("",) * len(events), strict=True) if _lost(path, digest)]
    if lost:
        raise UsageError(
            f"Cycle {cycle!r} cannot be run again: {', '.join(lost)} is gone or was changed since it opened",
            "Put the file back as it was, run the command in the folder where the cycle was opened, or name a file of events.",
        )
    basis = opened.basis
    other = basis.parent if basis.parent != basis.champion else None
    return Planned(cycle, opened.name, events, basis.follows, other, opened.act)


def attempts(cycle: str, records: Records) -> list[str]:
    """The opened attempts at a cycle, oldest first: ID, ID.2, ID.3 … A cycle that only happens to be called so is none."""
    if not records.exists(cycle):
        return []
    first, found, number = records.opened(cycle), [cycle], 2
    while records.exists(other := f"{cycle}.{number}"):
        found += [other] if _same_events(first, records.opened(other)) else []
        number += 1
    return found


def attempt(planned: Planned, records: Records, again: bool) -> Planned:
    """The newest attempt at a planned cycle; with `again` the next one, if the newest is decided."""
    cycle = _first(planned.cycle, records)
    known = attempts(cycle, records)
    if not known:
        return planned
    newest = known[-1]
    if again and not planned.act:
        _refuse_serving(known, records)
    if again and records.decided(newest):
        number = 2
        while records.exists(f"{cycle}.{number}"):
            number += 1
        return replace(planned, cycle=f"{cycle}.{number}", after=None, learn_from=None)  # it continues from what serves now
    if newest == planned.cycle:
        return planned
    return replace(planned, cycle=newest, after=records.opened(newest).basis.follows, learn_from=None)


def _refuse_serving(cycles: Sequence[str], records: Records) -> None:
    """Raise RefusedError when one of these attempts serves: to learn its events again would count them twice."""
    state = consult(records.workspace).state
    for each in state.champions:
        if each.version in state.versions and state.versions[each.version].cycle in cycles:
            raise RefusedError(
                f"Its events are in what serves: version {each.version} learned them",
                f"To learn them in another way, go back to a version before {each.version} first, with `perdure rollback`.",
            )


def _first(cycle: str, records: Records) -> str:
    """The cycle that this is an attempt at: itself, unless it is a later attempt."""
    base, _, number = cycle.rpartition(".")
    later = number.isdecimal() and base and records.exists(base) and cycle in attempts(base, records)
    return base if later else cycle


def _same_events(one: Opened, other: Opened) -> bool:
    if one.act or other.act:
        return one.act == other.act
    return one.files == other.files if one.files and other.files else one.events == other.events


def _lost(path: Path, digest: str) -> bool:
    return not path.is_file() or (digest != "" and digest_file(path) != digest)


def _is_cycle(name: str, records: Records) -> bool:
    try:
        return records.exists(name)
    except UsageError:  # a path, not a name
        return False
