"""The values of Arrow columns as values that JSON has a form for; one that has none costs its row, not its column."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa


@dataclass(frozen=True)
class Unreadable:
    """A value that cannot be read: the reason code, and what can be shown of it."""

    code: str
    shown: str


def values_of(column: pa.Array) -> list[Any]:
    """The values of a column: JSON's own, bytes, and Unreadable ones. Times and decimals become strings, as `str` writes them."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = _readable(column.type)
    if kind != column.type:
        column = _retyped(column, kind)
    try:
        return _plain(column.to_pylist(), kind)
    except Exception:  # noqa: BLE001 - Arrow raises errors of many classes; each value is tried alone, and said to be unreadable
        return [_value(column.slice(n, 1), kind) for n in range(len(column))]


def _value(one: pa.Array, kind: Any) -> Any:
    """The only value of an array."""
    try:
        return _plain(one.to_pylist(), kind)[0]
    except UnicodeDecodeError as error:
        return Unreadable("invalid_encoding", str(error.object))
    except Exception as error:  # noqa: BLE001 - as above
        return Unreadable("unreadable_value", f"<{kind}: {type(error).__name__}>")


def _plain(values: list[Any], kind: Any) -> list[Any]:
    """Values that are the same when they are written as JSON and read again; bytes and what is no number stay."""
    if any(is_kind(kind) for is_kind in _KEPT) or kind in (pa.string_view(), pa.binary_view()):
        return values
    return [None if value is None else orjson.loads(orjson.dumps(value, default=str, option=_OPTIONS)) for value in values]


_OPTIONS = orjson.OPT_NON_STR_KEYS
_KEPT = (
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary),
    *(pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null),
)


def _readable(kind: Any) -> Any:
    """A type, with times of unknown zones in UTC and the fields of objects told apart."""
    if isinstance(kind, pa.BaseExtensionType):
        return kind
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return kind if _knows_zone(kind) else pa.timestamp(kind.unit, "UTC")
    if pa.types.is_struct(kind):
        fields = [kind.field(n) for n in range(kind.num_fields)]
        names = _told_apart([field.name for field in fields])
        return pa.struct([pa.field(name, _readable(field.type)) for name, field in zip(names, fields, strict=True)])
    if pa.types.is_map(kind):
        return pa.map_(_readable(kind.key_type), _readable(kind.item_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_readable(kind.value_type))
    if pa.types.is_list(kind):
        return pa.list_(_readable(kind.value_type))
    return kind


def _knows_zone(kind: Any) -> bool:
    try:
        pa.scalar(0, pa.int64()).cast(kind).as_py()
    except Exception:  # noqa: BLE001 - an unknown zone: pytz, zoneinfo and Arrow each have their own error
        return False
    return True


def _told_apart(names: list[str]) -> list[str]:
    """Names without repetitions: `a`, `a 2`."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return told


def _retyped(column: pa.Array, kind: Any) -> pa.Array:
    """The same values as another type of the same layout: names of fields and zones of times are no part of the layout."""
    if pa.types.is_timestamp(kind):
        return column.cast(pa.int64()).cast(kind) if column.type.tz is None else column.view(kind)
    if pa.types.is_struct(kind):
        whole = pa.concat_arrays([column])  # without an offset
        children = [_retyped(whole.field(n), kind.field(n).type) for n in range(kind.num_fields)]
        fields = [kind.field(n) for n in range(kind.num_fields)]
        return pa.StructArray.from_arrays(children, fields=fields, mask=whole.is_null())
    if pa.types.is_map(kind):
        return column.cast(kind)
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        whole = pa.concat_arrays([column])
        make = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
        return make.from_arrays(whole.offsets, _retyped(whole.values, kind.value_type), mask=whole.is_null())
    return column
