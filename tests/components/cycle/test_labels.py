"""Classes renamed and merged in a running line: real encoder, real MLflow, a real gateway process, small experiences."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest

from components.control.authority import consult
from components.cycle.anchored import anchors_of, chain
from components.cycle.history import candidate_matrix, lineage, names_of, without_acts
from components.cycle.labels import alike, asked, listed, names_served, refuse_impossible
from components.cycle.page import page
from components.cycle.rebuild import rebuild_registry
from components.cycle.step import Workbench, names_in
from components.errors import RefusedError, UsageError
from components.governance.ledger import Ledger
from components.registry.registry import Registry
from components.settings import load_settings
from components.storage import digest_file, read_json, read_manifest
from components.workspace import Workspace
from tests.components.cycle.weekly import CASES, FROZEN, NOW, WEEKLY, Shared, Weekly, learned
from tests.killing import lines_of

pytestmark = pytest.mark.integration

BILLING = CASES / "11-class-comes-back" / "old_only.jsonl"
LINEAR = ["learning.head={kind: linear}", "gates.mode=report", "learning.optimizer.epochs=8"]


@pytest.fixture
def line(shared: Shared, tmp_path: Path) -> Weekly:
    """Two experiences learned: a copy, so that each test has its own."""
    return Weekly(learned(shared, tmp_path))


def test_a_renaming_is_a_version_that_answers_the_same_and_a_rollback_gives_back_what_was(line: Weekly) -> None:
    before, labels = line.champion, line.labels()
    entry = line.act("billing", "payments")
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert "claimed by ada: 'billing' is now 'payments'. the shop says so" in entry["reasons"][0]
    assert line.labels() == ["payments" if label == "billing" else label for label in labels]
    np.testing.assert_array_equal(line.answers(before), line.answers(line.champion))
    gates = {gate.name: gate for gate in line.records.judged(entry["cycle"]).gates}
    assert gates["relabelled"].status == "pass"
    assert gates["relabelled"].n > 40
    promoted = next(iter(Ledger(line.workspace.ledger_url).log(limit=1)))
    assert (promoted.kind, promoted.subject) == ("promoted", entry["version"])
    assert "the shop says so" in promoted.reason
    text = page(entry["cycle"], line.workspace, entry["version"])
    assert "billing is now **payments**" in text
    assert "claimed by ada: the shop says so" in text
    assert "no row was learned" in text
    assert without_acts(lineage(line.workspace, line.champion), line.workspace) == ["a", "b"]
    assert candidate_matrix(entry["cycle"], line.workspace)[1] == ["a", "b"]
    assert not any("payments" in path.name for path in line.workspace.suites.glob("*")), "an act has no cases to freeze"
    listing = {each.label: each for each in listed(line.workspace)}
    assert listing["payments"].first == "a"
    assert [(old.name, old.by) for old in listing["payments"].was] == [("billing", "claimed by ada")]
    scored = line.records.scores(entry["cycle"])["candidate"]
    assert sum(each.heldout for each in listing.values()) == sum(each["n"] for each in scored.values())
    line.rollback()
    assert (line.champion, line.labels(), names_served(line.workspace)) == (before, labels, {})


def test_rows_under_the_old_name_are_learned_under_the_new_one_and_after_a_rollback_are_what_they_were(line: Weekly) -> None:
    line.act("billing", "payments")
    entry = line.run(BILLING)
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert "billing" not in line.labels()
    manifest = read_manifest(line.workspace.checkpoint(entry["checkpoint"]))
    assert manifest["relabelled"] == {"billing": "payments"}
    assert len(manifest["experiences"]) == 3
    experience = line.workspace.experience(entry["experience"])
    assert "billing" not in experience.manifest["labels"]
    assert read_json(line.records.folder("old_only").validation)["renamed"] == {"billing": 40}
    assert "rows came as billing, which is now payments" in page("old_only", line.workspace, entry["version"])
    scored = parquet.read_table(line.records.folder("old_only").cases).to_pylist()
    assert "billing" not in {row["truth"] for row in scored} | {row["champion_predicted"] for row in scored}
    assert set(line.records.scores("old_only")["champion"]) > {experience.digest}, "past cases are asked under the new name"
    memory = parquet.read_table(line.workspace.checkpoint(entry["checkpoint"]) / "memory.parquet")
    assert "payments" in memory["label"].to_pylist()
    line.rollback()
    line.rollback()
    again = line.run(BILLING, again=True)
    assert again["verdict"] == "promoted", again["reasons"]
    assert "billing" in line.labels()
    assert "billing" in line.workspace.experience(again["experience"]).manifest["labels"]


def test_a_merge_and_then_a_new_experience_and_the_same_act_again_after_a_rollback(line: Weekly) -> None:
    entry = line.act("refund", "shipping", "orders")
    assert entry["verdict"] == "promoted", entry["reasons"]
    merged = line.champion
    manifest = read_manifest(line.workspace.checkpoint(merged))
    parent = read_manifest(line.workspace.checkpoint(manifest["parent"]))
    assert manifest["seen"]["orders"] == parent["seen"]["refund"] + parent["seen"]["shipping"]
    line.rollback()
    again = line.act("refund", "shipping", "orders")
    assert (again["cycle"], again["verdict"], line.champion) == (f"{entry['cycle']}.2", "promoted", merged)
    after = line.run(CASES / "11-class-comes-back" / "old_mixed.jsonl")  # login and shipping
    assert after["verdict"] == "promoted", after["reasons"]
    assert line.labels() == ["billing", "login", "orders"]
    line.act("orders", "refund")  # one of the two names comes back, for both
    assert "refund" in line.labels()
    assert names_of(line.workspace, line.champion) == {"orders": "refund", "shipping": "refund"}
    with pytest.raises(UsageError, match="'orders' was given up"):
        refuse_impossible(line.workspace, asked(["login"], "orders", reason="", by=""), merges=False)


def test_a_linear_head_is_renamed_and_merged_as_well(tmp_path: Path) -> None:
    line = Weekly(Workspace(tmp_path / "own"), *LINEAR)
    line.run(WEEKLY / "a.jsonl")
    before = line.champion
    line.act("billing", "payments")
    np.testing.assert_array_equal(line.answers(before), line.answers(line.champion))
    line.act("payments", "login", "accounts")
    labels = read_manifest(line.workspace.checkpoint(before))["labels"]
    given = line.answers(before)
    both = given[:, labels.index("billing")] + given[:, labels.index("login")]
    np.testing.assert_allclose(line.answers(line.champion)[:, line.labels().index("accounts")], both, atol=1e-6)
    entry = line.run(WEEKLY / "b.jsonl")
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert line.labels() == ["accounts", "refund", "shipping"]


ACT = """
import sys
from pathlib import Path
from components.workspace import Workspace
from tests.components.cycle.weekly import Weekly
line = Weekly(Workspace(Path(sys.argv[1])))
line.on_step = lambda name: print(name, flush=True)
line.act("billing", "payments")
"""


def test_killed_in_the_middle_the_same_act_goes_on_to_the_same_checkpoint(line: Weekly, tmp_path: Path) -> None:
    twin = Weekly(Workspace(tmp_path / "twin"))
    shutil.copytree(line.workspace.root, twin.workspace.root)
    steps = lines_of(ACT, line.workspace.root, kill_after=4)
    assert steps == ["ingest", "learn", "evaluate", "judge"]
    entry, whole = line.act("billing", "payments"), twin.act("billing", "payments")
    assert entry["verdict"] == "promoted"
    assert [entry[name] for name in ("cycle", "experience", "checkpoint")] == [
        whole[name] for name in ("cycle", "experience", "checkpoint")
    ]


def test_killed_after_the_ledger_knew_it_the_same_act_goes_on_and_is_not_done_twice(line: Weekly) -> None:
    entry = line.act("billing", "payments")
    head = Ledger(line.workspace.ledger_url).head()
    line.records.drop(entry["cycle"], "promote")
    line.records.drop(entry["cycle"], "monitor")
    again = line.act("billing", "payments")
    assert (again["cycle"], again["version"], again["verdict"]) == (entry["cycle"], entry["version"], "promoted")
    assert Ledger(line.workspace.ledger_url).head() == head


def test_anchors_that_were_lost_are_made_again_under_the_names_of_today(line: Weekly) -> None:
    entry = line.act("billing", "login", "accounts")
    path = line.records.folder(entry["cycle"]).anchors
    digest = digest_file(path)
    path.unlink()
    links = chain(line.workspace, line.champion)
    told = names_in([{"cycle": link.cycle, **{"all": [*vars(link.evaluated).values(), link.checkpoint]}} for link in links])
    anchors = anchors_of(links, Workbench(line.workspace, "next", lambda: NOW, None, told))
    assert digest_file(path) == digest
    known = {task.known.among(line.labels()) for task in anchors.tasks.values()}
    assert all("accounts" in each for each in known)
    assert min(map(len, known)) < len(line.labels()), "what the first version knew is told from what came later"


def test_the_registry_is_made_again_with_the_pages_of_acts(line: Weekly) -> None:
    entry = line.act("billing", "payments")
    count, kept = rebuild_registry(line.workspace, lambda: NOW)
    assert (count, bool(kept)) == (3, True)
    registry = Registry(line.workspace)
    assert registry.aliases()["champion"] == entry["version"]
    said = registry.client.get_model_version(registry.model, entry["version"]).description
    assert "billing is now **payments**" in said


def test_a_held_act_waits_for_a_person(line: Weekly) -> None:
    line.settings = load_settings(None, [*FROZEN, "rollout.approval=always"])
    before = line.champion
    entry = line.act("billing", "payments")
    assert (entry["verdict"], line.champion) == ("held", before)
    assert consult(line.workspace).state.waiting == [entry["version"]]


def test_what_cannot_be_is_refused_before_anything_is_written(line: Weekly, tmp_path: Path) -> None:
    def refused(*names: str, merges: bool = False) -> str:
        act = asked(names[:-1], names[-1], reason="", by="")
        with pytest.raises(UsageError) as caught:
            refuse_impossible(line.workspace, act, merges=merges)
        return f"{caught.value.message} {caught.value.hint}"

    assert "no class 'foo'" in refused("foo", "bar")
    assert "perdure labels merge billing shipping" in refused("billing", "shipping")
    assert "`perdure labels rename OLD NEW`" in refused("billing", "payments", merges=True)
    with pytest.raises(UsageError, match="changes the name of no class"):
        asked(["a", " a "], "a", reason="", by="")
    for bad in ("a\nb", "x" * 600, "ada@shop.example"):
        with pytest.raises(UsageError, match="cannot be one of a class"):
            asked(["billing"], bad, reason="", by="")
    with pytest.raises(RefusedError, match="Nothing serves"):
        refuse_impossible(Workspace(tmp_path / "empty"), asked(["a"], "b", reason="", by=""), merges=False)
    assert listed(Workspace(tmp_path / "empty")) == []


def test_names_that_differ_in_case_alone_are_named_with_the_command(line: Weekly) -> None:
    assert alike(listed(line.workspace)) == []
    line.act("billing", "Ship-Ping")
    (doubt,) = alike(listed(line.workspace))
    assert "perdure labels merge" in str(doubt)
