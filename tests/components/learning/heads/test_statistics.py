"""Which rows may judge: none that the base model was trained on, whether they are new or from the memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from components.learning.heads._statistics import unseen
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.run import Past, Run, Split
from components.memory.store import Memory

pytestmark = pytest.mark.unit


def run_of(moved: bool, validation: list[int]) -> Run:
    """Four new rows, and a memory of two rows of each of three past experiences."""
    rows = [{"text": f"{e}{i}", "label": "x", "digest": f"{e}{i}", "experience": e} for e in "abc" for i in (0, 1)]
    memory = Memory.empty(10, "reservoir", 0)
    for e in "abc":
        memory = memory.add(pa.Table.from_pylist([row for row in rows if row["experience"] == e]), experience=e)
    network: Any = None
    split = Split(np.arange(4), np.array(validation, dtype=np.int64))
    past = Past(["a", "b", "c"], {}, memory)
    return Run(network, Table(Tokens(()), ("x",) * 10), 4, np.random.default_rng(0), split, past, moved=moved)


@pytest.mark.parametrize(("last", "memory"), [(-1, [4, 5, 6, 7, 8, 9]), (0, [6, 7, 8, 9]), (2, [])])
def test_memory_rows_judge_from_the_first_experience_after_the_base_last_moved(last: int, memory: list[int]) -> None:
    assert unseen(run_of(False, [1]), last).tolist() == [0, 1, 2, 3, *memory]


@pytest.mark.parametrize("validation", [[], [1, 3]])
def test_while_the_base_moves_only_validation_rows_judge(validation: list[int]) -> None:
    """Sixty rows of many classes leave none: then the prior decides, and not rows that were learned by heart."""
    assert unseen(run_of(True, validation), -1).tolist() == validation
