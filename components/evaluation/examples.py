"""Examples of what got better and what got worse, for the approver. Texts are as ingestion stored them: already redacted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from components.evaluation.result import Evaluation

TEXT_CHARS = 200  # longer texts are cut when they are shown

Row = dict[str, Any]


def changes(evaluation: Evaluation, k: int = 5) -> dict[str, list[dict[str, str]]]:
    """{"better", "worse"}: up to k cases that only the candidate, or only the champion, gets right: {"text", "truth",
    "champion", "candidate", "suite", "case"}. The clearest come first (largest change of the true label's margin).

    Suites take turns, so that a new experience, in which every case got better, does not crowd out the rest.
    The total number is in the summary under "changes".
    """
    compared = [row for row in evaluation.cases.to_pylist() if row["champion_correct"] is not None]
    better = [row for row in compared if row["candidate_correct"] and not row["champion_correct"]]
    worse = [row for row in compared if row["champion_correct"] and not row["candidate_correct"]]
    return {"better": [_shown(row) for row in _turns(better)[:k]], "worse": [_shown(row) for row in _turns(worse)[:k]]}


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
