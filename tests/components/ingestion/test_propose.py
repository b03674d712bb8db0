from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from components.ingestion.mapping import mapped, parse_map
from components.ingestion.propose import as_command, proposal
from components.settings import load_settings
from tests.components.ingestion.files import LABELS, ROWS, TEXTS

pytestmark = pytest.mark.unit


def events(**columns: Any) -> list[dict[str, Any]]:
    """Columns of texts (`T`), labels (`L`), or a value for all rows."""
    known = {"T": TEXTS, "L": LABELS}
    return [
        {name: known[value][n] if value in ("T", "L") else value for name, value in columns.items()} for n in range(len(TEXTS))
    ]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (events(text="T", labels="L"), {"label": "labels"}),
        (events(text="T", Kategorie="L", channel="web"), {"label": "Kategorie"}),
        (events(Mensaje="T", **{"Categoría": "L"}), {"text": "Mensaje", "label": "Categoría"}),
        (events(Subject="Help", Description="T", Group="L", Tags="x y"), {"text": "Description", "label": "Group"}),
        (events(**{"ticket_body": "T", "ticket class": "L"}), {"text": "ticket_body", "label": "ticket class"}),
        (events(a="T", b="L", c=1), {"text": "a", "label": "b"}),
        (events(question="T", answer="L"), {"text": "question", "completion": "answer"}),
        (events(prompt="T", chosen="T", rejected="T"), {"text": "prompt", "completion": "chosen"}),
        ([{"text": text, "labels": [label]} for text, label in ROWS], {"label": "labels.0"}),
        ([{"text": text, "label": [label]} for text, label in ROWS], {"label": "label.0"}),
        ([{"data": text, "label": [label]} for text, label in ROWS], {"text": "data", "label": "label.0"}),
        ([{"textContent": text, "annotation": {"displayName": label}} for text, label in ROWS],
         {"text": "textContent", "label": "annotation.displayName"}),
        ([{"source": text, "cat-metadata": {"class-name": label}} for text, label in ROWS],
         {"text": "source", "label": "cat-metadata.class-name"}),
        (events(text="T", label="L", priority="high", source="email"), {"priority": "", "source": ""}),
    ],
)  # fmt: skip
def test_the_likely_columns_are_proposed_and_the_proposal_reads_them(rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    found = proposal(rows)
    assert found == columns
    event = mapped(rows[1], rows[1], found)
    assert isinstance(event["text"], str)
    assert isinstance(event.get("label") or event.get("completion"), str)
    assert event.get("priority") is None


@pytest.mark.parametrize(
    "rows",
    [[], events(text="T", label="L"), events(text="T", completion="L"), events(text="T", channel="web"), events(text="T", id=1)],
)
def test_where_nothing_is_missing_or_likely_nothing_is_proposed(rows: list[dict[str, Any]]) -> None:
    assert proposal(rows) == {}


def test_the_command_and_the_setting_say_the_same() -> None:
    columns = {"text": "Ticket text", "label": 'Kunden\'s: "Art"', "priority": "", "id": "n", "task": "1"}
    said = as_command(Path("my file.csv"), columns)
    command = shlex.split(said.partition(": ")[2].partition(" (--dry-run")[0])
    assert (command[:3], command[4:]) == (["perdure", "ingest", "--map"], ["my file.csv"])
    assert parse_map([command[3]]) == columns
    setting = said.rpartition("ingestion.columns: ")[2]
    assert load_settings(None, [f"ingestion.columns={setting}"]).ingestion.columns == columns
