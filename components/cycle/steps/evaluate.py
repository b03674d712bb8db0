"""evaluate: compare a candidate's answers with the champion's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.cycle.history import past_experiences
from components.cycle.outputs import Evaluated
from components.cycle.step import Known, Step, Workbench, beside
from components.cycle.steps._parties import Parties, parties
from components.evaluation.evaluate import evaluate
from components.evaluation.suites import digests, suites_of
from components.learning.shared_bases import load
from components.settings import GateSettings
from components.storage import digest_file, write_json


@dataclass(frozen=True)
class Inputs:
    """suites: digest of each suite to run, by KIND.NAME. The rest: the settings of the gates that an evaluation reads."""

    parties: Parties
    past: tuple[str, ...]
    suites: Mapping[str, str]
    probe_cases: int
    mode: str  # enforce: a hard safety failure stops the tests at once
    alpha: float
    seed: int
    folders: tuple[str, ...] = beside()  # where the suites are


def gather(known: Known) -> Inputs:
    gates, those = known.settings.gates, parties(known)
    return Inputs(
        those,
        past_experiences(known.workspace, those.champion, those.experience),
        digests(suites_of(gates)),
        gates.probe_cases,
        gates.mode,
        gates.alpha,
        known.settings.seed,
        gates.suites,
    )


def run(inputs: Inputs, bench: Workbench) -> Evaluated:
    features, those = bench.workspace.features, inputs.parties
    gates = GateSettings.model_validate(
        {"suites": inputs.folders, "mode": inputs.mode, "alpha": inputs.alpha, "probe_cases": inputs.probe_cases}
    )
    candidate = bench.checkpoint(those.candidate)
    evaluation = evaluate(
        load(candidate, features),
        load(bench.checkpoint(those.champion), features) if those.champion else None,
        experience=bench.experience(those.experience),
        past=[bench.experience(digest) for digest in inputs.past],
        suites=suites_of(gates),
        settings=gates,
        seed=inputs.seed,
        progress=bench.progress,
        cache=bench.workspace.answers,
        checkpoint_bytes=sum(path.stat().st_size for path in candidate.rglob("*") if path.is_file()),
    )
    evaluation.save(bench.folder.evaluation)
    write_json(bench.folder.scores, {side: evaluation.accuracy(side) for side in ("candidate", "champion")})
    return Evaluated(digest_file(bench.folder.cases), evaluation.digest)


EVALUATE = Step(
    "evaluate",
    gather,
    run,
    Evaluated,
    lambda workspace, folder, made: [folder.cases, folder.evaluation / "summary.json", folder.scores],
    code=("evaluation", "learning"),
)
