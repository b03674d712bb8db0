"""What a person decides by command, and what the ledger answers, on real MLflow: approve, reject, rollback, audit, verify."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.cli import main
from components.errors import EXIT_CODES
from components.governance.wishes import claimed
from components.registry.registry import Registry
from tests.components.control.conftest import Intruder, add_version, champion, everything, hold, ledger_of, registry, serves
from tests.components.registry.making import minute

__all__ = ["add_version", "champion", "hold", "registry"]

pytestmark = pytest.mark.integration

Champion = Callable[..., tuple[str, str]]
Say = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def say(registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """say("approve", ...) -> (exit code, the JSON on stdout)."""
    monkeypatch.setenv("LOGNAME", "ada")

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["perdure", *words, "--json", "-w", str(registry.workspace.root)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        assert code in EXIT_CODES
        return code, json.loads(capsys.readouterr().out)

    return run


def test_an_approval_and_a_rejection(registry: Registry, champion: Champion, hold: Champion, say: Say) -> None:
    champion("one")
    (two, _), (three, _) = hold("two"), hold("three")
    code, told = say("reject", three, "--reason", "bad labels")
    assert (code, [done["action"] for done in told["done"]]) == (0, ["rejected"])
    code, told = say("approve", two, "--reason", "I looked")
    assert (code, [done["action"] for done in told["done"]]) == (0, ["promoted"])
    assert serves(registry)[0] == two
    assert {entry.actor for entry in ledger_of(registry).log(limit=3)} == {claimed("ada")}
    code, told = say("approve", three, "--reason", "after all")
    assert (code, told["done"][0]["action"]) == (3, "refused")
    assert "this one is rejected" in told["done"][0]["reason"]


@pytest.mark.parametrize("command", ["approve", "reject"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_an_empty_reason_is_refused(registry: Registry, hold: Champion, say: Say, command: str, reason: str) -> None:
    version, _ = hold("one")
    before = everything(registry)
    code, told = say(command, version, "--reason", reason)
    assert (code, told["code"]) == (2, "usage")
    assert everything(registry) == before


def test_a_rollback_says_what_will_serve_before_it_does_it(registry: Registry, champion: Champion, say: Say) -> None:
    (one, first), (two, _), (three, _) = champion("one"), champion("two"), champion("three")
    before, head = everything(registry), ledger_of(registry).head()
    words = ("rollback", "--to", one, "--reason", "complaints")
    expected = {"version": one, "checkpoint": first, "left": three, "rolled_back": [three, two]}
    assert say(*words, "--dry-run") == (0, {**expected, "changed": False})
    assert (everything(registry), ledger_of(registry).head()) == (before, head)
    assert say(*words) == (0, {**expected, "changed": True})
    assert serves(registry) == (one, first)
    code, told = say(*words)
    assert (code, told["changed"], told["rolled_back"]) == (0, False, [])
    for more in ((), ("--to", two), ("--dry-run",)):
        code, told = say("rollback", "--reason", "again", *more)
        assert (code, told["code"]) == (3, "refused")
    assert serves(registry) == (one, first)


def test_a_forged_row_is_warned_of_wherever_it_is_shown(registry: Registry, champion: Champion, say: Say) -> None:
    champion("one")
    two, _ = champion("two")
    code, told = say("audit", "verify", "--deep")
    assert (code, told["valid"], told["problems"], told["mlflow"]) == (0, True, [], [])
    assert [each["role"] for each in told["checked"]] == ["champion", "previous"]
    when = minute(10)().isoformat()
    code, told = say("audit", "at", when)
    assert (code, told["entry"]["subject"], told["problems"]) == (0, two, [])

    Intruder(registry.workspace).run("UPDATE ledger SET subject = '1' WHERE subject = '2'", guards=True)
    code, told = say("audit", "verify")
    assert (code, told["valid"]) == (1, False)
    for words in (("audit", "at", when), ("audit", "log")):
        code, told = say(*words)
        assert code == 1
        assert any("was changed" in problem for problem in told["problems"])
    for words in (("status",), ("reconcile",), ("rollback", "--reason", "r"), ("verify",)):
        code, told = say(*words)
        assert (code, told["code"]) == (1, "integrity.ledger")

    code, told = say("audit", "accept", "--reason", "  ")
    assert (code, told["code"]) == (2, "usage")
    code, told = say("audit", "accept", "--reason", "the forger is known")
    assert (code, told["entry"]["kind"], told["entry"]["subject"]) == (0, "continued", two)
    assert told["entry"]["actor"] == claimed("ada")
    code, told = say("audit", "verify")
    assert (code, told["valid"], bool(told["accepted"])) == (0, True, True)
    assert serves(registry)[0] == two


def test_what_is_damaged_and_what_mlflow_shows_otherwise_is_told(registry: Registry, champion: Champion, say: Say) -> None:
    one, first = champion("one")
    two, _ = champion("two")
    assert say("verify")[0] == 0
    registry.client.set_model_version_tag(registry.model, two, "checkpoint", first)
    code, told = say("audit", "verify")
    assert (code, told["mlflow"]) == (1, [f"MLflow shows another `checkpoint` of version {two} than the ledger"])
    assert say("reconcile")[0] == 0
    assert say("audit", "verify")[0] == 0
    (registry.workspace.checkpoint(first) / "memory.parquet").write_bytes(b"poison")
    code, told = say("verify", one)
    assert code == 1
    assert "memory.parquet" in told["checked"][0]["problems"][0]
    assert say("verify", two)[0] == 0
    code, told = say("verify", "9")
    assert (code, told["code"]) == (2, "usage")


def test_a_lost_ledger_changes_nothing(registry: Registry, champion: Champion, say: Say) -> None:
    champion("one")
    champion("two")
    before = everything(registry)
    for path in registry.workspace.root.glob("ledger.*"):
        path.unlink()
    for words in (("reconcile",), ("approve", "1", "--reason", "r")):
        code, told = say(*words)
        assert (code, told["code"]) == (1, "integrity.ledger")
    after = everything(registry)
    assert after.aliases == before.aliases
    assert after.shown == before.shown
