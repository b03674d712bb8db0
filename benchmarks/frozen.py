"""Texts of the catalogue as the frozen encoder reads them (last three layers, pooled), encoded once and kept as .npy.

A pool is a set of texts with a class and a domain each. `cut` are classes that nobody has tuned on: newsgroups and news cut into
topics by their words (k-means of TF-IDF, the 35 texts nearest to each centre), never by the encoder.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.catalog.models import get_base
from components.catalog.streams import get_stream
from components.storage import atomic_path

Floats = NDArray[Any]
LAYERS, MAX_TOKENS = 3, 256
#: Streams of the catalogue, and how many rows of each label of each experience are read
POOLS = {"trec": 10_000, "newsgroups": 200, "sentiment": 600, "five": 100}
CUT, CUT_ROWS = {"newsgroups": 6, "bbc": 6}, 35


@dataclass(frozen=True)
class Pool:
    """features (n, LAYERS * width) float32; label and domain of each row."""

    features: Floats
    labels: NDArray[np.str_]
    domains: NDArray[np.str_]


def pool(name: str, folder: Path) -> Pool:
    """The pool, encoded at the first call."""
    rows = _texts(name)
    path = folder / f"{name}.npy"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as scratch, scratch.open("wb") as file:
            np.save(file, encode([text for text, _, _ in rows]))
    return Pool(np.load(path), np.array([label for _, label, _ in rows]), np.array([domain for _, _, domain in rows]))


def encode(texts: Sequence[str]) -> Floats:
    """(n, LAYERS * width) pooled states of the frozen default encoder, by the network that `learn` uses."""
    from components.learning.method import read_method
    from components.learning.networks.backbone import load_backbone
    from components.learning.networks.build import build

    backbone = load_backbone(get_base("minilm"))
    backbone.model.requires_grad_(False)
    head = read_method("head", {"kind": "analytic", "width": 0, "layers": LAYERS})
    network: Any = build(backbone, backbone.model, head, MAX_TOKENS, (), ("x",))
    found: Floats = network.encode(network.tokenise(list(texts), ["x"] * len(texts))).numpy()
    return found


def _texts(name: str) -> list[tuple[str, str, str]]:
    """(text, label, domain) of each row."""
    if name == "cut":
        return _cut()
    rows: list[tuple[str, str, str]] = []
    for part in get_stream(name).experiences:
        taken: dict[str, int] = defaultdict(int)
        events = [json.loads(line) for line in part.path.read_text(encoding="utf-8").splitlines()]
        for i in np.random.default_rng(0).permutation(len(events)):
            text, label = str(events[i]["text"]), str(events[i]["label"])
            taken[label] += 1
            if taken[label] <= POOLS[name]:
                rows.append((text, label, part.name))
    return rows


def _cut() -> list[tuple[str, str, str]]:
    """Newsgroups and news topics, each cut into several by its words."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    found: list[tuple[str, str, str]] = []
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for stream, wanted in (("newsgroups", None), ("five", "bbc")):
        for part in get_stream(stream).experiences:
            if wanted in (None, part.name):
                for line in part.path.read_text(encoding="utf-8").splitlines():
                    event = json.loads(line)
                    groups["bbc" if wanted else "newsgroups", event["label"]].append(event["text"])
    for (source, label), texts in sorted(groups.items()):
        words = TfidfVectorizer(max_features=5000, stop_words="english", sublinear_tf=True, min_df=3).fit_transform(texts)
        points = normalize(TruncatedSVD(40, random_state=0).fit_transform(words))
        means = KMeans(CUT[source], n_init=3, random_state=0).fit(points)
        away = np.linalg.norm(points - means.cluster_centers_[means.labels_], axis=1)
        for c in range(CUT[source]):
            own = np.flatnonzero(means.labels_ == c)
            if len(own) >= CUT_ROWS:
                found += [(texts[i], f"{label}/{c}", source) for i in own[np.argsort(away[own])][:CUT_ROWS]]
    return found
