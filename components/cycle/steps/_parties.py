"""Who meets whom in a cycle: what evaluate, register, rollout, promote and monitor all depend on."""

from __future__ import annotations

from dataclasses import dataclass

from components.cycle.step import Known


@dataclass(frozen=True)
class Parties:
    """Digests of the candidate's checkpoint, of the champion's that it is judged against, and of the experience between them."""

    candidate: str
    champion: str | None
    experience: str


def parties(known: Known) -> Parties:
    """As the records of the steps before say."""
    records = known.records
    return Parties(
        records.learned(known.cycle).checkpoint,
        records.opened(known.cycle).basis.champion,
        records.ingested(known.cycle).experience,
    )
