"""The engine `learn`: learns a stream like `perdure run`, and writes the plan for the other engines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import PrivateAttr

from benchmarks.engines.outcome import Steps, read_job, result, started
from benchmarks.engines.plan import Part, write_heldout, write_part
from benchmarks.lines import Clock, scores
from components.catalog.models import get_base
from components.contracts import Experience
from components.environment import prepare_process
from components.learning.method import Method, register
from components.learning.run import Batch, Draw, Run
from components.settings import LearningSettings
from components.storage import read_json, write_json
from components.workspace import Workspace

PARTS: list[Part] = []  # of this process, one per experience
LOSSES: list[float] = []  # the mean cross-entropy of each step's rows
STEPS = [Steps()]  # the clock of this process


@register("regularizer", "noted")
class Noted(Method):
    """Changes nothing; records what is trained on, and when each step ended."""

    _begun: bool = PrivateAttr(False)

    def before_experience(self, run: Run) -> None:
        column = {label: i for i, label in enumerate(run.network.labels)}
        truth = np.array([column[target] for target in run.table.targets])
        PARTS.append(Part(list(run.table.tokens.ids), truth, run.new, list(run.network.labels), logits=_logits(run, len(column))))
        STEPS[0].begin()

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        if not self._begun:
            self._begun = True
            STEPS[0].first()
            PARTS[-1].generator = torch.get_rng_state().numpy().copy()
            if len(PARTS) == 1:
                PARTS[-1].start = {name: p.detach().cpu().numpy().copy() for name, p in run.network.parameters().items()}
        return draw

    def after_update(self, run: Run, batch: Batch) -> None:
        PARTS[-1].batches.append(batch.rows.copy())
        LOSSES.append(float(batch.losses.detach().mean()))
        STEPS[0].end()


def _logits(run: Run, columns: int) -> Any:
    """(memory rows, columns) stored scores, NaN if a row has none; empty for memories without scores."""
    if run.past.memory is None or "logits" not in run.past.memory.rows.column_names:
        return np.zeros((0, 0), np.float32)
    logits = np.full((len(run.past.memory.rows), columns), np.nan, np.float32)
    for i, own in enumerate(run.past.memory.rows["logits"].to_pylist()):
        if own:
            logits[i, : len(own)] = own
    return logits if not np.isnan(logits).all() else np.zeros((0, 0), np.float32)


def run(folder: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Learn the stream, write the plan, score every checkpoint."""
    from components.learning.networks.backbone import load_backbone
    from components.learning.networks.tokens import tokenise
    from components.learning.shared_bases import SharedBase

    PARTS.clear()
    LOSSES.clear()
    STEPS[0] = Steps()
    settings = LearningSettings.model_validate(job["settings"])
    noted = settings.model_copy(update={"regularizers": (*settings.regularizers, {"kind": "noted"})})
    experiences = [Experience(Path(path)) for path in job["experiences"]]
    home, clock, checkpoints, begun = Workspace(folder / "line"), Clock(), [], started()
    for experience in experiences:
        parent = checkpoints[-1] if checkpoints else None
        digest = clock.learn(experience, parent, noted, seed=job["seed"], workspace=home, snapshot_seconds=1e9)
        checkpoints.append(home.checkpoint(digest))
    outcome = result("perdure", [], STEPS[0], sum(clock.seconds), begun, stored_bytes=clock.stored, losses=LOSSES)
    backbone = load_backbone(get_base(settings.base))
    (folder / "heldout").mkdir(exist_ok=True)
    for number, (part, experience) in enumerate(zip(PARTS, experiences, strict=True)):
        write_part(folder, number, part)
        table = experience.table("heldout")
        tokens = tokenise(backbone.tokenizer, table["text"].to_pylist(), backbone.limit(settings.max_tokens))
        write_heldout(folder / "heldout", number, tokens.ids, table["label"].to_pylist())
    write_json(folder / "job.json", {**job, "pad": backbone.pad, "base": str(backbone.base.path)})
    base = SharedBase(get_base(settings.base))
    matrix = [scores(base, checkpoint, experiences, i + 1) for i, checkpoint in enumerate(checkpoints)]
    return {**outcome, "matrix": matrix, "checkpoint": str(checkpoints[-1])}


if __name__ == "__main__":
    prepare_process()
    place, _ = read_job(sys.argv[1])
    print(json.dumps(run(place, read_json(place / "job.json"))))
