"""Operating curves of the gates over many tasks, many cycles and many looks, by simulation of right and wrong answers.

tasks: T past tasks, one of which may have collapsed; how often a candidate is stopped, and how many cases are scored.
rounds: the same, where doubtful tasks get as many cases again until no doubt or no case is left.
lifetime: fifty cycles in which every candidate truly loses `slide`; the share promoted, and what the line has lost at the end.
looks: a candidate of the same true fall is tried again on the same cases until it passes, five times at most.
noise: how much label noise in a new experience is seen, by the number of its rows.
churn is the share of cases that flip each way while no accuracy is lost; "uneven": one task in ten churns four times as much.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, finish, markdown, parser
from benchmarks.noise import GATE, LIMIT, SHARES, SIGNS, noise_row
from components.evaluation.bounded import Differences
from components.evaluation.lifetime import against
from components.evaluation.statistics import Paired
from components.evaluation.tasks import TaskCounts, collapsed, first_look, next_look, screen
from components.storage import read_json, write_text

ALPHA, COLLAPSE, STEP, BUDGET, PROBE = 0.05, 0.15, 0.03, 0.05, 2000
ACCURACY, CYCLES = 0.92, 50
SEED = 2  # not one that a constant was chosen on
Row = dict[str, Any]


# ---------------------------------------------------------------- one collapsed task among many


def task_row(tasks: int, n: int, churn: float, uneven: bool, loss: float, runs: int) -> Row:
    """Stopped: of all runs, those where any task failed or was held (loss 0), or where the collapsed one was."""
    rng = np.random.default_rng([SEED, tasks, n, int(1000 * churn), uneven, int(10 * loss)])
    found: dict[str, list[tuple[bool, int]]] = {"today": [], "two stages": [], "all cases": []}
    for _ in range(runs):
        gained, lost = _drawn(rng, tasks, n, churn, uneven, loss)
        looked = np.array(first_look([n] * tasks, PROBE))
        first_lost = rng.hypergeometric(lost, n - lost, looked)
        rest = np.maximum(n - lost, 1)
        first_gained = rng.hypergeometric(gained, rest - gained, np.minimum(looked - first_lost, rest))
        counts = [TaskCounts(str(i), *map(int, row)) for i, row in enumerate(zip(looked, first_gained, first_lost))]
        if tasks * n > PROBE:
            for i in screen(counts):
                counts[i] = TaskCounts(str(i), n, int(gained[i]), int(lost[i]))
        found["two stages"].append(_stopped(counts, loss))
        everything = [TaskCounts(str(i), n, int(g), int(b)) for i, (g, b) in enumerate(zip(gained, lost))]
        found["all cases"].append(_stopped(everything, loss) if tasks * n > PROBE else found["two stages"][-1])
        few = max(2, min(n, PROBE // tasks))  # today's rule: any estimate beyond the margin
        fall = _drawn(rng, tasks, few, churn, uneven, loss)
        found["today"].append((bool(((fall[1] - fall[0]) / few > COLLAPSE).any()), tasks * few))
    row: Row = {"tasks": tasks, "n": n, "churn": churn, "uneven": uneven, "loss": loss, "runs": runs}
    for name, outcomes in found.items():
        stopped, cases = np.array(outcomes, float).T
        row[name] = {"stopped": float(stopped.mean()), "cases": float(cases.mean())}
    return row


def round_row(tasks: int, n: int, churn: float, loss: float, least: int, runs: int) -> Row:
    """As `task_row`, from a first look at `least` cases a task on."""
    rng = np.random.default_rng([SEED, tasks, n, int(1000 * churn), int(10 * loss), least])
    outcomes = []
    for _ in range(runs):
        gained, lost = _drawn(rng, tasks, n, churn, False, loss)
        order = rng.permuted(np.arange(n) + np.zeros((tasks, 1), int), axis=1)  # where each of a task's cases lies
        changes = np.where(order < lost[:, None], -1, np.where(order < (lost + gained)[:, None], 1, 0))
        scored = np.full(tasks, min(n, least))
        while True:
            parts = [row[:size] for row, size in zip(changes, scored)]
            counts = [TaskCounts(str(i), len(p), int((p > 0).sum()), int((p < 0).sum())) for i, p in enumerate(parts)]
            more = np.array(next_look(counts, [n] * tasks, COLLAPSE))
            if not more.any():
                break
            scored = scored + more
        outcomes.append(_stopped(counts, loss))
    stopped, cases = np.array(outcomes, float).mean(0)
    row: Row = {"tasks": tasks, "n": n, "churn": churn, "loss": loss, "least": least, "runs": runs}
    return {**row, "stopped": float(stopped), "cases": float(cases)}


def _drawn(
    rng: np.random.Generator, tasks: int, n: int, churn: float, uneven: bool, loss: float
) -> tuple[np.ndarray, np.ndarray]:
    share = np.where(rng.random(tasks) < 0.1, 4 * churn, 2 * churn / 3) if uneven else np.full(tasks, churn)
    lost = rng.binomial(n, share)
    gained = rng.binomial(n - lost, share / (1 - share))
    if loss:
        lost[0] = rng.binomial(n, min(1.0, share[0] + loss))
        gained[0] = rng.binomial(n - lost[0], share[0] * (1 - loss))
    return gained, lost


def _stopped(counts: list[TaskCounts], loss: float) -> tuple[bool, int]:
    verdicts = collapsed(counts, COLLAPSE, ALPHA)
    asked = verdicts[:1] if loss else verdicts
    return any(verdict.status != "pass" for verdict in asked), sum(task.n for task in counts)


# ---------------------------------------------------------------- lives


def life_row(n: int, churn: float, slide: float, runs: int) -> Row:
    row: Row = {"n": n, "churn": churn, "slide": slide, "runs": runs}
    for name, rule in (("today", _today), ("two anchors", _two_anchors)):
        promoted, lost = np.array([_life(rule, n, churn, slide, seed) for seed in range(runs)]).T
        high = float(np.quantile(lost, 0.95))
        row[name] = {"promoted": float(promoted.mean()), "lost": float(lost.mean()), "lost 95 %": high}
    return row


def _life(rule: Any, n: int, churn: float, slide: float, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    champion = rng.random(n) < ACCURACY
    anchor, promoted = champion.copy(), 0
    for _ in range(CYCLES):
        candidate = _next(rng, champion, churn, slide)
        size = len(champion)
        scored = np.arange(size) if size <= PROBE else rng.choice(size, PROBE, replace=False)
        if rule(_paired(candidate[scored], champion[scored]), _paired(candidate[scored], anchor[scored])):
            promoted += 1
            new = rng.random(n) < ACCURACY
            champion, anchor = np.r_[candidate, new], np.r_[anchor, new]
    return promoted / CYCLES, float(anchor.mean() - champion.mean())


def _next(rng: np.random.Generator, champion: np.ndarray, churn: float, slide: float) -> np.ndarray:
    kept = (rng.random(len(champion)) >= churn) & (rng.random(len(champion)) >= slide)
    won = rng.random(len(champion)) < churn * ACCURACY / (1 - ACCURACY)
    return np.where(champion, kept, won)


def _paired(candidate: np.ndarray, other: np.ndarray) -> Differences:
    counts = Paired(len(candidate), int((candidate & ~other).sum()), int((~candidate & other).sum()))
    return Differences(candidate.astype(float) - other, counts)


def _today(champion: Differences, anchor: Differences) -> bool:
    return champion.low(ALPHA) > -0.05


def _two_anchors(champion: Differences, anchor: Differences) -> bool:
    return against(champion, STEP, ALPHA, room=BUDGET).status == against(anchor, BUDGET, ALPHA).status == "pass"


# ---------------------------------------------------------------- looking again


def look_row(n: int, fall: float, runs: int) -> Row:
    row: Row = {"n": n, "fall": fall, "churn": 0.03, "runs": runs}
    for name, corrected in (("plain", False), ("corrected", True)):
        rng = np.random.default_rng(n)
        passes = [_passes_at(rng, n, fall, corrected) for _ in range(runs)]
        row[name] = {"at once": float(np.mean([p == 1 for p in passes])), "in five": float(np.mean([p > 0 for p in passes]))}
    return row


def _passes_at(rng: np.random.Generator, n: int, fall: float, corrected: bool) -> int:
    champion = rng.random(n) < ACCURACY
    for look in range(1, 6):
        candidate = _next(rng, champion, 0.03, fall / ACCURACY)
        if against(_paired(candidate, champion), STEP, ALPHA, look if corrected else 1, BUDGET).status == "pass":
            return look
    return 0


# ---------------------------------------------------------------- the command


def report(result: dict[str, Any]) -> str:
    """The tables as Markdown."""
    tasks = [
        [r["tasks"], r["n"], f"{r['churn']}{' uneven' if r['uneven'] else ''}", r["loss"]]
        + [f"{r[name]['stopped']:.2f} ({r[name]['cases']:,.0f})" for name in ("today", "two stages", "all cases")]
        for r in result["tasks"]
    ]
    lives = [
        [r["n"], r["churn"], r["slide"]]
        + [f"{r[name]['promoted']:.2f}, {r[name]['lost']:.3f} ({r[name]['lost 95 %']:.3f})" for name in ("today", "two anchors")]
        for r in result["lifetime"]
    ]
    looks = [
        [r["n"], r["fall"]] + [f"{r[name]['at once']:.2f}, {r[name]['in five']:.2f}" for name in ("plain", "corrected")]
        for r in result["looks"]
    ]
    noise = [[r["n"], r["kind"], *(f"{r[k]:.2f}" for k in ("accuracy", *SIGNS))] for r in result["noise"]]
    rounds = [
        [r["tasks"], r["n"], r["churn"], r["loss"], r["least"], f"{r['stopped']:.2f} ({r['cases']:,.0f})"]
        for r in result["rounds"]
    ]
    parts = [
        ("One collapsed task among many: stopped (cases scored)",
         ["tasks", "cases each", "churn", "true loss", "any estimate beyond .15", "two stages", "all cases"], tasks),
        ("The same in rounds: doubtful tasks get as many cases again",
         ["tasks", "cases each", "churn", "true loss", "first look", "stopped (cases scored)"], rounds),
        (f"{CYCLES} cycles: promoted, lost at the end (95 %); the budget is {BUDGET}",
         ["new cases", "churn", "slide a cycle", "lower bound above -.05", "two anchors"], lives),
        ("The same fall tried again on the same cases: passes at once, in five tries",
         ["cases", "true fall", "plain", "corrected"], looks),
        (f"Label noise seen: share of sure answers that contradict their label, surely above {LIMIT} (gate: {GATE})",
         ["training rows", "labels changed", "accuracy on clean cases", *SIGNS], noise),
    ]  # fmt: skip
    head = (
        "# Operating curves of the gates\n\n`python -m benchmarks.gates --write`, simulated; runs are in gates.json. "
        f"Error {ALPHA}, a task's margin {COLLAPSE}, a step's {STEP}, first looks of {PROBE:,} cases in all.\n"
    )
    return head + "".join(f"\n## {title}\n\n{markdown(header, rows)}" for title, header, rows in parts)


def sections(runs: int, tasks: list[int]) -> dict[str, Callable[[], list[Row]]]:
    churns = [(0.01, False), (0.02, False), (0.05, False), (0.02, True), (0.05, True)]
    return {
        "tasks": lambda: [
            task_row(t, n, churn, uneven, loss, runs if loss else 2 * runs)
            for t in tasks for n in (15, 50, 200) for churn, uneven in churns for loss in (0.0, 0.3, 0.5, 0.8)
        ],
        "rounds": lambda: [
            round_row(max(tasks), 50, churn, loss, least, runs if loss else 2 * runs)
            for least in (5, 8) for churn in (0.02, 0.05) for loss in (0.0, 0.3, 0.5, 0.8)
        ],
        "lifetime": lambda: [
            life_row(n, churn, slide, runs if slide else 2 * runs)
            for n in (15, 45, 200) for churn in (0.01, 0.03) for slide in (0, 0.005, 0.01, 0.03, 0.1)
        ],
        "looks": lambda: [look_row(n, fall, 5 * runs) for n in (15, 45, 200) for fall in (0.0, 0.05, 0.1, 0.15)],
        "noise": lambda: [noise_row(n, kind, runs) for n in (30, 60, 150, 400, 1000) for kind in (*SHARES, "two swapped")],
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    options = parser("gates", (__doc__ or "").split("\n")[0])
    options.add_argument("--runs", type=int, default=80, help="simulations per row")
    options.add_argument("--tasks", type=int, nargs="+", default=[20, 200, 1000], help="numbers of past tasks")
    names = list(sections(1, [1]))
    options.add_argument("--only", nargs="+", choices=names, default=names, help="measure these; the others stay as written")
    chosen = options.parse_args(arguments)
    file = RESULTS / "gates.json"
    result = {name: part for name, part in (read_json(file) if file.is_file() else {}).items() if name in names}
    for name, measure in sections(chosen.runs, chosen.tasks).items():
        if name in chosen.only:
            result[name] = measure()
    text = report(result)
    if chosen.write:
        write_text(RESULTS / "gates.md", text)
    return finish("gates", result, text, chosen)


if __name__ == "__main__":
    main(sys.argv[1:])
