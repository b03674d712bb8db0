"""What gateways really served, by the intervals that they wrote down themselves."""

from __future__ import annotations

import pytest

from components.control.authority import consult
from components.control.served import note_served, served_at
from components.errors import LedgerError
from components.gateway.serve import Follower
from components.governance.entries import Entry
from components.governance.ledger import Ledger
from components.workspace import Workspace
from tests.components.control.conftest import Intruder
from tests.components.registry.making import minute

pytestmark = pytest.mark.unit


def serve(workspace: Workspace, at: float, version: str | None, gateway: str = "a") -> None:
    note_served(Ledger(workspace.ledger_url), gateway, version, version * 64 if version else None, minute(at))


def at(workspace: Workspace, n: float) -> list[tuple[str, str]]:
    found = served_at(Ledger(workspace.ledger_url), minute(n)())
    return sorted((each["gateway"], each["version"]) for each in found)


def test_intervals_begin_and_end_with_what_the_gateway_wrote(workspace: Workspace, champions: list[Entry]) -> None:
    serve(workspace, 10, "1")
    serve(workspace, 20, "2")  # there,
    serve(workspace, 21, "1")  # and back: it leaves a trace
    serve(workspace, 30, None)
    assert [at(workspace, n) for n in (9, 10, 15, 20, 20.5, 21, 29, 30, 40)] == [
        [], [("a", "1")], [("a", "1")], [("a", "2")], [("a", "2")], [("a", "1")], [("a", "1")], [], [],
    ]  # fmt: skip
    (one,) = served_at(Ledger(workspace.ledger_url), minute(20.5)())
    assert one["checkpoint"] == "2" * 64
    assert one["since"] < one["until"]


def test_several_gateways_serve_at_once(workspace: Workspace, champions: list[Entry]) -> None:
    serve(workspace, 10, "1", "a")
    serve(workspace, 11, "1", "b")
    serve(workspace, 12, "2", "a")
    assert at(workspace, 13) == [("a", "2"), ("b", "1")]
    serve(workspace, 14, None, "b")
    assert at(workspace, 15) == [("a", "2")]


def test_it_moves_nothing_and_mlflow_need_not_show_it(workspace: Workspace, champions: list[Entry]) -> None:
    before = consult(workspace).state
    serve(workspace, 10, "1")
    after = consult(workspace).state
    assert (after.serving, after.shown, after.last_move) == (before.serving, before.shown, before.last_move)
    entry = Ledger(workspace.ledger_url).log(limit=1)[0]
    assert (entry.kind, entry.actor, entry.subject) == ("serving", "gateway a", "1")


def test_nothing_is_written_to_a_ledger_that_cannot_be_trusted(
    workspace: Workspace, champions: list[Entry], intruder: Intruder
) -> None:
    intruder.run("UPDATE ledger SET actor = 'eve' WHERE seq = 1", guards=True)
    with pytest.raises(LedgerError):
        Follower(workspace, "g").record(None)
    assert Ledger(workspace.ledger_url).verify()["entries"] == 4
