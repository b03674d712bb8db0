"""The registry of the registry's own tests: moves are made on real MLflow. And a folder in memory, where there is one."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.registry.conftest import add_version, registry

__all__ = ["add_version", "memory_folder", "registry"]


@pytest.fixture(scope="module")
def memory_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder where syncing costs nothing, if the machine has one."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shared)) if shared.is_dir() else tmp_path_factory.mktemp("memory")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
