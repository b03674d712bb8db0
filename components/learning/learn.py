"""`learn`: parent checkpoint + experience + recipe + seed -> checkpoint. Called again after a kill, it continues."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import torch

import components
from components.catalog.models import BaseModel
from components.contracts import Cost, Experience, Progress
from components.errors import UsageError
from components.lazy import lazy
from components.learning import checkpoint, randomness
from components.learning.choice.choose import choose
from components.learning.choice.facts import SIGNATURES, gather
from components.learning.choice.resolve import legal_recipe
from components.learning.identity import foreign_methods
from components.learning.networks.allocator import give_back
from components.learning.networks.backbone import Backbone, load_backbone
from components.learning.networks.blocks import blocks
from components.learning.networks.build import build
from components.learning.networks.feature_store import ActivationStore
from components.learning.networks.protocol import Network
from components.learning.networks.table import Table
from components.learning.recipe import Recipe
from components.learning.rows import arrival, held_out_digests, targets, usable, validation_slice
from components.learning.run import Past, Run, Split
from components.learning.snapshot import Snapshots
from components.learning.sound import sound
from components.learning.tensors import save_tensors
from components.learning.trainer import DivergedError, Machinery, train
from components.settings import LearningSettings
from components.storage import building, digest_json, publish, read_json, write_json
from components.workspace import Workspace

if TYPE_CHECKING:
    import accelerate
else:
    accelerate = lazy("accelerate")


@dataclass(frozen=True)
class Learned:
    """The digest of the checkpoint in workspace.checkpoints, and its cost."""

    checkpoint: str
    cost: Cost


@dataclass(frozen=True)
class _Task:
    """The arguments of `learn`, with what it read and checked before any work."""

    experience: Experience
    rows: pa.Table  # the rows that may be learned
    held_out: set[str]  # digests of the texts that must not be learned
    parent: Path | None
    past: dict[str, Any]  # the parent's manifest, {} without one
    base: BaseModel
    settings: LearningSettings
    seed: int
    workspace: Workspace
    store: ActivationStore
    foreign: dict[str, dict[str, str]]  # methods that are not Perdure's own: see `identity`

    @property
    def consented(self) -> bool:
        """Whether texts are kept only with consent."""
        return self.settings.texts == "consented"

    def archive(self) -> list[Experience]:
        """The past experiences that the workspace still holds; none where no text may be read again."""
        if self.settings.texts == "never":
            return []
        paths = (self.workspace.experiences / digest for digest in self.past.get("experiences", ()))
        return [Experience(path, self.past.get("relabelled", {})) for path in paths if path.is_dir()]


def learn(
    experience: Experience,
    parent: Path | None,
    settings: LearningSettings,
    *,
    seed: int,
    workspace: Workspace,
    progress: Progress | None = None,
    snapshot_seconds: float = 30.0,
) -> Learned:
    """Learn one experience. Equal arguments give equal digests, even if the process was killed in between.

    parent: checkpoint directory to continue from, or None. Raises UsageError (recipe, base), UnavailableError (base model, disk),
    IntegrityError (damaged parent, another base), DivergedError; then nothing is published.
    """
    began = time.perf_counter()
    recipe, base = legal_recipe(settings)
    past = checkpoint.read_checkpoint(parent) if parent is not None else {}
    if past:
        checkpoint.check_base(base, past["base"])
    experience = experience.known_as({**experience.names, **past.get("relabelled", {})})
    held_out = held_out_digests(experience, past, workspace)
    # a text can be guessed from activations: where none may be kept, none of these are
    rows, store = usable(experience, held_out), ActivationStore(workspace.features)
    if settings.texts == "never":
        store = replace(store, limit=0)
    foreign = foreign_methods(settings)
    task = _Task(experience, rows, held_out, parent, past, base, settings, seed, workspace, store, foreign)
    code = [components.__version__, foreign]
    identity = [parent and parent.name, experience.digest, settings.model_dump(mode="json"), seed, *code]
    if experience.names:
        identity.append(dict(experience.names))
    with randomness.isolated():
        notes: dict[str, Any] = {}
        signatures: dict[str, torch.Tensor] = {}
        if settings.recipe == "auto":
            facts, signatures = gather(rows, experience.digest, parent, past, base, settings, store)
            choice = choose(facts, settings)
            recipe, notes = legal_recipe(choice.settings)[0], {"recipe": choice.record()}
        run = _begin(task, recipe, notes)
        if not run.moved:
            run.network.remember_features(store, past.get("files", {}))
        scratch = workspace.scratch / f"learn-{digest_json(identity)[:32]}"
        snapshots = Snapshots(scratch, run, recipe.stateful, snapshot_seconds)
        steps = _train(run, recipe, snapshots, progress)
        give_back()
        for method in recipe.hooks:
            method.after_experience(run)
        give_back()
        trained = time.perf_counter()
        recipe.rehearsal.remember(run, rows, experience.digest, held_out, seed)
        if task.consented:
            recipe.rehearsal.keep_consented()
        digest = _publish(task, run, recipe, signatures)
    snapshots.clear()
    give_back()
    stored = sum(path.stat().st_size for path in workspace.checkpoint(digest).rglob("*") if path.is_file())
    detail = {"train_seconds": trained - began, "steps": float(steps), "rows": float(run.new)}
    return Learned(digest, Cost(time.perf_counter() - began, peak_bytes(), stored, detail))


def _begin(task: _Task, recipe: Recipe, notes: dict[str, Any]) -> Run:
    """The learner as the parent left it, grown for the new labels, and all rows that it will read, as tokens."""
    parent, past, rows = task.parent, task.past, task.rows
    rng = randomness.seeded(task.seed)
    if parent is not None and past["seed"] == task.seed:
        with sound(parent, "state of the generators"):
            rng = randomness.restore(read_json(parent / checkpoint.RNG))
    backbone = load_backbone(task.base)
    _enough_layers(backbone, recipe)
    model = recipe.regime.prepare(backbone.model, parent)
    if parent is not None:
        checkpoint.read_states(parent, past, recipe)
    with sound(parent, "memory") if parent is not None else nullcontext():
        memory = recipe.rehearsal.recall(parent)
    if task.consented:
        memory = recipe.rehearsal.keep_consented()
    both = rows if memory is None else pa.concat_tables([rows.select(SHARED), memory.rows.select(SHARED)])
    truth = targets(both, backbone.writes)
    network = build(backbone, model, recipe.head, task.settings.max_tokens, past.get("labels", ()), truth)
    if parent is not None:
        checkpoint.check_states(parent, network.parameters())
    network.cut(recipe.regime.moving(model), task.store)
    tokens = network.tokenise(rows["text"].to_pylist(), truth[: len(rows)])
    if memory is not None:
        tokens += recipe.rehearsal.read(network, memory, truth[len(rows) :])
    training, validation = validation_slice(rows["digest"].to_pylist(), truth[: len(rows)], recipe.optimizer.validation)
    run = Run(
        network,
        Table(tokens, truth),
        len(rows),
        rng,
        Split(training, validation, arrival(rows["timestamp"].to_pylist())),
        Past(past["experiences"], past["seen"], memory, task.archive(), task.consented)
        if past
        else Past(consented=task.consented),
        task.experience,
        notes=notes,
    )
    settled = recipe.regime.settles(run)
    if recipe.regime.frozen(run):
        model.requires_grad_(False)
    moved = any(p.requires_grad for p in model.parameters())
    return replace(run, moved=moved, settled=settled, renewed=recipe.regime.renews)


def _enough_layers(backbone: Backbone, recipe: Recipe) -> None:
    there = blocks(backbone.model)[1] + 1
    if not backbone.writes and recipe.head.layers > there:
        raise UsageError(
            f"learning.head.layers is {recipe.head.layers}, and the base model {backbone.base.name} has {there}: "
            f"its embeddings and {there - 1} blocks",
            f"Set learning.head.layers to {there} or less.",
        )


#: The columns of both training rows and memory rows that learning reads
SHARED = ["text", "label", "completion", "digest"]


def _to(device: torch.device, network: Network) -> dict[str, torch.nn.Parameter]:
    """Move the network to this device and return the parameters that gradients move. Heads begin on the CPU."""
    parameters = network.parameters()
    for parameter in parameters.values():
        parameter.data = parameter.data.to(device)
    return parameters


def _train(run: Run, recipe: Recipe, snapshots: Snapshots, progress: Progress | None) -> int:
    """Train everything that gradients move; returns the number of steps, 0 if nothing moves."""
    network, accelerator = run.network, accelerate.Accelerator()
    network.model.to(accelerator.device)
    _to(accelerator.device, network)
    if not (run.moved or network.writes):
        run.table.features = network.encode(run.table.tokens)
    for method in sorted(recipe.hooks, key=lambda m: m.axis != "rehearsal"):  # rehearsal first: it may add rows
        method.before_experience(run)
    if run.moved:
        network.warm(run.table.tokens)
    parameters = _to(accelerator.device, network)
    if not parameters:
        if recipe.regularizers:
            idle = [method.kind for method in recipe.regularizers]
            run.notes["regularizers"] = {"idle": idle, "reason": "gradients moved nothing in this experience"}
        return 0
    optimizer = recipe.optimizer.build(list(parameters.values()))
    best: dict[str, torch.Tensor] = {}
    position = snapshots.resume(optimizer, best)
    try:
        return train(run, recipe, Machinery(optimizer, accelerator), position, best, snapshots, progress)
    except DivergedError:
        snapshots.clear()  # continuing from there would only diverge again
        raise


def _publish(task: _Task, run: Run, recipe: Recipe, signatures: Mapping[str, torch.Tensor]) -> str:
    """Write the checkpoint; returns its digest."""
    base, past = task.base, task.past
    seen = Counter(run.past.seen) + Counter(run.table.targets[: run.new])
    with building(task.workspace.checkpoints) as scratch:
        recipe.regime.save(run.network.model, scratch, base.name)
        checkpoint.write_states(scratch, recipe)
        save_tensors(signatures, scratch / SIGNATURES)
        memory = recipe.rehearsal.save(scratch)
        write_json(scratch / checkpoint.RNG, randomness.capture(run.rng))
        fields = {
            "kind": "checkpoint",
            "parent": task.parent.name if task.parent else None,
            "experience": task.experience.digest,
            "experiences": [*past.get("experiences", ()), task.experience.digest],
            "recipe": recipe.record(),
            "base": {"name": base.name, "digest": base.digest, "kind": base.kind},
            "labels": list(run.network.labels),
            "max_tokens": run.network.max_tokens,
            "seen": dict(sorted(seen.items())),
            "code": components.__version__,
            "seed": task.seed,
            **({"relabelled": past["relabelled"]} if past.get("relabelled") else {}),
            **({"notes": run.notes} if run.notes else {}),
            **({"methods": task.foreign} if task.foreign else {}),
            "memory": memory,
        }
        return publish(scratch, task.workspace.checkpoints, fields)


def peak_bytes() -> int:
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
