"""params.yaml as validated, frozen settings. A wrong key is an error that names it and suggests the right one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
)

from components.contracts import FIELDS
from components.errors import UsageError
from components.safe_yaml import parse_yaml, read_yaml

SHIPPED = "shipped"  # the entry of gates.suites that means the suites of this package


class Section(BaseModel):
    """A section of params.yaml: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Settings that a later release added. At their defaults they are left out: the digests of older settings stay the same.
    later: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _as_before(self, inner: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            name: value
            for name, value in inner(self).items()
            if name not in self.later or getattr(self, name) != fields[name].default
        }


#: ASCII that is something else in utf-7, hz and unicode_escape, in which no file of events is read
_ITSELF = ("text,label\n", "+AOk-", "~{VP~}", r"\u00e9")


class IngestionSettings(Section):
    """What is accepted."""

    later: ClassVar[frozenset[str]] = frozenset(
        {"columns", "encoding", "contradictions", "max_contradictions", "max_variants"}
        | {"max_share_not_human", "max_share_subject", "max_share_token"}
    )

    heldout_share: float = Field(0.2, gt=0, lt=1, description="share of each label held out for testing, chosen by digest")
    min_rows: int = Field(20, ge=1, description="an experience with fewer accepted labelled rows is refused")
    max_text_chars: int = Field(20_000, ge=1, description="longer texts are quarantined")
    pii: Literal["patterns", "names", "off"] = Field(
        "patterns",
        description="patterns: e-mail, phone, card, id, key …; names: also people and places (spaCy model); off: for public data",
    )
    near_duplicates: bool = Field(True, description="drop near copies of a text with the same label (MinHash)")
    contradictions: Literal["quarantine", "refuse", "accept"] = Field(
        "quarantine",
        description="rows whose text was learned under another label: quarantine them; refuse the file; or accept them, as "
        "corrections of what was learned",
    )
    max_contradictions: float = Field(
        0.1, ge=0, le=1, description="quarantine: a file with more of its labelled rows (and five of them) like this is refused"
    )
    max_variants: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of the labelled rows (25 rows always) that may be one text with another word in one place; 1: any",
    )
    require_consent: bool = Field(
        False, description="true: rows without `consent: true` are quarantined; false: only `consent: false` is"
    )
    chunk_rows: int = Field(20_000, ge=1, description="rows read at a time")
    columns: dict[str, str] = Field(
        {},
        description="which column of a file is which field, such as {text: Message, label: Category}; a path such as `data.body` "
        'or `tags.0` leads into objects and lists; "": no column is this field',
    )
    encoding: str = Field(
        "auto", description="of files that are not UTF-8: auto (UTF-16 and cp1252 are recognised), or a name such as cp1250"
    )

    max_share_not_human: float = Field(
        0.5,
        ge=0,
        le=1,
        description="largest share of labels from feedback, canaries and models in all that was ever ingested; rows beyond it "
        "are quarantined until a person vouches for them; 1: any",
    )
    max_share_subject: float = Field(
        0.2,
        gt=0,
        le=1,
        description="largest share of one subject in a batch of 50 rows or more of ten subjects or more (a row without one "
        "counts as one); rows beyond it are quarantined; 1: any",
    )
    max_share_token: float = Field(
        1.0, gt=0, le=1, description="largest share of one token of the gateway, likewise; 1: one application may send everything"
    )

    @field_validator("pii", mode="before")
    @classmethod
    def _yaml_off(cls, value: object) -> object:
        """YAML reads a bare `off` as false."""
        return "off" if value is False else value

    @field_validator("columns", mode="before")
    @classmethod
    def _fields(cls, value: object) -> object:
        """Only fields of events have a column; `null` is as good as ""."""
        if not isinstance(value, dict):
            return value
        for name in value:
            if name not in FIELDS:
                raise ValueError(f"no field is called {name!r}. {suggest(str(name), FIELDS)}")
        return {name: "" if column is None else column for name, column in value.items()}

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        """An encoding in which ASCII is itself: UTF-16 is recognised without being named."""
        try:
            known = value == "auto" or all(text.encode("ascii").decode(value) == text for text in _ITSELF)
        except (LookupError, UnicodeError):
            known = False
        if not known:
            raise ValueError("not the name of an encoding such as cp1250, mac_roman or shift_jis")
        return value


class InboxSettings(Section):
    """When the events that wait in the inbox become an experience."""

    min_rows: int = Field(100, ge=1, description="gather when so many labelled events wait")
    max_age_days: float = Field(
        7, ge=0, description="or when the oldest has waited for so long, if there are at least `ingestion.min_rows`"
    )
    tasks: Literal["together", "apart"] = Field(
        "together", description="together: one experience of all that waits; apart: one for each `task` of the events"
    )


class QuarantineSettings(Section):
    """How rows and files are kept that were refused. They are as they came, for a person to correct."""

    days: float = Field(90, ge=0, description="how long they are kept; the daily retention flow deletes older ones")
    key: Path | None = Field(
        None,
        description="a file with a key (`perdure quarantine key FILE`), relative to this file: they are encrypted with it; null: "
        "they are not",
    )


