"""Ingestion as a whole, with the real libraries: nothing is lost, nothing depends on chance, the held-out side is kept apart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from components.contracts import EVENT_COLUMNS
from components.errors import UsageError
from components.ingestion.chain import latest
from components.ingestion.ingest import Ingested, TooFewRowsError, ingest
from components.settings import IngestionSettings
from components.storage import digest_text, verify
from components.workspace import Workspace
from tests.examples import examples

pytestmark = pytest.mark.integration

Lines = Callable[..., Path]
Take = Callable[..., Ingested]
Questions = Callable[..., list[dict[str, Any]]]


def digests(workspace: Workspace, experience: str | None, part: str) -> set[str]:
    assert experience
    return set(workspace.experience(experience).table(part)["digest"].to_pylist())


def test_an_experience_is_what_the_contracts_say(workspace: Workspace, lines: Lines, take: Take, questions: Questions) -> None:
    rows = [*questions(40), {"text": "no label"}, {"text": "a prompt", "completion": "an answer", "priority": "safety"}]
    ingested = take(lines("e", rows))
    assert (ingested.read, ingested.accepted, ingested.quarantined, ingested.duplicates, ingested.reasons) == (42, 42, 0, 0, {})
    assert ingested.quarantine_file is None
    assert ingested.duplicates_file is None
    assert ingested.experience
    experience = workspace.experience(ingested.experience)
    manifest = verify(experience.path)
    assert (manifest["kind"], manifest["name"], manifest["labels"], manifest["after"]) == (
        "experience",
        "first",
        ["a", "b", "c"],
        None,
    )
    assert manifest["counts"] == {"train": 32, "heldout": 9, "unlabelled": 1}
    tables = {part: experience.table(part) for part in ("train", "heldout", "unlabelled")}
    for part, table in tables.items():
        assert tuple(table.column_names) == EVENT_COLUMNS
        assert len(table) == manifest["counts"][part]
        assert table["digest"].to_pylist() == [digest_text(text) for text in table["text"].to_pylist()]
    assert tables["unlabelled"]["text"].to_pylist() == ["no label"]
    texts = [text for text in tables["train"]["text"].to_pylist() if text.startswith("Question")]
    assert texts == sorted(texts, key=lambda text: int(text.split()[2]))  # the order of the file
    (prompt,) = (row for part in ("train", "heldout") for row in tables[part].to_pylist() if row["completion"])
    assert (prompt["priority"], prompt["label"]) == ("safety", None)


#: One row of each kind; None stands for a line that is no JSON.
KINDS: tuple[dict[str, Any] | None, ...] = (
    {"text": "same", "label": "a"}, {"text": "same", "label": "b"}, {"text": "Same ", "label": "a"}, {"text": "same"},
    {"text": "other", "label": "a"}, {"text": "other", "label": "a", "split": "test"}, {"text": "other!", "label": "a"},
    {"text": "third", "completion": "x"}, {"text": "third", "completion": "y"}, {"text": "third"}, {"text": ""}, {"text": 4},
    None,
)  # fmt: skip


@examples(8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(KINDS), max_size=30), st.integers(8, 40))
def test_every_row_is_accounted_for_whatever_the_chunk(
    tmp_path: Path, lines: Lines, take: Take, questions: Questions, quarantined: Any, rows: list[Any], chunk_rows: int
) -> None:
    file = lines("e", [*questions(10), *(b"{" if row is None else row for row in rows)])
    one, two = take(file), take(file, chunk_rows=chunk_rows)
    for ingested in (one, two):
        assert ingested.read == 10 + len(rows) == ingested.accepted + ingested.quarantined + ingested.duplicates
        assert sum(ingested.reasons.values()) == ingested.quarantined + ingested.duplicates
        bad, copies = quarantined(ingested.quarantine_file), quarantined(ingested.duplicates_file)
        assert (len(bad), len(copies)) == (ingested.quarantined, ingested.duplicates)
        assert len({entry["row"] for entry in bad + copies}) == len(bad) + len(copies)
        assert all(("event" in entry) != ("raw" in entry) for entry in bad)
    assert one == two


def test_the_digest_depends_on_rows_name_and_chain_only(
    workspace: Workspace, tmp_path: Path, lines: Lines, take: Take, questions: Questions
) -> None:
    rows = [*questions(30), {"text": ""}, {"text": "two", "label": 2}]
    first = take(lines("e", rows))
    moved = shutil.copy(lines("e", rows), tmp_path / "elsewhere.jsonl")
    assert take(Path(moved)).experience == first.experience
    assert take([lines("x", rows[:7]), lines("y", rows[7:])]).experience == first.experience
    assert take(lines("e", rows), name="second").experience != first.experience
    assert take(lines("e", questions(30, start=1))).experience != first.experience
    assert take(lines("e", rows), after=first.experience).experience == first.experience  # nothing new: not another experience
    assert (
        take(lines("z", questions(30, start=50)), after=first.experience).experience
        != take(lines("z", questions(30, start=50))).experience
    )


def test_csv_and_parquet_give_the_same_experience_as_jsonl(
    tmp_path: Path, lines: Lines, take: Take, questions: Questions
) -> None:
    import pandas as pd

    rows = questions(30, consent=True, timestamp="2026-05-03T14:03:00Z")
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "e.csv", index=False)
    frame.to_parquet(tmp_path / "e.parquet")
    assert {take(path).experience for path in (lines("e", rows), tmp_path / "e.csv", tmp_path / "e.parquet")} == {
        take(lines("e", rows)).experience
    }


def test_held_out_stays_held_out_and_trained_stays_trained(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions
) -> None:
    first = take(lines("one", questions(60)))
    between = take(lines("two", questions(30, start=100)), after=first.experience)
    again = [{**row, "label": "new", "split": "train" if i % 2 else "test"} for i, row in enumerate(questions(60))]
    unlabelled = [{"text": row["text"]} for row in questions(60, start=30)]
    third = take(lines("three", [*again, *unlabelled]), after=between.experience, contradictions="accept")
    for part in ("train", "heldout"):
        assert digests(workspace, first.experience, part) <= digests(workspace, third.experience, part)
    heldout = digests(workspace, first.experience, "heldout") | digests(workspace, third.experience, "heldout")
    assert not heldout & digests(workspace, third.experience, "train")
    assert not heldout & digests(workspace, third.experience, "unlabelled")


def test_a_copy_that_asks_for_the_test_side_wins(workspace: Workspace, lines: Lines, take: Take, questions: Questions) -> None:
    ingested = take(lines("e", [*questions(4), {**questions(1)[0], "split": "test"}]))
    assert digests(workspace, ingested.experience, "heldout") == {digest_text("Question number 0 ?")}


def test_contradictions_go_to_quarantine_whole(lines: Lines, take: Take, questions: Questions, quarantined: Any) -> None:
    rows = [*questions(10), {"text": "Same text", "label": "a", "id": "1", "channel": "web"}, {"text": "same text", "label": "b"}]
    ingested = take(lines("e", rows))
    one, two = quarantined(ingested.quarantine_file)
    assert (one["row"], one["reason"], one["field"]) == (11, "contradictory_label", "label")
    assert one["event"] == {"text": "Same text", "label": "a", "id": "1", "channel": "web", "priority": "normal"}
    assert two["row"] == 12


def test_too_few_rows_are_refused_with_counts_and_the_way_out(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions
) -> None:
    with pytest.raises(TooFewRowsError) as error:
        take(lines("e", [*questions(9), {"text": "u"}, {"text": ""}, {"text": " "}, b"{", *questions(1)]), min_rows=10)
    assert error.value.exit_code == 3
    assert "9 of its 14 rows can be learned from, at least 10 are needed" in error.value.message
    assert "2 empty_text, 1 duplicate_exact, 1 invalid_json, 1 without label or completion" in error.value.message
    ingested = error.value.ingested
    assert ingested.quarantine_file is not None
    assert ingested.quarantine_file.is_file()
    assert f"--requeue {ingested.quarantine_file}" in error.value.hint
    assert not list(workspace.experiences.glob("*"))
    assert not list(workspace.scratch.glob("*"))
    with pytest.raises(TooFewRowsError, match="held out for testing, none is left"):
        take(lines("e", questions(12, split="test")), min_rows=10)


def test_a_file_without_rows_and_an_unknown_chain_are_named(
    tmp_path: Path, lines: Lines, take: Take, questions: Questions
) -> None:
    path = tmp_path / "header.csv"
    path.write_text("text,label\n")
    with pytest.raises(UsageError, match="no events in it"):
        take(path)
    with pytest.raises(UsageError, match="No experience 0000"):
        take(lines("e", questions(9)), after="0" * 64)


def test_no_text_leaves_but_to_experience_and_quarantine(
    lines: Lines, take: Take, questions: Questions, capfd: Any, caplog: Any
) -> None:
    rows = [*questions(10), {"text": "SECRET", "label": 3}, {"text": "SECRET", "timestamp": "SECRET"}, b"SECRET"]
    ingested = take(lines("e", rows))
    with pytest.raises(TooFewRowsError) as error:
        take(lines("e", rows), min_rows=99)
    out, err = capfd.readouterr()
    for said in (json.dumps(ingested.validation), str(error.value), out, err, caplog.text):
        assert "SECRET" not in said
    assert out == ""


def test_requeue_takes_corrected_rows_and_is_safe_to_run_twice(
    workspace: Workspace, tmp_path: Path, lines: Lines, take: Take, questions: Questions, quarantined: Any
) -> None:
    bad = [{**row, "label": [row["label"]]} for row in questions(8, start=100)]
    first = take(
        lines(
            "e", [*questions(20), *bad, b'{"text": "never mended', {"text": "dup", "label": "a"}, {"text": "dup", "label": "b"}]
        )
    )
    entries = quarantined(first.quarantine_file)
    assert len(entries) == 11
    for entry in entries:
        if entry["reason"] == "label_not_string":
            entry["event"]["label"] = entry["event"]["label"][0]
        if entry["reason"] == "contradictory_label":
            entry["event"]["label"] = "a"
    mended = lines("mended", entries)
    second = take(mended, name="again", after=first.experience, again=True)
    assert (second.read, second.accepted, second.quarantined, second.duplicates) == (11, 9, 1, 1)
    (left,) = quarantined(second.quarantine_file)
    assert (left["reason"], left["raw"]) == ("invalid_json", '{"text": "never mended')
    third = take(mended, name="again", after=second.experience, again=True)
    assert (third.accepted, third.duplicates, third.experience) == (0, 10, None)
    assert take(mended, name="again", after=first.experience, again=True).experience == second.experience
    together = take([lines("next", questions(20, start=200)), mended], after=first.experience)
    assert together.accepted == 29


def test_latest_is_the_end_of_the_chain(workspace: Workspace, lines: Lines, take: Take, questions: Questions) -> None:
    assert latest(workspace) is None
    first = take(lines("one", questions(20)))
    second = take(lines("two", questions(20, start=50)), after=first.experience)
    assert latest(workspace) == second.experience


def test_progress_ends_at_the_size_of_the_files(workspace: Workspace, lines: Lines, questions: Questions) -> None:
    files, seen = [lines("one", questions(20)), lines("two", questions(30, start=40))], []
    chunked = IngestionSettings(pii="off", chunk_rows=12)
    ingest(
        files, name="e", workspace=workspace, settings=chunked, now=datetime(2026, 11, 1, tzinfo=UTC),
        progress=lambda done, total, text: seen.append((done, total, text)),
    )  # fmt: skip
    size = sum(path.stat().st_size for path in files)
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[-1] == (size, size, "50 events")


def test_row_groups_do_not_follow_the_chunks(workspace: Workspace, lines: Lines, take: Take, questions: Questions) -> None:
    ingested = take(lines("e", questions(200)), chunk_rows=70)
    assert parquet.ParquetFile(workspace.experience(ingested.experience or "").path / "train.parquet").num_row_groups == 1


def test_who_gave_a_label_is_kept_and_what_says_nothing_stays_as_it_was(
    workspace: Workspace, lines: Lines, take: Take, questions: Questions
) -> None:
    plain = take(lines("e", questions(30)))
    assert take(lines("e", questions(30, provenance="unknown"))).experience == plain.experience
    rows = [*questions(20), *questions(3, start=20, provenance="feedback"), *questions(5, start=30, provenance="human")]
    rows += [{"text": "no label", "provenance": "human"}, {"text": "a prompt", "completion": "x", "provenance": "model"}]
    ingested = take(lines("f", [*rows, *questions(1, start=90, provenance="a machine")]))
    assert ingested.reasons == {"unknown_provenance": 1}
    assert ingested.experience
    experience = workspace.experience(ingested.experience)
    assert verify(experience.path)["provenance"] == {"human": 5, "model": 1, "feedback": 3}
    assert "provenance" not in workspace.experience(str(plain.experience)).manifest
    expected = {row["text"]: row.get("provenance") for row in rows} | {"no label": None}
    found = {}
    for part in ("train", "heldout", "unlabelled"):
        table = experience.table(part)
        assert tuple(table.column_names) == (*EVENT_COLUMNS, "provenance")
        found.update(zip(table["text"].to_pylist(), table["provenance"].to_pylist(), strict=True))
    assert found == expected
