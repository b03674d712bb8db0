"""Rows whose text was learned under another label: said, set aside or refused; and the ways by which one may still be right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError
from components.ingestion.chain import experiences_of
from components.ingestion.folded import keys
from components.ingestion.ingest import Ingested, RelabelledError
from components.ingestion.learned import index_file, label_hash, matter, taught_otherwise, write_index
from components.ingestion.removal import remove_texts
from components.storage import building, publish
from components.workspace import Workspace
from tests.components.ingestion.conftest import NOW
from tests.examples import examples

pytestmark = pytest.mark.unit

CASES = Path(__file__).parents[2] / "cases" / "14-label-renamed"
Take = Callable[..., Ingested]
Lines = Callable[..., Path]
Questions = Callable[..., list[dict[str, Any]]]


def relabelled(rows: list[dict[str, Any]], label: str, spoil: Callable[[str], str] = str) -> list[dict[str, Any]]:
    return [{**row, "text": spoil(row["text"]), "label": label} for row in rows]


@pytest.mark.parametrize(
    "spoil",
    [str, lambda text: f"\u200b{text}", lambda text: text.replace(" ?", "."), lambda text: text.replace("e", "\u0435")],
    ids=["as it was", "zero width", "full stop", "look-alike"],
)
def test_a_few_rows_are_set_aside_with_what_was_learned(
    lines: Lines, take: Take, questions: Questions, quarantined: Any, spoil: Callable[[str], str]
) -> None:
    first = take(lines("one", questions(60)))
    wrong = relabelled(questions(3), "z", spoil)
    second = take(lines("two", [*questions(40, start=100), *wrong]), after=first.experience)
    assert second.reasons == {"contradicts_past": 3}
    entries = quarantined(second.quarantine_file)
    assert [entry["event"]["label"] for entry in entries] == ["z"] * 3
    assert f"learned as 'a' in experience {(first.experience or '')[:12]}" in entries[0]["explanation"]
    assert len(second.relabelled) == 3
    assert second.validation["relabelled"] == list(second.relabelled)
    assert second.relabelled[0] == "learned as 'a' and now 'z': 1"


def test_many_rows_cost_the_file_and_the_act_is_named_once(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions
) -> None:
    first = take(lines("one", questions(60)))
    renamed = [{**row, "label": {"a": "A new name"}.get(row["label"], row["label"])} for row in questions(60)]
    with pytest.raises(RelabelledError) as error:
        take(lines("two", [*renamed, *relabelled(questions(20, start=200), "b")]), after=first.experience)
    assert error.value.message.count("labels rename a 'A new name' --reason") == 1
    assert "20 of its 80 labelled rows" in error.value.message
    assert "ingestion.contradictions=accept" in error.value.hint
    assert error.value.ingested.quarantine_file
    assert error.value.exit_code == 3
    assert [path.name for path in workspace.experiences.iterdir()] == [first.experience]


def test_the_share_that_costs_a_file_is_a_setting(lines: Lines, take: Take, questions: Questions) -> None:
    first = take(lines("one", questions(60)))
    one = lines("two", [*questions(60, start=100), *relabelled(questions(1), "z")])
    with pytest.raises(RelabelledError):
        take(one, after=first.experience, contradictions="refuse")
    many = lines("three", [*questions(20, start=100), *relabelled(questions(20), "z")])
    assert take(many, after=first.experience, max_contradictions=1.0).reasons == {"contradicts_past": 20}


def test_corrections_are_learned_and_count_from_then_on(lines: Lines, take: Take, questions: Questions) -> None:
    first = take(lines("one", questions(60)))
    corrected = lines("two", relabelled(questions(30), "z"))
    second = take(corrected, name="two", after=first.experience, contradictions="accept")
    assert second.accepted == 30
    again = take(lines("three", [*relabelled(questions(10), "z"), *questions(30, start=100)]), after=second.experience)
    assert "contradicts_past" not in again.reasons
    as_before = take(lines("four", [*questions(4), *questions(30, start=200)]), after=second.experience)
    assert as_before.reasons == {"contradicts_past": 4}, "the newest label is the one that counts"


def test_what_was_set_aside_can_be_put_back_as_a_correction(
    lines: Lines, take: Take, questions: Questions, quarantined: Any
) -> None:
    first = take(lines("one", questions(60)))
    second = take(lines("two", [*questions(40, start=100), *relabelled(questions(3), "z")]), after=first.experience)
    back = lines("back", quarantined(second.quarantine_file))
    third = take(back, name="back", after=second.experience, again=True, max_contradictions=1.0, contradictions="accept")
    assert (third.accepted, third.quarantined) == (3, 0)


def test_only_what_the_model_learned_counts(lines: Lines, take: Take, questions: Questions, workspace: Workspace) -> None:
    """An experience that the gates refused must not make its own correction a contradiction."""
    from components.ingestion.ingest import ingest
    from components.settings import IngestionSettings

    good = take(lines("one", questions(60, start=300)))
    refused = take(lines("two", relabelled(questions(60), "wrong")), name="two", after=good.experience)
    settings = IngestionSettings(pii="off", min_rows=1)
    right = ingest(
        [lines("three", questions(60))], name="three", workspace=workspace, settings=settings, now=NOW,
        after=refused.experience, learned=[good.experience or ""],
    )  # fmt: skip
    assert right.accepted == 60


def test_two_tasks_may_see_one_text_in_two_ways(lines: Lines, take: Take, questions: Questions) -> None:
    first = take(lines("one", questions(60, task="topic")))
    other = [{**row, "label": "z", "task": "mood"} for row in questions(3)]
    unnamed = [{**row, "label": "z"} for row in questions(3)]
    rest = questions(40, start=100, task="mood")
    assert take(lines("two", [*rest, *other]), after=first.experience).reasons == {}
    assert take(lines("three", [*rest, *unnamed]), after=first.experience).reasons == {"contradicts_past": 3}


def test_an_index_that_is_missing_is_made_again_and_one_that_is_damaged_is_said(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions
) -> None:
    first = take(lines("one", questions(60, task="t")))
    path = index_file(workspace, first.experience or "")
    as_it_was = path.read_bytes()
    path.unlink()
    second = lines("two", [*questions(40, start=100), *relabelled(questions(3), "z")])
    assert take(second, after=first.experience).reasons == {"contradicts_past": 3}
    assert path.read_bytes() == as_it_was
    path.write_bytes(as_it_was[:100])
    with pytest.raises(IntegrityError, match="cannot be read"):
        take(second, after=first.experience)


def test_the_index_stays_when_texts_go(workspace: Workspace, lines: Lines, take: Take, questions: Questions) -> None:
    first = take(lines("one", questions(60)))
    remove_texts(workspace.experience(first.experience or ""), [], NOW, "never")
    second = take(lines("two", [*questions(40, start=100), *relabelled(questions(3), "z")]), after=first.experience)
    assert second.reasons == {"contradicts_past": 3}
    assert b"Question" not in index_file(workspace, first.experience or "").read_bytes()


@pytest.mark.parametrize(("name", "as_billing"), [("relabelled", "payments"), ("renamed", "payments"), ("merged", "orders")])
def test_cases_from_the_field(workspace: Workspace, tmp_path: Path, take: Take, lines: Lines, name: str, as_billing: str) -> None:
    rows = [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text().splitlines()]
    before = [{**row, "label": "billing" if row["label"] == as_billing else row["label"]} for row in rows]
    first = take(lines("before", before), near_duplicates=False)
    with pytest.raises(RelabelledError) as error:
        take(CASES / f"{name}.jsonl", after=first.experience, near_duplicates=False)
    assert f"labels rename billing {as_billing} --reason" in error.value.message
    assert take(CASES / f"{name}.jsonl", after=first.experience, near_duplicates=False, contradictions="accept").accepted == 80


def test_what_is_said_names_five_pairs_at_most() -> None:
    was, comes = [f"old {n}" for n in range(8)], ["new"] * 8
    said = matter(was, comes, {})
    assert len(said) == 6
    assert said[-1] == "and 3 more pairs of labels"
    assert len(matter(["a"] * 10, ["b", "c"] * 5, {})) == 2, "two new names are no new name"
    assert len(matter(["a"] * 5, ["b"] * 5, {"a": 9})) == 1, "most of its rows come under its own name"
    assert len(matter(["a"] * 4, ["b"] * 4, {})) == 1, "four rows are no class"


def test_the_act_is_a_merge_where_two_become_one_or_the_name_is_known() -> None:
    assert "labels rename a b --reason" in matter(["a"] * 5, ["b"] * 5, {})[-1]
    assert "labels merge a b --reason" in matter(["a"] * 5, ["b"] * 5, {}, known={"b"})[-1]
    assert "labels merge a 'b b' c --reason" in matter(["a", "b b"] * 5, ["c"] * 10, {})[-1]


def test_a_label_that_was_renamed_is_taught_under_its_name_of_today(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions
) -> None:
    first = take(lines("one", questions(30)))
    texts = [row["text"] for row in questions(30)]
    for names, said in (({}, "a"), ({"a": "z"}, "")):
        now = np.array([label_hash("z")] * 30, np.uint64)
        found = taught_otherwise(keys(texts), now, np.zeros(30, np.uint64), [first.experience or ""], workspace, names=names)
        assert found.label[0] == said
    as_before = np.array([label_hash("a")] * 30, np.uint64)
    found = taught_otherwise(
        keys(texts), as_before, np.zeros(30, np.uint64), [first.experience or ""], workspace, names={"a": "z"}
    )
    assert found.label[0] == "z"


words = st.sampled_from([3, 5, 9, 2**63 + 1])
entries = st.lists(st.tuples(words, st.sampled_from("ab"), st.sampled_from([0, 7, 8])), max_size=12)


@examples(80)
@given(past=st.lists(entries, min_size=1, max_size=4), rows=entries)
def test_it_is_what_a_plain_loop_finds(
    past: list[list[tuple[int, str, int]]], rows: list[tuple[int, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    learned = []
    for number, those in enumerate(past):
        with building(workspace.experiences) as scratch:
            fields = {"kind": "experience", "name": str(number), "labels": ["a", "b"], "after": None}
            learned.append(publish(scratch, workspace.experiences, fields))
        columns = [np.array([each[n] for each in those], np.uint64) for n in (0, 2)]
        target = np.array([label_hash(label) for _, label, _ in those], np.uint64)
        write_index(index_file(workspace, learned[-1]), columns[0], target, columns[1])
    target = np.array([label_hash(label) for _, label, _ in rows], np.uint64)
    folded, task = (np.array([row[n] for row in rows], np.uint64) for n in (0, 2))
    found = taught_otherwise(folded, target, task, learned, workspace)
    expected = []
    for text, label, of in rows:
        place = -1
        for number in range(len(past) - 1, -1, -1):
            there = {other for known, other, its in past[number] if known == text and (its == of or not its or not of)}
            if there:
                place = -1 if label in there else number
                break
        expected.append(place)
    assert found.place.tolist() == expected
    others = {"a": "b", "b": "a", "": ""}
    assert [others[label] for label in found.label[found.contradicted]] == [
        rows[n][1] for n in np.flatnonzero(found.contradicted)
    ]


def test_a_chain_is_read_from_its_start(lines: Lines, take: Take, questions: Questions, workspace: Workspace) -> None:
    one = take(lines("one", questions(20))).experience
    two = take(lines("two", questions(20, start=50)), after=one).experience
    assert experiences_of(workspace, two) == (one, two)
    assert len(np.load(index_file(workspace, one or ""))) == len(keys(["x"] * 20))
