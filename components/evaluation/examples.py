"""Examples of what got better and what got worse, for the approver. Texts are as ingestion stored them: already redacted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.evaluation.result import Evaluation

TEXT_CHARS = 200  # longer texts are cut when they are shown

Row = Mapping[str, Any]


def changed(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """{"better", "worse"}: the cases that only the candidate, or only the champion, gets right, with different answers.

    A probe may pass or fail by its confidence, or by what was answered to another text, while both give the same answer to this
    one. That counts in the gate of its suite; shown as a change of the answer it would mislead.
    """
    sides: dict[str, list[Row]] = {"better": [], "worse": []}
    for row in rows:
        mine, theirs = row["candidate_correct"], row.get("champion_correct")
        if theirs is not None and mine != theirs and row["candidate_predicted"] != row["champion_predicted"]:
            sides["better" if mine else "worse"].append(row)
    return sides


def changes(evaluation: Evaluation, k: int = 5) -> dict[str, list[dict[str, str]]]:
    """{"better", "worse"}: up to k of the changed cases: {"text", "truth", "champion", "candidate", "suite", "case"}.

    The clearest come first (largest change of the true label's margin). Suites take turns, so that a new experience, in which
    every case got better, does not crowd out the rest. The total number is in the summary under "changes".
    """
    return {side: [_shown(row) for row in _turns(rows)[:k]] for side, rows in changed(evaluation.cases.to_pylist()).items()}


def _turns(rows: Sequence[Row]) -> list[Row]:
    """The clearest case of every suite, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    rounds = []
    for row in sorted(rows, key=lambda row: (-_change(row), row["suite"], row["case"])):
        seen[row["suite"]] += 1
        rounds.append((seen[row["suite"]], row))
    return [row for _, row in sorted(rounds, key=lambda pair: pair[0])]


def _change(row: Row) -> float:
    return abs((row["candidate_margin"] or 0.0) - (row["champion_margin"] or 0.0))


def _shown(row: Row) -> dict[str, str]:
    text = row["text"] if len(row["text"]) <= TEXT_CHARS else f"{row['text'][: TEXT_CHARS - 3]}..."
    answers = {"champion": row["champion_predicted"], "candidate": row["candidate_predicted"]}
    return {"text": text, "truth": row["truth"], **answers, "suite": row["suite"], "case": row["case"]}
