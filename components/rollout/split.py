"""Which arm answers a request: a sticky, deterministic split by hash."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import Literal

Arm = Literal["champion", "candidate"]


def arm_of(key: str, share: float, salt: str) -> Arm:
    """The arm of a subject (or request id): `candidate` for `share` of all keys, always the same for one key and salt.

    The salt names the rollout (the candidate's digest), so that it is not always the same subjects who get a candidate first. For
    one salt, the candidate's keys at a smaller share are a subset of those at a larger one: raising the share moves nobody back.
    """
    digest = hashlib.sha256(f"{salt}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return "candidate" if int.from_bytes(digest[:7], "big") < share * 2**56 else "champion"


def id_in(arm: Arm, key: str, share: float, salt: str) -> str:
    """A request id for `key` that falls into this arm: the key itself, or the key with the first number that does.

    It takes about 1 / share tries for a candidate; `share` lies strictly between 0 and 1.
    """
    ids = (f"{key}.{number}" if number else key for number in count())
    return next(name for name in ids if arm_of(name, share, salt) == arm)
