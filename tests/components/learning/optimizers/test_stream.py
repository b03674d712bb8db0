"""Streaming: every row once, in the order of arrival, and nothing held back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.method import Method, read_method, register
from components.learning.rows import arrival
from components.learning.run import Batch, Run
from components.settings import LearningSettings
from components.storage import building, publish
from components.workspace import Workspace

pytestmark = pytest.mark.integration


@register("regularizer", "test_witness")
class Witness(Method):
    """Writes down which rows each update was made on, and at which rate."""

    batches: ClassVar[list[list[int]]] = []
    rates: ClassVar[list[float]] = []

    def before_update(self, run: Run, batch: Batch) -> None:
        assert len(run.split.validation) == 0
        self.batches.append(batch.rows.tolist())
        self.rates.append(batch.rate)


def stamped(experience: Experience, times: list[str | None], workspace: Workspace) -> Experience:
    """The experience with these timestamps on its training rows."""
    table = experience.table("train")
    column = table.column_names.index("timestamp")
    with building(workspace.experiences) as scratch:
        parquet.write_table(table.set_column(column, "timestamp", pa.array(times, pa.string())), scratch / "train.parquet")
        for part in ("heldout", "unlabelled"):
            parquet.write_table(experience.table(part), scratch / f"{part}.parquet")
        fields = {name: experience.manifest[name] for name in ("kind", "name", "labels", "after", "counts")}
        return workspace.experience(publish(scratch, workspace.experiences, fields))


@pytest.mark.parametrize(
    ("times", "order"),
    [
        ([None, None, None], [0, 1, 2]),
        (["2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], [1, 2, 0]),
        (["2026-01-01T12:00:00+02:00", "2026-01-01T11:00:00Z", "2026-01-01T10:30:00"], [0, 2, 1]),
        (["2026-01-02", None, "2026-01-01", "2026-01-02"], [2, 0, 1, 3]),
        ([None, "2026-01-01"], [0, 1]),
        ([], []),
    ],
)
def test_arrival_is_by_time_then_by_file(times: list[str | None], order: list[int]) -> None:
    assert arrival(times).tolist() == order


def test_each_row_is_used_once_and_in_order(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> None:
    dice = np.random.default_rng(5)
    minutes = dice.permutation(32)
    experience = stamped(experiences[0], [f"2026-05-03T14:{m:02d}:00+00:00" for m in minutes], workspace)
    settings = settings_for(
        tiny_encoder, head={"kind": "linear"}, regularizers=[{"kind": "test_witness"}], optimizer={"kind": "stream", "rate": 0.01}
    )
    Witness.batches.clear()
    Witness.rates.clear()
    first = learn(experience, None, settings, seed=0, workspace=workspace).checkpoint
    assert [row for batch in Witness.batches for row in batch] == np.argsort(minutes).tolist()
    assert [len(batch) for batch in Witness.batches] == [10, 10, 10, 2]
    assert set(Witness.rates) == {0.01}
    Witness.batches.clear()
    learn(experiences[1], workspace.checkpoint(first), settings, seed=0, workspace=workspace)
    assert [[row for row in batch if row < 32] for batch in Witness.batches] == [
        list(range(32))[i : i + 10] for i in range(0, 32, 10)
    ]
    assert all(len(batch) == 2 * sum(row < 32 for row in batch) for batch in Witness.batches), "memory rows come on top"


@pytest.mark.parametrize("wrong", [{"epochs": 2}, {"validation": 0.1}, {"schedule": "linear"}])
def test_what_a_stream_cannot_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"learning.optimizer.{next(iter(wrong))}"):
        read_method("optimizer", {"kind": "stream", **wrong})
