"""The evidence page: the Markdown description of a version, which an approver reads before deciding. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.contracts import Gate, Verdict

#: MLflow stores 5,000 characters of a description; the page stays well below that.
LIMIT = 4000
_MARK = {"pass": "pass", "fail": "**FAIL**", "inconclusive": "**inconclusive**"}


@dataclass(frozen=True)
class Evidence:
    """What the page is made of. Examples are {"text", "truth", "champion", "candidate"}: the label that each gave."""

    version: str
    parent_version: str | None
    checkpoint: str
    experience: str  # its digest
    name: str  # the experience's name
    counts: Mapping[str, int]
    labels: Sequence[str]
    manifest: Mapping[str, Any]  # of the checkpoint
    verdict: Verdict
    judged_against: str | None
    cycle: str
    better: Sequence[Mapping[str, Any]] = ()
    worse: Sequence[Mapping[str, Any]] = ()
    n_better: int = 0
    n_worse: int = 0
    cost: Mapping[str, Any] = field(default_factory=dict)
    validation: Mapping[str, Any] = field(default_factory=dict)


def render(evidence: Evidence, limit: int = LIMIT) -> str:
    """The page, with as many examples and gates as fit in `limit` characters; it says what was left out."""
    page = ""
    for examples, gates in ((4, 40), (2, 20), (1, 12), (0, 12), (0, 6), (0, 3)):
        page = "\n".join(_lines(evidence, examples, gates))
        if len(page) <= limit:
            return page
    return page[: limit - 4] + " ..."


def page_digest(page: str) -> str:
    """SHA-256 (hex) of a page, by which the ledger says what an approver saw."""
    return hashlib.sha256(page.encode("utf-8", "surrogatepass")).hexdigest()


def escape(text: object, width: int = 90) -> str:
    """A text of unknown origin as inert Markdown for one table cell: no markup, links, HTML or line breaks."""
    flat = " ".join(str(text).split())
    if len(flat) > width:
        flat = flat[: width - 3] + "..."
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    flat = re.sub(r"([\\`*_{}\[\]()#+!|~$^-])", r"\\\1", flat)
    return re.sub(r"(?i)(://|www\.)", lambda match: match[0].replace(":", "&#58;").replace(".", "&#46;"), flat)


def _lines(e: Evidence, examples: int, gates: int) -> list[str]:
    return [*_head(e), *_gates(e.verdict, gates), *_changes(e, examples), *_lineage(e), *_how_to_decide(e)]


def _head(e: Evidence) -> list[str]:
    onto = f"on top of version {e.parent_version}" if e.parent_version else "as the first checkpoint"
    result = {"pass": "all gates passed", "fail": "**a gate failed**", "inconclusive": "**the gates could not decide**"}[
        e.verdict.status
    ]
    mode = "" if e.verdict.mode == "enforce" else " (mode `report`: gates are reported, not enforced)"
    return [
        f"## Version {e.version}: {escape(e.name)}",
        "",
        f"Learned {onto}; {result}{mode}. The tag `outcome` says what became of it.",
    ]


def _gates(verdict: Verdict, most: int) -> list[str]:
    order = {"fail": 0, "inconclusive": 1, "pass": 2}
    ranked = sorted(verdict.gates, key=lambda gate: order[gate.status])
    lines = ["", "### Gates", "", "| gate | result | estimate [interval] | margin | n |", "|---|---|---|---|---|"]
    for gate in ranked[:most]:
        margin = "" if gate.margin is None else f"{gate.margin:.1%}"
        lines.append(f"| {escape(gate.name, 40)} | {_MARK[gate.status]} | {_interval(gate)} | {margin} | {gate.n or ''} |")
    if len(ranked) > most:
        lines.append(f"\n{len(ranked) - most} more gates are in `verdict.json`.")
    reasons = [f"- {escape(gate.name, 40)}: {escape(gate.reason, 240)}" for gate in ranked[:most] if gate.status != "pass"]
    suites = ", ".join(f"{name} {digest[:12]}" for name, digest in verdict.suites.items())
    return [*lines, *(["", *reasons] if reasons else []), *(["", f"Suites asked: {escape(suites, 400)}"] if suites else [])]


def _interval(gate: Gate) -> str:
    if gate.estimate is None:  # a cost against its bound: the reason has the figures
        return escape(gate.reason.removeprefix(f"{gate.name}: "), 80)
    sign = "+" if min(gate.estimate, gate.low or 0.0) < 0 else ""  # a share needs no sign
    span = "" if gate.low is None or gate.high is None else f" [{gate.low:{sign}.1%}, {gate.high:{sign}.1%}]"
    return f"{gate.estimate:{sign}.1%}{span}"


def _changes(e: Evidence, most: int) -> list[str]:
    shown = ", ".join(escape(label, 30) for label in e.labels[:8]) + (
        f" and {len(e.labels) - 8} more" if len(e.labels) > 8 else ""
    )
    lines = [
        "",
        "### What changed",
        "",
        f"- {e.counts.get('train', 0):,} rows to learn from, {e.counts.get('heldout', 0):,} held out; classes: {shown}",
        f"- regime {_kind(e, 'regime')}, head {_kind(e, 'head')}, rehearsal {_kind(e, 'rehearsal')}",
        *_chosen(e),
    ]
    if statistics := e.validation.get("statistics"):
        passed, rules = (statistics.get(f"{kind}_expectations", 0) for kind in ("successful", "evaluated"))
        rest = "" if passed == rules else "; rows that broke one were quarantined"
        lines.append(
            f"- data validation: {passed} of {rules} rules hold on all {statistics.get('rows', 0):,} rows{rest}"
            " (`validation.json`)"
        )
    if e.judged_against:
        lines.append(f"- against the champion: {e.n_better} cases got better, {e.n_worse} got worse")
    for title, rows in (("Got worse", e.worse[:most]), ("Got better", e.better[:most])):
        if rows:
            lines += ["", f"{title}:", "", "| text | truth | champion | this version |", "|---|---|---|---|"]
            lines += [
                f"| {escape(r['text'])} | "
                + " | ".join(escape(r.get(k, ""), 30) for k in ("truth", "champion", "candidate"))
                + " |"
                for r in rows
            ]
    return lines


def _chosen(e: Evidence) -> list[str]:
    """Which recipe `learning.recipe: auto` chose, and why."""
    notes = (e.manifest.get("notes") or {}).get("recipe")
    return [f"- recipe {escape(notes['chosen'], 30)}, chosen: {escape('; '.join(notes['reasons']), 400)}"] if notes else []


def _kind(e: Evidence, axis: str) -> str:
    value = (e.manifest.get("recipe") or {}).get(axis)
    return escape(value.get("kind", "?") if isinstance(value, Mapping) else value or "?", 30)


def _lineage(e: Evidence) -> list[str]:
    base = e.manifest.get("base") or {}
    count = len(e.manifest.get("experiences") or [e.experience])
    against = f"`{e.judged_against[:12]}`" if e.judged_against else "nothing (there was no champion)"
    lines = [
        "",
        "### Lineage and cost",
        "",
        f"- checkpoint `{e.checkpoint[:12]}`, parent `{(e.manifest.get('parent') or 'none')[:12]}`, judged against {against}",
        f"- experience `{e.experience[:12]}`, the last of {count} learned",
        f"- base {escape(base.get('name', '?'), 40)} `{str(base.get('digest', ''))[:12]}`, "
        f"code {escape(e.manifest.get('code', '?'), 20)}, cycle {escape(e.cycle, 40)}",
    ]
    return [*lines, *([f"- cost: {cost}"] if (cost := _cost(e.cost)) else [])]


def _cost(cost: Mapping[str, Any]) -> str:
    seconds = sum(value for value in cost.values() if isinstance(value, (int, float)))
    training = cost.get("training") or {}
    parts = [f"{seconds:,.1f} s so far"] if seconds else []
    if "seconds" in training:
        parts.append(f"{training['seconds']:,.1f} s of training")
    if training.get("peak_bytes"):
        parts.append(f"{training['peak_bytes'] / 2**20:,.0f} MiB peak memory")
    return ", ".join(parts)


def _how_to_decide(e: Evidence) -> list[str]:
    commands = " or ".join(f'`perdure {verb} {e.version} --reason "..."`' for verb in ("approve", "reject"))
    return [
        "",
        "### To decide",
        "",
        f"- a held version: set its tag `approval` to `approved` or `rejected`, and `approval.reason`; or {commands}",
        "- roll back, memory included: move the alias `champion` to an earlier version;"
        ' or `perdure rollback --to VERSION --reason "..."`',
    ]
