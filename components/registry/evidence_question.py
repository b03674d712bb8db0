"""The top of the evidence page: what is to be decided, what the gates recommend, what either answer means. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from components.registry.evidence import Evidence
from components.registry.inert import escape

_REASONS = 4  # shown; the rest is counted
_AGAIN = "`perdure cycle FILE --again` learns and judges the file anew"


def question(e: Evidence, width: int = 240) -> list[str]:
    """The heading, and the state of the decision; reasons are cut at `width`."""
    return [f"## Version {e.version}: {escape(e.name, 80)}", "", *_state(e, width)]


def _state(e: Evidence, width: int) -> list[str]:
    decision, serving = e.decision, _champion(e)
    if decision is None:
        return [
            f"**Nothing to decide yet: the cycle is under way.** So far the gates recommend: {recommendation(e)}.",
            *_why("Not passed", e, e.verdict.reasons, width),
        ]
    who = f" ({escape(decision.by, 80)})" if decision.by else ""
    if decision.outcome == "held":
        return [*_asked(e, serving), *_why("Held because", e, decision.reasons, width), *_answers(e, serving)]
    if decision.outcome == "promoted":
        back = '`perdure rollback --reason "..."` gives back the champion before it, with the memory it had.'
        return [
            f"**Nothing to decide: promoted{who}.** The gates recommended: {recommendation(e)}.",
            *_why("Why", e, decision.reasons, width),
            *(["", f"The way back: {back}"] if e.judged_against else []),
        ]
    ended = "refused" if decision.outcome == "rejected" else "rolled back"
    return [
        f"**Nothing to decide: {ended}{who}; {_goes_on(e)}.** The gates recommended: {recommendation(e)}.",
        *_why("Why", e, decision.reasons, width),
        "",
        f"The way out: mend the rows or the recipe; {_AGAIN}.",
    ]


def recommendation(e: Evidence) -> str:
    """What gates and traffic together advise, in a few words."""
    failed, open_ = ([gate.name for gate in e.verdict.gates if gate.status == status] for status in ("fail", "inconclusive"))
    mode = "" if e.verdict.mode == "enforce" else " (mode `report`: nothing is enforced)"
    if e.verdict.status == "fail":
        return f"**reject**, because {_names(failed)} failed{mode}"
    if e.traffic and e.traffic.status == "rolled_back":
        return f"**reject**, because traffic showed harm{mode}"
    if e.verdict.status == "inconclusive":
        return f"**neither**, because {_names(open_)} leave it to a person; weigh it yourself{mode}"
    if e.traffic and e.traffic.status == "held":
        return f"**approve** on past cases; traffic could not be compared{mode}"
    return f"**approve**, because all {len(e.verdict.gates)} gates passed{mode}"


def _asked(e: Evidence, serving: str) -> list[str]:
    asked = f"shall it replace {serving}?" if e.judged_against else "shall it be the first to serve?"
    return [f"**To decide: {asked}** The gates recommend: {recommendation(e)}."]


def _answers(e: Evidence, serving: str) -> list[str]:
    approve, reject = (f'`perdure {verb} {e.version} --reason "..."`' for verb in ("approve", "reject"))
    only = f" Possible only while {serving} serves, against which it was judged." if e.judged_against else ""
    return [
        "",
        "What the answers mean:",
        "",
        f"- **Approve** ({approve}): it answers from then on, later cycles learn on top of it, and its held-out cases join the"
        f" past cases.{only}",
        f"- **Reject** ({reject}): {_goes_on(e)}, and nothing of it is used. Later, {_AGAIN}.",
        "- In MLflow: first the tag `approval.reason`, then `approval`: `approved` or `rejected`. Until then nothing changes.",
    ]


def _why(title: str, e: Evidence, reasons: Sequence[str], width: int) -> list[str]:
    """The reasons, those of failed gates first."""
    if not reasons:
        return []
    failed = {gate.reason for gate in e.verdict.gates if gate.status == "fail"}
    reasons = sorted(reasons, key=lambda reason: reason not in failed)
    more = len(reasons) - _REASONS
    return [
        "",
        f"{title}:",
        "",
        *(f"- {escape(reason, width)}" for reason in reasons[:_REASONS]),
        *([f"- and {more} more, in `verdict.json`"] if more > 0 else []),
    ]


def _champion(e: Evidence) -> str:
    return f"version {e.champion}" if e.champion else f"the champion (`{(e.judged_against or '')[:12]}`)"


def _goes_on(e: Evidence) -> str:
    return f"{_champion(e)} goes on serving" if e.judged_against else "nothing serves"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(escape(name, 40) for name in names[:3]) + more
