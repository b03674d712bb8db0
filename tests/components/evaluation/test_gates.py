"""Truth tables of every gate, properties of the verdict, and its error rates and power by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Gate, GateStatus, Verdict
from components.evaluation.gates import (
    Guard,
    bound,
    guard,
    judge,
    label_noise,
    learned,
    non_inferior,
    pass_rate,
    same_suites,
    worst,
)
from components.evaluation.result import Evaluation, case_table
from components.evaluation.statistics import Paired
from components.settings import GateSettings
from tests.examples import examples

pytestmark = pytest.mark.unit

SETTINGS = GateSettings()
RANK = {"fail": 0, "inconclusive": 1, "pass": 2}


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        (Paired(812, 12, 12), "pass"),
        (Paired(812, 0, 0), "pass"),
        (Paired(812, 40, 0), "pass"),
        (Paired(812, 10, 43), "inconclusive"),
        (Paired(812, 10, 90), "fail"),
        (Paired(20, 0, 0), "inconclusive"),  # too few cases to show anything
        (Paired(20, 0, 20), "fail"),
        (Paired(0, 0, 0), "inconclusive"),
    ],
)
def test_the_main_test(counts: Paired, status: GateStatus) -> None:
    gate = non_inferior(counts, margin=0.05, alpha=0.05)
    assert gate.status == status
    assert (gate.n, gate.margin, gate.estimate) == (counts.n, 0.05, counts.difference)


@pytest.mark.parametrize(
    ("asked", "skipped", "status", "said"),
    [
        ({"a.x": "1" * 64, "b.y": "2" * 64}, {}, "pass", "was asked as well."),
        ({"a.x": "1" * 64, "b.y": "2" * 64, "c.z": "3" * 64}, {}, "pass", "was asked as well."),  # a new suite is no matter
        ({"a.x": "9" * 64, "b.y": "2" * 64}, {}, "pass", "edited since: a.x (from 111111111111 to 999999999999)."),
        ({"b.y": "2" * 64}, {}, "fail", "a.x (gates.suites no longer names it)"),
        ({"b.y": "9" * 64}, {}, "fail", "a.x (gates.suites no longer names it)"),
        ({"b.y": "2" * 64}, {"a.x": "skipped: the model knows 2 labels"}, "fail", "a.x (skipped: the model knows 2 labels)"),
        ({}, {}, "fail", "b.y"),
    ],
)
def test_no_suite_of_the_champion_is_left_out(
    asked: dict[str, str], skipped: dict[str, str], status: GateStatus, said: str
) -> None:
    gate = same_suites({"a.x": "1" * 64, "b.y": "2" * 64}, asked, skipped)
    assert (gate.name, gate.status) == ("suites", status)
    assert said in gate.reason


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        (Paired(17, 0, 0), "pass"),  # a dozen cases cannot show the absence of a collapse: that is no reason to hold
        (Paired(17, 0, 2), "pass"),
        (Paired(17, 0, 4), "inconclusive"),
        (Paired(17, 0, 12), "fail"),
        (Paired(0, 0, 0), "pass"),
        (Paired(400, 5, 40), "pass"),
        (Paired(400, 5, 100), "fail"),
    ],
)
def test_the_guard_against_collapse(counts: Paired, status: GateStatus) -> None:
    assert guard(Guard("regression.a", "The past task a", counts, 0.15), level=0.01).status == status


@pytest.mark.parametrize(
    ("correct", "n", "counts", "status"),
    [
        (180, 200, None, "pass"),
        (101, 200, None, "pass"),
        (99, 200, None, "inconclusive"),
        (80, 200, None, "fail"),
        (10, 17, None, "pass"),
        (0, 0, None, "inconclusive"),
        (180, 200, Paired(200, 180, 0), "pass"),
        (180, 200, Paired(200, 2, 5), "pass"),
        (180, 200, Paired(200, 0, 15), "fail"),  # the champion answered these cases better without learning them
    ],
)
def test_learned(correct: int, n: int, counts: Paired | None, status: GateStatus) -> None:
    assert learned(correct, counts, n, least=0.5, alpha=0.05).status == status


@pytest.mark.parametrize(
    ("contradicted", "sure", "status"), [(0, 0, "pass"), (1, 10, "pass"), (8, 150, "pass"), (15, 150, "pass"), (30, 150, "fail")]
)
def test_label_noise(contradicted: int, sure: int, status: GateStatus) -> None:
    assert label_noise(contradicted, sure, limit=0.08, alpha=0.05).status == status


@pytest.mark.parametrize(
    ("passed", "n", "hard", "status"),
    [
        (18, 20, False, "pass"),
        (15, 20, False, "inconclusive"),
        (8, 20, False, "fail"),
        (19, 20, True, "pass"),
        (15, 20, True, "fail"),
    ],
)
def test_pass_rates(passed: int, n: int, hard: bool, status: GateStatus) -> None:
    gate = pass_rate("safety.x", passed, n, least=0.8, hard=hard, alpha=0.05)
    assert (gate.status, gate.hard) == (status, hard and status == "fail")


def test_cost_bounds() -> None:
    assert bound("cost.serving", 99.0, 100.0, "latency p99 ms").status == "pass"
    assert bound("cost.serving", 101.0, 100.0, "latency p99 ms").status == "fail"


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [([], "pass"), (["pass"], "pass"), (["pass", "inconclusive"], "inconclusive"), (["inconclusive", "fail", "pass"], "fail")],
)
def test_the_verdict_is_as_bad_as_its_worst_gate(statuses: list[GateStatus], verdict: GateStatus) -> None:
    assert worst(statuses) == verdict


def test_reasons_are_sentences_with_numbers() -> None:
    gate = non_inferior(Paired(812, 10, 43), margin=0.05, alpha=0.05)
    assert gate.reason == (
        "Past cases fell by 0.041 [0.027, 0.056] on 812 cases; the margin is 0.05, "
        "and the cases cannot tell on which side of it the candidate lies."
    )


# ---------------------------------------------------------------- whole evaluations


def outcomes(suite: str, candidate: Any, champion: Any, **fields: Any) -> list[dict[str, Any]]:
    """Rows of a past or new experience from two arrays of outcomes (None: no champion)."""
    champion = [None] * len(candidate) if champion is None else champion
    return [
        {
            "suite": suite, "kind": "regression", "experience": suite, "case": str(n), "text": "t", "truth": "a",
            "candidate_predicted": "a" if mine else "b", "candidate_correct": bool(mine), "candidate_confidence": 0.6,
            "candidate_margin": 0.2, "champion_correct": None if theirs is None else bool(theirs), **fields,
        }
        for n, (mine, theirs) in enumerate(zip(candidate, champion))
    ]  # fmt: skip


def verdict(rows: list[dict[str, Any]], settings: GateSettings = SETTINGS, **summary: Any) -> Verdict:
    whole = {"experience": "new", "new_labels": [], "suites": {}, "bounds": {}, "cost": {}, **summary}
    return judge(Evaluation(case_table(rows), whole), settings)


def by_name(found: Verdict) -> dict[str, Gate]:
    return {gate.name: gate for gate in found.gates}


def test_without_a_champion_nothing_can_regress() -> None:
    found = verdict(outcomes("new", np.ones(50), None))
    assert [gate.name for gate in found.gates] == ["learned", "label_noise"]
    assert found.status == "pass"


def test_a_suite_that_only_the_champion_was_asked_fails_the_candidate() -> None:
    summary = {"experience": "new", "new_labels": [], "suites": {}, "bounds": {}, "cost": {}, "asked": {}, "skipped": {}}
    evaluation = Evaluation(case_table(outcomes("new", np.ones(50), None)), summary)
    assert judge(evaluation, SETTINGS).status == "pass"
    assert judge(evaluation, SETTINGS, {}).status == "pass"
    found = judge(evaluation, SETTINGS, {"safety.privacy": "1" * 64})
    assert (found.status, found.gates[-1].name) == ("fail", "suites")
    asked = Evaluation(evaluation.cases, {**summary, "asked": {"safety.privacy": "1" * 64}})
    assert judge(asked, SETTINGS, {"safety.privacy": "1" * 64}).suites == {"safety.privacy": "1" * 64}


def test_cases_lost_to_new_labels_are_judged_apart_from_forgetting() -> None:
    """38 of 400 cases now get a label that the champion could not give; among the labels it knew, nothing is lost."""
    candidate = np.arange(400) >= 38
    past = outcomes("old", candidate, np.ones(400), candidate_known_correct=True)
    found = by_name(verdict([*past, *outcomes("new", np.ones(50), np.zeros(50))], new_labels=["b"]))
    assert found["regression.pooled"].estimate == 0.0
    assert found["regression.new_labels"].estimate == pytest.approx(-38 / 400)
    assert {name: gate.status for name, gate in found.items()} == dict.fromkeys(found, "pass")
    same_labels = by_name(verdict([*outcomes("old", candidate, np.ones(400)), *outcomes("new", np.ones(50), np.zeros(50))]))
    assert same_labels["regression.pooled"].status == "fail"
    assert "regression.new_labels" not in same_labels


def test_new_labels_that_swallow_the_past_are_refused() -> None:
    past = outcomes("old", np.arange(400) >= 100, np.ones(400), candidate_known_correct=True)
    found = by_name(verdict([*past, *outcomes("new", np.ones(50), np.zeros(50))], new_labels=["b"]))
    assert found["regression.new_labels"].status == "fail"


def test_a_hard_safety_failure_is_the_whole_verdict() -> None:
    probe = {"suite": "privacy", "kind": "safety", "case": "1", "text": "t", "truth": "x", "candidate_predicted": "b"}
    suites = {"safety.privacy": {"kind": "safety", "suite": "privacy", "pass_rate": 1.0, "hard": True}}
    found = verdict([{**probe, "candidate_correct": False}], suites=suites)
    assert (found.status, [gate.name for gate in found.gates], found.gates[0].hard) == ("fail", ["safety.privacy"], True)


def test_a_suite_that_the_champion_passed_better_fails_though_enough_cases_pass() -> None:
    suites = {"behaviour.b": {"kind": "behaviour", "suite": "b", "pass_rate": 0.5, "hard": False}}
    rows = outcomes("b", np.arange(60) >= 20, np.ones(60), kind="behaviour", experience=None)
    gate = by_name(verdict([*rows, *outcomes("new", np.ones(50), np.zeros(50))], suites=suites))["behaviour.b"]
    assert gate.status == "fail"
    assert "against the champion" in gate.reason


def test_cost_bounds_are_judged_where_they_were_measured() -> None:
    bounds = {"serving": {"latency_p99_ms": 10.0, "checkpoint_bytes": 5}}
    found = by_name(verdict(outcomes("new", np.ones(50), None), bounds=bounds, cost={"latency_p99_ms": 20.0}))
    assert found["cost.serving"].status == "fail"
    assert len(found) == 3


def test_mode_report_is_carried_and_changes_no_gate() -> None:
    rows = outcomes("new", np.zeros(50), None)
    told, enforced = verdict(rows, GateSettings(mode="report")), verdict(rows)
    assert (told.mode, told.gates, told.status) == ("report", enforced.gates, "fail")


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=120), st.integers(0, 119), st.booleans())
@examples(80)
def test_a_worse_candidate_is_never_judged_better(pairs: list[tuple[bool, bool]], which: int, new: bool) -> None:
    """Turn one right answer into a wrong one: no verdict gets better, on past cases or new ones."""
    candidate, champion = [mine for mine, _ in pairs], [theirs for _, theirs in pairs]
    worse = list(candidate)
    worse[which % len(worse)] = False

    def status(given: list[bool]) -> str:
        rows = outcomes("new" if new else "old", given, champion)
        return verdict(rows if new else [*rows, *outcomes("new", np.ones(30), np.zeros(30))]).status

    assert RANK[status(worse)] <= RANK[status(candidate)]


TASKS = [17, 163, 170, 210, 240]  # held-out cases of the past tasks on a trec-like line: 800 in all


def draw(rng: np.random.Generator, size: int, drop: float, discordance: float = 0.03) -> tuple[Any, Any]:
    """Outcomes of candidate and champion on `size` cases: they differ on a share of them, and the candidate loses `drop` more."""
    gained, lost = discordance / 2, discordance / 2 + drop
    at = rng.random(size)
    return np.where((at >= gained) & (at < gained + lost), 0, 1), np.where(at < gained, 0, 1)


@pytest.mark.parametrize(("drop", "passes"), [(0.0, "always"), (0.08, "never")])
def test_a_sound_candidate_is_not_held_for_lack_of_power(drop: float, passes: str) -> None:
    """The whole verdict: main test, a guard on each past task (one of 17 cases), learned, label noise."""
    rng = np.random.default_rng(1)
    statuses = []
    for _ in range(40):
        rows = [row for task, size in enumerate(TASKS) for row in outcomes(f"task{task}", *draw(rng, size, drop))]
        statuses.append(verdict([*rows, *outcomes("new", rng.random(200) < 0.85, np.zeros(200))]).status)
    share = statuses.count("pass") / len(statuses)
    assert share >= 0.95 if passes == "always" else share == 0.0


def test_error_rate_and_power_of_the_main_test() -> None:
    rng = np.random.default_rng(4)

    def share(drop: float) -> float:
        drawn = rng.multinomial(sum(TASKS), [0.015, 0.015 + drop, 0.97 - drop], size=4000)
        pairs = (Paired(sum(TASKS), int(gained), int(lost)) for gained, lost, _ in drawn)
        return float(np.mean([non_inferior(pair, SETTINGS.margin, SETTINGS.alpha).status == "pass" for pair in pairs]))

    assert share(0.0) >= 0.95
    assert share(0.05) <= 0.05  # exactly at the margin, the worst case: at most alpha
