"""Evaluating under new names: the champion's answers, suites, truths, and the verdict on a renaming and a merge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.contracts import Experience, Predictions
from components.evaluation.cache import AnswerCache
from components.evaluation.evaluate import Evaluation, evaluate
from components.evaluation.gates import Facts, judge
from components.evaluation.relabelled import Renamed, suite_now
from components.evaluation.schema import Suite
from components.ingestion.act import publish_act
from components.relabelling import Relabelling
from components.settings import GateSettings
from components.workspace import Workspace

pytestmark = pytest.mark.unit

SUITE = Suite.model_validate(
    {
        "name": "words", "kind": "behaviour", "calibrated_on": ["appl*", "pear"], "when": {"labels": ["apple"]},
        "cases": [
            {"id": "1", "text": "an apple", "expect": ["apple", "pear"]},
            {"id": "2", "text": "a pear", "never": "apple"},
            {"id": "3", "text": "a fig", "direction": {"to": "an apple", "label": "apple", "change": "rises"}},
            {"id": "4", "text": "?", "max_confidence": 0.2, "abstain": "apple", "requires_labels": "apple"},
        ],
    }
)  # fmt: skip


@pytest.fixture
def acted(fruit: Experience, workspace: Workspace, keywords: Any) -> Any:
    """acted(names, candidate's words) -> the evaluation of a candidate whose cycle renamed the champion's classes so."""

    def run(names: dict[str, str], words: dict[str, str], **more: Any) -> Evaluation:
        act = workspace.experience(publish_act("act", Relabelling(names, "because", "me"), workspace, None))
        return evaluate(
            keywords(words, digest="1" * 64), keywords({"apple": "apple", "pear": "pear"}), experience=act, past=[fruit],
            suites=[more.pop("suite", SUITE)], settings=GateSettings(), seed=0, names=names, **more,
        )  # fmt: skip

    return run


def test_a_champion_is_read_under_the_new_names_and_the_likelier_answer_of_a_merge_counts(keywords: Any) -> None:
    given = Predictions(("a", "b", "c"), np.array([[0.3, 0.4, 0.3], [0.6, 0.1, 0.3]], np.float32))
    merged = Renamed(keywords({"a": "a", "b": "b", "c": "c"}), {"a": "x", "c": "x"}).of(given)
    assert merged.labels == ("x", "b")
    assert merged.top() == ["b", "x"]
    np.testing.assert_allclose(merged.probabilities, [[0.3, 0.4], [0.6, 0.1]])


def test_its_answers_come_from_the_cache(keywords: Any, tmp_path: Path) -> None:
    champion = keywords({"apple": "apple", "pear": "pear"})
    cache = AnswerCache(tmp_path)
    cache.ask(champion, ["an apple"])
    asked = list(champion.asked)
    assert cache.ask(Renamed(champion, {"apple": "fruit"}), ["an apple"]).label("an apple") == "fruit"
    assert champion.asked == asked


def test_a_suite_expects_the_new_names_and_its_file_does_not_change() -> None:
    now = suite_now(SUITE, {"apple": "fruit"})
    assert [case.expect for case in now.cases] == [("fruit", "pear"), (), (), ()]
    assert now.cases[1].never == now.cases[3].abstain == now.cases[3].requires_labels == now.when.labels == ("fruit",)
    assert now.cases[2].direction
    assert now.cases[2].direction.label == "fruit"
    assert now.foreign(frozenset({"fruit", "pear"})) == [], "what it was calibrated on is so under its new name"
    assert suite_now(SUITE, {"apple": "f", "pear": "f"}).cases[0].expect == ("f",)
    assert suite_now(SUITE, {}) is SUITE
    assert SUITE.cases[0].expect == ("apple", "pear")


def test_a_renaming_is_no_change_at_all(acted: Any, fruit: Experience) -> None:
    found = acted({"apple": "malus"}, {"apple": "malus", "pear": "pear"})
    assert found.accuracy("candidate") == found.accuracy("champion") == {fruit.digest: {"accuracy": 1.0, "n": 80}}
    assert {row["truth"] for row in found.rows(kind="regression")} == {"malus", "pear"}
    assert found.summary["act"] == {"names": {"apple": "malus"}, "merges": False}
    assert found.summary["asked"] == {"behaviour.words": SUITE.digest}, "the suite is named as its file is"
    assert found.summary["read_under_new_names"] == ["behaviour.words"]
    verdict = judge(found, GateSettings(undecided="wait"), Facts(champion_suites={"behaviour.words": SUITE.digest}))
    assert [(gate.name, gate.status) for gate in verdict.gates] == [("relabelled", "pass"), ("suites", "pass")]
    assert verdict.gates[0].n == len(found.cases)


def test_a_renaming_that_changes_an_answer_fails(acted: Any) -> None:
    found = acted({"apple": "malus"}, {"apple": "malus", "number": "pear"})
    verdict = judge(found, GateSettings())
    assert verdict.status == "fail"
    assert "a renaming changes none" in verdict.reasons[0]


def test_a_merge_is_judged_by_past_cases_under_one_name(acted: Any, fruit: Experience) -> None:
    names = {"apple": "food", "pear": "food"}
    suite = SUITE.model_copy(update={"cases": SUITE.cases[:1]})
    found = acted(names, {"apple": "food", "pear": "food"}, suite=suite)
    assert found.summary["act"]["merges"]
    assert found.accuracy("candidate")[fruit.digest]["accuracy"] == 1.0
    verdict = judge(found, GateSettings())
    assert verdict.status == "pass", verdict.reasons
    assert {"regression.pooled", "relabelled", "behaviour.words"} <= {gate.name for gate in verdict.gates}
    assert not {"learned", "label_noise", "triggers"} & {gate.name for gate in verdict.gates}


def test_a_merge_that_a_suite_forbids_is_refused(acted: Any) -> None:
    """Its case 2 says that a pear is no apple."""
    found = acted({"apple": "food", "pear": "food"}, {"apple": "food", "pear": "food"})
    assert any(gate.name == "behaviour.words" and gate.status == "fail" for gate in judge(found, GateSettings()).gates)


def test_a_merge_makes_answers_right_and_never_wrong(fruit: Experience, keywords: Any, tools: Experience) -> None:
    """The champion takes pears for apples; as one class its answers are right, with the candidate's as well."""
    names = {"apple": "food", "pear": "food"}
    champion = keywords({"number": "apple", "hammer": "hammer", "x": "pear"})
    found = evaluate(
        keywords({"number": "food", "hammer": "hammer"}, digest="1" * 64), champion, experience=tools, past=[fruit],
        suites=[], settings=GateSettings(), seed=0, names=names,
    )  # fmt: skip
    assert found.accuracy("champion")[fruit.digest] == {"accuracy": 1.0, "n": 80}
