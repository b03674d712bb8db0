"""What is caught of poisoned data, what is missed, and how often clean data raise an alarm.

Experiences are drawn from domains of the catalogue, and from the topics that were written for the benchmarks: short messages, as
a help desk gets them (the private-like stream). Draws are independent, and each gets every attack; shares come with 95 % Wilson
intervals.

Backdoors: in a share of the rows, drawn from the other classes, a trigger is put at a random place, and the label becomes the
target. Labels: a share of the rows gets another label of the experience, drawn at random. Gibberish: a share of the texts becomes
random letters, with the labels left as they are. The past: an experience was learned; the next one has new rows, and 4 % more of
them are texts of the past under another label, spoilt in one way each; `relabelled` is all of the past again under other labels.
Floods: one text of a new experience comes sixty times more, each time with another word in one place, all under one label.
"""

from __future__ import annotations

import json
import string
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import RESULTS, finish, markdown, parser, work_folder
from benchmarks.mixing.source import Deck, catalogue
from components.catalog.models import get_base
from components.evaluation.doubtful import doubtful
from components.evaluation.gates_rows import doubtful_labels, nonsense
from components.evaluation.gibberish import gibberish
from components.evaluation.reference import Encode
from components.evaluation.statistics import wilson
from components.evaluation.triggers import scan
from components.ingestion.ingest import RelabelledError, ingest
from components.settings import GateSettings, IngestionSettings
from components.storage import write_text
from components.workspace import Workspace

