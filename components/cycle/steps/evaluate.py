"""evaluate: a candidate's answers beside the champion's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.cycle.records import Evaluated
from components.cycle.step import Known, Step, Workbench, beside
from components.cycle.steps._parties import Parties, parties
from components.settings import GateSettings
from components.storage import digest_file, write_json


@dataclass(frozen=True)
class Inputs:
    """suites: SHA-256 of each suite asked, by its path in the folder; of the gates' settings what an evaluation reads."""

    parties: Parties
    past: tuple[str, ...]
    suites: Mapping[str, str]
    probe_cases: int
    mode: str  # enforced, a hard safety failure stops the tests at once
    alpha: float
    seed: int
    folder: str = beside()


def suites_folder() -> Path:
    """regression_suites/ of the project that one stands in, else the one beside this package."""
    here = Path("regression_suites")
    return here if here.is_dir() else Path(__file__).parents[3] / "regression_suites"


def gather(known: Known) -> Inputs:
    from components.cycle.history import past_experiences

    folder, gates, those = suites_folder(), known.settings.gates, parties(known)
    return Inputs(
        those,
        past_experiences(known.workspace, those.champion, those.experience),
        {str(path.relative_to(folder)): digest_file(path) for path in sorted(folder.rglob("*.yaml"))},
        gates.probe_cases,
        gates.mode,
        gates.alpha,
        known.settings.seed,
        str(folder),
    )


def run(inputs: Inputs, bench: Workbench) -> Evaluated:
    from components.evaluation.evaluate import evaluate
    from components.evaluation.suites import load_suites
    from components.learning.shared_bases import load

    features, those = bench.workspace.features, inputs.parties
    candidate = bench.checkpoint(those.candidate)
    evaluation = evaluate(
        load(candidate, features),
        load(bench.checkpoint(those.champion), features) if those.champion else None,
        experience=bench.experience(those.experience),
        past=[bench.experience(digest) for digest in inputs.past],
        suites=load_suites(Path(inputs.folder)),
        settings=GateSettings.model_validate({"mode": inputs.mode, "alpha": inputs.alpha, "probe_cases": inputs.probe_cases}),
        seed=inputs.seed,
        progress=bench.progress,
        cache=bench.workspace.answers,
        checkpoint_bytes=sum(path.stat().st_size for path in candidate.rglob("*") if path.is_file()),
    )
    evaluation.save(bench.folder.evaluation)
    write_json(bench.folder.scores, {side: evaluation.accuracy(side) for side in ("candidate", "champion")})
    return Evaluated(digest_file(bench.folder.cases), digest_file(bench.folder.evaluation / "summary.json"))


EVALUATE = Step(
    "evaluate",
    gather,
    run,
    Evaluated,
    lambda workspace, folder, made: [folder.cases, folder.evaluation / "summary.json", folder.scores],
    code=("evaluation", "learning"),
)
