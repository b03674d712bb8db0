"""The interfaces of the axes: what a method offers besides the hooks of `Method` (regularizers and routing need only those)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.choice import adaptation
from components.learning.method import Method, Peers
from components.learning.networks.blocks import untouched_blocks
from components.learning.networks.tokens import shuffled_batches
from components.learning.weights import load_weights, save_weights
from components.relabelling import Names, now_called

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import torch
    from torch import Tensor
    from torch.nn import Module, Parameter
    from torch.optim import Optimizer as TorchOptimizer

    from components.learning.networks.protocol import Network
    from components.learning.networks.tokens import Rows, Tokens
    from components.learning.run import Run
    from components.memory.store import Memory
else:
    torch = lazy("torch")


class Regime(Method):
    """Which parameters of the base model may move, and for how long. Saves the weights that moved; PEFT regimes override that."""

    adapt: Literal["always", "first", "drift"] = Field(
        "always",
        description="always; first: during the first experiences; drift: also later, if classes are separated worse",
    )
    experiences: int = Field(1, ge=0, description="how many experiences `adapt: first` lasts; the minimum for `adapt: drift`")
    rows: int = Field(
        0,
        ge=0,
        description="`adapt: first` lasts until so many rows were learned, if that is later and all of them can be read again",
    )
    threshold: float = Field(
        0.1,
        ge=0,
        le=2,
        description="drift: adapt again if the skill has fallen by more than this since the last move (choice/drift.py)",
    )
    _loaded: set[str] = PrivateAttr(default_factory=set)
    _reference: float | None = PrivateAttr(None)  # skill on validation rows after the base model last moved
    fewer_blocks: ClassVar[str] = "learning.regime to {kind: lora, blocks: 3}"  # the setting with which fewer blocks move

    renews: ClassVar[bool] = False  # whether every experience trains new parameters, and the earlier ones stand still

    def moves(self, causal: bool) -> bool:
        """Whether any weight of the base model ever moves. causal: the model has no head."""
        return True

    def moves_again(self) -> bool:
        """Whether the base model may move after the first experience."""
        return self.adapt != "first" or self.experiences > 1 or self.rows > 0

    def moves_every_block(self) -> bool:
        """Whether every block of the base model moves, as far as the settings alone can tell."""
        return False

    def frozen(self, run: Run) -> bool:
        """Whether the base model stays as it is while this run's experience is learned."""
        if self.adapt == "always" or run.learned < self.experiences:
            return False
        if self.adapt == "first" and run.seen < self.rows:
            if run.rereadable:
                return False
            run.notes["adapt"] = f"the base model stays as it is: not all of the {run.seen} rows can be read again"
        if self.adapt == "first" or not self.movable(run.network.model):
            return True
        decision = adaptation.decide(run, self._reference, self.threshold)
        run.notes["drift"] = decision.record()
        return not decision.move

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """`adapt: drift` needs an encoder, because drift is measured on its features."""
        if self.adapt != "drift" or not causal:
            return None
        return "adapt: drift measures an encoder's features, and this base model writes", "Set learning.regime.adapt to first."

    def after_experience(self, run: Run) -> None:
        """Measure the skill that later experiences are compared with."""
        if self.adapt == "drift" and run.moved:
            self._reference = adaptation.reached(run)

    def state(self) -> dict[str, Tensor]:
        """The skill after the base model last moved, if known."""
        if self._reference is None:
            return {}
        return {"reference": torch.tensor([self._reference], dtype=torch.float64)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take it back."""
        if "reference" in state:
            self._reference = float(state["reference"])

    def movable(self, model: Module) -> set[str]:
        """Names of the base model's parameters that may move."""
        raise NotImplementedError

    def moving(self, model: Module) -> set[str]:
        """Names of the parameters that may move, or that an earlier experience moved: those that a checkpoint must hold."""
        return self.movable(model) | self._loaded

    def settles(self, run: Run) -> bool:
        """Whether the base model will not move again after this run. Asked before the run begins."""
        last = self.adapt == "first" and run.learned + 1 >= self.experiences and run.seen + run.new >= self.rows
        return last or not self.movable(run.network.model)

    def untouched(self, model: Module) -> int:
        """How many leading transformer blocks of a prepared model, with everything before them, do not move under this regime."""
        return untouched_blocks(model, self.movable(model))

    def prepare(self, model: Module, parent: Path | None) -> Module:
        """The base model as its parent checkpoint left it, with `requires_grad` set on what may move."""
        if parent is not None:
            self._loaded = load_weights(model, parent)
        movable = self.movable(model)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in movable)
        return model

    def save(self, model: Module, folder: Path, base: str) -> None:
        """Write every weight that this checkpoint or an ancestor moved: weights.safetensors."""
        save_weights(model, self._loaded | self.movable(model), folder)


