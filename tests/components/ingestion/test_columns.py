"""Events into columns: what is kept, in which form."""

from __future__ import annotations

import json

import pytest

from components.ingestion.columns import to_columns

pytestmark = pytest.mark.unit


def test_values_are_kept_in_one_form() -> None:
    event = {
        "text": " A  text ", "label": " billing\n", "id": 17, "subject": 4711, "task": "t", "source": "log", "consent": True,
        "timestamp": "2026-05-03 16:03:00.25+02:00", "expires": "9999-12-31", "split": "test", "z": [1, None], "a": {"b": "c"},
    }  # fmt: skip
    (row,) = to_columns([event]).values.to_pylist()
    assert row == {
        "text": " A  text ", "label": "billing", "completion": None, "id": "17", "task": "t", "source": "log",
        "timestamp": "2026-05-03T14:03:00.250000Z", "subject": "4711", "consent": True, "expires": "9999-12-31T00:00:00Z",
        "priority": "normal", "provenance": None, "metadata": '{"a":{"b":"c"},"z":[1,null]}', "split": "test",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-05-03T14:03:00Z", "2026-05-03T14:03:00Z"),
        ("2026-05-03T14:03:00", "2026-05-03T14:03:00Z"),
        ("2026-05-03", "2026-05-03T00:00:00Z"),
        ("20260503T140300Z", "2026-05-03T14:03:00Z"),
        ("2026-05-03T23:30:00-01:00", "2026-05-04T00:30:00Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00Z"),
        ("2026-02-30T00:00:00Z", None),
        ("now", None),
        ("NaT", None),
    ],
)
def test_times_are_iso_in_utc_whatever_stands_beside_them(given: str, stored: str | None) -> None:
    alone = to_columns([{"timestamp": given}]).values["timestamp"].to_pylist()
    beside = to_columns([{"timestamp": t} for t in ("2026-01-01T00:00:00.5Z", given, None, 5)]).values["timestamp"].to_pylist()
    assert alone == [stored]
    assert beside == ["2026-01-01T00:00:00.500000Z", stored, None, None]


def test_wrong_types_are_null_and_do_not_disturb_their_column() -> None:
    events = [{"text": 5, "label": "a"}, {"text": "b", "label": ["c"]}, {"text": "d", "label": "e"}, {}]
    values = to_columns(events).values
    assert values["text"].to_pylist() == [None, "b", "d", None]
    assert values["label"].to_pylist() == ["a", None, "e", None]


def test_provenance_is_that_of_a_label() -> None:
    target = {"label": "a"}, {"completion": "a"}, {}
    events = [{"text": "x", **has, "provenance": who} for has in target for who in ("human", "unknown", None)]
    assert to_columns(events).values["provenance"].to_pylist() == ["human", None, None] * 2 + [None] * 3


def test_no_events_give_no_rows() -> None:
    columns = to_columns([])
    assert len(columns.values) == len(columns.checks) == 0


def test_metadata_is_the_same_whatever_the_order_of_fields() -> None:
    one, two = to_columns([{"b": 1, "a": "\0x"}, {"a": "\0x", "b": 1}]).values["metadata"].to_pylist()
    assert one == two
    assert json.loads(one) == {"a": "\0x", "b": 1}
