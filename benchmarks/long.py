"""A long stream: accuracy, forgetting, seconds and bytes of every cycle, and whether the gates still work, against retraining.

`text`: 100 experiences of the catalogue's texts (64 tokens of each), domains and classes that come, go and return. `words`:
1,000 experiences of drawn words for a very small encoder (synthetic.py). Every tenth experience is preceded by a planted one,
which must not be promoted. Retraining (the same recipe from the base model on all training rows so far) is run at a few points
only; its time at the points between is not measured.
"""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, finish, markdown, parser, work_folder
from benchmarks.joint import paired_bootstrap
from benchmarks.light import Line, rows, settings_for
from benchmarks.mixing.plan import Part, plan, with_planted
from benchmarks.mixing.plant import KINDS
from benchmarks.mixing.source import Source, catalogue
from benchmarks.mixing.write import write_stream
from benchmarks.synthetic import save_small_encoder, words_plan, words_source
from components.catalog.streams import get_stream
from components.learning.shared_bases import SharedBase
from components.settings import Settings
from components.storage import read_json, write_json, write_text
from components.workspace import Workspace

IMAGE = Path(__file__).parents[1] / "docs" / "images" / "long-stream.png"


def parts_of(kind: str, experiences: int, seed: int) -> list[Part]:
    """The plan of the stream, with a planted experience before every tenth."""
    if kind == "text":
        return plan("long", catalogue(), seed, tuple(KINDS), every=10, experiences=experiences)
    return with_planted(words_plan(seed, experiences), tuple(KINDS), np.random.default_rng([seed, 9]), every=10)


def source_of(kind: str, seed: int) -> Source:
    """The texts of the stream."""
    return catalogue() if kind == "text" else words_source(seed)


