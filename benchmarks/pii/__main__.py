"""How much of the personal data in the labelled sets is found, and what is taken for it by mistake.

Recall: values of which no letter or digit stays in the text. Precision: places that were replaced and belong to a value. Each
with a Wilson interval of 95 %. The held-out set counts; the development set stands beside it to show how far tuning went.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.common import RESULTS, finish, markdown, parser
from benchmarks.pii.rows import SETS, Row, read
from components.evaluation.statistics import wilson
from components.privacy.replace import find
from components.storage import write_text

#: Which kind of the sets a placeholder stands for
KINDS = {
    **{"CREDIT_CARD": "card", "IBAN_CODE": "iban", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email"},
    **{"US_SSN": "government", "GOVERNMENT_ID": "government", "BIRTH_DATE": "birth date", "STREET_ADDRESS": "address"},
    **{"SECRET": "secret", "IP_ADDRESS": "network", "MAC_ADDRESS": "network", "CRYPTO_WALLET": "wallet"},
    "COORDINATES": "coordinates",
}


@dataclass
class Tally:
    """Of one kind: values, those found, places replaced, those of them that belong to a value."""

    values: int = 0
    found: int = 0
    replaced: int = 0
    right: int = 0
    missed: list[Row] = field(default_factory=list)
    wrong: list[tuple[Row, str]] = field(default_factory=list)


def tallied(rows: Iterable[Row]) -> dict[str, Tally]:
    """The tally of each kind, and of all under `all`."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        spans = find(row.text)
        start, end = row.span
        if row.kind:
            covered = {place for first, last, _ in spans for place in range(first, last)}
            found = all(place in covered for place in range(start, end) if row.text[place].isalnum())
            for tally in (tallies[row.kind], tallies["all"]):
                tally.values += 1
                tally.found += found
                if not found:
                    tally.missed.append(row)
        for first, last, kind in spans:
            right = bool(row.kind) and first < end and last > start
            name = (
                row.kind if right and KINDS[kind] != row.kind else KINDS[kind]
            )  # a card called a telephone number is replaced all the same
            for tally in (
                tallies["credentials in a URL" if row.kind == "credentials in a URL" and right else name],
                tallies["all"],
            ):
                tally.replaced += 1
                tally.right += right
                if not right:
                    tally.wrong.append((row, row.text[first:last]))
    return dict(tallies)


def alarms(rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """{what it is: (sentences with something replaced, sentences)} of what is not personal."""
    counts: dict[str, tuple[int, int]] = {}
    for row in rows:
        if not row.kind:
            wrong, n = counts.get(row.detail, (0, 0))
            counts[row.detail] = (wrong + bool(find(row.text)), n + 1)
    return counts


def share(successes: int, n: int) -> str:
    """A share with its interval."""
    interval = wilson(successes, n)
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]" if n else ""


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure on both sets."""
    options = parser("pii", __doc__ or "")
    options.add_argument("--show", action="store_true", help="print what the development set misses and gets wrong")
    given = options.parse_args(argv)
    rows = {name: read(name) for name in SETS}
    tallies = {name: tallied(rows[name]) for name in SETS}
    if given.show:
        for tally in (value for kind, value in tallies["development"].items() if kind != "all"):
            for row in tally.missed:
                print(f"MISSED {row.kind} ({row.detail}): {row.text!r} value {row.value!r}", file=sys.stderr)
            for row, text in tally.wrong:
                print(f"WRONG {text!r} ({row.detail}): {row.text!r}", file=sys.stderr)
    held, other = tallies["heldout"], tallies["development"]
    table = markdown(
        ["kind", "n", "recall", "precision", "recall, development"],
        [
            [
                kind,
                held[kind].values,
                share(held[kind].found, held[kind].values),
                share(held[kind].right, held[kind].replaced),
                share(other[kind].found, other[kind].values),
            ]
            for kind in [*(kind for kind in held if kind != "all"), "all"]
        ],
    )
    false = alarms(rows["heldout"])
    shown = [[what, n, wrong] for what, (wrong, n) in false.items()]
    text = f"{table}\n{markdown(['not personal', 'sentences', 'with something replaced'], shown)}"
    if given.write:
        head = (
            "# Personal data\n\n`python -m benchmarks.pii --write`, on benchmarks/pii/heldout.jsonl; 95 % Wilson intervals.\n\n"
        )
        write_text(RESULTS / "pii.md", head + text)
    counts = ("values", "found", "replaced", "right")
    result = {name: {kind: {c: getattr(t, c) for c in counts} for kind, t in tally.items()} for name, tally in tallies.items()}
    nobody = {what: {"sentences": n, "replaced": wrong} for what, (wrong, n) in false.items()}
    return finish("pii", {**result, "not_personal": nobody}, text, given)


if __name__ == "__main__":
    main(sys.argv[1:])
