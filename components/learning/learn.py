"""`learn`: parent checkpoint + experience + recipe + seed -> checkpoint. Goes on by itself after a kill."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

import components
from components.catalog.models import BaseModel
from components.contracts import Cost, Experience, Progress
from components.errors import UsageError
from components.learning import checkpoint, randomness
from components.learning.choice.choose import choose
from components.learning.choice.facts import SIGNATURES, gather
from components.learning.choice.resolve import legal_recipe
from components.learning.identity import foreign_methods
from components.learning.method import Recipe
from components.learning.networks.backbone import Backbone, load_backbone
from components.learning.networks.blocks import blocks
from components.learning.networks.causal import CausalLM
from components.learning.networks.encoder import Classifier
from components.learning.networks.feature_store import ActivationStore
from components.learning.rows import arrival, held_out_digests, targets, usable, validation_slice
from components.learning.run import Network, Run
from components.learning.snapshot import Snapshots
from components.learning.tensors import save_tensors
from components.learning.trainer import DivergedError, train
from components.settings import LearningSettings
from components.storage import building, digest_json, publish, read_json, write_json
from components.workspace import Workspace


@dataclass(frozen=True)
class Learned:
    """The digest of the checkpoint in workspace.checkpoints, and what it took."""

    checkpoint: str
    cost: Cost


def learn(experience: Experience, parent: Path | None, settings: LearningSettings, *, seed: int, workspace: Workspace,
          progress: Progress | None = None, snapshot_seconds: float = 30.0) -> Learned:  # fmt: skip
    """Learn one experience. Equal arguments give equal digests, also when the process was killed on the way.

    parent: checkpoint directory to go on from, or None. Raises UsageError (recipe, base), UnavailableError (base model, disk),
    IntegrityError (damaged parent, another base), DivergedError; then nothing is published.
    """
    began = time.perf_counter()
    recipe, base = legal_recipe(settings)
    past = checkpoint.read_checkpoint(parent) if parent is not None else None
    if past is not None:
        checkpoint.check_base(base, past["base"])
    held_out = held_out_digests(experience, past, workspace)
    rows = usable(experience, held_out)
    foreign = foreign_methods(settings)
    code = [components.__version__, foreign]
    identity = [parent and parent.name, experience.digest, settings.model_dump(mode="json"), seed, *code]
    with _own_randomness():
        store = ActivationStore(workspace.features)
        notes: dict[str, Any] = {}
        signatures: dict[str, torch.Tensor] = {}
        if settings.recipe == "auto":
            facts, signatures = gather(rows, experience.digest, parent, past, base, settings, store)
            choice = choose(facts, settings)
            recipe, notes = legal_recipe(choice.settings)[0], {"recipe": choice.record()}
        run = _begin(recipe, base, settings, parent, past, rows, seed, store)
        run.experience, run.notes = experience, {**notes, **run.notes}
        if not run.moved and isinstance(run.network, Classifier):
            run.network.remember_features(store, past["files"] if past else {})
        run.archive = [Experience(path) for digest in run.experiences if (path := workspace.experiences / digest).is_dir()]
        run.consented = settings.texts == "consented"
        scratch = workspace.scratch / f"learn-{digest_json(identity)[:32]}"
        snapshots = Snapshots(scratch, run, recipe.stateful, snapshot_seconds)
        steps = _train(run, recipe, snapshots, progress)
        for method in recipe.hooks:
            method.after_experience(run)
        trained = time.perf_counter()
        recipe.rehearsal.remember(run, rows, experience.digest, held_out, seed)
        if settings.texts == "consented":
            recipe.rehearsal.keep_consented()
        fields = _fields(run, base, recipe, experience, parent, past, seed) | ({"methods": foreign} if foreign else {})
        digest = _publish(run, base, recipe, fields, signatures, workspace)
    snapshots.clear()
    stored = sum(path.stat().st_size for path in workspace.checkpoint(digest).rglob("*") if path.is_file())
    detail = {"train_seconds": trained - began, "steps": float(steps), "rows": float(run.new)}
    return Learned(digest, Cost(time.perf_counter() - began, peak_bytes(), stored, detail))


def _begin(recipe: Recipe, base: BaseModel, settings: LearningSettings, parent: Path | None, past: dict[str, Any] | None,
           rows: pa.Table, seed: int, store: ActivationStore) -> Run:  # fmt: skip
    """The learner as the parent left it, grown for the new labels, and everything that it is to read, as tokens."""
    rng = randomness.seeded(seed)
    if parent is not None and past is not None and past["seed"] == seed:
        rng = randomness.restore(read_json(parent / checkpoint.RNG))
    backbone = load_backbone(base)
    _enough_layers(backbone, recipe)
    model = recipe.regime.prepare(backbone.model, parent)
    if parent is not None and past is not None:
        checkpoint.read_states(parent, past, recipe)
    memory = recipe.rehearsal.recall(parent)
    if settings.texts == "consented":
        memory = recipe.rehearsal.keep_consented()
    table = rows if memory is None else pa.concat_tables([rows.select(SHARED), memory.rows.select(SHARED)])
    truth = targets(table, completions=base.kind == "causal")
    network = _network(backbone, model, recipe, settings.max_tokens, past["labels"] if past else [], truth)
    network.cut(recipe.regime.moving(model), store)
    tokens = network.tokenise(rows["text"].to_pylist(), truth[: len(rows)])
    if memory is not None:
        tokens += recipe.rehearsal.read(network, memory, truth[len(rows) :])
    run = Run(network, tokens, truth, len(rows), rng)
    run.seen, run.experiences, run.memory = (past["seen"], past["experiences"], memory) if past else ({}, [], None)
    run.arrival = arrival(rows["timestamp"].to_pylist())
    run.training, run.validation = validation_slice(
        rows["digest"].to_pylist(), truth[: run.new], recipe.optimizer.validation
    )  # fmt: skip
    run.settled = recipe.regime.settles(run)
    if recipe.regime.frozen(run):
        model.requires_grad_(False)
    run.moved = any(p.requires_grad for p in model.parameters())
    return run


def _enough_layers(backbone: Backbone, recipe: Recipe) -> None:
    there = blocks(backbone.model)[1] + 1
    if backbone.base.kind == "encoder" and recipe.head.layers > there:
        raise UsageError(
            f"learning.head.layers is {recipe.head.layers}, and the base model {backbone.base.name} has {there}: "
            f"its embeddings and {there - 1} blocks",
            f"Set learning.head.layers to {there} or less.",
        )


def _network(backbone: Backbone, model: torch.nn.Module, recipe: Recipe, max_tokens: int, known: Sequence[str],
             truth: Sequence[str]) -> Network:  # fmt: skip
    """An encoder with the recipe's head, or a causal LM, knowing the old labels first and then the new ones in sorted order."""
    if backbone.base.kind == "causal":
        return CausalLM(backbone, model, (*known, *sorted(set(truth) - set(known))), max_tokens)
    for labels in (known, truth):
        recipe.head.grow(labels, recipe.head.layers * backbone.width)
    return Classifier(backbone, model, recipe.head, max_tokens)


