"""Quotas on numbers: what they promise, on any rows; what they say and leave alone, on files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Experience
from components.ingestion.ingest import Ingested, TooFewRowsError
from components.ingestion.quotas import CROWD, ROWS, allowed, flooding, rank
from components.workspace import Workspace
from tests.examples import examples

Lines = Callable[..., Path]
Take = Callable[..., Ingested]
Questions = Callable[..., list[dict[str, Any]]]


@pytest.mark.unit
@examples(200)
@given(st.lists(st.integers(0, 14) | st.just(3), max_size=150), st.floats(0.05, 1))
def test_no_party_has_more_than_its_share_and_others_lose_nothing(rows: list[int], share: float) -> None:
    party = np.array(rows, np.uint64)
    gone = flooding(party, share)
    before, after = Counter(rows), Counter(party[~gone].tolist())
    parties = before[0] + len(set(rows) - {0})
    if share == 1 or len(rows) < ROWS or parties < CROWD:
        assert not gone.any()
        return
    assert after[0] == before[0]
    limit = share * after.total()
    for who in set(rows) - {0}:
        assert after[who] <= max(1, limit)
        if after[who] < before[who]:  # the limit is not lower than it must be
            assert after[who] == max(after[other] for other in set(rows) - {0})
            assert after[who] + 1 > share * (after.total() + 1)
        mine = gone[party == who]
        assert not mine[: after[who]].any(), "the first ones stay"


@pytest.mark.unit
@examples(50)
@given(st.lists(st.integers(0, 4), max_size=30))
def test_rank(numbers: list[int]) -> None:
    assert rank(np.array(numbers, np.int64)).tolist() == [numbers[:n].count(number) for n, number in enumerate(numbers)]


@pytest.mark.unit
@examples(200)
@given(
    st.floats(0, 0.999) | st.sampled_from([0.5, 0.25, 0.2]), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)
)
def test_labels_that_nobody_vouches_for_stay_below_their_share(share: float, loose: int, others: int, vouched: int) -> None:
    room = allowed(share, loose, loose + others, vouched)
    assert room is not None
    total = loose + others + vouched
    assert room == 0 or loose + room <= share * (total + room) + 1e-6
    assert loose + room + 1 > share * (total + room + 1) - 1e-6, "and not one row less than that"
    assert allowed(1.0, loose, total, vouched) is None


def flooded(questions: Questions, flood: int) -> list[dict[str, Any]]:
    """60 rows of 30 subjects, and many of another one, labels right."""
    honest = [{**row, "subject": f"person {n % 30}"} for n, row in enumerate(questions(60))]
    return [*questions(flood, start=1000, subject="flooder@example.org"), *honest]


def kept(workspace: Workspace, ingested: Ingested) -> list[dict[str, Any]]:
    experience: Experience = workspace.experience(str(ingested.experience))
    return [row for part in ("train", "heldout", "unlabelled") for row in experience.table(part).to_pylist()]


@pytest.mark.integration
def test_a_flood_of_one_subject_is_set_aside_whatever_the_order_of_files(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions, quarantined: Any
) -> None:
    rows = flooded(questions, 500)
    ingested = take(lines("e", rows))
    assert (ingested.accepted, ingested.reasons) == (75, {"over_share_subject": 485})
    again = take([lines("b", rows[300:]), lines("a", rows[:300][::-1])])
    assert {row["text"] for row in kept(workspace, again)} == {row["text"] for row in kept(workspace, ingested)}
    refused = quarantined(ingested.quarantine_file)
    assert len(refused) == 485
    assert len({row["event"]["subject"] for row in refused}) == 1
    assert "flooder@example.org" not in Path(str(ingested.quarantine_file)).read_text()
    assert "ingestion.max_share_subject=1" in refused[0]["explanation"]
    back = take(Path(str(ingested.quarantine_file)), after=ingested.experience, again=True, max_share_subject=1)
    assert (back.accepted, back.quarantined) == (485, 0), "the way out"


@pytest.mark.integration
def test_what_is_no_flood_is_left_alone(lines: Lines, take: Take, questions: Questions) -> None:
    for name, rows in {
        "no subjects": questions(100),
        "one person's own": questions(100, subject="me"),
        "few": [*questions(70, subject="a"), *questions(30, start=70, subject="b")],
        "small": flooded(questions, 400)[380:429],
        "even": [{**row, "subject": n % 20} for n, row in enumerate(questions(100))],
        "one application": questions(100, provenance="human", sent_by="abcdefgh"),
    }.items():
        assert take(lines("e", rows)).reasons == {}, name


@pytest.mark.integration
def test_a_token_has_a_quota_if_one_is_set(lines: Lines, take: Take, questions: Questions) -> None:
    sent = questions(200, start=500, provenance="human", sent_by="abcdefgh")
    rows = [*sent, *questions(60), *({**row, "sent_by": "notes"} for row in questions(40, start=900))]
    assert take(lines("e", rows), max_share_token=0.5).reasons == {"over_share_token": 100}
    assert take(lines("e", rows)).reasons == {}


@pytest.mark.integration
def test_feedback_does_not_become_most_of_what_is_learned(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions, quarantined: Any
) -> None:
    first = take(lines("a", questions(40)))
    second = take(lines("b", questions(30, start=100, provenance="feedback")), after=first.experience)
    assert (second.accepted, second.reasons) == (30, {})
    rows = questions(30, start=200, provenance="canary") + questions(4, start=300, provenance="human")
    third = take(lines("c", rows), after=second.experience)
    assert (third.accepted, third.reasons) == (18, {"over_share_not_human": 16})  # 44 vouched for, so 44 of the others
    assert third.given == {"canary": 14, "human": 4}
    refused = quarantined(third.quarantine_file)
    assert {row["field"] for row in refused} == {"provenance"}


@pytest.mark.integration
def test_a_person_vouches_for_what_was_set_aside(lines: Lines, take: Take, questions: Questions, quarantined: Any) -> None:
    first = take(lines("a", questions(20)))
    file = lines("b", questions(40, start=100, provenance="model"))
    second = take(file, after=first.experience)
    assert second.reasons == {"over_share_not_human": 20}
    entries = quarantined(second.quarantine_file)
    with pytest.raises(TooFewRowsError, match="20 over_share_not_human"):
        take(Path(str(second.quarantine_file)), after=second.experience, again=True)
    vouched = lines("c", [{**entry, "event": {**entry["event"], "provenance": "human"}} for entry in entries])
    third = take(vouched, after=second.experience, again=True)
    assert (third.accepted, third.given) == (20, {"human": 20})
    assert take(file, after=first.experience, max_share_not_human=1).reasons == {}
    with pytest.raises(TooFewRowsError):
        take(file, max_share_not_human=0)
