"""A light line: learn, evaluate, judge, promote or not, by the project's own functions, without registry and rollout.

A planted experience (truth.json of a mixed stream) is learned and judged beside the line: whatever the verdict, the line goes on
from the sound champion, so that each is judged as the first of its kind. `joint` is fitted in the same run, on the features of
the encoder that serves at the end. What serves is scored on the held-out cases of all sound experiences so far; a label that it
does not know counts as wrong.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import finish, parser, table, work_folder
from benchmarks.joint import joint_answers, paired_bootstrap
from benchmarks.streams import publish_events
from components.catalog.models import get_base
from components.catalog.streams import get_stream
from components.contracts import Experience, Verdict
from components.environment import prepare_process
from components.evaluation.anchors import Served, scores_of
from components.evaluation.evaluate import Rivals, evaluate
from components.evaluation.gates import judge
from components.evaluation.result import Evaluation
from components.evaluation.suites import Suite, suites_of
from components.learning.networks.feature_store import ActivationStore
from components.learning.predictor import CheckpointPredictor
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings, Settings, load_settings
from components.workspace import Workspace

OUTCOMES = {"pass": "promoted", "fail": "refused", "inconclusive": "held"}


@dataclass(frozen=True)
class Cycle:
    """What became of one experience. accuracy: of what serves after it on all sound held-out cases so far (None: not scored)."""

    name: str
    planted: str | None
    outcome: str  # promoted | refused | held
    gates: dict[str, str]  # the gates that did not pass, with their status
    reasons: list[str]
    rows: tuple[int, int]  # training, held out
    seconds: dict[str, float]  # learn, evaluate
    bytes: int  # of the candidate's checkpoint
    accuracy: float | None = None


@dataclass(frozen=True)
class Asked(CheckpointPredictor):
    """A predictor whose latency is not measured: it says nothing about learning, and takes longer than the rest of a cycle."""

    @staticmethod
    def of(predictor: CheckpointPredictor) -> Asked:
        return Asked(**{part.name: getattr(predictor, part.name) for part in fields(predictor)})

    @property
    def uncached(self) -> Asked:
        return self


@dataclass
class Line:
    """A line in a workspace of its own; `features` may be shared with other lines, so that each text is encoded once."""

    root: Path
    settings: Settings
    features: Path
    base: SharedBase = field(init=False)
    suites: tuple[Suite, ...] = field(init=False)
    serving: CheckpointPredictor | None = None
    rivals: Rivals = field(default_factory=Rivals)  # what a candidate is compared with besides the champion
    learned: list[Experience] = field(default_factory=list)  # what the champion has learned
    sound: list[Experience] = field(default_factory=list)  # what the stream has brought, promoted or not
    cycles: list[Cycle] = field(default_factory=list)

    def __post_init__(self) -> None:
        prepare_process()
        self.workspace, self.suites = Workspace(self.root), suites_of(self.settings.gates)
        self.workspace.features.parent.mkdir(parents=True, exist_ok=True)
        self.features.mkdir(parents=True, exist_ok=True)
        if not self.workspace.features.exists():
            self.workspace.features.symlink_to(self.features.resolve())
        self.base = SharedBase(get_base(self.settings.learning.base), ActivationStore(self.workspace.features))

    def take(self, name: str, file: Path, planted: str | None = None, *, score: bool = False) -> Cycle:
        """One cycle: learn from the champion, evaluate, judge; a sound candidate that passes becomes the champion.

        With gates.mode report every sound one does; `outcome` is what the gates said in either mode.
        """
        from components.learning.learn import learn

        experience = self._publish(name, file)
        published, champion = time.perf_counter(), self.serving
        parent = self.workspace.checkpoint(champion.digest) if champion else None
        learned = learn(experience, parent, self.settings.learning, seed=self.settings.seed, workspace=self.workspace)
        taught = time.perf_counter()
        candidate = Asked.of(self.base.load(self.workspace.checkpoint(learned.checkpoint)))
        verdict, evaluation = judged(candidate, champion, experience, self)
        ended = time.perf_counter()
        promoted = verdict.status == "pass" or verdict.mode == "report"
        if planted is None:
            self.sound.append(experience)
        if promoted and planted is None:
            self.serving, self.learned = candidate, [*self.learned, experience]
            found = evaluation.cases.to_pylist()
            scores, reference = scores_of(found), scores_of(found, "joint")
            served = Served(candidate.digest, candidate.labels, experience.digest, scores, reference)
            anchors = self.rivals.anchors.after(served)
            self.rivals = replace(self.rivals, anchors=anchors, joint=evaluation.joint)
            self._drop(champion)
        elif champion is None or candidate.digest != champion.digest:
            self._drop(candidate)
        counts = experience.manifest["counts"]
        cycle = Cycle(
            name,
            planted,
            OUTCOMES[verdict.status],
            {gate.name: gate.status for gate in verdict.gates if gate.status != "pass"},
            verdict.reasons,
            (counts["train"], counts["heldout"]),
            {"learn": taught - published, "evaluate": ended - taught},
            learned.cost.stored_bytes,
            float(np.mean(self.right())) if score else None,
        )
        self.cycles.append(cycle)
        return cycle

    def right(self) -> NDArray[np.bool_]:
        """Whether what serves answers each held-out case of the sound experiences rightly; without a champion it does not."""
        texts, truth = rows(self.sound, "heldout")
        answers = self.serving.predict(texts).top() if self.serving else [""] * len(texts)
        return np.array([answer == wanted for answer, wanted in zip(answers, truth)], bool)

    def joint(self, experiences: Sequence[Experience] | None = None) -> tuple[NDArray[np.bool_], dict[str, float]]:
        """The joint fit over all sound experiences (or these), on the features of the encoder that serves: what it gets right."""
        those = self.sound if experiences is None else experiences
        if self.serving is None:
            raise SystemExit("nothing was promoted: there is no encoder to fit on")
        began = time.perf_counter()
        (texts, labels), (asked, truth) = rows(those, "train"), rows(those, "heldout")
        X, T = (features(self.serving, part) for part in (texts, asked))
        answers, strength = joint_answers(X, labels, T, seed=self.settings.seed)
        right = np.array([answer == wanted for answer, wanted in zip(answers, truth)], bool)
        return right, {"C": strength, "seconds": time.perf_counter() - began}

    def _publish(self, name: str, file: Path) -> Experience:
        events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return publish_events(events, name, self.workspace)

    def _drop(self, predictor: CheckpointPredictor | None) -> None:
        """Forget a checkpoint that will not be asked again."""
        if predictor is not None:
            self.base.unload(predictor.digest)
            shutil.rmtree(self.workspace.checkpoints / predictor.digest, ignore_errors=True)


def judged(
    candidate: CheckpointPredictor, champion: CheckpointPredictor | None, experience: Experience, line: Line
) -> tuple[Verdict, Evaluation]:
    """The verdict of the project's own gates, and the evaluation: the only place that calls `evaluate` and `judge`."""
    evaluation = evaluate(
        candidate,
        champion,
        experience=experience,
        past=line.learned,
        suites=line.suites,
        settings=line.settings.gates,
        seed=line.settings.seed,
        rivals=replace(line.rivals, encode=candidate.embed_by_base),
        cache=line.workspace.answers,
    )
    return judge(evaluation, line.settings.gates), evaluation