#: Columns that training rows and memory rows have in common and that learning reads
SHARED = ["text", "label", "completion", "digest"]


def _to(device: torch.device, network: Network) -> dict[str, torch.nn.Parameter]:
    """What gradients move, there: heads begin on the CPU."""
    parameters = network.parameters()
    for parameter in parameters.values():
        parameter.data = parameter.data.to(device)
    return parameters


def _train(run: Run, recipe: Recipe, snapshots: Snapshots, progress: Progress | None) -> int:
    """Everything that moves by gradients; 0 steps when nothing does."""
    from accelerate import Accelerator

    network, accelerator = run.network, Accelerator()
    network.model.to(accelerator.device)
    _to(accelerator.device, network)
    if not run.moved and isinstance(network, Classifier):
        run.features = network.encode(run.tokens)
    for method in sorted(recipe.hooks, key=lambda m: m.axis != "rehearsal"):  # first: it may add rows
        method.before_experience(run)
    if run.moved:
        network.warm(run.tokens)
    parameters = _to(accelerator.device, network)
    if not parameters:
        return 0
    optimizer = recipe.optimizer.build(list(parameters.values()))
    best: dict[str, torch.Tensor] = {}
    position = snapshots.resume(optimizer, best)
    try:
        return train(run, recipe, optimizer, accelerator, position, best, snapshots, progress)
    except DivergedError:
        snapshots.clear()  # going on from there would only diverge again
        raise


def _fields(run: Run, base: BaseModel, recipe: Recipe, experience: Experience, parent: Path | None, past: dict[str, Any] | None,
            seed: int) -> dict[str, Any]:  # fmt: skip
    seen = Counter(run.seen) + Counter(run.targets[: run.new])
    return {
        "kind": "checkpoint", "parent": parent.name if parent else None, "experience": experience.digest,
        "experiences": [*(past["experiences"] if past else []), experience.digest], "recipe": recipe.record(),
        "base": {"name": base.name, "digest": base.digest, "kind": base.kind}, "labels": list(run.network.labels),
        "max_tokens": run.network.max_tokens, "seen": dict(sorted(seen.items())), "code": components.__version__, "seed": seed,
        **({"notes": run.notes} if run.notes else {}),
    }  # fmt: skip


def _publish(run: Run, base: BaseModel, recipe: Recipe, fields: dict[str, Any], signatures: Mapping[str, torch.Tensor],
             workspace: Workspace) -> str:  # fmt: skip
    with building(workspace.checkpoints) as scratch:
        recipe.regime.save(run.network.model, scratch, base.name)
        checkpoint.write_states(scratch, recipe)
        save_tensors(signatures, scratch / SIGNATURES)
        memory = recipe.rehearsal.save(scratch)
        write_json(scratch / checkpoint.RNG, randomness.capture(run.rng))
        return publish(scratch, workspace.checkpoints, {**fields, "memory": memory})


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Torch's global generators and determinism as this run wants them; the caller's come back afterwards."""
    deterministic = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(deterministic)


def peak_bytes() -> int:
    """Largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
