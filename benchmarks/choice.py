"""`recipe: auto` against the two recipes that it chooses between: a frozen encoder, and one adapted in two experiences.

The head and the memory are the default's. Leave one stream out: auto decides a stream with the SHARE that the other streams give,
the largest ratio of what adapting gained to the bound of the left-out error (mean of two experiences). A first run with SHARE
FIRST gives the bounds; if the share of the others decides alike, the run is the same, else it is run again. Scored: the held-out
cases of all experiences, at the end.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.catalogue import STILL, TWICE, analytic, recipe
from benchmarks.common import RESULTS, finish, markdown, parser, where
from benchmarks.compare import cases_of, difference, matrix_of, pooled
from benchmarks.lines import Clock, bits
from benchmarks.streams import prepare
from components import __version__
from components.catalog.models import get_base
from components.contracts import Experience
from components.environment import prepare_process
from components.evaluation.metrics import continual_metrics
from components.learning.checkpoint import read_checkpoint
from components.learning.choice import choose
from components.learning.choice.evidence import Evidence
from components.learning.networks.feature_store import ActivationStore
from components.settings import LearningSettings
from components.storage import digest_json, read_json, write_json, write_text
from components.workspace import Workspace

STREAMS = ("trec", "five", "sentiment", "newsgroups")
FROZEN, ADAPT, AUTO = "frozen", "adapt first 2", "auto"
TOKENS, HELD_OUT, FIRST = 128, 0.4, 0.1
Cell = tuple[str, int, int]  # stream, rows of an experience, split
Run = dict[str, Any]


def arms() -> dict[str, LearningSettings]:
    """The recipes, by name. All keep the same memory, so that they differ in nothing but whether the encoder moves."""
    return {
        FROZEN: recipe(STILL, analytic(), max_tokens=TOKENS),
        ADAPT: recipe(TWICE, analytic(), max_tokens=TOKENS),
        AUTO: recipe(TWICE, analytic(), max_tokens=TOKENS, recipe="auto"),
    }


def measured(
    settings: LearningSettings, experiences: Sequence[Experience], seed: int, work: Path, share: float | None = None
) -> Run:
    """One line: answers, seconds, and what auto chose. A finished one is read. share: FIRST without one."""
    from components.learning.shared_bases import SharedBase

    digests = [experience.digest for experience in experiences]
    key = [settings.model_dump(mode="json"), digests, seed, __version__, *([share] if share is not None else [])]
    file = work / "runs" / f"{digest_json(key)[:24]}.json"
    if file.is_file():
        result = dict(read_json(file))
        return {**result, "seconds": sum(result["seconds_each"]), "cases": [cases_of(one) for one in experiences]}
    with patch.object(choose, "SHARE", FIRST if share is None else share):
        home, clock = Workspace(work / "lines" / file.stem), Clock()
        shutil.rmtree(home.root, ignore_errors=True)
        home.experiences.mkdir(parents=True)
        for experience in experiences:
            (home.experiences / experience.digest).symlink_to(experience.path.resolve())
        lines: list[Path] = []
        for experience in experiences:
            parent = lines[-1] if lines else None
            lines.append(home.checkpoint(clock.learn(experience, parent, settings, seed=seed, workspace=home)))
        base = SharedBase(get_base(settings.base), ActivationStore(work / "features"))
        found = [bits(base, checkpoint, experiences[: i + 1], i) for i, checkpoint in enumerate(lines)]
        found = [[*row, *[None] * (len(experiences) - len(row))] for row in found]
        chosen = [read_checkpoint(line).get("notes", {}).get("recipe") for line in lines]
        write_json(file, {"bits": found, "chosen": chosen, "machine": where(), **clock.record()})
        shutil.rmtree(home.root)
    return measured(settings, experiences, seed, work, share)


def bounds(run: Run) -> list[float | None]:
    """What the left-out error surely was before each experience, by a run of auto; None where it was not asked for."""
    found = [one["facts"].get("evidence") for one in run["chosen"]]
    return [Evidence(**one).sure if one else None for one in found]


def gain(runs: Mapping[str, Run]) -> float:
    """What adapting gained in a cell."""
    return pooled(runs[ADAPT]) - pooled(runs[FROZEN])


def share_without(stream: str | None, cells: Mapping[Cell, Mapping[str, Run]]) -> float:
    """The SHARE that all streams but this one give, at least 0."""
    shares = [0.0]
    for (name, _, _), runs in cells.items():
        asked = [sure for sure in bounds(runs[AUTO])[:2] if sure is not None]
        if name != stream and sum(asked):
            shares.append(gain(runs) / (sum(asked) / len(asked)))
    return round(max(shares), 4)


def alike(run: Run, share: float) -> bool:
    """Whether this share decides each experience of a first run as FIRST did."""
    return all((share * sure >= choose.GAIN) == (FIRST * sure >= choose.GAIN) for sure in bounds(run) if sure is not None)


def row(cell: Cell, runs: Mapping[str, Run], share: float, experiences: Sequence[Experience]) -> dict[str, Any]:
    """A cell as JSON. regret: how much pooled accuracy auto is below the better of the two, with its paired 95 % interval."""
    better = max((FROZEN, ADAPT), key=lambda arm: pooled(runs[arm]))
    arms = {
        arm: {
            "pooled": pooled(run), "accuracy": continual_metrics(matrix_of(run["bits"]))["accuracy"],
            "forgetting": continual_metrics(matrix_of(run["bits"]))["forgetting"], "seconds": run["seconds"],
        }
        for arm, run in runs.items()
    }  # fmt: skip
    regret = difference([runs[better]], [runs[AUTO]])
    return {
        "stream": cell[0], "rows": max(e.manifest["counts"]["train"] for e in experiences), "split": cell[2],
        "cases": sum(map(len, runs[AUTO]["cases"])), "arms": arms, "share": share, "bounds": bounds(runs[AUTO]),
        "chosen": [one["chosen"] for one in runs[AUTO]["chosen"]], "better": better, "regret": regret,
        "within": regret["difference"] <= 0.01, "machine": sorted({run["machine"] for run in runs.values()}),
    }  # fmt: skip


def shown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table, in Markdown."""
    head = ["stream", "rows", "cases", FROZEN, ADAPT, AUTO, "adapted in", "SHARE", "below the better", "within 1 point"]
    body = []
    for one in rows:
        cells = [
            f"{a['pooled']:.3f} / {a['forgetting']:.3f} / {a['seconds']:.0f} s"
            for a in map(one["arms"].get, (FROZEN, ADAPT, AUTO))
        ]
        moved = [str(i + 1) for i, kind in enumerate(one["chosen"]) if kind != "growth"]
        r = one["regret"]
        apart = f"{r['difference']:+.3f} [{r['low']:+.3f}, {r['high']:+.3f}]"
        size = [one["stream"], str(one["rows"]), str(one["cases"])]
        body.append([*size, *cells, ", ".join(moved) or "none", f"{one['share']:.3f}", apart, "yes" if one["within"] else "no"])
    return markdown(head, body)


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure the cells and decide each stream with what the others say."""
    options = parser("choice", __doc__ or "")
    options.add_argument("--streams", nargs="+", default=list(STREAMS), choices=STREAMS)
    options.add_argument(
        "--rows", type=int, nargs="+", default=[100, 200, 400], help="rows of each experience, two fifths held out"
    )
    options.add_argument("--splits", type=int, default=1)
    options.add_argument("--without", nargs="+", default=[], metavar="STREAM-ROWS", help="leave these cells out")
    options.add_argument("--work", type=Path, help="folder for finished runs, so that a stopped benchmark continues")
    given = options.parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    prepare_process()
    with tempfile.TemporaryDirectory() as scratch:
        work, cells, streams, rows = given.work or Path(scratch), dict[Cell, dict[str, Run]](), {}, []
        asked = [(stream, n, split) for n in given.rows for split in range(given.splits) for stream in given.streams]
        for stream, n, split in [cell for cell in asked if f"{cell[0]}-{cell[1]}" not in given.without]:
            home = Workspace(work / f"{stream}-{n}-{split}")
            streams[stream, n, split] = those = prepare(stream, home, rows=n, split=split, heldout=HELD_OUT)
            cells[stream, n, split] = {arm: measured(settings, those, split, work) for arm, settings in arms().items()}
            told = {arm: f"{pooled(run):.3f} in {run['seconds']:.0f} s" for arm, run in cells[stream, n, split].items()}
            print(f"{stream}, {n} rows, split {split}: {told}", file=sys.stderr, flush=True)
        for cell, runs in cells.items():
            share = share_without(cell[0], cells)
            if not alike(runs[AUTO], share):
                runs = {**runs, AUTO: measured(arms()[AUTO], streams[cell], cell[2], work, share)}
            rows.append(row(cell, runs, share, streams[cell]))
    text = shown(rows)
    if given.write:
        write_text(RESULTS / "choice.md", f"{HEAD}\n{text}")
    return finish("choice", {"rows": rows, "shipped": choose.SHARE, "of all": share_without(None, cells)}, text, given)


HEAD = f"""# The choice of `recipe: auto`

MiniLM, at most {TOKENS} tokens, {HELD_OUT:.0%} held out. `rows`: training rows of each experience, at most. Recipes:
accuracy over all cases of the stream at the end / forgetting / seconds of learning, on a machine that others used too.
`adapted in`: the experiences in which auto moved the encoder. `SHARE`: what the other streams give; auto decided this
stream with it. `below the better`: of the two fixed recipes, with the 95 % interval of a bootstrap over cases. One split
unless choice.json says more, so that intervals are about cases and not about splits. The statistic was chosen on trec, five
and sentiment. That SHARE is the largest ratio and not the mean was chosen after a first run on trec with 240 rows and on
newsgroups had been seen: newsgroups was kept back from all but that, and the rule has met no stream that is wholly new.
Measured with 200 and 400 rows without newsgroups-400 and five-400, which there was no time for.
"""


if __name__ == "__main__":
    main()
