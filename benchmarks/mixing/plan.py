"""The shapes of mixed streams: which classes come in which experience, with how many rows. Pure, from one seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.mixing.source import SENTIMENT, Class, Source

Rng = np.random.Generator


@dataclass(frozen=True)
class Part:
    """One experience to be cut: its classes and how many rows of them, for training and held out."""

    name: str
    classes: tuple[Class, ...]
    train: int
    heldout: int
    balanced: bool = True  # the same number of rows of each class, or in proportion to what the source has
    noise: float = 0.0  # share of the rows whose label is wrong although the experience counts as sound
    planted: str | None = None  # how it was spoilt: see plant.KINDS


def classes_of(source: Source, domain: str, least: int = 1) -> list[Class]:
    """The classes of a domain with at least so many texts."""
    return [(domain, label) for label, texts in sorted(source[domain].items()) if len(texts) >= least]


def fifty(source: Source, rng: Rng, experiences: int = 50, train: int = 60, heldout: int = 45) -> list[Part]:
    """Three easy classes each, of the classes written for it, news and SMS; 60 training and 45 held-out rows an experience."""
    easy = [*classes_of(source, "topics"), *classes_of(source, "bbc"), *classes_of(source, "sms")]
    chosen = [easy[i] for i in rng.permutation(len(easy))[: 3 * experiences]]
    return [Part(f"{n + 1:02d}", tuple(chosen[3 * n : 3 * n + 3]), train, heldout) for n in range(len(chosen) // 3)]


def far(source: Source, rng: Rng, train: int = 60, heldout: int = 40) -> list[Part]:
    """Five far domains in any order, with all their classes: questions, news, SMS, sentiment (of one domain) and newsgroups."""
    opinion = SENTIMENT[rng.integers(len(SENTIMENT))]
    domains = ["questions", "bbc", "sms", opinion, "newsgroups"]
    return [
        Part(domain, tuple(classes_of(source, domain)), train, heldout, balanced=False)
        for domain in (domains[i] for i in rng.permutation(5))
    ]


def returning(source: Source, rng: Rng, experiences: int = 20) -> list[Part]:
    """Classes come, go and come back with new texts: two new ones each, with one or two that were away."""
    pool = [*classes_of(source, "bbc"), *classes_of(source, "sms"), *classes_of(source, "trec", 60)]
    topics = classes_of(source, "topics")
    pool += [topics[i] for i in rng.permutation(len(topics))[: 2 * experiences]]
    order, parts, known = [pool[i] for i in rng.permutation(len(pool))], [], list[Class]()
    for n in range(experiences):
        new, order = order[:2], order[2:]
        back = _some(known[:-2], int(rng.integers(1, 3)), rng)
        parts.append(Part(f"{n + 1:02d}", (*new, *back), 20 * (2 + len(back)), 12 * (2 + len(back))))
        known += new
    return parts


def drawn(source: Source, rng: Rng) -> list[Part]:
    """Everything is drawn: domains, classes, rows, noise of up to 3 %, what returns, 6 to 16 experiences."""
    domains = [*rng.permutation(["topics", "trec", "bbc", "sms", "newsgroups", SENTIMENT[rng.integers(4)]])[: rng.integers(2, 6)]]
    fresh = {domain: [*rng.permutation(np.arange(len(classes_of(source, domain, 40))))] for domain in domains}
    parts, known = list[Part](), list[Class]()
    for n in range(int(rng.integers(6, 17))):
        domain = domains[rng.integers(len(domains))]
        there = classes_of(source, domain, 40)
        new = [there[fresh[domain].pop()] for _ in range(min(int(rng.integers(1, 6)), len(fresh[domain])))]
        back = _some(known, int(rng.integers(0, 3)) + (2 if len(new) < 2 else 0), rng)
        train, test = int(rng.integers(10, 31)), int(rng.integers(6, 16))
        chosen = (*new, *back)
        if len(chosen) >= 2:
            noise = float(rng.choice([0.0, 0.0, 0.01, 0.03]))
            parts.append(Part(f"{n + 1:02d}-{domain}", chosen, train * len(chosen), test * len(chosen), noise=noise))
            known += new
    return parts


def long(source: Source, rng: Rng, experiences: int = 100) -> list[Part]:
    """Eight domains that return: one to three new classes each while a domain has some, with classes that were away."""
    domains = ["topics", "trec", "bbc", "sms", "newsgroups", *SENTIMENT]
    fresh = {domain: [(domain, label) for _, label in classes_of(source, domain, 60)] for domain in domains}
    fresh = {domain: [classes[i] for i in rng.permutation(len(classes))] for domain, classes in fresh.items()}
    seen: dict[str, list[Class]] = {domain: [] for domain in domains}
    weights = np.array([len(fresh[domain]) ** 0.5 for domain in domains])
    parts = list[Part]()
    while len(parts) < experiences:
        domain = domains[rng.choice(len(domains), p=weights / weights.sum())]
        n = max(int(rng.integers(1, 4)), 2 - len(seen[domain]))
        new, fresh[domain] = fresh[domain][:n], fresh[domain][n:]
        chosen = (*new, *_some([one for one in seen[domain] if one not in new], max(1, 3 - len(new)), rng))
        seen[domain] += new
        parts.append(Part(f"{len(parts) + 1:03d}-{domain}", chosen, 24 * len(chosen), 12 * len(chosen)))
    return parts


def with_planted(parts: Sequence[Part], kinds: Sequence[str], rng: Rng, every: int = 1) -> list[Part]:
    """A spoilt experience before each sound one (or each `every`-th) from the third on, of each kind in turn.

    It has the classes that come next, or two or three of the old ones if its kind is about old ones.
    """
    planned, turn = list(parts[:2]), [kinds[i] for i in rng.permutation(len(kinds))]
    for n, part in enumerate(parts[2:]):
        if (n + 1) % every:
            planned.append(part)
            continue
        kind = turn[n // every % len(turn)]
        old = list(dict.fromkeys(one for earlier in parts[: n + 2] for one in earlier.classes))
        classes = tuple(_some(old, 3, rng)) if kind in ("swapped-old", "relabelled") else part.classes
        planned += [replace(part, name=f"{part.name}-{kind}", classes=classes, planted=kind, noise=0.0), part]
    return planned


def _some(classes: Sequence[Class], n: int, rng: Rng) -> list[Class]:
    distinct = list(dict.fromkeys(classes))
    return [distinct[i] for i in rng.permutation(len(distinct))[:n]]


SHAPES: dict[str, Callable[..., list[Part]]] = {"fifty": fifty, "far": far, "returning": returning, "random": drawn, "long": long}


def plan(shape: str, source: Source, seed: int, planted: Sequence[str] = (), every: int = 1, **more: Any) -> list[Part]:
    """The parts of a named shape; planted: kinds of spoilt experiences to put between them, before each `every`-th."""
    rng = np.random.default_rng([seed, 1])
    parts = SHAPES[shape](source, rng, **more)
    return with_planted(parts, planted, rng, every) if planted else parts
