"""Who may move the champion, and in which order."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.control.actions import conclude, rollback
from components.control.champion import moving
from components.control.reconcile import reconcile
from components.errors import BusyError, IntegrityError, LedgerError, RegistryError
from components.governance.ledger import Ledger
from components.registry.registry import Registry
from tests.components.control.conftest import Intruder, everything, kinds, ledger_of, serves
from tests.components.registry.making import AddVersion, minute

ROOT = Path(__file__).parents[3]
CONTROL, CHAMPION = ROOT / "components" / "control", ROOT / "components" / "control" / "champion.py"

Champion = Callable[..., tuple[str, str]]


@pytest.mark.integration
def test_a_move_is_one_entry_and_mlflow_follows(
    registry: Registry, champion: Champion, add_version: AddVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, first = champion("one")
    two, second = add_version("two", against=first)
    writes: list[tuple[str, str | None]] = []
    alias, append = registry.set_alias, Ledger.append

    def appended(self: Ledger, kind: str, **fields: Any) -> Any:
        writes.append((kind, fields["subject"]))
        return append(self, kind, **fields)

    monkeypatch.setattr(Ledger, "append", appended)
    monkeypatch.setattr(registry, "set_alias", lambda name, version: (writes.append((name, version)), alias(name, version)))
    conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(2))
    assert writes == [("promoted", two), ("previous", one), ("champion", two), ("candidate", None)]
    entry = ledger_of(registry).log(limit=1)[0]
    assert (entry.evidence["from"], entry.evidence["checkpoint"]) == (one, second)
    assert registry.noted_head() == entry.hash
    writes.clear()
    conclude(registry, two, "promoted", actor="perdure", reason="passed", now=minute(3))
    assert writes == []


@pytest.mark.integration
def test_of_two_movers_at_once_one_is_refused(registry: Registry, champion: Champion, add_version: AddVersion) -> None:
    """On two machines that share ledger and MLflow, the lock in the workspace does not help: the entry's key does."""
    _, first = champion("one")
    (two, _), (three, _) = add_version("two", against=first), add_version("three", against=first)
    with moving(registry, minute(2)) as mover:
        before = mover.state
        ledger_of(registry).append(
            "promoted", actor="another machine", subject=two, evidence={}, reason="", now=minute(1),
            key=f"champion-after:{before.last_move}",
        )  # fmt: skip
        from components.control.champion import move

        with pytest.raises(BusyError, match=f"moved to version {two}"):
            move(mover, "promoted", three, actor="a", reason="")
    assert serves(registry)[0] == two
    assert reconcile(registry.workspace, minute(3)).done == []
    assert registry.aliases()["champion"] == two


ACTS: dict[str, Callable[[Registry, str], object]] = {
    "promote": lambda registry, version: conclude(registry, version, "promoted", actor="a", reason="r", now=minute(9)),
    "conclude": lambda registry, version: conclude(registry, version, "rejected", actor="a", reason="r", now=minute(9)),
    "rollback": lambda registry, _: rollback(registry, actor="a", reason="r", now=minute(9)),
    "reconcile": lambda registry, _: reconcile(registry.workspace, minute(9)),
}


def picture(registry: Registry) -> tuple[Any, list[str]]:
    """Everything that MLflow and the ledger hold."""
    return everything(registry), kinds(registry)


def remove(registry: Registry) -> None:
    for path in registry.workspace.root.glob("ledger.db*"):
        path.unlink()


def remove_with_what_was_seen(registry: Registry) -> None:
    remove(registry)
    (registry.workspace.root / "ledger.seen.json").unlink()


def remove_every_trace_but_mlflow(registry: Registry) -> None:
    remove_with_what_was_seen(registry)
    registry.client.delete_registered_model_tag(registry.model, "ledger.head")


def rewrite(registry: Registry) -> None:
    Intruder(registry.workspace).rewrite(lambda fields: {**fields, "reason": "forged"})
    (registry.workspace.root / "ledger.seen.json").unlink()


def change_an_entry(registry: Registry) -> None:
    Intruder(registry.workspace).run("UPDATE ledger SET subject = '1' WHERE kind = 'promoted'", guards=True)


