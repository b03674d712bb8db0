"""A reference that no method of ours can flatter: ridge regression on the frozen base model's features, from sums.

It answers two questions that an accuracy alone leaves open. What can be learned from these rows at all (*alone*: the new rows,
their labels)? And what does everybody pay for more labels (*joint*: the rows that brought each label, all labels)? Sums are
carried from cycle to cycle, so the joint fit costs the same after a thousand experiences; no text is kept for it. Later rows of a
known label never enter it: else a batch of wrong labels would widen the very margins that it is judged by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.errors import IntegrityError
from components.relabelling import Names, now_called
from components.storage import atomic_path

Array = NDArray[np.float64]
#: Texts -> (n, p) features of the frozen base model
Encode = Callable[[Sequence[str]], NDArray[np.float32]]

#: The penalty in units of the features' mean eigenvalue. It stands: a penalty tuned on the newest rows would forget
PENALTY = 0.1
#: At most so many rows of an experience are encoded for it, taken by the hash of their text
MOST_ROWS = 2000


@dataclass(frozen=True)
class Reference:
    """Sums over rows x = [features, 1]: gram (p + 1, p + 1), cross (p + 1, C) with a column per label."""

    labels: tuple[str, ...] = ()
    gram: Array | None = None
    cross: Array | None = None

    def with_rows(self, features: NDArray[np.float32], labels: Sequence[str]) -> Reference:
        """The reference after (n, p) more rows with their labels."""
        if not len(labels):
            return self
        x = np.hstack([features.astype(np.float64), np.ones((len(features), 1))])
        names = (*self.labels, *sorted(set(labels) - set(self.labels)))
        columns = {name: n for n, name in enumerate(names)}
        y = np.zeros((len(labels), len(names)))
        y[np.arange(len(labels)), [columns[label] for label in labels]] = 1
        gram, cross = x.T @ x, x.T @ y
        if self.gram is not None and self.cross is not None:
            gram = gram + self.gram
            cross[:, : len(self.labels)] += self.cross
        return replace(self, labels=names, gram=gram, cross=cross)

    def relabelled(self, names: Names) -> Reference:
        """The reference of the same rows under other names; sums of classes that become one are added."""
        labels = tuple(now_called(self.labels, names))
        if labels == self.labels or self.cross is None:
            return self
        cross = np.zeros((len(self.cross), len(labels)))
        for n, label in enumerate(self.labels):
            cross[:, labels.index(names.get(label, label))] += self.cross[:, n]
        return replace(self, labels=labels, cross=cross)

    def with_new_labels(self, features: NDArray[np.float32], labels: Sequence[str]) -> Reference:
        """The reference after those of these rows whose label it does not know yet."""
        fresh = [n for n, label in enumerate(labels) if label not in self.labels]
        return self.with_rows(features[fresh], [labels[n] for n in fresh])

    def answers(self, features: NDArray[np.float32], allowed: Collection[str] | None = None) -> list[str]:
        """The label of each row, among the allowed ones; "" if there is none."""
        columns = [n for n, label in enumerate(self.labels) if allowed is None or label in allowed]
        if not columns or not len(features):
            return [""] * len(features)
        centre, scale, inverse, between, shares = self._solved
        scores = (features.astype(np.float64) - centre) / scale @ (inverse @ between[:, columns]) + shares[columns]
        return [self.labels[columns[best]] for best in scores.argmax(axis=1)]

    def left_out(self, features: NDArray[np.float32], labels: Sequence[str]) -> list[str]:
        """The answer to each of these (n, p) rows by the fit on all others (Allen, Technometrics 1974), but for the scale.

        The rows must be among those that `with_rows` took, with their labels.
        """
        return self._best(self.left_out_scores(features, labels), len(labels))

    def left_out_scores(self, features: NDArray[np.float32], labels: Sequence[str]) -> Array:
        """(n, C) what `left_out` decides by: about 1 for the label that a row has, about 0 for others."""
        if self.gram is None or not len(labels):
            return np.zeros((len(labels), len(self.labels)))
        centre, scale, inverse, between, shares = self._solved
        x = (features.astype(np.float64) - centre) / scale
        own = np.array(self.labels)[None, :] == np.array(labels)[:, None]
        leverage = (x @ inverse * x).sum(axis=1) + 1 / self.gram[-1, -1]
        return np.asarray((x @ (inverse @ between) + shares - leverage[:, None] * own) / (1 - leverage)[:, None])

    def without(self, features: NDArray[np.float32], labels: Sequence[str]) -> list[str]:
        """The answer to each of these (n, p) rows by the fit without any of them; otherwise like `left_out`."""
        return self._best(self.without_scores(features, labels), len(labels))

    def without_scores(self, features: NDArray[np.float32], labels: Sequence[str]) -> Array:
        """(n, C) what `without` decides by."""
        if self.gram is None or not len(labels):
            return np.zeros((len(labels), len(self.labels)))
        centre, scale, inverse, between, shares = self._solved
        x = (features.astype(np.float64) - centre) / scale
        own = np.array(self.labels)[None, :] == np.array(labels)[:, None]
        hat = x @ inverse @ x.T + 1 / self.gram[-1, -1]
        missed = np.linalg.solve(np.eye(len(x)) - hat, own - (x @ (inverse @ between) + shares))
        return np.asarray(own - missed)

    def distances(self, features: NDArray[np.float32]) -> Array:
        """(m,) how far rows lie from those of the fit: Mahalanobis distances, squared, in the units of the penalised scatter."""
        centre, scale, inverse, _, _ = self._solved
        x = (features.astype(np.float64) - centre) / scale
        return np.asarray((x @ inverse * x).sum(axis=1))

    def _best(self, scores: Array, n: int) -> list[str]:
        return [self.labels[best] for best in scores.argmax(axis=1)] if self.labels and n else [""] * n

    @cached_property
    def _solved(self) -> tuple[Array, Array, Array, Array, Array]:
        """(p,) centre and scale of the features, (p, p) inverse of their penalised scatter, (p, C) their products with the
        labels, (C,) shares of the labels.
        """
        gram, cross = self.gram, self.cross
        if gram is None or cross is None:
            raise ValueError("a reference without rows has no weights")
        n = gram[-1, -1]
        centre = gram[-1, :-1] / n
        scatter = gram[:-1, :-1] - n * np.outer(centre, centre)
        counts = cross[-1]
        between = cross[:-1] - np.outer(centre, counts)
        scale = np.sqrt(np.maximum(np.diag(scatter), 1e-12))
        scatter, between = scatter / np.outer(scale, scale), between / scale[:, None]
        penalty = PENALTY * max(float(np.trace(scatter)) / len(scatter), 1e-12)
        return centre, scale, np.linalg.inv(scatter + penalty * np.eye(len(scatter))), between, counts / n

    def save(self, path: Path) -> None:
        """Write one safetensors file, atomically."""
        from safetensors.numpy import save_file

        gram = self.gram if self.gram is not None else np.zeros((0, 0))
        cross = self.cross if self.cross is not None else np.zeros((0, 0))
        packed = gram[np.triu_indices(len(gram))]
        labels = np.frombuffer(json.dumps(self.labels).encode(), np.uint8)  # the order of safetensors' metadata is random
        with atomic_path(path) as temporary:
            save_file({"gram": packed, "cross": cross, "labels": labels}, temporary)

    @staticmethod
    def load(path: Path) -> Reference:
        """Read what `save` wrote. Raises IntegrityError when the file is missing or damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            parts = load_file(path)
            packed, cross, labels = (parts[name] for name in ("gram", "cross", "labels"))
        except (FileNotFoundError, KeyError, SafetensorError) as error:
            raise IntegrityError(f"{path} cannot be read ({error})", "Restore the folder of its cycle from a backup.") from error
        if not len(cross):
            return Reference()
        gram = np.zeros((len(cross), len(cross)))
        gram[np.triu_indices(len(cross))] = packed
        gram = gram + gram.T - np.diag(np.diag(gram))
        return Reference(tuple(json.loads(labels.tobytes())), gram, cross)
