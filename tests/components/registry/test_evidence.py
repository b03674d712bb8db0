"""The digest of a page."""

from __future__ import annotations

import hashlib

import pytest

from components.registry.evidence import page_digest

pytestmark = pytest.mark.unit


def test_the_digest_is_that_of_the_text_alone() -> None:
    assert page_digest("ünï 😀\n") == hashlib.sha256("ünï 😀\n".encode()).hexdigest()
    assert len({page_digest(text) for text in ("a", "a ", "a\n", "a\r\n", "A", "")}) == 6
