"""A step's key: all of its inputs and its code, nothing beside; and a workbench that hands out what was declared."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml

from components.cycle import code
from components.cycle.outputs import Registered
from components.cycle.step import Step, Workbench, beside, names_in, told
from components.cycle.steps import STEPS
from components.workspace import Workspace

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]


@dataclasses.dataclass(frozen=True)
class Inputs:
    name: str
    more: dict[str, Any]
    path: str = beside()


def step(of: tuple[str, ...] = ()) -> Step[Inputs, Registered]:
    return Step("test", lambda known: Inputs("a", {}, ""), lambda inputs, bench: Registered("1"), Registered, code=of)


def test_the_key_follows_every_input_and_nothing_beside() -> None:
    one = step().key(Inputs("a", {"b": [1]}, "/here"))
    assert one == step().key(Inputs("a", {"b": [1]}, "/there"))
    assert one != step().key(Inputs("a", {"b": [2]}, "/here"))
    assert one != step().key(Inputs("b", {"b": [1]}, "/here"))
    assert one != dataclasses.replace(step(), name="other").key(Inputs("a", {"b": [1]}, "/here"))


def test_in_a_source_checkout_the_key_follows_the_components_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "components"
    (package / "learning").mkdir(parents=True)
    (package / "other").mkdir()
    file = package / "learning" / "learn.py"
    file.write_text("one")
    monkeypatch.setattr(code, "_PACKAGE", package)

    def key() -> str:
        code.source_digest.cache_clear()
        return step(("learning",)).key(Inputs("a", {}, ""))

    installed = key()
    (tmp_path / "pyproject.toml").touch()
    before = key()
    assert before != installed
    (package / "other" / "new.py").touch()
    assert key() == before
    file.write_text("two")
    assert key() != before
    (tmp_path / "pyproject.toml").unlink()
    assert key() == installed
    code.source_digest.cache_clear()


def test_a_workbench_hands_out_what_was_declared(workspace: Workspace) -> None:
    e, c, undeclared = "e" * 64, "c" * 64, "f" * 64
    (workspace.experiences / e).mkdir(parents=True)
    (workspace.checkpoints / c).mkdir(parents=True)
    inputs = Inputs(e, {"nested": [{"checkpoint": c}]}, "p")
    bench = Workbench(workspace, "cycle", lambda: datetime.now(UTC), None, names_in(told(inputs)))
    assert bench.experience(e).digest == e
    assert bench.checkpoint(c).name == c
    for opened in (lambda: bench.checkpoint(undeclared), lambda: bench.cases("other", c), lambda: bench.experience("p")):
        with pytest.raises(RuntimeError, match="a step may open only what its inputs name"):
            opened()


def test_dvc_runs_a_step_again_when_the_code_of_its_key_has_changed() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for each in STEPS:
        depends = [path for path in stages[each.name]["do"]["deps"] if path.startswith("components/")]
        assert sorted(depends) == sorted(f"components/{name}" for name in each.code), each.name


def test_dvc_runs_a_step_again_when_a_record_that_it_reads_has_changed() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    makers = {each.record: each.name for each in STEPS}
    for each in STEPS:
        reads = get_type_hints(get_type_hints(each.gather)["return"]).values()
        wanted = {f"${{cycles}}/${{key}}/{makers[kind]}" for kind in reads if kind in makers}
        assert wanted - set(stages[each.name]["do"]["deps"]) == set(), each.name


@pytest.mark.parametrize("each", STEPS, ids=lambda each: each.name)
def test_a_step_runs_on_inputs_and_workbench_alone(each: Step[Any, Any]) -> None:
    """`run` takes neither settings nor records; what it needs of them is a field of its inputs."""
    import inspect

    assert list(inspect.signature(each.run).parameters) == ["inputs", "bench"]
    source = inspect.getsource(each.run)
    assert "Records" not in source
    assert "settings." not in source.replace("inputs.settings", "")
