"""Latent replay (Pellegrini et al., IROS 2020, arXiv 1912.01100, section III): past activations instead of past inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.learning.method import Recipe, register
from components.learning.rehearsal.buffer import Buffer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.axes import Regime
    from components.learning.networks.tokens import Tokens
    from components.learning.run import Run
    from components.memory.store import Memory


@register("rehearsal", "latent")
class Latent(Buffer):
    """A memory without texts: of each row the hidden states where the blocks that may move begin (`prefix.py`), (T, width).

    New rows come up through the frozen blocks, memory rows start at the cut, and both go through the upper blocks together. The
    paper lets the layers below learn slowly, so that its activations age; here they stand still and a row stays exact, but for
    its precision. Once the regime will not move the base model again only pooled features are kept, layers * width numbers a row.
    A row of T tokens takes 2 * T * width bytes in float16 and twice that in float32 (MiniLM, a question of 12 tokens: 9 kB);
    text and completion are dropped, the label stays, also where the completion was the class. The manifest's notes say what is
    kept and how many bytes. The row's `digest` stays as in a buffer: it tells erased, held-out and repeated texts, and lets
    someone who guesses a text see that it was there. Activations are not anonymous: much of a text can be guessed back from them.
    """

    precision: Literal["float16", "float32"] = Field("float16", description="numbers kept: 2 or 4 bytes each")
    _kept: str = PrivateAttr("")  # what the stored activations are

    def objection(self, recipe: Recipe, causal: bool) -> tuple[str, str] | None:
        """While the base model moves some of its blocks must not."""
        if causal:
            return "activations are kept of encoders, and this base model writes", "Set learning.rehearsal to {kind: buffer}."
        if recipe.regime.moves_again() and _moves_every_block(recipe.regime):
            blocks = hasattr(recipe.regime, "blocks")
            way = "learning.regime.blocks to 3" if blocks else "learning.regime to {kind: lora, blocks: 3}"
            return (
                f"regime {recipe.regime.kind!r} leaves no block of the base model untouched, so activations would go stale",
                f"Set {way}, or learning.rehearsal to {{kind: buffer}}.",
            )
        return super().objection(recipe, causal)

    def read(self, network: Any, memory: Memory, targets: Sequence[str]) -> Tokens:
        """Ids that stand for the activations of a row (the network finds them by these), or those of a text that is there."""
        from components.learning.networks.tokens import Tokens

        rows = memory.rows
        stored = activations(rows)
        wanted = {_features(network), _states(network)}
        if any(one is not None for one in stored) and self._kept not in wanted:
            raise UsageError(
                f"learning.rehearsal: latent: the memory holds {self._kept or 'activations of another kind'}, "
                f"this recipe needs {' or '.join(sorted(wanted - {''}))}",
                "Keep the parent's learning.regime and learning.head (pooling, layers), or start a new line.",
            )
        texts = iter(network.tokenise([text for text, one in zip(rows["text"].to_pylist(), stored) if one is None]).ids)
        pooled = self._kept == _features(network)
        held = network.known if pooled or network.prefix is None else network.prefix.held
        ids = []
        for one in stored:
            if one is None:
                ids.append(next(texts))
                continue
            length = 1 if pooled else len(one) - network.prefix.below
            name = hashlib.sha256(one.tobytes()).digest()
            ids.append(np.full(length, -1 - int.from_bytes(name[:7], "big"), dtype=np.int64))  # no token has a negative id
            held[ids[-1].tobytes()] = one.reshape(-1) if pooled else one
        return Tokens(tuple(ids))

    def before_experience(self, run: Run) -> None:
        """Activations must be to be had, and must hold."""
        if not run.settled and run.network.prefix is None:
            raise UsageError(
                "learning.rehearsal: latent: this regime leaves no block of this base model untouched, or the base model cannot "
                "be run in two parts",
                "Let fewer blocks move (learning.regime.blocks or depth), or set learning.rehearsal to {kind: buffer}.",
            )
        if run.network.known and (run.moved or not run.settled):
            raise UsageError(
                "learning.rehearsal: latent: the memory holds features of the base model as it was, and now it is to move",
                "Keep learning.regime.adapt as in the parent, or start a new line.",
            )
        super().before_experience(run)

    def remember(self, run: Run, table: Any, experience: str, forbidden: Collection[str], seed: int) -> None:
        """As a buffer does, then activations in the place of texts."""
        super().remember(run, table, experience, forbidden, seed)
        assert self._memory is not None
        kept = _features(run.network) if run.settled else _states(run.network)
        old = activations(self._memory.rows)
        if kept != self._kept:
            old = [None] * len(self._memory)
        digests = [*table["digest"].to_pylist(), *(run.memory.rows["digest"].to_pylist() if run.memory is not None else [])]
        place = {digest: row for row, digest in enumerate(digests)}
        missing = [i for i, one in enumerate(old) if one is None]
        own = self._memory.rows["digest"].to_pylist()
        rows = np.array([place[own[i]] for i in missing], dtype=np.int64)
        for i, one in zip(missing, self._made(run, rows) if len(rows) else ()):
            old[i] = one
        self._kept, self._memory = kept, replace(self._memory, rows=without_texts(self._memory.rows, old, self.precision))
        size = sum(len(one) for one in self._memory.rows["latent"].to_pylist())
        run.notes["latent"] = {"kept": kept, "rows": len(self._memory), "bytes": size, "precision": self.precision}

    def _made(self, run: Run, rows: NDArray[np.int64]) -> Sequence[NDArray[np.float32]]:
        if not run.settled:
            found: list[NDArray[np.float32]] = run.network.prefix.fetch(run.tokens, rows)
            return found
        from components.learning.rehearsal._more_rows import represent

        return list(represent(run, rows))

    def state(self) -> dict[str, Tensor]:
        """What the activations are."""
        import torch

        kept = {"kept": torch.tensor(list(self._kept.encode()), dtype=torch.uint8)} if self._kept else {}
        return {**super().state(), **kept}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take it back."""
        super().load(state)
        if "kept" in state:
            self._kept = bytes(state["kept"].tolist()).decode()


