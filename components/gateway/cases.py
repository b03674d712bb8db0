"""The cases of a rollout: which are drawn, and which arm is asked each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.contracts import Experience, target_of
from components.errors import UsageError
from components.gateway.schema import MAX_CHARS
from components.rollout.split import Arm, arm_of, id_in


@dataclass(frozen=True)
class Case:
    """A text with a known answer."""

    id: str
    text: str
    truth: str


@dataclass(frozen=True)
class Asked:
    """A case sent to an arm. The gateway picks the arm by the request's id, so the id is one that falls into it."""

    case: Case
    arm: Arm
    id: str


@dataclass(frozen=True)
class Split:
    """Which version must answer on each arm, and how the gateway divides the ids. One version alone answers everything."""

    versions: Mapping[Arm, str]
    share: float
    salt: str

    def spread(self, cases: Sequence[Case]) -> list[Asked]:
        """Each case to the arm that its digest picks. Where so few cases leave an arm with none, each case to both arms."""
        if len(self.versions) == 1:
            return [self.to(arm, case) for case in cases for arm in self.versions]
        asked = [self.to(arm_of(case.id, self.share, self.salt), case) for case in cases]
        if {each.arm for each in asked} == set(self.versions):
            return asked
        return [self.to(arm, case) for case in cases for arm in self.versions]

    def to(self, arm: Arm, case: Case) -> Asked:
        return Asked(case, arm, id_in(arm, case.id, self.share, self.salt) if len(self.versions) == 2 else case.id)


def draw(experience: Experience, most: int, rng: np.random.Generator, *, writes: bool = False) -> list[Case]:
    """At most `most` held-out cases in random order. `writes`: the model is asked for the completion before the label.

    Texts that no gateway accepts, because they are empty or too long, are left out. Raises UsageError when none with a known
    answer remains.
    """
    rows = experience.table("heldout").select(["digest", "text", "label", "completion"]).to_pylist()
    known = [
        Case(row["digest"], row["text"], truth)
        for row in rows
        if (truth := target_of(row, writes)) and 0 < len(row["text"]) <= MAX_CHARS
    ]
    if not known:
        raise UsageError(f"{experience.path / 'heldout.parquet'} holds no case with a known answer", "Ingest more labelled rows.")
    return [known[i] for i in rng.permutation(len(known))[:most]]
