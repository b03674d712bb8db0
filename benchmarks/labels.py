"""Which wrong labels the gate finds, at which size: experiences of the catalogue's classes with labels shuffled or swapped.

Frozen features, the default head, the gate's own rule (`evaluation/neighbours.py`, `gates_new.label_noise`), and
the former one, which counted answers that the model is sure of. Noise is in training rows and held-out cases alike. Each line of
the table is over so many draws of rows; clean ones are false alarms.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.common import RESULTS, finish, markdown, parser
from benchmarks.frozen import Pool, pool
from components.evaluation.contradictions import SURE, contradictions
from components.evaluation.gates_new import label_noise, new_gates
from components.evaluation.neighbours import clear
from components.learning.heads import _ridge as ridge
from components.learning.heads._calibration import calibrated
from components.learning.heads._solution import Sums, solve
from components.settings import GateSettings
from components.storage import write_text

#: All labels are new: the champion says nothing of them
NEW = dict.fromkeys(("champion_correct", "champion_predicted", "champion_confidence"))
LAST = 384  # features of the last layer
NOISE = ("none", "10 % shuffled", "33 % shuffled", "all shuffled", "two swapped")
Drawn = tuple[Pool, list[str], int, int]  # pool, classes, training rows and held-out cases of each


def answers(X: Any, y: Any, cases: Any, classes: int) -> tuple[Any, Any, Any]:
    """(answers to the rows, answers to the cases, their confidence) of the default head, fitted on the rows."""
    phi, other = (torch.tensor(np.hstack([one, np.ones((len(one), 1))])).double() for one in (X, cases))
    columns = torch.tensor(y)
    truth = ridge.one_hot(columns, classes)
    solution = solve(Sums.of(phi.T @ phi, phi.T @ truth, float(len(y))), 0.2, mixed=True)
    weights = torch.ones(len(y), dtype=torch.float64)
    temperature = calibrated(solution.left_out(phi, columns, weights), columns, truth.sum(0))
    mine, p = ((one @ solution.plane() * temperature).softmax(1).numpy() for one in (phi, other))
    return mine.argmax(1), p.argmax(1), p.max(1)


def spoil(y: Any, noise: str, rng: np.random.Generator) -> Any:
    """Labels with some of them shuffled, or the first two classes swapped."""
    if noise == "two swapped":
        return np.where(y == 0, 1, np.where(y == 1, 0, y))
    share = {"none": 0.0, "10 % shuffled": 0.1, "33 % shuffled": 0.33, "all shuffled": 1.0}[noise]
    chosen = rng.random(len(y)) < share
    spoilt = y.copy()
    spoilt[chosen] = rng.permutation(y[chosen])
    return spoilt


def once(drawn: Drawn, noise: str, rng: np.random.Generator) -> dict[str, bool]:
    """Whether each rule refuses one experience."""
    source, classes, rows, cases = drawn
    picked = [rng.permutation(np.flatnonzero(source.labels == label))[: rows + cases] for label in classes]
    train, held = (np.concatenate([one[part] for one in picked]) for part in (slice(rows), slice(rows, None)))
    y, truth = (
        np.concatenate([np.full(len(one[part]), n) for n, one in enumerate(picked)]) for part in (slice(rows), slice(rows, None))
    )
    y, truth = spoil(y, noise, rng), spoil(truth, noise, rng)
    X, asked = source.features[train, -LAST:], source.features[held, -LAST:]
    mine, given, confidence = answers(X, y, asked, len(classes))
    names = [[str(each) for each in those] for those in (mine, given, truth)]
    apart = clear(X, names[0], asked, names[1])
    gates = GateSettings()
    columns = zip(names[2], names[1], confidence.tolist(), apart.tolist(), strict=True)
    known = ("truth", "candidate_predicted", "candidate_confidence", "clear")
    cases_of = [dict(zip(known, case, strict=True), candidate_correct=case[0] == case[1], **NEW) for case in columns]
    former = label_noise(*contradictions(names[2], names[1], (confidence >= SURE).tolist()), gates.max_label_noise, gates.alpha)
    return {"refused": new_gates(cases_of, gates)[1].status != "pass", "former": former.status == "fail"}


def shapes(folder: Path) -> dict[str, Callable[[np.random.Generator], Drawn]]:
    """What is drawn from: the far domains, small and three times as large, and three easy classes."""
    five, cut = pool("five", folder), pool("cut", folder)
    found: dict[str, Callable[[np.random.Generator], Drawn]] = {}
    for domain in dict.fromkeys(five.domains.tolist()):
        labels = sorted(set(five.labels[five.domains == domain].tolist()))
        for times in (1, 3):
            rows, cases = (min(times * n // len(labels), most) for n, most in ((60, 60), (40, 40)))
            name = f"{domain}, {len(labels)} classes, {rows} + {cases} rows each"
            found[name] = lambda rng, labels=labels, rows=rows, cases=cases: (five, labels, rows, cases)  # type: ignore[misc]
    topics: dict[str, list[str]] = defaultdict(list)
    for label in sorted(set(cut.labels.tolist())):
        topics[label.rpartition("/")[0]].append(label)

    def easy(rng: np.random.Generator) -> Drawn:
        return cut, [str(rng.choice(topics[name])) for name in rng.choice(sorted(topics), 3, replace=False)], 20, 15

    return {**found, "three easy classes, 20 + 15 rows each": easy}


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure which noise is found."""
    options = parser("labels", __doc__ or "")
    options.add_argument("--draws", type=int, default=20)
    options.add_argument("--features", type=Path, required=True, help="folder for the encoded texts (as of benchmarks.heads)")
    given: argparse.Namespace = options.parse_args(argv)
    torch.set_num_threads(1)
    rng, rows = np.random.default_rng(7), []
    for name, draw in shapes(given.features).items():
        for noise in NOISE:
            found = [once(draw(rng), noise, rng) for _ in range(given.draws)]
            rows.append(
                {"experience": name, "noise": noise, **{rule: float(np.mean([f[rule] for f in found])) for rule in found[0]}}
            )
    text = markdown(
        ["experience", "labels", "refused", "refused by the former rule"],
        [[row["experience"], row["noise"], f"{row['refused']:.2f}", f"{row['former']:.2f}"] for row in rows],
    )
    if given.write:
        head = f"# Wrong labels\n\n`python -m benchmarks.labels --features FOLDER --write`, {given.draws} draws a line.\n\n"
        write_text(RESULTS / "labels.md", head + text)
    return finish("labels", {"draws": given.draws, "rows": rows}, text, given)


if __name__ == "__main__":
    main(sys.argv[1:])