def run_long(
    folder: Path, settings: Settings, work: Path, points: Sequence[int], every: int, minutes: float = math.inf
) -> dict[str, Any]:
    """The cycles of a stream, as many as begin in time. Every `every` of them, what serves is scored on all cases so far."""
    end = time.monotonic() + 60 * minutes
    truth = {one["name"]: one["planted"] for one in read_json(folder / "truth.json")["experiences"]}
    line, scored, retrained = Line(work / "line", settings, work / "features"), [], []
    first: dict[str, float] = {}  # accuracy on an experience when it was scored for the first time
    for part in get_stream(folder).experiences:
        if time.monotonic() > end:
            break
        cycle = line.take(part.name, part.path, truth[part.name])
        n = len(line.sound)
        if cycle.planted is None and (n % every == 0 or n in points):
            scored.append(_score(line, first))
            write_json(
                work / "partial.json", {"cycles": [_row(one) for one in line.cycles], "scored": scored, "retrained": retrained}
            )
            told = f"{n}: accuracy {scored[-1]['accuracy']:.3f}, {scored[-1]['promoted']} promoted"
            print(f"{told}, {sum(cycle.seconds.values()):.1f} s a cycle", file=sys.stderr, flush=True)
        if cycle.planted is None and n in points:
            retrained.append(_retrain(line, work / f"retrain-{n}"))
            print(
                f"{n}: retraining {retrained[-1]['accuracy']:.3f} in {retrained[-1]['seconds']:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    return {"cycles": [_row(cycle) for cycle in line.cycles], "scored": scored, "retrained": retrained}


def _row(cycle: Any) -> dict[str, Any]:
    return {
        "name": cycle.name, "planted": cycle.planted, "outcome": cycle.outcome, "gates": cycle.gates,
        "learn": round(cycle.seconds["learn"], 3), "evaluate": round(cycle.seconds["evaluate"], 3), "bytes": cycle.bytes,
    }  # fmt: skip


def _score(line: Line, first: dict[str, float]) -> dict[str, Any]:
    """Accuracy over all held-out cases so far, and how much each experience fell since it was first scored, weighted by cases."""
    right, at, falls = line.right(), 0, []
    for experience in line.sound:
        n = experience.manifest["counts"]["heldout"]
        now = float(right[at : at + n].mean())
        falls.append((first.setdefault(experience.digest, now) - now, n))
        at += n
    labels = set(line.serving.labels) if line.serving else set()
    truth = rows(line.sound, "heldout")[1]
    return {
        "experiences": len(line.sound), "accuracy": float(right.mean()), "cases": len(right),
        "forgetting": float(np.average([fall for fall, _ in falls], weights=[n for _, n in falls])),
        "known": float(np.mean([label in labels for label in truth])), "labels": len(labels), "labels_so_far": len(set(truth)),
        "promoted": sum(c.outcome == "promoted" and c.planted is None for c in line.cycles),
    }  # fmt: skip


def _retrain(line: Line, home: Path) -> dict[str, Any]:
    """The same recipe from the base model on everything so far, with nothing encoded beforehand."""
    from components.learning.learn import learn
    from components.report.baselines import joint

    shutil.rmtree(home, ignore_errors=True)
    workspace = Workspace(home)
    everything = joint(line.sound, workspace)
    began = time.perf_counter()
    learned = learn(everything, None, line.settings.learning, seed=line.settings.seed, workspace=workspace)
    seconds = time.perf_counter() - began
    predictor = SharedBase(line.base.base).load(workspace.checkpoint(learned.checkpoint))
    texts, truth = rows(line.sound, "heldout")
    right = np.array([answer == wanted for answer, wanted in zip(predictor.predict(texts).top(), truth)], bool)
    shutil.rmtree(home)
    gap = paired_bootstrap(line.right(), right, rng=np.random.default_rng(0))
    point = {
        "experiences": len(line.sound),
        "accuracy": float(right.mean()),
        "seconds": seconds,
        "bytes": learned.cost.stored_bytes,
    }
    return {**point, "difference": gap}


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """Per tenth of the stream: seconds and bytes of a cycle, and what the gates said."""
    sound = [cycle for cycle in result["cycles"] if not cycle["planted"]]
    planted = [cycle for cycle in result["cycles"] if cycle["planted"]]
    step = max(1, len(sound) // 10)
    tenths = [
        {
            "until": min(start + step, len(sound)),
            "learn": float(np.median([c["learn"] for c in sound[start : start + step]])),
            "evaluate": float(np.median([c["evaluate"] for c in sound[start : start + step]])),
            "bytes": int(np.median([c["bytes"] for c in sound[start : start + step]])),
            **{name: sum(c["outcome"] == name for c in sound[start : start + step]) for name in ("promoted", "held", "refused")},
        }
        for start in range(0, len(sound), step)
    ]
    return {
        "tenths": tenths,
        "planted": {"n": len(planted), "promoted": [c["planted"] for c in planted if c["outcome"] == "promoted"]},
    }


def shown(kind: str, result: dict[str, Any]) -> str:
    """The tables as Markdown."""
    scores = {one["experiences"]: one for one in result["scored"]}
    lines = []
    for tenth in result["tenths"]:
        score = scores.get(tenth["until"])
        cells = [f"{score[name]:.3f}" for name in ("accuracy", "forgetting", "known")] if score else ["-"] * 3
        seconds = [f"{tenth[name]:.2f}" for name in ("learn", "evaluate")]
        outcomes = [tenth[name] for name in ("promoted", "held", "refused")]
        lines.append([tenth["until"], *cells, *seconds, f"{tenth['bytes'] / 2**20:.1f}", *outcomes])
    head = [
        "experiences",
        "accuracy",
        "forgetting",
        "share of known labels",
        "learn (s)",
        "evaluate (s)",
        "MiB",
        "promoted",
        "held",
        "refused",
    ]
    points = [
        [one["experiences"], f"{one['accuracy']:.3f}", _gap(one), f"{one['seconds']:.0f}", f"{one['bytes'] / 2**20:.1f}"]
        for one in result["retrained"]
    ]
    planted = result["planted"]
    wrong = f" ({', '.join(planted['promoted'])})" if planted["promoted"] else ""
    text = f"### {kind}\n\n{markdown(head, lines)}\n"
    if points:
        text += markdown(["retrained after", "accuracy", "the line's difference to it", "seconds", "MiB"], points) + "\n"
    return text + f"Of {planted['n']} planted experiences, {len(planted['promoted'])} would have been promoted{wrong}.\n"


def _gap(point: dict[str, Any]) -> str:
    return "{difference:+.3f} [{low:+.3f}, {high:+.3f}]".format(**point["difference"])


HEAD = """# A long stream

A light line (learn, evaluate, judge; no registry, no rollout). `accuracy`: of what serves, over all held-out cases of all
experiences so far; a label that it does not know is wrong. `forgetting`: how much accuracy on an experience fell since it was
first scored, over cases. Seconds and bytes of a cycle: medians of the experiences of the row. Retraining: the same recipe from
the base model on all training rows so far; its interval is a bootstrap over cases.
"""


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Run one of the two streams."""
    options = parser("long", __doc__ or "")
    options.add_argument("--kind", choices=("text", "words"), default="text")
    options.add_argument("--experiences", type=int, help="100 of text, 1,000 of words")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--frozen", action="store_true", help="do not adapt the encoder (always so for words)")
    options.add_argument("--points", nargs="*", type=int, default=[10, 25, 50, 100], help="retrain after so many experiences")
    options.add_argument("--every", type=int, default=5, help="score what serves after so many experiences")
    options.add_argument("--minutes", type=float, default=math.inf, help="begin no cycle after this many minutes")
    options.add_argument("--work", type=Path, help="folder for the line and its features")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    options.add_argument(
        "--picture", action="store_true", help=f"draw {IMAGE.name} from benchmarks/results/long-text.json, and end"
    )
    given = options.parse_args(argv)
    if given.picture:
        from benchmarks.long_picture import draw

        draw(read_json(RESULTS / "long-text.json"), IMAGE)
        return {"picture": str(IMAGE)}
    words = given.kind == "words"
    experiences = given.experiences or (1000 if words else 100)
    with work_folder(given.work) as work:
        overrides = ["learning.max_tokens=64", *given.overrides]  # 11,000 rows are read in retraining: not all of a long post
        if words:
            overrides += [f"learning.base={save_small_encoder(work / 'small-encoder')}", "learning.head.layers=1"]
        settings = settings_for(overrides, words or given.frozen)
        parts, source = parts_of(given.kind, experiences, given.seed), source_of(given.kind, given.seed)
        home = work / given.kind
        shutil.rmtree(home / "line", ignore_errors=True)
        folder = write_stream(home / "stream", f"long-{given.kind}-{given.seed}", parts, source, given.seed)
        found = run_long(folder, settings, home, given.points, given.every, given.minutes)
    recipe = settings.learning.model_dump(mode="json", exclude={"base"} if words else None)
    result = {**found, **summary(found), "kind": given.kind, "seed": given.seed, "recipe": recipe}
    text = shown(given.kind, result)
    name = f"long-{given.kind}"
    if given.write:
        write_text(RESULTS / f"{name}.md", f"{HEAD}\n{text}")
    return finish(name, result, text, given)


if __name__ == "__main__":
    main(sys.argv[1:])
