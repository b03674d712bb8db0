"""The second anchor of the gates: how each past task was answered by the best version that served it. Pure, but for two files.

Every gate that compares with the last champion alone lets a slow slide pass. So the answers of the version that learned a task
are kept, case by case, and a later version takes its place only when it is surely better on the same cases: a maximum over many
noisy scores would be too high. Beside them stand the answers of the last version that a person approved. Where a person approves
a version in spite of what it lost, its answers replace the anchor: the loss is accepted, and the budget begins again from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from components.errors import IntegrityError
from components.evaluation.bounded import difference_interval
from components.relabelling import Names, now_called
from components.storage import atomic_path, digest_json

#: One row per past case. best: score of the version that answered the task best; joint: of the reference over all rows that this
#: version had learned; approved: of the last version that a person approved. Null where there was none.
ANCHORS = pa.schema(
    [
        ("experience", pa.string()),
        ("case", pa.string()),
        ("best", pa.float32()),
        ("joint", pa.float32()),
        ("approved", pa.float32()),
    ]
)
#: One-sided level at which a later version must be better to become the anchor of a task: there are many looks
BETTER = 0.001

Scores = Mapping[str, float]  # case -> score in [0, 1]


@dataclass(frozen=True)
class Known:
    """The labels that a version knew: how many, and the digest of their names. Labels are only ever appended."""

    labels: int
    digest: str

    @staticmethod
    def of(labels: Sequence[str]) -> Known:
        """What a version with these labels, in their order, knew."""
        return Known(len(labels), digest_json(list(labels)))

    def among(self, labels: Sequence[str]) -> frozenset[str]:
        """Those of a later version's labels that were known; all of them if its labels do not continue the same list."""
        first = labels[: self.labels]
        return frozenset(first if Known.of(first) == self else labels)


@dataclass(frozen=True)
class Anchor:
    """A past task: the checkpoint that answered it best, what that knew, and the score on each case: its own, the reference's."""

    checkpoint: str
    known: Known
    best: Scores
    joint: Scores = field(default_factory=dict)


@dataclass(frozen=True)
class Served:
    """A version that served: its answers to the cases of the cycle that made it.

    approved: a person promoted it. accepted: and did so although the gates had held it, so that its losses count as accepted.
    """

    checkpoint: str
    labels: tuple[str, ...]
    experience: str
    scores: Mapping[str, Scores]  # by experience
    joint: Mapping[str, Scores] = field(default_factory=dict)  # the reference's
    approved: bool = False
    accepted: bool = False


@dataclass(frozen=True)
class Anchors:
    """All past tasks by the digest of their experience, and the answers of the last version that a person approved."""

    tasks: Mapping[str, Anchor] = field(default_factory=dict)
    approved: Mapping[str, Scores] = field(default_factory=dict)
    approver_knew: Known | None = None

    def after(self, served: Served) -> Anchors:
        """The anchors after a version served: its own task is new; a past one is its if it is surely better, or accepted."""
        known, tasks = Known.of(served.labels), dict(self.tasks)
        for experience, scores in served.scores.items():
            before, joint = tasks.get(experience), served.joint.get(experience, {})
            if before is None and experience != served.experience:
                continue  # a case that nothing is known of: the suite of another line
            if before is None or experience == served.experience:
                tasks[experience] = Anchor(served.checkpoint, known, dict(scores), joint)
            elif served.accepted:
                tasks[experience] = Anchor(served.checkpoint, known, {**before.best, **scores}, {**before.joint, **joint})
            elif before.best.keys() <= scores.keys() and _surely_better(scores, before.best):
                tasks[experience] = Anchor(served.checkpoint, known, {case: scores[case] for case in before.best}, joint)
        if not served.approved:
            return replace(self, tasks=tasks)
        approved = {experience: {**self.approved.get(experience, {}), **scores} for experience, scores in served.scores.items()}
        return Anchors(tasks, {**self.approved, **approved}, known)

    def relabelled(self, labels: Sequence[str], names: Names) -> Anchors:
        """The same anchors after the classes of a version with these labels got other names.

        The scores stay: a right answer stays right. Which answers a merge makes right is not known any more, so the anchor of
        merged classes may be too low; the champion, whose answers are known, is not.
        """
        if not names:
            return self

        def known(one: Known) -> Known:
            first = labels[: one.labels]
            return Known.of(now_called(first, names)) if Known.of(first) == one else one

        tasks = {each: replace(anchor, known=known(anchor.known)) for each, anchor in self.tasks.items()}
        return Anchors(tasks, self.approved, known(self.approver_knew) if self.approver_knew else None)

    def save(self, path: Path) -> None:
        """Write one parquet file, atomically."""
        rows = [
            {
                **{"experience": experience, "case": case, "best": score, "joint": anchor.joint.get(case)},
                "approved": self.approved.get(experience, {}).get(case),
            }
            for experience, anchor in sorted(self.tasks.items())
            for case, score in sorted(anchor.best.items())
        ]
        tasks = {experience: {"checkpoint": a.checkpoint, **asdict(a.known)} for experience, a in sorted(self.tasks.items())}
        head = {"tasks": tasks, "approver_knew": asdict(self.approver_knew) if self.approver_knew else None}
        table = pa.Table.from_pylist(rows, schema=ANCHORS.with_metadata({"perdure": json.dumps(head, sort_keys=True)}))
        with atomic_path(path) as temporary:
            parquet.write_table(table, temporary)

    @staticmethod
    def load(path: Path) -> Anchors:
        """Read what `save` wrote. Raises IntegrityError when the file is missing or of another shape."""
        try:
            table = parquet.read_table(path)
            head: dict[str, Any] = json.loads(table.schema.metadata[b"perdure"])
        except (FileNotFoundError, pa.ArrowInvalid, KeyError, TypeError, json.JSONDecodeError) as error:
            raise IntegrityError(f"{path} cannot be read ({error})", "Restore the folder of its cycle from a backup.") from error
        best: dict[str, dict[str, float]] = {}
        joint: dict[str, dict[str, float]] = {}
        approved: dict[str, dict[str, float]] = {}
        for experience, case, *scores in zip(*(table[name].to_pylist() for name in ANCHORS.names)):
            for kept, score in zip((best, joint, approved), scores, strict=True):
                if score is not None:
                    kept.setdefault(experience, {})[case] = score
        tasks = {
            each: Anchor(known["checkpoint"], Known(known["labels"], known["digest"]), best.get(each, {}), joint.get(each, {}))
            for each, known in head["tasks"].items()
        }
        return Anchors(tasks, approved, Known(**head["approver_knew"]) if head["approver_knew"] else None)


def scores_of(rows: Iterable[Mapping[str, Any]], name: str = "candidate") -> dict[str, dict[str, float]]:
    """One kind of scores by experience and case, from rows of the cases table (of any release)."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["kind"] == "regression" and row["experience"] is not None:
            score = row.get(f"{name}_score")
            if score is None and name == "candidate":
                score = float(row["candidate_correct"])
            if score is not None:
                found.setdefault(row["experience"], {})[row["case"]] = score
    return found


def _surely_better(scores: Scores, before: Scores) -> bool:
    cases = list(before)
    now, then = (np.array([those[case] for case in cases], np.float64) for those in (scores, before))
    return len(cases) > 0 and difference_interval(now, then, 2 * BETTER).low > 0
