"""`perdure labels` as a user calls it, on a real line of two experiences."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from components import cli
from components.cycle.records import Records
from components.errors import UsageError
from components.governance.wishes import claimed
from components.workspace import Workspace
from tests.components.cycle.weekly import CASES, FROZEN, Shared, learned

pytestmark = pytest.mark.integration

Perdure = Callable[..., tuple[int, dict[str, Any], str]]
BILLING = CASES / "11-class-comes-back" / "old_only.jsonl"


@pytest.fixture
def home(shared: Shared, tmp_path: Path) -> Workspace:
    """billing, login, refund and shipping were learned."""
    return learned(shared, tmp_path)


@pytest.fixture
def perdure(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> Perdure:
    """perdure(argument, ...) -> exit code, the JSON, and what it said."""
    monkeypatch.setenv("LOGNAME", "ada")

    def call(*arguments: str) -> tuple[int, dict[str, Any], str]:
        given = [f"--set={setting}" for setting in FROZEN]
        done = CliRunner().invoke(cli.perdure, [*arguments, "--json", f"-w{home.root}", *given], standalone_mode=False)
        if done.exception:
            raise done.exception
        return int(done.return_value or 0), json.loads(done.stdout), done.stderr

    return call


def test_a_class_is_renamed_its_old_name_is_told_and_a_rollback_undoes_it(perdure: Perdure, home: Workspace) -> None:
    code, told, said = perdure("labels", "list")
    assert code == 0
    assert [(each["label"], each["first"], each["was"]) for each in told["labels"]] == [
        ("billing", "a", []), ("login", "a", []), ("refund", "b", []), ("shipping", "b", []),
    ]  # fmt: skip
    assert all(each["rows"] + each["heldout"] == 40 for each in told["labels"])
    assert told["in_doubt"] == []

    code, told, said = perdure("labels", "rename", "billing", "payments", "--reason", "mail ada@shop.example about it")
    assert (code, told["verdict"], told["names"]) == (0, "promoted", {"billing": "payments"})
    assert "'billing' is now 'payments'" in said
    assert "perdure rollback" in said
    act = Records(home).opened(told["cycle"]).act
    assert act
    assert act.by == claimed("ada")
    assert "shop.example" not in act.reason, "no personal data in what is kept for ever"

    _, told, said = perdure("labels", "list")
    assert told["labels"][0]["label"] == "payments"
    assert told["labels"][0]["was"][0]["name"] == "billing"
    assert "was 'billing' until cycle labels-billing-to-payments" in said

    code, told, said = perdure("ingest", str(BILLING), "--dry-run")
    assert (code, "'billing': 40 rows; it was renamed" in told["labels_in_doubt"][0]) == (0, True)
    assert all(row["label"] == "payments" for row in told["rows"])
    assert perdure("predict", "The invoice was taken twice.")[1]["predictions"][0]["label"] == "payments"
    assert perdure("status")[0] == 0

    assert perdure("rollback", "--reason", "a drill")[0] == 0
    assert perdure("labels", "list")[1]["labels"][0] == {
        **{"label": "billing", "first": "a", "was": []},
        **{name: perdure("labels", "list")[1]["labels"][0][name] for name in ("rows", "heldout")},
    }
    assert perdure("ingest", str(BILLING), "--dry-run")[1]["labels_in_doubt"] == []


def test_classes_become_one_and_the_report_shows_it(perdure: Perdure, home: Workspace) -> None:
    code, told, _ = perdure("labels", "merge", "refund", "shipping", "orders", "--reason", "one team")
    assert (code, told["verdict"]) == (0, "promoted")
    listed = {each["label"]: each for each in perdure("labels", "list")[1]["labels"]}
    assert listed.keys() == {"billing", "login", "orders"}
    assert listed["orders"]["rows"] + listed["orders"]["heldout"] == 80
    code, told, _ = perdure("report", "--no-baselines")
    assert code == 0
    page = Path(told["report"]).read_text(encoding="utf-8")
    assert "refund" in page
    assert "orders" in page
    assert "are now" in page


def test_an_act_that_was_cut_short_is_finished_by_the_same_command(perdure: Perdure, home: Workspace) -> None:
    """Killed between the ledger's entry and the cycle's record: the class has its new name already."""
    words = ("labels", "rename", "billing", "payments", "--reason", "why")
    _, told, _ = perdure(*words)
    for step in ("promote", "monitor"):
        Records(home).drop(told["cycle"], step)
    code, again, _ = perdure(*words)
    assert (code, again["cycle"], again["version"]) == (0, told["cycle"], told["version"])
    with pytest.raises(UsageError, match="no class 'billing'"):
        perdure(*words)
    perdure("labels", "rename", "payments", "billing", "--reason", "back")
    code, third, _ = perdure(*words)
    assert (code, third["cycle"]) == (0, f"{told['cycle']}.2"), "the same act, once more"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rename", "billing", "login"), "There is a class 'login' already"),
        (("rename", "billing", "billing"), "changes the name of no class"),
        (("rename", "billing", " "), "changes the name of no class"),
        (("rename", "nothing", "x"), "no class 'nothing'"),
        (("merge", "billing", "x"), "made of 'billing' alone"),
        (("merge", "billing"), "changes the name of no class"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    perdure: Perdure, home: Workspace, words: tuple[str, ...], message: str
) -> None:
    before = Records(home).cycles()
    with pytest.raises(UsageError, match=message) as caught:
        perdure("labels", *words, "--reason", "why")
    assert caught.value.hint
    assert Records(home).cycles() == before
    with pytest.raises(UsageError, match="reason is required"):
        perdure("labels", *words, "--reason", " ")
