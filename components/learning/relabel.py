"""`relabel`: a parent checkpoint and an act on the names of its classes -> the same learner under the new names.

Nothing is trained and no text is read again. A renamed class keeps its sums, weights, rows and state bit for bit. Of classes that
become one, sums and counts are added, so that heads made of sums are what they would be had the rows come under one name; heads
trained by gradients keep the weights of each and add up their probabilities.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from pathlib import Path

from components.contracts import Cost, Experience, kind_writes
from components.errors import RefusedError, UsageError
from components.learning import checkpoint
from components.learning.learn import Learned, peak_bytes
from components.learning.method import states
from components.learning.tensors import load_finite, save_tensors
from components.memory.store import FILE as MEMORY
from components.relabelling import Names, combined, now_called
from components.storage import MANIFEST, building, publish
from components.workspace import Workspace


def refuse_relabelling(parent: Path, names: Names) -> None:
    """Raise UsageError or RefusedError where the classes of a checkpoint cannot be named so. Reads its manifest alone."""
    manifest = checkpoint.manifest_of(parent)
    labels, given_up = list(manifest["labels"]), combined(manifest.get("relabelled", {}), names)
    if kind_writes(manifest["base"]["kind"]):
        raise RefusedError(
            "A model that writes its answers has the names of its classes in its weights",
            "Teach it the new names: learn rows that have them.",
        )
    for old, new in names.items():
        if old not in labels:
            now = manifest.get("relabelled", {}).get(old)
            known = f"{old!r} is called {now!r} since an earlier act." if now else f"It knows: {', '.join(sorted(labels)[:20])}."
            raise UsageError(f"What serves knows no class {old!r}", f"{known} `perdure labels list` shows all.")
        if old == new:
            raise UsageError(f"{old!r} would keep its name", "Give the new name last.")
        if new in given_up:
            raise UsageError(
                f"{new!r} was given up for {given_up[new]!r}, and rows of that name may still come: it cannot name another class",
                "Choose a name that never was one, or undo that act with `perdure rollback`.",
            )


def relabel(act: Experience, parent: Path, *, workspace: Workspace) -> Learned:
    """Publish the parent under the names of an act. Equal arguments give equal digests.

    Raises UsageError or RefusedError (refuse_relabelling, or a method that cannot), IntegrityError (damaged parent).
    """
    began = time.perf_counter()
    past = checkpoint.read_checkpoint(parent)
    refuse_relabelling(parent, act.relabels)
    recipe, labels = checkpoint.recipe_of(parent, past), tuple(past["labels"])
    checkpoint.read_states(parent, past, recipe)
    recipe.rehearsal.recall(parent)
    for method in (recipe.head, *recipe.stateful.values()):
        method.relabel(labels, act.relabels)
    seen = Counter[str]()
    for label, rows in past["seen"].items():
        seen[act.relabels.get(label, label)] += rows
    with building(workspace.checkpoints) as scratch:
        _copy(parent, scratch)
        save_tensors(recipe.head.state(), scratch / checkpoint.HEAD)
        kept = load_finite(parent / checkpoint.REGULARIZER)
        save_tensors({**kept, **states(recipe.stateful)}, scratch / checkpoint.REGULARIZER)
        fields = {
            **{name: value for name, value in past.items() if name != "files"},
            "parent": parent.name,
            "experience": act.digest,
            "labels": now_called(labels, act.relabels),
            "seen": dict(sorted(seen.items())),
            "memory": recipe.rehearsal.save(scratch),
            "relabelled": combined(past.get("relabelled", {}), act.relabels),
        }
        digest = publish(scratch, workspace.checkpoints, fields)
    stored = sum(path.stat().st_size for path in workspace.checkpoint(digest).rglob("*") if path.is_file())
    return Learned(digest, Cost(time.perf_counter() - began, peak_bytes(), stored, {"steps": 0.0, "rows": 0.0}))


def _copy(parent: Path, scratch: Path) -> None:
    """Everything that no class has a part in: adapters, weights, generators, signatures."""
    made_anew = {MANIFEST, checkpoint.HEAD, checkpoint.REGULARIZER, MEMORY}
    for path in parent.rglob("*"):
        place = path.relative_to(parent)
        if path.is_file() and place.as_posix() not in made_anew:
            os.makedirs((scratch / place).parent, exist_ok=True)
            shutil.copyfile(path, scratch / place)
