"""Who gave a label: what a row can say of it, and how much of what was ingested no person vouches for. Imports nothing heavy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

#: The column that says who gave a row its label or completion. Only experiences in which a row says so have it.
PROVENANCE = "provenance"
#: What it says; null: nobody said (UNKNOWN in a file). `canary`: feedback on an answer of a version that was being tried.
PROVENANCES = ("human", "model", "feedback", "canary")
UNKNOWN = "unknown"
#: Labels for which no person vouches: a model gave them, or whoever may talk to a gateway. For a file, who ingests it does.
NOT_HUMAN = ("model", "feedback", "canary")
#: The metadata by which a gateway names the token that sent an event
SENT_BY = "sent_by"


def given_in(manifest: Mapping[str, Any]) -> Counter[str]:
    """Rows with a target of an experience, by who gave their label; UNKNOWN where nobody said."""
    said = Counter(manifest.get(PROVENANCE, {}))
    targets = sum(manifest.get("counts", {}).get(part, 0) for part in ("train", "heldout"))
    return said + Counter({UNKNOWN: targets - said.total()})


def share_not_human(given: Mapping[str, int]) -> float:
    """The share of labels for which no person vouches; 0 without labels."""
    return sum(given.get(who, 0) for who in NOT_HUMAN) / max(1, sum(given.values()))


def told(given: Mapping[str, int]) -> str:
    """The counts in a line for people: `3 human, 12 feedback, 85 not said; 12 % from feedback and models`."""
    names = {**{who: who for who in PROVENANCES}, UNKNOWN: "not said"}
    counts = ", ".join(f"{given[who]:,} {name}" for who, name in names.items() if given.get(who))
    return f"{counts}; {share_not_human(given):.0%} from feedback and models"
