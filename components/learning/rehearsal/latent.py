"""Latent replay (Pellegrini et al., IROS 2020, arXiv 1912.01100, section III): past activations instead of past inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.method import Peers, register
from components.learning.networks.protocol import Encoder, Network, as_encoder
from components.learning.networks.tokens import Rows, Tokens
from components.learning.rehearsal.buffer import Buffer
from components.learning.rows import target_column

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.run import Run
    from components.memory.store import Memory
else:
    pa, pc, torch = lazy("pyarrow"), lazy("pyarrow.compute"), lazy("torch")


@register("rehearsal", "latent")
class Latent(Buffer):
    """A memory without texts: it keeps the (T, width) states of each row at the first block that may move (`frozen_prefix.py`).

    New rows pass through the frozen blocks, memory rows start at the cut, and both go through the upper blocks together. The
    paper lets the layers below learn slowly, so that its activations age. Here they are frozen, and a row stays exact up to its
    precision. Once the regime will not move the base model again, only pooled features are kept: layers * width numbers per row.
    A row of T tokens takes 2 * T * width bytes in float16 and twice that in float32 (MiniLM, a question of 12 tokens: 9 kB). Text
    and completion are dropped; the label stays, even if the completion was the class. The manifest's notes record what is kept
    and how many bytes. The row's `digest` is kept as in a buffer: it identifies erased, held-out and repeated texts, and lets
    anyone who guesses a text check that it was there. Activations are not anonymous: much of a text can be reconstructed from
    them.
    """

    precision: Literal["float16", "float32"] = Field("float16", description="format of the stored numbers: 2 or 4 bytes each")
    _kept: str = PrivateAttr("")  # what the stored activations are

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs an encoder, of which some blocks never move."""
        if causal:
            return "activations are kept of encoders, and this base model writes", "Set learning.rehearsal to {kind: buffer}."
        if recipe.regime.moves_again() and recipe.regime.moves_every_block():
            return (
                f"regime {recipe.regime.kind!r} leaves no block of the base model untouched, so activations would become stale",
                f"Set {recipe.regime.fewer_blocks}, or learning.rehearsal to {{kind: buffer}}.",
            )
        return super().objection(recipe, causal)

    def read(self, network: Network, memory: Memory, targets: Sequence[str]) -> Tokens:
        """Ids that stand for a row's activations (the network looks them up by these ids), or of its text if there is one."""
        encoder, rows = as_encoder(network), memory.rows
        stored = activations(rows)
        wanted = {_features(encoder), _states(encoder)}
        if any(one is not None for one in stored) and self._kept not in wanted:
            raise UsageError(
                f"learning.rehearsal: latent: the memory holds {self._kept or 'activations of another kind'}, "
                f"this recipe needs {' or '.join(sorted(wanted - {''}))}",
                "Keep the parent's learning.regime and learning.head (pooling, layers), or start again in a new workspace.",
            )
        texts = iter(encoder.tokenise([text for text, one in zip(rows["text"].to_pylist(), stored) if one is None]).ids)
        prefix = None if self._kept == _features(encoder) else encoder.prefix  # None: pooled features are stored
        known = encoder.known if prefix is None else prefix.known
        ids = []
        for one in stored:
            if one is None:
                ids.append(next(texts))
                continue
            length = 1 if prefix is None else len(one) - prefix.below
            name = hashlib.sha256(one.tobytes()).digest()
            ids.append(np.full(length, -1 - int.from_bytes(name[:7], "big"), dtype=np.int64))  # no token has a negative id
            known[ids[-1].tobytes()] = one.reshape(-1) if prefix is None else one
        return Tokens(tuple(ids))

    def before_experience(self, run: Run) -> None:
        """Check that activations can be computed, and that those of the memory are still valid."""
        encoder = as_encoder(run.network)
        if not run.settled and encoder.prefix is None:
            raise UsageError(
                "learning.rehearsal: latent: this regime leaves no block of this base model untouched, or the base model cannot "
                "be run in two parts",
                "Let fewer blocks move (learning.regime.blocks or depth), or set learning.rehearsal to {kind: buffer}.",
            )
        if encoder.known and (run.moved or not run.settled):
            raise UsageError(
                "learning.rehearsal: latent: the memory holds features of the frozen base model, which these settings would move",
                "Keep learning.regime.adapt as in the parent, or start again in a new workspace.",
            )
        super().before_experience(run)

    def remember(self, run: Run, table: pa.Table, experience: str, forbidden: Collection[str], seed: int) -> None:
        """Like a buffer, then replace texts by activations."""
        memory, before = self.offer(run, table, experience, forbidden, seed), run.past.memory
        encoder = as_encoder(run.network)
        kept = _features(encoder) if run.settled else _states(encoder)
        old = activations(memory.rows)
        if kept != self._kept:
            old = [None] * len(memory)
        digests = [*table["digest"].to_pylist(), *(before.rows["digest"].to_pylist() if before is not None else [])]
        place = {digest: row for row, digest in enumerate(digests)}
        missing = [i for i, one in enumerate(old) if one is None]
        own = memory.rows["digest"].to_pylist()
        rows = np.array([place[own[i]] for i in missing], dtype=np.int64)
        for i, one in zip(missing, self._made(run, rows) if len(rows) else ()):
            old[i] = one
        memory = replace(memory, rows=without_texts(memory.rows, [one for one in old if one is not None], self.precision))
        self._kept, self._memory = kept, memory
        size = sum(len(one) for one in memory.rows["latent"].to_pylist())
        run.notes["latent"] = {"kept": kept, "rows": len(memory), "bytes": size, "precision": self.precision}

    def _made(self, run: Run, rows: Rows) -> Sequence[NDArray[np.float32]]:
        prefix = None if run.settled else as_encoder(run.network).prefix
        return list(run.represent(rows).numpy()) if prefix is None else prefix.fetch(run.table.tokens, rows)

    def state(self) -> dict[str, Tensor]:
        """What the stored activations are."""
        kept = {"kept": torch.tensor(list(self._kept.encode()), dtype=torch.uint8)} if self._kept else {}
        return {**super().state(), **kept}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore it."""
        super().load(state)
        if "kept" in state:
            self._kept = bytes(state["kept"].tolist()).decode()


def _states(encoder: Encoder) -> str:
    if encoder.prefix is None:
        return ""
    below = f", with {encoder.pooling} of {encoder.prefix.below} layers below" if encoder.prefix.below else ""
    return f"states after block {encoder.prefix.depth}{below}"


def _features(encoder: Encoder) -> str:
    return f"{encoder.pooling} features of {encoder.head.layers} layers"


def activations(rows: pa.Table) -> list[NDArray[np.float32] | None]:
    """What each memory row stores, as float32; None: nothing."""
    stored: list[NDArray[np.float32] | None] = []
    for data, shape in zip(rows["latent"].to_pylist(), rows["shape"].to_pylist()):
        kind = None if data is None else "<f2" if len(data) == 2 * int(np.prod(shape)) else "<f4"
        stored.append(None if kind is None else np.frombuffer(data, kind).reshape(shape).astype(np.float32))
    return stored


def without_texts(rows: pa.Table, stored: Sequence[NDArray[np.float32]], precision: str) -> pa.Table:
    """Memory rows with these activations and neither text nor completion; a completion that was the class becomes the label."""
    kind = np.dtype(precision).newbyteorder("<")
    most = np.finfo(kind).max
    columns = {
        "label": target_column(rows, writes=False),
        "text": pa.nulls(len(rows)),
        "completion": pa.nulls(len(rows)),
        "latent": pa.array([np.clip(one, -most, most).astype(kind).tobytes() for one in stored], pa.large_binary()),
        "shape": pa.array([list(one.shape) for one in stored], pa.list_(pa.int32())),
    }
    for name, column in columns.items():
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(place), column.cast(rows.schema.field(place).type))
    return rows
