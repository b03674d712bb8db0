"""Truth tables of every gate, properties of the verdict, and its error rates and power by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Gate, GateStatus, Verdict
from components.evaluation.gates import Facts, judge, worst
from components.evaluation.result import Evaluation, case_table
from components.settings import GateSettings
from tests.examples import examples

pytestmark = pytest.mark.unit

SETTINGS = GateSettings()
RANK = {"fail": 0, "inconclusive": 1, "pass": 2}


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [([], "pass"), (["pass"], "pass"), (["pass", "inconclusive"], "inconclusive"), (["inconclusive", "fail", "pass"], "fail")],
)
def test_the_verdict_is_as_bad_as_its_worst_gate(statuses: list[GateStatus], verdict: GateStatus) -> None:
    assert worst(statuses) == verdict


# ---------------------------------------------------------------- whole evaluations


def outcomes(suite: str, candidate: Any, champion: Any, anchor: Any = None, **fields: Any) -> list[dict[str, Any]]:
    """Rows of a past or new experience from arrays of outcomes (champion None: there is none; anchor None: as the champion)."""
    champion = [None] * len(candidate) if champion is None else champion
    anchor = champion if anchor is None else anchor
    return [
        {
            "suite": suite, "kind": "regression", "experience": suite, "case": str(n), "text": "t", "truth": "ab"[n % 2],
            "candidate_predicted": "ab"[(n + (not mine)) % 2], "candidate_correct": bool(mine), "candidate_confidence": 0.6,
            "candidate_margin": 0.2, "champion_correct": None if theirs is None else bool(theirs),
            "candidate_known_score": float(mine), "candidate_then_score": float(mine),
            "anchor_score": None if best is None else float(best), **fields,
        }
        for n, (mine, theirs, best) in enumerate(zip(candidate, champion, anchor))
    ]  # fmt: skip


def verdict(rows: list[dict[str, Any]], settings: GateSettings = SETTINGS, facts: Facts | None = None, **summary: Any) -> Verdict:
    whole = {"experience": "new", "new_labels": [], "suites": {}, "bounds": {}, "cost": {}, **summary}
    return judge(Evaluation(case_table(rows), whole), settings, facts)


NEW = outcomes("new", np.ones(50), np.zeros(50))


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
    assert judge(evaluation, SETTINGS, Facts({})).status == "pass"
    found = judge(evaluation, SETTINGS, Facts({"safety.privacy": "1" * 64}))
    assert (found.status, found.gates[-1].name) == ("fail", "suites")
    asked = Evaluation(evaluation.cases, {**summary, "asked": {"safety.privacy": "1" * 64}})
    assert judge(asked, SETTINGS, Facts({"safety.privacy": "1" * 64})).suites == {"safety.privacy": "1" * 64}


def test_a_line_with_a_past_that_cannot_be_asked_does_not_pass() -> None:
    assert verdict(NEW, compared=True, probe={"tasks": 3}).status == "inconclusive"
    assert verdict(NEW, compared=True, probe={"tasks": 0}).status == "pass"


def test_what_too_few_cases_cannot_decide_goes_on_or_waits() -> None:
    rows = [*outcomes("old", np.ones(30), np.ones(30)), *NEW]
    found = verdict(rows)
    assert found.status == "pass"
    gate = by_name(found)["regression.pooled"]
    assert gate.undecided
    assert gate.needs is not None
    assert gate.needs > 30
    assert found.warnings[0] == gate.reason
    assert f"{gate.needs} cases would do, there are 30" in gate.reason
    waiting = verdict(rows, GateSettings(undecided="wait"))
    assert waiting.status == "inconclusive"
    assert not waiting.warnings
    enough = outcomes("old", np.ones(gate.needs), np.ones(gate.needs))
    assert verdict([*enough, *NEW], GateSettings(undecided="wait", budget=0.03)).status == "pass"


def test_a_tripped_monitor_is_a_fact_of_the_next_verdict() -> None:
    """The champion stands 10 points below the anchor on one of two tasks; the candidate keeps it there, or mends it."""
    at, sound = np.arange(200), outcomes("other", np.ones(900), np.ones(900))
    low = outcomes("old", at >= 20, at >= 20, np.ones(200))
    kept = by_name(verdict([*sound, *low, *NEW], facts=Facts(forgotten=("old",))))
    assert kept["monitoring"].status == "inconclusive"
    assert "monitoring" not in by_name(verdict([*sound, *low, *NEW]))
    mended = outcomes("old", np.ones(200), at >= 20, np.ones(200))
    assert by_name(verdict([*sound, *mended, *NEW], facts=Facts(forgotten=("old",))))["monitoring"].status == "pass"


def test_cases_that_were_looked_at_too_often_say_so() -> None:
    rows = [*outcomes("old", np.arange(60) >= 3, np.arange(60) < 57), *NEW]
    assert "looks" not in by_name(verdict(rows, facts=Facts(looks=50)))
    some, many = (by_name(verdict(rows, facts=Facts(looks=50, refused=r)))["looks"] for r in (1, 25))
    assert "worn out" in many.reason
    assert "50 times" in some.reason
    assert verdict(rows, facts=Facts(looks=50, refused=25)).status == "pass"


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
    rows = [*outcomes("old", np.zeros(50), np.ones(50)), *NEW]
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
    """The whole verdict: champion, anchors, each past task (one of 17 cases), learned, label noise."""
    rng = np.random.default_rng(1)
    statuses = []
    for _ in range(40):
        rows = [row for task, size in enumerate(TASKS) for row in outcomes(f"task{task}", *draw(rng, size, drop))]
        statuses.append(verdict([*rows, *outcomes("new", rng.random(200) < 0.85, np.zeros(200))]).status)
    share = statuses.count("pass") / len(statuses)
    assert share >= 0.95 if passes == "always" else share == 0.0


@pytest.mark.parametrize(("slide", "ends"), [(0.0, 0.04), (0.02, 0.07), (0.05, 0.07)])
def test_a_slow_slide_ends_at_the_budget(slide: float, ends: float) -> None:
    """Forty cycles on 200 cases, each losing a little: what serves at the end has lost no more than the budget and noise."""
    rng = np.random.default_rng(5)
    champion = anchor = rng.random(200) < 0.92
    promoted = 0
    for _ in range(40):
        at = rng.random(200)
        candidate = np.where(champion, at >= 0.01 + slide, at < 0.1)
        if verdict([*outcomes("old", candidate, champion, anchor), *NEW]).status == "pass":
            champion, promoted = candidate, promoted + 1
    assert anchor.mean() - champion.mean() <= ends
    assert promoted >= 36 if slide == 0 else promoted < 20
