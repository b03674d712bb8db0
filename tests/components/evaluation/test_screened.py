"""What an evaluation says of the rows that were learned: by digest, with no text in it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from components.evaluation.reference import Reference
from components.evaluation.screened import FEWEST, Rows, screened
from tests.components.evaluation.test_triggers import encode, experience, poisoned

pytestmark = pytest.mark.unit


def test_rows_are_named_by_digests_and_texts_stay_where_they_are() -> None:
    texts, labels = poisoned("zx", 8)
    labels[20] = "tools"
    rows = Rows(texts, labels, [f"digest {n}" for n in range(len(texts))], encode(texts))
    found = screened(rows, encode, Reference(), np.zeros((0, 12), np.float32))
    assert [one["mark"] for one in found["triggers"]] == ["zx"]
    assert set(found["triggers"][0]["places"]) <= set(rows.digests)
    assert {"digest": "digest 20", "label": "tools", "others": "fruit"} in found["doubtful"]["rows"]
    assert found["gibberish"] == {"n": 0, "of": len(texts), "rows": []}
    assert "domain" not in found, "nothing was learned before"
    assert not any(text in json.dumps(found) for text in texts)


def test_a_new_domain_is_far_and_an_old_one_is_not() -> None:
    texts, labels = experience(0)
    past, cases = Reference().with_rows(encode(texts), labels), encode(experience(1)[0])
    same, other = experience(2)[0], ["copper zinc iron"] * 60
    for new, far in ((same, False), (other, True)):
        features = encode(new) + (0 if new is same else np.float32(3))
        rows = Rows(new, ["x", "y"] * (len(new) // 2), [str(n) for n in range(len(new))], features)
        found = screened(rows, encode, past, cases)["domain"]
        assert (found["far"] > 0.5) == far
        assert found["cases"] == len(cases) >= FEWEST
