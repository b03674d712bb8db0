"""How a fuzzer runs: seeded, bounded, counted, in bounded memory.

PERDURE_FUZZ_SEED=7 tries other inputs; PERDURE_EXAMPLES=thorough ten times as many.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, seed
from hypothesis.strategies import SearchStrategy

from tests.examples import examples

SEED = int(os.environ.get("PERDURE_FUZZ_SEED", "0"))
#: MiB that a run may add to what the process has needed before
MEMORY = 400


def fuzz(
    number: int, strategy: SearchStrategy[Any], holds: Callable[[Any], object], record: Callable[[str, object], None]
) -> None:
    """Call `holds` with `number` inputs of a strategy; note how many there were, for the summary of the run."""
    tried = 0

    @seed(SEED)
    @examples(number, database=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(strategy)
    def run(value: Any) -> None:
        nonlocal tried
        tried += 1
        holds(value)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    run()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10) - before
    assert grown < MEMORY, f"{grown} MiB were needed"
    record("inputs", tried)