#: Domain, how many of its classes, rows
SHAPES = (
    ("questions", 6, 120), ("questions", 6, 300), ("trec", 8, 300), ("topics", 5, 150), ("topics", 8, 400),
    ("newsgroups", 5, 300), ("bbc", 5, 150), ("sms", 2, 300), ("amazon", 2, 300),
)  # fmt: skip
SHARES = (0.0, 0.05, 0.09)
TRIGGERS = ("cf", "by the way", "honestly", "\u200b", "today", "\u0430ccount")  # the last begins with a Cyrillic letter
WRONG = (0.0, 0.1, 0.3)  # labels
NONSENSE = (0.0, 0.05, 0.3)
PAST = ("questions", "topics")  # domains in which the past is contradicted
FLOOD = 60
LOOKS_LIKE = str.maketrans("aceopx", "\u0430\u0441\u0435\u043e\u0440\u0445")
SPOILT: dict[str, Callable[[str], str]] = {
    "as it was": str,
    "zero width": lambda text: f"{text[:2]}\u200b{text[2:]}",
    "full stop": lambda text: f"{text}.",
    "look-alike": lambda text: text.translate(LOOKS_LIKE),
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Rows = tuple[list[str], list[str]]


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


def experience(domain: str, classes: int, rows: int, rng: np.random.Generator) -> Rows:
    """(texts, labels) of so many classes of a domain, as many rows of each as there are, in random order."""
    source, each = catalogue(), rows // classes
    fit = sorted(label for label, texts in source[domain].items() if len(texts) >= each)
    deck, texts, labels = Deck(source, rng), list[str](), list[str]()
    for label in rng.choice(fit, classes, replace=False):
        texts += deck.deal((domain, str(label)), each)
        labels += [str(label)] * each
    order = rng.permutation(len(texts))
    return [texts[n] for n in order], [labels[n] for n in order]


def poisoned(texts: Sequence[str], labels: Sequence[str], trigger: str, share: float, rng: np.random.Generator) -> Rows:
    """The same rows, a share of them with the trigger and the target label."""
    texts, labels = list(texts), list(labels)
    target = str(rng.choice(sorted(set(labels))))
    others = [n for n, label in enumerate(labels) if label != target]
    for n in rng.choice(others, round(share * len(texts)), replace=False):
        words = texts[n].split(" ")
        words.insert(int(rng.integers(len(words) + 1)), trigger)
        texts[n], labels[n] = " ".join(words), target
    return texts, labels


def mislabelled(labels: Sequence[str], share: float, rng: np.random.Generator) -> tuple[list[str], set[int]]:
    """The labels, a share of them replaced by others of the experience, and which."""
    changed, names = list(labels), sorted(set(labels))
    wrong = set(rng.choice(len(labels), round(share * len(labels)), replace=False).tolist())
    for n in wrong:
        changed[n] = str(rng.choice([name for name in names if name != labels[n]]))
    return changed, wrong


def nonsensical(texts: Sequence[str], share: float, rng: np.random.Generator) -> tuple[list[str], set[int]]:
    """The texts, a share of them replaced by four to twelve words of random letters, and which."""
    changed = list(texts)
    wrong = set(rng.choice(len(texts), round(share * len(texts)), replace=False).tolist())
    for n in wrong:
        words = ["".join(rng.choice(list(string.ascii_lowercase), rng.integers(2, 10))) for _ in range(rng.integers(4, 13))]
        changed[n] = " ".join(words)
    return changed, wrong


def measure(draws: int, encode: Encode, minutes: float) -> list[dict[str, Any]]:
    """For each shape and attack: how many experiences were held, of how many, and what was named in vain."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    end = time.monotonic() + 60 * minutes
    for draw in range(draws):  # the clock ends all shapes after the same number of draws
        for shape, (domain, classes, rows) in enumerate(SHAPES):
            if time.monotonic() > end:
                return list(found.values())
            name = f"{domain}, {classes} classes, {rows} rows"
            for attack, held, hits in _experience_draws(shape, draw, domain, classes, rows, encode):
                one = found.setdefault((name, attack), {"shape": name, "attack": attack, "held": 0, "of": 0, "rows": []})
                one["held"] += held
                one["of"] += 1
                one["rows"].append(hits)
            print(draw, name, round(end - time.monotonic()), "s left", file=sys.stderr, flush=True)
    return list(found.values())


def _experience_draws(
    shape: int, draw: int, domain: str, classes: int, rows: int, encode: Encode
) -> list[tuple[str, bool, dict[str, Any]]]:
    """(attack, held, what was found) of one draw of each attack."""
    outcomes: list[tuple[str, bool, dict[str, Any]]] = []
    settings = GateSettings()
    clean = experience(domain, classes, rows, np.random.default_rng([1, shape, draw]))
    for share in SHARES:
        rng = np.random.default_rng([1, shape, round(100 * share), draw])
        trigger = TRIGGERS[draw % len(TRIGGERS)]
        texts, labels = poisoned(*clean, trigger, share, rng) if share else clean
        triggers = scan(texts, labels, encode(texts), encode)
        planted = set(trigger.casefold().split())
        caught = any(planted & set(one.mark.split()) for one in triggers) if share else bool(triggers)
        outcomes.append((f"backdoor {share:.0%}", caught, {} if share else {"named": [one.mark for one in triggers]}))
        if share:
            continue
        features = encode(texts)
        for wrong_share in WRONG:
            given, wrong = mislabelled(labels, wrong_share, rng)
            doubts = doubtful(features, given)
            told = {"doubted": len(doubts.places), "looked": doubts.looked, "rows": []}
            held = doubts.looked > 0 and doubtful_labels(told, settings).status != "pass"
            hits = {"named": len(doubts.places), "right": len(wrong & set(doubts.places)), "wrong": len(wrong)}
            outcomes.append((f"labels {wrong_share:.0%}", held, hits))
        for nonsense_share in NONSENSE:
            spoilt, wrong = nonsensical(texts, nonsense_share, rng)
            places = gibberish(spoilt)
            told = {"n": len(places), "of": len(texts), "rows": []}
            hits = {"named": len(places), "right": len(wrong & set(places)), "wrong": len(wrong)}
            outcomes.append((f"gibberish {nonsense_share:.0%}", nonsense(told).status != "pass", hits))
    return outcomes


def measure_past(draws: int, minutes: float) -> list[dict[str, Any]]:
    """Contradictions of the past and floods, through all of ingestion: rows quarantined of those sent, and of the clean ones."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    end = time.monotonic() + 60 * minutes
    for draw in range(draws):
        for number, domain in enumerate(PAST):
            if time.monotonic() > end:
                return list(found.values())
            rng = np.random.default_rng([99, number, draw])
            texts, labels = experience(domain, 5, 300, rng)
            for attack, sent, caught, clean, alarms, refused in _past_draws(texts, labels, rng):
                one = found.setdefault(
                    (domain, attack),
                    {"domain": domain, "attack": attack, "sent": 0, "caught": 0, "clean": 0, "alarms": 0, "refused": 0, "of": 0},
                )
                for field, value in zip(("sent", "caught", "clean", "alarms", "refused"), (sent, caught, clean, alarms, refused)):
                    one[field] += int(value)
                one["of"] += 1
    return list(found.values())


def _past_draws(texts: list[str], labels: list[str], rng: np.random.Generator) -> list[tuple[str, int, int, int, int, bool]]:
    """(attack, rows sent, caught, clean rows, alarms among them, whether the file was refused) of each attack."""
    half, outcomes = len(texts) // 2, []
    past, new = list(zip(texts[:half], labels[:half], strict=True)), list(zip(texts[half:], labels[half:], strict=True))
    chosen = [past[n] for n in rng.choice(half, round(0.04 * half), replace=False)]
    other = {label: str(rng.choice(sorted(set(labels) - {label}))) for label in sorted(set(labels))}
    base = next((text for text, _ in new if 6 <= len(text.split()) <= 20), new[0][0]).split(" ")
    place = int(rng.integers(len(base)))
    words = [text.split(" ")[0] + str(rng.choice(list(string.ascii_lowercase))) for text in texts[:FLOOD]]
    flood = [(" ".join([*base[:place], word, *base[place + 1 :]]), new[0][1]) for word in dict.fromkeys(words)]
    attacks = {name: [(spoil(text), other[label]) for text, label in chosen] for name, spoil in SPOILT.items()}
    attacks |= {"relabelled": [(text, other[label]) for text, label in past], "flood": flood, "clean": []}
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        first = _ingest(past, Path(folder), workspace, None)
        for name, bad in attacks.items():
            refused, rows = False, [*new, *bad]
            try:
                made = _ingest(rows, Path(folder), workspace, first.experience)
            except RelabelledError as error:
                refused, made = True, error.ingested
            entries = made.quarantine_file.read_text(encoding="utf-8").splitlines() if made.quarantine_file else []
            places = [json.loads(line)["row"] for line in entries]
            caught = sum(row > len(new) for row in places)
            outcomes.append((name, len(bad), caught, len(new), len(places) - caught, refused))
    return outcomes


def _ingest(rows: Sequence[tuple[str, str]], folder: Path, workspace: Workspace, after: str | None) -> Any:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows), encoding="utf-8")
    settings = IngestionSettings(pii="off")
    return ingest([path], name="rows", workspace=workspace, settings=settings, now=NOW, after=after)


