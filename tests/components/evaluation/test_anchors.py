"""Anchors: who answers for a past task, what replaces it, and the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError
from components.evaluation.anchors import Anchors, Known, Served, scores_of
from tests.examples import examples

pytestmark = pytest.mark.unit

LABELS = ("a", "b")


def scores(right: int, n: int = 40) -> dict[str, float]:
    """n cases, the first `right` of them right."""
    return {f"c{case:03}": float(case < right) for case in range(n)}


def served(checkpoint: str, experience: str, labels: tuple[str, ...] = LABELS, *, approved: bool = False,
           accepted: bool = False, **answers: dict[str, float]) -> Served:  # fmt: skip
    return Served(checkpoint, labels, experience, answers, answers, approved, accepted)


FIRST = Anchors().after(served("v1", "old", old=scores(30)))


def test_the_version_that_learned_a_task_is_its_anchor() -> None:
    assert FIRST.tasks["old"].checkpoint == "v1"
    assert FIRST.tasks["old"].best == scores(30)
    assert not FIRST.approved


@pytest.mark.parametrize(("right", "anchor"), [(0, "v1"), (30, "v1"), (33, "v1"), (40, "v2")])
def test_a_later_version_takes_its_place_when_it_is_surely_better(right: int, anchor: str) -> None:
    after = FIRST.after(served("v2", "new", ("a", "b", "c"), old=scores(right), new=scores(5)))
    assert after.tasks["old"].checkpoint == anchor
    assert after.tasks["new"].checkpoint == "v2"


def test_a_part_of_the_cases_replaces_nothing() -> None:
    few = dict.fromkeys(list(scores(0))[:30], 1.0)
    assert FIRST.after(served("v2", "new", old=few, new=scores(5))).tasks["old"].best == scores(30)


def test_a_loss_that_a_person_accepted_is_the_new_anchor() -> None:
    routine = FIRST.after(served("v2", "new", approved=True, old=scores(20), new=scores(5)))
    assert routine.tasks["old"].best == scores(30)
    assert routine.approved["old"] == scores(20)
    assert routine.approver_knew == Known.of(LABELS)
    accepted = FIRST.after(served("v2", "new", approved=True, accepted=True, old=scores(20), new=scores(5)))
    assert accepted.tasks["old"].best == scores(20)


def test_labels_that_were_known_are_the_first_ones_of_the_same_list() -> None:
    known = Known.of(("a", "b"))
    assert known.among(("a", "b", "c")) == {"a", "b"}
    assert known.among(("b", "a", "c")) == {"a", "b", "c"}  # another list: nothing is left out


@given(
    st.dictionaries(
        st.text("ef", min_size=1, max_size=3), st.dictionaries(st.text("cd", max_size=3), st.sampled_from([0.0, 0.25, 1.0]))
    ),
    st.booleans(),
)
@examples(30)
def test_the_file_holds_everything(
    tmp_path_factory: pytest.TempPathFactory, answers: dict[str, dict[str, float]], approved: bool
) -> None:
    anchors = Anchors()
    for experience, given_scores in answers.items():
        anchors = anchors.after(
            Served("v" + experience, LABELS, experience, {experience: given_scores}, {experience: given_scores}, approved)
        )
    path = tmp_path_factory.mktemp("anchors") / "anchors.parquet"
    anchors.save(path)
    again = Anchors.load(path)
    assert again.tasks == anchors.tasks
    assert {name: those for name, those in again.approved.items() if those} == {
        name: dict(those) for name, those in anchors.approved.items() if those
    }


def test_a_damaged_file_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "anchors.parquet"
    for content in (None, b"PAR1 no"):
        if content:
            path.write_bytes(content)
        with pytest.raises(IntegrityError, match=r"anchors\.parquet cannot be read"):
            Anchors.load(path)


def test_scores_of_older_releases_are_right_or_wrong() -> None:
    row = {"kind": "regression", "experience": "e", "case": "1", "candidate_correct": True}
    assert scores_of([row, {**row, "case": "2", "candidate_score": 0.5}, {**row, "experience": None}]) == {
        "e": {"1": 1.0, "2": 0.5}
    }


def test_what_a_version_knew_is_still_known_under_new_names() -> None:
    labels = ("a", "b", "c", "d")
    before = FIRST.after(served("v2", "new", ("a", "b", "c"), approved=True, old=scores(30), new=scores(5)))
    after = before.relabelled(labels, {"a": "c"})
    now = ("c", "b", "d")
    assert after.tasks["old"].known.among(now) == {"c", "b"}
    assert after.tasks["new"].known.among(now) == {"c", "b"}
    assert after.approver_knew
    assert after.approver_knew.among(now) == {"c", "b"}
    assert after.tasks["old"].best == before.tasks["old"].best
    assert before.relabelled(labels, {}) is before
    assert before.tasks["old"].known.among(now) == set(now), "without the act nobody would know what it knew"
