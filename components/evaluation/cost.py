"""How long one answer takes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from components.contracts import Predictor

CALLS = 12


def latency(predictor: Predictor, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of single-text calls without a cache, after two to warm up: median, and p99 (close to the longest)."""
    if not texts:
        return {}
    predictor = getattr(predictor, "uncached", predictor)
    for text in texts[:2]:
        predictor.predict([text])
    taken = []
    for n in range(CALLS):
        began = time.perf_counter()
        predictor.predict([texts[n % len(texts)]])
        taken.append((time.perf_counter() - began) * 1000)
    p50, p99 = np.quantile(taken, [0.5, 0.99])
    return {"latency_p50_ms": round(float(p50), 3), "latency_p99_ms": round(float(p99), 3)}
