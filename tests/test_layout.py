"""The tests mirror the source tree: components/X/y.py has its tests in tests/components/X/test_y.py."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

TESTS = Path(__file__).parent
ROOT = TESTS.parent

#: Files that are about more than one module, or about no module; the docstring of each says what it covers
SPANNING = {
    "test_dependencies.py", "test_layout.py", "test_readme.py",  # files of the project
    "components/test_wheel.py", "components/monitoring/test_dashboard_ui.py",  # from outside
    "components/cycle/test_line.py", "components/cycle/test_line_auto.py", "components/cycle/test_cases.py",  # all steps
    "components/cycle/test_private_data.py", "components/privacy/test_linear.py",  # all that is kept, all patterns
    "components/privacy/test_kinds.py",  # all detectors but that of addresses
    "components/gateway/test_draw.py", "components/gateway/test_real.py", "components/governance/test_ledger_processes.py",
    "components/ingestion/test_cases.py", "components/ingestion/test_golden.py", "components/ingestion/test_kill.py",
    "components/memory/test_kept_rows.py",
    # all of learning
    "components/learning/test_golden.py", "components/learning/test_held_out.py", "components/learning/test_kill.py",
    "components/learning/test_kill_every_method.py", "components/learning/test_layout.py",
    "components/learning/test_learn_minilm.py", "components/learning/test_own_method.py",
    "components/learning/choice/test_choose_over_a_stream.py", "components/learning/networks/test_causal_packing.py",
    # the methods of an axis
    "components/learning/heads/test_heads.py", "components/learning/heads/test_heads_line.py",
    "components/learning/regimes/test_adapters.py", "components/learning/regimes/test_untouched.py",
    "components/learning/regularizers/test_meta.py", "components/learning/regularizers/test_together.py",
    "components/registry/test_memory.py", "components/registry/test_faults.py",  # what other tests stand on
    "components/control/test_faults.py", "components/control/test_machine.py",  # everything that changes what serves
    "components/control/test_side_doors.py",
    "fuzz/test_readers.py",  # whatever may come in
    # DVC, Prefect and the services of a team
    "flows/test_declarations.py", "flows/test_deployment.py", "flows/test_housekeeping.py", "flows/test_repro.py",
    "infra/test_stack.py",
    "fuzz/test_checkpoints.py", "fuzz/test_http.py", "fuzz/test_yaml.py",  # what comes from outside
}  # fmt: skip


def counterparts(test: Path) -> list[Path]:
    """Where the source of a file of tests may stand: a module, a helper of one axis, a package or a file of data."""
    folder, name = ROOT / test.parent, test.stem.removeprefix("test_")
    return [folder / f"{name}.py", folder / f"_{name}.py", folder / name, folder / f"{name}.yaml", ROOT / name]


def test_every_folder_of_tests_has_its_counterpart() -> None:
    folders = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")} - {Path("fuzz")}  # of everything that reads
    assert sorted(str(folder) for folder in folders if not (ROOT / folder).is_dir()) == []


def test_every_file_of_tests_has_its_counterpart_or_says_what_it_spans() -> None:
    found = {path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    alone = {path.as_posix() for path in found if not any(place.exists() for place in counterparts(path))}
    assert sorted(alone - SPANNING) == [], "no module of that name"
    assert sorted(SPANNING - alone) == [], "a module of that name, or no such file"
    for name in sorted(SPANNING):
        assert (TESTS / name).read_text(encoding="utf-8").startswith('"""'), f"{name} has no docstring"


def test_no_files_of_the_house_import_each_other_in_a_circle() -> None:
    spec = importlib.util.spec_from_file_location("structure", ROOT / "docs" / "structure.py")
    assert spec is not None
    assert spec.loader is not None
    structure = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(structure)
    arrows = structure.imports({path: ast.parse(text) for path, text in structure.sources(None).items()})
    assert len(arrows) > 200
    assert structure.circles(arrows) == []
    assert structure.circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
