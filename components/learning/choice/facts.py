"""The facts behind `learning.recipe: auto`: read from the experience, the parent checkpoint and the base model as delivered.

Signatures of past experiences are kept in the checkpoint: signatures.safetensors, `<digest of the experience>.mean` and
`.spread`. If a checkpoint has none, they are measured on the memory's rows. Cost: at most LIMIT rows are encoded.
Where it matters what adapting would gain, at most LIMIT new rows are encoded by the present encoder as well; a head on a frozen
encoder finds them in the store of features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from components.lazy import lazy
from components.learning.choice.choose import Facts, asks
from components.learning.choice.evidence import Evidence, measure
from components.learning.choice.novelty import Signature, novelty, signature
from components.learning.method import read_method
from components.learning.networks.backbone import load_backbone, writes
from components.learning.networks.feature_store import ActivationStore
from components.learning.recipe import no_head, recipe_from
from components.learning.rows import targets
from components.learning.tensors import load_tensors
from components.settings import LearningSettings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.catalog.models import BaseModel
    from components.learning.networks import build as networks
else:
    torch, networks = lazy("torch"), lazy("components.learning.networks.build")

SIGNATURES, LIMIT = "signatures.safetensors", 400


def gather(
    rows: pa.Table,
    experience: str,
    parent: Path | None,
    past: Mapping[str, Any],
    base: BaseModel,
    settings: LearningSettings,
    store: ActivationStore,
) -> tuple[Facts, dict[str, Tensor]]:
    """(facts, the signatures of all past experiences and of this one).

    rows: the training rows of `experience`, a digest; past: the parent's manifest, empty without one.
    """
    memory = _memory(parent, settings)
    known = load(parent) if parent is not None else {}
    unknown = {} if known or memory is None else _by_experience(memory)
    made = _measure({**unknown, experience: rows}, base, settings, store)
    new = made.pop(experience)
    known = {**known, **made}
    facts = Facts(
        causal=writes(base),
        rows=len(rows),
        new_labels=len(set(targets(rows, writes(base))) - set(past.get("labels", ()))),
        novelty=novelty(new, known.values()),
        consented=round(_consented(rows).mean(), 6),
        parent=past.get("recipe"),
        memory_rows=len(memory) if memory is not None else 0,
        moves=moves(past),
        seen=sum(past.get("seen", {}).values()),
    )
    if asks(facts, settings):
        facts = replace(facts, evidence=_evidence(rows, parent, past, base, settings, store))
    return facts, _state({**known, experience: new})


def moves(past: Mapping[str, Any]) -> int:
    """In how many experiences, at least, the encoder of a checkpoint was moved, from its manifest.

    A line of `auto` counts. Else the recipe says it: with `adapt: first` its first ones, otherwise all that were learned.
    """
    if not past:
        return 0
    regime, learned = past["recipe"]["regime"], len(past["experiences"])
    chosen = past.get("notes", {}).get("recipe", {})
    if "moves" in chosen.get("facts", {}):
        return int(chosen["facts"]["moves"]) + (regime.get("adapt") == "always" and regime["kind"] != "head")
    if regime["kind"] == "head":
        return 0
    return min(learned, int(regime["experiences"])) if regime["adapt"] == "first" else learned


def _evidence(
    rows: pa.Table,
    parent: Path | None,
    past: Mapping[str, Any],
    base: BaseModel,
    settings: LearningSettings,
    store: ActivationStore,
) -> Evidence:
    """What the present encoder's features, of as many layers as the line's head reads, say about at most LIMIT new rows."""
    backbone = load_backbone(base)
    model = backbone.model if parent is None else recipe_from(past["recipe"]).regime.prepare(backbone.model, parent)
    line = past["recipe"]["head"] if past else settings.head
    head = read_method("head", line).record()
    network = networks.build(backbone, model, no_head(layers=head["layers"], pooling=head["pooling"]), settings.max_tokens)
    network.remember_features(store, past.get("files", {}))
    chosen = _first(rows, LIMIT)
    columns = np.unique(targets(chosen, False), return_inverse=True)[1]
    return measure(network.encode(network.tokenise(_texts(chosen))).double().numpy(), columns)


def _memory(parent: Path | None, settings: LearningSettings) -> pa.Table | None:
    """The rows of the parent's memory that may be kept as texts."""
    path = parent / "memory.parquet" if parent is not None else None
    if path is None or not path.is_file() or settings.texts == "never":
        return None
    rows = parquet.read_table(path)
    return rows.filter(pa.array(_consented(rows))) if settings.texts == "consented" else rows


def _consented(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(pc.fill_null(rows["consent"], False).to_numpy(), dtype=bool)


def _by_experience(memory: pa.Table) -> dict[str, pa.Table]:
    """The memory's rows by the digest of their experience; rows without a text are left out."""
    memory = memory.filter(pc.is_valid(memory["text"]))
    return {
        name: memory.filter(pc.equal(memory["experience"], name)) for name in pc.unique(memory["experience"]).to_pylist() if name
    }


def _measure(
    tables: Mapping[str, pa.Table], base: BaseModel, settings: LearningSettings, store: ActivationStore
) -> dict[str, Signature]:
    """Signatures of tables of rows, from at most LIMIT rows in all: the first by digest of each table, a fixed random draw."""
    backbone = load_backbone(base)
    network = networks.build(backbone, backbone.model, no_head(), settings.max_tokens)
    network.remember_features(store, {})
    share = max(2, LIMIT // len(tables))
    return {name: signature(network.embed(_texts(_first(table, share)))) for name, table in tables.items()}


def _first(table: pa.Table, most: int) -> pa.Table:
    order = np.argsort(np.array(table["digest"].to_pylist(), dtype=str), kind="stable")[:most]
    return table.take(pa.array(order))


def _texts(table: pa.Table) -> list[str]:
    return [str(text) for text in table["text"].to_pylist()]


def _state(signatures: Mapping[str, Signature]) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for name, one in signatures.items():
        state[f"{name}.mean"] = torch.from_numpy(one.mean)
        state[f"{name}.spread"] = torch.tensor([one.spread, one.rows], dtype=torch.float64)
    return state


def load(checkpoint: Path) -> dict[str, Signature]:
    """The signatures in a checkpoint, by experience."""
    state = load_tensors(checkpoint / SIGNATURES)
    names = [key.removesuffix(".mean") for key in state if key.endswith(".mean")]
    return {
        name: Signature(state[f"{name}.mean"].numpy(), float(state[f"{name}.spread"][0]), int(state[f"{name}.spread"][1]))
        for name in sorted(names)
    }
