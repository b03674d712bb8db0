"""The gateway that outlives a cycle: one for all rollouts of a process, replaced when it dies, gone with the process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from components.gateway import kept
from components.gateway.process import Gateway, start_gateway
from tests.components.gateway.conftest import TINY

pytestmark = pytest.mark.end_to_end

PARENT = f"""
import sys
from components.gateway import kept
from components.gateway.process import start_gateway
kept.start_gateway = lambda base: start_gateway((sys.executable, {str(TINY)!r}))
gateway = kept.kept_gateway("minilm")
gateway.wait()
print(gateway.process.pid)
"""


@pytest.fixture
def bases(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The bases that gateways were started with; each serves the tiny model."""
    started: list[Gateway] = []
    asked: list[str] = []

    def start(base: str) -> Gateway:
        asked.append(base)
        started.append(start_gateway((sys.executable, str(TINY))))
        return started[-1]

    monkeypatch.setattr(kept, "start_gateway", start)
    monkeypatch.setattr(kept, "_kept", [])
    yield asked
    for gateway in started:
        gateway.stop()


def test_one_gateway_is_kept_and_a_dead_one_replaced(bases: list[str]) -> None:
    first = kept.kept_gateway("minilm")
    assert kept.kept_gateway("another base") is first
    first.wait()
    first.process.kill()
    first.process.wait()
    second = kept.kept_gateway("minilm")
    assert second is not first
    second.wait()
    assert kept.kept_gateway("minilm") is second
    assert bases == ["minilm", "minilm"]


def test_it_ends_with_the_process_that_keeps_it() -> None:
    done = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    pid = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"the gateway process {pid} is still there")
