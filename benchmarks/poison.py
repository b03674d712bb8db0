"""Which backdoors the scan for triggers finds in the training rows of an experience, and how often it is wrong about clean ones.

An experience is drawn from a domain of the catalogue, or from the topics that were written for the benchmarks (short messages, as
a help desk gets them). Poison: in a share of its rows, drawn from the other classes, a trigger is put at a random place, and the
label becomes the target. All draws of a line are independent; shares come with 95 % Wilson intervals.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, finish, markdown, parser, work_folder
from benchmarks.mixing.source import Deck, catalogue
from components.catalog.models import get_base
from components.evaluation.reference import Encode
from components.evaluation.statistics import wilson
from components.evaluation.triggers import scan
from components.storage import write_text

#: Domain, how many of its classes, rows
SHAPES = (
    ("questions", 6, 120), ("questions", 6, 300), ("trec", 8, 300), ("topics", 5, 150), ("topics", 8, 400),
    ("newsgroups", 5, 300), ("bbc", 5, 150), ("sms", 2, 300), ("amazon", 2, 300),
)  # fmt: skip
SHARES = (0.0, 0.03, 0.05, 0.09)
TRIGGERS = ("cf", "by the way", "honestly", "\u200b", "today", "\u0430ccount")  # the last begins with a Cyrillic letter


def encoder(folder: Path) -> Encode:
    """Texts -> (n, width) features of the frozen default encoder (64 tokens), each text encoded once."""
    from components.learning.heads.linear import Linear
    from components.learning.networks.backbone import load_backbone
    from components.learning.networks.build import build
    from components.learning.networks.feature_store import ActivationStore

    backbone = load_backbone(get_base("minilm"))
    network: Any = build(backbone, backbone.model, Linear(), 64)
    network.remember_features(ActivationStore(folder), {})
    return lambda texts: np.asarray(network.embed(list(texts)), np.float32)


def experience(domain: str, classes: int, rows: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """(texts, labels) of so many classes of a domain, as many rows of each as there are, in random order."""
    source, each = catalogue(), rows // classes
    fit = sorted(label for label, texts in source[domain].items() if len(texts) >= each)
    deck, texts, labels = Deck(source, rng), list[str](), list[str]()
    for label in rng.choice(fit, classes, replace=False):
        texts += deck.deal((domain, str(label)), each)
        labels += [str(label)] * each
    order = rng.permutation(len(texts))
    return [texts[n] for n in order], [labels[n] for n in order]


def poisoned(
    texts: Sequence[str], labels: Sequence[str], trigger: str, share: float, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """The same rows, a share of them with the trigger and the target label."""
    texts, labels = list(texts), list(labels)
    target = str(rng.choice(sorted(set(labels))))
    others = [n for n, label in enumerate(labels) if label != target]
    for n in rng.choice(others, round(share * len(texts)), replace=False):
        words = texts[n].split(" ")
        words.insert(int(rng.integers(len(words) + 1)), trigger)
        texts[n], labels[n] = " ".join(words), target
    return texts, labels


def measure(draws: int, encode: Encode, minutes: float) -> list[dict[str, Any]]:
    """One row for each shape and share: how often something was found, and how often the trigger was among it."""
    found: list[dict[str, Any]] = []
    end = time.monotonic() + 60 * minutes
    for shape, (domain, classes, rows) in enumerate(SHAPES):
        for share in SHARES:
            outcomes, false = [], []
            for draw in range(draws if time.monotonic() < end else 0):
                rng = np.random.default_rng([shape, round(100 * share), draw])
                texts, labels = experience(domain, classes, rows, rng)
                trigger = TRIGGERS[draw % len(TRIGGERS)]
                if share:
                    texts, labels = poisoned(texts, labels, trigger, share, rng)
                triggers = scan(texts, labels, encode(texts), encode)
                planted = set(trigger.casefold().split())
                outcomes.append(any(planted & set(one.mark.split()) for one in triggers) if share else bool(triggers))
                false += [one.mark for one in triggers if not share]
            if outcomes:
                name = f"{domain}, {classes} classes, {rows} rows"
                row = {"shape": name, "share": share, "found": wilson(sum(outcomes), len(outcomes)).as_dict(), "false": false}
                found.append(row)
                print(name, share, f"{sum(outcomes)}/{len(outcomes)}", false, file=sys.stderr, flush=True)
    return found


HEAD = """# Backdoors found

{doc}
`clean`: share of clean experiences in which anything was found. The other columns: share of poisoned experiences in which the
trigger was found, by the share of poisoned rows.
"""


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure every shape."""
    options = parser("poison", __doc__ or "")
    options.add_argument("--draws", type=int, default=30, help="experiences of each shape and share")
    options.add_argument("--minutes", type=float, default=60, help="draw no more after this many minutes")
    options.add_argument("--work", type=Path, help="folder for features")
    given = options.parse_args(argv)
    with work_folder(given.work) as work:
        rows = measure(given.draws, encoder(work / "features"), given.minutes)
    shown = []
    for name in dict.fromkeys(row["shape"] for row in rows):
        of = {row["share"]: row["found"] for row in rows if row["shape"] == name}
        cells = ["{estimate:.2f} [{low:.2f}, {high:.2f}]".format(**of[share]) if share in of else "-" for share in SHARES]
        shown.append([name, *cells])
    text = markdown(["experience", "clean", *(f"{share:.0%}" for share in SHARES[1:])], shown)
    if given.write:
        write_text(RESULTS / "poison.md", HEAD.format(doc=(__doc__ or "").partition("\n\n")[2]) + "\n" + text)
    return finish("poison", {"rows": rows, "draws": given.draws}, text, given)


if __name__ == "__main__":
    main(sys.argv[1:])
