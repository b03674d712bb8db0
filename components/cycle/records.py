"""The records of cycles, and the only module that knows where they are in a cycle's folder.

    cycles/CYCLE/cycle.json          Opened: what is to be learned, and from which basis
    cycles/CYCLE/STEP/record.json    the step's key, its inputs, and its outputs
    cycles/CYCLE/STEP/cost.json      seconds that the step took in its last run
    cycles/CYCLE/ingest/experience/  a copy (hard links) of the experience, and validation.json
    cycles/CYCLE/learn/checkpoint/   a copy (hard links) of the checkpoint, and training.json
    cycles/CYCLE/evaluate/           cases.parquet, summary.json, accuracy.json, anchors.parquet, reference.safetensors
    cycles/CYCLE/rollout/            traffic.json
    cycles/START/start.json          not a cycle: the beginning that the first cycle of a rebuilt stream follows

What they hold is in components/cycle/outputs.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from components.cycle.names import DECIDES, STEPS
from components.cycle.outputs import (
    Basis,
    Concluded,
    Evaluated,
    Ingested,
    Judged,
    Learned,
    Monitored,
    Opened,
    Registered,
    RolledOut,
)
from components.errors import IntegrityError, UsageError
from components.naming import is_cycle
from components.storage import digest_json, read_json, write_json
from components.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Folder:
    """The folder of one cycle, and the paths of everything in it."""

    path: Path

    @staticmethod
    def check(cycle: str) -> None:
        """Raise UsageError for an id that is no plain name of a folder."""
        if not is_cycle(cycle):
            raise UsageError(
                f"{cycle!r} cannot be the id of a cycle",
                "Use letters, digits, spaces, dots, - and _, at most 120 of them, beginning with a letter or digit.",
            )

    @property
    def request(self) -> Path:
        return self.path / "cycle.json"

    @property
    def experience(self) -> Path:
        return self.path / "ingest" / "experience"

    @property
    def validation(self) -> Path:
        return self.path / "ingest" / "validation.json"

    @property
    def checkpoint(self) -> Path:
        return self.path / "learn" / "checkpoint"

    @property
    def training(self) -> Path:
        return self.path / "learn" / "training.json"

    @property
    def evaluation(self) -> Path:
        return self.path / "evaluate"

    @property
    def cases(self) -> Path:
        return self.evaluation / "cases.parquet"

    @property
    def anchors(self) -> Path:
        """How each past task was answered when it was served best: what the candidate was judged by."""
        return self.evaluation / "anchors.parquet"

    @property
    def reference(self) -> Path:
        """The sums of the reference over all that the candidate learned."""
        return self.evaluation / "reference.safetensors"

    @property
    def scores(self) -> Path:
        return self.evaluation / "accuracy.json"

    @property
    def traffic(self) -> Path:
        return self.path / "rollout" / "traffic.json"

    @property
    def summary(self) -> Path:
        """What `dvc repro` draws: metrics.json and accuracy.json."""
        return self.path / "summary"

    def record(self, step: str) -> Path:
        return self.path / step / "record.json"

    def cost(self, step: str) -> Path:
        return self.path / step / "cost.json"


@dataclass(frozen=True)
class Records:
    """The records of all cycles of a workspace."""

    workspace: Workspace

    def folder(self, cycle: str) -> Folder:
        """The folder of a cycle, whether or not the cycle exists. Raises UsageError for an id that names another place."""
        Folder.check(cycle)
        return Folder(self.workspace.cycles / cycle)

    def cycles(self) -> list[str]:
        """Ids of the opened cycles, in the order in which they opened."""
        opened = [path.parent.name for path in self.workspace.cycles.glob("*/cycle.json")]
        return sorted(opened, key=lambda cycle: (self.opened(cycle).sequence, cycle))

    def exists(self, cycle: str) -> bool:
        """Whether the cycle was opened."""
        return self.folder(cycle).request.is_file()

    def opened(self, cycle: str) -> Opened:
        """What a cycle is to learn, and on which basis. Raises UsageError when it was never opened."""
        path = self.folder(cycle).request
        if not path.is_file():
            raise UsageError(
                f"No cycle {cycle!r} in {self.workspace.cycles}",
                "Open it with `perdure cycle FILE` or `perdure run STREAM`.",
            )
        value = _mapping(path)
        if "basis" not in value:  # of the first weeks
            return _read(Opened, self._of_old(cycle, value), path)
        return _read(Opened, _unsealed(value, path), path)

    def open(self, cycle: str, opened: Opened) -> None:
        """Write what a cycle is to learn."""
        write_json(self.folder(cycle).request, _sealed(asdict(opened)))

    def is_start(self, cycle: str) -> bool:
        """Whether this is not a cycle but the start of a stream."""
        return (self.folder(cycle).path / "start.json").is_file()

    def start(self, cycle: str) -> None:
        """Make a start: the cycle that follows it continues from no experience and no champion, whatever serves now."""
        write_json(self.folder(cycle).path / "start.json", {})

    def done(self, cycle: str, step: str) -> bool:
        """Whether the step has left its record."""
        return self.folder(cycle).record(step).is_file()

    def raw(self, cycle: str, step: str) -> Mapping[str, Any] | None:
        """{"key", "inputs", "outputs"} of a step, or None when it has not run. Raises IntegrityError when it was changed."""
        path = self.folder(cycle).record(step)
        if not path.is_file():
            return None
        record = _mapping(path)
        if "seal" in record or not self._is_old(cycle):
            record = _unsealed(record, path)
        if not all(isinstance(record.get(part), kind) for part, kind in (("key", str), ("inputs", dict), ("outputs", dict))):
            raise IntegrityError(f"{path} has no key, inputs and outputs", _RESTORE)
        return record

    def keep(self, cycle: str, step: str, key: str, inputs: Mapping[str, Any], outputs: object) -> None:
        """Write a step's record."""
        kept = {name: value for name, value in plain(outputs).items() if value is not None or name in _KEPT_EMPTY}
        write_json(self.folder(cycle).record(step), _sealed({"key": key, "inputs": dict(inputs), "outputs": kept}))

    def drop(self, cycle: str, step: str) -> None:
        """Remove a step's record, so that the step is due again."""
        self.folder(cycle).record(step).unlink(missing_ok=True)

    def read(self, kind: type[T], cycle: str, step: str) -> T:
        """The outputs of a step that has run. Raises UsageError when it has not."""
        record = self.raw(cycle, step)
        if record is None:
            raise UsageError(
                f"Step {step!r} of cycle {cycle!r} has not run yet", f"Run `perdure step {step} --cycle {cycle}` first."
            )
        return _read(kind, record["outputs"], self.folder(cycle).record(step))

    def ingested(self, cycle: str) -> Ingested:
        return self.read(Ingested, cycle, "ingest")

    def learned(self, cycle: str) -> Learned:
        return self.read(Learned, cycle, "learn")

    def evaluated(self, cycle: str) -> Evaluated:
        return self.read(Evaluated, cycle, "evaluate")

    def judged(self, cycle: str) -> Judged:
        return self.read(Judged, cycle, "judge")

    def registered(self, cycle: str) -> Registered:
        return self.read(Registered, cycle, "register")

    def rolled_out(self, cycle: str) -> RolledOut:
        return self.read(RolledOut, cycle, "rollout")

    def concluded(self, cycle: str) -> Concluded:
        return self.read(Concluded, cycle, "promote")

    def monitored(self, cycle: str) -> Monitored:
        return self.read(Monitored, cycle, "monitor")

    def decided(self, cycle: str) -> bool:
        """Whether the cycle is decided. The step after the decision (monitor) may still be missing."""
        return self.exists(cycle) and self.done(cycle, DECIDES)

    def seconds(self, cycle: str, steps: Sequence[str] = STEPS) -> dict[str, float]:
        """Seconds that each of these steps took in its last run."""
        costs = {step: self.folder(cycle).cost(step) for step in steps}
        there = {step: path for step, path in costs.items() if path.is_file()}
        return {step: _read(dict[str, float], _mapping(path), path)["seconds"] for step, path in there.items()}

    def scores(self, cycle: str) -> dict[str, dict[str, dict[str, float]]]:
        """{"candidate" | "champion": {experience digest: {"accuracy", "n"}}} from the cycle's evaluation."""
        path = self.folder(cycle).scores
        if not path.is_file():
            raise UsageError(
                f"Step 'evaluate' of cycle {cycle!r} has left no scores", f"Run `perdure step evaluate --cycle {cycle}`."
            )
        scores = _read(dict[str, dict[str, dict[str, float]]], _mapping(path), path)
        if not {"candidate", "champion"} <= scores.keys():
            raise IntegrityError(f"{path} does not hold the scores of candidate and champion", _RESTORE)
        return scores

    def next_sequence(self) -> int:
        """The number of the next cycle to open. Call it while holding the workspace's lock."""
        return 1 + max((self.opened(cycle).sequence for cycle in self.cycles()), default=0)

    def _is_old(self, cycle: str) -> bool:
        """Whether the cycle was opened in the first weeks, when records had no seal."""
        request = self.folder(cycle).request
        return request.is_file() and "basis" not in _mapping(request)

    def _of_old(self, cycle: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """A cycle.json of the first weeks, completed: its basis is in learn's record, its order in the version's number."""
        learned, concluded = self.raw(cycle, "learn"), self.raw(cycle, "promote")
        inputs = learned["inputs"] if learned else {}
        basis = Basis(inputs.get("champion"), inputs.get("parent"), value.get("after"))
        sequence = int(concluded["outputs"]["version"]) if concluded else 0
        return asdict(Opened(value["name"], tuple(value.get("events", ())), basis, sequence))


#: Outputs that are written even when they are empty
_KEPT_EMPTY = ("champion",)


_RESTORE = "Restore the file from a backup, or delete the step's folder and run the step again."


def _sealed(value: dict[str, Any]) -> dict[str, Any]:
    """With a digest of itself: what is edited by hand or damaged is found, not acted on. (It proves no authorship.)"""
    return {**value, "seal": digest_json(value)}


def _unsealed(value: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What was sealed. Raises IntegrityError when it is not what was written."""
    content = {name: part for name, part in value.items() if name != "seal"}
    if value.get("seal") != digest_json(content):
        raise IntegrityError(f"{path} was changed: it does not match its seal", _RESTORE)
    return content


def _mapping(path: Path) -> dict[str, Any]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise IntegrityError(f"{path} does not hold a JSON object", _RESTORE)
    return value


def plain(value: Any) -> dict[str, Any]:
    """A record as JSON-able values."""
    return asdict(value)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _read(kind: type[T], value: Mapping[str, Any], path: Path) -> T:
    try:
        record: T = _adapter(cast(Hashable, kind)).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        spot = ".".join(str(part) for part in first["loc"])
        raise IntegrityError(f"{path}: {f'{spot}: ' if spot else ''}{first['msg']}", _RESTORE) from error
    return record
