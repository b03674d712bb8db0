"""`perdure ingest --dry-run`: what ingestion would do, and nothing done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.errors import UsageError
from components.ingestion.ingest import Ingested
from components.ingestion.preview import Preview, preview
from components.settings import IngestionSettings
from components.workspace import Workspace
from tests.components.ingestion.conftest import NOW
from tests.components.ingestion.files import ROWS, table

pytestmark = pytest.mark.integration


def look(workspace: Workspace, *files: Path, after: str | None = None, **changed: Any) -> Preview:
    settings = IngestionSettings.model_validate({"pii": "off", "min_rows": 5, "near_duplicates": False, **changed})
    return preview(files, workspace=workspace, settings=settings, now=NOW, after=after)


def test_it_says_what_ingestion_then_does_and_writes_nothing(
    tmp_path: Path, workspace: Workspace, take: Callable[..., Ingested]
) -> None:
    path = tmp_path / "tickets.csv"
    rows = [*ROWS, ROWS[0], ("", "x"), ("two labels", "x"), ("two labels", "y")]
    path.write_bytes(table("Nachricht;Kategorie;Kanal", [(*row, "web") for row in rows], ";", encoding="cp1252"))
    columns = {"text": "Nachricht", "label": "Kategorie"}
    seen = look(workspace, path, columns=columns)
    assert not workspace.root.exists()
    assert seen.files == {path: "a table, cells separated by semicolons, cp1252; 'Kategorie' as label; 'Nachricht' as text"}
    assert [(row["text"], row["label"]) for row in seen.rows] == ROWS[:10]
    assert seen.rows[0]["metadata"] == '{"Kanal":"web"}'
    assert [(entry["row"], entry["reason"]) for entry in seen.quarantined] == [
        (33, "missing_text"), (34, "contradictory_label"), (35, "contradictory_label"),
    ]  # fmt: skip
    assert (seen.refused, seen.ingested.experience) == (None, None)
    done = take(path, min_rows=5, near_duplicates=False, columns=columns)
    counts = ("read", "accepted", "quarantined", "duplicates", "reasons")
    assert [getattr(seen.ingested, name) for name in counts] == [getattr(done, name) for name in counts]
    assert seen.ingested.reasons == {"missing_text": 1, "contradictory_label": 2, "duplicate_exact": 1}
    before = sorted(workspace.root.rglob("*"))
    look(workspace, path, after=done.experience, columns=columns)
    assert sorted(workspace.root.rglob("*")) == before


def test_a_flood_is_seen_and_no_subject_is_shown(workspace: Workspace, lines: Callable[..., Path], questions: Any) -> None:
    path = lines("e", [{**row, "subject": f"person {max(0, n - 50)}"} for n, row in enumerate(questions(80))])
    seen = look(workspace, path)
    assert seen.ingested.reasons == {"over_share_subject": 44}
    assert "person" not in str(seen.rows)


def test_a_refusal_is_said_with_the_mapping(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text("\n".join(json.dumps({"text": text, "topic": label}) for text, label in ROWS))
    seen = look(workspace, path)
    assert seen.refused is not None
    assert "--map label=topic " in seen.refused.hint
    path.write_text("[]")
    with pytest.raises(UsageError, match="no events in it"):
        look(workspace, path)


def test_rows_that_others_put_aside_are_not_shown_as_stored(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "tickets.csv"
    rows = [("two labels", "x"), ("two labels", "y"), *ROWS]
    path.write_bytes(table("text;label", rows, ";"))
    seen = look(workspace, path)
    assert [(row["text"], row["label"]) for row in seen.rows] == ROWS[:10]


def test_one_person_under_names_that_look_alike_is_one_in_a_preview_too(
    tmp_path: Path, workspace: Workspace, take: Callable[..., Ingested]
) -> None:
    path = tmp_path / "tickets.csv"
    rows = [(f"question number {n} of many", "ab"[n % 2], f"bob{chr(0x200B) * (n % 5)}{' ' * (n % 3)}") for n in range(80)]
    rows += [(f"another thing {n} to ask", "ab"[n % 2], f"person {n}") for n in range(40)]
    path.write_bytes(table("text;label;subject", rows, ";"))
    seen = look(workspace, path)
    done = take(path, min_rows=5, near_duplicates=False)
    assert seen.ingested.reasons == done.reasons
    assert done.reasons["over_share_subject"] == 70
