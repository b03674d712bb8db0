"""A method from outside is named by its code; a name stands for one method."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.errors import UsageError
from components.learning.identity import _identity, blame, foreign_methods
from components.learning.method import _METHODS, Method, known_kinds, register
from components.learning.rehearsal.sampling import SAMPLINGS
from components.learning.rehearsal.sampling import register as register_sampler
from components.memory import policies
from components.settings import LearningSettings

pytestmark = pytest.mark.unit

SOURCE = """
from components.learning.method import Method, register

@register("regularizer", "{kind}")
class Shrink(Method):
    strength: float = {strength}
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to import from; the methods that it registers and its modules are gone afterwards."""
    before, modules = dict(_METHODS), set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    for key in set(_METHODS) - set(before):
        del _METHODS[key]
    _identity.cache_clear()


def using(kind: str) -> LearningSettings:
    return LearningSettings(regularizers=({"kind": kind}, {"kind": "online_ewc"}))


def test_own_methods_are_named_by_the_version() -> None:
    assert foreign_methods(LearningSettings()) == {}
    assert foreign_methods(LearningSettings(regularizers=({"kind": "ewc"},), recipe="auto")) == {}


def test_an_edited_method_is_another_one(outside: Path) -> None:
    (outside / "my_shrink.py").write_text(SOURCE.format(kind="shrink_here", strength=0.1))
    importlib.import_module("my_shrink")
    [(name, before)] = foreign_methods(using("shrink_here")).items()
    assert name == "regularizer.shrink_here"
    assert before["class"] == "my_shrink.Shrink"
    (outside / "my_shrink.py").write_text(SOURCE.format(kind="shrink_here", strength=0.2))
    assert foreign_methods(using("shrink_here"))[name] == before, "what runs in this process is what it imported"
    _identity.cache_clear()
    assert foreign_methods(using("shrink_here"))[name]["source"] != before["source"]


def test_a_packages_helpers_belong_to_its_methods(outside: Path) -> None:
    package = outside / "my_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "helper.py").write_text("FACTOR = 1")
    (package / "shrink.py").write_text(SOURCE.format(kind="packaged", strength=0.1))
    importlib.import_module("my_package.shrink")
    before = foreign_methods(using("packaged"))
    (package / "helper.py").write_text("FACTOR = 2")
    _identity.cache_clear()
    assert foreign_methods(using("packaged")) != before


def test_the_files_beside_a_method_that_it_imports_belong_to_it(outside: Path) -> None:
    (outside / "my_factor.py").write_text("FACTOR = 1")
    (outside / "my_other.py").write_text("UNUSED = 1")
    (outside / "my_beside.py").write_text("import my_factor\n" + SOURCE.format(kind="beside", strength=0.1))
    importlib.import_module("my_beside")
    before = foreign_methods(using("beside"))
    (outside / "my_other.py").write_text("UNUSED = 2")
    _identity.cache_clear()
    assert foreign_methods(using("beside")) == before
    (outside / "my_factor.py").write_text("FACTOR = 2")
    _identity.cache_clear()
    assert foreign_methods(using("beside")) != before


def test_what_a_method_from_outside_raises_names_it(outside: Path) -> None:
    (outside / "my_broken.py").write_text(
        SOURCE.format(kind="broken", strength=0.1) + "    def after_update(self, run, batch):\n        return 1 / 0\n"
    )
    module = importlib.import_module("my_broken")
    with pytest.raises(ZeroDivisionError) as caught:
        module.Shrink().after_update(None, None)
    reported = blame(caught.value, using("broken"))
    assert reported is not None
    assert "regularizer.broken (my_broken.Shrink) raised ZeroDivisionError" in reported.message
    assert "my_broken.py" in reported.hint
    assert blame(caught.value, LearningSettings()) is None
    assert blame(UsageError("its own"), using("broken")) is None


def test_a_method_without_source_is_refused(outside: Path) -> None:
    exec(compile(SOURCE.format(kind="nowhere", strength=0.1), "<typed>", "exec"), {"__name__": "typed_somewhere"})
    with pytest.raises(UsageError, match="cannot be read") as refused:
        foreign_methods(using("nowhere"))
    assert "file of its own" in refused.value.hint


def test_a_buffers_policy_and_sampler_belong_to_it(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (outside / "my_policy.py").write_text(
        "from components.memory.policies import policy\n\n@policy('mine')\ndef mine(lane, classes, rng): ...\n"
    )
    monkeypatch.setattr(policies, "POLICIES", dict(policies.POLICIES))
    importlib.import_module("my_policy")
    found = foreign_methods(LearningSettings(rehearsal={"kind": "buffer", "policy": "mine"}))
    assert found["rehearsal.buffer"]["class"] == "my_policy.mine"
    assert foreign_methods(LearningSettings(rehearsal={"kind": "buffer", "policy": "ring"})) == {}


def test_nobody_takes_the_name_of_a_policy_or_a_sampler() -> None:
    before = dict(policies.POLICIES), dict(SAMPLINGS)
    with pytest.raises(UsageError, match="buffer policy 'ring' is taken by components"):
        policies.policy("ring")(lambda lane, classes, rng: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(UsageError, match="sampling 'mir' is taken by components"):
        register_sampler("mir")(type("Mine", (), {}))
    assert before == (policies.POLICIES, SAMPLINGS)


def test_a_name_that_is_taken_is_refused() -> None:
    before = known_kinds()["regularizer", "ewc"]
    with pytest.raises(UsageError, match=r"regularizer 'ewc' is taken by components\.learning\.regularizers\.ewc\.Ewc"):

        @register("regularizer", "ewc")
        class Mine(Method):
            pass

    assert known_kinds()["regularizer", "ewc"] is before


def test_an_axis_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="no axis 'regularizers'") as refused:
        register("regularizers", "mine")  # type: ignore[arg-type]
    assert "'regularizer'" in refused.value.hint