@pytest.mark.integration
@pytest.mark.parametrize("falsify", [remove, remove_with_what_was_seen, remove_every_trace_but_mlflow, rewrite, change_an_entry])
def test_nobody_acts_on_a_ledger_that_is_gone_or_false(
    registry: Registry, champion: Champion, add_version: AddVersion, falsify: Callable[[Registry], None]
) -> None:
    champion("one")
    _, second = champion("two")
    three, _ = add_version("three", against=second)
    registry.client.set_registered_model_alias(registry.model, "champion", three)  # also with a wish at hand
    registry.tag(three, {"approval": "approved", "approval.reason": "please"})
    falsify(registry)
    before = everything(registry)
    entries = ledger_of(registry).verify()["entries"]
    for act in ACTS.values():
        with pytest.raises(LedgerError) as caught:
            act(registry, three)
        assert "audit accept" in caught.value.hint
        assert "what serves goes on serving" in caught.value.hint
    assert everything(registry) == before
    assert ledger_of(registry).verify()["entries"] == entries


def delete_the_model(registry: Registry) -> None:
    registry.client.delete_registered_model(registry.model)


def rename_the_model(registry: Registry) -> None:
    registry.client.rename_registered_model(registry.model, "another")


def another_owner(registry: Registry) -> None:
    registry.client.set_registered_model_tag(registry.model, "workspace", "f" * 16)


@pytest.mark.integration
@pytest.mark.parametrize("lose", [delete_the_model, rename_the_model, another_owner])
def test_nobody_acts_on_a_registry_that_is_not_the_one_the_ledger_describes(
    registry: Registry, champion: Champion, add_version: AddVersion, lose: Callable[[Registry], None]
) -> None:
    champion("one")
    _, second = champion("two")
    three, _ = add_version("three", against=second)
    before, head = serves(registry), ledger_of(registry).head()
    lose(registry)
    for act in ACTS.values():
        with pytest.raises(RegistryError) as caught:
            act(registry, three)
        assert "Nothing was changed" in caught.value.hint
    assert serves(registry) == before
    assert ledger_of(registry).head() == head


@pytest.mark.integration
def test_a_damaged_checkpoint_does_not_come_to_serve(registry: Registry, champion: Champion, add_version: AddVersion) -> None:
    one, first = champion("one")
    two, second = add_version("two", against=first)
    (registry.workspace.checkpoint(second) / "memory.parquet").write_bytes(b"poison")
    before = picture(registry)
    with pytest.raises(IntegrityError, match=r"memory\.parquet"):
        conclude(registry, two, "promoted", actor="a", reason="r", now=minute(2))
    assert picture(registry) == before
    assert serves(registry) == (one, first)


@pytest.mark.unit
def test_nobody_but_the_mirror_sets_aliases_and_nobody_but_control_moves_the_champion() -> None:
    """MLflow's calls are made by `Registry.set_alias` alone, which the mirror alone calls. An entry about the champion is
    written by `move`, which the two files that ask the rules first call, and by the act that continues a damaged ledger."""
    registry, mirror = ROOT / "components" / "registry" / "registry.py", CONTROL / "mirror.py"
    allowed = {
        "set_registered_model_alias": {registry},
        "delete_registered_model_alias": {registry},
        "set_alias": {registry, mirror},
        "move": {CHAMPION, CONTROL / "actions.py", CONTROL / "reconcile.py"},
        "finish": {CHAMPION, *(CONTROL / f"{name}.py" for name in ("actions", "reconcile", "register"))},
    }
    files = [*(ROOT / "components").rglob("*.py"), *(ROOT / "flows").rglob("*.py"), *(ROOT / "perdure").rglob("*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "attr", None) or getattr(called, "id", None)
            if name in ("move", "finish") and "components.control.champion" not in path.read_text() and path != CHAMPION:
                continue  # somebody else's word
            assert name not in allowed or path in allowed[name], f"{path}:{node.lineno} calls {name}"
            if name == "append" and called and path != CHAMPION:
                first = node.args[0] if node.args else None
                kind = first.value if isinstance(first, ast.Constant) else None
                assert kind not in ("promoted", "champion_moved"), f"{path}:{node.lineno}"
                assert kind != "rolled_back" or path == CONTROL / "actions.py", f"{path}:{node.lineno}"  # without MLflow
                assert kind != "continued" or path == CONTROL / "accept.py", f"{path}:{node.lineno}"
