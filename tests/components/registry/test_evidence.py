"""The evidence page: complete, short enough for MLflow, and inert whatever the texts hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Gate, Verdict
from components.evaluation.gates import bound
from components.registry.evidence import LIMIT, Evidence, escape, render
from tests.examples import examples

pytestmark = pytest.mark.unit

GATES = (
    Gate("past cases", "pass", "No worse.", 0.012, -0.004, 0.028, 0.02, 400),
    Gate("new experience", "inconclusive", "Learned to 48.0 % of 31 cases.", 0.48, 0.31, 0.66, None, 31),
)


def evidence(**changes: object) -> Evidence:
    plain: dict[str, object] = {
        "version": "7", "parent_version": "6", "checkpoint": "c" * 64, "experience": "e" * 64, "name": "numeric",
        "counts": {"train": 1200, "heldout": 300}, "labels": ["count", "date"], "verdict": Verdict("inconclusive", GATES),
        "manifest": {
            "parent": "b" * 64, "experiences": ["d" * 64, "e" * 64], "base": {"name": "minilm", "digest": "a" * 64},
            "code": "0.1.0",
            "recipe": {"regime": {"kind": "lora"}, "head": {"kind": "analytic"}, "rehearsal": {"kind": "buffer"}},
        },
        "judged_against": "b" * 64, "cycle": "2027-05-03 numeric",
        "better": [{"text": "How many?", "truth": "count", "champion": "date", "candidate": "count"}],
        "worse": [{"text": "When?", "truth": "date", "champion": "date", "candidate": "count"}], "n_better": 31, "n_worse": 1,
        "cost": {"ingest": 1.0, "learn": 12.5, "training": {"seconds": 11.0, "peak_bytes": 2**30}},
        "validation": {"statistics": {"rows": 1510, "evaluated_expectations": 15, "successful_expectations": 14}},
    }  # fmt: skip
    return Evidence(**{**plain, **changes})


def test_a_cost_is_shown_beside_its_bound() -> None:
    gate = bound("cost.serving", 3.2, 1000, "latency p50 ms")
    page = render(evidence(verdict=Verdict("pass", (gate,))))
    assert "| cost.serving | pass | latency p50 ms is 3; at most 1,000 is allowed. |  |  |" in page


def test_the_suites_are_listed_with_their_digests() -> None:
    page = render(evidence(verdict=Verdict("pass", (), "enforce", {"safety.privacy": "a1" * 32, "cost.serving": "b2" * 32})))
    assert "\nSuites asked: safety.privacy a1a1a1a1a1a1, cost.serving b2b2b2b2b2b2\n" in page
    assert "Suites asked" not in render(evidence())


def test_the_page_says_what_an_approver_asks() -> None:
    page = render(evidence())
    for part in (
        "Version 7: numeric",
        "on top of version 6",
        "the gates could not decide",
        "| past cases | pass | +1.2% [-0.4%, +2.8%] | 2.0% | 400 |",
        "| new experience | **inconclusive** | 48.0% [31.0%, 66.0%] |  | 31 |",
        "Learned to 48.0 % of 31 cases.",
        "1,200 rows to learn from, 300 held out; classes: count, date",
        "14 of 15 rules hold on all 1,510 rows; rows that broke one were quarantined",
        "31 cases got better, 1 got worse",
        "| When? | date | date | count |",
        "checkpoint `cccccccccccc`, parent `bbbbbbbbbbbb`, judged against `bbbbbbbbbbbb`",
        "experience `eeeeeeeeeeee`, the last of 2 learned",
        "13.5 s so far, 11.0 s of training, 1,024 MiB peak memory",
        "`perdure approve 7",
        "`perdure reject 7",
        "`perdure rollback",
    ):
        assert part in page
    assert page.index("new experience") < page.index("past cases")  # what did not pass comes first


def test_the_first_version_has_nothing_to_compare_with() -> None:
    page = render(evidence(parent_version=None, judged_against=None, better=(), worse=(), verdict=Verdict("pass", (), "report")))
    assert "as the first checkpoint; all gates passed (mode `report`" in page
    assert "nothing (there was no champion)" in page
    assert "got better" not in page


def test_it_fits_whatever_there_is_to_say() -> None:
    gates = tuple(Gate(f"past task number {n}", "fail", "It fell. " * 60, -0.2, -0.3, -0.1, 0.15, 99) for n in range(200))
    long = [{"text": "word " * 200, "truth": "a" * 200, "champion": "b" * 200, "candidate": "c" * 200}] * 50
    page = render(
        evidence(
            verdict=Verdict("fail", gates), better=long, worse=long, labels=["l" * 100] * 500, name="n" * 500, cycle="y" * 500
        )
    )
    assert len(page) <= LIMIT
    assert "more gates are in `verdict.json`" in page
    assert "To decide" in page


@examples(100)
@given(st.text(alphabet=st.sampled_from("ab \n\r\t|`*_[](){}<>&#+!~$^-\\:/.w@\u2028\0"), max_size=60))
def test_escaped_texts_are_one_inert_cell(text: str) -> None:
    cell = escape(text)
    assert not re.search(r"[\n\r\u2028<>]", cell)
    assert not re.search(r"(?<!\\)(\\\\)*[|`*_\[\]]", re.sub(r"\\\\", "", cell))
    assert "://" not in cell


def test_escape_examples() -> None:
    assert escape("a | b") == r"a \| b"
    assert escape("<script>x</script> & co") == "&lt;script&gt;x&lt;/script&gt; &amp; co"
    assert escape("[x](http://evil.example)") == r"\[x\]\(http&#58;//evil.example\)"
    assert escape("see WWW.evil.example") == "see WWW&#46;evil.example"
    assert escape("x" * 100, 10) == "xxxxxxx..."


def test_a_chosen_recipe_is_shown_with_its_reasons() -> None:
    manifest = dict(evidence().manifest)
    assert "chosen" not in render(evidence())
    notes = {"recipe": {"chosen": "replay", "reasons": ["no new label; distance 0.310: novel", "texts may be kept"], "facts": {}}}
    page = render(evidence(manifest={**manifest, "notes": notes}))
    assert "- recipe replay, chosen: no new label; distance 0.310: novel; texts may be kept" in page
