"""DVC drives the line: a fresh clone, nothing twice, an appended experience, a changed setting. Real processes throughout."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from components.cycle.names import STEPS

pytestmark = pytest.mark.end_to_end

STAGES = (*STEPS, "summary")


def ran(output: str) -> list[str]:
    """The stages whose command ran, in order."""
    return re.findall(r"Running stage '([^']+)'", output)


def stages(cycle: str, *steps: str) -> list[str]:
    return sorted(f"{step}@{cycle}" for step in steps or STAGES)


def learned(clone: Path, cycle: str) -> dict[str, dict[str, str]]:
    return dict(json.loads((clone / "workspace" / "dvc" / "cycles" / cycle / "learn" / "record.json").read_text()))


def test_the_line_under_dvc(clone: Path, dvc: Callable[..., str], reproduced: tuple[str, str]) -> None:
    output, checkpoint = reproduced
    assert sorted(ran(output)) == sorted(["start", *stages("first")])

    again = dvc("repro")
    assert ran(again) == []
    assert "up to date" in again

    metrics = json.loads(dvc("metrics", "show", "--json"))[""]["data"]
    assert 0.5 < metrics["workspace/dvc/cycles/first/summary/metrics.json"]["data"]["accuracy"] <= 1.0
    dvc("plots", "show", "--out", "plots")
    assert "accuracy on held-out cases" in (clone / "plots" / "index.html").read_text()

    # an appended experience: its stages and no others; it continues from the champion before it
    params = yaml.safe_load((clone / "params.yaml").read_text())
    params["stream"]["experiences"]["second"] = {"file": "events/second.jsonl", "after": "first"}
    (clone / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    assert sorted(json.loads(dvc("status", "--json"))) == stages("second")
    for store in ("experiences", "checkpoints"):  # as after `dvc pull` into an empty workspace: brought back from what DVC holds
        shutil.rmtree(clone / "workspace" / "dvc" / store)
    assert ran(dvc("repro", "learn@second")) == ["ingest@second", "learn@second"]
    assert learned(clone, "second")["inputs"]["parent"] == checkpoint

    # another setting: learning and what follows, nothing before; from the start although the registry has a champion by now
    experiment = dvc("exp", "run", "-S", "learning.head.width=40", "judge@first")
    assert ran(experiment) == ["learn@first", "evaluate@first", "judge@first"]
    assert learned(clone, "first")["outputs"]["checkpoint"] != checkpoint
    assert learned(clone, "first")["inputs"]["parent"] is None
