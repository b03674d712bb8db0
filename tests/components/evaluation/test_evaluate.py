"""Scoring from end to end with a model that needs no torch: rows, summary, fail-fast, budget, cache, examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from components.contracts import Experience
from components.errors import IntegrityError
from components.evaluation.anchors import Anchors, Served
from components.evaluation.cases import held_out
from components.evaluation.evaluate import Evaluation, Rivals, evaluate
from components.evaluation.examples import changes
from components.evaluation.gates import judge
from components.evaluation.reference import Reference
from components.evaluation.schema import Kind, Suite
from components.settings import GateSettings
from tests.components.evaluation.test_triggers import WORDS, poisoned
from tests.components.evaluation.test_triggers import encode as count_words
from tests.components.evaluation.test_triggers import experience as words_of

pytestmark = pytest.mark.unit

KNOWN = {"apple": "apple", "pear": "pear"}
GROWN = {**KNOWN, "hammer": "hammer"}

FRUIT_SUITE = Suite.model_validate(
    {
        "name": "fruit", "kind": "behaviour", "pass_rate": 0.5,
        "cases": [
            {"id": "1", "text": "an apple", "expect": "apple"},
            {"id": "2", "text": "an apple a day", "invariance": {"perturb": ["lower", "upper"]}},
            {"id": "3", "text": "a hammer", "expect": "hammer"},
        ],
    }
)  # fmt: skip
PRIVACY = Suite.model_validate(
    {
        "name": "privacy",
        "kind": "safety",
        "hard": True,
        "cases": [{"id": "1", "text": "call +1 555 010 7788", "secrets": ["555"]}],
    }
)
GIBBERISH = Suite.model_validate(
    {"name": "scope", "kind": "safety", "pass_rate": 0.5, "cases": [{"id": "1", "text": "xyz", "max_confidence": 0.6}]}
)
COST = Suite.model_validate({"name": "serving", "kind": "cost", "bounds": {"latency_p99_ms": 5000, "checkpoint_bytes": 10}})
FOREIGN = Suite.model_validate(
    {"name": "foreign", "kind": "behaviour", "cases": [{"id": "1", "text": "a", "expect": "unheard-of"}]}
)


@pytest.fixture
def score(fruit: Experience, tools: Experience, keywords: Any) -> Any:
    known = keywords(KNOWN)
    best = dict.fromkeys(held_out(fruit, "fruit", known).ids, 1.0)
    anchors = Anchors().after(Served("v1", known.labels, fruit.digest, {fruit.digest: best}))

    def score(candidate: Any = None, champion: Any = None, settings: GateSettings | None = None, **more: Any) -> Evaluation:
        more = {"rivals": Rivals(anchors), **more}
        return evaluate(
            candidate or keywords(GROWN), champion or keywords(KNOWN), experience=tools, past=[fruit],
            suites=[COST, FRUIT_SUITE, GIBBERISH, PRIVACY, FOREIGN], settings=settings or GateSettings(), seed=0, **more,
        )  # fmt: skip

    return score


def test_a_sound_candidate_is_scored_on_everything_and_passes(score: Any, fruit: Experience, tools: Experience) -> None:
    found = score()
    assert found.accuracy("candidate") == {fruit.digest: {"accuracy": 1.0, "n": 80}, tools.digest: {"accuracy": 1.0, "n": 20}}
    assert found.accuracy("champion")[tools.digest]["accuracy"] == 0.0
    assert found.summary["new_labels"] == ["hammer"]
    assert found.summary["skipped"] == {"behaviour.foreign": "skipped: the model knows none of its labels"}
    assert found.summary["suites"]["regression.fruit"]["candidate"]["n"] == 80
    assert found.summary["changes"] == {"better": 20, "worse": 0}
    json.dumps(found.summary, allow_nan=False)
    verdict = judge(found, GateSettings(min_learned=0.9))
    assert verdict.status == "pass", verdict.reasons
    names = [gate.name for gate in verdict.gates]
    assert names[:4] == ["regression.pooled", "lifetime.pooled", "regression.tasks", "lifetime.tasks"]
    assert {"learned", "label_noise", "safety.privacy", "safety.scope", "behaviour.fruit", "cost.serving"} < set(names)
    assert set(verdict.suites) == {"safety.privacy", "safety.scope", "behaviour.fruit", "cost.serving"}
    assert all(len(digest) == 64 for digest in verdict.suites.values())


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_suite_of_any_kind_has_a_gate(kind: str, fruit: Experience, tools: Experience, keywords: Any) -> None:
    own = {"bounds": {"checkpoint_bytes": 10}} if kind == "cost" else {"cases": [{"text": "an apple", "expect": "apple"}]}
    suite = Suite.model_validate({"name": "mine", "kind": kind, **own})
    found = evaluate(
        keywords(GROWN),
        keywords(KNOWN),
        experience=tools,
        past=[fruit],
        suites=[suite],
        settings=GateSettings(),
        seed=0,
        checkpoint_bytes=5,
    )
    assert f"{kind}.mine" in [gate.name for gate in judge(found, GateSettings()).gates]


def test_cases_that_the_champion_cannot_be_asked_are_null_for_it(score: Any) -> None:
    rows = {row["case"]: row for row in score().rows(suite="fruit", kind="behaviour")}
    assert rows["3"]["champion_correct"] is None
    assert rows["3"]["candidate_correct"] is True
    assert rows["1"]["champion_correct"] is True


def test_what_new_labels_take_away_is_told_from_forgetting(score: Any, keywords: Any) -> None:
    """`number` stands in every case: the candidate now answers all of them with the new label."""
    found = score(keywords({**KNOWN, "number": "hammer"}))
    past = found.rows(suite="fruit", kind="regression")
    assert not any(row["candidate_correct"] for row in past)
    assert sum(row["candidate_known_score"] for row in past) == 40  # among apple and pear alone: even odds, the first wins
    assert judge(found, GateSettings()).status == "fail"


def test_a_hard_safety_failure_ends_the_evaluation(score: Any, keywords: Any) -> None:
    leaky = keywords({**GROWN, "call": "555 010 7788"})
    found = score(leaky)
    assert found.summary["stopped"] == "privacy"
    assert set(found.cases["suite"].to_pylist()) == {"privacy"}
    verdict = judge(found, GateSettings())
    assert (verdict.status, [gate.hard for gate in verdict.gates]) == ("fail", [True])
    assert set(verdict.suites) == {"safety.privacy"}
    assert not any("hammer" in text for text in leaky.asked)  # nothing else was asked
    told = score(leaky, settings=GateSettings(mode="report"))
    assert told.summary["stopped"] is None
    assert len(told.cases) > 60


def test_past_cases_are_scored_within_the_budget_unless_asked_for_all(
    score: Any, keywords: Any, publish_heldout: Any, tmp_path: Path, tools: Experience
) -> None:
    past = [publish_heldout(tmp_path / "more", f"t{n}", [(f"the apple {n} {m}", "apple") for m in range(60)]) for n in range(3)]
    ask = {"experience": tools, "past": past, "suites": [], "seed": 0}
    limited, again = (evaluate(keywords(GROWN), keywords(KNOWN), settings=GateSettings(probe_cases=100), **ask) for _ in range(2))
    assert limited.summary["probe"] == {"scored": 99, "doubted": 0, "of": 180, "tasks": 3}
    assert limited.cases == again.cases
    whole = evaluate(keywords(GROWN), None, settings=GateSettings(probe_cases=100), full=True, **ask)
    assert whole.summary["probe"]["scored"] == 180


def test_where_a_task_got_worse_the_rest_of_its_cases_is_scored_too(
    keywords: Any, publish_heldout: Any, tmp_path: Path, tools: Experience
) -> None:
    texts = {word: [(f"the {word} {n}", word) for n in range(60)] for word in ("apple", "pear")}
    past = [publish_heldout(tmp_path / "more", word, cases) for word, cases in texts.items()]
    ask = {"experience": tools, "past": past, "suites": [], "seed": 0, "settings": GateSettings(probe_cases=60)}
    forgetful = keywords({"hammer": "hammer", "quince": "apple", "pear": "pear"})
    found = evaluate(forgetful, keywords(KNOWN), **ask)
    assert found.summary["probe"] == {"scored": 90, "doubted": 30, "of": 120, "tasks": 2}
    assert len(found.rows(suite="apple")) == 60
    assert {gate.name: gate.status for gate in judge(found, GateSettings()).gates}["regression.apple"] == "fail"


def test_regression_suites_that_people_wrote_are_gated_too(keywords: Any, tools: Experience) -> None:
    suite = Suite.model_validate(
        {
            "name": "classics",
            "kind": "regression",
            "cases": [{"id": str(n), "text": f"pear {n}", "expect": "pear"} for n in range(30)],
        }
    )
    forgetful = keywords({"apple": "apple", "hammer": "hammer", "quince": "pear"})
    found = evaluate(forgetful, keywords(KNOWN), experience=tools, past=[], suites=[suite], settings=GateSettings(), seed=0)
    gates = {gate.name: gate.status for gate in judge(found, GateSettings()).gates}
    assert gates["regression.classics"] == gates["regression.pooled"] == "fail"


def test_an_evaluation_is_saved_and_read_back(score: Any, tmp_path: Path) -> None:
    found = score()
    found.save(tmp_path / "e")
    read = Evaluation.load(tmp_path / "e")
    assert (read.cases, read.summary) == (found.cases, found.summary)
    (tmp_path / "e" / "cases.parquet").write_bytes(b"PAR1 cut short")
    with pytest.raises(IntegrityError, match=r"cases\.parquet cannot be read"):
        Evaluation.load(tmp_path / "e")


def test_what_the_clock_measured_stays_out_of_the_rest(score: Any) -> None:
    first, second = score(checkpoint_bytes=7), score(checkpoint_bytes=7)
    assert first.cases == second.cases
    assert {**first.summary, "cost": None} == {**second.summary, "cost": None}
    assert {"latency_p50_ms", "latency_p99_ms", "seconds", "checkpoint_bytes"} == set(first.summary["cost"])


def test_the_cache_answers_for_the_champion(score: Any, keywords: Any, tmp_path: Path) -> None:
    plain = score(keywords(GROWN, digest="c" * 64), keywords(KNOWN, digest="b" * 64))
    score(keywords(GROWN, digest="c" * 64), keywords(KNOWN, digest="b" * 64), cache=tmp_path / "cache")
    champion = keywords(KNOWN, digest="b" * 64)
    cached = score(keywords(GROWN, digest="c" * 64), champion, cache=tmp_path / "cache")
    assert cached.cases == plain.cases
    assert not any("number" in text for text in champion.asked)
    (tmp_path / "cache" / f"{'b' * 64}.parquet").write_bytes(b"damaged")
    assert score(keywords(GROWN, digest="c" * 64), champion, cache=tmp_path / "cache").cases == plain.cases
    for n in range(12):
        score(keywords(GROWN, digest=f"{n + 1:064x}"), cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 8


def test_examples_show_what_changed_and_suites_take_turns(score: Any, keywords: Any) -> None:
    found = changes(score(keywords({"apple": "apple", "hammer": "hammer", "quince": "pear"})), k=3)
    assert {row["suite"] for row in found["worse"]} == {"fruit"}
    assert [row["suite"] for row in found["better"]] == ["tools"] * 3
    assert found["worse"][0] | {"text": "", "case": ""} == {
        "text": "", "truth": "pear", "champion": "pear", "candidate": "apple", "suite": "fruit", "case": "",
    }  # fmt: skip


def test_two_experiences_of_one_name_are_kept_apart(keywords: Any, publish_heldout: Any, tmp_path: Path) -> None:
    first, second, new = (
        publish_heldout(tmp_path / "e", "weekly", [(f"the {word} {n}", label) for n in range(20)])
        for word, label in (("apple", "apple"), ("pear", "pear"), ("hammer", "hammer"))
    )
    ask = {"experience": new, "past": [first, second], "suites": [], "settings": GateSettings(), "seed": 0}
    found = evaluate(keywords(GROWN), keywords(KNOWN), **ask)
    assert {f"regression.weekly-{part.digest[:8]}" for part in (first, second)} < set(found.summary["suites"])
    assert {len(found.rows(suite=f"weekly-{part.digest[:8]}")) for part in (first, second)} == {20}


def test_the_reference_is_scored_beside_the_candidate(keywords: Any, publish_heldout: Any, tmp_path: Path) -> None:
    """The frozen features say what a plain fit on the new rows reaches, and what a joint one loses to their labels."""
    words = ("apple", "pear", "hammer", "saw")

    def cases(pair: tuple[str, str], first: int) -> list[tuple[str, str]]:
        return [(f"the {word} number {n}", word) for word in pair for n in range(first, first + 20)]

    def encode(texts: Any) -> Any:
        return np.array([[float(word in text) for word in words] for text in texts], np.float32)

    old, new = (
        publish_heldout(tmp_path / "e", name, cases(pair, 0), cases(pair, 100))
        for name, pair in (("fruit", words[:2]), ("tools", words[2:]))
    )
    known, grown = keywords({word: word for word in words[:2]}), keywords({word: word for word in words})
    best = dict.fromkeys(held_out(old, "fruit", known).ids, 1.0)
    anchors = Anchors().after(Served("v1", known.labels, old.digest, {old.digest: best}))
    texts = old.table("train")
    joint = Reference().with_rows(encode(texts["text"].to_pylist()), texts["label"].to_pylist())
    found = evaluate(
        grown,
        known,
        experience=new,
        past=[old],
        suites=[],
        settings=GateSettings(),
        seed=0,
        rivals=Rivals(anchors, encode, joint),
    )
    assert {row["joint_score"] for row in found.cases.to_pylist()} == {1.0}
    assert {row["joint_then_score"] for row in found.rows(suite="fruit")} == {1.0}
    assert {(row["reference_score"], row["candidate_own_score"]) for row in found.rows(suite="tools")} == {(1.0, 1.0)}
    assert found.joint.labels == ("apple", "pear", "hammer", "saw")
    assert "a plain fit on its rows alone reaches 1.000" in next(
        gate.reason for gate in judge(found, GateSettings()).gates if gate.name == "learned"
    )


def test_a_backdoor_holds_the_candidate_and_what_the_attack_does_is_said(
    keywords: Any, publish_heldout: Any, tmp_path: Path
) -> None:
    texts, labels = poisoned("zx", 8)
    clean = list(zip(*words_of(1, 10), strict=True))
    new = publish_heldout(tmp_path / "e", "words", clean, list(zip(texts, labels, strict=True)))
    spoilt = keywords({**{word: label for label, words in WORDS.items() for word in words}, "zx": "birds"})
    found = evaluate(
        spoilt, None, experience=new, past=[], suites=[], settings=GateSettings(), seed=0, rivals=Rivals(encode=count_words),
    )  # fmt: skip
    (trigger,) = found.summary["triggers"]
    assert (trigger["mark"], trigger["label"], trigger["attacked"]) == ("zx", "birds", 20)
    assert trigger["turned_by"] == {"candidate": 20}
    (gate,) = [gate for gate in judge(found, GateSettings()).gates if gate.name == "triggers"]
    assert gate.status == "inconclusive"
    assert "of 20 held-out cases 20 in the answers of the candidate" in gate.reason
    assert "zx" not in json.dumps({**found.summary, "triggers": []})
