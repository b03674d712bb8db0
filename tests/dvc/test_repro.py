"""DVC drives the line: a fresh clone, nothing twice, an appended experience, a changed setting. Real processes throughout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.end_to_end

STEPS = ("ingest", "learn", "evaluate", "judge", "register", "rollout", "promote", "monitor", "summary")
Dvc = Callable[..., str]


def ran(output: str) -> list[str]:
    """The stages whose command ran, in order."""
    return re.findall(r"Running stage '([^']+)'", output)


def test_the_line_under_dvc(clone: Path, dvc: Dvc) -> None:
    cycles = clone / "workspace" / "dvc" / "cycles"

    first = ran(dvc("repro"))
    assert first[0] == "start"
    assert sorted(first) == sorted(["start", *(f"{step}@first" for step in STEPS)])
    for step in STEPS[:-1]:
        assert (cycles / "first" / step / "record.json").is_file()

    again = dvc("repro")
    assert ran(again) == []
    assert "up to date" in again

    params = yaml.safe_load((clone / "params.yaml").read_text())
    params["stream"]["experiences"]["second"] = {"file": "events/second.jsonl", "after": "first"}
    (clone / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    assert sorted(ran(dvc("repro"))) == sorted(f"{step}@second" for step in STEPS)

    metrics = json.loads(dvc("metrics", "show", "--json"))[""]["data"]
    last = metrics["workspace/dvc/cycles/second/summary/metrics.json"]["data"]
    assert 0.5 < last["accuracy"] <= 1.0
    assert -1.0 <= last["forgetting"] <= 1.0
    dvc("plots", "show", "--out", "plots")
    assert "second" in (clone / "plots" / "index.html").read_text()

    before = json.loads((cycles / "first" / "learn" / "record.json").read_text())["outputs"]["checkpoint"]
    assert ran(dvc("exp", "run", "-S", "learning.head.width=40", "judge@first")) == [
        "learn@first",
        "evaluate@first",
        "judge@first",
    ]
    record = json.loads((cycles / "first" / "learn" / "record.json").read_text())
    assert record["inputs"]["settings"]["head"]["width"] == 40
    assert record["outputs"]["checkpoint"] != before
    assert record["outputs"]["parent"] is None  # the start of the line, although the registry has a champion by now
