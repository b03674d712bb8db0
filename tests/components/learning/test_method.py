"""Recipes are checked before anything is loaded, and say what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from components.errors import UsageError
from components.learning.method import _METHODS, Method, known_kinds, read_method
from components.learning.recipe import read_recipe
from components.settings import LearningSettings

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"regime": {"kind": "lorra"}}, "learning.regime.kind: there is no regime", "'lora'"),
        ({"regime": {}}, "learning.regime.kind: there is no regime None", "Known:"),
        ({"regime": {"kind": "lora", "rnk": 4}}, "learning.regime: lora has no setting 'rnk'", "'rank'"),
        ({"regime": {"kind": "lora", "rank": 0}}, "learning.regime.rank: Input should be greater than or equal", "rank of"),
        ({"head": {"kind": "analytic", "width": "wide"}}, "learning.head.width: Input", "random"),
        ({"rehearsal": {"kind": "buffer", "policy": "newest"}}, "newest", ""),
        ({"regularizers": [{"kind": "ewc"}, {"kind": "ewc", "strength": -1}]}, "regularizers[1].strength", "weight"),
        ({"optimizer": {"kind": "adamw", "epochs": 2.5}}, "learning.optimizer.epochs", "passes over the new rows"),
        ({"routing": {"kind": "proteus"}}, "learning.routing.kind", "none"),
    ],
)  # fmt: skip
def test_a_wrong_recipe_names_the_key_and_the_way_out(settings: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(LearningSettings.model_validate(settings))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_record_holds_every_setting_and_reads_back() -> None:
    recipe = read_recipe(LearningSettings(regularizers=({"kind": "online_ewc", "strength": 5},)))
    record = recipe.record()
    expected = {"kind": "online_ewc", "strength": 5.0, "pull": 1.0, "fisher": "sampled", "samples": 200, "gamma": 0.95}
    assert record["regularizers"] == [expected]
    assert read_method("regime", record["regime"]) == recipe.regime
    assert record["optimizer"]["clip"] == 1.0


def test_adapt_first_freezes_after_its_experiences() -> None:
    regime = read_method("regime", {"kind": "lora", "adapt": "first", "experiences": 2})
    assert [regime.frozen(SimpleNamespace(learned=n, seen=60 * n)) for n in range(4)] == [False, False, True, True]
    assert not read_method("regime", {"kind": "full"}).frozen(SimpleNamespace(learned=100, seen=6000))


def test_adapt_first_lasts_until_enough_rows_were_learned() -> None:
    """And while every row can be read again; after that it is settled."""
    regime = read_method("regime", {"kind": "full", "adapt": "first", "experiences": 2, "rows": 300})

    def run(n: int, rereadable: bool = True) -> SimpleNamespace:
        return SimpleNamespace(
            learned=n, seen=60 * n, new=60, rereadable=rereadable, notes={}, network=SimpleNamespace(model=torch.nn.Linear(1, 1))
        )

    assert [regime.frozen(run(n)) for n in range(7)] == [False] * 5 + [True] * 2
    assert [regime.settles(run(n)) for n in range(6)] == [False] * 4 + [True] * 2
    lost = run(3, rereadable=False)
    assert regime.frozen(lost)
    assert "not all of the 180 rows can" in lost.notes["adapt"]
    assert not regime.frozen(run(1, rereadable=False)), "the first experiences are another matter"
    assert regime.moves_again()


def load_theirs(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Read the regime `theirs` in a process that has a package with this source and an entry point."""
    (folder / "theirs.py").write_text(source)
    metadata = folder / "theirs-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[perdure.methods]\ntheirs = theirs\n")
    code = "from components.learning.method import read_method; print(read_method('regime', {'kind': 'theirs'}).record())"
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )


def test_a_package_adds_methods_by_entry_point(tmp_path: Path) -> None:
    found = load_theirs(
        tmp_path,
        "from components.learning.axes import Regime\nfrom components.learning.method import register\n"
        "@register('regime', 'theirs')\nclass Theirs(Regime):\n    depth: int = 3\n",
    )
    assert (
        found.stdout.strip() == "{'kind': 'theirs', 'adapt': 'always', 'experiences': 1, 'rows': 0, 'threshold': 0.1, 'depth': 3}"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nonsuch", "ModuleNotFoundError: No module named 'nonsuch'"),
        ("def broken(:", "SyntaxError: invalid syntax (theirs.py, line 1)"),
        ("from perdure import register\n@register('regim', 'theirs')\nclass Theirs: ...", "There is no axis 'regim'"),
    ],
)
def test_a_package_that_cannot_be_imported_is_named(tmp_path: Path, source: str, message: str) -> None:
    said = load_theirs(tmp_path, source).stderr.splitlines()
    assert any(f"UsageError: The method theirs of theirs cannot be loaded from theirs: {message}" in line for line in said)


def test_every_setting_of_a_method_is_described() -> None:
    own = {key: method for key, method in known_kinds().items() if method.__module__.startswith("components.")}
    nameless = [
        (key, name) for key, method in own.items() for name, field in method.model_fields.items() if not field.description
    ]
    assert nameless == []


def test_a_method_must_be_what_its_axis_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(Method):
        axis, kind = "head", "bare"

    known_kinds()
    monkeypatch.setitem(_METHODS, ("head", "bare"), Bare)
    with pytest.raises(UsageError, match="bare is registered as a head") as caught:
        read_recipe(LearningSettings(head={"kind": "bare"}))
    assert "axes.Head" in (caught.value.hint or "")
