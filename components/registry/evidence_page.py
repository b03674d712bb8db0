"""The evidence page: the Markdown description of a version, which an approver reads before deciding. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.provenance import UNKNOWN, told
from components.registry.evidence import Evidence, Traffic
from components.registry.evidence_gates import gates
from components.registry.evidence_question import question
from components.registry.inert import answers, escape, row

#: MLflow stores 5,000 characters of a description; the page stays well below that.
LIMIT = 4000


def render(evidence: Evidence, limit: int = LIMIT) -> str:
    """The page, with as much detail as fits in `limit` characters; it says what was left out. Equal evidence, equal page."""
    page = ""
    for examples, guards, width in _DETAIL:
        page = "\n".join(_lines(evidence, examples, guards, width))
        if len(page) <= limit:
            return page
    while len(page) > limit - len(_CUT):  # whole lines: half an escape could come alive
        page = page.rpartition("\n")[0]
    return page + _CUT


#: (examples of each kind, guards in full, characters of a reason), until the page fits
_DETAIL = ((4, 40, 240), (3, 20, 240), (2, 12, 240), (2, 9, 240), (1, 9, 240), (1, 7, 200), (1, 5, 200), (0, 5, 160), (0, 3, 80))
_CUT = "\n\nThe rest is in the run's files."


def _lines(e: Evidence, examples: int, guards: int, width: int) -> list[str]:
    return [
        *question(e, width),
        *gates(e.verdict, e.judged_against, guards),
        *_traffic(e),
        *_changes(e, examples),
        *_afterwards(e),
        *_lineage(e),
    ]


def _traffic(e: Evidence) -> list[str]:
    traffic, head = e.traffic, ["", "### Traffic: does it do harm?", ""]
    if traffic is None:
        return [*head, "Not run yet."]
    if traffic.status == "skipped":
        return [*head, f"Not run: {escape(traffic.reason, 200) if traffic.reason else 'a gate had failed'}."]
    result = {"promoted": "**No harm seen**", "rolled_back": "**Harm**", "held": "**It could not be compared**"}
    said = (_difference(traffic), _latency(traffic.figures.get("latency") or {}))
    lines = [*head, f"{result.get(traffic.status, escape(traffic.status))}. {' '.join(filter(None, said))}"]
    names = {"champion": "champion", "candidate": "this version"}
    if arms := traffic.figures.get("arms"):
        lines += ["", row("", "requests", "right [interval]", "p50 ms", "p99 ms", "failed"), "|:--|:--|:--|:--|:--|:--|"]
        lines += [_arm(name, arms[arm]) for arm, name in names.items() if arm in arms]
    return lines


def _difference(traffic: Traffic) -> str:
    if traffic.estimate is None or traffic.low is None or traffic.high is None:
        return escape(traffic.reason, 240)
    margin = traffic.figures.get("margin")
    doubt = traffic.status == "promoted" and margin is not None and traffic.low < -margin
    return (
        f"Right answers, this version minus the champion: {traffic.estimate:+.1%} [{traffic.low:+.1%}, {traffic.high:+.1%}]"
        + (f"; a loss of more than {margin:.1%} is looked for" if margin is not None else "")
        + (f", and one of up to {-traffic.low:.1%} cannot be ruled out on so few requests." if doubt else ".")
    )


def _latency(latency: Mapping[str, Any]) -> str:
    ratio, low, high = (latency.get(key) for key in ("ratio", "low", "high"))
    if ratio is None:
        return ""
    span = "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"
    return f"Latency: {ratio:.2f} times the champion's{span}, n = {latency.get('n', '?')}."


def _arm(name: str, arm: Mapping[str, Any]) -> str:
    right = arm["accuracy"]
    times = ("" if arm[key] is None else f"{arm[key]:,.0f}" for key in ("p50_ms", "p99_ms"))
    failed = sum(arm.get(kind, 0) for kind in ("error", "timeout", "wrong_version"))
    share = f"{right['estimate']:.1%} [{right['low']:.1%}, {right['high']:.1%}]" if arm["requests"] else ""
    return row(name, arm["requests"], share, *times, failed)


def _changes(e: Evidence, most: int) -> list[str]:
    lines = [
        "",
        "### What changed",
        "",
        *(_act(e) if "act" in e.validation else _rows(e)),
        f"- regime {_kind(e, 'regime')}, head {_kind(e, 'head')}, rehearsal {_kind(e, 'rehearsal')}",
        *_chosen(e),
    ]
    if set(e.given) - {UNKNOWN}:
        lines.append(f"- labels given by: {told(e.given)}")
    if statistics := e.validation.get("statistics"):
        passed, rules = (statistics.get(f"{kind}_expectations", 0) for kind in ("successful", "evaluated"))
        rest = "" if passed == rules else "; rows that broke one were quarantined"
        lines.append(f"- data validation: {passed} of {rules} rules hold on all {statistics.get('rows', 0):,} rows{rest}")
    if relabelled := e.validation.get("relabelled"):
        lines.append(f"- rows in quarantine that contradict what was learned: {escape('; '.join(relabelled), 400)}")
    if e.judged_against:
        lines.append(f"- only this version answers {e.n_better:,} cases rightly, only the champion {e.n_worse:,}")
    for title, rows in (("Got worse", e.worse[:most]), ("Got better", e.better[:most])):
        if rows:
            lines += ["", f"{title}, for example:", "", row("text", "expected", "champion", "this version"), "|:--|:--|:--|:--|"]
            lines += [row(escape(case["text"]), *answers(case["truth"], case["champion"], case["candidate"])) for case in rows]
    return lines


def _rows(e: Evidence) -> list[str]:
    """What there was to learn, and what came under names that were given up."""
    more = f" and {len(e.labels) - 8} more" if len(e.labels) > 8 else ""
    named = ", ".join(escape(label, 30) for label in e.labels[:8])
    lines = [
        f"- {e.counts.get('train', 0):,} rows to learn from, {e.counts.get('heldout', 0):,} held out; classes: {named}{more}"
    ]
    now = e.manifest.get("relabelled") or {}
    for old, rows in list((e.validation.get("renamed") or {}).items())[:4]:
        lines.append(f"- {rows:,} rows came as {escape(old, 30)}, which is now {escape(now.get(old, '?'), 30)}")
    return lines


def _act(e: Evidence) -> list[str]:
    """Which classes have other names, who asked for it, and why; no row was learned."""
    act = e.validation["act"]
    lines = [f"- {escape(old, 60)} is now **{escape(new, 60)}**" for old, new in list(act["names"].items())[:12]]
    more = len(act["names"]) - 12
    lines += [f"- and {more} more, in `validation.json`"] if more > 0 else []
    return [*lines, f"- {escape(act['by'], 80)}: {escape(act['reason'], 240)}", "- no row was learned"]


def _chosen(e: Evidence) -> list[str]:
    """Which recipe `learning.recipe: auto` chose, and why."""
    notes = (e.manifest.get("notes") or {}).get("recipe")
    return [f"- recipe {escape(notes['chosen'], 30)}, chosen: {escape('; '.join(notes['reasons']), 300)}"] if notes else []


def _kind(e: Evidence, axis: str) -> str:
    value = (e.manifest.get("recipe") or {}).get(axis)
    return escape(value.get("kind", "?") if isinstance(value, Mapping) else value or "?", 30)


def _afterwards(e: Evidence) -> list[str]:
    """What monitoring measured after the promotion."""
    if e.forgetting is None or e.decision is None or e.decision.outcome != "promoted":
        return []
    measured = e.forgetting.get("experiences", {})
    lost = {name: each["correct"] for name, each in measured.items() if not each["correct"]["passed"]}
    lines = ["", "### After the promotion", ""]
    lines += [
        f"- **forgotten**: {escape(name, 40)}: {each['current']:.1%} right, {each['reference']:.1%} when it was learned"
        for name, each in list(lost.items())[:4]
    ]
    if len(lost) > 4:
        lines.append(f"- and {len(lost) - 4} more, in `monitoring.json`")
    if not lost:
        past = e.forgetting.get("past", 0)
        kept = f"nothing forgotten of {past} past experiences ({e.forgetting.get('cases', 0):,} cases)"
        lines.append(f"- {kept}" if past else "- no past experience that could be forgotten")
    if columns := e.inputs.get("columns"):
        drifted = ", ".join(escape(name, 30) for name, each in columns.items() if each["drifted"])
        lines.append(f"- the new events differ from the {escape(e.inputs.get('against', 'past'), 40)} in: {drifted or 'nothing'}")
    return lines


def _lineage(e: Evidence) -> list[str]:
    base = e.manifest.get("base") or {}
    count = len(e.manifest.get("experiences") or [e.experience])
    against = f"`{e.judged_against[:12]}`" if e.judged_against else "nothing (there was no champion)"
    lines = [
        "",
        "### Lineage and cost",
        "",
        f"- checkpoint `{e.checkpoint[:12]}`, parent `{(e.manifest.get('parent') or 'none')[:12]}`, judged against {against}",
        f"- {'act' if 'act' in e.validation else 'experience'} `{e.experience[:12]}`, "
        + (f"after {count} experiences" if "act" in e.validation else f"the last of {count} learned"),
        f"- base {escape(base.get('name', '?'), 40)} `{str(base.get('digest', ''))[:12]}`, "
        f"code {escape(e.manifest.get('code', '?'), 20)}, cycle {escape(e.cycle, 40)}",
    ]
    suites = ", ".join(f"{name} {digest[:12]}" for name, digest in e.verdict.suites.items())
    return [
        *lines,
        *([f"- suites asked: {escape(suites, 300)}"] if suites else []),
        *([f"- cost: {cost}"] if (cost := _cost(e)) else []),
    ]


def _cost(e: Evidence) -> str:
    parts = [f"{sum(e.seconds.values()):,.1f} s"] if e.seconds else []
    if "seconds" in e.training:
        parts.append(f"{e.training['seconds']:,.1f} s of training")
    if e.training.get("peak_bytes"):
        parts.append(f"{e.training['peak_bytes'] / 2**20:,.0f} MiB peak memory")
    return ", ".join(parts)
