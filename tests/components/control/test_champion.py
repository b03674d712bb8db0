"""Who may move `champion`, and in which order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from components.control.champion import set_champion
from components.registry.registry import Registry
from tests.components.registry.making import AddVersion

ROOT = Path(__file__).parents[3]
REGISTRY, CONTROL = ROOT / "components" / "registry" / "registry.py", ROOT / "components" / "control"


@pytest.mark.integration
def test_previous_is_written_before_champion_moves(
    registry: Registry, add_version: AddVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, first), (two, _) = add_version("one"), add_version("two")
    set_champion(registry, one)
    assert registry.status()["champion"] == {"version": one, "checkpoint": first}
    assert registry.previous() is None
    moves: list[tuple[str, str | None]] = []
    real = registry.set_alias
    monkeypatch.setattr(registry, "set_alias", lambda alias, version: (moves.append((alias, version)), real(alias, version)))
    set_champion(registry, two)
    set_champion(registry, two)
    assert moves == [("previous", one), ("champion", two)]
    assert (registry.previous(), registry.champion()) == (one, two)


@pytest.mark.unit
def test_nobody_but_control_moves_champion_or_previous() -> None:
    """MLflow's own calls are made by `Registry.set_alias` alone; outside control, that is only ever asked for `candidate`."""
    for path in [*(ROOT / "components").rglob("*.py"), *(ROOT / "flows").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in ("set_registered_model_alias", "delete_registered_model_alias"):
                assert path == REGISTRY, f"{path}:{node.lineno}"
            if name in ("set_alias", "set_champion"):
                assert path == REGISTRY or path.parent == CONTROL, f"{path}:{node.lineno}"
    calls = [node for node in ast.walk(ast.parse(REGISTRY.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    moves = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "set_alias"]
    assert [ast.literal_eval(call.args[0]) for call in moves] == ["candidate"]