def _moves_every_block(regime: Regime) -> bool:
    """As far as the recipe says it: a depth is compared with the model's when that is there."""
    return regime.kind in ("full", "bias") or getattr(regime, "blocks", None) == 0


def _states(network: Any) -> str:
    if network.prefix is None:
        return ""
    below = f", with {network.pooling} of {network.prefix.below} layers below" if network.prefix.below else ""
    return f"states after block {network.prefix.depth}{below}"


def _features(network: Any) -> str:
    return f"{network.pooling} features of {network.head.layers} layers"


def activations(rows: Any) -> list[NDArray[np.float32] | None]:
    """Of each memory row what is stored, as float32; None: nothing is."""
    found: list[NDArray[np.float32] | None] = []
    for data, shape in zip(rows["latent"].to_pylist(), rows["shape"].to_pylist()):
        kind = None if data is None else "<f2" if len(data) == 2 * int(np.prod(shape)) else "<f4"
        found.append(None if kind is None else np.frombuffer(data, kind).reshape(shape).astype(np.float32))
    return found


def without_texts(rows: Any, stored: Sequence[Any], precision: str) -> Any:
    """Memory rows with these activations and neither text nor completion; a completion that was the class becomes the label."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = np.dtype(precision).newbyteorder("<")
    most = np.finfo(kind).max
    columns = {
        "label": pc.coalesce(rows["label"], rows["completion"]), "text": pa.nulls(len(rows)), "completion": pa.nulls(len(rows)),
        "latent": pa.array([np.clip(one, -most, most).astype(kind).tobytes() for one in stored], pa.large_binary()),
        "shape": pa.array([list(one.shape) for one in stored], pa.list_(pa.int32())),
    }  # fmt: skip
    for name, column in columns.items():
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(place), column.cast(rows.schema.field(place).type))
    return rows
