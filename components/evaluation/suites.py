"""Suites on disk: read them, with errors that name file, case and field; freeze an experience's held-out cases as a suite."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from components.contracts import Experience, target_of
from components.errors import UsageError
from components.evaluation.schema import EXPECTATIONS, Bounds, Case, Direction, Invariance, Kind, Suite, When
from components.naming import suite_part
from components.safe_yaml import read_yaml
from components.settings import SHIPPED, GateSettings, suggest
from components.storage import building, make_private, write_text

__all__ = ["Case", "Suite", "digests", "freeze", "load_suite", "load_suites", "shipped_suites", "suites_of"]

_PARTS: dict[str, type[BaseModel]] = {"invariance": Invariance, "direction": Direction, "when": When, "bounds": Bounds}


def suites_of(settings: GateSettings) -> tuple[Suite, ...]:
    """The suites that gates.suites names. Raises UsageError naming the folder or the file at fault."""
    return load_suites([shipped_suites() if entry == SHIPPED else Path(entry) for entry in settings.suites])


def digests(suites: Iterable[Suite]) -> dict[str, str]:
    """{KIND.NAME: digest} of these suites, for the keys of steps and for verdicts."""
    return {suite.key: suite.digest for suite in suites}


def shipped_suites() -> Path:
    """The folder of the suites that come with this package: the same in a checkout and in an installed wheel."""
    return Path(str(files("regression_suites")))


def load_suites(folders: Sequence[Path]) -> tuple[Suite, ...]:
    """Every suite below these folders, by path: *.yaml files, and frozen suites (folders with suite.yaml). Names must differ."""
    by_key: dict[str, tuple[Path, Suite]] = {}
    for folder in folders:
        for path in _files(folder):
            suite = load_suite(path)
            if suite.key in by_key:
                raise UsageError(
                    f"{path}: {suite.kind} suite {suite.name!r} is also in {by_key[suite.key][0]}",
                    "Rename one of them, or remove one of the folders from gates.suites.",
                )
            by_key[suite.key] = path, suite
    return tuple(suite for _, suite in by_key.values())


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(
            f"gates.suites: there is no folder {folder}",
            f"A relative folder is relative to the params.yaml that names it; `{SHIPPED}` means the suites of Perdure.",
        )
    suites = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
    if not suites:
        raise UsageError(
            f"gates.suites: there is no suite in {folder}",
            "A suite is a *.yaml file; regression_suites/README.md shows how to write one.",
        )
    return suites


def load_suite(path: Path) -> Suite:
    """One suite file (or a folder that holds suite.yaml). Raises UsageError naming the file, the case and the field.

    `defaults` are fields that every case gets unless it has its own expectation; `cases_file` names a JSONL of more cases;
    a case may be a bare text. Cases without an id are numbered from 1.
    """
    path = path / "suite.yaml" if path.is_dir() else path
    values = _read_yaml(path)
    defaults, cases = values.pop("defaults", None) or {}, values.pop("cases", None) or []
    if not isinstance(defaults, dict) or not isinstance(cases, list):
        raise UsageError(f"{path}: defaults must be a mapping, and cases a list", "See regression_suites/README.md.")
    if "cases_file" in values:
        cases += _read_lines(path.parent / str(values.pop("cases_file")), path)
    values["cases"] = [_case(case, number, defaults, path) for number, case in enumerate(cases, start=1)]
    try:
        return Suite.model_validate(values)
    except ValidationError as error:
        raise _explain(error, path) from None


def frozen_at(experience: Experience, folder: Path) -> Path:
    """Where the suite of an experience is, or would be."""
    return folder / f"{suite_part(experience.name)}-{experience.digest[:12]}"


def freeze(experience: Experience, folder: Path, *, writes: bool = False) -> Path:
    """Write an experience's labelled held-out cases as a regression suite, folder/NAME-DIGEST12/; the same one each time.

    writes: the model that learned it writes its answers, so completions come before labels.

    The folder appears whole or not at all. A suite that is already there is left as it is.
    """
    target = frozen_at(experience, folder)
    if target.is_dir():
        return target
    rows = experience.table("heldout").select(["digest", "text", "label", "completion"]).to_pylist()
    lines = [
        json.dumps({"id": row["digest"], "text": row["text"], "expect": [truth]}, ensure_ascii=False)
        for row in sorted(rows, key=lambda row: str(row["digest"]))
        if (truth := target_of(row, writes))
    ]
    head = {
        "name": target.name,
        "kind": "regression",
        "description": f"Held-out cases of the experience {experience.name}",
        "experience": experience.digest,
        "cases_file": "cases.jsonl",
    }
    with building(folder) as scratch:
        write_text(scratch / "cases.jsonl", "".join(f"{line}\n" for line in lines))
        write_text(scratch / "suite.yaml", yaml.safe_dump(head, sort_keys=False, allow_unicode=True))
        make_private(scratch)
        try:
            os.rename(scratch, target)
        except OSError:
            if not target.is_dir():  # else another process froze the same experience first
                raise
    return target


def _case(case: object, number: int, defaults: Mapping[str, Any], path: Path) -> dict[str, Any]:
    given = {"text": case} if isinstance(case, str) else case
    if not isinstance(given, Mapping):
        raise UsageError(f"{path}: case {number} is neither a text nor a mapping", "Write `- text: ...` and what is expected.")
    own = {**given, "id": str(given.get("id") or number)}
    if any(name in given for name in EXPECTATIONS):
        return own
    return {**defaults, **own}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        values = read_yaml(path)
    except FileNotFoundError:
        raise UsageError(f"No suite {path}", "See regression_suites/README.md for how to write one.") from None
    if not isinstance(values, dict):
        raise UsageError(f"{path} must hold a mapping with name, kind and cases", "See regression_suites/README.md.")
    return values


def _read_lines(path: Path, suite: Path) -> list[object]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise UsageError(f"{suite}: there is no cases_file {path}", "The path is relative to the suite's folder.") from None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{suite}: the cases_file {path} cannot be read ({error})", "Save it as UTF-8, a case a line."
        ) from error
    cases = []
    for number, line in enumerate(lines, start=1):
        try:
            cases.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{path}: line {number} is not JSON ({error})", "Write one case per line, as a JSON object."
            ) from error
    return cases


def _explain(error: ValidationError, path: Path) -> UsageError:
    first = error.errors()[0]
    where, model = [str(path)], Suite
    fields: type[BaseModel] = model
    steps = list(first["loc"])
    if len(steps) >= 2 and steps[0] == "cases":
        where.append(f"case {int(steps[1]) + 1}")
        fields, steps = Case, steps[2:]
    for step in steps[:-1]:
        fields = _PARTS.get(str(step), fields)
    if steps:
        where.append(".".join(map(str, steps)))
    if first["type"] == "extra_forbidden":
        return UsageError(f"{': '.join(where)}: unknown field", suggest(str(steps[-1]), fields.model_fields))
    message = first["msg"].removeprefix("Value error, ")
    known = f"Known kinds: {', '.join(get_args(Kind))}."
    hint = known if steps == ["kind"] else "See regression_suites/README.md for the fields."
    return UsageError(f"{': '.join(where)}: {message}", hint)
