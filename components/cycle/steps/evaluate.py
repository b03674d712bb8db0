"""evaluate: compare a candidate's answers with the champion's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.cycle.anchored import Link, anchors_of, chain, labels_of, reference_of
from components.cycle.history import is_act, names_of, past_experiences
from components.cycle.outputs import Evaluated
from components.cycle.step import Known, Step, Workbench, beside
from components.cycle.steps._parties import Parties, parties
from components.evaluation.evaluate import Rivals, evaluate
from components.evaluation.suites import digests, suites_of
from components.learning.shared_bases import load
from components.settings import GateSettings
from components.storage import digest_file, write_json


@dataclass(frozen=True)
class Inputs:
    """suites: digest of each suite to run, by KIND.NAME. The rest: the settings of the gates that an evaluation reads.

    chain: the cycles that the anchors and the reference come from. names: what classes were renamed to on the way to the
    candidate; before: the labels of the champion, if this cycle renames some.
    """

    parties: Parties
    past: tuple[str, ...]
    chain: tuple[Link, ...]
    suites: Mapping[str, str]
    probe_cases: int
    mode: str  # enforce: a hard safety failure stops the tests at once
    alpha: float
    score: str
    seed: int
    names: Mapping[str, str]
    before: tuple[str, ...]
    folders: tuple[str, ...] = beside()  # where the suites are


def gather(known: Known) -> Inputs:
    gates, those = known.settings.gates, parties(known)
    return Inputs(
        those,
        past_experiences(known.workspace, those.champion, those.experience),
        chain(known.workspace, those.champion),
        digests(suites_of(gates)),
        gates.probe_cases,
        gates.mode,
        gates.alpha,
        gates.score,
        known.settings.seed,
        names_of(known.workspace, those.candidate),
        labels_of(known.workspace, those.champion) if is_act(known.cycle, known.workspace) else (),
        gates.suites,
    )


def run(inputs: Inputs, bench: Workbench) -> Evaluated:
    features, those = bench.workspace.features, inputs.parties
    gates = GateSettings.model_validate(
        {"suites": inputs.folders, **{name: getattr(inputs, name) for name in ("mode", "alpha", "probe_cases", "score")}}
    )
    folder = bench.checkpoint(those.candidate)
    candidate = load(folder, features)
    anchors = anchors_of(inputs.chain, bench).relabelled(inputs.before, inputs.names)
    joint = reference_of(inputs.chain, bench).relabelled(inputs.names)
    evaluation = evaluate(
        candidate,
        load(bench.checkpoint(those.champion), features) if those.champion else None,
        experience=bench.experience(those.experience),
        past=[bench.experience(digest) for digest in inputs.past],
        suites=suites_of(gates),
        settings=gates,
        seed=inputs.seed,
        rivals=Rivals(anchors, None if candidate.writes else candidate.embed_by_base, joint),
        progress=bench.progress,
        cache=bench.workspace.answers,
        names=inputs.names,
        checkpoint_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )
    evaluation.save(bench.folder.evaluation)
    anchors.save(bench.folder.anchors)
    evaluation.joint.save(bench.folder.reference)
    write_json(bench.folder.scores, {side: evaluation.accuracy(side) for side in ("candidate", "champion")})
    files = (digest_file(path) for path in (bench.folder.anchors, bench.folder.reference))
    return Evaluated(digest_file(bench.folder.cases), evaluation.digest, *files)


EVALUATE = Step(
    "evaluate",
    gather,
    run,
    Evaluated,
    lambda workspace, folder, made: [
        *(folder.cases, folder.evaluation / "summary.json", folder.scores),
        *(folder.anchors, folder.reference),
    ],
    code=("evaluation", "learning"),
)
