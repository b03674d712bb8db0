"""The artefacts that the steps of a cycle hand on, frozen. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from components.errors import RefusedError
from components.lazy import lazy
from components.provenance import PROVENANCE
from components.relabelling import Names, renamed
from components.storage import check_file, read_manifest

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

Outcome = Literal["promoted", "rejected", "held", "rolled_back"]
GateStatus = Literal["pass", "fail", "inconclusive"]
#: A part of an experience
Part = Literal["train", "heldout", "unlabelled"]

#: Columns of an experience's parquet files. `digest` is `storage.digest_text(text)`; `metadata` is a JSON object.
EVENT_COLUMNS = (
    *("text", "label", "completion", "id", "task", "source"),
    *("timestamp", "subject", "consent", "expires", "priority"),
    *("digest", "metadata"),
)

#: The fields of an event; all others are metadata.
FIELDS = (*(name for name in EVENT_COLUMNS if name not in ("digest", "metadata")), PROVENANCE, "split")

#: Tells the time, with its zone, at the moment it is asked
Clock = Callable[[], datetime]

#: What a progress display needs: (done, total, a short line such as "loss 0.41"). Drivers pass one in; None = silent.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Experience:
    """The accepted events of one cycle, published at `path`: train.parquet, heldout.parquet, unlabelled.parquet.

    names: what classes were renamed to since; labels are read through it.
    """

    path: Path
    names: Names = field(default_factory=dict, hash=False)

    def known_as(self, names: Names) -> Experience:
        """The same events under the names that their classes have now."""
        return replace(self, names=names)

    @property
    def digest(self) -> str:
        return self.path.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """name, labels (sorted), counts {train, heldout, unlabelled}, after (digest of the experience ingested before).

        provenance {who: rows with a target}: only if a row says who gave its label.
        """
        return read_manifest(self.path)

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def content(self) -> str | None:
        """Digest of the rows to learn from, whatever the experience came after: the same rows have the same one."""
        return None if self.relabels else self.manifest.get("files", {}).get("train.parquet")

    @property
    def relabels(self) -> Names:
        """{old name: new name} of an act that renames or merges classes: an experience without rows; else empty."""
        return self.manifest.get("relabels", {})

    @property
    def removed(self) -> Path:
        """The record of when and why texts of this experience were removed; a file only if they were."""
        return self.path.with_name(f"{self.digest}.removed.json")

    def has(self, part: Part) -> bool:
        """Whether this part is still there: `learning.texts: never` removes what was learned."""
        return (self.path / f"{part}.parquet").is_file() or not self.removed.is_file()

    def table(self, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
        """One part as a pyarrow.Table with EVENT_COLUMNS (and PROVENANCE, if a row of the experience has one), or some of them.

        Raises IntegrityError if its file was changed, RefusedError if it was removed after learning.
        """
        import pyarrow.parquet as parquet

        name = f"{part}.parquet"
        manifest = self.manifest
        if not self.has(part):
            raise RefusedError(
                f"The {part} events of experience {manifest['name']!r} ({self.digest[:12]}) were removed after they were learned",
                "They were learned with `learning.texts: never`. Give the file of events again: `perdure cycle FILE --again`.",
            )
        expected = manifest.get("files", {}).get(name)
        with parquet.ParquetFile(check_file(self.path / name, str(expected))) as file:  # read_table takes four times as long
            table = file.read(columns=columns)
        return renamed(table.select(columns) if columns is not None else table, self.names)


@dataclass(frozen=True)
class Predictions:
    """What a model answers to n texts: `probabilities` is (n, C) float32; `labels` names the classes of its columns."""

    labels: tuple[str, ...]
    probabilities: NDArray[np.float32]

    def top(self) -> list[str]:
        """The most probable label of each text; the first of `labels` on a tie."""
        return [self.labels[i] for i in self.probabilities.argmax(axis=1)] if self.labels else []

    def confidence(self) -> NDArray[np.float32]:
        """(n,) probability of the top label."""
        return self.probabilities.max(axis=1) if self.labels else np.zeros(len(self.probabilities), np.float32)

    def probability_of(self, truth: Sequence[str]) -> NDArray[np.float32]:
        """(n,) probability given to each text's true label; 0 where the model does not know that label."""
        column = {label: i for i, label in enumerate(self.labels)}
        rows = [self.probabilities[n, column[t]] if t in column else 0.0 for n, t in enumerate(truth)]
        return np.asarray(rows, dtype=np.float32)

    def margin(self, truth: Sequence[str]) -> NDArray[np.float32]:
        """(n,) probability of the true label minus the highest of the others, in [-1, 1]."""
        mine = self.probability_of(truth)
        column = {label: i for i, label in enumerate(self.labels)}
        others = self.probabilities.copy()
        for n, t in enumerate(truth):
            if t in column:
                others[n, column[t]] = 0.0
        best = others.max(axis=1) if self.labels else np.zeros(len(truth), np.float32)
        return np.asarray(mine - best, dtype=np.float32)


