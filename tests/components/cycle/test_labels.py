"""Classes renamed and merged in a running line: real encoder, real MLflow, a real gateway process, small experiences."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

from components.catalog.streams import get_stream
from components.control import actions as moves
from components.control.authority import consult, serving
from components.cycle.anchored import anchors_of, chain
from components.cycle.history import candidate_matrix, lineage, names_of, without_acts
from components.cycle.labels import alike, asked, listed, names_served, refuse_impossible
from components.cycle.page import page
from components.cycle.plan import Planned, acting, attempt
from components.cycle.rebuild import rebuild_registry
from components.cycle.records import Records
from components.cycle.run import run_planned
from components.cycle.step import Workbench, names_in
from components.errors import RefusedError, UsageError
from components.governance.ledger import Ledger
from components.learning.shared_bases import load_predictor
from components.registry.registry import Registry
from components.settings import Settings, load_settings
from components.storage import digest_file, read_json, read_manifest
from components.workspace import Workspace
from tests.killing import lines_of

pytestmark = pytest.mark.integration

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
FROZEN = ["learning.regime.kind=head", "learning.head.width=0", "learning.rehearsal.capacity=40", "ingestion.pii=off"]
TEXTS = ["What is the capital of Spain ?", "How many legs has a spider ?", "Where is the highest mountain ?"]
LINEAR = "learning.head={kind: linear}"


class Line:
    """A line over small parts of trec; `act` renames and merges."""

    def __init__(self, root: Path, *settings: str) -> None:
        self.workspace = Workspace(root / "workspace")
        self.files = root
        self.settings: Settings = load_settings(None, [*FROZEN, *settings])

    def run(self, name: str, coarse: str, rows: slice) -> dict[str, Any]:
        path = next(part.path for part in get_stream("trec").experiences if part.name == coarse)
        file = self.files / f"{name}.jsonl"
        file.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[rows]) + "\n", encoding="utf-8")
        return self._run(Planned(name, name, (file,)))

    def act(self, *names: str) -> dict[str, Any]:
        """act(OLD…, NEW) as the commands run it."""
        planned = acting(asked(names[:-1], names[-1], reason="the shop says so", by="claimed by ada"))
        return self._run(attempt(planned, self.records, again=True))

    def _run(self, planned: Planned) -> dict[str, Any]:
        return dict(run_planned(planned, self.workspace, self.settings, now=lambda: NOW))

    @property
    def records(self) -> Records:
        return Records(self.workspace)

    @property
    def champion(self) -> str:
        statement = serving(self.workspace)
        assert statement
        return statement.checkpoint

    def labels(self) -> list[str]:
        return list(read_manifest(self.workspace.checkpoint(self.champion))["labels"])

    def rollback(self) -> None:
        moves.rollback(Registry(self.workspace), actor="ada", reason="a drill", now=lambda: NOW)

    def answers(self, checkpoint: str) -> np.ndarray:
        return np.asarray(load_predictor(self.workspace.checkpoint(checkpoint)).predict(TEXTS).probabilities)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Line:
    line = Line(tmp_path_factory.mktemp("line"))
    for coarse in ("loc", "num"):
        entry = line.run(coarse, coarse, slice(0, 100))
        assert entry["verdict"] == "promoted", entry["reasons"]
    return line


@pytest.fixture
def line(first: Line, tmp_path: Path) -> Line:
    """Two experiences learned: a copy, so that each test has its own."""
    shutil.copytree(first.workspace.root, tmp_path / "workspace", ignore=shutil.ignore_patterns("scratch"))
    return Line(tmp_path)


def test_a_renaming_is_a_version_that_answers_the_same_and_a_rollback_gives_back_what_was(line: Line) -> None:
    before, labels = line.champion, line.labels()
    entry = line.act("LOC:city", "LOC:town")
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert "claimed by ada: 'LOC:city' is now 'LOC:town'. the shop says so" in entry["reasons"][0]
    assert line.labels() == ["LOC:town" if label == "LOC:city" else label for label in labels]
    np.testing.assert_array_equal(line.answers(before), line.answers(line.champion))
    gates = {gate.name: gate for gate in line.records.judged(entry["cycle"]).gates}
    assert gates["relabelled"].status == "pass"
    assert gates["relabelled"].n > 40
    promoted = next(iter(Ledger(line.workspace.ledger_url).log(limit=1)))
    assert (promoted.kind, promoted.subject) == ("promoted", entry["version"])
    assert "the shop says so" in promoted.reason
    text = page(entry["cycle"], line.workspace, entry["version"])
    assert "LOC:city is now **LOC:town**" in text
    assert "claimed by ada: the shop says so" in text
    assert "no row was learned" in text
    assert without_acts(lineage(line.workspace, line.champion), line.workspace) == ["loc", "num"]
    assert candidate_matrix(entry["cycle"], line.workspace)[1] == ["loc", "num"]
    assert not any("town" in path.name for path in line.workspace.suites.glob("*")), "an act has no cases to freeze"
    listing = {each.label: each for each in listed(line.workspace)}
    assert listing["LOC:town"].first == "loc"
    assert [(old.name, old.by) for old in listing["LOC:town"].was] == [("LOC:city", "claimed by ada")]
    scored = line.records.scores(entry["cycle"])["candidate"]
    assert sum(each.heldout for each in listing.values()) == sum(each["n"] for each in scored.values())
    line.rollback()
    assert (line.champion, line.labels(), names_served(line.workspace)) == (before, labels, {})


def test_rows_under_the_old_name_are_learned_under_the_new_one_and_after_a_rollback_are_what_they_were(line: Line) -> None:
    line.act("LOC:city", "LOC:town")
    entry = line.run("more", "loc", slice(100, 200))
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert "LOC:city" not in line.labels()
    manifest = read_manifest(line.workspace.checkpoint(entry["checkpoint"]))
    assert manifest["relabelled"] == {"LOC:city": "LOC:town"}
    assert len(manifest["experiences"]) == 3
    experience = line.workspace.experience(entry["experience"])
    assert "LOC:city" not in experience.manifest["labels"]
    assert read_json(line.records.folder("more").validation)["renamed"]["LOC:city"] > 3
    assert "rows came as LOC:city, which is now LOC:town" in page("more", line.workspace, entry["version"])
    scored = parquet.read_table(line.records.folder("more").cases).to_pylist()
    assert "LOC:city" not in {row["truth"] for row in scored} | {row["champion_predicted"] for row in scored}
    assert set(line.records.scores("more")["champion"]) > {experience.digest}, "past cases are asked under the new name"
    memory = parquet.read_table(line.workspace.checkpoint(entry["checkpoint"]) / "memory.parquet")
    assert "LOC:town" in memory["label"].to_pylist()
    line.rollback()
    line.rollback()
    again = line._run(attempt(Planned("more", "more", (line.files / "more.jsonl",)), line.records, again=True))
    assert again["verdict"] == "promoted", again["reasons"]
    assert "LOC:city" in line.labels()
    assert "LOC:city" in line.workspace.experience(again["experience"]).manifest["labels"]


def test_a_merge_and_then_a_new_experience_and_the_same_act_again_after_a_rollback(line: Line) -> None:
    entry = line.act("LOC:country", "LOC:state", "LOC:place")
    assert entry["verdict"] == "promoted", entry["reasons"]
    merged = line.champion
    manifest = read_manifest(line.workspace.checkpoint(merged))
    parent = read_manifest(line.workspace.checkpoint(manifest["parent"]))
    assert manifest["seen"]["LOC:place"] == parent["seen"]["LOC:country"] + parent["seen"]["LOC:state"]
    line.rollback()
    again = line.act("LOC:country", "LOC:state", "LOC:place")
    assert (again["cycle"], again["verdict"], line.champion) == (f"{entry['cycle']}.2", "promoted", merged)
    after = line.run("more", "loc", slice(100, 200))
    assert after["verdict"] == "promoted", after["reasons"]
    assert "LOC:country" not in line.labels()
    line.act("LOC:place", "LOC:country")  # one of the two names comes back, for both
    assert "LOC:country" in line.labels()
    assert names_of(line.workspace, line.champion) == {"LOC:place": "LOC:country", "LOC:state": "LOC:country"}
    with pytest.raises(UsageError, match="'LOC:place' was given up"):
        refuse_impossible(line.workspace, asked(["LOC:mount"], "LOC:place", reason="", by=""), merges=False)


def test_a_linear_head_is_renamed_and_merged_as_well(tmp_path: Path) -> None:
    line = Line(tmp_path, LINEAR, "gates.mode=report", "learning.optimizer.epochs=8")
    line.run("loc", "loc", slice(0, 100))
    before = line.champion
    line.act("LOC:city", "LOC:town")
    np.testing.assert_array_equal(line.answers(before), line.answers(line.champion))
    line.act("LOC:town", "LOC:state", "LOC:place")
    labels = read_manifest(line.workspace.checkpoint(before))["labels"]
    given = line.answers(before)
    both = given[:, labels.index("LOC:city")] + given[:, labels.index("LOC:state")]
    np.testing.assert_allclose(line.answers(line.champion)[:, line.labels().index("LOC:place")], both, atol=1e-6)
    entry = line.run("num", "num", slice(0, 100))
    assert entry["verdict"] == "promoted", entry["reasons"]
    assert {"LOC:place", "NUM:count"} < set(line.labels())


ACT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from components.cycle.labels import asked
from components.cycle.plan import acting
from components.cycle.run import run_planned
from components.settings import load_settings
from components.workspace import Workspace
root, *settings = sys.argv[1:]
planned = acting(asked(["LOC:city"], "LOC:town", reason="the shop says so", by="claimed by ada"))
entry = run_planned(planned, Workspace(Path(root)), load_settings(None, settings), now=lambda: datetime(2027, 5, 3, tzinfo=UTC),
                    on_step=lambda name: print(name, flush=True))
"""


