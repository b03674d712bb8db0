"""The evidence page: complete, in order, and short enough for MLflow, whatever there is to say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Gate, Verdict
from components.registry import evidence_page
from components.registry.evidence import Decision, Evidence, Traffic
from components.registry.evidence_page import LIMIT
from tests.components.registry.evidences import FIGURES, REPLAYED, evidence
from tests.examples import examples

pytestmark = pytest.mark.unit


def render(known: Evidence, limit: int = LIMIT) -> str:
    """The page without the spaces that only keep columns apart."""
    page = evidence_page.render(known, limit)
    assert len(page) <= limit
    return page.replace("&ensp;", "")


def test_the_page_says_what_an_approver_asks() -> None:
    page = render(evidence(traffic=REPLAYED))
    for part in (
        "1,200 rows to learn from, 300 held out; classes: count, date",
        "14 of 15 rules hold on all 1,510 rows; rows that broke one were quarantined",
        "only this version answers 31 cases rightly, only the champion 1\n",
        "| When? | date | date | count |",
        "checkpoint `cccccccccccc`, parent `bbbbbbbbbbbb`, judged against `bbbbbbbbbbbb`",
        "experience `eeeeeeeeeeee`, the last of 2 learned",
        "13.5 s, 11.0 s of training, 1,024 MiB peak memory",
    ):
        assert part in page
    order = ["## Version 7", "### Main test", "### Guards", "### Traffic", "### What changed", "### Lineage"]
    assert sorted(order, key=page.index) == order


@pytest.mark.parametrize(
    ("traffic", "shown"),
    [
        (None, "Not run yet."),
        (Traffic("skipped"), "Not run: a gate had failed."),
        (Traffic("skipped", "the gateway could not be reached"), "Not run: the gateway could not be reached."),
        (REPLAYED, "**No harm seen**. Right answers, this version minus the champion: -2.0% [-17.0%, +13.0%]"),
        (REPLAYED, "a loss of more than 5.0% is looked for, and one of up to 17.0% cannot be ruled out on so few requests."),
        (REPLAYED, "| champion | 50 | 82.0% [72.0%, 92.0%] | 12 | 40 | 1 |"),
        (REPLAYED, "\n| this version | 50 | 80.0% [70.0%, 90.0%] | 12 |"),
        (Traffic("rolled_back", "Worse.", -0.3, -0.4, -0.2, FIGURES), "**Harm**. Right answers, this version minus"),
        (Traffic("rolled_back", "Too slow: p50 latency 900 ms"), "**Harm**. Too slow: p50 latency 900 ms"),
        (Traffic("held", "Too little traffic to compare"), "**It could not be compared**. Too little traffic to compare"),
        (Traffic("promoted", "No champion to compare with"), "**No harm seen**. No champion to compare with"),
        (Traffic("promoted", figures={"latency": {"ratio": 1.2, "low": 1.0, "high": 1.5, "n": 50}}),
         "Latency: 1.20 times the champion's [1.00, 1.50], n = 50."),
        (Traffic("promoted", figures={"latency": {"ratio": None, "low": None, "high": None, "n": 0}}), "**No harm seen**. \n"),
    ],
)  # fmt: skip
def test_traffic_is_shown_with_its_figures_or_why_there_are_none(traffic: Traffic | None, shown: str) -> None:
    assert shown in render(evidence(traffic=traffic))


def test_the_suites_are_listed_with_their_digests() -> None:
    suites = {"safety.privacy": "a1" * 32, "cost.serving": "b2" * 32}
    page = render(evidence(verdict=Verdict("pass", (), suites=suites)))
    assert "\n- suites asked: safety.privacy a1a1a1a1a1a1, cost.serving b2b2b2b2b2b2\n" in page
    assert "suites asked" not in render(evidence())


def test_an_arm_that_answered_nothing_has_no_figures() -> None:
    silent = {"requests": 0, "accuracy": {"estimate": 0.0, "low": 0.0, "high": 1.0, "n": 0}, "p50_ms": None, "p99_ms": None}
    page = render(evidence(traffic=Traffic("held", "Nothing was asked", figures={"arms": {"candidate": silent}})))
    assert "| this version | 0 |  |  |  | 0 |" in page


def test_the_first_version_has_nothing_to_compare_with() -> None:
    page = render(evidence(champion=None, judged_against=None, better=(), worse=(), verdict=Verdict("pass", (), "report")))
    assert "Not run: there was no champion to compare with." in page
    assert "judged against nothing (there was no champion)" in page
    assert "only this version" not in page


def _measured(current: float, reference: float, passed: bool) -> dict[str, Any]:
    return {"cases": 30, "correct": {"current": current, "reference": reference, "bound": reference - 0.05, "passed": passed}}


def test_what_was_kept_and_forgotten_is_shown_after_the_promotion() -> None:
    forgetting = {"past": 2, "cases": 60, "experiences": {"loc": _measured(0.6, 0.8, False), "num": _measured(0.9, 0.9, True)}}
    inputs = {"against": "memory", "columns": {"words": {"drifted": True}, "label": {"drifted": False}}}
    promoted = Decision("promoted")
    page = render(evidence(decision=promoted, forgetting=forgetting, inputs=inputs))
    assert (
        "- **forgotten**: loc: 60.0% right, 80.0% when it was learned\n- the new events differ from the memory in: words" in page
    )
    kept = {**forgetting, "experiences": {"num": _measured(0.9, 0.9, True)}}
    assert "nothing forgotten of 2 past experiences (60 cases)" in render(evidence(decision=promoted, forgetting=kept))
    first = {"past": 0, "cases": 0, "passed": True, "experiences": {}}
    assert "no past experience that could be forgotten" in render(evidence(decision=promoted, forgetting=first))
    assert "After the promotion" not in render(evidence())
    assert "After the promotion" not in render(evidence(decision=Decision("held"), forgetting=kept))


def test_who_gave_the_labels_is_shown_where_somebody_said_it() -> None:
    assert "labels given by" not in render(evidence())
    assert "labels given by" not in render(evidence(given={"unknown": 100}))
    page = render(evidence(given={"unknown": 60, "human": 10, "feedback": 30}))
    assert "- labels given by: 10 human, 30 feedback, 60 not said; 30% from feedback and models" in page


def test_a_chosen_recipe_is_shown_with_its_reasons() -> None:
    manifest = dict(evidence().manifest)
    assert "chosen" not in render(evidence())
    notes = {"recipe": {"chosen": "replay", "reasons": ["no new label; distance 0.310, novel", "texts may be kept"], "facts": {}}}
    page = render(evidence(manifest={**manifest, "notes": notes}))
    assert "- recipe replay, chosen: no new label; distance 0.310, novel; texts may be kept" in page


def test_rows_that_contradict_the_past_are_said_and_inert() -> None:
    page = render(evidence(validation={"relabelled": ["learned as 'a' and now '<b>': 3"]}))
    assert "contradict what was learned: learned as 'a' and now" in page
    assert "<b>" not in page
    assert "contradict" not in render(evidence())


def test_it_fits_and_the_question_comes_first_whatever_there_is_to_say() -> None:
    tasks = tuple(Gate(f"regression.{'*' * 60}{n}", "fail", "[It] fell. " * 60, -0.2, -0.3, -0.1, 0.15, 99) for n in range(200))
    long = [{"text": "*" * 200, "truth": "<" * 200, "champion": "&" * 200, "candidate": ">" * 200}] * 50
    page = render(
        evidence(
            verdict=Verdict("fail", tasks), better=long, worse=long, labels=["&" * 100] * 500, name="&" * 500, cycle="&" * 500,
            decision=Decision("held", tuple(gate.reason for gate in tasks)), traffic=REPLAYED,
        )
    )  # fmt: skip
    assert "To decide: shall it replace version 6?" in page
    assert '`perdure reject 7 --reason "..."`' in page
    assert "more in `verdict.json`" in page


@examples(100)
@given(st.text(max_size=30), st.integers(0, 60), st.integers(500, LIMIT))
def test_it_fits_whatever_the_names_are_and_is_cut_between_lines(name: str, times: int, limit: int) -> None:
    gates = tuple(Gate(f"regression.{name}{n}", "fail", f"{name} fell", -0.2, -0.3, -0.1, 0.15, 99) for n in range(times))
    known = evidence(name=name * 9, labels=[name] * times, verdict=Verdict("fail", gates), cycle=name)
    page = render(known, limit)
    assert page == render(known, limit)
    whole = render(known, 10**6).split("\n")
    assert "\r" not in page
    assert not page.endswith("\n")
    if page.endswith("in the run's files."):
        shown = page.split("\n")[:-2]
        assert len(shown) < len(whole)
