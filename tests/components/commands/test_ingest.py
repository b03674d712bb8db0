from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.cli import perdure
from components.errors import UnreadableFileError
from tests.components.ingestion.files import LABELS, ROWS, TEXTS, table

pytestmark = pytest.mark.integration


def call(arguments: list[str]) -> object:
    return perdure.main(arguments, standalone_mode=False)


def test_a_dry_run_is_shown_to_people_and_scripts_and_the_mapping_is_then_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [("\x1b[31mred\x07\u202e", LABELS[0]), *ROWS]
    (tmp_path / "e.csv").write_bytes(table("Message,Category", rows))
    options = ["ingest", "e.csv", "--dry-run", "--map", "text=Message,label=Category", "--set", "ingestion.pii=off"]
    assert call(options) == 0
    shown = capsys.readouterr().out
    assert "31 rows read: 31 accepted, 0 quarantined, 0 duplicates" in shown
    assert f"{TEXTS[0]}  [label=billing]" in shown
    assert "\\x1b[31mred\\x07\\u202e" in shown
    assert not set("\x1b\x07\u202e") & set(shown)
    assert "nothing was written" in shown
    assert call([*options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["accepted"], len(told["rows"]), told["would_be_quarantined"]) == (31, 10, [])
    with pytest.raises(UnreadableFileError) as refused:
        call(options[:3])
    assert "perdure ingest --map text=Message,label=Category e.csv" in refused.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["e.csv"]
    assert call([*options[:2], *options[3:]]) == 0
    assert (tmp_path / "workspace").is_dir()


def test_labels_that_nobody_vouches_for_are_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, start, more in (("first", 0, {}), ("feedback", 50, {"provenance": "feedback"})):
        rows = [{"text": f"{name} {n}", "label": "ab"[n % 2], **more} for n in range(start, start + 30 + start)]
        Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shared = ["--set", "ingestion.near_duplicates=false"]
    assert call(["ingest", "first.jsonl", *shared]) == 0
    assert "labels:" not in capsys.readouterr().out
    assert call(["ingest", "feedback.jsonl", *shared, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["provenance"] == {"feedback": 30}
    assert call(["ingest", "feedback.jsonl", *shared]) == 0
    shown = capsys.readouterr().out
    assert "     50  over_share_not_human\n           Labels from feedback" in shown
    assert "write `human` as its provenance, and re-queue it" in shown
    assert "labels: 30 feedback; 100% from feedback and models" in shown