def test_killed_in_the_middle_the_same_act_goes_on_to_the_same_checkpoint(line: Line, tmp_path: Path) -> None:
    twin = Line(tmp_path / "twin")
    shutil.copytree(line.workspace.root, twin.workspace.root)
    steps = lines_of(ACT, line.workspace.root, *FROZEN, kill_after=4)
    assert steps == ["ingest", "learn", "evaluate", "judge"]
    entry, whole = line.act("LOC:city", "LOC:town"), twin.act("LOC:city", "LOC:town")
    assert entry["verdict"] == "promoted"
    assert [entry[name] for name in ("cycle", "experience", "checkpoint")] == [
        whole[name] for name in ("cycle", "experience", "checkpoint")
    ]


def test_killed_after_the_ledger_knew_it_the_same_act_goes_on_and_is_not_done_twice(line: Line) -> None:
    entry = line.act("LOC:city", "LOC:town")
    head = Ledger(line.workspace.ledger_url).head()
    line.records.drop(entry["cycle"], "promote")
    line.records.drop(entry["cycle"], "monitor")
    again = line.act("LOC:city", "LOC:town")
    assert (again["cycle"], again["version"], again["verdict"]) == (entry["cycle"], entry["version"], "promoted")
    assert Ledger(line.workspace.ledger_url).head() == head


