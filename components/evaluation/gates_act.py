"""The gate of an act on the names of classes: what it changes in the answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.contracts import Gate
from components.relabelling import told

Row = Mapping[str, Any]


def same_answers(rows: Sequence[Row], act: Mapping[str, Any]) -> Gate:
    """A renaming must change no answer but its name. What a merge changes is said; the other gates judge it.

    rows: of all cases; the champion's answers in them are under the new names. act: {"names", "merges"} of the summary.
    """
    both = [row for row in rows if row["champion_predicted"] is not None]
    others = [row["case"] for row in both if row["candidate_predicted"] != row["champion_predicted"]]
    said = f"{told(act['names'])}: of {len(both):,} answers, "
    if not others:
        return Gate("relabelled", "pass", f"{said}none is another under the new names.", n=len(both))
    if act["merges"]:
        reason = f"{said}{len(others):,} are others than the champion's under the new names."
        return Gate("relabelled", "pass", reason, n=len(both))
    reason = f"{said}{len(others):,} are others than before, and a renaming changes none (cases {', '.join(others[:3])})."
    return Gate("relabelled", "fail", reason, n=len(both))
