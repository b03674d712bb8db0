"""No memory ever takes in a text that is held out, however experiences share their texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from components.contracts import Experience
from components.learning.learn import learn
from components.learning.method import known_kinds
from components.memory import POLICIES, Memory
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace
from tests.examples import examples

pytestmark = pytest.mark.integration
KINDS = sorted(
    kind for (axis, kind), method in known_kinds().items() if axis == "rehearsal" and "capacity" in method.model_fields
)
POOL = [
    (f"{frame} {word}", label)
    for label, words in (("fruit", ("plum", "fig")), ("tool", ("saw", "axe")), ("bird", ("owl", "wren")))
    for word in words
    for frame in ("i see a", "this is the", "what about one")
]
#: Rows of the pool by number, the same ones again and again; `make` holds out every fifth
draws = st.lists(st.integers(0, len(POOL) - 1), min_size=8, max_size=20)


def digests_of(experience: Experience, part: str) -> set[str]:
    """Of the training or the held-out rows."""
    return set(experience.table(part)["digest"].to_pylist())


@pytest.mark.parametrize("kind", KINDS)
@examples(8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(line=st.lists(draws, min_size=2, max_size=3), policy=st.sampled_from(sorted(POLICIES)), capacity=st.integers(1, 15))
def test_no_memory_takes_in_a_held_out_text(
    kind: str, line: Sequence[list[int]], policy: str, capacity: int, tiny_encoder: Path,
    settings_for: Callable[..., LearningSettings], make: Callable[..., Experience], tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    workspace = Workspace(tmp_path_factory.mktemp("held-out") / "workspace")
    recipe = settings_for(
        tiny_encoder, regime={"kind": "head"}, head={"kind": "linear"}, optimizer={"kind": "adamw", "epochs": 1, "batch": 8},
        rehearsal={"kind": kind, "policy": policy, "capacity": capacity},
    )  # fmt: skip
    experiences = [make(workspace, [POOL[i] for i in rows], f"{n}") for n, rows in enumerate(line)]
    barred: set[str] = set()
    parent: Path | None = None
    before: set[tuple[str, str]] = set()
    for experience in experiences:
        barred |= digests_of(experience, "heldout")
        assume(digests_of(experience, "train") - barred)
        parent = workspace.checkpoint(learn(experience, parent, recipe, seed=0, workspace=workspace).checkpoint)
        rows = Memory.load(parent, read_manifest(parent)["memory"]).rows
        now = set(zip(rows["digest"].to_pylist(), rows["experience"].to_pylist()))
        came = {digest for digest, source in now if source == experience.digest}
        assert not came & barred, "held out here, or in an experience before"
        assert came <= digests_of(experience, "train")
        assert {one for one in now if one[1] != experience.digest} <= before, (
            "what was there before is all that is left of the past"
        )
        assert 0 < len(rows) <= capacity
        before = now
