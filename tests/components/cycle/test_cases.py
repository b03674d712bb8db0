"""Situations from the field (tests/cases 11, 12, 14, 25) that need a whole line: nothing known is harmed, and acts lead on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.control import actions
from components.control.reconcile import reconcile
from components.registry.registry import Registry
from components.settings import load_settings
from components.storage import read_manifest
from components.workspace import Workspace
from tests.components.cycle.weekly import CASES, FROZEN, NOW, WEEKLY, Shared, Weekly, learned

pytestmark = pytest.mark.integration

BACK, SINGLE, RENAMED = (CASES / name for name in ("11-class-comes-back", "12-single-class-first", "14-label-renamed"))


@pytest.fixture
def line(shared: Shared, tmp_path: Path) -> Weekly:
    """billing, login, refund and shipping were learned."""
    return Weekly(learned(shared, tmp_path))


def past(line: Weekly, entry: dict[str, Any]) -> tuple[float, float]:
    """(candidate, champion): share of right answers over all past cases of a cycle."""
    scores, own = line.records.scores(entry["cycle"]), entry["experience"]
    right = {side: sum(each["accuracy"] * each["n"] for digest, each in scores[side].items() if digest != own) for side in scores}
    n = sum(each["n"] for digest, each in scores["champion"].items() if digest != own)
    return right["candidate"] / n, right["champion"] / n


@pytest.mark.parametrize("name", ["old_only", "old_mixed", "imbalanced"])
def test_a_class_that_comes_back_does_no_harm_to_what_was_known(line: Weekly, name: str) -> None:
    before = line.champion
    entry = line.run(BACK / f"{name}.jsonl")
    candidate, champion = past(line, entry)
    assert candidate >= champion - 0.03
    assert entry["verdict"] in ("promoted", "held"), entry["reasons"]
    assert (line.champion == before) is (entry["verdict"] == "held")


def test_a_line_that_begins_with_one_class_learns_the_second(tmp_path: Path) -> None:
    line = Weekly(Workspace(tmp_path / "workspace"))
    first = line.run(SINGLE / "one_class.jsonl")
    assert (first["verdict"], line.labels()) == ("promoted", ["billing"]), first["reasons"]
    second = line.run(SINGLE / "second_one_class.jsonl")
    assert (second["verdict"], line.labels()) == ("promoted", ["billing", "shipping"]), second["reasons"]
    scores = line.records.scores(second["cycle"])["candidate"]
    assert [scores[each["experience"]]["accuracy"] for each in (first, second)] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("names", "file", "labels"),
    [
        (("billing", "payments"), "renamed", ["payments", "login", "refund", "shipping"]),
        (("billing", "payments"), "relabelled", ["payments", "login", "refund", "shipping"]),
        (("refund", "shipping", "orders"), "merged", ["billing", "login", "orders"]),
    ],
)
def test_after_the_act_rows_under_the_new_name_are_rows_of_the_class(
    line: Weekly, names: tuple[str, ...], file: str, labels: list[str]
) -> None:
    act = line.act(*names)
    assert act["verdict"] == "promoted", act["reasons"]
    entry = line.run(RENAMED / f"{file}.jsonl")
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert line.labels() == labels
    candidate, champion = past(line, entry)
    assert candidate >= champion
    assert line.records.ingested(entry["cycle"]).quarantined == 0
    scores = line.records.scores(entry["cycle"])
    assert scores["champion"][entry["experience"]]["accuracy"] > 0.9, "the champion knows these classes already"


def test_without_the_act_a_new_name_is_a_new_class_or_held(line: Weekly) -> None:
    """What the act is for: new texts of a known class under a new name split it in two."""
    entry = line.run(RENAMED / "renamed.jsonl")
    manifest = read_manifest(line.workspace.checkpoint(entry["checkpoint"]))
    assert {"billing", "payments"} < set(manifest["labels"])
    candidate, champion = past(line, entry)
    assert candidate < champion or entry["verdict"] != "promoted"


def test_the_third_experience_continues_from_the_second_that_a_person_approved(tmp_path: Path) -> None:
    line = Weekly(Workspace(tmp_path / "workspace"))
    stream = [WEEKLY / f"{name}.jsonl" for name in "abc"]
    assert line.run(stream[0])["verdict"] == "promoted"
    line.settings = load_settings(None, [*FROZEN, "rollout.approval=always"])
    held = line.run(stream[1])
    assert held["verdict"] == "held"
    registry = Registry(line.workspace)
    actions.ask(registry, held["version"], "approved", actor="anna", reason="looks right", now=lambda: NOW)
    assert [done["action"] for done in reconcile(line.workspace, lambda: NOW).done] == ["promoted"]
    line.settings = load_settings(None, FROZEN)
    third = line.run(stream[2])
    assert third["verdict"] == "promoted", third["reasons"]
    assert read_manifest(line.workspace.checkpoint(third["checkpoint"]))["parent"] == held["checkpoint"]
    assert len(line.labels()) == 6
