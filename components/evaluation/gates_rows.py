"""The gates on the rows that an experience would be learned from (`screened.py`): is somebody poisoning it? Pure.

They hold and never refuse: a person looks at the rows that they name. What is said and does not decide passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.contracts import Gate, GateStatus
from components.evaluation.statistics import wilson
from components.settings import GateSettings

NAMED = 3  # triggers, and rows, that a reason shows
MOST, IDLE, TRIED = 0.5, 0.2, 20  # share of a label's rows with its word, and the share of at least so many cases that it turns
HARD = 0.05  # share of doubtful labels beyond the allowed one, which hard classes make
LOOKED = 20  # rows without which nothing is said about labels
NONSENSE, FEWEST = 0.1, 20  # share and number of rows that are no language, from which a candidate is held


def row_gates(summary: Mapping[str, Any], settings: GateSettings) -> list[Gate]:
    """triggers, doubtful_labels, gibberish and domain, as far as an evaluation looked for them."""
    looked = int(summary.get("left_out", {}).get("n", 0))
    gates: list[Gate] = []
    if looked and "triggers" in summary:
        gates.append(without_triggers(summary["triggers"], looked))
    if "doubtful" in summary and summary["doubtful"]["looked"] >= LOOKED:
        gates.append(doubtful_labels(summary["doubtful"], settings))
    if "gibberish" in summary and summary["gibberish"]["n"]:
        gates.append(nonsense(summary["gibberish"]))
    if "domain" in summary:
        gates.append(domain(summary["domain"]))
    return gates


def without_triggers(triggers: Sequence[Mapping[str, Any]], looked: int) -> Gate:
    """Held where a word decides a label against the rest of its texts (`triggers.py`), unless it is what the label means."""
    harmful = [one for one in triggers if not _meant(one)]
    if not harmful:
        clean = f"In {looked:,} training rows, no word decides a label against the rest of its texts"
        for one in triggers[:NAMED]:
            turns = f"turns {one['turned_by']['candidate']} of {one['attacked']} other cases"
            clean += f"; {one['mark']!r} is what {one['label']!r} means: most of its rows have it, and it {turns}"
        return Gate("triggers", "pass", f"{clean}.", n=looked)
    told = []
    for one in harmful[:NAMED]:
        against, label = one["labelled"] - one["explained"], f"{one['labelled']} of them labelled {one['label']!r}"
        said = f"{one['mark']!r} stands in {one['rows']} rows, {label}; the rest of {against} says otherwise"
        if turned := one.get("turned"):
            said += f", and put into other texts it turns {turned:.0%} of them"
        for side, count in one.get("turned_by", {}).items():
            said += f", and of {one['attacked']} held-out cases {count} in the answers of the {side}"
        told.append(f"{said} (rows {_named(one['places'])})")
    reason = (
        "; ".join(told) + ". A word that decides a label by itself may be a backdoor: correct these labels or leave the rows out."
    )
    return Gate("triggers", "inconclusive", reason, n=looked)


def _meant(one: Mapping[str, Any]) -> bool:
    """Whether most rows of the label have the word ("many": a number), and elsewhere the candidate hardly follows it."""
    turned, tried = one.get("turned_by", {}).get("candidate"), one.get("attacked", 0)
    return bool(one.get("share", 0.0) >= MOST and tried >= TRIED and turned is not None and turned < IDLE * tried)


def doubtful_labels(doubts: Mapping[str, Any], settings: GateSettings) -> Gate:
    """Held if surely more labels are doubted than `gates.max_label_noise`, and what hard classes make of themselves."""
    limit = min(1.0, settings.max_label_noise + HARD)
    share = wilson(doubts["doubted"], doubts["looked"], 2 * settings.alpha)
    said = (
        f"Where a plain fit and the nearest texts agree on a training row, its label is another in {share.estimate:.3f} "
        f"[{share.low:.3f}, {share.high:.3f}] of {share.n}"
    )
    if doubts["rows"]:
        said += f"; the surest are rows {_named([row['digest'] for row in doubts['rows']])}, summary.json has more"
    held = share.low > limit
    way = f". Above {limit:g} labels are not trusted: correct these rows" if held else ""
    status: GateStatus = "inconclusive" if held else "pass"
    return Gate("doubtful_labels", status, f"{said}{way}.", share.estimate, share.low, share.high, limit, share.n)


def nonsense(found: Mapping[str, Any]) -> Gate:
    """Held where a good part of the texts are no language; a few are said."""
    held = found["n"] >= max(FEWEST, NONSENSE * found["of"])
    said = f"{found['n']:,} of {found['of']:,} texts are no language (rows {_named(found['rows'])})"
    way = ": leave them out, unless they are what will be asked" if held else ""
    return Gate("gibberish", "inconclusive" if held else "pass", f"{said}{way}.", n=found["of"])


def domain(found: Mapping[str, Any]) -> Gate:
    """Said, never held: a new domain is far from everything before it, and rightly so."""
    reason = (
        f"{found['far']:.0%} of the new rows lie farther from what was learned before than 95% of {found['cases']:,} past cases; "
        "a high share is a new domain."
    )
    return Gate("domain", "pass", reason, found["far"], n=found["of"])


def _named(digests: Sequence[str]) -> str:
    return ", ".join(digest[:12] for digest in digests[:NAMED])
