"""Seconds of the squared gradients of 200 single rows (Fisher information): many rows in one pass, beside row by row."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import finish, interleaved, parser, seconds, spread, table
from benchmarks.regularizers import settings_for
from benchmarks.streams import prepare
from components.environment import prepare_process
from components.workspace import Workspace

REGIMES = ("lora", "depth", "head")


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure both ways in turns, after a first pass that fills the cache of frozen blocks."""
    options = parser("importances", __doc__ or "")
    options.add_argument("--stream", default="trec")
    options.add_argument("--base", default="minilm")
    options.add_argument("--rows", type=int, default=200)
    options.add_argument("--repeats", type=int, default=2)
    given = options.parse_args(argv)
    prepare_process()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        experience = prepare(given.stream, Workspace(Path(scratch)), rows=2 * given.rows)[0]
        texts = experience.table("train")["text"].to_pylist()[: given.rows]
        for regime in REGIMES:
            rows.append(measure(regime, texts, given.base, given.repeats))
    cells = [[a["regime"], f"{a['together']['median']:.2f}", f"{a['loop']['median']:.2f}", f"{a['error']:.1e}"] for a in rows]
    return finish("importances", {"rows": rows}, table(["regime", "together s", "loop s", "relative difference"], cells), given)


def measure(regime: str, texts: Sequence[str], base: str, repeats: int) -> dict[str, Any]:
    """Both ways on a network whose moving weights were shaken, so that no gradient is zero by construction."""
    import torch

    from components.catalog.models import get_base
    from components.learning.networks.backbone import load_backbone
    from components.learning.networks.build import build
    from components.learning.networks.protocol import as_encoder
    from components.learning.networks.table import Table
    from components.learning.recipe import read_recipe
    from components.learning.regularizers._per_row import one_by_one, sums_over_rows

    recipe = read_recipe(settings_for(regime, "none", [], base, 256))
    backbone = load_backbone(get_base(base))
    model = recipe.regime.prepare(backbone.model, None)
    network = as_encoder(build(backbone, model, recipe.head, 256, (), ["a", "b", "c", "d"]))
    network.cut(recipe.regime.moving(model), None)
    own = network.parameters()
    with torch.no_grad():
        for parameter in own.values():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    network.train(False)
    tokens, rows = network.tokenise(texts), np.arange(len(texts))
    network.warm(tokens)
    data = Table(tokens, ("a",) * len(texts))
    found: dict[str, dict[str, torch.Tensor]] = {}

    def losses(scores: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return [(torch.ones(len(scores)), -scores.log_softmax(-1)[:, 0])]

    def together() -> None:
        found["together"] = sums_over_rows(network, data, rows, own, losses, 2)

    def loop() -> None:
        found["loop"] = {name: torch.zeros_like(p, requires_grad=False) for name, p in own.items()}
        for row in rows:
            one_by_one(network, data, np.array([row]), own, losses, 2, found["loop"])

    times = interleaved(repeats, lambda: seconds(together), lambda: seconds(loop))
    size = max(float(wanted.max()) for wanted in found["loop"].values())
    error = max(float((found["together"][name] - wanted).abs().max()) for name, wanted in found["loop"].items()) / size
    return {"regime": regime, "together": spread(times[0]), "loop": spread(times[1]), "error": error}


if __name__ == "__main__":
    main(sys.argv[1:])
