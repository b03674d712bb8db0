"""Parsed events into columns: the typed values that are kept, and the small derived columns that the rules look at.

Everything is done one column at a time; a Python loop over values runs only where a column holds something unusual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from components.contracts import FIELDS
from components.ingestion.chunk import Event
from components.ingestion.labels import normal_column
from components.provenance import PROVENANCE, UNKNOWN

_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}
_FIELDS = frozenset(FIELDS)
_CANONICAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"

#: Columns of rows in progress: EVENT_COLUMNS without `digest`, with PROVENANCE and the requested `split`.
VALUES = pa.schema(
    [(name, pa.bool_() if name == "consent" else pa.string()) for name in FIELDS if name != "split"]
    + [("metadata", pa.string()), ("split", pa.string())]
)


@dataclass(frozen=True)
class Columns:
    """`values`: VALUES, null where a value has the wrong type. `checks`: pandas.DataFrame for Great Expectations."""

    values: pa.Table
    checks: Any


def to_columns(events: Sequence[Event]) -> Columns:
    """The columns of n events, in their order."""
    raw = {name: [event.get(name) for event in events] for name in FIELDS}
    values: dict[str, Any] = {}
    checks: dict[str, Any] = {}
    for name, convert in (("text", None), ("label", class_name), ("completion", None)):
        values[name], checks[f"{name}_type"] = _strings(raw[name], convert)
    values["label"] = checks["label"] = normal_column(values["label"])
    for name in ("text", "completion"):
        blank = pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(values[name])), 0)
        checks[f"{name}_chars"] = pc.if_else(blank, 0, pc.utf8_length(values[name]))
    given = [pc.is_valid(checks[f"{name}_type"]).cast(pa.int8()) for name in ("label", "completion")]
    checks["targets"] = pc.add(*given)
    mistyped = pa.nulls(len(events), pa.string())
    for name in ("task", "id", "subject"):
        values[name], kinds = _strings(raw[name], _number if name != "task" else None)
        mistyped = pc.if_else(pc.fill_null(pc.not_equal(kinds, "string"), False), name, mistyped)
    checks["mistyped_field"] = mistyped
    for name in ("source", "priority", PROVENANCE, "split"):
        values[name] = checks[name] = _strings(raw[name], other="<not a string>")[0]
    values["priority"] = pc.fill_null(values["priority"], "normal")
    says = pc.and_(pc.not_equal(values[PROVENANCE], UNKNOWN), pc.greater(checks["targets"], 0))
    values[PROVENANCE] = pc.if_else(pc.fill_null(says, False), values[PROVENANCE], None)  # of a label, so none without one
    values["consent"], checks["consent_type"] = _booleans(raw["consent"])
    checks["consent"] = values["consent"].cast(pa.string())
    for name in ("timestamp", "expires"):
        values[name], checks[f"{name}_type"], checks[f"{name}_seconds"] = _moments(raw[name])
    values["metadata"] = pa.array([_metadata(event) for event in events], pa.string())
    nul = pa.nulls(len(events), pa.string())
    for name in ("subject", "task", "id", "completion", "label", "text"):
        nul = pc.if_else(pc.fill_null(pc.match_substring(values[name], "\0"), False), name, nul)
    checks["nul_field"] = nul
    table = pa.table({name: values[name] for name in VALUES.names}, schema=VALUES)
    checked = pa.table(checks)
    words = [column.name for column in checked.schema if column.type == pa.string()]
    return Columns(table, checked.to_pandas(categories=words))


def _strings(
    values: list[Any], convert: Callable[[Any], Any] | None = None, other: str | None = None
) -> tuple[pa.Array, pa.Array]:
    """Strings with null for anything else, and the kind of each value (null where absent).

    `convert` gives the string that another value stands for, or the value itself; `other` stands in for values of a wrong type.
    """
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        strings = pa.array(values, pa.string())
        return strings, pc.if_else(pc.is_valid(strings), "string", None)
    if convert is not None:
        values = [value if value is None or type(value) is str else convert(value) for value in values]
    replaced = [value if value is None or type(value) is str else other for value in values]
    return pa.array(replaced, pa.string()), _kinds(values)


def _number(value: Any) -> Any:
    """A whole number as a string; tables with gaps turn 17 into 17.0."""
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value) if type(value) is int else value


def class_name(value: Any) -> Any:
    """The name of a class that is given as a number or a boolean; it is the same in every format."""
    return str(value).lower() if type(value) is bool else _number(value)


def _kinds(values: list[Any]) -> pa.Array:
    return pa.array([None if value is None else _KINDS.get(type(value), "other") for value in values], pa.string())


def _booleans(values: list[Any]) -> tuple[pa.Array, pa.Array]:
    """1 and 0 are true and false, as tables without booleans write them."""
    values = [bool(value) if type(value) in (int, float) and value in (0, 1) else value for value in values]
    return pa.array([value if type(value) is bool else None for value in values], pa.bool_()), _kinds(values)


def _moments(values: list[Any]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """ISO 8601 in UTC (a time without zone is UTC), the kind (`moment`, `invalid` or null), seconds since 1970."""
    n = len(values)
    if values.count(None) == n:
        return pa.nulls(n, pa.string()), pa.nulls(n, pa.string()), pa.nulls(n, pa.float64())
    import pandas as pd

    values = [_since_1970(value) for value in values]
    iso = pd.Series([value if type(value) is str and value[:4].isdecimal() else None for value in values], dtype=object)
    parsed = pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce")
    micros = parsed.to_numpy("datetime64[us]").astype(np.int64)
    good = parsed.notna().to_numpy()
    for i in np.flatnonzero(~good & iso.notna().to_numpy()):  # beyond the years 1677 to 2262, or no date at all
        moment = _careful(iso[i])
        if moment is not None:
            micros[i], good[i] = moment, True
    text = pa.array(iso.to_numpy(), pa.string(), mask=~good)
    other = good & ~np.asarray(pc.fill_null(pc.match_substring_regex(text, _CANONICAL), True))
    if other.any():
        text = pc.replace_with_mask(text, pa.array(other), pa.array(_iso(micros[other])))
    absent = np.fromiter((value is None for value in values), bool, n)
    kind = pa.array(np.where(good, "moment", "invalid"), pa.string(), mask=absent)
    return text, kind, pa.array(micros / 1e6, pa.float64(), mask=~good)


def _since_1970(value: Any) -> Any:
    """ISO 8601 of a number of seconds, milli-, micro- or nanoseconds since 1970, if it lies in the years 2001 to 2100."""
    if type(value) is str and not (len(value) in (10, 13, 16, 19) and value.isdecimal() and value.isascii()):
        return value
    if type(value) not in (int, float, str):
        return value
    for factor in (1_000_000, 1_000, 1, 0.001):
        micros = float(value) * factor
        if 978_307_200e6 <= micros < 4_133_980_800e6:
            exact = int(value) * factor if factor >= 1 and type(value) is not float else micros
            return _iso(np.asarray([int(exact)], np.int64))[0]
    return value


def _iso(micros: NDArray[np.int64]) -> list[str]:
    """Moments as ISO 8601 in UTC, with a fraction only where there is one."""
    written = np.datetime_as_string(micros.astype("datetime64[us]"), unit="us")
    return [f"{moment.removesuffix('.000000')}Z" for moment in written.tolist()]


def _careful(text: str) -> int | None:
    """Microseconds since 1970 of one ISO 8601 string, None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    since = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _metadata(event: Event) -> str:
    """The unknown fields as a JSON object with sorted keys."""
    unknown = {name: value for name, value in event.items() if name not in _FIELDS}
    if not unknown:
        return "{}"
    return orjson.dumps(unknown, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
