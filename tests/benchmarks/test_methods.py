"""Which methods are measured, and what a row says: pooled and mean accuracy, differences to references, no interval of two."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.catalogue import JOINT_ADAPTED, JOINT_FROZEN, REFERENCES, RETRAIN, TABLES
from benchmarks.methods import chosen, row, shown
from components.learning.recipe import read_recipe

pytestmark = pytest.mark.unit


def run(last: list[str], seconds: float, machine: str = "here") -> dict[str, Any]:
    shares = [bits.count("1") / len(bits) for bits in last]
    cost = {"seconds": seconds, "cpu_seconds": seconds, "steps": 12.0, "steps_per_second": 2.0, "peak_mb": 1.0}
    cases = [[f"{j}-{n}" for n in range(len(bits))] for j, bits in enumerate(last)]
    total = "".join(last)
    return {
        "bits": [last], "cases": cases, "machine": machine, "accuracy": sum(shares) / len(shares), **cost,
        "pooled": total.count("1") / len(total), "forgetting": 0.1, "backward_transfer": -0.1, "forward_transfer": None,
        "stored_bytes": 2**20, "text_bytes": 0,
    }  # fmt: skip


def test_references_are_always_there_unless_they_are_left_out() -> None:
    methods = chosen(TABLES["encoder"], ["frozen, analytic"], ["recommended"])
    assert set(REFERENCES) <= set(methods)
    assert "frozen, analytic" in methods
    assert "fine-tune only" not in methods
    assert RETRAIN not in chosen(TABLES["encoder"], ["frozen"], None, [RETRAIN])


def test_joint_has_the_head_of_the_default() -> None:
    ours = TABLES["encoder"]["recommended"]["upper lora first 2, analytic, replay"]
    for name in REFERENCES:
        assert TABLES["encoder"]["baselines"][name].head == ours.head, name
    assert TABLES["encoder"]["baselines"][JOINT_FROZEN].regime["kind"] == "head"
    assert TABLES["encoder"]["baselines"][JOINT_ADAPTED].regime["blocks"] == ours.regime["blocks"]


@pytest.mark.parametrize("table", TABLES)
def test_every_recipe_of_the_tables_is_one_that_learns(table: str) -> None:
    for methods in TABLES[table].values():
        for settings in methods.values():
            read_recipe(settings).check(causal=table == "causal")


def test_a_row_has_pooled_accuracy_beside_the_mean_and_differences_over_cases() -> None:
    mine = {seed: run(["1111111110", "00"], 10.0) for seed in range(3)}
    joint = {seed: run(["1111111100", "11"], 2.0) for seed in range(3)}
    again = {seed: run(["1111111100", "11"], 40.0) for seed in range(3)}
    found = row("ours", "trec", mine, {JOINT_FROZEN: joint, RETRAIN: again})
    assert found["accuracy"] == pytest.approx(0.45)
    assert found["pooled"] == pytest.approx(9 / 12)
    assert found["against"][JOINT_FROZEN]["difference"] == pytest.approx(-1 / 12)
    assert JOINT_ADAPTED not in found["against"], "it was not run"
    assert found["cpu_share"] == pytest.approx(0.25)
    assert found["splits"] == 3
    table = {"recommended": {"ours": TABLES["encoder"]["recommended"]["frozen, analytic"]}}
    assert "| ours | 0.450 ±0.000 | 0.750 ±0.000 |" in shown(table, "trec", [found])


def test_two_splits_give_no_interval_and_two_machines_no_seconds() -> None:
    mine = {0: run(["11"], 10.0), 1: run(["10"], 20.0, "elsewhere")}
    found = row("ours", "trec", mine, {RETRAIN: {0: run(["11"], 40.0)}})
    assert found["interval"]["accuracy"] == [None, None]
    assert found["seconds"] is None
    assert found["cpu_share"] is None
    assert found["against"][RETRAIN]["splits"] == 1
