"""The evidence page follows its cycle: the same records give the same page, and each further record its own part."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from components.contracts import Gate
from components.cycle.outputs import Concluded, Evaluated, Judged, Monitored, Registered, RolledOut
from components.cycle.page import evidence, page
from components.cycle.records import plain
from components.errors import IntegrityError, UsageError
from components.evaluation.result import Evaluation, case_table
from components.governance.wishes import claimed
from components.registry.evidence import Decision
from components.registry.evidence_page import render
from components.storage import digest_file, write_json
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit

MAIN = Gate("regression.pooled", "inconclusive", "Past cases fell by 0.010.", -0.01, -0.03, 0.01, 0.02, 40)
JUDGED = Judged("inconclusive", "enforce", (MAIN,), ("Past cases fell by 0.010.",), {})
ARM = {"requests": 20, "accuracy": {"estimate": 0.8, "low": 0.6, "high": 0.9, "n": 20}, "p50_ms": 9.0, "p99_ms": 20.0}
OF_REPLAY = {"arms": {"champion": ARM, "candidate": ARM}, "margin": 0.05}


def case(number: int, mine: str, theirs: str) -> dict[str, object]:
    return {
        "suite": "two", "kind": "regression", "case": str(number), "text": f"text {number}", "truth": "a",
        "candidate_predicted": mine, "candidate_correct": mine == "a", "candidate_margin": 0.5,
        "champion_predicted": theirs, "champion_correct": theirs == "a", "champion_margin": -0.5,
    }  # fmt: skip


@pytest.fixture
def judged(two: Line) -> Line:
    folder = two.records.folder("two")
    evaluation = Evaluation(
        case_table([case(1, "a", "b"), case(2, "b", "a"), case(3, "a", "b"), case(4, "a", "a")]), {"cost": {}}
    )
    evaluation.save(folder.evaluation)
    two.records.keep("two", "evaluate", "", {}, Evaluated(digest_file(folder.cases), evaluation.digest))
    two.records.keep("two", "judge", "", {}, JUDGED)
    return two


def roll_out(line: Line, candidate: str | None = None, status: str = "promoted") -> None:
    inputs = {"parties": {"candidate": candidate or line.checkpoints["two"]}, "stopped": False}
    out = RolledOut(status, "No evidence of harm.", 0.0, -0.2, 0.2)  # type: ignore[arg-type]
    line.records.keep("two", "rollout", "", inputs, out)
    write_json(line.records.folder("two").traffic, {"decision": {}, "summary": OF_REPLAY})


def conclude(line: Line, judged: Judged = JUDGED, outcome: str = "held") -> None:
    line.records.keep("two", "promote", "", {"judged": plain(judged)}, Concluded(outcome, "8", None, judged.reasons))  # type: ignore[arg-type]


def shown(line: Line, decision: Decision | None = None) -> str:
    return page("two", line.workspace, "8", decision).replace("&ensp;", "")


def test_after_the_verdict_the_version_is_described_and_nothing_is_asked(judged: Line) -> None:
    text = shown(judged)
    assert "## Version 8: two\n\n**Nothing to decide yet" in text
    assert "Not run yet." in text
    assert "- only this version answers 2 cases rightly, only the champion 1\n" in text
    assert "| text 2 | a | a | b |" in text


def test_after_the_rollout_traffic_is_shown_and_at_the_end_the_question(judged: Line) -> None:
    roll_out(judged)
    assert "| this version | 20 | 80.0% [60.0%, 90.0%] | 9 | 20 | 0 |" in shown(judged)
    conclude(judged)
    text = shown(judged)
    assert "**To decide: shall it replace version 7?**" in text, "version 7 is what cycle `one` made"
    assert "Held because:\n\n- Past cases fell by 0.010." in text


def test_a_decision_that_is_just_being_taken_gives_the_page_that_its_record_gives(judged: Line) -> None:
    roll_out(judged)
    gathered = evidence("two", judged.workspace)
    before = render(replace(gathered, version="8", decision=Decision("held", JUDGED.reasons)))
    conclude(judged)
    judged.records.keep("two", "monitor", "", {}, Monitored("skipped"))
    for step in ("promote", "monitor"):
        write_json(judged.records.folder("two").cost(step), {"seconds": 3.0})
    after = page("two", judged.workspace, "8")
    assert after == before, "what an approver saw does not change by what the cycle does afterwards"


def test_a_persons_decision_is_shown_instead_of_the_cycles(judged: Line) -> None:
    roll_out(judged)
    conclude(judged)
    text = shown(judged, Decision("promoted", ("Worth it.",), by=claimed("ann")))
    assert "(claimed by ann, unauthenticated)" in text
    assert "Worth it." in text
    assert "To decide" not in text


def test_what_monitoring_found_is_shown(judged: Line) -> None:
    roll_out(judged)
    conclude(judged, outcome="promoted")
    lost = {"current": 0.5, "reference": 0.9, "bound": 0.85, "passed": False}
    found = Monitored("forgetting", {"past": 1, "cases": 9, "experiences": {"one": {"cases": 9, "correct": lost}}})
    judged.records.keep("two", "monitor", "", {}, found)
    assert "- **forgotten**: one: 50.0% right, 90.0% when it was learned" in shown(judged)


def test_records_of_an_earlier_run_of_the_cycle_are_not_shown(judged: Line) -> None:
    """A step that runs again leaves the records of the steps after it behind, until these run again."""
    roll_out(judged, candidate="f" * 64)
    assert "Not run yet." in shown(judged)
    roll_out(judged)
    conclude(judged, replace(JUDGED, status="pass"), "promoted")
    of_another = {"parties": {"candidate": "f" * 64}}
    judged.records.keep("two", "monitor", "", of_another, Monitored("kept", {"past": 1, "experiences": {}}))
    assert "Nothing to decide yet" in shown(judged)
    conclude(judged, outcome="promoted")
    assert "After the promotion" not in shown(judged)
    judged.records.keep("two", "judge", "", {}, replace(JUDGED, status="fail"))
    assert "Not run yet." in shown(judged), "a stopped candidate sees no traffic"


def test_a_stopped_candidate_has_no_figures_of_traffic(judged: Line) -> None:
    roll_out(judged)
    judged.records.keep("two", "judge", "", {}, replace(JUDGED, status="fail"))
    judged.records.keep("two", "rollout", "", {"stopped": True}, RolledOut("skipped"))
    assert "Not run: a gate had failed." in shown(judged)


def test_the_page_needs_no_clock_and_no_file_time(judged: Line) -> None:
    roll_out(judged)
    before = shown(judged)
    for path in judged.workspace.cycles.rglob("*"):
        os.utime(path, (1, 1))
    assert shown(judged) == before


def test_a_first_cycle_has_no_champion(line: Line) -> None:
    line.open("one")
    line.ingest("one")
    line.learn("one")
    folder = line.records.folder("one")
    evaluation = Evaluation(case_table([]), {"cost": {}})
    evaluation.save(folder.evaluation)
    line.records.keep("one", "evaluate", "", {}, Evaluated(digest_file(folder.cases), evaluation.digest))
    line.records.keep("one", "judge", "", {}, Judged("pass", "enforce", ()))
    line.records.keep("one", "register", "", {}, Registered("1"))
    assert "there was no champion to compare with" in page("one", line.workspace, "1")


def test_changed_cases_are_refused_and_an_unjudged_cycle_is_named(judged: Line) -> None:
    Evaluation(case_table([case(1, "a", "b")]), {"cost": {}}).save(judged.records.folder("two").evaluation)
    with pytest.raises(IntegrityError, match=r"cases\.parquet does not match"):
        shown(judged)
    judged.open("three")
    with pytest.raises(UsageError, match="Step 'learn' of cycle"):
        page("three", judged.workspace, "9")
