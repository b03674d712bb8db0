"""`perdure cycle` as a user calls it: feedback from the gateway to a champion, and attempts at a decided cycle."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from components import cli
from components.catalog.streams import get_stream
from components.cycle.records import Records
from components.errors import PerdureError, UsageError
from components.gateway.feedback import Inbox, vouched
from components.gateway.schema import FeedbackEvent
from components.gateway.tokens import Sender
from components.workspace import Workspace

SMALL = ["learning.regime.kind=head", "learning.head.width=0", "learning.rehearsal.capacity=40", "ingestion.pii=off"]
SETTINGS = [*SMALL, "gates.mode=report"]
Perdure = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def perdure(workspace: Workspace) -> Perdure:
    """perdure(argument, ...) -> exit code, the JSON, and what it said."""

    def call(*arguments: str, settings: bool = True) -> tuple[int, dict[str, Any], str]:
        given = [f"--set={setting}" for setting in SETTINGS] if settings else []
        done = CliRunner().invoke(cli.perdure, [*arguments, "--json", f"-w{workspace.root}", *given], standalone_mode=False)
        if done.exception:
            raise done.exception
        return int(done.return_value or 0), json.loads(done.stdout), done.stderr

    return call


def rows_of(coarse: str, rows: slice) -> list[dict[str, Any]]:
    path = next(part.path for part in get_stream("trec").experiences if part.name == coarse)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[rows]]


@pytest.mark.unit
@pytest.mark.parametrize(
    "arguments",
    [[], ["a.jsonl", "--inbox"], ["a.jsonl", "--early"], ["--inbox", "--again"], ["--early"]],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(perdure: Perdure, arguments: list[str]) -> None:
    with pytest.raises(UsageError, match="takes a file, the id of a cycle, or --inbox"):
        perdure("cycle", *arguments)


@pytest.mark.unit
def test_an_inbox_in_which_nothing_is_due_says_what_waits(perdure: Perdure, workspace: Workspace) -> None:
    code, value, said = perdure("cycle", "--inbox", settings=False)
    assert (code, value["waiting"], value["cycles"], value["reason"]) == (0, 0, [], "Nothing waits in the inbox.")
    for n in range(3):
        Inbox(workspace.inbox).keep([{"text": f"text {n}", "label": "a"}], datetime.now(UTC))
    code, value, said = perdure("cycle", "--inbox", settings=False)
    assert (code, value["waiting"], value["cycles"]) == (0, 3, [])
    assert value["reason"].startswith("3 of 100 events wait, the oldest for ")
    assert value["reason"] in said
    assert "of 20 events" in perdure("cycle", "--inbox", "--early", settings=False)[1]["reason"]


@pytest.mark.integration
def test_feedback_becomes_a_champion_and_a_decided_cycle_can_be_tried_again(
    perdure: Perdure, workspace: Workspace, tmp_path: Path
) -> None:
    editor = Sender("editor", frozenset({"feedback", "label"}))
    for n in range(4):  # four calls of a gateway, one of them sent twice
        given = [
            FeedbackEvent(text=row["text"], label=row["label"], id=f"{n}-{i}")
            for i, row in enumerate(rows_of("loc", slice(25 * n, 25 * n + 25)))
        ]
        events = vouched(given, editor, lambda _: None)
        Inbox(workspace.inbox).keep(events, datetime.now(UTC))
    Inbox(workspace.inbox).keep(events, datetime.now(UTC))
    (workspace.inbox / "broken.csv").write_text("no header\n")
    code, value, said = perdure("cycle", "--inbox")
    assert (code, value["waiting"], value["reason"]) == (0, 0, "Nothing waits in the inbox.")
    assert sorted(name.partition("-")[0] for name in value["set_aside"]) == ["broken.csv", "feedback"]
    (first,) = value["cycles"]
    assert (first["verdict"], first["name"][:6]) == ("promoted", "inbox-")
    manifest = workspace.experience(first["experience"]).manifest
    counts = manifest["counts"]
    assert manifest["provenance"] == {"human": 100}
    assert counts["train"] + counts["heldout"] == 100
    assert "100 events to learn from, in 4 files" in said
    assert perdure("cycle", "--inbox")[1]["cycles"] == []
    _, value, said = perdure("status", settings=False)
    assert value["provenance"] == {"human": 100}
    assert "100 human; 0% from feedback and models, of all that it learned" in said

    file = tmp_path / "num.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows_of("num", slice(0, 100))))
    code, entry, _ = perdure("cycle", str(file))
    assert (code, entry["verdict"]) == (0, "promoted")
    code, same, said = perdure("cycle", str(file))
    assert (same["version"], same["cycle"]) == (entry["version"], entry["cycle"])
    assert "that decision stands" in said
    assert f"perdure cycle {entry['cycle']} --again" in said

    perdure("rollback", "--reason", "to try it again", settings=False)
    code, again, _ = perdure("cycle", entry["cycle"], "--again")
    assert (code, again["verdict"], again["cycle"]) == (0, "promoted", f"{entry['cycle']}.2")
    assert again["version"] != entry["version"]
    records = Records(workspace)
    assert records.opened(again["cycle"]).basis.champion == first["checkpoint"], "it continues from what serves"
    assert records.concluded(entry["cycle"]).version == entry["version"], "the first attempt keeps its record"

    file.unlink()
    with pytest.raises(PerdureError, match=r"num\.jsonl is gone or was changed"):
        perdure("cycle", entry["cycle"], "--again")
