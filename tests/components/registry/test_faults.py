"""Faults strike where they are planned, and nothing is written after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.errors import UnavailableError
from components.governance.ledger import Ledger
from components.registry.identity import MODEL, identity
from components.registry.registry import Registry
from components.storage import write_json
from components.workspace import Workspace
from tests.components.registry.faults import HOWS, Faults, Killed, Plan, plans
from tests.components.registry.making import minute
from tests.components.registry.memory import MemoryClient

pytestmark = pytest.mark.integration
WRITES = [
    "ledger append promoted 1",
    "registry set_registered_model_alias perdure champion 1",
    "registry set_model_version_tag perdure 1 outcome promoted",
    "file record.json",
]


class Scene:
    """A registry with one version, a ledger, and an action of four writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = MemoryClient()
        self.client.create_registered_model(MODEL)
        self.client.create_model_version(MODEL, "file:///x")
        identity(Workspace(folder))  # noted at the first use of a workspace
        self.ledger = Ledger(f"sqlite:///{folder}/ledger.db")

    def act(self, faults: Faults) -> None:
        with faults.watching():
            registry = Registry(Workspace(self.folder), faults.around(self.client))
            self.ledger.append("promoted", actor="me", subject="1", evidence={}, reason="why", now=minute(0), key="one")
            registry.set_alias("champion", "1")
            registry.tag("1", {"outcome": "promoted"})
            write_json(self.folder / "record.json", {})

    def done(self) -> list[bool]:
        """Which of the four writes were done."""
        version: Any = self.client.get_model_version(MODEL, "1")
        return [
            self.ledger.find("one") is not None,
            version.aliases == ["champion"],
            version.tags == {"outcome": "promoted"},
            (self.folder / "record.json").exists(),
        ]


def test_an_undisturbed_run_counts_all_writes(tmp_path: Path) -> None:
    scene, faults = Scene(tmp_path), Faults()
    scene.act(faults)
    assert faults.writes == WRITES
    assert scene.done() == [True] * 4
    assert not faults.struck
    write_json(tmp_path / "later.json", {})
    assert len(faults.writes) == 4, "outside the block nothing is counted"


@pytest.mark.parametrize("plan", plans(4), ids=str)
def test_a_fault_strikes_before_or_after_its_write_and_the_next_run_finishes(plan: Plan, tmp_path: Path) -> None:
    scene, faults = Scene(tmp_path), Faults(plan)
    with pytest.raises(Killed if plan.how == "kill" else UnavailableError):
        scene.act(faults)
    done = plan.at if plan.when == "after" else plan.at - 1
    assert faults.struck
    assert scene.done() == [number < done for number in range(4)]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".record")]
    scene.act(Faults())
    assert scene.done() == [True] * 4


def test_the_dead_write_nothing(tmp_path: Path) -> None:
    scene, faults = Scene(tmp_path), Faults(Plan(1))
    with faults.watching():
        for _ in range(2):
            with pytest.raises(Killed):
                write_json(tmp_path / "record.json", {})
        with pytest.raises(Killed):
            faults.around(scene.client).get_registered_model(MODEL)
        with pytest.raises(Killed):
            scene.ledger.append("promoted", actor="me", subject="1", evidence={}, reason="why", now=minute(0))
    assert scene.done() == [False] * 4


@pytest.mark.parametrize("how", HOWS[1:])
def test_a_lasting_fault_goes_on_in_its_place(how: Any, tmp_path: Path) -> None:
    scene, faults = Scene(tmp_path), Faults(Plan(2, how=how, lasting=True))
    with pytest.raises(UnavailableError):
        scene.act(faults)
    registry = Registry(Workspace(tmp_path), faults.around(scene.client))
    with pytest.raises(UnavailableError):
        registry.tag("1", {"outcome": "held"})
    if how == "refuse":
        assert registry.tags("1") == {}, "what may not be written may be read"
    with faults.watching():
        write_json(tmp_path / "record.json", {})
    assert scene.done() == [True, False, False, True]
