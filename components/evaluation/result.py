"""The result of an evaluation: a table of cases and a summary, saved as cases.parquet and summary.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as parquet

from components.errors import IntegrityError
from components.storage import atomic_path, digest_json, read_json, write_json

Side = Literal["candidate", "champion"]

_ANSWER = (("predicted", pa.string()), ("correct", pa.bool_()), ("confidence", pa.float32()), ("margin", pa.float32()))

#: One row per case. `experience` is a digest, null for suites that people wrote; `truth` the right label, or in words what a
#: behaviour case expects; champion_* are null without a champion or where it does not know the labels a case needs.
#: candidate_known_correct (past cases only): whether the candidate is right if it may use only labels the champion knows.
CASES = pa.schema(
    [
        *((name, pa.string()) for name in ("suite", "kind", "experience", "case", "text", "truth")),
        *((f"candidate_{name}", kind) for name, kind in _ANSWER),
        *((f"champion_{name}", kind) for name, kind in _ANSWER),
        ("candidate_known_correct", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Evaluation:
    """Scores of a candidate and its champion. summary["cost"] holds measured times; everything else is reproducible."""

    cases: pa.Table
    summary: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write cases.parquet and summary.json, each atomically."""
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
        if cases.schema.names != CASES.names:
            raise IntegrityError(
                f"{folder / 'cases.parquet'} has other columns than this release writes", "Run the evaluate step again."
            )
        return Evaluation(cases, read_json(folder / "summary.json"))

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
