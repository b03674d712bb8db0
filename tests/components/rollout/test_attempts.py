"""How often a rollout is tried, and what ends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollout.attempts import ATTEMPTS, PAUSES, next_move
from components.rollout.findings import Finding
from tests.examples import examples

pytestmark = pytest.mark.unit

MOVES = {
    "sound": "judge",
    "trouble": "again",
    "trouble trouble": "again",
    "trouble trouble trouble": "stop",
    "trouble trouble sound": "judge",
    "candidate": "again",
    "candidate sound": "judge",
    "candidate candidate": "conclude",
    "candidate trouble candidate": "conclude",
    "trouble champion champion": "conclude",
    "candidate champion": "again",
    "candidate champion trouble": "stop",
    "candidate trouble trouble": "stop",
}


@pytest.mark.parametrize("seen", MOVES)
def test_moves(seen: str) -> None:
    assert next_move([Finding(kind) for kind in seen.split()]) == MOVES[seen]  # type: ignore[arg-type]


@given(kinds=st.lists(st.sampled_from(["sound", "trouble", "candidate", "champion"]), min_size=ATTEMPTS, max_size=ATTEMPTS))
@examples(60)
def test_it_always_ends_and_trouble_never_decides(kinds: list[str]) -> None:
    moves = [next_move([Finding(kind) for kind in kinds[:n]]) for n in range(1, ATTEMPTS + 1)]  # type: ignore[arg-type]
    last = next(index for index, move in enumerate(moves) if move != "again")
    assert (moves[last] == "stop") == (last == ATTEMPTS - 1 and moves[last] not in ("judge", "conclude"))
    assert kinds[last] != "trouble" or moves[last] == "stop"
    assert moves[last] != "conclude" or kinds[: last + 1].count(kinds[last]) == 2
    assert len(PAUSES) == ATTEMPTS - 1
