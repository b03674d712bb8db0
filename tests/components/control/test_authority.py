"""The ledger is verified before it is believed: every way to falsify it stops whoever acts, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.control import authority
from components.control.authority import Seen, consult, note_seen, seen_of, serving
from components.errors import IntegrityError, LedgerError
from components.governance.entries import Entry
from components.governance.ledger import Ledger
from components.governance.replay import replay
from components.governance.state import LedgerState
from components.workspace import Workspace
from tests.components.control.conftest import Intruder, Tell
from tests.components.registry.making import minute

pytestmark = pytest.mark.unit


def refused(workspace: Workspace, rotate: bool = False) -> str:
    """The message with which the ledger is refused; nothing is written by that, and it is refused each time."""
    before = snapshot(workspace)
    for _ in range(2):
        with pytest.raises(LedgerError) as caught:
            consult(workspace, rotate=rotate)
        assert "perdure audit accept --reason" in caught.value.hint
        assert "what serves goes on serving" in caught.value.hint
        with pytest.raises(LedgerError):
            serving(workspace)
    assert snapshot(workspace) == before
    return caught.value.message


def snapshot(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(workspace.root.iterdir()) if not path.name.endswith(("-shm", "-wal"))}


def test_nothing_was_made_yet(workspace: Workspace) -> None:
    assert consult(workspace).state == LedgerState()
    assert serving(workspace) is None
    assert not workspace.root.exists()


def test_what_serves_is_what_the_last_entry_about_the_champion_says(
    workspace: Workspace, champions: list[Entry], tell: Tell
) -> None:
    statement = serving(workspace)
    assert statement is not None
    assert (statement.version, statement.checkpoint, statement.seq) == ("2", "2" * 64, champions[-1].seq)
    tell("rolled_back", "1")
    assert serving(workspace) == consult(workspace).state.serving != statement
    assert consult(workspace).state == replay(Ledger(workspace.ledger_url).entries())


def test_only_what_is_new_is_read(
    workspace: Workspace, champions: list[Entry], tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "WINDOW", 2)
    consult(workspace)
    read: list[int] = []
    real = Ledger.rows

    def rows(self: Ledger, after: int = 0, until: int | None = None) -> Any:
        for row in real(self, after, until):
            read.append(row["seq"])
            yield row

    monkeypatch.setattr(Ledger, "rows", rows)
    last = tell().seq
    consult(workspace)
    assert read == [last]
    consult(workspace)
    assert read == [last]


def test_the_state_advances_by_what_was_appended(
    workspace: Workspace, champions: list[Entry], tell: Tell, intruder: Intruder
) -> None:
    before = consult(workspace)
    tell("rolled_back", "1")
    after = before.advanced(workspace)
    assert after.state == consult(workspace).state
    assert after.state.serving is not None
    assert after.state.serving.version == "1"
    tell("note")
    intruder.run("UPDATE ledger SET reason = 'x' WHERE seq = 6", guards=True)
    with pytest.raises(LedgerError, match="entry 6 was changed"):
        after.advanced(workspace)


def truncate(intruder: Intruder, workspace: Workspace) -> None:
    intruder.run("DELETE FROM ledger WHERE seq > 3", guards=True)


def truncate_and_append(intruder: Intruder, workspace: Workspace) -> None:
    """Cut off, and grown again to the old length by honest entries."""
    truncate(intruder, workspace)
    for _ in range(3):
        Ledger(workspace.ledger_url).append("note", actor="a", subject="1", evidence={}, reason="", now=minute(0))


def empty(intruder: Intruder, workspace: Workspace) -> None:
    intruder.run("DELETE FROM ledger", guards=True)


def drop(intruder: Intruder, workspace: Workspace) -> None:
    intruder.run("DROP TABLE ledger")


def remove(intruder: Intruder, workspace: Workspace) -> None:
    for path in workspace.root.glob("ledger.db*"):
        path.unlink()


def another(intruder: Intruder, workspace: Workspace) -> None:
    """A sound ledger, but not this workspace's."""
    remove(intruder, workspace)
    ledger = Ledger(workspace.ledger_url)
    for n in range(9):
        ledger.append("promoted", actor="a", subject=str(n), evidence={"checkpoint": str(n) * 64}, reason="", now=minute(0))


def forge_everything(intruder: Intruder, workspace: Workspace) -> None:
    """From the first entry, with hashes that fit."""
    intruder.rewrite(lambda fields: {**fields, "reason": "forged"})


