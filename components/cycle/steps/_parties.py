"""What is compared in a cycle: the digests that evaluate, register, rollout, promote and monitor all depend on."""

from __future__ import annotations

from dataclasses import dataclass

from components.cycle.step import Known


@dataclass(frozen=True)
class Parties:
    """Digests of the candidate's checkpoint, of the champion's that it is judged against, and of the cycle's experience."""

    candidate: str
    champion: str | None
    experience: str


def parties(known: Known) -> Parties:
    """The parties, from the records of the earlier steps."""
    records = known.records
    return Parties(
        records.learned(known.cycle).checkpoint,
        records.opened(known.cycle).basis.champion,
        records.ingested(known.cycle).experience,
    )