def rows(experiences: Sequence[Experience], part: Any) -> tuple[list[str], list[str]]:
    """(texts, labels) of a part of these experiences."""
    tables = [experience.table(part) for experience in experiences]
    texts, labels = ([value for t in tables for value in t.column(name).to_pylist()] for name in ("text", "label"))
    return texts, labels


def features(predictor: CheckpointPredictor, texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, layers * width) features as the predictor's head reads them; `embed` has the last layer only."""
    network: Any = predictor._network
    return np.asarray(network.encode(network.tokenise(texts)).numpy(), np.float32)


def run_light(
    folder: Path, settings: Settings, work: Path, *, features: Path, every: int = 0, progress: bool = True
) -> dict[str, Any]:
    """A whole stream through a light line. every: score what serves after so many sound experiences (0: at the end only)."""
    stream, truth = get_stream(folder), _planted(folder)
    line = Line(work, settings, features)
    for part in stream.experiences:
        cycle = line.take(part.name, part.path, truth.get(part.name), score=bool(every) and (len(line.sound) + 1) % every == 0)
        if progress:
            told = ", ".join(f"{name} {status}" for name, status in cycle.gates.items())
            print(f"  {part.name}: {cycle.outcome} in {sum(cycle.seconds.values()):.1f} s {told}", file=sys.stderr, flush=True)
    return report(stream.name, line)


