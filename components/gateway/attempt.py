"""One attempt at a rollout, on one gateway: the cases spread over the arms, then some of them asked of both arms in pairs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from components.contracts import Progress
from components.gateway.cases import Case, Split
from components.gateway.process import Gateway
from components.gateway.schema import Target, Wanted
from components.gateway.traffic import BLOCK, Traffic, ask_in_pairs, replay
from components.rollout.findings import Finding, examine, suspects
from components.rollout.replay_test import Answer, Pair, surely_fast
from components.rollout.split import Arm

PAIRS = 4 * BLOCK  # at most: as many find a candidate that is 4 times slower, even on a machine that stalls


@dataclass(frozen=True)
class Attempt:
    """What came back on one gateway."""

    answers: Sequence[Answer]
    pairs: Sequence[Pair]
    finding: Finding
    seconds: Mapping[str, float]


def attempt(
    serving: Gateway,
    paths: Mapping[Arm, Path],
    cases: Sequence[Case],
    split: Split,
    rng: np.random.Generator,
    traffic: Traffic,
    progress: Progress | None,
) -> Attempt:
    """Load both checkpoints, spread the cases, ask some in pairs (those that failed, if any did), and see whose fault it was.

    Raises UnavailableError when the gateway does not start, cannot load a checkpoint, or dies.
    """
    clock = [time.perf_counter()]
    targets = {arm: Target(version=path.name, path=str(path.resolve())) for arm, path in paths.items()}
    serving.wait()
    serving.models(Wanted(**targets, share=split.share, salt=split.salt))
    clock.append(time.perf_counter())
    asked = split.spread(cases)
    answers = replay(serving, asked, split, traffic=traffic, progress=progress)
    clock.append(time.perf_counter())
    pairs: Sequence[Pair] = ()
    if "champion" in paths:
        failed = list({asked[index].case: None for index in suspects(answers)})
        wanted = min(max(len(failed), BLOCK), PAIRS) if failed else PAIRS
        texts = list(islice(cycle(failed or cases), wanted))  # a small experience is asked more than once
        pairs = ask_in_pairs(serving, texts, split, rng, enough=None if failed else surely_fast, traffic=traffic)
    clock.append(time.perf_counter())
    seconds = dict(zip(("start_and_load", "replay", "pairs"), np.diff(clock).round(3).tolist(), strict=True))
    return Attempt(answers, pairs, examine(answers, pairs, champion="champion" in paths), seconds)