class LearningSettings(Section):
    """How to learn: a recipe on five axes and an optimizer. Each is checked by the method that it names."""

    later: ClassVar[frozenset[str]] = frozenset({"recipe", "texts", "budget", "novelty"})

    recipe: Literal["given", "auto"] = Field(
        "given", description="given: as below; auto: chosen for each experience from novelty, left-out errors, consent and budget"
    )
    texts: Literal["keep", "consented", "never"] = Field(
        "keep",
        description="which texts may be kept to learn from again: keep (all), consented (those with `consent: true`), never: "
        "what was learned is removed from the workspace when its cycle ends",
    )
    budget: float | None = Field(
        None,
        ge=1,
        description="auto: the most an experience may cost, in encodings of each row (a training pass costs 3); null: no limit",
    )
    novelty: float = Field(
        0.25,
        ge=0,
        description="auto: an experience at least this far from all past ones is novel; with new labels, half of it is enough",
    )
    base: str = Field("minilm", description="the base model: a catalogue name, a hub id or a path")
    max_tokens: int = Field(256, ge=8, description="longer texts are cut; never more than the base model allows")
    regime: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "lora", "rank": 8, "blocks": 3, "adapt": "first", "experiences": 2},
        description="which parameters may move, and for how long",
    )
    head: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "analytic", "width": 0, "layers": 3},
        description="how an encoder's features become labels; causal models have none",
    )
    rehearsal: dict[str, Any] = Field(
        default_factory=lambda: {
            "kind": "buffer",
            "policy": "class_balanced",
            "sampling": "uniform",
            "capacity": 600,
            "ratio": 1.0,
        },
        description="which past rows are learned again",
    )
    regularizers: tuple[dict[str, Any], ...] = Field((), description="a list of what keeps the parameters near their past values")
    routing: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "none"}, description="which part of the model answers which input"
    )
    optimizer: dict[str, Any] = Field(
        default_factory=lambda: {"kind": "adamw", "rate": 1e-3, "epochs": 3, "batch": 32}, description="how a step is taken"
    )


class GateSettings(Section):
    """When a candidate may be promoted."""

    later: ClassVar[frozenset[str]] = frozenset({"suites", "budget", "undecided", "score"})

    suites: tuple[str, ...] = Field(
        (SHIPPED,),
        min_length=1,
        description="`shipped` (those of Perdure) and your own folders, relative to this file; a missing folder is an error",
    )
    mode: Literal["enforce", "report"] = Field(
        "enforce", description="enforce, or report: measure and report, but refuse and hold nothing"
    )
    alpha: float = Field(0.05, gt=0, lt=0.5, description="one-sided error of each gate; family-wise over past tasks and suites")
    margin: float = Field(
        0.03, gt=0, lt=1, description="in one cycle, past cases may lose this much accuracy among the labels known before"
    )
    budget: float = Field(
        0.05, gt=0, lt=1, description="over all cycles, past cases may lose this much, from the best that each task was served at"
    )
    new_label_margin: float = Field(
        0.10, gt=0, lt=1, description="over all cycles, past cases may lose this much more to new labels than a joint fit loses"
    )
    collapse_margin: float = Field(
        0.15, gt=0, lt=1, description="one past task may lose this much, in one cycle and over all; refused if surely more"
    )
    min_learned: float = Field(
        0.0, ge=0, le=1, description="accuracy that must be reached on the new experience, however hard it is; 0: none"
    )
    max_label_noise: float = Field(
        0.15,
        gt=0,
        le=1,
        description="share of the candidate's confident answers that may contradict the held-out labels; refused if surely above",
    )
    undecided: Literal["go_on", "wait"] = Field(
        "go_on",
        description="where cases are too few to rule a loss out: go_on under the lifetime budget, or wait (held) for more cases",
    )
    score: Literal["exact", "overlap"] = Field(
        "exact", description="how good an answer is: exact (right or wrong), or overlap (F1 of its words, for models that write)"
    )
    probe_cases: int = Field(
        2000,
        ge=50,
        description="cases of past tasks scored at first (8 of each at least); where doubt is, up to four times as many more",
    )


class RolloutSettings(Section):
    """How a candidate is tried on traffic, and what a held one stops."""

    later: ClassVar[frozenset[str]] = frozenset({"after_held"})

    share: float = Field(0.5, gt=0, lt=1, description="share of the requests that the candidate answers")
    margin: float = Field(0.05, gt=0, lt=1, description="a candidate worse than the champion by more than this is rolled back")
    approval: Literal["auto", "always"] = Field("auto", description="auto, or always: every promotion waits for a person")
    after_held: Literal["go_on", "stop"] = Field(
        "go_on", description="go_on: a stream goes on without a held experience; stop: it ends there, until a person has decided"
    )


