"""When a rollout is tried again on a fresh gateway, when it is judged, and when it ends without a decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from components.rollout.findings import Finding

ATTEMPTS = 3  # to blame an arm takes two gateways that agree; one more for a machine that is in trouble meanwhile
PAUSES = (2.0, 20.0)  # seconds before the second and third one: stalls of a shared machine last seconds, seldom minutes

Move = Literal["judge", "conclude", "again", "stop"]


def next_move(findings: Sequence[Finding]) -> Move:
    """What follows from the findings so far, one per attempt.

    judge: the last attempt is sound. conclude: two gateways found the same arm at fault. again: after a pause, on a fresh
    gateway. stop: no attempt is left, and nothing is decided.
    """
    last = findings[-1]
    if last.kind == "sound":
        return "judge"
    if last.kind != "trouble" and sum(finding.kind == last.kind for finding in findings) > 1:
        return "conclude"
    return "again" if len(findings) < ATTEMPTS else "stop"
