"""Truth tables of the gates on past cases: one step, the lifetime budget, single tasks, the price of new labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.contracts import Gate, GateStatus
from components.evaluation.gates_past import Claim, fall, new_labels, past_gates, task_gates
from components.settings import GateSettings

pytestmark = pytest.mark.unit

SETTINGS = GateSettings()


def pairs(n: int, gained: int, lost: int, margin: float = 0.03) -> Claim:
    """n cases, of which only the candidate got `gained` right, and only its rival `lost`."""
    at = np.arange(n)
    return Claim("regression.pooled", "Past cases", (at >= lost).astype(float), (at < n - gained).astype(float), margin)


@pytest.mark.parametrize(
    ("n", "gained", "lost", "status", "undecided"),
    [
        (812, 12, 12, "pass", False),
        (812, 0, 0, "pass", False),
        (812, 40, 0, "pass", False),
        (812, 10, 30, "pass", True),  # .025: less than the margin, but perhaps not
        (812, 10, 43, "inconclusive", False),  # .041: more, and really lost
        (812, 10, 90, "fail", False),
        (20, 0, 0, "pass", True),  # nothing found, little shown
        (20, 1, 2, "pass", True),
        (20, 0, 20, "fail", False),
    ],
)
def test_one_step(n: int, gained: int, lost: int, status: GateStatus, undecided: bool) -> None:
    gate = fall(pairs(n, gained, lost), alpha=0.05)
    assert (gate.status, gate.undecided) == (status, undecided), gate.reason
    assert (gate.n, gate.margin, gate.estimate) == (n, 0.03, (gained - lost) / n)
    assert (gate.needs is not None) == undecided


def test_no_case_is_no_pass() -> None:
    gate = fall(pairs(0, 0, 0), alpha=0.05)
    assert (gate.status, gate.n) == ("inconclusive", 0)


def test_reasons_are_sentences_with_numbers() -> None:
    gate = fall(pairs(812, 10, 43), alpha=0.05)
    assert gate.reason == "Past cases fell by 0.041 [0.027, 0.056] on 812 cases; at most 0.03 may be lost."
    spent = fall(pairs(812, 10, 30, margin=0.05), alpha=0.05, lifetime=True)
    assert spent.reason == (
        "Past cases fell by 0.025 [0.012, 0.038] on 812 cases; at most 0.05 may be lost. 49% of the budget is spent."
    )


def test_a_candidate_that_is_tried_again_must_be_better() -> None:
    once, again = (fall(pairs(60, 2, 4), alpha=0.05, attempts=attempts) for attempts in (1, 5))
    assert once.status == "pass"
    assert again.status == "inconclusive"
    assert "attempt 5 at these cases" in again.reason


def rows(suite: str, n: int, **scores: Any) -> list[dict[str, Any]]:
    """n rows of a past task; each score a number or an array."""
    columns = {f"{name}_score": np.broadcast_to(value, n) for name, value in scores.items()}
    champion = columns.get("champion_score", np.ones(n))
    return [
        {
            "suite": suite, "kind": "regression", "experience": suite, "case": str(case),
            "champion_correct": bool(champion[case]),
            **{name: float(values[case]) for name, values in columns.items()},
        }
        for case in range(n)
    ]  # fmt: skip


def by_name(gates: list[Gate]) -> dict[str, Gate]:
    return {gate.name: gate for gate in gates}


def whole(**scores: Any) -> dict[str, Any]:
    """Scores of a row that everybody answers rightly, but for those that are given."""
    names = ("candidate", "champion", "candidate_known", "candidate_then", "anchor")
    return {**dict.fromkeys(names, 1.0), **scores}


def test_losses_too_small_for_any_step_are_seen_by_the_anchor() -> None:
    """The champion has lost 5 points already, the candidate 1.5 more: no step, but the budget."""
    at = np.arange(400)
    found = by_name(past_gates(rows("old", 400, **whole(
        candidate=at >= 26, candidate_known=at >= 26, candidate_then=at >= 26, champion=at >= 20)), SETTINGS))  # fmt: skip
    assert found["regression.pooled"].status == "pass"
    assert found["lifetime.pooled"].status == "inconclusive"
    assert "130% of the budget is spent" in found["lifetime.pooled"].reason


def test_one_task_that_fades_is_seen_by_its_own_anchor() -> None:
    """Twenty tasks stand; one loses 10 of 60 cases a cycle: each step is allowed, two are not."""
    others = [row for n in range(20) for row in rows(f"t{n}", 60, **whole())]
    at = np.arange(60)
    faded = rows("faded", 60, **whole(
        candidate=at >= 20, candidate_known=at >= 20, candidate_then=at >= 20, champion=at >= 12))  # fmt: skip
    found = by_name(past_gates([*others, *faded], SETTINGS))
    assert found["regression.tasks"].status == "pass"
    assert found["lifetime.faded"].status == "fail"
    assert "lifetime.tasks" not in found
    assert "the worst: faded -0.133" in found["regression.tasks"].reason


def test_the_last_approved_version_is_an_anchor_as_well() -> None:
    at = np.arange(400)
    scores = whole(candidate_approved=at >= 40, approved=1.0)
    found = by_name(past_gates(rows("old", 400, **scores), SETTINGS))
    assert found["lifetime.approved"].status == "fail"
    assert found["lifetime.pooled"].status == "pass"
    assert "lifetime.approved" not in by_name(past_gates(rows("old", 400, **whole()), SETTINGS))


def test_the_price_of_new_labels_is_what_a_joint_fit_does_not_pay() -> None:
    """A fifth of the cases goes to labels that came later."""
    at = np.arange(200)
    lost = whole(candidate=at >= 40)
    assert by_name(past_gates(rows("old", 200, **lost), SETTINGS))["regression.new_labels"].status == "fail"
    paid = {**lost, "joint_then": 1.0, "joint_before": 1.0, "joint": at >= 36}
    found = by_name(past_gates(rows("old", 200, **paid), SETTINGS))
    assert found["regression.new_labels"].status == "pass"
    assert found["regression.pooled"].status == "pass"
    assert found["lifetime.pooled"].status == "pass"
    assert found["regression.tasks"].status == "pass"  # what everybody loses is nobody's collapse
    assert new_labels(rows("old", 200, **whole()), 0.1) is None


def test_doubted_cases_count_for_their_task_alone() -> None:
    """Cases that were scored because their task got worse would bias the mean over all tasks."""
    bad = rows("bad", 40, **whole(candidate=0.0, candidate_known=0.0, candidate_then=0.0))
    some = [{**row, "doubted": n >= 4} for n, row in enumerate(bad)]
    found = by_name(past_gates([*(row for n in range(9) for row in rows(f"t{n}", 40, **whole())), *some], SETTINGS))
    assert found["regression.pooled"].n == 9 * 40 + 4
    assert found["regression.pooled"].status == "pass"
    assert found["regression.bad"].status == "fail"


def test_scores_between_right_and_wrong_are_compared_as_they_are() -> None:
    """A model that writes: every answer is a little worse, none was right and is wrong now."""
    found = by_name(past_gates(rows("old", 300, **whole(
        candidate=0.7, candidate_known=0.7, candidate_then=0.7, champion=0.8, anchor=0.8)), SETTINGS))  # fmt: skip
    assert found["regression.pooled"].estimate == pytest.approx(-0.1)
    assert found["regression.pooled"].status == "fail"
    assert found["regression.tasks"].status == "pass"


def test_a_thousand_sound_tasks_are_not_held_and_a_collapsed_one_is() -> None:
    rng = np.random.default_rng(0)

    def tasks(collapsed: float) -> list[dict[str, Any]]:
        found = []
        for n in range(1000):
            at = rng.random(10)
            found += rows(f"t{n}", 10, candidate=at >= 0.02, champion=at < 0.98)
        at = rng.random(50)
        return [*found, *rows("last", 50, candidate=at >= 0.02 + collapsed, champion=at < 0.98)]

    sound = [task_gates("regression", "champion", tasks(0.0), SETTINGS)[0].status for _ in range(5)]
    assert sound == ["pass"] * 5
    assert [gate.name for gate in task_gates("regression", "champion", tasks(0.6), SETTINGS)] == ["regression.last"]


def test_what_a_joint_fit_loses_as_well_is_allowed_besides() -> None:
    """Six points of a task are lost; a joint fit on the same rows loses three of them, in this cycle and since it was learned."""
    at = np.arange(400)
    lost = dict.fromkeys(("candidate", "candidate_known", "candidate_then"), at >= 24)
    alone = by_name(past_gates(rows("old", 400, **whole(**lost)), SETTINGS))
    assert {alone[f"{kind}.pooled"].status for kind in ("regression", "lifetime")} == {"fail", "inconclusive"}
    reference = {"joint_before": 1.0, "anchor_joint": 1.0, "joint_known": at >= 12, "joint_then": at >= 12, "joint": at >= 12}
    shared = by_name(past_gates(rows("old", 400, **whole(**lost), **reference), SETTINGS))
    assert shared["regression.pooled"].status == shared["lifetime.pooled"].status == "pass"
    assert "at most 0.03 may be lost besides the 0.030 that a joint fit loses" in shared["regression.pooled"].reason
    gained = {**reference, "joint_known": 1.0, "joint_before": at >= 12}  # what the reference gains is asked of nobody
    assert by_name(past_gates(rows("old", 400, **whole(), **gained), SETTINGS))["regression.pooled"].margin == SETTINGS.margin


def test_no_more_is_allowed_besides_than_the_margin_itself() -> None:
    at = np.arange(400)
    lost = dict.fromkeys(("candidate", "candidate_known", "candidate_then", "joint_known", "joint_then", "joint"), at >= 40)
    found = by_name(past_gates(rows("old", 400, **whole(**lost, joint_before=1.0, anchor_joint=1.0)), SETTINGS))
    assert found["regression.pooled"].margin == 2 * SETTINGS.margin
    assert found["regression.pooled"].status != "pass"


def test_a_task_that_stands_low_holds_only_who_lowers_it() -> None:
    """Twelve of sixty cases are gone since it was served best; the champion has lost as many, or fewer."""
    at = np.arange(60)
    others = [row for n in range(5) for row in rows(f"t{n}", 60, **whole())]
    after = dict.fromkeys(("candidate", "candidate_known"), at >= 12)

    def status(champion: int) -> GateStatus:
        low = rows("low", 60, **whole(**after, champion=at >= champion))
        gates = by_name(past_gates([*others, *low], SETTINGS))
        return gates["lifetime.low"].status if "lifetime.low" in gates else gates["lifetime.tasks"].status

    assert status(champion=12) == "pass"  # holding the candidate would give nothing back
    assert status(champion=13) == "pass"
    assert status(champion=9) == "inconclusive"
    gone = rows("gone", 60, **whole(**dict.fromkeys(("candidate", "candidate_known", "champion"), at >= 30)))
    assert by_name(past_gates([*others, *gone], SETTINGS))["lifetime.gone"].status == "fail"  # surely: whoever did it


def test_what_a_joint_fit_loses_of_a_task_is_not_held_against_it() -> None:
    """Siblings came: the task is harder for everybody, on other cases each."""
    at = np.arange(60)
    others = [row for n in range(5) for row in rows(f"t{n}", 60, **whole())]
    lost = whole(candidate=at >= 16, champion=at >= 4)

    def gates(**joint: Any) -> dict[str, Gate]:
        return by_name(past_gates([*others, *rows("low", 60, **lost, **joint)], SETTINGS))

    assert gates()["lifetime.low"].status == "inconclusive"
    since = {"anchor_joint": 1.0, "joint_then": 1.0, "joint": at < 45}  # fifteen others, of all cycles
    assert gates(**since)["lifetime.tasks"].status == "pass"
    assert gates(**since, joint_before=at < 45)["regression.low"].status == "inconclusive"  # none of them in this one
    assert gates(**since, joint_before=1.0)["regression.tasks"].status == "pass"
