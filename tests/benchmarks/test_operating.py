"""How cycles are summed up: by shape, by kind and size, and what stopped sound ones."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.operating import shown, summary

pytestmark = pytest.mark.unit


def cycle(outcome: str, planted: str | None = None, rows: tuple[int, int] = (60, 45), **gates: str) -> dict[str, Any]:
    seconds = {"learn": 1.0, "evaluate": 0.5}
    return {"name": "x", "planted": planted, "outcome": outcome, "gates": gates, "rows": rows, "seconds": seconds}


def stream(job: str, cycles: list[dict[str, Any]], line: list[int], joint: list[int]) -> dict[str, Any]:
    return {"job": job, "cycles": cycles, "joint": {"accuracy": 0.5}, "right": {"line": line, "joint": joint}}


def test_planted_ones_count_apart_and_by_size() -> None:
    held = cycle("held", **{"regression.pooled": "inconclusive", "regression.bbc": "fail", "regression.sms": "fail"})
    streams = [
        stream("far", [cycle("promoted"), held, cycle("refused", "garbage")], [1, 1, 0, 0], [1, 1, 1, 0]),
        stream("far", [cycle("promoted"), cycle("promoted", "garbage", (600, 300))], [1, 1], [1, 1]),
        stream("fifty", [cycle("promoted")], [1], [0]),
    ]
    found = summary(streams)
    far = next(row for row in found["sound"] if row["shape"] == "far")
    assert (far["n"], far["promoted"], far["held"], far["refused"], far["streams"]) == (3, 2, 1, 0, 2)
    assert far["accuracy"] == pytest.approx(4 / 6)
    assert far["to_joint"]["difference"] == pytest.approx(-1 / 6)
    assert found["all"]["n"] == 4
    assert [(row["kind"], row["rows"], row["promoted"], row["n"]) for row in found["planted"]] == [
        ("garbage", "up to 1000/300", 1, 1),
        ("garbage", "up to 60/60", 0, 1),
    ]
    assert found["stops"] == {"regression.pooled: inconclusive": 1, "regression of one past task: fail": 1}
    assert "| garbage | up to 60/60 | 1 | 1 |" in shown(found)


def test_a_line_that_promoted_nothing_has_no_accuracy_to_compare() -> None:
    streams = [{**stream("far", [cycle("refused")], [], []), "joint": None, "right": None}]
    found = summary(streams)
    assert found["all"]["accuracy"] is None
    assert "| far | 1 | 1 | 0 |" in shown(found)
