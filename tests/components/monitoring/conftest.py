from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest


@pytest.fixture
def results() -> Callable[..., pa.Table]:
    """Case results of several experiences: {experience: (n, share answered right)}; the first cases are the right ones."""

    def make(shares: Mapping[str, tuple[int, float]]) -> pa.Table:
        rows = [
            (name, f"case {i}", i < round(share * n), 0.9 if i < round(share * n) else 0.5, 0.8 if i < round(share * n) else -0.2)
            for name, (n, share) in shares.items()
            for i in range(n)
        ]
        columns = zip(*rows, strict=True) if rows else [[]] * 5
        types = (pa.string(), pa.string(), pa.bool_(), pa.float32(), pa.float32())
        names = ("experience", "case", "correct", "confidence", "margin")
        return pa.table({name: pa.array(list(column), kind) for name, column, kind in zip(names, columns, types, strict=True)})

    return make


@pytest.fixture
def events() -> Callable[..., pa.Table]:
    """n events of some words and labels."""

    def make(n: int, words: str, labels: str, seed: int) -> pa.Table:
        rng = np.random.default_rng(seed)
        texts = [" ".join(rng.choice(words.split(), rng.integers(3, 9))) for _ in range(n)]
        return pa.table(
            {"text": pa.array(texts, pa.string()), "label": pa.array(rng.choice(labels.split(), n).tolist(), pa.string())}
        )

    return make
