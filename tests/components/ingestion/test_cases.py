"""Files as people's tools write them (tests/cases): each is understood, or refused with the command that helps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from components.ingestion.ingest import Ingested, TooFewRowsError
from components.ingestion.mapping import parse_map
from components.workspace import Workspace

pytestmark = pytest.mark.integration

CASES = Path(__file__).parents[2] / "cases"
Take = Callable[..., Ingested]
TWO = ["billing", "login"]

#: file -> labels, and what is quarantined of its 40 rows
UNDERSTOOD: dict[str, tuple[list[str], dict[str, int]]] = {
    "01-excel-csv/bom_comma.csv": (TWO, {}),
    "01-excel-csv/bom_semicolon.csv": (TWO, {}),
    "01-excel-csv/capital_header.csv": (TWO, {}),
    "01-excel-csv/comma_cp1252.csv": (TWO, {}),
    "01-excel-csv/semicolon_cp1252.csv": (TWO, {}),
    "01-excel-csv/sep_line.csv": (TWO, {}),
    "01-excel-csv/tabs.tsv": (TWO, {}),
    "01-excel-csv/unicode_text_utf16.csv": (TWO, {}),
    "02-zendesk-csv/mac_cr.csv": (TWO, {}),
    "02-zendesk-csv/multiline.csv": (TWO, {}),
    "02-zendesk-csv/trailing_empty_columns.csv": (TWO, {}),
    "02-zendesk-csv/trailing_empty_rows.csv": (TWO, {"invalid_csv_row": 2}),  # two of its texts have commas without quotes
    "03-hf-classlabel/bool_labels.jsonl": (["false", "true"], {}),
    "03-hf-classlabel/int_labels.csv": (["0", "1"], {}),
    "03-hf-classlabel/int_labels.jsonl": (["0", "1"], {}),
    "03-hf-classlabel/train-00000-of-00001.parquet": (TWO, {}),
    "04-parquet-types/binary_text.parquet": (TWO, {}),
    "04-parquet-types/consent_int.parquet": (TWO, {}),
    "04-parquet-types/epoch.jsonl": (TWO, {}),
    "04-parquet-types/epoch_ms.parquet": (TWO, {}),
    "04-parquet-types/naive_ts.parquet": (TWO, {}),
    "04-parquet-types/rich.parquet": (TWO, {}),
    "04-parquet-types/string_view.parquet": (TWO, {}),
    "05-chat-messages/alpaca.jsonl": ([], {}),
    "05-chat-messages/openai_messages.jsonl": ([], {}),
    "05-chat-messages/prompt_completion.jsonl": ([], {}),
    "05-chat-messages/sharegpt.jsonl": ([], {}),
    "05-chat-messages/text_completion.jsonl": ([], {}),
    "06-annotation-exports/array_oneline.jsonl": (TWO, {}),
    "06-annotation-exports/label_studio.json": (TWO, {}),
    "06-annotation-exports/label_studio_lines.jsonl": (TWO, {}),
    "06-annotation-exports/label_studio_renamed.jsonl": (TWO, {}),
    "07-label-variants/bare_nan.jsonl": (TWO, {"invalid_json": 6}),
    "08-unicode/mixed.jsonl": (TWO, {}),
    "08-unicode/surrogate_escape.jsonl": (TWO, {}),
    "08-unicode/whitespace_only_lines.jsonl": (TWO, {"empty_line": 40}),
    "09-compressed/E.JSONL": (TWO, {}),
    "09-compressed/e.json": (TWO, {}),
    "09-compressed/e.jsonl.gz": (TWO, {}),
    "09-compressed/e.snappy.parquet": (TWO, {}),
}
#: file -> the mapping that its refusal must show, by which it is then read
MAPPED = {
    "03-hf-classlabel/labels_column.jsonl": "label=labels",
    "03-hf-classlabel/list_label.jsonl": "label=label.0",
    "06-annotation-exports/argilla.jsonl": "label=topic",
    "06-annotation-exports/argilla_v1.jsonl": "label=annotation",
    "06-annotation-exports/label_studio.csv": "label=topic",
    "06-annotation-exports/label_studio_min.json": "label=topic",
}
#: file -> what its refusal says
REFUSED = {
    "05-chat-messages/tool_call_null.jsonl": "40 without label or completion",
    "08-unicode/lone_surrogate.jsonl": "40 invalid_json",
    "16-few-rows-a-class/four_each.jsonl": "none of its 24 good rows can be held out",
}
#: file -> labels, and what is said about their names
LABELS: dict[str, tuple[list[str], list[str]]] = {
    "07-label-variants/nan_labels.jsonl": (
        ["None", "billing", "login", "nan", "null"],
        ["'None': 4 rows; it looks like a missing value", "'nan': 4 rows", "'null': 2 rows"],
    ),
    "07-label-variants/nfc_nfd.jsonl": (["acc\u00e8s", "r\u00e9clamation"], []),
    "07-label-variants/variants.jsonl": (
        ["BILLING", "Billing", "LOGIN", "Login", "billing", "login"],
        ["'BILLING', 'Billing', 'billing': the same but for case", "'LOGIN', 'Login', 'login': the same but for case"],
    ),
}


def test_every_case_is_in_a_table() -> None:
    found = {path.relative_to(CASES).as_posix() for path in CASES.rglob("*") if path.is_file()}
    # the others have tests of their own: test_learned.py, and tests/components/cycle/test_cases.py
    assert {name for name in found if name[:2] not in ("11", "12", "14", "25")} == {*UNDERSTOOD, *MAPPED, *REFUSED, *LABELS}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_it_is_understood(workspace: Workspace, take: Take, name: str) -> None:
    ingested = take(CASES / name, min_rows=20, near_duplicates=False)
    assert ingested.experience
    manifest = workspace.experience(ingested.experience).manifest
    labels, quarantined = UNDERSTOOD[name]
    assert (manifest["labels"], ingested.reasons) == (labels, quarantined)
    assert (ingested.accepted, ingested.read) == (40 - sum(quarantined.values()) % 40, 40 + quarantined.get("empty_line", 0))
    texts = [
        text
        for part in ("train", "heldout")
        for text in workspace.experience(ingested.experience).table(part)["text"].to_pylist()
    ]
    assert all("�" not in text and len(text) > 5 for text in texts)
    assert len({text for text in texts if "Größe" in text}) == (40 if name.startswith("01") and "capital" not in name else 0)


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_look_the_same_are_one_and_the_others_are_said(workspace: Workspace, take: Take, name: str) -> None:
    labels, said = LABELS[name]
    ingested = take(CASES / name, min_rows=20, near_duplicates=False)
    assert workspace.experience(ingested.experience or "").manifest["labels"] == labels
    assert len(ingested.doubts) == len(said)
    assert all(doubt.startswith(start) for doubt, start in zip(ingested.doubts, said, strict=True))


@pytest.mark.parametrize(("name", "mapping"), MAPPED.items())
def test_it_is_refused_with_the_mapping_that_reads_it(workspace: Workspace, take: Take, name: str, mapping: str) -> None:
    with pytest.raises(TooFewRowsError) as refused:
        take(CASES / name, min_rows=20, near_duplicates=False)
    assert str(CASES / name) in refused.value.message
    (shown,) = re.findall(r"perdure ingest --map (\S+) ", refused.value.hint)
    assert shown == mapping
    ingested = take(CASES / name, min_rows=20, near_duplicates=False, columns=parse_map([shown]))
    assert (ingested.accepted, ingested.reasons) == (40, {})
    assert workspace.experience(ingested.experience or "").manifest["labels"] == TWO


@pytest.mark.parametrize(("name", "said"), REFUSED.items())
def test_it_is_refused_in_one_message(workspace: Workspace, take: Take, name: str, said: str) -> None:
    with pytest.raises(TooFewRowsError) as refused:
        take(CASES / name, min_rows=20, near_duplicates=False)
    assert str(CASES / name) in refused.value.message
    assert said in refused.value.message
    assert refused.value.hint
    assert not list(workspace.experiences.glob("*"))


def test_integers_and_booleans_are_the_same_labels_in_every_format(workspace: Workspace, take: Take, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    texts = [f"text number {n}" for n in range(20)]
    for labels, spelt in (([n % 2 for n in range(20)], ("0", "1")), ([n % 2 == 1 for n in range(20)], ("false", "true"))):
        rows = [f'{{"text": "{text}", "label": {str(label).lower()}}}' for text, label in zip(texts, labels, strict=True)]
        (tmp_path / "e.jsonl").write_text("\n".join(rows))
        parquet.write_table(pa.table({"text": texts, "label": labels}), tmp_path / "e.parquet")
        found = set()
        for written in (str, lambda label: str(label).upper(), lambda label: str(label).lower()):
            cells = [f"{text},{written(label)}" for text, label in zip(texts, labels, strict=True)]
            (tmp_path / "e.csv").write_text("\n".join(["text,label", *cells]))
            found.add(take(tmp_path / "e.csv").experience)
        found |= {take(tmp_path / name).experience for name in ("e.jsonl", "e.parquet")}
        assert len(found) == 1
        assert workspace.experience(found.pop() or "").manifest["labels"] == list(spelt)


def test_a_label_is_compared_with_those_that_the_chain_has_learned(
    take: Take, tmp_path: Path, write_events: Callable[..., Path]
) -> None:
    first = take(write_events("a", [(f"text number {n}", "billing") for n in range(10)]))
    second = take(write_events("b", [(f"another {n}", "other") for n in range(10)]), name="b", after=first.experience)
    third = take(write_events("c", [(f"one more {n}", "Billing") for n in range(10)]), name="c", after=second.experience)
    assert (first.doubts, second.doubts) == ((), ())
    (doubt,) = third.doubts
    assert doubt.startswith(
        "'Billing', 'billing': the same but for case, punctuation, width or letters that look alike: the last is known"
    )
