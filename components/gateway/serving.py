"""Which checkpoints answer: loaded beside the old ones, tried with two questions, swapped in at once, unloaded when unused.

One event loop owns a Serving. Predictions run in a thread of their own; an old checkpoint is unloaded in that same thread,
so after every request that was given to it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from components.contracts import Predictions, Predictor
from components.errors import PerdureError, UnavailableError
from components.gateway.batching import Batcher
from components.gateway.schema import Target, Wanted
from components.rollout.split import Arm, arm_of
from components.storage import digest_json, read_manifest

#: The questions that a checkpoint answers before it serves. The two texts have different lengths: a model does some work only at
#: its first mixed batch, and a new candidate must not be measured cold beside a warm champion.
TRIED = ("Is this on?", "Is this on, and does a longer question share a pass with a shorter one?")


class Loader(Protocol):
    """Turns checkpoints into predictors; called in a worker thread. components.gateway.loader has the real one."""

    def load(self, checkpoint: Path) -> Predictor:
        """A predictor for a checkpoint. Raises PerdureError if it is missing or damaged."""
        ...

    def unload(self, checkpoint: Path) -> None: ...


@dataclass(frozen=True)
class Served:
    """A checkpoint in memory, and the version that its answers carry."""

    version: str
    path: Path
    digest: str  # of what lay at the path when it was loaded
    predictor: Predictor


@dataclass(frozen=True)
class Routing:
    """Which checkpoint answers which request, at one moment. Replaced as a whole, never changed."""

    champion: Served | None = None
    candidate: Served | None = None
    share: float = 0.0
    salt: str = ""

    def route(self, key: str) -> tuple[Arm, Served]:
        """The arm for a key. Raises UnavailableError while nothing is loaded."""
        arm: Arm = "champion"
        if self.candidate and (self.champion is None or arm_of(key, self.share, self.salt) == "candidate"):
            arm = "candidate"
        served = self.candidate if arm == "candidate" else self.champion
        if served is None:
            raise UnavailableError("No checkpoint is loaded yet", "Wait until /ready answers 200; /state says what is missing.")
        return arm, served

    def arm(self, key: str | None) -> Arm | None:
        """The arm that answers a key; None where nothing does, and where it depends on a key and there is none."""
        if self.candidate is None or self.champion is None:
            return "champion" if self.champion else "candidate" if self.candidate else None
        return None if key is None else arm_of(key, self.share, self.salt)


class Serving:
    """The routing in force, the thread that predicts, and the counts for /state."""

    def __init__(self, loader: Loader) -> None:
        self.routing = Routing()
        self.problems: dict[str, str] = {}  # arm -> why the checkpoint wanted there does not serve
        self.counts: Counter[str] = Counter()
        self._loader = loader
        self._batcher = Batcher()
        self._changing = asyncio.Lock()

    async def serve(self, wanted: Wanted) -> dict[str, str]:
        """Make `wanted` serve; returns (and keeps in `problems`) what could not be loaded.

        A champion that cannot be loaded leaves the old one serving; a candidate that cannot is left out.
        """
        async with self._changing:
            before = self.routing
            problems: dict[str, str] = {}
            here = [served for served in (before.champion, before.candidate) if served]
            champion = await self._load("champion", wanted.champion, here, problems)
            if "champion" in problems:
                champion = before.champion
            candidate = await self._load("candidate", wanted.candidate, [*here, *([champion] if champion else [])], problems)
            self.routing = Routing(champion, candidate, wanted.share, wanted.salt)
            self.problems = problems
            kept = {id(served.predictor) for served in (champion, candidate) if served}
            for old in {id(served.predictor): served for served in here if id(served.predictor) not in kept}.values():
                await self._batcher.after(partial(self._loader.unload, old.path))
        return problems

    async def predict(self, texts: Sequence[str], key: str) -> tuple[Arm, Served, Predictions]:
        """Answer texts by the arm of their key."""
        arm, served = self.routing.route(key)
        self.counts[f"{arm}.requests"] += 1
        self.counts[f"{arm}.texts"] += len(texts)
        try:
            answer = await self._batcher.predict(served.predictor, texts)
        except Exception:
            self.counts[f"{arm}.errors"] += 1
            raise
        return arm, served, answer

    def state(self) -> dict[str, Any]:
        """For /state: what serves, how much was answered, what is wrong. Holds no text."""

        def show(arm: Arm, served: Served | None) -> dict[str, Any] | None:
            counts = {what: self.counts[f"{arm}.{what}"] for what in ("requests", "texts", "errors")}
            return {"version": served.version, "checkpoint": served.path.name, **counts} if served else None

        routing = self.routing
        return {
            "champion": show("champion", routing.champion),
            "candidate": show("candidate", routing.candidate),
            "share": routing.share,
            "problems": self.problems,
        }

    def close(self) -> None:
        self._batcher.close()

    async def _load(self, arm: Arm, target: Target | None, here: Sequence[Served], problems: dict[str, str]) -> Served | None:
        if target is None:
            return None
        path = Path(target.path)
        try:
            digest = await asyncio.to_thread(lambda: digest_json(read_manifest(path)))
            for served in here:
                if (served.path, served.digest) == (path, digest):
                    return Served(target.version, path, digest, served.predictor)
            return Served(target.version, path, digest, await asyncio.to_thread(_load_and_ask, self._loader, path))
        except (PerdureError, OSError, ValueError, KeyError, RuntimeError) as error:
            problems[arm] = f"{path.name}: {error}"
            return None


def _load_and_ask(loader: Loader, path: Path) -> Predictor:
    """A predictor that has answered once: a checkpoint that loads and cannot answer never gets a request."""
    predictor = loader.load(path)
    try:
        predictor.predict(list(TRIED))
    except Exception:
        loader.unload(path)
        raise
    return predictor
