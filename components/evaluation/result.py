"""The result of an evaluation: a table of cases and a summary, saved as cases.parquet and summary.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as parquet

from components.errors import IntegrityError
from components.evaluation.reference import Reference
from components.storage import atomic_path, digest_json, read_json, write_json

Side = Literal["candidate", "champion"]

_ANSWER = (("predicted", pa.string()), ("correct", pa.bool_()), ("confidence", pa.float32()), ("margin", pa.float32()))

#: Scores in [0, 1]. candidate, champion: with all labels that each knows. candidate_known: with the labels that the champion
#: knows. anchor: of the version that answered the task best; candidate_then: with the labels that it knew. approved: of the last
#: version that a person approved; candidate_approved: with the labels that it knew. reference: the reference fitted on the new
#: rows alone, of their labels; candidate_own: the candidate with these. joint: the reference over all rows, with all labels;
#: joint_then: with those known when the task was learned, anchor_joint: as it was then; joint_known: with the champion's labels,
#: joint_before: as it was for the champion.
SCORES = (
    "candidate", "champion", "candidate_known", "candidate_then", "anchor", "candidate_approved", "approved",
    "candidate_own", "reference", "joint", "joint_then", "joint_known", "joint_before", "anchor_joint",
)  # fmt: skip

_BASIC = ("suite", "kind", "experience", "case", "text", "truth")

#: One row per case. `experience` is a digest, null for suites that people wrote; `truth` the right label, or in words what a
#: behaviour case expects; champion_* are null without a champion or where it does not know the labels a case needs. doubted: the
#: case was scored because others of its task had got worse. clear: the texts nearest to a new case are answered alike.
CASES = pa.schema(
    [
        *((name, pa.string()) for name in _BASIC),
        *((f"candidate_{name}", kind) for name, kind in _ANSWER),
        *((f"champion_{name}", kind) for name, kind in _ANSWER),
        *((f"{name}_score", pa.float32()) for name in SCORES),
        ("doubted", pa.bool_()),
        ("clear", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Evaluation:
    """Scores of a candidate and its champion. summary["cost"] holds measured times; everything else is reproducible.

    joint: the reference over all rows that the candidate learned, to be carried to the next cycle; it is kept apart.
    """

    cases: pa.Table
    summary: dict[str, Any]
    joint: Reference = field(default_factory=Reference)

    def save(self, folder: Path) -> None:
        """Write cases.parquet and summary.json, each atomically. The reference has a file of its own."""
        with atomic_path(folder / "cases.parquet") as temporary:
            parquet.write_table(self.cases, temporary)
        write_json(folder / "summary.json", self.summary)

    @staticmethod
    def load(folder: Path) -> Evaluation:
        """Read what `save` wrote. Raises IntegrityError when the files are missing or of another shape."""
        try:
            cases = parquet.read_table(folder / "cases.parquet")
        except (FileNotFoundError, pa.ArrowInvalid) as error:
            raise IntegrityError(
                f"{folder / 'cases.parquet'} cannot be read ({error})", "Run the evaluate step again."
            ) from error
        if not set(CASES.names[: len(_BASIC)]) <= set(cases.schema.names):
            raise IntegrityError(
                f"{folder / 'cases.parquet'} has other columns than this release writes", "Run the evaluate step again."
            )
        return Evaluation(_as_now(cases), read_json(folder / "summary.json"))

    @property
    def digest(self) -> str:
        """Of the summary without what a clock measured: equal inputs give equal digests."""
        return digest_json({name: part for name, part in self.summary.items() if name != "cost"})

    def rows(self, **where: str | None) -> list[dict[str, Any]]:
        """The cases whose columns have these values, as dictionaries, in order."""
        return [row for row in self.cases.to_pylist() if all(row[name] == value for name, value in where.items())]

    def accuracy(self, side: Side) -> dict[str, dict[str, float]]:
        """{experience digest: {"accuracy", "n"}} over the held-out cases that were scored for this side."""
        outcomes: dict[str, list[bool]] = {}
        columns = (self.cases[name].to_pylist() for name in ("kind", "experience", f"{side}_correct"))
        for kind, experience, correct in zip(*columns):
            if kind == "regression" and experience is not None and correct is not None:
                outcomes.setdefault(experience, []).append(correct)
        return {experience: {"accuracy": sum(right) / len(right), "n": len(right)} for experience, right in outcomes.items()}


def case_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows (missing fields are null) as a table of the CASES schema."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=CASES)


def _as_now(cases: pa.Table) -> pa.Table:
    """A table that an older release wrote, with the columns of this one: null where it did not know them."""
    if "candidate_known_correct" in cases.schema.names:
        cases = cases.append_column("candidate_known_score", cases["candidate_known_correct"].cast(pa.int8()).cast(pa.float32()))
    there = set(cases.schema.names)
    columns = [cases[each.name] if each.name in there else pa.nulls(len(cases), each.type) for each in CASES]
    return pa.table(columns, schema=CASES)
