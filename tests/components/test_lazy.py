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


def test_a_process_that_uses_nothing_of_it_does_not_import_it() -> None:
    code = "import sys; from components.lazy import lazy; torch = lazy('torch'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