def forge_the_last(intruder: Intruder, workspace: Workspace) -> None:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "subject": "1", "evidence": {"checkpoint": "1" * 64}} if fields["seq"] == 4 else fields

    intruder.rewrite(change)


def leave_one_out(intruder: Intruder, workspace: Workspace) -> None:
    intruder.rewrite(lambda fields: None if fields["seq"] == 3 else fields)


def edit(row: int, column: str, value: str) -> Callable[[Intruder, Workspace], None]:
    def change(intruder: Intruder, workspace: Workspace) -> None:
        intruder.run(f"UPDATE ledger SET {column} = {value} WHERE seq = {row}", guards=True)

    return change


def unguard(intruder: Intruder, workspace: Workspace) -> None:
    intruder.run()


def insert_before(intruder: Intruder, workspace: Workspace) -> None:
    """A forged row that `append` would find under the key of the next move."""
    row = "-1, time, 'eve', 'promoted', '1', evidence, '', 'champion-after:4', previous, 'h'"
    intruder.run(f"INSERT INTO ledger SELECT {row} FROM ledger WHERE seq = 1", guards=True)


def append_forged(intruder: Intruder, workspace: Workspace) -> None:
    row = "5, time, 'eve', 'promoted', '1', evidence, '', NULL, hash, 'h'"
    intruder.run(f"INSERT INTO ledger SELECT {row} FROM ledger WHERE seq = 4", guards=True)


FALSIFIED = {
    truncate: "cut off", truncate_and_append: "cut off", empty: "no entries", drop: "no entries", remove: "no entries",
    another: "cut off", forge_everything: "rewritten", forge_the_last: "rewritten", leave_one_out: "rewritten",
    edit(1, "actor", "'eve'"): "entry 1 was changed", edit(2, "evidence", "'{'"): "entry 2 was changed",
    edit(4, "subject", "'1'"): "does not say that version 2 serves", edit(4, "hash", "'x'"): "entry 4",
    edit(3, "previous", "'x'"): "entry 3", edit(3, "kind", "'note'"): "entry 3 was changed",
    edit(2, "time", "'2020-01-01T00:00:00.000000+00:00'"): "entry 2 was changed",
    unguard: "guard", insert_before: "before the first", append_forged: "entry 5",
}  # fmt: skip


@pytest.mark.parametrize(("falsify", "said"), FALSIFIED.items(), ids=[f.__name__ for f in FALSIFIED])
@pytest.mark.parametrize("rotate", [False, True])
def test_a_falsified_ledger_stops_everybody(
    workspace: Workspace, champions: list[Entry], intruder: Intruder, falsify: Any, said: str, rotate: bool
) -> None:
    consult(workspace)
    falsify(intruder, workspace)
    assert said in refused(workspace, rotate)


@pytest.mark.parametrize("at", range(1, 5))
def test_any_changed_row_is_found_where_nothing_was_seen_before(
    workspace: Workspace, champions: list[Entry], intruder: Intruder, at: int
) -> None:
    edit(at, "actor", "'eve'")(intruder, workspace)
    assert f"entry {at} was changed" in refused(workspace)


def test_a_wrong_url_is_another_ledger(
    workspace: Workspace, champions: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consult(workspace)
    for name in ("empty.db", "other.db"):
        url = f"sqlite:///{tmp_path / name}"
        if name == "other.db":
            for _ in range(9):
                Ledger(url).append("note", actor="a", subject="1", evidence={}, reason="", now=minute(0))
        monkeypatch.setenv("PERDURE_LEDGER_URL", url)
        assert name in refused(workspace)
    monkeypatch.delenv("PERDURE_LEDGER_URL")
    assert serving(workspace) is not None
    assert not (tmp_path / "empty.db").exists()


def test_a_ledger_put_back_is_believed_again(
    workspace: Workspace, champions: list[Entry], intruder: Intruder, tmp_path: Path
) -> None:
    before = consult(workspace).state
    backup = tmp_path / "backup.db"
    shutil.copy(workspace.root / "ledger.db", backup)
    intruder.run("UPDATE ledger SET subject = '1' WHERE seq = 4")
    refused(workspace)
    remove(intruder, workspace)
    shutil.copy(backup, workspace.root / "ledger.db")
    assert consult(workspace).state == before


def test_a_backup_that_lacks_what_came_since_is_not(
    workspace: Workspace, champions: list[Entry], tell: Tell, intruder: Intruder, tmp_path: Path
) -> None:
    consult(workspace)
    shutil.copy(workspace.root / "ledger.db", tmp_path / "backup.db")
    tell("rolled_back", "1")
    consult(workspace)
    remove(intruder, workspace)
    shutil.copy(tmp_path / "backup.db", workspace.root / "ledger.db")
    assert "entry 5" in refused(workspace)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"state": {}, "checked": 0}',
        '{"state": {}, "checked": 0, "seal": "x"}',
    ],
)
def test_a_file_of_what_was_seen_that_is_none_stops_everybody(workspace: Workspace, champions: list[Entry], content: str) -> None:
    consult(workspace)
    path = workspace.root / "ledger.seen.json"
    path.write_text(content)
    with pytest.raises(IntegrityError, match=r"ledger\.seen\.json"):
        consult(workspace)
    assert path.read_text() == content