def target_columns(writes: bool) -> tuple[str, str]:
    """The columns that hold the answer to an event, in order: the first that has a value counts. writes: Predictor.writes."""
    return ("completion", "label") if writes else ("label", "completion")


def target_of(event: Mapping[str, Any], writes: bool) -> str | None:
    """The expected answer to an event; None if the event has none."""
    first, second = target_columns(writes)
    return event[first] or event[second] or None


def kind_writes(kind: str) -> bool:
    """Whether base models of this kind write their answers. The others are encoders; with a head they are classifiers."""
    return kind == "causal"


#: (answer, truth) -> how good an answer is, in [0, 1]
Score = Callable[[str, str], float]


def exact(answer: str, truth: str) -> float:
    """Right or wrong: 1 if the answer is exactly the expected one, else 0."""
    return float(answer == truth)


class Predictor(Protocol):
    """A checkpoint ready to answer."""

    @property
    def writes(self) -> bool:
        """True for a model that writes its answers (a causal LM), False for a classifier."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes it knows, in the order of the columns."""
        ...

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Class probabilities of each text, in the given order."""
        ...

    def generate(self, texts: Sequence[str]) -> list[str]:
        """What it writes after each text, in the given order. Raises UsageError where it does not write."""
        ...


@dataclass(frozen=True)
class Gate:
    """The result of one rule. `estimate` is the difference candidate - champion (or a share), with its interval and n.

    undecided: it passes only because nothing was found; its cases are too few to rule harm out. needs: how many would do.
    """

    name: str
    status: GateStatus
    reason: str  # one plain sentence with the numbers in it
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    n: int = 0
    hard: bool = False  # a hard safety failure: stop at once
    undecided: bool = False
    needs: int | None = None


@dataclass(frozen=True)
class Verdict:
    """All gates together: fail if one fails, else inconclusive if one is, else pass."""

    status: GateStatus
    gates: tuple[Gate, ...]
    mode: Literal["enforce", "report"] = "enforce"
    suites: Mapping[str, str] = field(default_factory=dict)  # {KIND.NAME: digest} of the suites run on the candidate

    @property
    def reasons(self) -> list[str]:
        """Why it is not a clean pass: the reasons of the gates that did not pass."""
        return [gate.reason for gate in self.gates if gate.status != "pass"]

    @property
    def warnings(self) -> list[str]:
        """What passed for lack of cases: the reasons of these gates."""
        return [gate.reason for gate in self.gates if gate.status == "pass" and gate.undecided]


@dataclass(frozen=True)
class Cost:
    """What a step took. Kept beside the artefacts, never inside their digests."""

    seconds: float
    peak_bytes: int = 0
    stored_bytes: int = 0
    detail: Mapping[str, float] = field(default_factory=dict)
