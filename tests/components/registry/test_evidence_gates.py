"""Main test and guards: apart from each other, with what each means, and with the figures as what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.contracts import Gate, Verdict
from components.evaluation.gates_suites import bound, same_suites
from components.registry.evidence_gates import gates
from tests.components.registry.evidences import GATES, LEARNED, MAIN, TASK

pytestmark = pytest.mark.unit


def shown(*those: Gate, against: str | None = "b" * 64, most: int = 40) -> str:
    return "\n".join(gates(Verdict("pass", those), against, most)).replace("&ensp;", "")


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({"status": "pass"}, "**pass**: a loss of 2.0% or more is ruled out."),
        (
            {"status": "pass", "undecided": True, "needs": 900},
            "**pass**: no such loss is seen, and 900 cases would rule out one of 2.0%; there are 400.",
        ),
        ({"status": "fail"}, "**FAIL**: a loss of more than 2.0% is certain."),
        ({"status": "inconclusive"}, "**inconclusive**: a loss of more than 2.0% is likely, and a loss is certain."),
        ({"status": "inconclusive", "n": 0}, "**inconclusive**: there is no case to compare on."),
    ],
)
def test_the_main_test_says_what_it_shows(changes: dict[str, Any], meaning: str) -> None:
    gate = replace(MAIN, **changes)
    main, _, guards = shown(gate, TASK).partition("### Guards")
    assert meaning in main
    assert f"on {gate.n:,} past cases, this version minus the champion: +1.2% [-0.4%, +2.8%]" in main
    assert "regression.pooled" not in guards
    assert "regression.loc" not in main


def test_what_is_spent_of_the_lifetime_budget_stands_beside_the_main_test() -> None:
    lifetime = Gate("lifetime.pooled", "pass", "Past cases fell.", -0.012, -0.03, 0.005, 0.05, 400)
    main, _, guards = shown(MAIN, lifetime, TASK).partition("### Guards")
    assert "Over all cycles, **pass**: 24% of the 5.0% that may be lost in a lifetime is spent." in main
    assert "ever served at: -1.2% [-3.0%, +0.5%]" in main
    assert "lifetime" not in guards
    assert "0% of the 5.0%" in shown(MAIN, replace(lifetime, estimate=0.01))


def test_a_main_test_that_was_not_run_says_why() -> None:
    assert "Not run: there was no champion" in shown(LEARNED, against=None)
    assert "Not run: no past case" in shown(LEARNED)
    assert "Not run: a hard safety suite failed first" in shown(Gate("safety.harm", "fail", "1 of 9", 0.9, margin=1.0, hard=True))


def test_guards_are_shown_as_what_they_are() -> None:
    page = shown(
        *GATES,
        Gate("label_noise", "pass", "", 0.01, 0.0, 0.05, 0.1, 60),
        Gate("behaviour.greets", "fail", "", -0.2, -0.3, -0.1, 0.02, 50),  # a change against the champion
        Gate("safety.privacy", "pass", "", 1.0, 0.9, 1.0, 1.0, 20),  # a share
        bound("cost.serving", 3.2, 1000, "latency p50 ms"),
        same_suites({"safety.privacy": "1" * 64}, {"safety.privacy": "1" * 64}, {}),
        most=9,
    )
    for row in (
        "| regression.loc | **inconclusive** | -6.0% [-15.0%, +3.0%] | loss ≤ 5.0% | 30 |",
        "| learned | pass | 48.0% [31.0%, 66.0%] | ≥ 40.0% | 31 |",
        r"| label\_noise | pass | 1.0% [0.0%, 5.0%] | ≤ 10.0% | 60 |",
        "| behaviour.greets | **FAIL** | -20.0% [-30.0%, -10.0%] | loss ≤ 2.0% | 50 |",
        "| safety.privacy | pass | 100.0% [90.0%, 100.0%] | ≥ 100.0% | 20 |",
        "| cost.serving | pass | latency p50 ms is 3; at most 1,000 is allowed. |  |  |",
        "| suites | pass | Every suite that the champion was asked",
    ):
        assert row in page
    assert page.index("behaviour.greets") < page.index("regression.loc") < page.index("| learned")  # what did not pass first
    assert "5 of 7 pass. A guard that fails refuses the version; one that passes proves nothing." in page


def test_only_the_kinds_that_are_there_are_explained_each_once() -> None:
    page = shown(TASK, replace(TASK, name="regression.num"), LEARNED)
    assert page.count("*regression*: ") == page.count("*learned*: ") == 1
    assert "*cost*" not in page
    assert r"*regression.new\_labels*" not in page
    assert page.count("\n- *") == 2
    new = shown(replace(TASK, name="regression.new_labels"))
    assert r"\n- *regression.new\_labels*: what past cases lost".replace(r"\n", "\n") in new
    assert "*regression*" not in new


def test_what_does_not_fit_is_counted() -> None:
    page = shown(*[replace(TASK, name=f"regression.{n}", status="pass") for n in range(8)], TASK, most=3)
    assert "6 more in `verdict.json`: 6 pass, 0 do not." in page