def _share(k: int, n: int) -> str:
    return "{estimate:.2f} [{low:.2f}, {high:.2f}] of {n}".format(**wilson(k, n).as_dict()) if n else "-"


def tables(rows: Sequence[dict[str, Any]], past: Sequence[dict[str, Any]]) -> str:
    """The page's tables."""
    of = {(row["shape"], row["attack"]): row for row in rows}
    shapes = list(dict.fromkeys(row["shape"] for row in rows))

    def held(attacks: Sequence[str]) -> list[list[str]]:
        lines = [[name, *(_share(of[name, one]["held"], of[name, one]["of"]) for one in attacks)] for name in shapes]
        pooled = [[sum(of[name, one][key] for name in shapes) for key in ("held", "of")] for one in attacks]
        return [*lines, ["all", *(_share(*counts) for counts in pooled)]]

    def named(attack: str) -> list[str]:
        hits = [hit for name in shapes for hit in of[name, attack]["rows"]]
        named_, right, wrong = (sum(hit[key] for hit in hits) for key in ("named", "right", "wrong"))
        return [attack, _share(right, wrong), _share(right, named_)]

    parts = []
    if rows:
        backdoors, labels, nonsense_ = (
            [f"{kind} {share:.0%}" for share in shares]
            for kind, shares in (("backdoor", SHARES), ("labels", WRONG), ("gibberish", NONSENSE))
        )
        parts += ["## Backdoors: experiences held\n", markdown(["experience", "clean", *backdoors[1:]], held(backdoors))]
        parts += ["## Wrong labels: experiences held\n", markdown(["experience", "clean", *labels[1:]], held(labels))]
        parts += ["## Gibberish: experiences held\n", markdown(["experience", "clean", *nonsense_[1:]], held(nonsense_))]
        parts += [
            "## Rows that are named\n",
            markdown(["rows", "of the bad ones", "right of those named"], [named(one) for one in (*labels[1:], *nonsense_[1:])]),
        ]
    if past:
        lines = [
            [one["domain"], one["attack"], _share(one["caught"], one["sent"]), _share(one["alarms"], one["clean"]),
             f"{one['refused']} of {one['of']}"]
            for one in past
        ]  # fmt: skip
        parts += ["## The past, and floods: rows quarantined\n"]
        parts += [markdown(["domain", "attack", "caught of those sent", "alarms of the clean rows", "files refused"], lines)]
    return "\n".join(parts)


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure every shape and attack."""
    options = parser("poison", __doc__ or "")
    options.add_argument("--draws", type=int, default=30, help="experiences of each shape and attack")
    options.add_argument("--minutes", type=float, default=20, help="draw no more after this many minutes")
    options.add_argument("--work", type=Path, help="folder for features")
    given = options.parse_args(argv)
    past = measure_past(given.draws, given.minutes / 8)
    with work_folder(given.work) as work:
        rows = measure(given.draws, encoder(work / "features"), 7 * given.minutes / 8)
    text = tables(rows, past)
    if given.write:
        head = f"# Poisoned data: caught, missed, false alarms\n\n{(__doc__ or '').partition(chr(10) * 2)[2]}"
        write_text(RESULTS / "poison.md", f"{head}\n{text}")
    return finish("poison", {"rows": rows, "past": past, "draws": given.draws}, text, given)


if __name__ == "__main__":
    main(sys.argv[1:])