class Settings(Section):
    """All of params.yaml."""

    later: ClassVar[frozenset[str]] = frozenset({"quarantine"})

    stream: dict[str, Any] = Field(default_factory=dict, description="what `dvc repro` runs; read by dvc.yaml alone")
    ingestion: IngestionSettings = IngestionSettings()
    inbox: InboxSettings = InboxSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    learning: LearningSettings = LearningSettings()
    gates: GateSettings = GateSettings()
    rollout: RolloutSettings = RolloutSettings()
    seed: int = Field(0, ge=0, lt=2**32, description="seed of everything that is drawn at random")


def find_settings(params: Path | None, overrides: Sequence[str] = ()) -> tuple[Settings, Path | None]:
    """The settings as every driver finds them, and the file they come from (absolute; None: the defaults).

    The file is `params`, else params.yaml in the current folder, else none. Raises UsageError naming what is wrong.
    """
    here = Path("params.yaml")
    path = (params or here).resolve() if params is not None or here.is_file() else None
    return load_settings(path, overrides), path


def load_settings(path: str | Path | None, overrides: Sequence[str] = ()) -> Settings:
    """Settings from a params.yaml (None: defaults) with `key.path=value` overrides. Raises UsageError naming the key.

    A relative path in gates.suites or quarantine.key is relative to the folder of the file that names it; in an override, to the
    current folder.
    """
    values: dict[str, Any] = {}
    source = "the defaults"
    if path is not None:
        source, file = str(path), Path(path)
        values = _read(file)
        _place(values, file.parent)
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator or not key:
            raise UsageError(f"--set {shown(override)} is not KEY=VALUE", "For example --set learning.rehearsal.capacity=600")
        _assign(values, key.split("."), _value(text, override), override)
        _place(values, Path())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError(*_explain(error, _said_by(error, overrides) or source)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_yaml(path)
    except FileNotFoundError:
        raise UsageError(f"No settings file {path}", "Give --params FILE, or run in the folder that holds params.yaml.") from None
    values = {} if values is None else values
    if not isinstance(values, dict):
        raise UsageError(f"{path} must hold a mapping of sections", "See params.yaml in the repository for the shape.")
    return values


def _value(text: str, override: str) -> object:
    hint = "Quote the whole argument, as in --set 'learning.regime={kind: head}'."
    return parse_yaml(text, f"--set {shown(override)}: the value", hint)


def _place(values: Mapping[str, Any], folder: Path) -> None:
    """Make relative paths in gates.suites and quarantine.key absolute. A wrong value is reported later, when it is validated."""
    quarantine = values.get("quarantine")
    if isinstance(quarantine, dict) and isinstance(quarantine.get("key"), str):
        quarantine["key"] = str((folder / quarantine["key"]).resolve())
    gates = values.get("gates")
    if isinstance(gates, dict) and isinstance(gates.get("suites"), list):
        gates["suites"] = [
            entry if entry == SHIPPED or not isinstance(entry, str) else str((folder / entry).resolve())
            for entry in gates["suites"]
        ]


def _said_by(error: ValidationError, overrides: Sequence[str]) -> str | None:
    """The --set that the first problem comes from, if it is one."""
    spot = ".".join(str(part) for part in error.errors()[0]["loc"])
    for override in reversed(overrides):
        key = override.partition("=")[0]
        if f"{key}.".startswith(f"{spot}.") or f"{spot}.".startswith(f"{key}."):
            return f"--set {shown(override)}"
    return None


def shown(value: object, most: int = 200) -> str:
    """A value as a message shows it: not more of it than one can read."""
    said = repr(value)
    return said if len(said) <= most else f"{said[:most]}…"


def suggest(word: str, known: Iterable[str]) -> str:
    """A did-you-mean hint."""
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(options)}."


def _assign(values: dict[str, Any], keys: list[str], value: object, override: str) -> None:
    defaults: Any = Settings().model_dump(mode="json")
    for key in keys[:-1]:
        defaults = defaults.get(key, {}) if isinstance(defaults, Mapping) else {}
        inner = values.setdefault(key, dict(defaults) if isinstance(defaults, Mapping) else {})
        if not isinstance(inner, dict):
            raise UsageError(f"--set {shown(override)}: {key!r} is not a section", "Set the whole value instead, as YAML.")
        values = inner
    if keys[-1] == "kind" and values.get("kind") != value:
        values.clear()  # another method: the settings of the old one do not apply
    values[keys[-1]] = value


def _explain(error: ValidationError, source: str) -> tuple[str, str]:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    where = ".".join(path)
    if first["type"] == "extra_forbidden":
        section: type[BaseModel] = Settings
        for part in path[:-1]:
            annotation = section.model_fields[part].annotation
            if isinstance(annotation, type) and issubclass(annotation, Section):
                section = annotation
        return f"{source}: unknown key {shown(where)}", suggest(path[-1], section.model_fields)
    shape = {"tuple_type": "a list", "dict_type": "a mapping", "model_type": "a mapping"}.get(first["type"])
    message = f"Input should be {shape}" if shape else first["msg"].removeprefix("Value error, ")  # as YAML calls it
    return (
        f"{source}: {where}: {message} (got {shown(first.get('input'))})",
        "params.yaml and docs/reference.md list the values that each setting takes.",
    )
