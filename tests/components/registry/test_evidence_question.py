"""The top of the page: the question, what the gates recommend, and what either answer means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.contracts import Gate, Verdict
from components.registry.evidence import Decision, Evidence, Traffic
from components.registry.evidence_question import question, recommendation
from tests.components.registry.evidences import LEARNED, MAIN, REPLAYED, TASK, evidence

pytestmark = pytest.mark.unit

HELD = Decision("held", ("The past task loc fell by 0.060.",))
PASS = Verdict("pass", (MAIN, LEARNED))
FAIL = Verdict("fail", (replace(MAIN, status="fail"), TASK, LEARNED))
DOUBT = Verdict("inconclusive", (MAIN, TASK))
HARM, SILENT = Traffic("rolled_back", "Worse."), Traffic("held", "Too little traffic.")


def top(known: Evidence) -> str:
    return "\n".join(question(known))


@pytest.mark.parametrize(
    ("verdict", "traffic", "expected"),
    [
        (PASS, None, "**approve**, because all 2 gates passed"),
        (PASS, REPLAYED, "**approve**, because all 2 gates passed"),
        (PASS, SILENT, "**approve** on past cases; traffic could not be compared"),
        (PASS, HARM, "**reject**, because traffic showed harm"),
        (DOUBT, REPLAYED, "**neither**, because regression.loc leave it to a person; weigh it yourself"),
        (DOUBT, HARM, "**reject**, because traffic showed harm"),
        (FAIL, REPLAYED, "**reject**, because regression.pooled failed"),
        (Verdict("fail", FAIL.gates, "report"), None,
         "**reject**, because regression.pooled failed (mode `report`: nothing is enforced)"),
        (Verdict("fail", tuple(Gate(f"g{n}", "fail", "") for n in range(5))), None,
         "**reject**, because g0, g1, g2 and 2 more failed"),
    ],
)  # fmt: skip
def test_the_recommendation_follows_from_gates_and_traffic(verdict: Verdict, traffic: Traffic | None, expected: str) -> None:
    assert recommendation(evidence(verdict=verdict, traffic=traffic)) == expected


def test_a_held_version_asks_says_why_and_what_either_answer_means() -> None:
    lines = top(evidence(decision=HELD, traffic=REPLAYED))
    for part in (
        "## Version 7: numeric\n\n**To decide: shall it replace version 6?** The gates recommend: **neither**",
        "Held because:\n\n- The past task loc fell by 0.060.",
        '- **Approve** (`perdure approve 7 --reason "..."`): it answers from then on',
        "Possible only while version 6 serves, against which it was judged.",
        '- **Reject** (`perdure reject 7 --reason "..."`): version 6 goes on serving',
        "`perdure cycle FILE --again`",
        "the tag `approval.reason`, then `approval`: `approved` or `rejected`",
    ):
        assert part in lines


def test_the_first_version_replaces_nothing() -> None:
    lines = top(evidence(decision=HELD, champion=None, judged_against=None))
    assert "shall it be the first to serve?" in lines
    assert "nothing serves" in lines
    assert "Possible only while" not in lines


def test_a_champion_that_no_cycle_made_is_named_by_its_checkpoint() -> None:
    assert "shall it replace the champion (`bbbbbbbbbbbb`)?" in top(evidence(decision=HELD, champion=None))


def test_while_the_cycle_is_under_way_there_is_nothing_to_decide() -> None:
    lines = top(evidence())
    assert "**Nothing to decide yet: the cycle is under way.** So far the gates recommend: **neither**" in lines
    assert "- The past task loc fell by 0.060." in lines
    assert "perdure approve" not in lines


@pytest.mark.parametrize(("outcome", "said"), [("rejected", "refused"), ("rolled_back", "rolled back")])
def test_a_refused_version_says_why_and_the_way_out(outcome: str, said: str) -> None:
    lines = top(evidence(decision=Decision(outcome, ("It fell.",)), verdict=FAIL))  # type: ignore[arg-type]
    assert f"**Nothing to decide: {said}; version 6 goes on serving.**" in lines
    assert "Why:\n\n- It fell." in lines
    assert "The way out: mend the rows or the recipe; `perdure cycle FILE --again`" in lines
    assert "perdure approve" not in lines


def test_a_promoted_version_says_who_and_the_way_back() -> None:
    lines = top(evidence(decision=Decision("promoted", ("Worth it.",), by="claimed by ann | <b>, unauthenticated"), verdict=PASS))
    assert "**Nothing to decide: promoted (claimed by ann \\| &lt;b&gt;, unauthenticated).**" in lines
    assert "- Worth it." in lines
    assert '`perdure rollback --reason "..."`' in lines
    first = top(evidence(decision=Decision("promoted"), champion=None, judged_against=None))
    assert "**Nothing to decide: promoted.**" in first
    assert "perdure rollback" not in first


def test_reasons_beyond_a_few_are_counted() -> None:
    lines = top(evidence(decision=Decision("held", tuple(f"Reason {n}." for n in range(9)))))
    assert "- Reason 3.\n- and 5 more, in `verdict.json`" in lines


def test_the_reasons_of_failed_gates_come_first() -> None:
    gates = (TASK, replace(LEARNED, status="fail"))
    refused = Decision("rejected", tuple(gate.reason for gate in gates))
    lines = top(evidence(decision=refused, verdict=Verdict("fail", gates)))
    assert f"Why:\n\n- {LEARNED.reason}\n- {TASK.reason}" in lines
