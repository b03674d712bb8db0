"""How much of what is learned may come from one subject, from one token, and from labels that no person vouches for.

On numbers only, after rows were compared with each other. Which rows stay does not depend on the order of files: those with the
lowest digests do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import floor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from components.ingestion.near import Words
from components.ingestion.screening import KEEP, Ints, Keys
from components.provenance import NOT_HUMAN, PROVENANCES
from components.settings import IngestionSettings

#: With fewer rows or fewer parties than this, a share of a batch says nothing about a flood
ROWS, CROWD = 50, 10
_NOT_HUMAN = np.array([1 + PROVENANCES.index(who) for who in NOT_HUMAN], np.int8)

Mask = NDArray[np.bool_]


def set_aside(reasons: NDArray[np.object_], keys: Keys, settings: IngestionSettings, past: Mapping[str, int]) -> None:
    """Write a reason beside each of n rows that goes beyond a share; rows that have one already stay out.

    past: rows with a target in the experiences before, by who gave their label (`unknown` besides PROVENANCES).
    """
    if not (keys.subject.any() or keys.sender.any() or keys.provenance.any()):
        return
    order = np.lexsort((keys.target, _ranks(keys.text)))
    for code, share, party in (
        ("over_share_subject", settings.max_share_subject, keys.subject),
        ("over_share_token", settings.max_share_token, keys.sender),
    ):
        kept = order[(reasons == KEEP)[order]]
        reasons[kept[flooding(party[kept], share)]] = code
    kept = order[((reasons == KEEP) & (keys.target != 0))[order]]
    loose = np.isin(keys.provenance[kept], _NOT_HUMAN)
    before = Counter(past)
    room = allowed(settings.max_share_not_human, sum(before[who] for who in NOT_HUMAN), before.total(), int((~loose).sum()))
    if room is not None:
        reasons[kept[loose][room:]] = "over_share_not_human"


def _ranks(text: pa.Array) -> Ints:
    """(n,) the place of each text's digest among all of them; equal ones have the same."""
    encoded = text.dictionary_encode()
    return np.argsort(np.asarray(pc.array_sort_indices(encoded.dictionary)))[np.asarray(encoded.indices)]


def flooding(party: Words, share: float) -> Mask:
    """(n,) which of n rows are beyond the share of their party (0: a row that is a party of its own), the first ones stay.

    Afterwards no party has more than `share` of the rows that stay, but for one row. Nothing is done with fewer than
    ROWS rows or CROWD parties.
    """
    parties, place, sizes = np.unique(party, return_inverse=True, return_counts=True)
    alone = int(sizes[parties == 0].sum())
    sizes = np.where(parties == 0, 0, sizes)
    if share >= 1 or len(party) < ROWS or np.count_nonzero(sizes) + alone < CROWD:
        return np.zeros(len(party), bool)
    low, high = 1, int(sizes.max())
    while low < high:  # the largest number that still is within the share of what then stays
        middle = (low + high + 1) // 2
        fits = middle <= share * (alone + np.minimum(sizes, middle).sum())
        low, high = (middle, high) if fits else (low, middle - 1)
    return np.asarray((rank(place) >= low) & (party != 0))


def rank(place: Ints) -> Ints:
    """(n,) how many rows with the same number come before each row."""
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(place[order]) != 0]) if len(place) else np.zeros(0, np.int64)
    ranks = np.empty(len(place), np.int64)
    ranks[order] = np.arange(len(place)) - np.repeat(starts, np.diff(np.r_[starts, len(place)]))
    return ranks


def allowed(share: float, loose: int, total: int, vouched: int) -> int | None:
    """How many rows that no person vouches for may come to `vouched` other new ones, so that they are at most `share` of all.

    loose, total: of the rows before. None: any number.
    """
    if share >= 1:
        return None
    return max(0, floor((share * (total + vouched) - loose) / (1 - share) + 1e-9))
