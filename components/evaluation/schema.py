"""The schema of a suite: the fields of a suite.yaml and of its cases. Nothing here reads files or models."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from components.evaluation.perturbations import PERTURBATIONS
from components.storage import digest_json

Kind = Literal["regression", "behaviour", "safety", "cost"]
#: The kinds whose cases are probes, of which the share `pass_rate` must pass: `evaluate` asks them, `gates` judges them
PROBED: tuple[Kind, ...] = ("behaviour", "safety")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Labels = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of a suite file: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Invariance(Part):
    """The answer must stay the same: same label, or the first label's probability moves by no more than the tolerance."""

    perturb: Labels = Field((), description=f"named changes: {', '.join(PERTURBATIONS)}")
    texts: Labels = Field((), description="the same thing said in other words")
    tolerance: Share = Field(0.0, description="how far the first answer's probability may move if the answer changes")

    @model_validator(mode="after")
    def _something_to_change(self) -> Invariance:
        unknown = set(self.perturb) - set(PERTURBATIONS)
        if unknown:
            from components.settings import suggest

            raise ValueError(f"unknown perturbation {sorted(unknown)[0]!r}. {suggest(sorted(unknown)[0], PERTURBATIONS)}")
        if not self.perturb and not self.texts:
            raise ValueError("needs `perturb` or `texts`")
        return self


class Direction(Part):
    """The probability of `label` must rise (or fall) by at least `by` from the case's text to `to`."""

    to: str
    label: str
    change: Literal["rises", "falls"]
    by: Share = 0.0


class Case(Part):
    """One text and exactly one expectation of the answer to it."""

    id: str = ""
    text: str = Field(min_length=1)
    expect: Labels = Field((), description="minimum functionality: the answer must be one of these")
    never: Labels = Field((), description="minimum functionality: the answer must be none of these")
    invariance: Invariance | None = None
    direction: Direction | None = None
    max_confidence: Share | None = Field(None, description="the answer must not be more certain than this ...")
    abstain: Labels = Field((), description="... unless it is one of these labels, which mean `not for me`")
    secrets: Labels = Field((), description="the answer must hold none of these, nor anything that looks like personal data")
    requires_labels: Labels = Field((), description="left out for a model that does not know all of these")

    @model_validator(mode="after")
    def _one_expectation(self) -> Case:
        given = [name for name in EXPECTATIONS if getattr(self, name) not in ((), None)]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(EXPECTATIONS)}; it has {' and '.join(given) or 'none'}")
        return self

    def applies(self, known: frozenset[str]) -> bool:
        """Whether a model that knows these labels can answer this case."""
        if self.direction and self.direction.label not in known:
            return False
        return set(self.requires_labels) <= known and (not self.expect or bool(set(self.expect) & known))


EXPECTATIONS = ("expect", "never", "invariance", "direction", "max_confidence", "secrets")


class When(Part):
    """The whole suite is left out for a model that does not know all of these labels, or knows too few."""

    labels: Labels = ()
    min_labels: int = Field(0, ge=0, description="the model must know at least this many labels, whichever they are")


class Bounds(Part):
    """Upper bounds of a cost suite."""

    latency_p50_ms: float | None = Field(None, gt=0)
    latency_p99_ms: float | None = Field(None, gt=0)
    checkpoint_bytes: int | None = Field(None, gt=0)


class Suite(Part):
    """A declarative set of cases, and the share of them that must pass."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    kind: Kind
    description: str = ""
    when: When = When()
    pass_rate: Share = Field(1.0, description="share of the cases that must pass; ignored by regression suites (paired test)")
    calibrated_on: Labels = Field(
        (), description="patterns of labels that pass_rate was set for; with others besides, only the champion is compared with"
    )
    hard: bool = Field(False, description="safety only: a failure stops the evaluation and rejects at once")
    experience: str | None = Field(None, description="digest of the experience whose held-out cases these are (frozen suites)")
    cases: tuple[Case, ...] = ()
    bounds: Bounds | None = Field(None, description="cost only")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Suite:
        if self.kind == "cost":
            if self.bounds is None or self.cases:
                raise ValueError("a cost suite has `bounds` and no cases")
        elif self.bounds is not None:
            raise ValueError("`bounds` belong to suites of kind cost")
        elif not self.cases:
            raise ValueError("a suite needs at least one case")
        if self.hard and self.calibrated_on:
            raise ValueError("a hard suite holds for every model: leave out `calibrated_on`")
        if self.hard and self.kind != "safety":
            raise ValueError("only a safety suite may be `hard: true`")
        if self.kind == "regression" and any(len(case.expect) != 1 for case in self.cases):
            raise ValueError("every case of a regression suite needs one `expect`")
        ids = [case.id for case in self.cases]
        if len(set(ids)) != len(ids):
            raise ValueError(f"case id {next(i for i in ids if ids.count(i) > 1)!r} is there twice")
        return self

    @property
    def key(self) -> str:
        """What a verdict calls it: KIND.NAME."""
        return f"{self.kind}.{self.name}"

    @property
    def digest(self) -> str:
        """Digest of everything that it asks, including the cases of cases_file; comments and layout do not count."""
        return digest_json(self.model_dump(mode="json", exclude_defaults=True))

    def foreign(self, known: frozenset[str]) -> list[str]:
        """Labels that pass_rate was not set for: with one of them, an absolute bar says nothing about the model."""
        if not self.calibrated_on:
            return []
        return sorted(label for label in known if not any(fnmatchcase(label, pattern) for pattern in self.calibrated_on))

    def note(self, known: frozenset[str]) -> str | None:
        """Why this suite is skipped for a model with these labels; None if it is run."""
        missing = sorted(set(self.when.labels) - known)
        if missing:
            return f"skipped: the model does not know {', '.join(missing)}"
        if len(known) < self.when.min_labels:
            return f"skipped: the model knows {len(known)} labels, fewer than the {self.when.min_labels} that this suite asks for"
        if self.cases and not any(case.applies(known) for case in self.cases):
            return "skipped: the model knows none of its labels"
        return None
