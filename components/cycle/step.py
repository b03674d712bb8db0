"""A step of the cycle: typed inputs, typed outputs, and a key made from its inputs and its code and from nothing else.

A step is three functions. `gather` reads its inputs from the records of earlier steps and the settings. `run` gets these inputs
and a workbench, and cannot open what they do not name. `made` lists the artefacts that must be there for its record to count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from components import __version__
from components.contracts import Clock, Experience, Progress
from components.control import artefacts
from components.cycle.code import source_digest
from components.cycle.records import Folder, Records, plain
from components.errors import IntegrityError
from components.evaluation.result import Evaluation
from components.settings import Settings
from components.storage import check_file, digest_json
from components.workspace import Workspace

In = TypeVar("In")
Out = TypeVar("Out")


def beside(**options: Any) -> Any:
    """A field of the inputs that is not part of the key, such as a path or a duration. It must not affect the result."""
    return field(metadata={"beside": True}, **options)


@dataclass(frozen=True)
class Known:
    """What `gather` may read: the records of this workspace's cycles, and the settings."""

    records: Records
    settings: Settings
    cycle: str

    @property
    def workspace(self) -> Workspace:
        return self.records.workspace


@dataclass(frozen=True)
class Workbench:
    """What `run` works with. It opens the artefacts that the step's inputs name, and no others."""

    workspace: Workspace  # the stores that a step publishes into; artefacts are opened by the methods below
    cycle: str
    now: Clock
    progress: Progress | None
    declared: frozenset[str]

    @property
    def folder(self) -> Folder:
        """This cycle's folder."""
        return Records(self.workspace).folder(self.cycle)

    def experience(self, digest: str) -> Experience:
        """A declared experience."""
        return self.workspace.experience(self._declared(digest))

    def checkpoint(self, digest: str) -> Path:
        """The directory of a declared checkpoint, fetched back from MLflow if the disk has lost it."""
        return artefacts.checkpoint(self.workspace, self._declared(digest))

    def evaluation(self, cases: str, summary: str) -> Evaluation:
        """This cycle's evaluation with these declared digests. Raises IntegrityError if it was changed."""
        check_file(self.folder.cases, self._declared(cases))
        evaluation = Evaluation.load(self.folder.evaluation)
        if evaluation.digest != self._declared(summary):
            raise IntegrityError(
                f"{self.folder.evaluation / 'summary.json'} was changed since the evaluation", "Run the evaluate step again."
            )
        return evaluation

    def cases(self, cycle: str, digest: str) -> Path:
        """The scored cases of a cycle, as its record names them. Raises IntegrityError when they were changed."""

        return check_file(Records(self.workspace).folder(self._declared(cycle)).cases, self._declared(digest))

    def _declared(self, name: str) -> str:
        if name not in self.declared:
            raise RuntimeError(f"a step may open only what its inputs name; {name!r} is not among them")
        return name


@dataclass(frozen=True)
class Step(Generic[In, Out]):
    """A named step. `code`: the components whose files are part of its key in a source checkout; elsewhere the version is."""

    name: str
    gather: Callable[[Known], In]
    run: Callable[[In, Workbench], Out]
    record: type[Out]
    made: Callable[[Workspace, Folder, Out], Sequence[Path]] = lambda workspace, folder, outputs: ()
    code: tuple[str, ...] = ()

    def key(self, inputs: In) -> str:
        """SHA-256 of all that the step depends on."""

        source = source_digest(self.code) if self.code else None
        identity = {"version": __version__, **({"source": source} if source else {})}
        return digest_json({"step": self.name, "code": identity, **told(inputs)})


def told(inputs: Any) -> dict[str, Any]:
    """Inputs as JSON-able values, without the fields that are not part of the key."""
    whole = plain(inputs)
    return {each.name: whole[each.name] for each in fields(inputs) if not each.metadata.get("beside")}


def names_in(value: Any) -> frozenset[str]:
    """Every string in JSON-able values: everything that a step's inputs declare."""
    if isinstance(value, str):
        return frozenset([value])
    if isinstance(value, Mapping):
        return frozenset().union(*(names_in(inner) for inner in value.values()))
    if isinstance(value, Sequence):
        return frozenset().union(*(names_in(inner) for inner in value))
    return frozenset()
