"""The picture of a long stream: accuracy beside retraining, seconds and megabytes of every cycle, and what the gates said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

BLUE, RED, GREEN, GREY, ORANGE = "#0072B2", "#D55E00", "#009E73", "#6b6b6b", "#E69F00"  # Okabe and Ito 2008
OUTCOMES = {"promoted": GREEN, "held": ORANGE, "refused": RED}


def draw(result: dict[str, Any], path: Path) -> None:
    """Write the picture as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.2, 6.4), layout="constrained")
    FigureCanvasAgg(figure)
    accuracy, seconds, size, gates = figure.subplots(4, 1, sharex=True, height_ratios=[3, 2, 1.4, 1])
    sound = [cycle for cycle in result["cycles"] if not cycle["planted"]]
    place = {cycle["name"]: n + 1 for n, cycle in enumerate(sound)}
    _accuracy(accuracy, result)
    x = np.arange(1, len(sound) + 1)
    seconds.plot(x, [cycle["learn"] for cycle in sound], ".", color=BLUE, markersize=4, label="learn")
    seconds.plot(x, [cycle["evaluate"] for cycle in sound], ".", color=GREY, markersize=4, label="evaluate and judge")
    again = result["retrained"]
    seconds.plot([p["experiences"] for p in again], [p["seconds"] for p in again], "s", color=RED, markersize=5, label="retrain")
    seconds.set_yscale("log")
    seconds.set_yticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    seconds.minorticks_off()
    seconds.set_ylabel("seconds a cycle")
    size.plot(x, [cycle["bytes"] / 2**20 for cycle in sound], color=BLUE)
    size.set_ylim(0, 1.15 * max(cycle["bytes"] for cycle in sound) / 2**20)
    size.set_ylabel("MiB stored")
    _gates(gates, result, place)
    for axis in (accuracy, seconds):
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    for axis in (accuracy, seconds, size):
        axis.grid(alpha=0.3)
    for axis in (accuracy, seconds, size, gates):
        axis.spines[["top", "right"]].set_visible(False)
    gates.set_xlabel("experiences learned, one after another")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def _accuracy(axis: Any, result: dict[str, Any]) -> None:
    scored, again = result["scored"], result["retrained"]
    x = [one["experiences"] for one in scored]
    axis.plot(x, [one["accuracy"] for one in scored], color=BLUE, label="Perdure")
    axis.plot(x, [one["forgetting"] for one in scored], color=GREY, linestyle="--", label="its forgetting")
    y = [p["accuracy"] for p in again]
    axis.plot([p["experiences"] for p in again], y, "s", color=RED, markersize=5, label="retrained on everything")
    axis.set_ylim(min(0.0, *(one["forgetting"] for one in scored)) - 0.02, 1)
    axis.set_ylabel("accuracy, all cases so far")
    last = scored[-1]
    axis.set_title(f"{last['experiences']} experiences, {last['labels_so_far']} classes that come, go and return", fontsize=10)


def _gates(axis: Any, result: dict[str, Any], place: dict[str, int]) -> None:
    """A mark per cycle; planted ones stand in a line of their own, before the experience that follows them."""
    for row, planted in ((1, False), (0, True)):
        at = 1
        points: dict[str, list[int]] = {name: [] for name in OUTCOMES}
        for cycle in result["cycles"]:
            at = place.get(cycle["name"], at)
            if bool(cycle["planted"]) == planted:
                points[cycle["outcome"]].append(at)
        for name, color in OUTCOMES.items():
            label = name if not planted else None
            axis.plot(points[name], [row] * len(points[name]), "|", color=color, markersize=9, label=label)
    axis.set_yticks([0, 1], ["planted", "sound"])
    axis.set_ylim(-0.6, 1.6)
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
