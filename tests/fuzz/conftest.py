"""The fuzzers of one tree try the same inputs in every run.

hypothesis also draws the constants of whatever modules are loaded, and so of whichever tests ran before in the same process.
With PERDURE_FUZZ_SEED set, it does: then other inputs are what is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis.internal.conjecture import providers


@pytest.fixture(autouse=True)
def same_inputs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if "PERDURE_FUZZ_SEED" in os.environ:
        yield
        return
    monkeypatch.setattr(providers, "_get_local_constants", providers.Constants)
    providers.CONSTANTS_CACHE.cache.clear()
    yield
    providers.CONSTANTS_CACHE.cache.clear()  # other tests draw with their own constants