class Head(Method):
    """From pooled hidden states to classes. Classes are known by name; a new one never moves an old one. Encoders only."""

    pooling: Literal["auto", "mean", "cls"] = Field(
        "auto", description="auto: as in the base model's own pooling file, else mean"
    )
    layers: int = Field(1, ge=1, description="how many of the last layers to concatenate the pooled states of")
    shape: ClassVar[tuple[str, ...]] = ("pooling", "layers")  # settings that must be equal for another head's state to fit
    trained: ClassVar[bool] = True  # whether gradients move the scores that it answers with
    _labels: list[str] = PrivateAttr(default_factory=list)

    def rebuilt(self) -> bool:
        """Whether its knowledge is rebuilt from memory rows after the base model moved."""
        return False

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """A head that is rebuilt from memory rows needs memory rows."""
        if causal or not self.rebuilt() or recipe.rehearsal.rereads or not recipe.regime.moves_again():
            return None
        return (
            f"regime {recipe.regime.kind!r} moves the base model again after the first experience, so the head's statistics must "
            f"be rebuilt from memory, and rehearsal {recipe.rehearsal.kind!r} keeps no texts",
            "Set learning.regime.adapt to first and its experiences to 1, or learning.rehearsal to {kind: buffer}, or "
            "learning.head to {kind: linear}.",
        )

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Whether this head can take over the state of a head with this record."""
        own = self.record()
        return all(record.get(key) == own[key] for key in ("kind", *self.shape))

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in column order."""
        return tuple(self._labels)

    def restore(self, labels: Iterable[str], state: Mapping[str, Tensor]) -> None:
        """Load the classes and the state that a checkpoint holds. Raises ValueError for a tensor of another shape."""
        self._labels = list(labels)
        for name, wanted in self.dimensions().items():
            found = tuple(state[name].shape) if name in state else wanted
            if len(found) != len(wanted) or any(size not in (None, own) for own, size in zip(found, wanted)):
                raise ValueError(f"{name} is {found} for {len(self._labels)} classes")
        self.load(state)

    def dimensions(self) -> Mapping[str, tuple[int | None, ...]]:
        """The shape of tensors of `state`, as far as the number of classes says it; None: any size."""
        return {}

    def relabel(self, labels: Sequence[str], names: Names) -> None:
        """Rename the classes; those that get one name become one."""
        after = now_called(self._labels, names)
        place = {label: i for i, label in enumerate(after)}
        if len(after) < len(self._labels):
            self.merge([place[names.get(label, label)] for label in self._labels], len(after))
        self._labels = after

    def merge(self, places: Sequence[int], classes: int) -> None:
        """Make `classes` classes of the present ones; places: which of them each becomes. Raises UsageError if it cannot."""
        raise UsageError(
            f"learning.head: the {self.kind} head cannot merge classes",
            "Learn new rows under one name, or learn again from the start with another head.",
        )

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Add the classes that are not known yet, in sorted order, for features of this width."""
        raise NotImplementedError

    def parameters(self) -> dict[str, Parameter]:
        """The parameters that gradients move now. Those named `temporary.*` do not outlive the experience."""
        raise NotImplementedError

    def logits(self, features: Tensor) -> Tensor:
        """(n, C) scores to train by, from (n, layers * width) pooled states."""
        raise NotImplementedError

    def probabilities(self, features: Tensor) -> Tensor:
        """(n, C) class probabilities to answer with."""
        raise NotImplementedError


class Rehearsal(Method):
    """What is kept of past experiences, and how it is trained on again."""

    rereads: ClassVar[bool] = True  # whether its memory holds texts, which a base model that has moved can read again

    def recall(self, parent: Path | None) -> Memory | None:
        """The memory of the parent checkpoint, or None."""
        return None

    def read(self, network: Network, memory: Memory, targets: Sequence[str]) -> Tokens:
        """The memory's rows as a network reads them. Raises UsageError if they hold no text."""
        texts = memory.rows["text"].to_pylist()
        if None in texts:
            raise UsageError(
                f"learning.rehearsal: {self.kind} needs texts, and the parent's memory holds activations",
                "Keep rehearsal {kind: latent}, or start again in a new workspace.",
            )
        return network.tokenise(texts, targets)

    def remember(self, run: Run, table: pa.Table, experience: str, forbidden: Collection[str], seed: int) -> None:
        """Offer the experience's training rows (rows 0..new-1 of the run) to the memory; `forbidden` digests are held out."""

    def keep_consented(self) -> Memory | None:
        """Drop the memory's rows that came without `consent: true`; returns the remaining memory, or None."""
        return None

    def save(self, folder: Path) -> dict[str, Any]:
        """Write memory.parquet if there is a memory; returns the counters for the manifest."""
        return {}


class Optimizer(Method):
    """The optimizer and the loop's settings. An epoch counts only the new rows, so that recipes compare at equal cost."""

    rate: float = Field(1e-3, gt=0, description="learning rate")
    epochs: int = Field(3, ge=1, description="passes over the new rows")
    batch: int = Field(32, ge=1, description="new rows per batch; memory rows are added to them")
    weight_decay: float = Field(0.0, ge=0, description="decoupled weight decay")
    schedule: Literal["constant", "linear"] = Field("constant", description="linear: the rate falls to 0 over the epochs")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    validation: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="share of each label's training rows kept for validation, which early stopping watches; 0: none",
    )
    patience: int = Field(2, ge=1, description="epochs without a better validation loss before training stops")
    precision: Literal["fp32", "bf16"] = Field("fp32", description="arithmetic of the forward pass")

    def build(self, parameters: Sequence[Parameter]) -> TorchOptimizer:
        """A fresh optimizer over these parameters."""
        raise NotImplementedError

    def order(self, run: Run, rng: np.random.Generator) -> list[Rows]:
        """The batches of one epoch over the run's training rows. Uses `rng` only, so a resumed epoch has the same batches."""
        return shuffled_batches(run.table.tokens.lengths, run.split.training, self.batch, rng)
