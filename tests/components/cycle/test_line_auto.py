"""`learning.recipe: auto` through the whole cycle: the same checkpoints from any driver, and its reasons where people look."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.catalog.streams import get_stream
from components.control.authority import serving
from components.cycle.history import entry
from components.cycle.plan import plan
from components.cycle.run import open_cycle, run_planned, run_step
from components.cycle.steps import STEPS
from components.governance.ledger import Ledger
from components.registry.registry import Registry
from components.settings import load_settings
from components.storage import read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
OVER = [
    "learning.recipe=auto", "learning.budget=3", "learning.rehearsal.capacity=40", "ingestion.pii=off", "gates.mode=report",
]  # fmt: skip
WHY = "replay would cost"


def test_any_driver_chooses_the_same_and_everybody_is_told_why(tmp_path: Path) -> None:
    settings = load_settings(None, OVER)
    files = {part.name: part.path for part in get_stream("trec").experiences}
    parts = []
    for name in ("loc", "num"):
        lines = files[name].read_text(encoding="utf-8").splitlines()[:100]
        parts.append((name, tmp_path / f"{name}.jsonl"))
        parts[-1][1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    planned = plan("few", parts)

    whole = Workspace(tmp_path / "whole")  # as `perdure run` and the Prefect flow walk it
    entries = [run_planned(one, whole, settings, now=lambda: NOW) for one in planned]
    stepped = Workspace(tmp_path / "stepped")  # as DVC stages do: one step a process, stores perhaps gone between them
    for one in planned:
        open_cycle(stepped, one, lambda: NOW)
        for step in STEPS:
            run_step(step.name, one.cycle, stepped, settings, now=lambda: NOW)
        shutil.rmtree(stepped.features, ignore_errors=True)
    for one, first in zip(planned, entries):
        other = entry(one.cycle, stepped)
        assert (first["checkpoint"], first["recipe"], first["verdict"]) == (
            other["checkpoint"], other["recipe"], other["verdict"],
        )  # fmt: skip

    first = entries[0]
    assert first["recipe"]["chosen"] == "growth"
    assert WHY in first["recipe"]["reasons"][-1]
    manifest = read_manifest(whole.checkpoint(first["checkpoint"]))
    assert manifest["recipe"]["regime"]["kind"] == "head", "the recipe that was carried out is the one recorded"
    assert manifest["notes"]["recipe"]["reasons"] == first["recipe"]["reasons"]
    [registered] = [e for e in Ledger(whole.ledger_url).entries(kinds=("registered",)) if e.subject == first["version"]]
    assert registered.evidence["recipe"] == "growth"
    assert WHY in registered.reason
    page = Registry(whole).description(first["version"])
    assert "- recipe growth, chosen: " in page
    assert WHY in page

    code = "from components.cli import main; main()"
    said = [
        subprocess.run([sys.executable, "-c", code, "status", "--workspace", str(whole.root), *more], capture_output=True,
                       text=True, check=True).stdout
        for more in ([], ["--json"])
    ]  # fmt: skip
    assert "\nrecipe     growth: " in said[0]
    statement = serving(whole)
    assert statement is not None
    champion = read_manifest(whole.checkpoint(statement.checkpoint))
    assert json.loads(said[1])["recipe"]["reasons"] == champion["notes"]["recipe"]["reasons"]
