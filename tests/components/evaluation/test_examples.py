"""What counts as better and as worse: another outcome and another answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.evaluate import evaluate
from components.evaluation.examples import changed, changes
from components.evaluation.schema import Suite
from components.settings import GateSettings
from tests.examples import examples

pytestmark = pytest.mark.unit

OUTCOME = st.sampled_from([True, False])
SIDES = st.fixed_dictionaries(
    {
        "candidate_correct": OUTCOME, "champion_correct": st.one_of(OUTCOME, st.none()),
        "candidate_predicted": st.sampled_from(["a", "b", ""]), "champion_predicted": st.sampled_from(["a", "b", "", None]),
    }
)  # fmt: skip


@examples(200)
@given(st.lists(SIDES, max_size=12))
def test_only_another_outcome_with_another_answer_counts(rows: list[dict[str, Any]]) -> None:
    sides = changed(rows)
    for side, mine, theirs in (("better", True, False), ("worse", False, True)):
        assert sides[side] == [
            row
            for row in rows
            if (row["candidate_correct"], row["champion_correct"]) == (mine, theirs)
            and row["candidate_predicted"] != row["champion_predicted"]
        ]


KNOWN = {"apple": "apple", "pear": "pear"}
CASES = (
    {"id": "sure", "text": "the zzz", "max_confidence": 0.6},
    {"id": "rises", "text": "the zzz", "direction": {"to": "the apple", "label": "apple", "change": "rises", "by": 0.4}},
    {"id": "same", "text": "the pear", "invariance": {"texts": ["the apple"], "tolerance": 0.7}},
    {"id": "other", "text": "the pear", "expect": "pear"},
)


@pytest.mark.parametrize("sure", [0.55, 0.99])
def test_no_kind_of_case_is_listed_with_the_same_answer(sure: float, keywords: Any, fruit: Any) -> None:
    """A probe is passed by confidence or by the answer to another text: both give one label, and one of them passes."""
    suite = Suite.model_validate({"name": "probes", "kind": "behaviour", "cases": CASES})
    ask = {"experience": fruit, "past": [], "suites": [suite], "settings": GateSettings(), "seed": 0}
    mine = keywords({**KNOWN, "zzz": "apple", "pear": "apple"}, sure=sure, digest="1" * 64)
    theirs = keywords({**KNOWN, "zzz": "apple"}, sure=1.54 - sure, digest="2" * 64)
    evaluation = evaluate(mine, theirs, **ask)
    other = [row for row in evaluation.rows(kind="behaviour") if row["candidate_correct"] != row["champion_correct"]]
    assert [row for row in other if row["candidate_predicted"] == row["champion_predicted"]], "else this shows nothing"
    shown = changes(evaluation, k=99)
    assert not [row for rows in shown.values() for row in rows if row["candidate"] == row["champion"]]
    assert evaluation.summary["changes"] == {side: len(rows) for side, rows in shown.items()}
