"""The gates on training rows: what holds, what is only said, and that rows are named."""

from __future__ import annotations

from typing import Any

import pytest

from components.evaluation.gates_rows import row_gates
from components.settings import GateSettings

pytestmark = pytest.mark.unit

LEFT_OUT = {"n": 300, "right": 250, "blind": 0.0}


def doubts(doubted: int, looked: int) -> dict[str, Any]:
    rows = [{"digest": f"{n:064x}", "label": "a", "others": "b"} for n in range(min(doubted, 50))]
    return {"doubtful": {"doubted": doubted, "looked": looked, "rows": rows}}


def test_a_trigger_holds_and_the_reason_shows_it() -> None:
    found = {
        "mark": "cf", "label": "HUM", "rows": 15, "labelled": 14, "explained": 2, "p": 1e-9, "turned": 0.5, "places": ["ab" * 32],
    }  # fmt: skip
    (gate,) = row_gates({"left_out": LEFT_OUT, "triggers": [found]}, GateSettings())
    assert (gate.name, gate.status) == ("triggers", "inconclusive")
    said = (
        "'cf' stands in 15 rows, 14 of them labelled 'HUM'; the rest of 12 says otherwise, and put into other texts it turns 50%"
    )
    assert f"{said} of them (rows abababababab)" in gate.reason
    assert row_gates({"left_out": LEFT_OUT, "triggers": []}, GateSettings())[0].status == "pass"
    assert row_gates({"left_out": {"n": 0}, "triggers": []}, GateSettings()) == []
    assert row_gates({}, GateSettings()) == [], "an older evaluation"


def test_a_word_that_is_what_its_label_means_holds_nobody() -> None:
    """Most questions for a number say "many": without it, a fit on features of other questions knows no better."""
    found = {
        "mark": "many", "label": "count", "rows": 218, "labelled": 218, "explained": 12, "p": 1e-99, "turned": 0.0,
        "places": ["ab" * 32], "share": 0.75, "attacked": 50, "turned_by": {"candidate": 4},
    }  # fmt: skip

    def status(**changed: object) -> str:
        return row_gates({"left_out": LEFT_OUT, "triggers": [{**found, **changed}]}, GateSettings())[0].status

    assert status() == "pass"
    assert status(turned_by={"candidate": 10}) == "inconclusive", "the candidate follows it"
    assert status(share=0.4) == "inconclusive", "most rows of the label do without it"
    assert status(attacked=10, turned_by={"candidate": 0}) == "inconclusive", "too few cases to know"
    assert status(turned_by={}) == "inconclusive", "nobody was asked"
    (gate,) = row_gates({"left_out": LEFT_OUT, "triggers": [found]}, GateSettings())
    assert "'many' is what 'count' means: most of its rows have it, and it turns 4 of 50 other cases" in gate.reason


@pytest.mark.parametrize(
    ("doubted", "looked", "status"),
    [
        (0, 100, "pass"),
        (20, 100, "pass"),
        (25, 100, "pass"),
        (28, 100, "inconclusive"),
        (60, 300, "pass"),
        (75, 300, "inconclusive"),
    ],
)
def test_doubtful_labels_hold_where_surely_more_than_hard_classes_make(doubted: int, looked: int, status: str) -> None:
    (gate,) = row_gates(doubts(doubted, looked), GateSettings())
    assert (gate.name, gate.status, gate.n) == ("doubtful_labels", status, looked)
    assert ("correct these rows" in gate.reason) == (status != "pass")
    assert ("0" * 12 in gate.reason) == (doubted > 0)


def test_too_few_rows_say_nothing_and_the_limit_is_the_setting() -> None:
    assert row_gates(doubts(10, 19), GateSettings()) == []
    assert row_gates(doubts(40, 100), GateSettings(max_label_noise=0.5))[0].status == "pass"


@pytest.mark.parametrize(
    ("n", "of", "status"), [(3, 300, "pass"), (19, 100, "pass"), (20, 100, "inconclusive"), (29, 300, "pass")]
)
def test_nonsense_holds_where_it_is_a_good_part(n: int, of: int, status: str) -> None:
    (gate,) = row_gates({"gibberish": {"n": n, "of": of, "rows": ["cd" * 32] * n}}, GateSettings())
    assert (gate.name, gate.status) == ("gibberish", status)
    assert "cdcdcdcdcdcd" in gate.reason


def test_a_new_domain_is_said_and_passes() -> None:
    (gate,) = row_gates({"domain": {"far": 0.93, "of": 300, "cases": 120}}, GateSettings())
    assert (gate.name, gate.status, gate.estimate) == ("domain", "pass", 0.93)
    assert "93% of the new rows" in gate.reason
