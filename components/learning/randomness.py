"""The generators behind a run (numpy for orders and draws, torch for initial values and dropout) as plain JSON."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

_ONE_AT_A_TIME = threading.RLock()


def seeded(seed: int) -> np.random.Generator:
    """A new numpy generator; also seeds torch's global one."""
    torch.manual_seed(seed)
    return np.random.Generator(np.random.PCG64(seed))


def capture(rng: np.random.Generator) -> dict[str, Any]:
    """The state of this generator and of torch's on every device."""
    states = [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]
    return {"numpy": dict(rng.bit_generator.state), "torch": [base64.b64encode(s.numpy().tobytes()).decode() for s in states]}


def restore(state: dict[str, Any]) -> np.random.Generator:
    """The generator as it was captured; also restores torch's."""
    rng = np.random.Generator(np.random.PCG64())
    rng.bit_generator.state = state["numpy"]
    first, *others = [torch.tensor(list(base64.b64decode(text)), dtype=torch.uint8) for text in state["torch"]]
    torch.set_rng_state(first)
    if torch.cuda.is_available() and len(others) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(others)
    return rng


@contextmanager
def isolated() -> Iterator[None]:
    """Set torch's global generators and determinism as a run needs them, and restore the caller's afterwards.

    They belong to the process, so one run at a time has them; another thread's waits.
    """
    deterministic = torch.are_deterministic_algorithms_enabled()
    with _ONE_AT_A_TIME, torch.random.fork_rng():
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(deterministic)
