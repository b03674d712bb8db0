"""Forgetting: what is left of each past experience, compared with the version that learned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

METRICS = ("correct", "confidence", "margin")
RELATIVE = 0.05  # a mean may fall by this share of its earlier value
ALPHA = 0.05  # or by what chance alone explains, at this one-sided level for each bound
MOST = 12  # experiences shown one by one: those that lost most; all are also pooled, so the cost does not grow
POOLED = "all past cases"


@dataclass(frozen=True)
class Drift:
    """A summary (JSON-able, no texts) and Evidently's snapshot of it; no snapshot when there was nothing to compare."""

    summary: dict[str, Any]
    snapshot: Any = None


def forgetting(reference: pa.Table, current: pa.Table, *, now: datetime, names: Mapping[str, str] | None = None) -> Drift:
    """Compare cases as answered when their experience was learned (reference) with the same cases now (current).

    Both tables: experience, case, correct (bool), confidence [0, 1], margin [-1, 1]; a case without a counterpart is left
    out. `names`: experience -> the name to show. One Evidently report: for each metric of each experience its mean must
    be at least the reference minus the larger of RELATIVE of it and the noise of the paired differences.

    Summary: {"past", "cases", "passed", "experiences": {name: {"cases", metric: {"current", "reference", "bound", "passed"}}}}
    """
    pairs = _pairs(reference, current)
    past = pairs["experience"].nunique()
    if not past:
        return Drift({"past": 0, "cases": 0, "passed": True, "experiences": {}})
    groups = {POOLED: pairs, **_worst(pairs, names or {})}
    bounds = {
        (name, metric): _noise(group[f"{metric}_now"] - group[f"{metric}_then"])
        for name, group in groups.items()
        for metric in METRICS
    }
    snapshot = _run(groups, bounds, now)
    passed = {test["metric_config"]["params"]["column"]: test["status"].name == "SUCCESS" for test in snapshot.dict()["tests"]}
    experiences: dict[str, Any] = {}
    for name, group in groups.items():
        experiences[name] = {"cases": len(group)}
        for metric in METRICS:
            then = float(group[f"{metric}_then"].mean())
            experiences[name][metric] = {
                "current": round(float(group[f"{metric}_now"].mean()), 6),
                "reference": round(then, 6),
                "bound": round(then - max(RELATIVE * abs(then), bounds[name, metric]), 6),
                "passed": passed[f"{name}: {metric}"],
            }
    return Drift({"past": past, "cases": len(pairs), "passed": all(passed.values()), "experiences": experiences}, snapshot)


def _pairs(reference: pa.Table, current: pa.Table) -> pd.DataFrame:
    columns = ["experience", "case", *METRICS]
    then, now = (table.select(columns).to_pandas() for table in (reference, current))
    pairs = then.merge(now, on=["experience", "case"], suffixes=("_then", "_now"), validate="one_to_one").dropna()
    return pairs.astype({f"{metric}_{side}": float for metric in METRICS for side in ("then", "now")})


def _worst(pairs: pd.DataFrame, names: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The MOST experiences that lost most right answers, in order of appearance, under names that tell them apart."""
    lost = (pairs["correct_then"] - pairs["correct_now"]).groupby(pairs["experience"]).mean()
    chosen = set(lost.sort_values(ascending=False, kind="stable").index[:MOST])
    groups: dict[str, pd.DataFrame] = {}
    for experience, group in pairs.groupby("experience", sort=False):
        if experience in chosen:
            name = names.get(str(experience), str(experience))
            groups[name if name not in groups else f"{name} ({str(experience)[:8]})"] = group
    return groups


def _noise(differences: pd.Series) -> float:
    """What chance takes from a mean of n paired differences at level ALPHA: z * sd / sqrt(n)."""
    if len(differences) < 2:
        return 1.0
    return max(1e-9, NormalDist().inv_cdf(1 - ALPHA) * float(differences.std()) / len(differences) ** 0.5)


def _run(groups: Mapping[str, pd.DataFrame], bounds: Mapping[tuple[str, str], float], now: datetime) -> Any:
    """One Evidently report over all groups side by side: a column per group and metric, shorter ones padded with nothing."""
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import MeanValue
    from evidently.tests import Reference, gte

    def wide(side: str) -> Any:
        columns = {
            f"{name}: {metric}": group[f"{metric}_{side}"].reset_index(drop=True)
            for name, group in groups.items()
            for metric in METRICS
        }
        return Dataset.from_pandas(pd.DataFrame(columns), data_definition=DataDefinition(numerical_columns=list(columns)))

    metrics = [
        MeanValue(column=f"{name}: {metric}", tests=[gte(Reference(relative=RELATIVE, absolute=noise))])
        for (name, metric), noise in bounds.items()
    ]
    return Report(metrics, include_tests=True).run(
        wide("now"), wide("then"), timestamp=now, name="forgetting", tags=["forgetting"]
    )
