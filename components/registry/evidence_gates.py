"""The gates on the evidence page: what past cases lost, in this cycle and over all, apart from the guards. Pure."""

from __future__ import annotations

from components.contracts import Gate, Verdict
from components.registry.inert import escape, row

MAIN, LIFETIME = "regression.pooled", "lifetime.pooled"
_MARK = {"pass": "pass", "fail": "**FAIL**", "inconclusive": "**inconclusive**"}
_ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}
#: What the guards of each kind mean, by the beginning of their names
_KINDS = {
    "lifetime.approved": "past cases against the last version that a person approved",
    "lifetime.": "single past tasks against the best that they were ever served at",
    "regression.new_labels": "what past cases lost to labels that came later, beyond what a joint fit loses to them",
    "regression.": "single past tasks: none may lose surely too much",
    "monitoring": "what monitoring found the champion to forget",
    "looks": "how often past cases were looked at, and what that could hide",
    "learned": "the new experience was learned: better than chance, no worse than a plain fit on its rows",
    "label_noise": "sure answers rarely contradict the labels; else the labels are doubtful",
    "behaviour.": "enough of the cases that people wrote are passed",
    "safety.": "the same against harm; a hard suite ends the tests at once",
    "cost.": "time and size within their bounds",
    "relabelled": "a new name changes no answer; what a merge changes, the other guards judge",
    "suites": "nothing that the champion was asked was left out",
}


def gates(verdict: Verdict, judged_against: str | None, most: int) -> list[str]:
    """Main test and guards, at most `most` guards in full; what did not pass comes first."""
    main, lifetime = (next((gate for gate in verdict.gates if gate.name == name), None) for name in (MAIN, LIFETIME))
    guards = sorted((gate for gate in verdict.gates if gate not in (main, lifetime)), key=lambda gate: _ORDER[gate.status])
    return [*_main(main, verdict, judged_against), *_lifetime(lifetime), *_guards(guards, most)]


def _main(gate: Gate | None, verdict: Verdict, judged_against: str | None) -> list[str]:
    head = ["", "### Main test: is anything lost?", ""]
    if gate is None:
        hard = any(each.hard for each in verdict.gates)
        why = (
            "a hard safety suite failed first"
            if hard
            else "there was no champion to compare with"
            if judged_against is None
            else "no past case can be put to both versions"
        )
        return [*head, f"Not run: {why}."]
    return [
        *head,
        f"**{_MARK[gate.status].strip('*')}**: {_meaning(gate)}. Right answers on {gate.n:,} past cases, this version minus the"
        f" champion: {_change(gate)}.",
    ]


def _lifetime(gate: Gate | None) -> list[str]:
    """The budget of all cycles together: losses that no single cycle can see."""
    if gate is None or gate.estimate is None or not gate.margin:
        return []
    spent = f"{max(0.0, -gate.estimate) / gate.margin:.0%} of the {gate.margin:.1%} that may be lost in a lifetime is spent"
    return [
        "",
        f"Over all cycles, **{_MARK[gate.status].strip('*')}**: {spent}. This version minus the best that each past task was ever"
        f" served at: {_change(gate)}.",
    ]


def _meaning(gate: Gate) -> str:
    margin = f"{gate.margin or 0:.1%}"
    if gate.status == "fail":
        return f"a loss of more than {margin} is certain"
    if gate.status == "inconclusive":
        return f"a loss of more than {margin} is likely, and a loss is certain" if gate.n else "there is no case to compare on"
    if gate.undecided:
        return f"no such loss is seen, and {gate.needs or 0:,} cases would rule out one of {margin}; there are {gate.n:,}"
    return f"a loss of {margin} or more is ruled out"


def _guards(guards: list[Gate], most: int) -> list[str]:
    if not guards:
        return ["", "### Guards", "", "None was run."]
    passed = sum(gate.status == "pass" for gate in guards)
    lines = [
        "",
        "### Guards",
        "",
        f"{passed} of {len(guards)} pass. A guard that fails refuses the version; one that passes proves nothing.",
        "",
        row("guard", "result", "measured [interval]", "asked for", "cases"),
        "|:--|:--|:--|:--|:--|",
        *(row(escape(g.name, 40), _MARK[g.status], _measured(g), _asked(g), g.n or "") for g in guards[:most]),
    ]
    left = guards[most:]
    if left:
        bad = [gate for gate in left if gate.status != "pass"]
        lines += ["", f"{len(left)} more in `verdict.json`: {len(left) - len(bad)} pass, {len(bad)} do not."]
    there = {kind for gate in guards for kind in [next((kind for kind in _KINDS if _is(gate, kind)), None)]}
    kinds = [f"- *{escape(kind.rstrip('.'))}*: {why}" for kind, why in _KINDS.items() if kind in there]
    return [*lines, *(["", *kinds] if kinds else [])]


def _is(gate: Gate, kind: str) -> bool:
    return gate.name.startswith(kind) if kind.endswith(".") else gate.name == kind


def _compared(gate: Gate) -> bool:
    """Whether the estimate is a difference to the champion; else it is a share. A suite's gate may be either."""
    shares = ("learned", "label_noise", "behaviour.", "safety.")
    return not any(_is(gate, kind) for kind in shares) or (gate.estimate or 0.0) < 0


def _measured(gate: Gate) -> str:
    if gate.estimate is None:  # a cost or the list of suites: the reason has the figures
        return escape(gate.reason.removeprefix(f"{gate.name}: "), 80)
    return _change(gate) if _compared(gate) else _interval(gate, "")


def _asked(gate: Gate) -> str:
    if gate.margin is None:
        return ""
    if _is(gate, "label_noise"):
        return f"≤ {gate.margin:.1%}"
    return f"loss ≤ {gate.margin:.1%}" if _compared(gate) else f"≥ {gate.margin:.1%}"


def _change(gate: Gate) -> str:
    return _interval(gate, "+")


def _interval(gate: Gate, sign: str) -> str:
    span = "" if gate.low is None or gate.high is None else f" [{gate.low:{sign}.1%}, {gate.high:{sign}.1%}]"
    return f"{gate.estimate or 0.0:{sign}.1%}{span}"
