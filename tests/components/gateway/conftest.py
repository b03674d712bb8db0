import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import EVENT_COLUMNS, Experience
from components.gateway.process import Gateway, start_gateway
from components.storage import building, digest_text, publish

TINY = Path(__file__).parent / "tiny.py"


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """The module tiny.py (test folders are no packages)."""
    spec = importlib.util.spec_from_file_location("tiny_gateway_model", TINY)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def make_words(tiny: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    return lambda *args, **named: tiny.make_words(tmp_path / "checkpoints", *args, **named)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A real gateway process that serves the tiny model."""
    running = start_gateway((sys.executable, str(TINY)))
    yield running
    running.stop()


@pytest.fixture
def gateways() -> Iterator[Callable[[], Gateway]]:
    """The tiny model's gateway as it is kept for rollouts: the running one, or a new one if that has ended."""
    started: list[Gateway] = []

    def kept() -> Gateway:
        if not started or not started[-1].alive():
            started.append(start_gateway((sys.executable, str(TINY))))
        return started[-1]

    yield kept
    for running in started:
        running.stop()


@pytest.fixture
def make_experience(tmp_path: Path) -> Callable[[int], Experience]:
    """An experience with n held-out cases, half of them fine and half of them awful."""

    def make(n: int) -> Experience:
        texts = [f"{'fine' if i % 2 else 'awful'} number {i}" for i in range(n)]
        rows = {column: [None] * n for column in EVENT_COLUMNS}
        rows |= {
            "text": texts,
            "label": ["good" if i % 2 else "bad" for i in range(n)],
            "digest": [digest_text(t) for t in texts],
        }
        with building(tmp_path / "experiences") as scratch:
            parquet.write_table(pa.table(rows), scratch / "heldout.parquet")
            return Experience(
                tmp_path / "experiences" / publish(scratch, tmp_path / "experiences", {"kind": "experience", "name": "t"})
            )

    return make
