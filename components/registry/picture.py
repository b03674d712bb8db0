"""The accuracy matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

#: Experiences named on an axis; of more, every second, third … is
NAMED = 25


def draw_matrix(matrix: Sequence[Sequence[float | None]], names: Sequence[str]) -> Any:
    """A matplotlib Figure: row i after experience i, column j the cases of experience j, shares as percent; None is blank."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = max((len(row) for row in matrix), default=0)
    table = np.full((len(matrix), columns), np.nan)
    for i, row in enumerate(matrix):
        table[i, : len(row)] = [np.nan if value is None else value for value in row]
    labels = [*(str(name)[:18] for name in names), *(str(n + 1) for n in range(len(names), max(columns, len(matrix))))]
    size = (min(2.0 + 0.62 * max(columns, 4), 18.0), min(1.8 + 0.5 * max(len(matrix), 3), 14.0))  # inches: flat in the past
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_facecolor("#f4f4f4")
    axes.imshow(np.ma.masked_invalid(table), cmap="YlGnBu", vmin=0.0, vmax=1.0, aspect="auto")
    every = -(-max(columns, len(matrix), 1) // NAMED)
    axes.set_xticks(
        range(0, columns, every), labels[:columns:every], rotation=35, ha="right", rotation_mode="anchor", parse_math=False
    )
    axes.set_yticks(range(0, len(matrix), every), [f"after {label}" for label in labels[: len(matrix) : every]], parse_math=False)
    if every == 1:
        axes.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(matrix) + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("Accuracy (%) on the held-out cases of each experience", loc="left", fontsize=11)
    if columns <= NAMED:
        for (i, j), value in np.ndenumerate(table):
            if not np.isnan(value):
                axes.text(
                    j,
                    i,
                    f"{value:.0%}".rstrip("%"),
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if value > 0.6 else "#222222",
                )
    return figure
