"""The training loop: batches that the methods complete, one optimizer, early stopping, and a guard against divergence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from components.contracts import Progress
from components.errors import PerdureError
from components.learning.networks.parts import joined
from components.learning.recipe import Recipe
from components.learning.run import Batch, Draw, Run

if TYPE_CHECKING:
    from accelerate import Accelerator

    from components.learning.networks.tokens import Rows

WATCHED = 64  # validation rows scored at a time


class DivergedError(PerdureError):
    """The loss or the gradients became infinite; nothing is published."""

    code = "diverged"

    def __init__(self, where: str) -> None:
        hint = "Nothing was published. Lower learning.optimizer.rate, and look for odd rows in the experience."
        super().__init__(f"Training diverged {where}", hint)


@dataclass
class Position:
    """Where training is: everything that a snapshot holds besides parameters and optimizer."""

    epoch: int = 0
    step: int = 0  # within the epoch
    best: float = float("inf")
    waited: int = 0  # epochs since the best one
    epoch_rng: Mapping[str, Any] | None = None  # generator state before the epoch's order was drawn
    done: bool = False


#: Called after every step with what a snapshot needs; it decides whether to write.
Keep = Callable[[Position, torch.optim.Optimizer, Mapping[str, torch.Tensor]], None]


@dataclass(frozen=True)
class Machinery:
    """What a step needs: the optimizer, and accelerate's Accelerator for the device and the backward pass."""

    optimizer: torch.optim.Optimizer
    accelerator: Accelerator


def train(
    run: Run,
    recipe: Recipe,
    machinery: Machinery,
    position: Position,
    best: dict[str, torch.Tensor],
    keep: Keep,
    progress: Progress | None = None,
) -> int:
    """Train until the epochs are over or the validation loss stops falling, and keep the best epoch. Returns the steps taken.

    position, best: where to begin, and the best epoch's parameters so far; both are updated.
    """
    settings, parameters = recipe.optimizer, run.network.parameters()
    steps = -(-len(run.split.training) // settings.batch)
    total, began, rows_done, taken = steps * settings.epochs, time.perf_counter(), 0, 0
    while position.epoch < settings.epochs and not position.done:
        if position.epoch_rng is None:
            position.epoch_rng = run.rng.bit_generator.state
            batches = settings.order(run, run.rng)
        else:  # resumed within an epoch: draw its order again, keep the present state
            again = np.random.Generator(np.random.PCG64())
            again.bit_generator.state = dict(position.epoch_rng)
            batches = settings.order(run, again)
        run.network.train(run.table.features is None)
        for rows in batches[position.step :]:
            done = position.epoch * steps + position.step
            rate = settings.rate * (1 - done / total if settings.schedule == "linear" else 1)
            loss, count = _step(run, recipe, machinery, parameters.values(), Draw(rows, rate), done)
            position.step += 1
            taken, rows_done = taken + 1, rows_done + count
            keep(position, machinery.optimizer, best)
            if progress is not None:
                speed = rows_done / (time.perf_counter() - began)
                progress(done + 1, total, f"loss {loss:.3f}, {speed:.0f} examples/s")
        position.epoch, position.step, position.epoch_rng = position.epoch + 1, 0, None
        if len(run.split.validation):
            _watch(run, position, parameters, best, settings.patience)
        keep(position, machinery.optimizer, best)
    if best:
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(best[name])
    return taken


def _step(
    run: Run, recipe: Recipe, machinery: Machinery, moving: Iterable[torch.nn.Parameter], draw: Draw, done: int
) -> tuple[float, int]:
    """One update: (its loss, the rows of its batch). done: the number of updates before."""
    optimizer, accelerator = machinery.optimizer, machinery.accelerator
    for method in recipe.hooks:
        draw = method.compose_batch(run, draw)
    for group in optimizer.param_groups:
        group["lr"] = draw.rate
    optimizer.zero_grad(set_to_none=True)
    if any(method.penalises for method in recipe.hooks):
        batch, loss = _backward_at_once(run, recipe, accelerator, draw)
    else:
        batch, loss = _backward_in_parts(run, recipe, accelerator, draw)
    for method in recipe.hooks:
        method.before_update(run, batch)
    norm = torch.nn.utils.clip_grad_norm_(moving, recipe.optimizer.clip)
    value = float(loss.detach())
    if not np.isfinite(value) or not bool(torch.isfinite(norm)):
        raise DivergedError(f"at step {done + 1} (loss {value}, gradient norm {float(norm)})")
    optimizer.step()
    for method in recipe.hooks:
        method.after_update(run, batch)
    return value, len(batch.rows)


def _backward_at_once(run: Run, recipe: Recipe, accelerator: Accelerator, draw: Draw) -> tuple[Batch, torch.Tensor]:
    """The batch and its loss with all penalties, after one backward pass: penalties may read losses and scores of all rows."""
    losses, scores = _score(run, recipe, accelerator, draw.rows)
    batch = Batch(rows=draw.rows, rate=draw.rate, weights=draw.weights, losses=losses, scores=scores)
    loss = batch.loss(losses)
    for method in recipe.hooks:
        penalty = method.penalty(run, batch)
        loss = loss if penalty is None else loss + penalty
    accelerator.backward(loss)
    return batch, loss


def _backward_in_parts(run: Run, recipe: Recipe, accelerator: Accelerator, draw: Draw) -> tuple[Batch, torch.Tensor]:
    """The same without penalties: the loss is a sum over rows, so each part of a batch with long texts has its own backward pass,
    and the gradients add up.
    """
    parts, made, total = run.network.parts(run.table, draw.rows), [], torch.zeros(())
    if len(parts) == 1:
        return _backward_at_once(run, recipe, accelerator, draw)
    weights = torch.full((len(draw.rows),), 1 / len(draw.rows)) if draw.weights is None else draw.weights.cpu()
    for part in parts:
        losses, scores = _score(run, recipe, accelerator, draw.rows[part])
        loss = (losses * weights[part].to(losses.device)).sum()
        accelerator.backward(loss)
        made.append((losses.detach(), None if scores is None else scores.detach()))
        total = total + loss.detach().cpu()
    losses, scores = joined(made, parts)
    return Batch(rows=draw.rows, rate=draw.rate, weights=draw.weights, losses=losses, scores=scores), total


def _score(run: Run, recipe: Recipe, accelerator: Accelerator, rows: Rows) -> tuple[torch.Tensor, torch.Tensor | None]:
    # not accelerate's own autocast: its precision cannot change within a process
    with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=recipe.optimizer.precision == "bf16"):
        return run.network.score(run.table, rows)


def _watch(
    run: Run, position: Position, parameters: Mapping[str, torch.Tensor], best: dict[str, torch.Tensor], patience: int
) -> None:
    """Score the validation rows. Keep the best epoch's parameters so far; stop after `patience` epochs without a better one."""
    rows = run.split.validation
    run.network.train(False)
    with torch.inference_mode():
        losses = [run.network.losses(run.table, rows[i : i + WATCHED]) for i in range(0, len(rows), WATCHED)]
        loss = float(torch.cat(losses).mean())
    if not np.isfinite(loss):
        raise DivergedError(f"after epoch {position.epoch} (validation loss {loss})")
    if loss < position.best:
        position.best, position.waited = loss, 0
        best.update({name: p.detach().clone() for name, p in parameters.items()})
    else:
        position.waited += 1
        position.done = position.waited >= patience