def test_an_edited_file_of_what_was_seen_stops_everybody(workspace: Workspace, champions: list[Entry]) -> None:
    consult(workspace)
    path = workspace.root / "ledger.seen.json"
    value = json.loads(path.read_text())
    value["state"]["champions"].pop()  # version 1 would serve
    path.write_text(json.dumps(value))
    with pytest.raises(IntegrityError, match="was changed") as caught:
        serving(workspace)
    assert "Move it away" in caught.value.hint
    path.unlink()
    statement = serving(workspace)
    assert statement is not None
    assert statement.version == "2"


def test_a_file_resealed_by_a_forger_does_not_make_another_version_serve(workspace: Workspace, champions: list[Entry]) -> None:
    """The seal is no secret: what the file says serves must stand in the ledger, in the very entry."""
    state = consult(workspace).state
    first = state.champions[0]
    other = LedgerState.from_dict({**state.as_dict(), "champions": [{**vars(first), "seq": 4, "hash": champions[3].hash}]})
    note_seen(workspace, Seen(other))
    assert "does not say that version 1 serves" in refused(workspace)


def test_a_lost_file_is_made_again(workspace: Workspace, champions: list[Entry]) -> None:
    before = consult(workspace).state
    (workspace.root / "ledger.seen.json").unlink()
    assert consult(workspace).state == before == seen_of(workspace).state


def test_a_workspace_that_can_only_be_read(workspace: Workspace, champions: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and real(path, mode))
    assert serving(workspace) is not None
    assert not (workspace.root / "ledger.seen.json").exists()


def all_of_it(workspace: Workspace) -> None:
    for _ in range(5):
        consult(workspace, rotate=True)


def test_a_long_past_is_verified_again_bit_by_bit(
    workspace: Workspace, tell: Tell, intruder: Intruder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who acts reads ten thousand entries; yet a changed one is found after some acts, wherever it is."""
    monkeypatch.setattr(authority, "WINDOW", 10)
    for n in range(35):
        tell("note", str(n))
    consult(workspace)
    for row in (3, 14, 27, 34):
        intruder.run(f"UPDATE ledger SET actor = 'eve' WHERE seq = {row}", guards=True)
        consult(workspace)  # who only looks sees what is new
        with pytest.raises(LedgerError, match=f"entry {row} was changed"):
            all_of_it(workspace)
        intruder.run(f"UPDATE ledger SET actor = 'perdure' WHERE seq = {row}", guards=True)
        consult(workspace, rotate=True)
    checked = set()
    for _ in range(8):
        consult(workspace, rotate=True)
        checked.add(seen_of(workspace).checked)
    assert checked == {0, 10, 20, 30}


def test_even_in_a_long_ledger_the_entry_of_what_serves_is_looked_at_each_time(
    workspace: Workspace, champions: list[Entry], tell: Tell, intruder: Intruder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "WINDOW", 2)
    for _ in range(6):
        tell()
    consult(workspace)
    edit(4, "subject", "'1'")(intruder, workspace)
    assert "entry 4 does not say that version 2 serves" in refused(workspace)


def test_the_ledgers_address_is_told_without_its_password(
    workspace: Workspace, champions: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    consult(workspace)
    monkeypatch.setattr(Ledger, "row", lambda self, seq: None)
    monkeypatch.setattr(Ledger, "rows", lambda self, after=0, until=None: iter(()))
    monkeypatch.setattr(Ledger, "unguarded", lambda self: [])
    monkeypatch.setattr(Ledger, "head", lambda self: "f" * 64)
    monkeypatch.setenv("PERDURE_LEDGER_URL", "postgresql://ada:secret@db/ledger")
    with pytest.raises(LedgerError, match=r"postgresql://ada:\*\*\*@db/ledger") as caught:
        consult(workspace)
    assert "secret" not in str(caught.value)
