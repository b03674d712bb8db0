"""JSON that a parser would change without a word, and lines of quarantine files."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from components.errors import UnreadableFileError
from tests.components.ingestion.files import read_file

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1" * 40])
def test_a_whole_number_that_would_be_rounded_costs_its_row(tmp_path: Path, number: str) -> None:
    chunk = read_file(tmp_path / "e.jsonl", f'{{"text": "a", "x": [{{"y": {number}}}]}}\n{{"text": "b"}}'.encode())
    assert ([event["text"] for event in chunk.events], [fault.code for fault in chunk.faults]) == (["b"], ["number_too_long"])


@pytest.mark.parametrize(
    "value",
    [
        18446744073709551615,
        -9223372036854775808,
        1234567890123456789,
        "12345678901234567890123",
        0.12345678901234567890123,
        1e300,
    ],
)
def test_what_is_kept_exactly_is_no_fault(tmp_path: Path, value: object) -> None:
    event = {"text": ": 123456789012345678901234 \\", "x": value}
    assert read_file(tmp_path / "e.jsonl", json.dumps(event).encode()).events == [event]


def test_nesting_has_a_limit_that_what_is_written_down_keeps_to(tmp_path: Path) -> None:
    import orjson

    def nested(depth: int) -> bytes:
        return b'{"text": "a", "x": ' + b"[" * depth + b"]" * depth + b"}"

    chunk = read_file(tmp_path / "e.jsonl", b"\n".join(nested(depth) for depth in (5, 199, 200, 1100, 500_000)))
    assert [fault.code for fault in chunk.faults] == ["too_deep", "too_deep", "line_too_long"]
    assert [orjson.loads(orjson.dumps({"event": event}))["event"] for event in chunk.events] == chunk.events


def test_a_line_of_a_quarantine_file_may_be_longer_than_the_row_that_it_quotes(tmp_path: Path) -> None:
    event = {"text": '"' * 600_000, "label": "a"}
    entry = {"file": "e.jsonl", "row": 1, "reason": "text_too_long", "field": "text", "explanation": "Too long.", "event": event}
    assert read_file(tmp_path / "q.jsonl", json.dumps(entry, separators=(",", ":")).encode()).events == [event]


@pytest.mark.parametrize(
    "broken",
    [
        '{"text": "' + '\\"' * 450_000,
        '{"text": ' + '\\"' * 450_000,
        "[" * 900_000,
        '{"a": 1234567890123456789, "' + '\\"' * 450_000,
    ],
)
def test_a_broken_line_costs_no_more_time_than_its_length(tmp_path: Path, broken: str) -> None:
    chunk = read_file(tmp_path / "e.jsonl", f'{{"text": "a"}}\n{broken}\n{{"text": "b"}}'.encode())
    assert [fault.code for fault in chunk.faults] == ["invalid_json"]
    with suppress(UnreadableFileError):  # a file of such a line alone may be an array that does not end
        read_file(tmp_path / "e.jsonl", broken.encode())