def report(name: str, line: Line) -> dict[str, Any]:
    """The result of a line as JSON."""
    sound = [cycle for cycle in line.cycles if cycle.planted is None]
    ours = line.right()
    result = {
        "stream": name,
        "sound": len(sound),
        "promoted": sum(cycle.outcome == "promoted" for cycle in sound),
        "accuracy": float(ours.mean()),
        "cases": len(ours),
        "cycles": [asdict(cycle) for cycle in line.cycles],
    }
    if line.serving is None:
        return {**result, "joint": None, "to_joint": None, "right": None}
    theirs, fit = line.joint()
    known = set(line.serving.labels)
    labels = np.array([label in known for label in rows(line.sound, "heldout")[1]])
    gap = paired_bootstrap(ours, theirs, rng=np.random.default_rng(line.settings.seed))
    return {
        **result,
        "known_share": float(labels.mean()),
        "joint": {"accuracy": float(theirs.mean()), **fit},
        "to_joint": gap,
        "right": {"line": ours.astype(int).tolist(), "joint": theirs.astype(int).tolist()},
    }


def _planted(folder: Path) -> dict[str, str | None]:
    file = folder / "truth.json"
    if not file.is_file():
        return {}
    return {one["name"]: one["planted"] for one in json.loads(file.read_text(encoding="utf-8"))["experiences"]}


FROZEN = {"regime": {"kind": "head"}, "rehearsal": {"kind": "none"}}


def settings_for(overrides: Sequence[str], frozen: bool = False) -> Settings:
    """The settings of params.yaml with these overrides; frozen: the encoder as it is, with the default's head, no memory."""
    params = Path("params.yaml")
    settings = load_settings(params if params.is_file() else None, overrides)
    if not frozen:
        return settings
    learning = LearningSettings.model_validate({**settings.learning.model_dump(mode="json"), **FROZEN})
    return settings.model_copy(update={"learning": learning})


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Run one stream through a light line."""
    options = parser("light", __doc__ or "")
    options.add_argument("stream", type=Path, help="the folder of a stream, such as `python -m benchmarks.mixing` writes")
    options.add_argument("--frozen", action="store_true", help="do not adapt the encoder")
    options.add_argument("--every", type=int, default=0, help="score what serves after so many sound experiences (0: at the end)")
    options.add_argument("--work", type=Path, help="folder for the workspace and the features")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    given = options.parse_args(argv)
    settings = settings_for(given.overrides, given.frozen)
    began = time.perf_counter()
    with work_folder(given.work) as work:
        home = work / given.stream.name
        shutil.rmtree(home, ignore_errors=True)
        result = run_light(given.stream, settings, home, features=work / "features", every=given.every)
    result["seconds"] = time.perf_counter() - began
    lines = [[c["name"], c["planted"] or "", c["outcome"], ", ".join(c["gates"])] for c in result["cycles"]]
    joint = f"{result['joint']['accuracy']:.3f}" if result["joint"] else "-"
    text = table(["experience", "planted", "outcome", "gates"], lines)
    text += f"\n{result['promoted']} of {result['sound']} promoted; accuracy {result['accuracy']:.3f}, joint {joint}"
    return finish("light", result, f"{text}; {result['seconds']:.0f} s", given)


if __name__ == "__main__":
    main(sys.argv[1:])
