"""Lazy modules: nothing is imported until something is used; then it is the module itself that answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.lazy import lazy

pytestmark = pytest.mark.unit


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a module in a package that nobody has imported yet."""
    (tmp_path / "made_for_lazy").mkdir()
    (tmp_path / "made_for_lazy" / "__init__.py").touch()
    (tmp_path / "made_for_lazy" / "inner.py").write_text("VALUE = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "made_for_lazy.inner"


def test_it_is_imported_at_the_first_use(made: str) -> None:
    module = lazy(made)
    assert made not in sys.modules
    assert "not imported" in repr(module)
    assert made not in sys.modules
    assert module.VALUE == 3
    assert made in sys.modules
    assert "VALUE" in dir(module)
    sys.modules[made].VALUE = 4  # type: ignore[attr-defined]
    assert module.VALUE == 4, "no copy is kept"
    module.VALUE = 5
    assert sys.modules[made].VALUE == 5  # type: ignore[attr-defined]
    del sys.modules[made], sys.modules["made_for_lazy"]


def test_what_is_missing_is_told_at_the_first_use(made: str) -> None:
    nowhere = lazy("no_such_module_anywhere")
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        _ = nowhere.anything
    with pytest.raises(AttributeError, match="nothing"):
        _ = lazy(made).nothing


#: What is done before any work, and must not wait for libraries that take seconds to import
EARLY = {
    "a lazy module that is not used": "from components.lazy import lazy; torch = lazy('torch')",
    "checking a recipe": "from components.learning.recipe import read_recipe; read_recipe(LearningSettings())",
    "choosing": "from components.learning.choice.choose import Facts, choose; choose(Facts(False, 9), LearningSettings())",
    "asking for drift": "import components.learning.choice.drift",
    "rehearsing": "from components.learning.rehearsal import generative as g, retrieval as r; r.Retrieval(); g.Generative()",
}


def test_what_is_done_before_any_work_imports_nothing_slow() -> None:
    """One process does one after the other; the first that imports something is named with it."""
    code = "import sys; from components.settings import LearningSettings\n" + "\n".join(
        f"{done}\nprint({name!r}, *sorted({{'torch', 'transformers', 'peft', 'lancedb'}} & set(sys.modules)), sep=': ')"
        for name, done in EARLY.items()
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == list(EARLY)
