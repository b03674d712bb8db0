"""Great Expectations: one ephemeral context and one suite per call, run over each chunk. The results are row positions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from components.ingestion.rules import Rule

#: From a chunk's `checks` frame to its Great Expectations result.
Check = Callable[[Any], Any]


@dataclass
class Validation:
    """Counts over all chunks so far. Holds no content of any row."""

    rules: Sequence[Rule]
    rows: int = 0
    unexpected: dict[str, int] = field(default_factory=dict)

    def add(self, other: Validation) -> None:
        """Add the counts of another."""
        self.rows += other.rows
        for code, count in other.unexpected.items():
            self.unexpected[code] = self.unexpected.get(code, 0) + count

    def summary(self) -> dict[str, Any]:
        """The result as Great Expectations shapes it: success, statistics, and an entry for each expectation."""
        results = [
            {
                "type": rule.expectation[0],
                "column": rule.expectation[1]["column"],
                "reason": rule.code,
                "severity": rule.severity,
                "success": not self.unexpected.get(rule.code),
                "unexpected_count": self.unexpected.get(rule.code, 0),
            }
            for rule in self.rules
        ]
        good = sum(bool(result["success"]) for result in results)
        return {
            "success": good == len(results),
            "statistics": {
                "rows": self.rows,
                "evaluated_expectations": len(results),
                "successful_expectations": good,
                "unsuccessful_expectations": len(results) - good,
                "success_percent": round(100 * good / len(results), 2),
            },
            "results": results,
        }


def make_check(rules: Sequence[Rule]) -> Check:
    """The suite of the rules, ready to run. Imports Great Expectations, which takes seconds: call it once."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations import expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    batches = (
        context.data_sources.add_pandas("events").add_dataframe_asset("events").add_batch_definition_whole_dataframe("chunk")
    )

    @lru_cache(maxsize=64)
    def suite(filled: frozenset[str]) -> Any:
        chosen = []
        for rule in rules:
            kind, arguments = rule.expectation
            if arguments["column"] in filled or kind == "ExpectColumnValuesToNotBeNull":
                chosen.append(getattr(expectations, kind)(**arguments, severity=rule.severity, meta={"reason": rule.code}))
        return gx.ExpectationSuite(name="events", expectations=chosen)

    def check(frame: Any) -> Any:
        # a rule on an empty column is always met; most events have few of the fields, so skipping these rules halves the time
        filled = frozenset(name for name in frame.columns if frame[name].notna().any())
        return batches.get_batch(batch_parameters={"dataframe": frame}).validate(suite(filled), result_format="COMPLETE")

    return check


def validate(frame: Any, check: Check, validation: Validation) -> dict[int, list[Rule]]:
    """The rules that each bad row of a chunk breaks, in the order of `rules`: {position: rules}. Adds to `validation`."""
    if not len(frame):
        return {}
    broken: dict[int, list[Rule]] = {}
    results = {result.expectation_config.meta["reason"]: result for result in check(frame).results}
    for rule in validation.rules:
        positions = _unexpected(results[rule.code], rule.code) if rule.code in results else []
        validation.unexpected[rule.code] = validation.unexpected.get(rule.code, 0) + len(positions)
        for position in positions:
            broken.setdefault(position, []).append(rule)
    validation.rows += len(frame)
    return broken


def _unexpected(result: Any, code: str) -> list[int]:
    if result.exception_info.get("raised_exception"):
        raise RuntimeError(f"Great Expectations could not evaluate {code}: {result.exception_info.get('exception_message')}")
    return [] if result.success else [int(position) for position in result.result["unexpected_index_list"]]