def test_anchors_that_were_lost_are_made_again_under_the_names_of_today(line: Line) -> None:
    entry = line.act("LOC:country", "LOC:state", "LOC:place")
    path = line.records.folder(entry["cycle"]).anchors
    digest = digest_file(path)
    path.unlink()
    links = chain(line.workspace, line.champion)
    told = names_in([{"cycle": link.cycle, **{"all": [*vars(link.evaluated).values(), link.checkpoint]}} for link in links])
    anchors = anchors_of(links, Workbench(line.workspace, "next", lambda: NOW, None, told))
    assert digest_file(path) == digest
    known = {task.known.among(line.labels()) for task in anchors.tasks.values()}
    assert all("LOC:place" in each for each in known)
    assert min(map(len, known)) < len(line.labels()), "what the first version knew is told from what came later"


def test_the_registry_is_made_again_with_the_pages_of_acts(line: Line) -> None:
    entry = line.act("LOC:city", "LOC:town")
    count, kept = rebuild_registry(line.workspace, NOW)
    assert (count, bool(kept)) == (3, True)
    registry = Registry(line.workspace)
    assert registry.aliases()["champion"] == entry["version"]
    said = registry.client.get_model_version(registry.model, entry["version"]).description
    assert "LOC:city is now **LOC:town**" in said


def test_a_held_act_waits_for_a_person(line: Line) -> None:
    line.settings = load_settings(None, [*FROZEN, "rollout.approval=always"])
    before = line.champion
    entry = line.act("LOC:city", "LOC:town")
    assert (entry["verdict"], line.champion) == ("held", before)
    assert consult(line.workspace).state.waiting == [entry["version"]]


def test_what_cannot_be_is_refused_before_anything_is_written(line: Line, tmp_path: Path) -> None:
    def refused(*names: str, merges: bool = False) -> str:
        act = asked(names[:-1], names[-1], reason="", by="")
        with pytest.raises(UsageError) as caught:
            refuse_impossible(line.workspace, act, merges=merges)
        return f"{caught.value.message} {caught.value.hint}"

    assert "no class 'LOC:foo'" in refused("LOC:foo", "LOC:bar")
    assert "perdure labels merge LOC:city LOC:state" in refused("LOC:city", "LOC:state")
    assert "`perdure labels rename OLD NEW`" in refused("LOC:city", "LOC:town", merges=True)
    with pytest.raises(UsageError, match="changes the name of no class"):
        asked(["a", " a "], "a", reason="", by="")
    with pytest.raises(RefusedError, match="Nothing serves"):
        refuse_impossible(Workspace(tmp_path / "empty"), asked(["a"], "b", reason="", by=""), merges=False)
    assert listed(Workspace(tmp_path / "empty")) == []


def test_names_that_differ_in_case_alone_are_named_with_the_command(line: Line) -> None:
    assert alike(listed(line.workspace)) == []
    line.act("LOC:city", "loc state")
    (doubt,) = alike(listed(line.workspace))
    assert "perdure labels merge" in str(doubt)
